"""Case sets: foreign polygons, the buildings in doubt, their rulings."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection, text

from data.cases.rows import (
    CaseItem,
    CaseSet,
    CommunityOutline,
    LastRuling,
    PlaceThere,
    StandingCase,
)
from data.rows.reading import row_of, rows_of
from layers.kit.errors import NotFoundError

_SET = """
SELECT s.id, s.code, s.kind, s.state, s.name, s.file_name, s.sequence, s.report, s.plan_id,
       s.made_by, s.made_at, s.closed_by, s.closed_at, p.name AS plan,
       (SELECT count(*) FROM case_item i WHERE i.set_id = s.id) AS cases,
       (SELECT count(*) FROM case_item i WHERE i.set_id = s.id AND i.ruled_to IS NOT NULL)
         AS ruled,
       (SELECT count(*) FROM case_item i WHERE i.set_id = s.id AND i.is_deferred) AS deferred
FROM case_set s LEFT JOIN plan p ON p.id = s.plan_id
"""


def case_sets(c: Connection, county: str) -> list[CaseSet]:
    """Return a county's case sets that were not discarded, the last first."""
    return rows_of(
        CaseSet,
        c,
        _SET + " WHERE s.code = :county AND s.state <> 'discarded' ORDER BY s.id DESC",
        county=county,
    )


def case_set(c: Connection, set_id: int, *, hold: bool = False) -> CaseSet:
    """Return one case set; ``hold`` locks it until the transaction ends. Raises NotFoundError."""
    if hold:
        c.execute(text("SELECT id FROM case_set WHERE id = :id FOR UPDATE"), {"id": set_id})
    row = row_of(CaseSet, c, _SET + " WHERE s.id = :id", id=set_id)
    if row is None:
        raise NotFoundError("there is no case set {set_id}", set_id=set_id)
    return row


def claimants(c: Connection, set_id: int, srid: int) -> gpd.GeoDataFrame:
    """Return a set's polygons in order of position: ``label``, ``name``, ``upstream_code``."""
    rows = list(
        c.execute(
            text(
                """
                SELECT position, label, name, upstream_code, is_stored,
                       ST_AsBinary(ST_Transform(geom, CAST(:srid AS integer))) AS geometry
                FROM case_claimant WHERE set_id = :set ORDER BY position
                """
            ),
            {"set": set_id, "srid": srid},
        ).mappings()
    )
    names = ("position", "label", "name", "upstream_code", "is_stored")
    return gpd.GeoDataFrame(
        pd.DataFrame({name: [r[name] for r in rows] for name in names}, dtype=object),
        geometry=list(shapely.from_wkb([bytes(r["geometry"]) for r in rows])),
        crs=srid,
    )


def claimant_count(c: Connection, set_id: int) -> int:
    """Return how many polygons a set has."""
    counted = text("SELECT count(*) FROM case_claimant WHERE set_id = :set")
    return int(c.execute(counted, {"set": set_id}).scalar_one())


def items(c: Connection, set_id: int) -> list[CaseItem]:
    """Return a set's cases with what is known of their building."""
    return rows_of(
        CaseItem,
        c,
        """
        SELECT i.id, i.kind, i.code, i.community_id, d.name AS community, i.building_id,
               i.households, i.area_m2, i.claims, i.proposal, i.ruled_to, i.is_deferred,
               i.ruled_by, i.ruled_at, i.sequence,
               coalesce(b.name, nullif(concat_ws(' ', e.name, b.number), '')) AS label,
               (SELECT min(x.address) FROM building_address x WHERE x.building_id = b.id)
                 AS address,
               ST_AsGeoJSON(coalesce(i.geom, b.geom), 7) AS shape
        FROM case_item i
        LEFT JOIN division d ON d.id = i.community_id
        LEFT JOIN building b ON b.id = i.building_id
        LEFT JOIN estate e ON e.id = b.estate_id
        WHERE i.set_id = :set ORDER BY i.code, i.id
        """,
        set=set_id,
    )


def standing(c: Connection, set_id: int) -> list[StandingCase]:
    """Return how the cases of a set stand: what a ruling has to know, and nothing to draw."""
    return rows_of(
        StandingCase,
        c,
        """
        SELECT id, kind, community_id, building_id, households, claims, proposal, ruled_to,
               is_deferred, ruled_by, sequence
        FROM case_item WHERE set_id = :set ORDER BY code, id
        """,
        set=set_id,
    )


def last_ruling(c: Connection, set_id: int, by: str) -> LastRuling | None:
    """Return somebody's last ruling of a set that was not undone."""
    return row_of(
        LastRuling,
        c,
        """
        SELECT id, sequence, kind, changes, made_by FROM case_ruling
        WHERE set_id = :set AND made_by = :by AND NOT is_undone AND kind <> 'undo'
        ORDER BY sequence DESC LIMIT 1
        """,
        set=set_id,
        by=by,
    )


