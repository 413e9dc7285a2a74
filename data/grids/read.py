"""Plans and their grids: what is in force, what a grid holds, who answers for it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text

from data.duty.read_answering import answering
from data.grids.read_live_loads import (
    AS_JUDGED,
    HOUSEHOLDS,
    JUDGED_ON,
    LIVE_JOIN,
    LIVE_LOADS,
    PERSONS,
    LiveMeasure,
)
from data.grids.rows import (
    AreaTotals,
    DatedPlan,
    GridDetail,
    GridHead,
    OrganisationOfGrid,
    PlanTotals,
    ShownGrid,
)
from data.rows.reading import row_of, rows_of
from layers.kit.errors import NotFoundError

# An area's households as stored are those it was judged on; they move with those of its grids.
AREA_HOUSEHOLDS = f"""a.households
    + (sum({HOUSEHOLDS} - pg.households) OVER (PARTITION BY pg.area_id))::integer"""


def grids_shown(
    c: Connection, county: str, as_of: date, now: LiveMeasure | None = None
) -> list[ShownGrid]:
    """Return the grids of the plan in force at a date, or of the latest draft where none is.

    ``now``: with the newest counts; without it those that the plan was judged on. CGCS2000 is
    taken as equal to WGS 84; the drawn outline has 6 decimals.
    """
    return rows_of(
        ShownGrid,
        c,
        f"""
        WITH shown AS (SELECT * FROM plans_shown(:county, :as_of)), {LIVE_LOADS}
        SELECT pg.grid_id, pg.code, pg.number, pg.name, {HOUSEHOLDS} AS households,
               {PERSONS} AS persons, pg.buildings, pg.plots, shown.in_force,
               d.name AS community,
               g.type, a.name AS area, {AREA_HOUSEHOLDS} AS area_households,
               ST_X(pg.label_point) AS label_lon, ST_Y(pg.label_point) AS label_lat,
               ST_AsGeoJSON(pg.geom, 6, 0) AS geometry
        FROM shown
        JOIN plan_grid pg ON pg.plan_id = shown.plan_id
         AND pg.community_id = shown.community_id
        {LIVE_JOIN}
        JOIN grid g ON g.id = pg.grid_id
        JOIN division d ON d.id = pg.community_id
        LEFT JOIN area a ON a.id = pg.area_id
        ORDER BY pg.code
        """,
        county=f"{county}%",
        as_of=as_of,
        **now.values if now else AS_JUDGED,
    )


MOST_POSTS = 20


def grid_detail(c: Connection, county: str, grid_id: int, as_of: date) -> GridDetail:
    """Return one grid with its plan, communities, area, posts and organisations.

    Its households and persons are those that the plan was judged on, of the day ``judged_on``.

    Raises NotFoundError when the grid is not in that county.
    """
    row = row_of(
        GridHead,
        c,
        f"""
        SELECT pg.plan_id, pg.code, pg.number, pg.name, pg.households, pg.persons,
               pg.buildings, pg.plots, {JUDGED_ON} AS judged_on, pc.in_force_to,
               pg.area_m2, d.name AS community, s.name AS subdistrict, p.name AS plan,
               p.stage, p.document_number, pc.in_force_from, a.name AS area,
               a.id AS area_id, a.households AS area_households, pc.community_id,
               s.id AS subdistrict_id,
               ST_XMin(pg.geom) AS west, ST_YMin(pg.geom) AS south,
               ST_XMax(pg.geom) AS east, ST_YMax(pg.geom) AS north
        FROM plan_grid pg
        JOIN plan p ON p.id = pg.plan_id
        JOIN plan_community pc ON pc.plan_id = p.id AND pc.community_id = pg.community_id
        JOIN division d ON d.id = pg.community_id
        LEFT JOIN division s ON s.id = d.parent_id
        LEFT JOIN area a ON a.id = pg.area_id
        WHERE pg.grid_id = :grid AND lies_in(pg.code, :county)
        ORDER BY stands(pc.in_force_from, pc.in_force_to, :as_of) DESC,
                 pc.in_force_from DESC NULLS LAST
        LIMIT 1
        """,
        grid=grid_id,
        county=f"{county}%",
        as_of=as_of,
    )
    if row is None:
        raise NotFoundError(
            "grid {grid_id} is not in county {county}", grid_id=grid_id, county=county
        )
    posts = answering(
        c,
        as_of,
        grids=[grid_id],
        areas=[] if row.area_id is None else [row.area_id],
        divisions=[i for i in (row.community_id, row.subdistrict_id) if i is not None],
    )
    organisations = rows_of(
        OrganisationOfGrid,
        c,
        """
        SELECT o.kind, o.name FROM grid_organisation g
        JOIN organisation o ON o.id = g.organisation_id
        WHERE g.grid_id = :grid AND NOT has_ended(g.valid_to, :as_of)
        ORDER BY o.id
        """,
        grid=grid_id,
        as_of=as_of,
    )
    return GridDetail(row, tuple(posts[:MOST_POSTS]), tuple(organisations))


def plan_totals(
    c: Connection, county: str, as_of: date, households_max: int, now: LiveMeasure | None = None
) -> PlanTotals:
    """Return the figures of the shown plan: grids, households, persons, buildings, over limit.

    ``now``: by the newest counts; without it those that the plan was judged on.
    """
    (found,) = rows_of(
        PlanTotals,
        c,
        f"""
        WITH shown AS (SELECT * FROM plans_shown(:county, :as_of)), {LIVE_LOADS}
        SELECT count(*) AS grids,
               coalesce(sum({HOUSEHOLDS}), 0) AS households,
               sum({PERSONS}) AS persons,
               coalesce(sum(pg.buildings), 0) AS buildings,
               -- plots = 0: known by its totals alone
               count(*) FILTER (WHERE {HOUSEHOLDS} > :limit AND pg.plots <> 1)
                 AS over_limit,
               count(*) FILTER (WHERE {HOUSEHOLDS} > :limit AND pg.plots = 1)
                 AS buildings_over_limit,
               max({HOUSEHOLDS}) AS largest,
               count(DISTINCT pg.community_id) AS communities,
               bool_and(shown.in_force) AS in_force,
               max(shown.in_force_from) AS in_force_from
        FROM shown
        JOIN plan_grid pg ON pg.plan_id = shown.plan_id
         AND pg.community_id = shown.community_id
        {LIVE_JOIN}
        """,
        county=f"{county}%",
        as_of=as_of,
        limit=households_max,
        **now.values if now else AS_JUDGED,
    )
    return found


def first_day(c: Connection, county: str) -> date | None:
    """Return the first day on which a plan of a county was in force; None without one."""
    found = c.execute(
        text(
            """
            SELECT min(in_force_from) FROM plan_community WHERE lies_in(code, :county)
            """
        ),
        {"county": f"{county}%"},
    ).scalar()
    return found if isinstance(found, date) else None


def plans_by_date(c: Connection, county: str, day: date | None = None) -> list[DatedPlan]:
    """Return the days on which plans of a county came into force, with their grids, newest first.

    A draft comes last, with ``in_force_from`` None. ``day``: where a plan stands in some of its
    communities then, its grids are those of these.
    """
    return rows_of(
        DatedPlan,
        c,
        """
        SELECT p.id, p.name, min(pc.in_force_from) AS in_force_from,
               CAST(nullif(max(coalesce(pc.in_force_to, 'infinity')), 'infinity') AS date)
                 AS in_force_to,
               (SELECT count(*) FROM plan_grid pg WHERE pg.plan_id = p.id
                  AND (NOT bool_or(stands(pc.in_force_from, pc.in_force_to, :day))
                       OR pg.community_id = ANY(array_agg(pc.community_id) FILTER (
                            WHERE stands(pc.in_force_from, pc.in_force_to, :day))))) AS grids
        FROM plan p JOIN plan_community pc ON pc.plan_id = p.id
        WHERE lies_in(p.code, :county)
        GROUP BY p.id ORDER BY min(pc.in_force_from) DESC NULLS LAST, p.id DESC
        """,
        county=f"{county}%",
        day=day or date.min,
    )


def estimated_households(c: Connection, county: str, measure: str) -> int:
    """Return how many households of a county are estimated rather than counted or reported."""
    return int(
        c.execute(
            text(
                """
                SELECT coalesce(sum(n.value) FILTER (WHERE n.confidence = 'estimated'), 0)
                FROM newest_counts(:county, :measure) n
                JOIN building b ON b.id = n.building_id AND b.valid_to IS NULL
                """
            ),
            {"county": f"{county}%", "measure": measure},
        ).scalar_one()
    )


def area_totals(
    c: Connection, county: str, as_of: date, now: LiveMeasure | None = None
) -> AreaTotals:
    """Return how many areas (片区) stand on a day, and the households of the largest.

    ``now``: by the newest counts of its grids; without it those that it was judged on.
    """
    (found,) = rows_of(
        AreaTotals,
        c,
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
        SELECT count(*) AS areas,
               max(a.households + coalesce(moved.more, 0))::integer AS largest
        FROM area a LEFT JOIN moved ON moved.area_id = a.id
        WHERE lies_in(a.code, :county) AND stands(a.valid_from, a.valid_to, :as_of)
        """,
        county=f"{county}%",
        as_of=as_of,
        **now.values if now else AS_JUDGED,
    )
    return found
