"""The ground: streets with elevation, water, land, barriers, terrain."""

from __future__ import annotations

import zlib
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from data.ground import tables
from data.ground.read_terrain import read_elevation
from data.rows.bulk import column, copy_rows, plain, reserve_ids, stored_geometry
from layers.kit.crs import transform
from layers.kit.ground.elevation import Elevation
from layers.kit.ground.junctions import split_at_shared_vertices

STEP_M = 25.0  # decisions.md, Walking: edges are cut every 25 m


def write_streets(
    c: Connection,
    county_code: str,
    frame: gpd.GeoDataFrame,
    srid: int,
    elevation: Elevation | None = None,
) -> int:
    """Append streets as nodes and edges, cut at shared vertices; return the number of edges.

    ``frame`` as in docs/frames.md, geometry in ``srid`` (metres).
    """
    parts = split_at_shared_vertices(frame.geometry.to_numpy())
    node_ids = np.array(reserve_ids(c, tables.street_node, len(parts.nodes)), np.int64)
    heights = _heights(elevation, parts.nodes, srid)
    points = stored_geometry(shapely.points(parts.nodes), srid)
    copy_rows(
        c,
        tables.street_node,
        ("id", "code", "elevation_m", "geom"),
        zip(node_ids.tolist(), [county_code] * len(points), heights, points, strict=True),
    )
    of_line = frame.iloc[parts.line]
    rows = zip(
        [county_code] * len(of_line),
        node_ids[parts.u].tolist(),
        node_ids[parts.v].tolist(),
        column(of_line, "class"),
        column(of_line, "name"),
        column(of_line, "bridge", False),
        column(of_line, "tunnel", False),
        column(of_line, "oneway", False),
        [int(v) for v in column(of_line, "layer", 0)],
        column(of_line, "external_id"),
        shapely.length(parts.geometry).tolist(),
        _profiles(elevation, parts.geometry, srid),
        stored_geometry(parts.geometry, srid),
        strict=True,
    )
    columns = (
        "code",
        "source_node",
        "target_node",
        "class",
        "name",
        "is_bridge",
        "is_tunnel",
        "is_oneway",
        "layer",
        "external_id",
        "length_m",
        "elevations_m",
        "geom",
    )
    return copy_rows(c, tables.street_edge, columns, rows)


def _heights(elevation: Elevation | None, xy: NDArray[np.float64], srid: int) -> list[float | None]:
    if elevation is None:
        return [None] * len(xy)
    x, y = transform(xy[:, 0], xy[:, 1], srid, elevation.srid)
    return [plain(v) for v in np.round(elevation.sample(x, y), 2).tolist()]


def _profiles(
    elevation: Elevation | None, lines: NDArray[np.object_], srid: int
) -> list[list[float] | None]:
    """Heights at the start, every 25 m and at the end; None where any is unknown."""
    if elevation is None or len(lines) == 0:
        return [None] * len(lines)
    lengths = shapely.length(lines)
    counts = np.ceil(lengths / STEP_M - 1e-9).astype(int).clip(min=1) + 1
    owner = np.repeat(np.arange(len(lines)), counts)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    along = np.minimum(step * STEP_M, lengths[owner])
    points = shapely.get_coordinates(shapely.line_interpolate_point(lines[owner], along))
    x, y = transform(points[:, 0], points[:, 1], srid, elevation.srid)
    heights = np.round(elevation.sample(x, y), 2)
    split = np.split(heights, np.cumsum(counts)[:-1])
    return [None if np.isnan(part).any() else part.tolist() for part in split]


def refresh_street_elevation(c: Connection, county_code: str, srid: int) -> int:
    """Recompute the heights of all streets from the stored terrain; return the edges changed."""
    elevation = read_elevation(c, county_code)
    changed = 0
    for table, heights in (
        (tables.street_node, "elevation_m"),
        (tables.street_edge, "elevations_m"),
    ):
        rows = c.execute(
            select(table.c.id, table.c.geom.ST_AsBinary()).where(
                table.c.code.startswith(county_code, autoescape=True)
            )
        ).all()
        if not rows:
            continue
        geometry = shapely.from_wkb([bytes(row[1]) for row in rows])
        lonlat = shapely.get_coordinates(geometry)
        x, y = transform(lonlat[:, 0], lonlat[:, 1], 4490, srid)
        geometry = shapely.set_coordinates(geometry, np.column_stack([x, y]))
        values: list[Any]
        if table is tables.street_node:
            values = _heights(elevation, shapely.get_coordinates(geometry), srid)
        else:
            values = _profiles(elevation, geometry, srid)
            changed = len(rows)
        statement = (
            update(table).where(table.c.id == bindparam("row_id")).values({heights: bindparam("h")})
        )
        c.execute(
            statement,
            [{"row_id": row[0], "h": h} for row, h in zip(rows, values, strict=True)],
        )
    return changed


def write_water(c: Connection, county_code: str, frame: gpd.GeoDataFrame, srid: int) -> int:
    """Append water: ``kind``, ``name``, geometry Polygon or LineString."""
    return _write_plain(c, tables.water, county_code, frame, srid, multi=False)


def write_lands(c: Connection, county_code: str, frame: gpd.GeoDataFrame, srid: int) -> int:
    """Append land by kind: ``kind``, ``name``, geometry Polygon."""
    return _write_plain(c, tables.land, county_code, frame, srid, multi=True)


def write_barriers(c: Connection, county_code: str, frame: gpd.GeoDataFrame, srid: int) -> int:
    """Append barriers: ``kind`` (rail, wall), ``name``, geometry LineString."""
    return _write_plain(c, tables.barrier, county_code, frame, srid, multi=False)


def _write_plain(
    c: Connection, table: Any, county_code: str, frame: gpd.GeoDataFrame, srid: int, *, multi: bool
) -> int:
    rows = zip(
        [county_code] * len(frame),
        column(frame, "kind"),
        column(frame, "name"),
        stored_geometry(frame.geometry.to_numpy(), srid, multi=multi),
        strict=True,
    )
    return copy_rows(c, table, ("code", "kind", "name", "geom"), rows)


def write_elevation(c: Connection, county_code: str, elevation: Elevation) -> None:
    """Store the county's terrain, replacing what was there."""
    table = tables.elevation
    c.execute(delete(table).where(table.c.code == county_code))
    heights = np.ascontiguousarray(elevation.values, np.float32)
    c.execute(
        insert(table).values(
            code=county_code,
            srid=elevation.srid,
            west=elevation.west,
            north=elevation.north,
            cell_x=elevation.cell_x,
            cell_y=elevation.cell_y,
            rows=heights.shape[0],
            columns=heights.shape[1],
            heights=zlib.compress(heights.tobytes(), 6),
            source=elevation.source,
        )
    )
