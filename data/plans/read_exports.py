"""What a plan hands over: its buildings, plots, communities, who answers for its grids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
from sqlalchemy import Connection, text

from data.divisions.read_counties import not_loaded
from data.duty.read_answering import answering
from data.grids.read_live_loads import JUDGED_ON, counts_day, grids_now
from data.plans.rows import BeforeAfter, BuildingPlot
from data.rows.reading import frame_of, rows_of

_SCOPE = "(CAST(:community AS bigint) IS NULL OR {0}.community_id = :community)"


def rests_on(c: Connection, county: str) -> str:
    """Return the version of what papers of a county's plans rest on. Raises NotFoundError."""
    found = c.execute(
        text(
            """
            SELECT concat_ws(' ', k.revision + getu.turns(k.code), count(p.id), max(p.changed_at))
            FROM county k LEFT JOIN plan p ON p.code = k.code
            WHERE k.code = :county GROUP BY k.code, k.revision
            """
        ),
        {"county": county},
    ).scalar()
    if found is None:
        raise not_loaded(c, county)
    return str(found)


def grids(c: Connection, plan_id: int, community: int | None = None) -> gpd.GeoDataFrame:
    """Return a plan's grids (EPSG:4490): code, community, number, name, figures.

    Households and persons are those that a published plan was judged on, a draft's the newest.
    """
    return _as_counted(c, plan_id, _stored_grids(c, plan_id, community))


