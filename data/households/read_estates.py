"""Estates that are planned or being built, and the grids that they lie in."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text

from data.households.rows import EstateHead, EstatePart, EstateRow
from data.rows.reading import row_of, rows_of
from layers.kit.errors import NotFoundError


def estates(c: Connection, county: str) -> list[EstateRow]:
    """Return every estate, by community and name."""
    return rows_of(
        EstateRow,
        c,
        """
        SELECT e.id, e.name, e.life, e.expected_households, e.expected_on, e.code,
               d.name AS community
        FROM estate e LEFT JOIN division d ON d.code = e.code AND d.valid_to IS NULL
        WHERE lies_in(e.code, :county) ORDER BY e.code, e.name, e.id
        """,
        county=f"{county}%",
    )


def estate(c: Connection, estate_id: int) -> EstateHead:
    """Return one estate, locked until the transaction ends. Raises NotFoundError."""
    row = row_of(
        EstateHead,
        c,
        """
        SELECT id, code, name, life, expected_households, expected_on FROM estate
        WHERE id = :id FOR UPDATE
        """,
        id=estate_id,
    )
    if row is None:
        raise NotFoundError("there is no estate {estate_id}", estate_id=estate_id)
    return row


def counted_in_estates(c: Connection, county: str, measure: str) -> dict[int, int]:
    """Return the households that are counted now in the buildings of each estate."""
    rows = c.execute(
        text(
            """
            SELECT b.estate_id, sum(n.value) AS households
            FROM newest_counts(:county, :measure) n
            JOIN building b ON b.id = n.building_id AND b.valid_to IS NULL
            WHERE b.estate_id IS NOT NULL GROUP BY b.estate_id
            """
        ),
        {"county": f"{county}%", "measure": measure},
    )
    return {int(r.estate_id): int(r.households) for r in rows}


def estate_grids(c: Connection, county: str, as_of: date) -> list[EstatePart]:
    """Return which grids expected estates lie in.

    By floor area (footprint times levels) of the buildings that are planned or being built, where
    the estate has any in a grid; else by the area that estate and grid share.
    """
    return rows_of(
        EstatePart,
        c,
        """
        WITH shown AS MATERIALIZED (
            SELECT * FROM plans_shown(:county, :as_of)
        ), expected AS MATERIALIZED (
            SELECT id, geom FROM estate
            WHERE lies_in(code, :county) AND expected_on IS NOT NULL
              AND expected_households IS NOT NULL
        ), floors AS (
            SELECT b.estate_id, pa.grid_id,
                   sum(ST_Area(b.geom) * greatest(coalesce(b.levels, 1), 1)) AS weight
            FROM expected e
            JOIN building b ON b.estate_id = e.id AND b.valid_to IS NULL
             AND b.life IN ('planned', 'building')
            JOIN plot_building pb ON pb.building_id = b.id
            JOIN shown ON shown.community_id = b.community_id
            JOIN plan_assignment pa ON pa.plan_id = shown.plan_id AND pa.plot_id = pb.plot_id
            GROUP BY b.estate_id, pa.grid_id
        )
        SELECT estate_id, grid_id, weight FROM floors
        UNION ALL
        SELECT e.id, pg.grid_id, ST_Area(ST_Intersection(e.geom, pg.geom))
        FROM expected e
        JOIN plan_grid pg ON pg.geom && e.geom AND ST_Intersects(pg.geom, e.geom)
        JOIN shown ON shown.plan_id = pg.plan_id AND shown.community_id = pg.community_id
        WHERE NOT EXISTS (SELECT FROM floors WHERE floors.estate_id = e.id)
        """,
        county=f"{county}%",
        as_of=as_of,
    )
