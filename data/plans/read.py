"""Drafts and published plans: heads, communities, assignments, grids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from data.divisions.read_counties import not_loaded
from data.plans.rows import (
    ExportedGrid,
    HeldPlan,
    ListedGrid,
    PlanCommunity,
    PlanGrid,
    PlanHead,
    PlannedCommunity,
    Policy,
    Tessellation,
)
from data.rows.reading import row_of, rows_of
from layers.kit.errors import NotFoundError


def policy(c: Connection, county: str) -> Policy:
    """Return the county's policy, and the days that it lives on. Raises NotFoundError."""
    row = row_of(
        Policy,
        c,
        """
        SELECT c.code, d.name, c.data_as_of, getu.today(c.data_as_of) AS today,
               getu.plans_on(c.code, c.data_as_of) AS plans_on, c.measuring_srid, p.households_max,
               p.households_min, p.area_households_max, p.household_measure, p.stages,
               p.source_document, c.demo_key IS NOT NULL AS is_demonstration
        FROM county c
        JOIN division d ON d.id = c.division_id
        JOIN county_policy p ON p.code = c.code
        WHERE c.code = :county
        """,
        county=county,
    )
    if row is None:
        raise not_loaded(c, county)
    return row


def communities_planned(c: Connection, county: str, as_of: date) -> list[PlannedCommunity]:
    """Return communities that have plots, with their newest tessellation and plan in force."""
    return rows_of(
        PlannedCommunity,
        c,
        """
        SELECT d.id, d.code, d.name, t.id AS tessellation, f.plan_id AS in_force,
               f.tessellation_id AS in_force_tessellation,
               (SELECT count(*) FROM plots_of(t.id)) AS plots,
               ST_XMin(d.geom) AS west, ST_YMin(d.geom) AS south,
               ST_XMax(d.geom) AS east, ST_YMax(d.geom) AS north,
               greatest(d.valid_from, (
                   SELECT max(o.in_force_from) FROM plan_community o
                   WHERE o.community_id = d.id)) AS settled_on
        FROM division d
        JOIN LATERAL (SELECT id FROM tessellation WHERE community_id = d.id
                      ORDER BY version DESC LIMIT 1) t ON true
        LEFT JOIN plan_community f ON f.community_id = d.id
         AND stands(f.in_force_from, f.in_force_to, :as_of)
        WHERE d.kind = 'community' AND lies_in(d.code, :county) AND d.valid_to IS NULL
        ORDER BY d.code
        """,
        county=f"{county}%",
        as_of=as_of,
    )


def community_loads(c: Connection, county: str, measure: str) -> dict[int, tuple[int, int]]:
    """Return households (by ``measure``, newest counts) and buildings by community id."""
    rows = c.execute(
        text(
            """
            SELECT b.community_id, coalesce(sum(n.value), 0) AS households, count(*) AS buildings
            FROM building b
            LEFT JOIN newest_counts(:county, :measure) n ON n.building_id = b.id
            WHERE lies_in(b.code, :county) AND b.valid_to IS NULL AND b.community_id IS NOT NULL
            GROUP BY b.community_id
            """
        ),
        {"county": f"{county}%", "measure": measure},
    )
    return {int(r.community_id): (int(r.households), int(r.buildings)) for r in rows}


_HEAD = """
SELECT p.id, p.code, p.name, p.stage, p.version, p.parent_id, q.name AS parent_name, p.made_by,
       p.made_at, p.changed_at, p.document_number, p.published_at, p.numbered_at, p.is_branch,
       p.certificate,
       (SELECT count(*) FROM plan_operation o WHERE o.plan_id = p.id AND o.kind <> 'start')
         AS operations,
       (SELECT count(*) FROM plan_grid g WHERE g.plan_id = p.id) AS grids,
       ARRAY(SELECT pc.community_id FROM plan_community pc WHERE pc.plan_id = p.id
             ORDER BY pc.code) AS communities,
       (SELECT min(pc.in_force_from) FROM plan_community pc WHERE pc.plan_id = p.id)
         AS in_force_from,
       (SELECT CAST(nullif(max(coalesce(pc.in_force_to, 'infinity')), 'infinity') AS date)
        FROM plan_community pc WHERE pc.plan_id = p.id) AS in_force_to
FROM plan p LEFT JOIN plan q ON q.id = p.parent_id
"""


def drawn_from(c: Connection, plan_id: int) -> int | None:
    """Return the published plan that a plan was drawn from, through drafts between; None: none."""
    found = c.execute(
        text(
            """
            WITH RECURSIVE up AS (
                SELECT q.id, q.parent_id, q.published_at, 1 AS far
                FROM plan p JOIN plan q ON q.id = p.parent_id WHERE p.id = :plan
                UNION ALL
                SELECT q.id, q.parent_id, q.published_at, up.far + 1
                FROM up JOIN plan q ON q.id = up.parent_id WHERE up.published_at IS NULL
            )
            SELECT id FROM up WHERE published_at IS NOT NULL ORDER BY far LIMIT 1
            """
        ),
        {"plan": plan_id},
    ).scalar()
    return None if found is None else int(found)


