"""Stations that a file tells of again: what differs is written over, states are added."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from data.divisions.write import division_ids
from data.duty.write import grid_ids
from data.rows.bulk import stored_geometry
from data.rows.columns import STORAGE_SRID
from data.stations import tables
from data.stations.write import clock

CodeAt = Callable[[Any, str | None], str]


def update_stations(
    c: Connection,
    county_code: str,
    moved: Sequence[tuple[int, Mapping[str, Any]]],
    code_at: CodeAt,
    day: date,
) -> None:
    """Write what differs of each station (id, values under the columns' names).

    A changed state begins on ``day`` in the station's history. ``geometry`` is in EPSG:4490; a
    moved station gets the code of its new place (``code_at``) unless a code is given.
    """
    if not moved:
        return
    divisions, grids = division_ids(c, county_code), grid_ids(c, county_code)
    station = tables.station
    for station_id, told in moved:
        values = {k: v for k, v in told.items() if k not in ("geometry", "hours")}
        if "geometry" in told:
            values["geom"] = stored_geometry([told["geometry"]], STORAGE_SRID)[0]
            tier = told.get("tier") or c.scalar(
                select(station.c.tier).where(station.c.id == station_id)
            )
            values.setdefault("code", code_at(told["geometry"], tier))
            values["community_id"] = divisions.get(code_at(told["geometry"], "community"))
        if "code" in values:
            values["grid_id"] = grids.get(values["code"])
        if values:
            c.execute(update(station).where(station.c.id == station_id).values(**values))
        code = c.scalar(select(station.c.code).where(station.c.id == station_id))
        if "state" in told:
            c.execute(
                insert(tables.station_state).values(
                    code=code, station_id=station_id, state=told["state"], starts_on=day
                )
            )
        if "hours" in told:
            _write_hours(c, station_id, str(code), told["hours"])


def _write_hours(c: Connection, station_id: int, code: str, hours: Sequence[Any]) -> None:
    table = tables.station_hours
    c.execute(delete(table).where(table.c.station_id == station_id))
    rows = [
        {
            "code": code,
            "station_id": station_id,
            "weekday": int(weekday),
            "opens": clock(opens),
            "closes": clock(closes),
        }
        for weekday, opens, closes in hours
    ]
    if rows:
        c.execute(insert(table), rows)
