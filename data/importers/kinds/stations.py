"""``--as stations``: service centres, stations and other places that serve people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import Connection

from data.divisions.write_county import touch
from data.files.read_records import station_records
from data.importers.judging.changes import Changes, compare
from data.importers.judging.county_state import STORAGE_SRID
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
from data.importers.reading.columns import Column, choice_of
from data.importers.reading.notes import Note
from data.importers.reading.opening_hours import Hours, parse_opening_hours
from data.importers.reading.shapes.coordinates import POINTS, Shapes, place
from data.importers.reading.shapes.vector import read_vector
from data.stations.tables import SERVICE_RULES, STATION_STATES, TIERS
from data.stations.write import write_stations
from data.stations.write_updates import update_stations

CATEGORIES: Final = choice_of(
    "service_centre", "service_station", "red_station", "governance_centre", "medical", "pharmacy",
    "elderly_care", "fitness", "school", "kindergarten", "market", "toilet", "library", "police",
    "fire", "post", "bank", "worker_station",
    党群服务中心="service_centre", 便民服务中心="service_centre", 党群服务站="service_station",
    便民服务站="service_station", 红色驿站="red_station", 综治中心="governance_centre",
    医疗="medical", 医院="medical", 诊所="medical", 卫生院="medical", 卫生服务站="medical",
    药店="pharmacy", 药房="pharmacy", 养老="elderly_care", 养老院="elderly_care", 健身="fitness",
    体育="fitness", 学校="school", 小学="school", 中学="school", 幼儿园="kindergarten",
    市场="market", 农贸市场="market", 超市="market", 公厕="toilet", 厕所="toilet",
    图书馆="library", 劳动者驿站="worker_station", 户外劳动者驿站="worker_station",
    派出所="police", 公安="police",
    消防="fire", 消防站="fire", 邮政="post", 邮局="post", 银行="bank",
)  # fmt: skip
COLUMNS: Final = (
    Column("external_id", aliases=("id", "station_id", "编号")),
    Column("name", aliases=("名称", "站点名称"), required=True),
    Column("categories", "choices", ("category", "类别", "类型", "type"), required=True,
           choices=CATEGORIES),
    Column("tier", "choice", ("层级", "级别"), choices=choice_of(
        *TIERS, 县级="county", 县="county", 街道级="subdistrict", 街道="subdistrict",
        社区级="community", 社区="community", 网格级="grid", 网格="grid")),
    Column("state", "choice", ("状态",), choices=choice_of(
        *STATION_STATES, 规划="planned", 在建="planned", 开放="open", 启用="open",
        运营="open", 试运行="open", 暂停="suspended", 停用="suspended", 迁移="moved",
        搬迁="moved")),
    Column("service_rule", "choice", ("服务方式",), choices=choice_of(
        *SERVICE_RULES, 就近="nearest", 属地="own_division", 上门="comes_to_the_house")),
    Column("rooms", "whole", ("房间数",), most=10_000),
    Column("services", "choices", ("服务事项", "服务项目")),
    Column("phone", aliases=("电话", "联系电话", "tel")),
    Column("hours", aliases=("opening_hours", "开放时间", "营业时间")),
    Column("code", "code", ("归属代码", "社区代码", "网格代码", "community_code", "grid_code")),
    Column("valid_from", "day", ("启用日期", "opened_on")),
    Column("source", aliases=("数据来源",)),
)  # fmt: skip
# What names a station that has no id.
NATURAL: Final = ("name", "categories")
# An empty cell leaves these as they are, since a station always has one.
ALWAYS: Final = {"state": "open", "service_rule": "nearest", "services": [], "hours": []}
_DAILY: Final = re.compile(r"\d{1,2}:\d{2}[-—~至]\d{1,2}:\d{2}")


def read(context: Context) -> ImportScript:
    """Read stations as points inside the county; those that are known by their id are updated."""
    faults, options, state = context.faults, context.options, context.state
    context.progress("reading")
    file = read_vector(context.path, options.reading(COLUMNS), faults)
    notes: list[Note] = []
    context.progress("judging")
    values = read_values(file, COLUMNS, context, notes)
    points = place(file, POINTS, faults, county=state.outline)
    check_ids(values, options.source, faults)
    if "hours" in values:
        values["hours"] = _hours(values["hours"], context)
    places = PlaceCodes(context.connection, state)
    _check_codes(values.get("code", []), places, context)
    faults.stop(skip_rows=options.skip_faulty_rows)

    context.progress("comparing")
    rows = kept_rows(faults, len(points))
    own, points = take(values, rows), points[rows]
    changes = _compare(context, own, points, rows)
    notes += change_notes(changes)
    notes += skipped_note(faults, options.skip_faulty_rows)

    def write(c: Connection) -> int:
        context.progress("writing")
        written = _write(c, context, changes, own, points, places)
        if written:
            touch(c, state.code)
        return written

    return ImportScript(
        len(file.table), {"stations": len(rows)}, tuple(notes), write, changes=changes
    )


def _check_codes(codes: Sequence[str | None], places: PlaceCodes, context: Context) -> None:
    """A code that is no division or grid of this county is a fault."""
    for row, code in enumerate(codes, start=1):
        if code is not None and not places.holds(code):
            context.faults.add("code_not_there", row=row, field="code", found=code)


def _compare(
    context: Context, own: Mapping[str, list[Any]], points: Shapes, rows: np.ndarray
) -> Changes:
    stored = station_records(context.connection, context.state.code)
    names = [c.name for c in COLUMNS if c.name in own and c.name not in ("source", "external_id")]
    told = []
    for i, point in enumerate(points):
        row = {n: own[n][i] for n in names if own[n][i] is not None or n not in ALWAYS}
        if row.get("code") is None:
            row.pop("code", None)
        if row.get("valid_from") is None:
            row.pop("valid_from", None)
        told.append({**row, "geometry": point})
    return compare(
        told,
        row_keys(own, len(rows), context.options.source, NATURAL),
        [str(name) for name in own["name"]],
        known_keys(stored, NATURAL, "name"),
        [int(r) + 1 for r in rows],
        sources=given_sources(own, context.options.source),
    )


def _write(
    c: Connection,
    context: Context,
    changes: Changes,
    own: Mapping[str, list[Any]],
    points: Shapes,
    places: PlaceCodes,
) -> int:
    """Append the new stations and update the changed ones; return how many rows that were."""
    code, options = context.state.code, context.options
    told = changes.rows[: len(points)]
    fresh = [i for i, change in enumerate(told) if change.what == "new"]
    if fresh:
        frame = _frame(take(own, np.array(fresh)), points[fresh], places)
        days = own.get("valid_from", [None] * len(points))
        sources = own.get("source", [None] * len(points))
        groups: dict[tuple[Any, Any], list[int]] = {}
        for position, i in enumerate(fresh):
            key = (sources[i] or options.source, days[i] or context.day)
            groups.setdefault(key, []).append(position)
        for (source, day), members in groups.items():
            part = frame.iloc[members]
            write_stations(c, code, part, STORAGE_SRID, source=source, valid_from=day)
    moved = [
        (change.id, {name: after for name, (_, after) in change.fields.items()})
        for change in told
        if change.what == "changed" and change.id is not None
    ]
    update_stations(c, code, moved, places.code_at, context.day)
    return len(fresh) + len(moved)


def _frame(own: Mapping[str, list[Any]], points: Shapes, places: PlaceCodes) -> gpd.GeoDataFrame:
    count = len(points)
    nothing: list[Any] = [None] * count
    columns: dict[str, list[Any]] = {
        name: own.get(name, nothing)
        for name in ("external_id", "name", "tier", "rooms", "phone", "categories")
    }
    for name, usual in ALWAYS.items():
        columns[name] = [usual if v is None else v for v in own.get(name, nothing)]
    codes = [
        code or places.code_at(point, tier)
        for code, point, tier in zip(own.get("code", nothing), points, columns["tier"], strict=True)
    ]
    columns["grid_code"] = [v if v and len(v) == 15 else None for v in codes]
    columns["division_code"] = [v if v and len(v) < 15 else None for v in codes]
    columns["community_code"] = places.communities(points)
    return gpd.GeoDataFrame(
        pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in columns.items()}),
        geometry=list(points),
        crs=STORAGE_SRID,
    )


def _hours(written: list[str | None], context: Context) -> list[Hours | None]:
    """Read opening hours; what is not understood is a warning, and stays unknown."""
    found: list[Hours | None] = []
    for row, text in enumerate(written, start=1):
        tidy = text
        if text and _DAILY.fullmatch(text.replace(" ", "")):
            tidy = re.sub("[—~至]", "-", text.replace(" ", ""))
        hours = parse_opening_hours(tidy)
        if text and hours is None:
            context.faults.add(
                "hours_not_understood", row=row, field="hours", severity="warning", found=text[:60]
            )
        found.append(hours)
    return found
