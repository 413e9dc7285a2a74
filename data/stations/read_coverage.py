"""What the coverage page reads: who lives behind the doors, every station, public land."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from data.rows.reading import mappings, rows_of
from layers.kit.ids import BuildingId, GridId, StationId

# Where people may be served on ground that is the public's already.
PUBLIC_LAND = ("park", "square", "school", "hospital", "market", "parking")


@dataclass(frozen=True, slots=True)
class StandingStation:
    """A station that stands, in any state. ``hours``: [weekday, opens, closes], empty where none
    are stated; ``x``, ``y`` in the CRS that was asked for.
    """

    id: StationId
    code: str
    tier: str | None
    categories: list[str]
    name: str
    state: str
    service_rule: Literal["nearest", "own_division", "comes_to_the_house"]
    community: str | None
    lon: float
    lat: float
    x: float
    y: float
    hours: list[tuple[int, str, str]]


@dataclass(frozen=True, slots=True)
class GridPlace:
    """A grid that stands at a date: bounds in degrees, ``geometry`` as WKB in degrees."""

    grid_id: GridId
    code: str
    number: int
    name: str
    community: str
    community_code: str
    west: float
    south: float
    east: float
    north: float
    geometry: bytes


def all_stations(c: Connection, county: str, srid: int) -> list[StandingStation]:
    """Return every station that stands, in any state, with its hours; x and y in ``srid``.

    ``hours``: list of [weekday, opens, closes], empty where none are stated.
    """
    return [
        StandingStation(**row)
        for row in c.execute(
            text(
                """
                SELECT s.id, s.code, s.tier, s.categories, s.name, s.state, s.service_rule,
                       d.name AS community, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat,
                       ST_X(p.geom) AS x, ST_Y(p.geom) AS y, coalesce(h.hours, '[]') AS hours
                FROM station s
                CROSS JOIN LATERAL ST_Transform(s.geom, CAST(:srid AS integer)) AS p(geom)
                LEFT JOIN division d ON d.id = s.community_id
                LEFT JOIN LATERAL (
                    SELECT jsonb_agg(jsonb_build_array(
                             weekday, to_char(opens, 'HH24:MI'), to_char(closes, 'HH24:MI'))
                             ORDER BY weekday, opens) AS hours
                    FROM station_hours WHERE station_id = s.id
                ) h ON true
                WHERE lies_in(s.code, :county) AND s.valid_to IS NULL
                ORDER BY s.id
                """
            ),
            {"county": f"{county}%", "srid": srid},
        ).mappings()
    ]


@dataclass(frozen=True, slots=True)
class GridOfDoor:
    """The grid that a building is in."""

    building_id: BuildingId
    grid_id: GridId
    grid_code: str
    grid_number: int
    grid: str


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """What is known of a building with households; ``place``: its grid, None where it is in none.

    ``elderly``, ``children``, ``persons``: None where unknown. ``lon``, ``lat``: a point on it.
    """

    id: BuildingId
    name: str | None
    use: str
    levels: int | None
    code: str
    community_code: str | None
    community: str | None
    address: str | None
    lon: float
    lat: float
    place: GridOfDoor | None
    elderly: int | None
    children: int | None
    persons: int | None

    def people(self, who: Literal["persons", "elderly", "children"]) -> int | None:
        """Return how many live here, of all or of an age; None where unknown."""
        return {"persons": self.persons, "elderly": self.elderly, "children": self.children}[who]

    @property
    def grid(self) -> str | None:
        """The name of the building's grid."""
        return None if self.place is None else self.place.grid


@dataclass(frozen=True, slots=True)
class _CountOf:
    building_id: BuildingId
    measure: str
    value: int


