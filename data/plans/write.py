"""Tessellations and plans: plots, neighbours, assignments, grids with their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, func, insert, select, update

from data.grids import tables as grid_tables
from data.plans import tables
from data.rows.bulk import column, copy_rows, reserve_ids, stored_geometry
from layers.kit.json import StoredJson


@dataclass(frozen=True, slots=True)
class StoredTessellation:
    """A community's plots as stored: ``plot_ids`` in the order of the plots frame."""

    id: int
    community_id: int
    code: str
    plot_ids: tuple[int, ...]


def write_tessellation(
    c: Connection,
    *,
    community_id: int,
    code: str,
    plots: gpd.GeoDataFrame,
    neighbours: pd.DataFrame,
    plot_of: Mapping[int, int],
    findings: Sequence[StoredJson],
    srid: int,
) -> StoredTessellation:
    """Append a community's plots as its next version.

    ``plots``: ``building`` (database id or None), ``kind``, geometry in ``srid``. ``plot_of``:
    position in ``plots`` of every building's plot; several buildings may share one.
    ``neighbours``: ``a``, ``b`` (positions in ``plots``), ``shared_m``, ``barrier``.
    """
    table = grid_tables.tessellation
    version = c.execute(
        select(func.coalesce(func.max(table.c.version), 0) + 1).where(
            table.c.community_id == community_id
        )
    ).scalar_one()
    tessellation_id = int(
        c.execute(
            insert(table)
            .values(
                code=code,
                community_id=community_id,
                version=version,
                findings=[dict(f) for f in findings],
            )
            .returning(table.c.id)
        ).scalar_one()
    )
    ids = reserve_ids(c, grid_tables.plot, len(plots))
    copy_rows(
        c,
        grid_tables.plot,
        ("id", "code", "tessellation_id", "community_id", "building_id", "kind", "area_m2", "geom"),
        zip(
            ids,
            [code] * len(ids),
            [tessellation_id] * len(ids),
            [community_id] * len(ids),
            [None if v is None else int(v) for v in column(plots, "building")],
            column(plots, "kind"),
            plots.geometry.area.tolist(),
            stored_geometry(plots.geometry.to_numpy(), srid),
            strict=True,
        ),
    )
    own = np.array(ids, np.int64)
    copy_rows(
        c,
        grid_tables.plot_building,
        ("plot_id", "building_id", "code"),
        ((ids[position], building, code) for building, position in plot_of.items()),
    )
    copy_rows(
        c,
        grid_tables.plot_neighbour,
        ("plot_a", "plot_b", "code", "shared_m", "barrier"),
        zip(
            own[neighbours["a"].to_numpy()].tolist() if len(neighbours) else [],
            own[neighbours["b"].to_numpy()].tolist() if len(neighbours) else [],
            [code] * len(neighbours),
            column(neighbours, "shared_m"),
            column(neighbours, "barrier"),
            strict=True,
        ),
    )
    return StoredTessellation(tessellation_id, community_id, code, tuple(ids))


def create_plan(
    c: Connection,
    *,
    code: str,
    name: str,
    stage: str,
    made_by: str,
    snapshot_id: int | None = None,
    parent_id: int | None = None,
    document_number: str | None = None,
) -> int:
    """Create an empty plan; return its id."""
    return int(
        c.execute(
            insert(tables.plan)
            .values(
                code=code,
                name=name,
                stage=stage,
                made_by=made_by,
                snapshot_id=snapshot_id,
                parent_id=parent_id,
                document_number=document_number,
            )
            .returning(tables.plan.c.id)
        ).scalar_one()
    )


