"""Stations, and the doors and streets that walking times are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, RowMapping, text

from layers.kit.errors import NotFoundError
from layers.kit.ids import StationId


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
                WHERE s.code LIKE :county AND s.valid_to IS NULL
                ORDER BY array_position(
                    ARRAY['county', 'subdistrict', 'community', 'grid'], s.tier), s.id
                """
            ),
            {"county": f"{county}%"},
        ).mappings()
    ]


def station_detail(c: Connection, county: str, station_id: int) -> dict[str, Any]:
    """Return one station with its hours. Raises NotFoundError."""
    row = (
        c.execute(
            text(
                """
                SELECT s.id, s.code, s.tier, s.categories, s.name, s.state, s.rooms, s.services,
                       s.phone, s.source, d.name AS community, ST_X(s.geom) AS lon,
                       ST_Y(s.geom) AS lat, s.valid_from, s.grid_id
                FROM station s LEFT JOIN division d ON d.id = s.community_id
                WHERE s.id = :id AND s.code LIKE :county
                """
            ),
            {"id": station_id, "county": f"{county}%"},
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFoundError(
            "station {station_id} is not in county {county}", station_id=station_id, county=county
        )
    hours = c.execute(
        text(
            """
            SELECT weekday, opens, closes FROM station_hours WHERE station_id = :id
            ORDER BY weekday, opens
            """
        ),
        {"id": station_id},
    ).mappings()
    return {**row, "hours": list(hours)}


def station_totals(c: Connection, county: str) -> list[RowMapping]:
    """Return the number of stations by tier and state."""
    return list(
        c.execute(
            text(
                """
                SELECT tier, state, count(*) AS stations FROM station
                WHERE code LIKE :county AND valid_to IS NULL GROUP BY tier, state
                """
            ),
            {"county": f"{county}%"},
        ).mappings()
    )


def categories(c: Connection, county: str) -> list[RowMapping]:
    """Return the categories that open stations have, with how many stations each."""
    return list(
        c.execute(
            text(
                """
                SELECT category, count(*) AS stations
                FROM station s, unnest(s.categories) AS category
                WHERE s.code LIKE :county AND s.state = 'open' AND s.valid_to IS NULL
                GROUP BY category ORDER BY count(*) DESC, category
                """
            ),
            {"county": f"{county}%"},
        ).mappings()
    )


def station_points(
    c: Connection, county: str, srid: int, *, category: str | None = None, every: bool = False
) -> list[RowMapping]:
    """Return open stations with x, y in the measuring CRS: of one category, else the party's own.

    ``every``: of all categories.
    """
    return list(
        c.execute(
            text(
                """
                SELECT id, name, ST_X(p.geom) AS x, ST_Y(p.geom) AS y
                FROM station s, ST_Transform(s.geom, CAST(:srid AS integer)) AS p(geom)
                WHERE s.code LIKE :county AND s.state = 'open' AND s.valid_to IS NULL
                  AND (CAST(:every AS boolean) OR s.categories && CAST(:categories AS text[]))
                ORDER BY id
                """
            ),
            {
                "county": f"{county}%",
                "srid": srid,
                "every": every,
                "categories": [category]
                if category
                else ["service_centre", "service_station", "red_station"],
            },
        ).mappings()
    )


def street_edges(c: Connection, county: str, srid: int) -> dict[str, Any]:
    """Return street edges as arrays: class, bridge, tunnel, one-way, heights, geometry."""
    rows = c.execute(
        text(
            """
            SELECT id, class, is_bridge, is_tunnel, is_oneway, layer, elevations_m,
                   ST_AsBinary(ST_Transform(geom, CAST(:srid AS integer))) AS geometry
            FROM street_edge WHERE code LIKE :county ORDER BY id
            """
        ),
        {"county": f"{county}%", "srid": srid},
    ).all()
    return {
        "id": np.array([r.id for r in rows], np.int64),
        "class": [r[1] for r in rows],
        "bridge": [r.is_bridge for r in rows],
        "tunnel": [r.is_tunnel for r in rows],
        "oneway": [r.is_oneway for r in rows],
        "layer": [r.layer for r in rows],
        "elevations_m": [r.elevations_m for r in rows],
        "geometry": shapely.from_wkb([bytes(r.geometry) for r in rows])
        if rows
        else np.empty(0, object),
    }


def household_doors(c: Connection, county: str, srid: int, measure: str) -> dict[str, Any]:
    """Return buildings with their households: id, code, households (NaN unknown), geometry.

    Counts are those of the latest snapshot per building that was not rolled back.
    """
    rows = c.execute(
        text(
            """
            SELECT b.id, b.code, n.value,
                   ST_AsBinary(ST_Transform(b.geom, CAST(:srid AS integer))) AS geometry
            FROM building b
            CROSS JOIN LATERAL newest_count(b.id, :measure) n
            WHERE b.code LIKE :county AND b.valid_to IS NULL AND n.value > 0
            ORDER BY b.id
            """
        ),
        {"county": f"{county}%", "srid": srid, "measure": measure},
    ).all()
    return {
        "id": np.array([r.id for r in rows], np.int64),
        "code": np.array([r.code for r in rows], object),
        "households": np.array([r.value for r in rows], np.int64),
        "geometry": shapely.from_wkb([bytes(r.geometry) for r in rows])
        if rows
        else np.empty(0, object),
    }
