"""Stations, and the doors and streets that walking times are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from data.rows.reading import row_of, rows_of
from layers.kit.errors import NotFoundError
from layers.kit.ids import GridId, StationId


@dataclass(frozen=True, slots=True)
class StationRow:
    """A station with its point in degrees."""

    id: StationId
    code: str
    tier: str | None
    categories: list[str]
    name: str
    state: str
    community: str | None
    lon: float
    lat: float


def stations(c: Connection, county: str) -> list[StationRow]:
    """Return every station with its point in degrees, highest tier first."""
    return [
        StationRow(**row)
        for row in c.execute(
            text(
                """
                SELECT s.id, s.code, s.tier, s.categories, s.name, s.state,
                       d.name AS community, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat
                FROM station s
                LEFT JOIN division d ON d.id = s.community_id
                WHERE lies_in(s.code, :county) AND s.valid_to IS NULL
                ORDER BY array_position(
                    ARRAY['county', 'subdistrict', 'community', 'grid'], s.tier), s.id
                """
            ),
            {"county": f"{county}%"},
        ).mappings()
    ]


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a station is open on a weekday (1 Monday … 7 Sunday)."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class StationHead:
    """A station with its point in degrees."""

    id: StationId
    code: str
    tier: str | None
    categories: list[str]
    name: str
    state: str
    rooms: int | None
    services: list[str]
    phone: str | None
    source: str
    community: str | None
    lon: float
    lat: float
    valid_from: date
    grid_id: GridId | None


@dataclass(frozen=True, slots=True)
class StationDetail:
    """A station with its hours."""

    head: StationHead
    hours: tuple[OpeningHours, ...]


def station_detail(c: Connection, county: str, station_id: int) -> StationDetail:
    """Return one station with its hours. Raises NotFoundError."""
    row = row_of(
        StationHead,
        c,
        """
        SELECT s.id, s.code, s.tier, s.categories, s.name, s.state, s.rooms, s.services,
               s.phone, s.source, d.name AS community, ST_X(s.geom) AS lon,
               ST_Y(s.geom) AS lat, s.valid_from, s.grid_id
        FROM station s LEFT JOIN division d ON d.id = s.community_id
        WHERE s.id = :id AND lies_in(s.code, :county)
        """,
        id=station_id,
        county=f"{county}%",
    )
    if row is None:
        raise NotFoundError(
            "station {station_id} is not in county {county}", station_id=station_id, county=county
        )
    hours = rows_of(
        OpeningHours,
        c,
        """
        SELECT weekday, opens, closes FROM station_hours WHERE station_id = :id
        ORDER BY weekday, opens
        """,
        id=station_id,
    )
    return StationDetail(row, tuple(hours))


@dataclass(frozen=True, slots=True)
class StationTotal:
    """How many stations there are of a tier in a state."""

    tier: str | None
    state: str
    stations: int


@dataclass(frozen=True, slots=True)
class CategoryTotal:
    """How many open stations have a category."""

    category: str
    stations: int


@dataclass(frozen=True, slots=True)
class StationPoint:
    """An open station; ``x``, ``y`` in the CRS that was asked for."""

    id: StationId
    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True, eq=False)
class StreetEdges:
    """Street edges (n,), in order of id; geometry in the CRS that was asked for."""

    id: NDArray[np.int64]
    classes: list[str]
    bridge: list[bool]
    tunnel: list[bool]
    oneway: list[bool]
    layer: list[int]
    elevations_m: list[list[float] | None]
    geometry: NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class HouseholdDoors:
    """Buildings with households (n,), in order of id; geometry in the CRS that was asked for."""

    id: NDArray[np.int64]
    code: NDArray[np.object_]
    households: NDArray[np.int64]
    geometry: NDArray[np.object_]


def station_totals(c: Connection, county: str) -> list[StationTotal]:
    """Return the number of stations by tier and state."""
    return rows_of(
        StationTotal,
        c,
        """
        SELECT tier, state, count(*) AS stations FROM station
        WHERE lies_in(code, :county) AND valid_to IS NULL GROUP BY tier, state
        """,
        county=f"{county}%",
    )


def categories(c: Connection, county: str) -> list[CategoryTotal]:
    """Return the categories that open stations have, with how many stations each."""
    return rows_of(
        CategoryTotal,
        c,
        """
        SELECT category, count(*) AS stations
        FROM station s, unnest(s.categories) AS category
        WHERE lies_in(s.code, :county) AND s.state = 'open' AND s.valid_to IS NULL
        GROUP BY category ORDER BY count(*) DESC, category
        """,
        county=f"{county}%",
    )


def station_points(
    c: Connection, county: str, srid: int, *, category: str | None = None, every: bool = False
) -> list[StationPoint]:
    """Return open stations with x, y in the measuring CRS: of one category, else the party's own.

    ``every``: of all categories.
    """
    return rows_of(
        StationPoint,
        c,
        """
        SELECT id, name, ST_X(p.geom) AS x, ST_Y(p.geom) AS y
        FROM station s, ST_Transform(s.geom, CAST(:srid AS integer)) AS p(geom)
        WHERE lies_in(s.code, :county) AND s.state = 'open' AND s.valid_to IS NULL
          AND (CAST(:every AS boolean) OR s.categories && CAST(:categories AS text[]))
        ORDER BY id
        """,
        county=f"{county}%",
        srid=srid,
        every=every,
        categories=[category] if category else ["service_centre", "service_station", "red_station"],
    )


def street_edges(c: Connection, county: str, srid: int) -> StreetEdges:
    """Return the street edges of a county."""
    rows = c.execute(
        text(
            """
            SELECT id, class, is_bridge, is_tunnel, is_oneway, layer, elevations_m,
                   ST_AsBinary(ST_Transform(geom, CAST(:srid AS integer))) AS geometry
            FROM street_edge WHERE lies_in(code, :county) ORDER BY id
            """
        ),
        {"county": f"{county}%", "srid": srid},
    ).all()
    return StreetEdges(
        np.array([r.id for r in rows], np.int64),
        [r[1] for r in rows],
        [r.is_bridge for r in rows],
        [r.is_tunnel for r in rows],
        [r.is_oneway for r in rows],
        [r.layer for r in rows],
        [r.elevations_m for r in rows],
        shapely.from_wkb([bytes(r.geometry) for r in rows]) if rows else np.empty(0, object),
    )


def household_doors(c: Connection, county: str, srid: int, measure: str) -> HouseholdDoors:
    """Return buildings with their households.

    Counts are those of the latest snapshot per building that was not rolled back.
    """
    rows = c.execute(
        text(
            """
            SELECT b.id, b.code, n.value,
                   ST_AsBinary(ST_Transform(b.geom, CAST(:srid AS integer))) AS geometry
            FROM building b
            CROSS JOIN LATERAL newest_count(b.id, :measure) n
            WHERE lies_in(b.code, :county) AND b.valid_to IS NULL AND n.value > 0
            ORDER BY b.id
            """
        ),
        {"county": f"{county}%", "srid": srid, "measure": measure},
    ).all()
    return HouseholdDoors(
        np.array([r.id for r in rows], np.int64),
        np.array([r.code for r in rows], object),
        np.array([r.value for r in rows], np.int64),
        shapely.from_wkb([bytes(r.geometry) for r in rows]) if rows else np.empty(0, object),
    )