def plan_heads(c: Connection, county: str) -> list[PlanHead]:
    """Return every plan of a county, drafts too, the last changed first."""
    return rows_of(
        PlanHead,
        c,
        _HEAD + " WHERE p.code = :county ORDER BY p.changed_at DESC, p.id DESC",
        county=county,
    )


def plan_head(c: Connection, plan_id: int) -> PlanHead:
    """Return one plan's head. Raises NotFoundError."""
    row = row_of(PlanHead, c, _HEAD + " WHERE p.id = :plan", plan=plan_id)
    if row is None:
        raise NotFoundError("there is no plan {plan_id}", plan_id=plan_id)
    return row


def hold_plan(c: Connection, plan_id: int) -> HeldPlan:
    """Lock a plan's row until the transaction ends: one writer at a time. Raises NotFoundError."""
    row = row_of(
        HeldPlan,
        c,
        """
        SELECT id, code, name, stage, version, published_at, numbered_at
        FROM plan WHERE id = :plan FOR UPDATE
        """,
        plan=plan_id,
    )
    if row is None:
        raise NotFoundError("there is no plan {plan_id}", plan_id=plan_id)
    return row


def plan_communities(c: Connection, plan_id: int) -> list[PlanCommunity]:
    """Return a plan's communities, by code."""
    return rows_of(
        PlanCommunity,
        c,
        """
        SELECT d.id, d.code, d.name, pc.tessellation_id AS tessellation, pc.in_force_from,
               pc.in_force_to
        FROM plan_community pc JOIN division d ON d.id = pc.community_id
        WHERE pc.plan_id = :plan ORDER BY d.code
        """,
        plan=plan_id,
    )


def plan_community(c: Connection, plan_id: int, community_id: int) -> PlanCommunity:
    """Return one community of a plan. Raises NotFoundError."""
    for row in plan_communities(c, plan_id):
        if row.id == community_id:
            return row
    raise NotFoundError(
        "plan {plan_id} has no community {community_id}", plan_id=plan_id, community_id=community_id
    )


def tessellation(c: Connection, tessellation_id: int) -> Tessellation:
    """Return whose a tessellation is. Raises NotFoundError."""
    row = row_of(
        Tessellation,
        c,
        """
        SELECT t.id, t.community_id, d.code, d.name
        FROM tessellation t JOIN division d ON d.id = t.community_id WHERE t.id = :id
        """,
        id=tessellation_id,
    )
    if row is None:
        raise NotFoundError(
            "there is no tessellation {tessellation_id}", tessellation_id=tessellation_id
        )
    return row


def ground_version(c: Connection, county: str) -> str:
    """Return a fingerprint of a county's counts, imports and edits; each of them changes it.

    The county's revision would change with every demand, too.
    """
    row = c.execute(
        text(
            """
            SELECT count(*) AS n, coalesce(max(s.id), 0) AS last,
                   count(s.rolled_back_at) AS rolled_back,
                   (SELECT coalesce(max(e.id), 0) FROM building_edit e
                    WHERE e.code = :code AND e.refused IS NULL) AS edited,
                   (SELECT coalesce(max(i.id), 0) FROM import_run i WHERE lies_in(i.code, :county))
                     AS imported,
                   (SELECT count(*) + count(taken_back_at) FROM division_change d
                    WHERE lies_in(d.code, :county)) AS divided
            FROM count_snapshot s WHERE lies_in(s.code, :county)
            """
        ),
        {"county": f"{county}%", "code": county},
    ).one()
    return f"{row.n}-{row.last}-{row.rolled_back}-{row.imported}-{row.divided}-{row.edited}"


def assignment(c: Connection, plan_id: int, tessellation_id: int) -> NDArray[np.int64]:
    """Return the grid id of every plot of a tessellation, in order; -1 where a plot has none."""
    found = c.execute(
        text(
            """
            SELECT array_agg(coalesce(a.grid_id, -1) ORDER BY p.id)
            FROM plots_of(:tessellation) p
            LEFT JOIN plan_assignment a ON a.plot_id = p.id AND a.plan_id = :plan
            """
        ),
        {"plan": plan_id, "tessellation": tessellation_id},
    ).scalar()
    return np.array(found or [], np.int64)


