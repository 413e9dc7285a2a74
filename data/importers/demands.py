"""``--as demands``: the ledger of another system, with what happened to each demand."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection

from data import tables
from data.importers.columns import Column, choice_of
from data.importers.coordinates import POINTS, place
from data.importers.county_state import STORAGE_SRID, taken_ids
from data.importers.kinds import (
    Context,
    Prepared,
    check_unique,
    kept_rows,
    read_values,
    skipped_note,
    take,
)
from data.importers.notes import Note
from data.importers.vector import read_vector
from data.tables.demands import DEMAND_STATES
from data.write.county import touch
from data.write.demands import write_demands

COLUMNS: Final = (
    Column("external_id", aliases=("id", "demand_id", "编号", "工单号", "工单编号")),
    Column("title", aliases=("标题", "诉求标题", "内容")),
    Column("category", aliases=("类别", "诉求类别"), required=True),
    Column("channel", aliases=("渠道", "来源", "诉求渠道")),
    Column("size", "choice", ("大小", "分级"), choices=choice_of(
        "small", "big", "hard", 小事="small", 大事="big", 难事="hard")),
    Column("importance", "whole", ("重要程度",), least=1, most=3),
    Column("urgency", "whole", ("紧急程度",), least=1, most=3),
    Column("state", "choice", ("status", "状态", "办理状态"), choices=choice_of(
        *DEMAND_STATES, open="received", pending="received", new="received",
        resolved="closed", completed="closed", done="closed", duplicate="merged",
        cancelled="withdrawn", 收到="received", 待受理="received", 已受理="accepted",
        受理="accepted", 已派单="dispatched", 派单="dispatched", 办理中="handling",
        处置中="handling", 已答复="replied", 答复="replied", 已办结="closed", 办结="closed",
        闭环="closed", 合并="merged", 撤回="withdrawn")),
    Column("received_at", "moment", ("created_at", "created", "受理时间", "诉求时间", "登记时间"),
           required=True),
    Column("deadline_at", "moment", ("deadline", "办理时限")),
    Column("closed_at", "moment", ("closed", "办结时间")),
    Column("handled_by", "choice", ("办理方式",), choices=choice_of(
        "direct", "department", 直接办理="direct", 部门办理="department")),
    Column("satisfied", "flag", ("是否满意", "满意")),
    Column("score", "number", ("评分", "满意度"), least=0, most=100),
)  # fmt: skip


def read(context: Context) -> Prepared:
    """Read demands. A place that is unknown (empty or 0,0) is a warning; a demand may have none."""
    faults, options, state = context.faults, context.options, context.state
    file = read_vector(context.path, options.reading, faults)
    notes: list[Note] = []
    columns = [dataclasses.replace(c, zone=state.zone) for c in COLUMNS]
    values = read_values(file, columns, context, notes)
    points = place(file, POINTS, faults, county=state.outline, optional=True)
    received = values.get("received_at", [None] * len(points))
    closed = values.get("closed_at", [None] * len(points))
    for row, (start, end) in enumerate(zip(received, closed, strict=True), start=1):
        if start is not None and end is not None and end < start:
            faults.add(
                "closed_before_received",
                row=row,
                field="closed_at",
                received=start.isoformat(" ", "minutes"),
                closed=end.isoformat(" ", "minutes"),
            )
    ids = values.get("external_id", [])
    check_unique(ids, "external_id", faults)
    taken = taken_ids(context.connection, tables.demand, state.code, options.source)
    for row, value in enumerate(ids, start=1):
        if value in taken:
            faults.add("already_there", row=row, field="external_id", found=value)
    faults.stop(skip_rows=options.skip_faulty_rows)

    rows = kept_rows(faults, len(points))
    frame = _frame(take(values, rows), points[rows], state.find(points[rows]), state.code)
    events = _events(frame)
    placeless = int(sum(p is None for p in points[rows]))
    if placeless:
        notes.append(Note("note.demands_without_place", {"rows": placeless}))
    if "state" not in values:
        notes.append(Note("fallback.demand_states", {"rows": len(frame)}))
    notes += skipped_note(faults, options.skip_faulty_rows)
    still_open = int((~frame["state"].isin(("closed", "merged", "withdrawn"))).sum())
    counts = {"demands": len(frame), "open": still_open, "without_place": placeless}

    def write(c: Connection) -> int:
        written = write_demands(c, state.code, frame, events, STORAGE_SRID, source=options.source)
        touch(c, state.code)
        return len(written)

    return Prepared(len(points), counts, tuple(notes), write)


def _frame(
    own: dict[str, list[Any]], points: Any, codes: list[str | None], county: str
) -> gpd.GeoDataFrame:
    count = len(points)
    nothing: list[Any] = [None] * count
    columns = dict(own)
    # Rows without an id of their own get their number, so that their history finds them.
    written = own.get("external_id", nothing)
    columns["external_id"] = [v or f"row {i + 1}" for i, v in enumerate(written)]
    columns["title"] = [
        title or category
        for title, category in zip(own.get("title", nothing), own["category"], strict=True)
    ]
    columns["channel"] = [v or "import" for v in own.get("channel", nothing)]
    columns["state"] = [
        state or ("closed" if closed else "received")
        for state, closed in zip(
            own.get("state", nothing), own.get("closed_at", nothing), strict=True
        )
    ]
    columns["code"] = [code or county for code in codes]
    frame = pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in columns.items()})
    return gpd.GeoDataFrame(frame, geometry=list(points), crs=STORAGE_SRID)


def _events(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the history that the file tells: received, and closed where it says when."""
    rows = [(e, at, "received") for e, at in zip(frame["external_id"], frame["received_at"],
                                                strict=True)]  # fmt: skip
    if "closed_at" in frame:
        rows += [
            (e, at, "closed")
            for e, at, state in zip(
                frame["external_id"], frame["closed_at"], frame["state"], strict=True
            )
            if at is not None and state == "closed"
        ]
    events = pd.DataFrame(rows, columns=["external_id", "at", "step"])
    return events.assign(actor="import", note=None)
