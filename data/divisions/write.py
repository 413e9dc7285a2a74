"""Divisions: subdistricts and communities of a county."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from data.divisions import tables
from data.rows.bulk import column, stored_geometry
from layers.kit.ids import KIND_BY_LENGTH, parent_code


def write_divisions(
    c: Connection, county_code: str, frame: gpd.GeoDataFrame, srid: int, valid_from: date
) -> dict[str, int]:
    """Insert or update divisions by code; return every division id of the county by its code.

    ``frame``: ``code``, ``name``, geometry in ``srid``; optional ``name_en``, ``is_temporary``.
    The kind and the parent follow from the code.
    """
    division = tables.division
    geometry = stored_geometry(frame.geometry.to_numpy(), srid, multi=True)
    rows = sorted(
        zip(
            column(frame, "code"),
            column(frame, "name"),
            column(frame, "name_en"),
            column(frame, "is_temporary", False),
            geometry,
            strict=True,
        ),
        key=lambda row: len(row[0]),
    )
    ids = division_ids(c, county_code)
    for code, name, name_en, is_temporary, geom in rows:
        values = {
            "code": code,
            "kind": KIND_BY_LENGTH[len(code)],
            "name": name,
            "name_en": name_en,
            "is_temporary": is_temporary,
            "parent_id": ids.get(parent_code(code) or ""),
            "geom": geom,
        }
        if code in ids:
            if name_en is None:
                del values["name_en"]  # a file without English names takes none away
            c.execute(division.update().where(division.c.id == ids[code]).values(**values))
        else:
            statement = insert(division).values(valid_from=valid_from, **values)
            ids[code] = int(c.execute(statement.returning(division.c.id)).scalar_one())
    return ids


def division_ids(c: Connection, county_code: str) -> dict[str, int]:
    """Return the ids of the county's divisions that are valid now, by code."""
    division = tables.division
    rows = c.execute(
        select(division.c.code, division.c.id).where(
            division.c.code.startswith(county_code, autoescape=True),
            division.c.valid_to.is_(None),
        )
    )
    return {row.code: int(row.id) for row in rows}


def write_published_figures(c: Connection, frame: pd.DataFrame) -> None:
    """Append figures that were published as totals without rows."""
    names = ("code", "key", "value", "unit", "is_approx", "as_of", "source")
    if len(frame):
        values = zip(*(column(frame, n) for n in names), strict=True)
        c.execute(
            insert(tables.published_figure),
            [dict(zip(names, v, strict=True)) for v in values],
        )