def write_plan_community(
    c: Connection,
    plan_id: int,
    tessellation: StoredTessellation,
    grids: gpd.GeoDataFrame,
    assignment: NDArray[np.int32],
    srid: int,
    *,
    in_force_from: date | None = None,
    in_force_to: date | None = None,
) -> list[int]:
    """Add a community's grids to a plan; return their grid ids.

    ``grids``: one row a grid in the order of ``assignment``'s numbers: ``code``, ``number``,
    ``name``, ``households``, ``persons`` (None unknown), ``buildings``, ``plots``, ``area_id``
    (optional), geometry in ``srid``. Grids are unions of the tessellation's plots. A code that
    the community had before names the same grid again and keeps its id.
    """
    if len(assignment) != len(tessellation.plot_ids):
        raise ValueError("every plot of the community needs exactly one grid")
    codes = column(grids, "code")
    grid_ids = _grids_by_code(c, tessellation.code, grids, in_force_from, in_force_to)
    shapes = grids.geometry.to_numpy()
    numbers = ("number", "households", "persons", "buildings", "plots", "area_id")
    columns = [[None if v is None else int(v) for v in column(grids, n)] for n in numbers]
    copy_rows(
        c,
        tables.plan_grid,
        (
            "plan_id",
            "grid_id",
            "code",
            "community_id",
            *numbers,
            "name",
            "area_m2",
            "geom",
            "label_point",
        ),
        zip(
            [plan_id] * len(grids),
            grid_ids,
            codes,
            [tessellation.community_id] * len(grids),
            *columns,
            column(grids, "name"),
            shapely.area(shapes).tolist(),
            stored_geometry(shapes, srid, multi=True),
            stored_geometry(shapely.point_on_surface(shapes), srid),
            strict=True,
        ),
    )
    own = np.array(grid_ids, np.int64)
    copy_rows(
        c,
        tables.plan_assignment,
        ("plan_id", "plot_id", "code", "grid_id"),
        zip(
            [plan_id] * len(assignment),
            tessellation.plot_ids,
            np.array(codes, object)[assignment].tolist(),
            own[assignment].tolist(),
            strict=True,
        ),
    )
    c.execute(
        insert(tables.plan_community).values(
            code=tessellation.code,
            plan_id=plan_id,
            community_id=tessellation.community_id,
            tessellation_id=tessellation.id,
            in_force_from=in_force_from,
            in_force_to=in_force_to,
        )
    )
    return grid_ids


def _grids_by_code(
    c: Connection,
    community_code: str,
    grids: gpd.GeoDataFrame,
    valid_from: date | None,
    valid_to: date | None,
) -> list[int]:
    """Return the grid id of each row: the one that has its code, else a new one."""
    table = tables.grid
    codes, types = column(grids, "code"), column(grids, "type", "general")
    known = {
        row.code: int(row.id)
        for row in c.execute(
            select(table.c.code, table.c.id).where(
                table.c.code.startswith(community_code, autoescape=True)
            )
        )
    }
    kept = [known[code] for code in codes if code in known]
    if kept and valid_from is not None:
        c.execute(update(table).where(table.c.id.in_(kept)).values(valid_to=valid_to))
    fresh = [i for i, code in enumerate(codes) if code not in known]
    ids = reserve_ids(c, table, len(fresh))
    copy_rows(
        c,
        table,
        ("id", "code", "type", "valid_from", "valid_to"),
        ((i, codes[at], types[at], valid_from, valid_to) for i, at in zip(ids, fresh, strict=True)),
    )
    copy_rows(
        c,
        tables.grid_code,
        ("code", "grid_id", "valid_from", "valid_to"),
        (
            (codes[at], i, valid_from, valid_to)
            for i, at in zip(ids, fresh, strict=True)
            if valid_from is not None
        ),
    )
    known.update(zip((codes[at] for at in fresh), ids, strict=True))
    return [known[code] for code in codes]


def write_areas(c: Connection, frame: gpd.GeoDataFrame, srid: int, valid_from: date) -> list[int]:
    """Append areas (片区): ``code``, ``name``, ``number``, ``households``, geometry."""
    ids = reserve_ids(c, tables.area, len(frame))
    copy_rows(
        c,
        tables.area,
        ("id", "code", "name", "number", "households", "valid_from", "geom"),
        zip(
            ids,
            column(frame, "code"),
            column(frame, "name"),
            [int(v) for v in column(frame, "number")],
            [int(v) for v in column(frame, "households")],
            [valid_from] * len(frame),
            stored_geometry(frame.geometry.to_numpy(), srid, multi=True),
            strict=True,
        ),
    )
    return ids


def publish_plan(c: Connection, plan_id: int, certificate: StoredJson) -> None:
    """Mark a plan as published; from here on the database refuses to change it."""
    c.execute(
        update(tables.plan)
        .where(tables.plan.c.id == plan_id)
        .values(published_at=func.now(), certificate=dict(certificate))
    )