def grids_of_plots(c: Connection, plan_id: int, plots: Sequence[int]) -> dict[int, int]:
    """Return the grid (id) that a plan has each of some plots (ids) in."""
    rows = c.execute(
        text(
            """
            SELECT plot_id, grid_id FROM plan_assignment
            WHERE plan_id = :plan AND plot_id = ANY(CAST(:plots AS bigint[]))
            """
        ),
        {"plan": plan_id, "plots": list(plots)},
    )
    return {int(r.plot_id): int(r.grid_id) for r in rows}


def draft_grids(c: Connection, plan_id: int, community_id: int) -> dict[int, ListedGrid]:
    """Return every grid that a draft has or had in a community, by id."""
    rows = rows_of(
        ListedGrid,
        c,
        """
        SELECT grid_id, code, number, name, type, is_new, is_locked, area_id
        FROM draft_grid WHERE plan_id = :plan AND community_id = :community ORDER BY code
        """,
        plan=plan_id,
        community=community_id,
    )
    return {r.grid_id: r for r in rows}


def plan_grids(c: Connection, plan_id: int, community_id: int | None = None) -> list[PlanGrid]:
    """Return the grids with plots of a plan, as stored."""
    return rows_of(
        PlanGrid,
        c,
        """
        SELECT pg.grid_id, pg.code, pg.community_id, pg.number, pg.name, pg.households,
               pg.persons, pg.buildings, pg.plots, pg.area_m2, pg.area_id, g.type,
               ST_X(pg.label_point) AS label_lon, ST_Y(pg.label_point) AS label_lat
        FROM plan_grid pg JOIN grid g ON g.id = pg.grid_id
        WHERE pg.plan_id = :plan
          AND (CAST(:community AS bigint) IS NULL OR pg.community_id = :community)
        ORDER BY pg.code, pg.grid_id
        """,
        plan=plan_id,
        community=community_id,
    )


def locked_plots(c: Connection, plan_id: int, tessellation_id: int) -> list[int]:
    """Return the ids of a draft's locked plots in one tessellation."""
    rows = c.execute(
        text(
            """
            SELECT l.plot_id FROM draft_plot_lock l
            JOIN plots_of(:tessellation) p ON p.id = l.plot_id
            WHERE l.plan_id = :plan ORDER BY l.plot_id
            """
        ),
        {"plan": plan_id, "tessellation": tessellation_id},
    )
    return [int(r.plot_id) for r in rows]


def numbers_given(c: Connection, community_code: str, besides: int | None = None) -> set[int]:
    """Return the numbers that are taken in a community: nobody else gets them.

    Those that grids ever carried in a plan in force, and those of plans whose numbers are final
    (out for comment, approved), but for the plan ``besides``.
    """
    rows = c.execute(
        text(
            """
            SELECT DISTINCT pg.number
            FROM plan_grid pg
            JOIN plan_community pc ON pc.plan_id = pg.plan_id
             AND pc.community_id = pg.community_id
            JOIN plan p ON p.id = pg.plan_id
            WHERE pc.code = :code
              AND (pc.in_force_from IS NOT NULL OR p.numbered_at IS NOT NULL)
              AND p.id IS DISTINCT FROM CAST(:besides AS bigint)
            """
        ),
        {"code": community_code, "besides": besides},
    )
    return {int(r.number) for r in rows}


def estate_names(c: Connection, tessellation_id: int) -> dict[int, str]:
    """Return the names of the estates whose buildings stand on a tessellation's plots, by id."""
    rows = c.execute(
        text(
            """
            SELECT DISTINCT e.id, e.name
            FROM plots_of(:tessellation) g
            JOIN plot_building pb ON pb.plot_id = g.id
            JOIN building b ON b.id = pb.building_id
            JOIN estate e ON e.id = b.estate_id
            """
        ),
        {"tessellation": tessellation_id},
    )
    return {int(r.id): r.name for r in rows}


def exportable(
    c: Connection, plan_id: int, srid: int, community_id: int | None
) -> list[ExportedGrid]:
    """Return the grids of a plan with geometry, community and area."""
    return rows_of(
        ExportedGrid,
        c,
        """
        SELECT pg.grid_id, pg.code, d.code AS community_code, d.name AS community, pg.number,
               pg.name, g.type, pg.households, pg.persons, pg.buildings, pg.area_m2,
               a.name AS area, pg.community_id,
               ST_AsBinary(ST_Transform(pg.geom, CAST(:srid AS integer))) AS geometry
        FROM plan_grid pg
        JOIN grid g ON g.id = pg.grid_id
        JOIN division d ON d.id = pg.community_id
        LEFT JOIN area a ON a.id = pg.area_id
        WHERE pg.plan_id = :plan
          AND (CAST(:community AS bigint) IS NULL OR pg.community_id = :community)
        ORDER BY pg.code, pg.grid_id
        """,
        plan=plan_id,
        srid=srid,
        community=community_id,
    )