def door_facts(c: Connection, county: str, as_of: date) -> dict[int, DoorFacts]:
    """Return by building id: its name, address, community, grid, and counts of its people.

    Counts are the newest that were not rolled back. The grid is that of the plan which stands at
    ``as_of``. Three questions and not one: the planner takes half a minute over their join.
    """
    rows = mappings(
        c,
        """
            SELECT b.id, coalesce(b.name, b.number) AS name, b.use, b.levels, b.code,
                   d.code AS community_code, d.name AS community, a.address,
                   ST_X(q.at) AS lon, ST_Y(q.at) AS lat
            FROM building b
            CROSS JOIN LATERAL ST_PointOnSurface(b.geom) AS q(at)
            LEFT JOIN division d ON d.id = b.community_id
            LEFT JOIN (
                SELECT DISTINCT ON (building_id) building_id, address FROM building_address
                WHERE lies_in(code, :county) ORDER BY building_id, id
            ) a ON a.building_id = b.id
            WHERE lies_in(b.code, :county) AND b.valid_to IS NULL
            """,
        county=f"{county}%",
    )
    grids = rows_of(
        GridOfDoor,
        c,
        """
        WITH shown AS MATERIALIZED (SELECT * FROM plans_shown(:county, :as_of))
        SELECT pb.building_id, pg.grid_id, pg.code AS grid_code, pg.number AS grid_number,
               pg.name AS grid
        FROM shown
        JOIN plan_grid pg ON pg.plan_id = shown.plan_id
         AND pg.community_id = shown.community_id
        JOIN plan_assignment pa ON pa.plan_id = pg.plan_id AND pa.grid_id = pg.grid_id
        JOIN plot_building pb ON pb.plot_id = pa.plot_id
        JOIN building b ON b.id = pb.building_id
        -- A building may cross a community's border: its own community's grid has it.
        ORDER BY pb.building_id, (b.community_id = pg.community_id), pb.plot_id DESC
        """,
        county=f"{county}%",
        as_of=as_of,
    )
    counts = rows_of(
        _CountOf,
        c,
        """
        SELECT building_id, measure, value
        FROM newest_counts_by_measure(:county, ARRAY['elderly', 'children', 'persons'])
        """,
        county=f"{county}%",
    )
    # The last row of a building holds: they are in order.
    place = {grid.building_id: grid for grid in grids}
    known = {(count.building_id, count.measure): count.value for count in counts}
    return {
        int(r["id"]): DoorFacts(
            **r,
            place=place.get(r["id"]),
            elderly=known.get((r["id"], "elderly")),
            children=known.get((r["id"], "children")),
            persons=known.get((r["id"], "persons")),
        )
        for r in rows
    }


def footprints(c: Connection, county: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return ids and outlines (degrees) of the buildings that stand, in order of id."""
    rows = c.execute(
        text(
            """
            SELECT id, ST_AsBinary(geom) AS geometry FROM building
            WHERE lies_in(code, :county) AND valid_to IS NULL ORDER BY id
            """
        ),
        {"county": f"{county}%"},
    ).all()
    shapes = shapely.from_wkb([bytes(r.geometry) for r in rows]) if rows else np.empty(0, object)
    return np.array([r.id for r in rows], np.int64), shapes


def named_streets(
    c: Connection, county: str, srid: int, around: BaseGeometry
) -> tuple[tuple[str, BaseGeometry], ...]:
    """Return the streets that touch an area (in ``srid``): name and merged lines in ``srid``."""
    rows = c.execute(
        text(
            """
            SELECT name, ST_AsBinary(ST_LineMerge(ST_Collect(
                     ST_Transform(geom, CAST(:srid AS integer))))) AS geometry
            FROM street_edge
            WHERE lies_in(code, :county) AND name IS NOT NULL
              AND geom && ST_Transform(
                  ST_SetSRID(ST_GeomFromWKB(:around), CAST(:srid AS integer)), 4490)
            GROUP BY name ORDER BY name
            """
        ),
        {"county": f"{county}%", "srid": srid, "around": shapely.to_wkb(around.envelope)},
    ).all()
    return tuple((str(r.name), shapely.from_wkb(bytes(r.geometry))) for r in rows)


def public_lands(c: Connection, county: str, srid: int) -> NDArray[np.object_]:
    """Return public land (parks, squares, schools, hospitals, markets, car parks) in ``srid``."""
    rows = c.execute(
        text(
            """
            SELECT ST_AsBinary(ST_Transform(geom, CAST(:srid AS integer))) AS geometry
            FROM land WHERE lies_in(code, :county) AND kind = ANY(:kinds) ORDER BY id
            """
        ),
        {"county": f"{county}%", "srid": srid, "kinds": list(PUBLIC_LAND)},
    ).all()
    return shapely.from_wkb([bytes(r.geometry) for r in rows]) if rows else np.empty(0, object)


def grid_places(c: Connection, county: str, as_of: date) -> list[GridPlace]:
    """Return the grids that stand at a date: id, code, number, name, community, label, bounds."""
    return [
        GridPlace(**row)
        for row in c.execute(
            text(
                """
                SELECT pg.grid_id, pg.code, pg.number, pg.name, d.name AS community,
                       d.code AS community_code, ST_XMin(pg.geom) AS west,
                       ST_YMin(pg.geom) AS south, ST_XMax(pg.geom) AS east,
                       ST_YMax(pg.geom) AS north, ST_AsBinary(pg.geom) AS geometry
                FROM plans_shown(:county, :as_of) shown
                JOIN plan_grid pg ON pg.plan_id = shown.plan_id
                 AND pg.community_id = shown.community_id
                JOIN division d ON d.id = pg.community_id
                ORDER BY pg.code
                """
            ),
            {"county": f"{county}%", "as_of": as_of},
        ).mappings()
    ]
