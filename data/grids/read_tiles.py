"""Grids as vector tiles, for a province: too many to send as one drawing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, text

from data.grids.read_live_loads import (
    AS_JUDGED,
    HOUSEHOLDS,
    LIVE_JOIN,
    LIVE_LOADS,
    PERSONS,
    LiveMeasure,
)
from data.grids.rows import DrawnGrid
from data.rows.reading import row_of
from data.web_map import stored, web

OVER_UNTIL = 11  # up to this zoom a grid over its limit is a mark besides: it would be a speck

_TILE = f"""
WITH box AS (
    SELECT ST_TileEnvelope(:z, :x, :y) AS web,
           {stored("ST_Expand(ST_TileEnvelope(:z, :x, :y), :margin)")} AS stored
),
shown AS (SELECT * FROM plans_shown(:county, :as_of)), {LIVE_LOADS},
here AS (
    SELECT pg.grid_id AS id, {HOUSEHOLDS} AS households, pg.number, pg.geom, pg.label_point,
           CASE WHEN pg.plots = 1 AND {HOUSEHOLDS} > :limit THEN CAST(:alone AS integer)
           ELSE (SELECT count(*) FROM unnest(CAST(:steps AS float[])) s WHERE {HOUSEHOLDS} > s)::int
           END AS load
    FROM box
    JOIN plan_grid pg ON pg.geom && box.stored
    JOIN shown ON shown.plan_id = pg.plan_id AND shown.community_id = pg.community_id
    {LIVE_JOIN}
    WHERE lies_in(pg.code, :county)
),
grid AS (
    SELECT id, load, ST_AsMVTGeom(
             {web("ST_SimplifyPreserveTopology(here.geom, :grain)")}, box.web, 4096, 32) AS geom
    FROM here, box
),
over AS (
    SELECT id, load, ST_AsMVTGeom({web("here.label_point")}, box.web, 4096, 256)
             AS geom
    FROM here, box WHERE :z <= {OVER_UNTIL} AND here.load = CAST(:over AS integer)
),
number AS (
    SELECT number::text AS name, load,
           ST_AsMVTGeom({web("here.label_point")}, box.web, 4096, 256) AS geom
    FROM here, box WHERE :z >= 13
)
SELECT (SELECT coalesce(ST_AsMVT(grid, 'grid', 4096, 'geom'), '') FROM grid)
    || (SELECT coalesce(ST_AsMVT(over, 'over', 4096, 'geom'), '') FROM over)
    || (SELECT coalesce(ST_AsMVT(number, 'number', 4096, 'geom'), '') FROM number) AS tile
"""
_WORLD_M = 40075016.685578488

_ONE = f"""
WITH shown AS (SELECT * FROM plans_shown(:county, :as_of)), {LIVE_LOADS}
SELECT pg.grid_id, pg.code, pg.number, pg.name, {HOUSEHOLDS} AS households,
       {PERSONS} AS persons, pg.buildings, pg.plots, shown.in_force, d.name AS community,
       ST_X(pg.label_point) AS label_lon, ST_Y(pg.label_point) AS label_lat,
       ST_AsGeoJSON(pg.geom, 6, 0) AS geometry
FROM shown
JOIN plan_grid pg ON pg.plan_id = shown.plan_id AND pg.community_id = shown.community_id
{LIVE_JOIN}
JOIN division d ON d.id = pg.community_id
"""


def grid_count(c: Connection, county: str) -> int:
    """Return about how many grids a county shows: those of its largest plan."""
    rows = c.execute(
        text(
            """
            SELECT coalesce(max(n), 0) FROM (
                SELECT count(*) AS n FROM plan_grid WHERE lies_in(code, :county) GROUP BY plan_id) p
            """
        ),
        {"county": f"{county}%"},
    )
    return int(rows.scalar_one())


def grid_tile(
    c: Connection,
    county: str,
    as_of: date,
    steps: Sequence[float],
    loud: tuple[int, int],
    z: int,
    x: int,
    y: int,
    now: LiveMeasure | None = None,
) -> bytes:
    """Return one Mapbox vector tile of the grids that stand on a day.

    ``now``: by the newest counts; without it those that the plan was judged on.

    Layers: grid (``id``, ``load`` = how many of ``steps``, in households, it exceeds; the second
    of ``loud`` for one plot that exceeds the last), over (points of the first of ``loud``, small
    zooms only), number (points, near only).
    """
    side_m = _WORLD_M / 2**z
    values = {
        "county": f"{county}%",
        "as_of": as_of,
        "steps": list(steps),
        "limit": steps[-1],
        "over": loud[0],
        "alone": loud[1],
        "z": z,
        "x": x,
        "y": y,
        "margin": side_m / 64,
        "grain": 360 / 2**z / 1024,
        **(now.values if now else AS_JUDGED),
    }
    return bytes(c.execute(text(_TILE), values).scalar_one())


def grid_at(
    c: Connection, county: str, as_of: date, lon: float, lat: float, now: LiveMeasure | None = None
) -> DrawnGrid | None:
    """Return the grid that covers a place (degrees), None where there is none."""
    point = "ST_SetSRID(ST_MakePoint(:lon, :lat), 4490)"
    sql = f"{_ONE} WHERE pg.geom && {point} AND ST_Intersects(pg.geom, {point}) LIMIT 1"
    return row_of(
        DrawnGrid,
        c,
        sql,
        county=f"{county}%",
        as_of=as_of,
        lon=lon,
        lat=lat,
        **(now.values if now else AS_JUDGED),
    )


def grid_of(
    c: Connection, county: str, as_of: date, grid_id: int, now: LiveMeasure | None = None
) -> DrawnGrid | None:
    """Return a grid as it stands on a day, None where it does not."""
    return row_of(
        DrawnGrid,
        c,
        f"{_ONE} WHERE pg.grid_id = :grid",
        county=f"{county}%",
        as_of=as_of,
        grid=grid_id,
        **(now.values if now else AS_JUDGED),
    )


def grids_without_organisation(c: Connection, county: str, as_of: date) -> int | None:
    """Return how many grids nobody said the organisation of; None where none is known at all."""
    row = c.execute(
        text(
            """
            WITH shown AS (SELECT * FROM plans_shown(:county, :as_of)),
            known AS (
                SELECT DISTINCT grid_id FROM grid_organisation
                WHERE lies_in(code, :county) AND NOT has_ended(valid_to, :as_of)
            )
            SELECT count(*) AS grids, count(known.grid_id) AS known
            FROM shown
            JOIN plan_grid pg ON pg.plan_id = shown.plan_id AND pg.community_id = shown.community_id
            LEFT JOIN known ON known.grid_id = pg.grid_id
            """
        ),
        {"county": f"{county}%", "as_of": as_of},
    ).one()
    return None if row.known == 0 else int(row.grids - row.known)
