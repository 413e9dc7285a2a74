"""Estates, buildings with aliases, addresses and entrances, and count snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, insert

from data.buildings import tables
from data.divisions.write import division_ids
from data.rows.bulk import column, copy_rows, reserve_ids, stored_geometry


def write_estates(c: Connection, county_code: str, frame: gpd.GeoDataFrame, srid: int) -> list[int]:
    """Append estates (frame as in docs/frames.md); return their ids in the frame's order."""
    ids = reserve_ids(c, tables.estate, len(frame))
    names = (
        "name",
        "kind",
        "has_property_management",
        "life",
        "expected_households",
        "expected_on",
    )
    values = [column(frame, n, "occupied" if n == "life" else None) for n in names]
    codes = column(frame, "community_code", county_code)
    geometry = stored_geometry(frame.geometry.to_numpy(), srid, multi=True)
    rows = zip(ids, codes, *values, geometry, strict=True)
    copy_rows(c, tables.estate, ("id", "code", *names, "geom"), rows)
    return ids


def write_buildings(
    c: Connection,
    county_code: str,
    frame: gpd.GeoDataFrame,
    srid: int,
    *,
    source: str,
    valid_from: date,
    estate_ids: Sequence[int | None] | None = None,
) -> list[int]:
    """Append buildings (frame as in docs/frames.md); return their ids in the frame's order.

    ``estate_ids``: database id of each building's estate, aligned with the frame.
    """
    ids = reserve_ids(c, tables.building, len(frame))
    divisions = division_ids(c, county_code)
    codes = column(frame, "community_code", county_code)
    names = ("name", "number", "levels", "levels_estimated", "life", "use", "external_id")
    defaults = {"levels_estimated": False, "life": "occupied", "use": "other"}
    values = [column(frame, n, defaults.get(n)) for n in names]
    values[2] = [None if v is None else int(v) for v in values[2]]
    rows = zip(
        ids,
        codes,
        [divisions.get(code) if len(code) == 12 else None for code in codes],
        estate_ids if estate_ids is not None else [None] * len(frame),
        *values,
        [source] * len(frame),
        [valid_from] * len(frame),
        stored_geometry(frame.geometry.to_numpy(), srid, multi=True),
        strict=True,
    )
    columns = ("id", "code", "community_id", "estate_id", *names, "source", "valid_from", "geom")
    copy_rows(c, tables.building, columns, rows)
    copy_rows(
        c,
        tables.building_life,
        ("code", "building_id", "life", "starts_on"),
        zip(codes, ids, values[4], [valid_from] * len(frame), strict=True),
    )
    copy_rows(
        c,
        tables.building_use,
        ("code", "building_id", "use"),
        zip(codes, ids, values[5], strict=True),
    )
    copy_rows(
        c,
        tables.building_address,
        ("code", "building_id", "address"),
        (
            (code, i, address)
            for code, i, address in zip(codes, ids, column(frame, "address"), strict=True)
            if address
        ),
    )
    copy_rows(
        c,
        tables.building_alias,
        ("code", "building_id", "alias", "ruled_by"),
        (
            (code, i, alias, source)
            for code, i, aliases in zip(codes, ids, column(frame, "aliases", ()), strict=True)
            for alias in aliases
        ),
    )
    return ids


def write_entrances(c: Connection, frame: gpd.GeoDataFrame, srid: int) -> int:
    """Append entrances: ``code``, ``building_id`` (database id), ``name``, geometry Point."""
    geometry = stored_geometry(frame.geometry.to_numpy(), srid)
    rows = zip(
        column(frame, "code"),
        column(frame, "building_id"),
        column(frame, "name"),
        geometry,
        strict=True,
    )
    return copy_rows(c, tables.building_entrance, ("code", "building_id", "name", "geom"), rows)


def write_counts(
    c: Connection,
    county_code: str,
    frame: pd.DataFrame,
    *,
    effective_on: date,
    source: str,
) -> int:
    """Append one snapshot of counts; return its id.

    ``frame``: ``building_id`` (database id), ``measure``, ``value``, ``confidence``; optional
    ``code`` (community), ``source``. A building without a row is unknown, not zero.
    """
    snapshot_id = int(
        c.execute(
            insert(tables.count_snapshot)
            .values(code=county_code, effective_on=effective_on, source=source)
            .returning(tables.count_snapshot.c.id)
        ).scalar_one()
    )
    rows = zip(
        [snapshot_id] * len(frame),
        [int(i) for i in column(frame, "building_id")],
        column(frame, "measure"),
        column(frame, "code", county_code),
        [int(v) for v in column(frame, "value")],
        column(frame, "source", source),
        column(frame, "confidence"),
        strict=True,
    )
    columns = ("snapshot_id", "building_id", "measure", "code", "value", "source", "confidence")
    copy_rows(c, tables.building_count, columns, rows)
    return snapshot_id
