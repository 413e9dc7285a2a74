"""``--as stations``: service centres, stations and other places that serve people."""

from __future__ import annotations

import re
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
from data.importers.opening_hours import Hours, parse_opening_hours
from data.importers.vector import read_vector
from data.tables.stations import SERVICE_RULES, STATION_STATES, TIERS
from data.write.county import touch
from data.write.stations import write_stations

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
    图书馆="library", 派出所="police", 公安="police", 消防="fire", 消防站="fire", 邮政="post",
    邮局="post", 银行="bank",
)  # fmt: skip
COLUMNS: Final = (
    Column("external_id", aliases=("id", "station_id", "编号")),
    Column("name", aliases=("名称", "站点名称"), required=True),
    Column("categories", "choices", ("category", "类别", "类型", "type"), required=True,
           choices=CATEGORIES),
    Column("tier", "choice", ("层级", "级别"), choices=choice_of(
        *TIERS, 县级="county", 县="county", 街道="subdistrict", 街道级="subdistrict",
        社区="community", 社区级="community", 网格="grid", 网格级="grid")),
    Column("state", "choice", ("状态",), choices=choice_of(
        *STATION_STATES, 规划="planned", 在建="planned", 开放="open", 启用="open",
        运营="open", 暂停="suspended", 停用="suspended", 迁移="moved", 搬迁="moved")),
    Column("service_rule", "choice", ("服务方式",), choices=choice_of(
        *SERVICE_RULES, 就近="nearest", 属地="own_division", 上门="comes_to_the_house")),
    Column("rooms", "whole", ("房间数",), most=10_000),
    Column("services", "choices", ("服务事项", "服务项目")),
    Column("phone", aliases=("电话", "联系电话", "tel")),
    Column("hours", aliases=("opening_hours", "开放时间", "营业时间")),
)  # fmt: skip
_DAILY: Final = re.compile(r"\d{1,2}:\d{2}[-—~至]\d{1,2}:\d{2}")


def read(context: Context) -> Prepared:
    """Read stations as points inside the county."""
    faults, options, state = context.faults, context.options, context.state
    file = read_vector(context.path, options.reading, faults)
    notes: list[Note] = []
    values = read_values(file, COLUMNS, context, notes)
    points = place(file, POINTS, faults, county=state.outline)
    ids = values.get("external_id", [])
    check_unique(ids, "external_id", faults)
    taken = taken_ids(context.connection, tables.station, state.code, options.source)
    for row, value in enumerate(ids, start=1):
        if value in taken:
            faults.add("already_there", row=row, field="external_id", found=value)
    hours = _hours(values.get("hours", []), context)
    faults.stop(skip_rows=options.skip_faulty_rows)

    rows = kept_rows(faults, len(points))
    own = take({**values, "hours": hours or [None] * len(points)}, rows)
    columns: dict[str, list[Any]] = {
        name: own[name]
        for name in ("external_id", "name", "tier", "rooms", "phone", "categories")
        if name in own
    }
    columns["state"] = [v or "open" for v in own.get("state", [None] * len(rows))]
    columns["service_rule"] = [v or "nearest" for v in own.get("service_rule", [None] * len(rows))]
    columns["services"] = [v or [] for v in own.get("services", [None] * len(rows))]
    columns["hours"] = [v or [] for v in own["hours"]]
    columns["community_code"] = state.find(points[rows])
    frame = gpd.GeoDataFrame(
        pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in columns.items()}),
        geometry=list(points[rows]),
        crs=STORAGE_SRID,
    )
    notes += skipped_note(faults, options.skip_faulty_rows)

    def write(c: Connection) -> int:
        ids = write_stations(
            c, state.code, frame, STORAGE_SRID, source=options.source, valid_from=context.day
        )
        touch(c, state.code)
        return len(ids)

    return Prepared(len(points), {"stations": len(frame)}, tuple(notes), write)


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
