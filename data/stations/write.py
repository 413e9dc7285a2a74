"""Stations with their state history and opening hours."""

from __future__ import annotations

from datetime import date, time

import geopandas as gpd
from sqlalchemy import Connection, select

from data.divisions.write import division_ids
from data.plans import tables as plan_tables
from data.rows.bulk import column, copy_rows, reserve_ids, stored_geometry
from data.stations import tables


def write_stations(
    c: Connection,
    county_code: str,
    frame: gpd.GeoDataFrame,
    srid: int,
    *,
    source: str,
    valid_from: date,
) -> list[int]:
    """Append stations (frame as in docs/frames.md); return their ids in the frame's order.

    ``code`` of a station is its grid's, else its community's, else its subdistrict's
    (``division_code`` column where given), else the county's.
    """
    ids = reserve_ids(c, tables.station, len(frame))
    divisions = division_ids(c, county_code)
    grids = {
        row.code: int(row.id)
        for row in c.execute(
            select(plan_tables.grid.c.code, plan_tables.grid.c.id).where(
                plan_tables.grid.c.code.startswith(county_code, autoescape=True),
                plan_tables.grid.c.valid_to.is_(None),
            )
        )
    }
    community = column(frame, "community_code")
    grid = column(frame, "grid_code")
    division = column(frame, "division_code")
    codes = [g or d or v or county_code for g, d, v in zip(grid, division, community, strict=True)]
    states = column(frame, "state", "open")
    phones = column(frame, "phone")
    rows = zip(
        ids,
        codes,
        [divisions.get(v) if v else None for v in community],
        [grids.get(g) if g else None for g in grid],
        column(frame, "tier"),
        column(frame, "categories", []),
        column(frame, "name"),
        states,
        column(frame, "service_rule", "nearest"),
        [None if v is None else int(v) for v in column(frame, "rooms")],
        column(frame, "services", []),
        phones,
        column(frame, "external_id"),
        [source] * len(frame),
        [valid_from] * len(frame),
        stored_geometry(frame.geometry.to_numpy(), srid),
        strict=True,
    )
    columns = (
        "id",
        "code",
        "community_id",
        "grid_id",
        "tier",
        "categories",
        "name",
        "state",
        "service_rule",
        "rooms",
        "services",
        "phone",
        "external_id",
        "source",
        "valid_from",
        "geom",
    )
    copy_rows(c, tables.station, columns, rows)
    copy_rows(
        c,
        tables.station_state,
        ("code", "station_id", "state", "starts_on"),
        zip(codes, ids, states, [valid_from] * len(frame), strict=True),
    )
    copy_rows(
        c,
        tables.station_hours,
        ("code", "station_id", "weekday", "opens", "closes"),
        (
            (code, i, int(weekday), clock(opens), clock(closes))
            for code, i, hours in zip(codes, ids, column(frame, "hours", ()), strict=True)
            for weekday, opens, closes in hours
        ),
    )
    return ids


def clock(written: str) -> time:
    """Return an opening hour; a day's end as the last second that the clock has."""
    hour, minute = written.split(":")[:2]
    # A day's end is written 24:00 in many files; the clock has no such time.
    return time(23, 59, 59) if int(hour) == 24 else time(int(hour), int(minute))
