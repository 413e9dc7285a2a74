"""The rows that figures of grids count: each grid, area and fault of a footprint, one row each."""

from __future__ import annotations

from dataclasses import dataclass
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
from layers.kit.ids import GridId


@dataclass(frozen=True, slots=True)
class GridRow:
    """A grid of the plan that is shown. ``persons`` None: not known. ``plots`` 0: not known."""

    id: GridId
    code: str
    name: str
    community_code: str
    community: str
    households: int
    persons: int | None
    buildings: int
    plots: int
    has_organisation: bool


def grid_rows(
    c: Connection, county: str, as_of: date, now: LiveMeasure | None = None
) -> list[GridRow]:
    """Return the grids shown on a day; ``now``: by the newest counts, else those judged on."""
    rows = c.execute(
        text(
            f"""
            WITH shown AS (SELECT * FROM plans_shown(:county, :as_of)), {LIVE_LOADS},
            known AS (
                SELECT DISTINCT grid_id FROM grid_organisation
                WHERE lies_in(code, :county) AND NOT has_ended(valid_to, :as_of)
            )
            SELECT pg.grid_id AS id, pg.code, pg.name, d.code AS community_code,
                   d.name AS community, {HOUSEHOLDS} AS households, {PERSONS} AS persons,
                   pg.buildings, pg.plots, known.grid_id IS NOT NULL AS has_organisation
            FROM shown
            JOIN plan_grid pg ON pg.plan_id = shown.plan_id
             AND pg.community_id = shown.community_id
            {LIVE_JOIN}
            JOIN division d ON d.id = pg.community_id
            LEFT JOIN known ON known.grid_id = pg.grid_id
            ORDER BY pg.code
            """
        ),
        {"county": f"{county}%", "as_of": as_of, **(now.values if now else AS_JUDGED)},
    )
    return [GridRow(**row) for row in rows.mappings()]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area (片区) with the households of its grids."""

    id: int
    code: str
    name: str
    households: int


def area_rows(
    c: Connection, county: str, as_of: date, now: LiveMeasure | None = None
) -> list[AreaRow]:
    """Return the areas that stand on a day; ``now``: by the newest counts of their grids."""
    rows = c.execute(
        text(
            f"""
            WITH shown AS (SELECT * FROM plans_shown(:county, :as_of)), {LIVE_LOADS},
            moved AS (
                SELECT pg.area_id, sum({HOUSEHOLDS} - pg.households) AS more
                FROM shown
                JOIN plan_grid pg ON pg.plan_id = shown.plan_id
                 AND pg.community_id = shown.community_id
                {LIVE_JOIN}
                WHERE pg.area_id IS NOT NULL GROUP BY pg.area_id
            )
            SELECT a.id, a.code, a.name,
                   (a.households + coalesce(moved.more, 0))::integer AS households
            FROM area a LEFT JOIN moved ON moved.area_id = a.id
            WHERE lies_in(a.code, :county) AND stands(a.valid_from, a.valid_to, :as_of)
            ORDER BY a.code
            """
        ),
        {"county": f"{county}%", "as_of": as_of, **(now.values if now else AS_JUDGED)},
    )
    return [AreaRow(**row) for row in rows.mappings()]


@dataclass(frozen=True, slots=True)
class FaultRow:
    """What was wrong with a footprint when plots were made. ``subject``: the building meant."""

    fault: str
    community_code: str
    community: str
    subject: str | None


def fault_rows(c: Connection, county: str, fault: str) -> list[FaultRow]:
    """Return the footprints with a fault, of each community's newest tessellation."""
    rows = c.execute(
        text(
            """
            SELECT f.value ->> 'code' AS fault, d.code AS community_code, d.name AS community,
                   f.value ->> 'subject' AS subject
            FROM (
                SELECT DISTINCT ON (community_id) community_id, findings FROM tessellation
                WHERE lies_in(code, :county) ORDER BY community_id, version DESC
            ) t
            CROSS JOIN LATERAL jsonb_array_elements(t.findings) f
            JOIN division d ON d.id = t.community_id
            WHERE f.value ->> 'code' = :fault
            ORDER BY d.code, 4
            """
        ),
        {"county": f"{county}%", "fault": fault},
    )
    return [FaultRow(**row) for row in rows.mappings()]