def _as_counted(c: Connection, plan_id: int, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give a draft's grids the newest counts: what is stored is of the day they were drawn."""
    measure = c.execute(
        text(
            """
            SELECT o.household_measure FROM plan p
            JOIN county_policy o ON o.code = left(p.code, 6)
            WHERE p.id = :plan AND p.published_at IS NULL
            """
        ),
        {"plan": plan_id},
    ).scalar()
    if measure is None or frame.empty:
        return frame
    now = grids_now(c, [(plan_id, int(g)) for g in frame["grid_id"]], measure)
    for name in ("households", "persons"):
        frame[name] = [
            getattr(now[g], name) if g in now else stored
            for g, stored in zip(frame["grid_id"], frame[name], strict=True)
        ]
    return frame


def counts_on(c: Connection, plan_id: int) -> date | None:
    """Return the day of the counts in a plan's figures: judged on when published, else newest."""
    row = c.execute(
        text(
            f"""
            SELECT left(p.code, 6) AS county, p.published_at, {JUDGED_ON} AS judged_on
            FROM plan p WHERE p.id = :plan
            """
        ),
        {"plan": plan_id},
    ).one()
    if row.published_at is None:
        return counts_day(c, row.county)
    return row.judged_on if isinstance(row.judged_on, date) else None


def _stored_grids(c: Connection, plan_id: int, community: int | None = None) -> gpd.GeoDataFrame:
    return frame_of(
        c,
        f"""
        SELECT pg.code, d.code AS community, d.name AS community_name, pg.number, pg.name, g.type,
               a.name AS area, pg.households, pg.persons, pg.buildings, pg.plots,
               round(pg.area_m2::numeric, 1)::float AS area_m2, pg.grid_id,
               ST_AsBinary(pg.geom) AS geometry
        FROM plan_grid pg
        JOIN grid g ON g.id = pg.grid_id
        JOIN division d ON d.id = pg.community_id
        LEFT JOIN area a ON a.id = pg.area_id
        WHERE pg.plan_id = :plan AND {_SCOPE.format("pg")} ORDER BY pg.code
        """,
        {"plan": plan_id, "community": community},
    )


def plots(c: Connection, plan_id: int, community: int | None = None) -> gpd.GeoDataFrame:
    """Return a plan's plots with the code of their grid (EPSG:4490)."""
    return frame_of(
        c,
        f"""
        SELECT p.id AS plot, a.code AS grid, p.kind, p.building_id AS building,
               round(p.area_m2::numeric, 1)::float AS area_m2, ST_AsBinary(p.geom) AS geometry
        FROM plan_assignment a JOIN plot p ON p.id = a.plot_id
        JOIN plan_grid pg ON pg.plan_id = a.plan_id AND pg.grid_id = a.grid_id
        WHERE a.plan_id = :plan AND {_SCOPE.format("pg")} ORDER BY p.id
        """,
        {"plan": plan_id, "community": community},
    )


def communities(c: Connection, plan_id: int, community: int | None = None) -> gpd.GeoDataFrame:
    """Return a plan's communities (EPSG:4490): code, name."""
    return frame_of(
        c,
        f"""
        SELECT d.code, d.name, d.id, ST_AsBinary(d.geom) AS geometry
        FROM plan_community pc JOIN division d ON d.id = pc.community_id
        WHERE pc.plan_id = :plan AND {_SCOPE.format("pc")} ORDER BY d.code
        """,
        {"plan": plan_id, "community": community},
    )


def buildings(
    c: Connection, plan_id: int, measure: str, community: int | None = None
) -> gpd.GeoDataFrame:
    """Return every building of a plan with its grid and newest counts (EPSG:4490).

    ``households`` (by ``measure``) and ``persons`` are None where nobody knows.
    """
    return frame_of(
        c,
        f"""
        WITH held AS (
            SELECT DISTINCT ON (pb.building_id) pb.building_id, a.code AS grid, a.grid_id,
                   pg.community_id
            FROM plan_assignment a
            JOIN plan_grid pg ON pg.plan_id = a.plan_id AND pg.grid_id = a.grid_id
            JOIN plot p ON p.id = a.plot_id
            JOIN plot_building pb ON pb.plot_id = p.id
            WHERE a.plan_id = :plan AND {_SCOPE.format("pg")}
            ORDER BY pb.building_id, p.id
        )
        SELECT b.id AS building, b.external_id, d.code AS community, h.grid, h.grid_id, b.name,
               b.number, e.name AS estate, n.value AS households, q.value AS persons,
               (SELECT min(x.address) FROM building_address x WHERE x.building_id = b.id)
                 AS address,
               ST_AsBinary(b.geom) AS geometry
        FROM held h
        JOIN building b ON b.id = h.building_id
        JOIN division d ON d.id = h.community_id
        LEFT JOIN estate e ON e.id = b.estate_id
        -- Looked up building by building: how many rows come from above is hard to guess, and a
        -- join of two lists took 22 s for 6,000 buildings when it was guessed too low.
        LEFT JOIN LATERAL newest_count(b.id, :measure) n ON true
        LEFT JOIN LATERAL newest_count(b.id, 'persons') q ON true
        ORDER BY h.grid, b.id
        """,
        {"plan": plan_id, "measure": measure, "community": community},
    )


def chiefs(c: Connection, plan_id: int, as_of: date) -> dict[int, str]:
    """Return who answers for each grid of a plan on a day: chiefs, then workers, by grid id."""
    grids = c.scalars(
        text("SELECT grid_id FROM plan_grid WHERE plan_id = :plan"), {"plan": plan_id}
    )
    posts = answering(c, as_of, grids=grids)
    named: dict[int, list[str]] = {}
    for post in sorted(posts, key=lambda p: (p.kind, p.id)):
        if post.grid_id is not None and post.is_held:
            named.setdefault(post.grid_id, []).append(f"{post.title} {post.holder}")
    return {grid_id: "、".join(names) for grid_id, names in named.items()}


def before_after(c: Connection, first: int, second: int, limit: int) -> list[BeforeAfter]:
    """Return per community of the second plan how many grids and households each plan has.

    Columns ``code``, ``name``, then ``grids_``, ``households_``, ``largest_``, ``over_`` and
    ``mean_`` with ``before`` (None where the first plan has no such community) and ``after``.
    """
    return rows_of(
        BeforeAfter,
        c,
        """
        WITH f AS (
            SELECT plan_id, community_id, count(*) AS grids, sum(households) AS households,
                   max(households) AS largest,
                   count(*) FILTER (WHERE households > :limit AND plots <> 1) AS over,
                   round(avg(households), 1)::float AS mean
            FROM plan_grid WHERE plan_id IN (:first, :second)
            GROUP BY plan_id, community_id
        )
        SELECT d.code, d.name, a.grids AS grids_before, b.grids AS grids_after,
               a.households AS households_before, b.households AS households_after,
               a.largest AS largest_before, b.largest AS largest_after,
               a.over AS over_before, b.over AS over_after,
               a.mean AS mean_before, b.mean AS mean_after
        FROM f b
        JOIN division d ON d.id = b.community_id
        LEFT JOIN f a ON a.community_id = b.community_id AND a.plan_id = :first
        WHERE b.plan_id = :second ORDER BY d.code
        """,
        first=first,
        second=second,
        limit=limit,
    )


def followed(c: Connection, plan_id: int, drawn: int | None, as_of: date) -> list[int]:
    """Return the plans that a plan follows in its communities, or would follow, by id.

    Of a plan with a day of its own: those that it ended. Of others: the one that it was drawn from
    (``drawn``), else those in force on ``as_of``. A community that was split or got another border
    has its plan under the ids that it had.
    """
    rows = c.execute(
        text(
            """
            SELECT DISTINCT o.plan_id
            FROM plan_community pc
            LEFT JOIN division_successor s ON s.successor_id = pc.community_id
            JOIN plan_community o ON o.community_id IN (pc.community_id, s.division_id)
             AND o.plan_id <> pc.plan_id
             AND CASE WHEN pc.in_force_from IS NULL
                      THEN CASE WHEN CAST(:drawn AS bigint) IS NULL
                                THEN stands(o.in_force_from, o.in_force_to, :as_of)
                                ELSE o.plan_id = :drawn END
                      ELSE o.in_force_to = pc.in_force_from END
            WHERE pc.plan_id = :plan ORDER BY o.plan_id
            """
        ),
        {"plan": plan_id, "drawn": drawn, "as_of": as_of},
    )
    return [int(r.plan_id) for r in rows]


def posts_of_grids(c: Connection, grids: Sequence[int]) -> dict[int, int]:
    """Return how many posts (网格长, 网格员 …) belong to each of some grids, by id."""
    rows = c.execute(
        text(
            """
            SELECT p.grid_id, count(*) AS posts FROM post p
            WHERE p.grid_id = ANY(CAST(:grids AS bigint[])) GROUP BY p.grid_id
            """
        ),
        {"grids": list(grids)},
    )
    return {int(r.grid_id): int(r.posts) for r in rows}


def building_plots(c: Connection, tessellation_id: int) -> list[BuildingPlot]:
    """Return which building (``building``, ``external_id``) stands on which plot (id)."""
    return rows_of(
        BuildingPlot,
        c,
        """
        SELECT p.id AS plot, b.id AS building, b.external_id
        FROM plots_of(:tessellation) p JOIN plot_building pb ON pb.plot_id = p.id
        JOIN building b ON b.id = pb.building_id
        ORDER BY p.id, b.id
        """,
        tessellation=tessellation_id,
    )
