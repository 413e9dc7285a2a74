"""``--as demands``: the ledger of another system, with what happened to each demand."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from data.demands.tables import DEMAND_STATES
from data.demands.workflows.read import in_force, workflow_versions
from data.demands.write_updates import store_demands
from data.divisions.write_county import touch
from data.duty.read_subjects import organisation_names
from data.files.read_records import Record, building_ids, demand_records
from data.importers.judging.changes import Changes, compare
from data.importers.judging.keys import check_ids, given_sources, known_keys, row_keys
from data.importers.judging.kind import (
    Context,
    ImportScript,
    change_notes,
    kept_rows,
    read_values,
    skipped_note,
    take,
)
from data.importers.kinds.codes_of_places import PlaceCodes
from data.importers.kinds.demands.history import read_history
from data.importers.reading.columns import Column, choice_of
from data.importers.reading.notes import Note
from data.importers.reading.shapes.coordinates import POINTS, Shapes, place
from data.importers.reading.shapes.vector import read_vector
from layers.kit.demands.chain import IMPORT, TIME_UNKNOWN, ToldEvent, target
from layers.kit.demands.standard import STANDARD
from layers.kit.demands.steps import may_become
from layers.kit.demands.workflow import ENDS, TOLD_DUE, Workflow

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
    Column("state_at", "moment", ("状态时间", "更新时间", "updated_at")),
    Column("organisation", aliases=("承办单位", "责任单位", "办理单位")),
    Column("building", aliases=("楼栋编号", "building_id")),
    Column("merged_into", aliases=("并入工单", "并入编号")),
    Column("history", aliases=("办理过程", "办理记录"), most=50_000),
    Column("source", aliases=("数据来源",)),
)  # fmt: skip
STATE_WORDS: Final = next(c for c in COLUMNS if c.name == "state").words("zh")
# What names a demand that has no id.
NATURAL: Final = ("received_at", "category", "title")
NOT_COMPARED: Final = ("external_id", "source", "state_at", "history")
ALWAYS: Final = ("title", "channel", "state", "received_at", "category")


def read(context: Context) -> ImportScript:
    """Read demands; those that are known by their id are updated, along allowed steps only.

    A place that is unknown (empty or 0,0) is a warning; a demand may have none.
    """
    faults, options, state = context.faults, context.options, context.state
    context.progress("reading")
    file = read_vector(context.path, options.reading(COLUMNS), faults, place="optional")
    notes: list[Note] = []
    context.progress("judging")
    columns = [dataclasses.replace(c, zone=state.zone) for c in COLUMNS]
    values = read_values(file, columns, context, notes)
    absent = any(f.code == "coordinates_absent" for f in faults.findings)
    points = file.geometry if absent else place(
        file, POINTS, faults, county=state.outline, optional=True
    )  # fmt: skip
    _check_times(values, len(points), context)
    check_ids(values, options.source, faults)
    found = in_force(workflow_versions(context.connection, state.code), context.day)
    workflow = found.workflow if found else STANDARD
    if "history" in values:
        values["history"] = _histories(values["history"], context, workflow)
    _check_links(values, context)
    if "state" not in values:
        notes.append(Note("fallback.demand_states", {"rows": len(points)}))
    filled = _filled(values, len(points))
    filled["state"] = [_phase(workflow, said) for said in filled["state"]]
    _check_histories(filled, workflow, context)
    context.progress("comparing")
    # Before anything is refused, so that a step backwards is in the same list of faults.
    stored = demand_records(context.connection, state.code)
    changes = _compare(context, filled, points, stored)
    _check_steps(changes, {r["id"] for r in stored if r["is_own"]}, context)
    faults.stop(skip_rows=options.skip_faulty_rows)

    rows = kept_rows(faults, len(points))
    own, points = take(filled, rows), points[rows]
    if len(rows) < len(changes.rows):
        changes = _kept(changes, rows)
    placeless = int(sum(p is None for p in points))
    if placeless:
        notes.append(Note("note.demands_without_place", {"rows": placeless}))
    notes += change_notes(changes)
    notes += skipped_note(faults, options.skip_faulty_rows)
    counts = {
        "demands": len(rows),
        "open": sum(v not in ENDS for v in own["state"]),
        "without_place": placeless,
    }
    places = PlaceCodes(context.connection, state)

    def write(c: Connection) -> int:
        context.progress("writing")
        codes = [
            grid or community or state.code
            for grid, community in zip(
                places.grids(points), places.communities(points), strict=True
            )
        ]
        told = changes.rows[: len(points)]
        written = store_demands(
            c,
            state.code,
            told,
            own,
            points,
            codes,
            _events(told, own, workflow, context),
            options.source,
        )
        if written:
            touch(c, state.code)
        return written

    return ImportScript(len(file.table), counts, tuple(notes), write, changes=changes)


def _check_times(values: Mapping[str, list[Any]], count: int, context: Context) -> None:
    received = values.get("received_at", [None] * count)
    closed = values.get("closed_at", [None] * count)
    for row, (start, end) in enumerate(zip(received, closed, strict=True), start=1):
        if start is not None and end is not None and end < start:
            context.faults.add(
                "closed_before_received",
                row=row,
                field="closed_at",
                received=start.isoformat(" ", "minutes"),
                closed=end.isoformat(" ", "minutes"),
            )


def _check_links(values: dict[str, list[Any]], context: Context) -> None:
    """Buildings and organisations that nobody knows are a warning, and stay unknown."""
    c, county = context.connection, context.state.code
    for name, code, read_known in (
        ("building", "building_unknown", building_ids),
        ("organisation", "organisation_unknown", organisation_names),
    ):
        if name not in values:
            continue
        known = read_known(c, county)
        for i, said in enumerate(values[name]):
            if said is not None and said not in known:
                context.faults.add(code, row=i + 1, field=name, severity="warning",
                                   found=said[:60])  # fmt: skip
                values[name][i] = None


def _phase(workflow: Workflow, said: str | None) -> str | None:
    """Return the phase of the step that a county has for what a file says."""
    return None if said is None else workflow.step[target(workflow, said)].phase


def _histories(
    written: Sequence[str | None], context: Context, workflow: Workflow
) -> list[list[ToldEvent] | None]:
    """Read the histories that an export wrote; a line that is none is a fault."""
    found: list[list[ToldEvent] | None] = []
    steps = {*DEMAND_STATES, *workflow.step}
    for row, text in enumerate(written, start=1):
        events, odd = read_history(text or "", context.state.zone, steps)
        for line in odd:
            context.faults.add("history_not_understood", row=row, field="history",
                               found=line[:60])  # fmt: skip
        found.append(events or None)
    return found


def _check_histories(own: Mapping[str, list[Any]], workflow: Workflow, context: Context) -> None:
    """A history leads to the state beside it, or to where that may come from."""
    for row, events in enumerate(own.get("history", ()), start=1):
        state, moved = own["state"][row - 1], [e for e in events or () if e.action is None]
        if state is None or not moved:
            continue
        last = _phase(workflow, moved[-1].step)
        if last is not None and not may_become(last, state):
            _add_step_fault(context, row, last, state, own["title"][row - 1])


def _filled(own: Mapping[str, list[Any]], count: int) -> dict[str, list[Any]]:
    """Return the columns with what follows where a demand has to say something."""
    nothing: list[Any] = [None] * count
    columns = dict(own)
    category = own.get("category", nothing)
    columns.setdefault("category", category)
    columns.setdefault("received_at", nothing)
    columns["title"] = [t or g for t, g in zip(own.get("title", nothing), category, strict=True)]
    if "state" not in own:
        columns["state"] = ["closed" if v else None for v in own.get("closed_at", nothing)]
    return columns


def _compare(
    context: Context, own: Mapping[str, list[Any]], points: Shapes, stored: list[Record]
) -> Changes:
    names = [c.name for c in COLUMNS if c.name in own and c.name not in NOT_COMPARED]
    told = []
    for i, point in enumerate(points):
        row = {n: own[n][i] for n in names if own[n][i] is not None or n not in ALWAYS}
        told.append({**row, "geometry": point} if point is not None else row)
    return compare(
        told,
        row_keys(own, len(points), context.options.source, NATURAL),
        [str(title or "") for title in own["title"]],
        known_keys(stored, NATURAL, "title"),
        list(range(1, len(points) + 1)),
        sources=given_sources(own, context.options.source),
    )


def _check_steps(changes: Changes, own: set[int], context: Context) -> None:
    """A demand moves only along allowed steps: what was closed is not open again, and no file
    says where a demand stands that was received here (``own``: their ids).
    """
    for change in changes.of("changed"):
        before, after = change.fields.get("state", (None, None))
        if after is not None and (change.id in own or not may_become(before, after)):
            _add_step_fault(context, change.row, before, after, change.name)


def _add_step_fault(
    context: Context, row: int | None, before: str, after: str, name: str | None
) -> None:
    context.faults.add(
        "step_not_allowed",
        row=row,
        field="state",
        before=before,
        before_zh=STATE_WORDS[before],
        after=after,
        after_zh=STATE_WORDS[after],
        name=(name or "")[:60],
    )


def _kept(changes: Changes, rows: np.ndarray) -> Changes:
    kept = {int(r) + 1 for r in rows}
    return Changes(tuple(c for c in changes.rows if c.row is None or c.row in kept))


def _events(
    told: Sequence[Any], own: Mapping[str, list[Any]], workflow: Workflow, context: Context
) -> list[list[ToldEvent]]:
    """Return each row's history as the file tells it.

    1. Without a history of its own: received, and the state of today when it is another one, at
       the time that the file gives for it (its closing time, its ``state_at``), else at the file's
       date, which the event says. A history that ends before that state is followed by it.
    2. A deadline that another file had told otherwise is told anew.
    """
    count = len(told)
    nothing: list[Any] = [None] * count
    histories, closed, since = (own.get(n, nothing) for n in ("history", "closed_at", "state_at"))
    day = datetime.combine(context.day, datetime.min.time(), context.state.zone)
    found: list[list[ToldEvent]] = []
    for i, change in enumerate(told):
        received, state = own["received_at"][i], own["state"][i]
        events: list[ToldEvent] = list(histories[i] or ())
        if change.what == "new" and not events:
            events.append(ToldEvent(received, "received", IMPORT))
        moved = [_phase(workflow, e.step) for e in events if e.action is None]
        is_told = change.what == "new" or "state" in change.fields
        if is_told and state is not None and (moved[-1] if moved else None) != state:
            at = (closed[i] if state == "closed" else None) or since[i]
            unknown = {} if at is not None else {TIME_UNKNOWN: True}
            at = at or (received if change.what == "new" else max(day, received))
            events.append(ToldEvent(at, state, IMPORT, payload=unknown))
        if change.what == "changed" and "deadline_at" in change.fields:
            due = change.fields["deadline_at"][1]
            payload = {"due": None if due is None else due.isoformat()}
            at = max(day, received)
            events.append(ToldEvent(at, "", IMPORT, action=TOLD_DUE, payload=payload))
        found.append(events)
    return found
