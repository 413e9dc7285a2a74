"""Grids that are known by their border and totals alone, as a province knows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import shapely
from sqlalchemy import Connection

from data.plans import tables
from data.rows.bulk import column, copy_rows, reserve_ids, stored_geometry


def write_grid_totals(
    c: Connection,
    plan_id: int,
    grids: gpd.GeoDataFrame,
    communities: Mapping[str, int],
    srid: int,
    in_force_from: date,
) -> list[int]:
    """Append new grids without plots to a plan, in force from a day; return their ids.

    ``grids``: ``code``, ``community_code``, ``number``, ``name``, ``households``, ``persons``
    (None unknown), ``buildings``, geometry in ``srid``. ``communities``: database ids by code.
    ``plots`` is stored as 0: not known.
    """
    ids = reserve_ids(c, tables.grid, len(grids))
    codes, own = column(grids, "code"), column(grids, "community_code")
    count = len(ids)
    copy_rows(
        c,
        tables.grid,
        ("id", "code", "type", "valid_from"),
        zip(ids, codes, ["general"] * count, [in_force_from] * count, strict=True),
    )
    copy_rows(
        c,
        tables.grid_code,
        ("code", "grid_id", "valid_from"),
        zip(codes, ids, [in_force_from] * count, strict=True),
    )
    shapes = grids.geometry.to_numpy()
    whole = ("number", "households", "persons", "buildings")
    numbers = [[None if v is None else int(v) for v in column(grids, name)] for name in whole]
    copy_rows(
        c,
        tables.plan_grid,
        (
            *("plan_id", "grid_id", "code", "community_id", *whole, "plots", "name", "area_m2"),
            *("geom", "label_point"),
        ),
        zip(
            [plan_id] * count,
            ids,
            codes,
            [communities[code] for code in own],
            *numbers,
            [0] * count,
            column(grids, "name"),
            shapely.area(shapes).tolist(),
            stored_geometry(shapes, srid, multi=True),
            stored_geometry(shapely.point_on_surface(shapes), srid),
            strict=True,
        ),
    )
    copy_rows(
        c,
        tables.plan_community,
        ("code", "plan_id", "community_id", "in_force_from"),
        ((code, plan_id, communities[code], in_force_from) for code in dict.fromkeys(own)),
    )
    return ids