def plot_buildings(c: Connection, tessellation: int, srid: int, measure: str) -> gpd.GeoDataFrame:
    """Return the buildings that stand on a tessellation's plots, with their newest households.

    Columns ``id``, ``plot`` (id), ``households`` (None = unknown), geometry in ``srid``.
    """
    rows = list(
        c.execute(
            text(
                """
                WITH held AS (
                    SELECT DISTINCT ON (pb.building_id) pb.building_id, p.id AS plot
                    FROM plots_of(:tessellation) p JOIN plot_building pb ON pb.plot_id = p.id
                    ORDER BY pb.building_id, p.id
                ),
                newest AS (
                    SELECT h.building_id, n.value
                    FROM held h CROSS JOIN LATERAL newest_count(h.building_id, :measure) n
                )
                SELECT b.id, h.plot, n.value AS households,
                       ST_AsBinary(ST_Transform(b.geom, CAST(:srid AS integer))) AS geometry
                FROM held h JOIN building b ON b.id = h.building_id
                LEFT JOIN newest n ON n.building_id = b.id
                ORDER BY b.id
                """
            ),
            {"tessellation": tessellation, "srid": srid, "measure": measure},
        ).mappings()
    )
    names = ("id", "plot", "households")
    return gpd.GeoDataFrame(
        pd.DataFrame({name: [r[name] for r in rows] for name in names}, dtype=object),
        geometry=list(shapely.from_wkb([bytes(r["geometry"]) for r in rows])),
        crs=srid,
    )


def entrances(c: Connection, tessellation: int, srid: int) -> dict[int, Any]:
    """Return the entrances (points in ``srid``) of buildings of a tessellation, by building id."""
    found: dict[int, list[Any]] = {}
    for row in c.execute(
        text(
            """
            SELECT DISTINCT x.id, x.building_id,
                   ST_AsBinary(ST_Transform(x.geom, CAST(:srid AS integer))) AS geometry
            FROM plots_of(:tessellation) p JOIN plot_building pb ON pb.plot_id = p.id
            JOIN building_entrance x ON x.building_id = pb.building_id AND x.geom IS NOT NULL
            ORDER BY x.id
            """
        ),
        {"tessellation": tessellation, "srid": srid},
    ):
        found.setdefault(int(row.building_id), []).append(shapely.from_wkb(bytes(row.geometry)))
    return found


def county_ground(c: Connection, county: str) -> str:
    """Return a fingerprint of a county's community borders and footprints."""
    return str(
        c.execute(
            text(
                """
                SELECT md5(concat(
                    (SELECT string_agg(concat(d.id, ':', md5(ST_AsBinary(d.geom))), ','
                                       ORDER BY d.id)
                     FROM division d WHERE lies_in(d.code, :county) AND d.kind = 'community'
                      AND d.valid_to IS NULL),
                    (SELECT string_agg(concat(b.id, ':', b.version, ':', b.community_id), ','
                                       ORDER BY b.id)
                     FROM building b WHERE lies_in(b.code, :county) AND b.valid_to IS NULL)))
                """
            ),
            {"county": f"{county}%"},
        ).scalar_one()
    )


def county_buildings(c: Connection, county: str, measure: str) -> gpd.GeoDataFrame:
    """Return a county's buildings (EPSG:4490) with community and newest households.

    Columns ``id``, ``code``, ``community_id``, ``label``, ``households`` (None = unknown).
    """
    rows = list(
        c.execute(
            text(
                """
                SELECT b.id, b.code, b.community_id, n.value AS households,
                       coalesce(b.name, nullif(concat_ws(' ', e.name, b.number), ''),
                                CAST(b.id AS text)) AS label,
                       ST_AsBinary(b.geom) AS geometry
                FROM building b
                LEFT JOIN newest_counts(:county, :measure) n ON n.building_id = b.id
                LEFT JOIN estate e ON e.id = b.estate_id
                WHERE lies_in(b.code, :county) AND b.valid_to IS NULL ORDER BY b.id
                """
            ),
            {"county": f"{county}%", "measure": measure},
        ).mappings()
    )
    names = ("id", "code", "community_id", "label", "households")
    return gpd.GeoDataFrame(
        pd.DataFrame({name: [r[name] for r in rows] for name in names}, dtype=object),
        geometry=list(shapely.from_wkb([bytes(r["geometry"]) for r in rows])),
        crs=4490,
    )


def building_land(c: Connection, buildings: list[int]) -> dict[int, Any]:
    """Return the plot (EPSG:4490) of buildings by their community's newest plots."""
    rows = c.execute(
        text(
            """
            SELECT DISTINCT ON (pb.building_id) pb.building_id, ST_AsBinary(p.geom) AS geometry
            FROM plot_building pb JOIN plot p ON p.id = pb.plot_id
            JOIN tessellation t ON t.id = p.tessellation_id
            WHERE pb.building_id = ANY(:ids)
            ORDER BY pb.building_id, t.version DESC, p.id
            """
        ),
        {"ids": buildings},
    )
    return {int(r.building_id): shapely.from_wkb(bytes(r.geometry)) for r in rows}


def places(c: Connection, county: str) -> list[PlaceThere]:
    """Return a county's stations and demands with their code and place."""
    return rows_of(
        PlaceThere,
        c,
        """
        SELECT 'station' AS kind, id, code, NULL AS building_id, ST_X(geom) AS lon,
               ST_Y(geom) AS lat
        FROM station WHERE lies_in(code, :county) AND valid_to IS NULL AND geom IS NOT NULL
        UNION ALL
        SELECT 'demand', id, code, building_id, ST_X(geom), ST_Y(geom)
        FROM demand WHERE lies_in(code, :county) AND geom IS NOT NULL
        ORDER BY 1, 2
        """,
        county=f"{county}%",
    )


def outlines(c: Connection, county: str) -> list[CommunityOutline]:
    """Return a county's communities as stored, by code."""
    return rows_of(
        CommunityOutline,
        c,
        """
        SELECT id, code, name, ST_AsBinary(geom) AS geometry FROM division
        WHERE lies_in(code, :county) AND kind = 'community' AND valid_to IS NULL
          AND geom IS NOT NULL ORDER BY code
        """,
        county=f"{county}%",
    )
