"""Drafts of plans: their making, their assignment and grids, their locks.

Whoever changes a draft holds its row (``data.plans.read.hold_plan``) until the transaction ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from data.plans import tables
from data.plans.rows import GridKind
from data.rows.bulk import copy_rows, reserve_ids, stored_geometry


@dataclass(frozen=True, slots=True)
class DraftGrid:
    """A grid of a draft, with plots or without. ``id`` of a grid that exists already."""

    id: int
    code: str
    number: int
    name: str
    type: GridKind = "general"
    is_new: bool = False
    area_id: int | None = None


@dataclass(frozen=True, slots=True)
class GridRow:
    """What a grid with plots holds; geometry in the measuring CRS."""

    id: int
    code: str
    number: int
    name: str
    households: int
    persons: int | None
    buildings: int
    plots: int
    area_id: int | None
    geometry: BaseGeometry


def create_draft(
    c: Connection,
    *,
    county: str,
    name: str,
    stage: str,
    made_by: str,
    parent_id: int | None = None,
    is_branch: bool = False,
    version: int = 1,
) -> int:
    """Create a draft without communities; return its id."""
    return int(
        c.execute(
            text(
                """
                INSERT INTO plan (code, name, stage, made_by, parent_id, is_branch, version)
                VALUES (:code, :name, :stage, :by, :parent, :is_branch, :version) RETURNING id
                """
            ),
            {
                "code": county,
                "name": name,
                "stage": stage,
                "by": made_by,
                "parent": parent_id,
                "is_branch": is_branch,
                "version": version,
            },
        ).scalar_one()
    )


def copy_communities(
    c: Connection, source_id: int, plan_id: int, communities: Sequence[int]
) -> None:
    """Copy communities of a plan, with assignment and grids, into a draft.

    A grid keeps its id: it is the same grid in both plans.
    """
    values = {"source": source_id, "plan": plan_id, "only": list(communities)}
    c.execute(
        text(
            """
            INSERT INTO plan_community (code, plan_id, community_id, tessellation_id)
            SELECT s.code, :plan, s.community_id, s.tessellation_id FROM plan_community s
            WHERE s.plan_id = :source AND s.community_id = ANY(:only) ORDER BY s.code
            """
        ),
        values,
    )
    c.execute(
        text(
            """
            INSERT INTO plan_assignment (plan_id, plot_id, code, grid_id)
            SELECT :plan, a.plot_id, a.code, a.grid_id
            FROM plan_assignment a
            JOIN plan_grid g ON g.plan_id = a.plan_id AND g.grid_id = a.grid_id
            WHERE a.plan_id = :source AND g.community_id = ANY(:only)
            """
        ),
        values,
    )
    c.execute(
        text(
            """
            INSERT INTO plan_grid (plan_id, grid_id, code, community_id, area_id, number, name,
                                   households, persons, buildings, plots, area_m2, geom,
                                   label_point)
            SELECT :plan, s.grid_id, s.code, s.community_id, s.area_id, s.number, s.name,
                   s.households, s.persons, s.buildings, s.plots, s.area_m2, s.geom,
                   s.label_point
            FROM plan_grid s WHERE s.plan_id = :source AND s.community_id = ANY(:only)
            """
        ),
        values,
    )
    c.execute(
        text(
            """
            INSERT INTO draft_grid (plan_id, grid_id, code, community_id, number, name, type,
                                    is_new, is_locked, area_id)
            SELECT :plan, s.grid_id, s.code, s.community_id, s.number, s.name, g.type,
                   coalesce(o.is_new, false), coalesce(o.is_locked, false), s.area_id
            FROM plan_grid s JOIN grid g ON g.id = s.grid_id
            LEFT JOIN draft_grid o ON o.plan_id = s.plan_id AND o.grid_id = s.grid_id
            WHERE s.plan_id = :source AND s.community_id = ANY(:only)
            UNION ALL
            SELECT :plan, o.grid_id, o.code, o.community_id, o.number, o.name, o.type, o.is_new,
                   o.is_locked, o.area_id
            FROM draft_grid o
            WHERE o.plan_id = :source AND o.community_id = ANY(:only)
              AND NOT EXISTS (SELECT FROM plan_grid x
                              WHERE x.plan_id = o.plan_id AND x.grid_id = o.grid_id)
            """
        ),
        values,
    )
    c.execute(
        text(
            """
            INSERT INTO draft_plot_lock (plan_id, plot_id, code)
            SELECT :plan, l.plot_id, l.code
            FROM draft_plot_lock l
            JOIN plan_assignment a ON a.plan_id = l.plan_id AND a.plot_id = l.plot_id
            JOIN plan_grid g ON g.plan_id = a.plan_id AND g.grid_id = a.grid_id
            WHERE l.plan_id = :source AND g.community_id = ANY(:only)
            """
        ),
        values,
    )


def add_community(
    c: Connection,
    plan_id: int,
    *,
    community_id: int,
    code: str,
    tessellation_id: int,
    plot_ids: Sequence[int],
    grid: NDArray[Any],
    grids: Sequence[DraftGrid],
    rows: Sequence[GridRow],
    srid: int,
) -> None:
    """Add a community to a draft with a whole assignment: ``grid`` (n,) ids in plot order."""
    c.execute(
        text(
            """
            INSERT INTO plan_community (code, plan_id, community_id, tessellation_id)
            VALUES (:code, :plan, :community, :tessellation)
            """
        ),
        {
            "code": code,
            "plan": plan_id,
            "community": community_id,
            "tessellation": tessellation_id,
        },
    )
    add_grids(c, plan_id, community_id, grids)
    codes = {g.id: g.code for g in grids}
    copy_rows(
        c,
        tables.plan_assignment,
        ("plan_id", "plot_id", "code", "grid_id"),
        (
            (plan_id, plot, codes[grid_id], grid_id)
            for plot, grid_id in zip(plot_ids, grid.tolist(), strict=True)
        ),
    )
    put_grids(c, plan_id, community_id, rows, srid)


def new_grid_ids(c: Connection, community_code: str, count: int) -> list[int]:
    """Make grids that have no code yet (their community's stands for it); return their ids."""
    ids = reserve_ids(c, tables.grid, count)
    copy_rows(c, tables.grid, ("id", "code", "type"), ((i, community_code, "general") for i in ids))
    return ids


def add_grids(c: Connection, plan_id: int, community_id: int, grids: Sequence[DraftGrid]) -> None:
    """Add grids to a draft's list."""
    copy_rows(
        c,
        tables.draft_grid,
        ("plan_id", "grid_id", "code", "community_id", "number", "name", "type", "is_new",
         "area_id"),
        (
            (plan_id, g.id, g.code, community_id, g.number, g.name, g.type, g.is_new, g.area_id)
            for g in grids
        ),
    )  # fmt: skip


def list_grids(c: Connection, plan_id: int) -> None:
    """Start a draft's list of grids from the grids with plots that a stored plan has."""
    c.execute(
        text(
            """
            INSERT INTO draft_grid (plan_id, grid_id, code, community_id, number, name, type,
                                    area_id)
            SELECT s.plan_id, s.grid_id, s.code, s.community_id, s.number, s.name, g.type, s.area_id
            FROM plan_grid s JOIN grid g ON g.id = s.grid_id WHERE s.plan_id = :plan
            ON CONFLICT DO NOTHING
            """
        ),
        {"plan": plan_id},
    )


def move_plots(
    c: Connection, plan_id: int, plots: Sequence[int], grids: Sequence[int], codes: Sequence[str]
) -> None:
    """Give plots (ids) to grids (ids, codes), one each."""
    c.execute(
        text(
            """
            UPDATE plan_assignment a SET grid_id = m.grid_id, code = m.code
            FROM unnest(CAST(:plots AS bigint[]), CAST(:grids AS bigint[]),
                        CAST(:codes AS text[])) AS m(plot_id, grid_id, code)
            WHERE a.plan_id = :plan AND a.plot_id = m.plot_id
            """
        ),
        {"plan": plan_id, "plots": list(plots), "grids": list(grids), "codes": list(codes)},
    )


def put_grids(
    c: Connection, plan_id: int, community_id: int, rows: Sequence[GridRow], srid: int
) -> None:
    """Write what grids with plots hold, in place of what they held before."""
    drop_grids(c, plan_id, [row.id for row in rows])
    shapes = [row.geometry for row in rows]
    if not shapes:
        return
    copy_rows(
        c,
        tables.plan_grid,
        ("plan_id", "grid_id", "code", "community_id", "area_id", "number", "name", "households",
         "persons", "buildings", "plots", "area_m2", "geom", "label_point"),
        (
            (plan_id, r.id, r.code, community_id, r.area_id, r.number, r.name, r.households,
             r.persons, r.buildings, r.plots, r.geometry.area, geom, label)
            for r, geom, label in zip(
                rows,
                stored_geometry(shapes, srid, multi=True),
                stored_geometry(shapely.point_on_surface(shapes), srid),
                strict=True,
            )
        ),
    )  # fmt: skip


def drop_grids(c: Connection, plan_id: int, grids: Iterable[int]) -> None:
    """Remove the figures of grids that have no plots any more; the draft remembers the grids."""
    c.execute(
        text("DELETE FROM plan_grid WHERE plan_id = :plan AND grid_id = ANY(:grids)"),
        {"plan": plan_id, "grids": list(grids)},
    )


def set_locks(
    c: Connection,
    plan_id: int,
    *,
    code: str,
    grids: Sequence[int],
    plots: Sequence[int],
    locked: bool,
) -> None:
    """Lock or unlock grids and plots (ids) of a draft."""
    c.execute(
        text(
            """
            UPDATE draft_grid SET is_locked = :locked
            WHERE plan_id = :plan AND grid_id = ANY(:grids)
            """
        ),
        {"plan": plan_id, "grids": list(grids), "locked": locked},
    )
    statement = (
        """
        INSERT INTO draft_plot_lock (plan_id, plot_id, code)
        SELECT :plan, unnest(CAST(:plots AS bigint[])), :code ON CONFLICT DO NOTHING
        """
        if locked
        else "DELETE FROM draft_plot_lock WHERE plan_id = :plan AND plot_id = ANY(:plots)"
    )
    values: dict[str, Any] = {"plan": plan_id, "plots": list(plots)}
    c.execute(text(statement), {**values, "code": code} if locked else values)


def rename_grid(
    c: Connection, plan_id: int, grid_id: int, *, name: str | None, kind: str | None
) -> bool:
    """Change a grid's name or type in a draft; tell whether the draft has the grid."""
    values = {"plan": plan_id, "grid": grid_id, "name": name, "kind": kind}
    found = c.execute(
        text(
            """
            UPDATE draft_grid SET name = coalesce(:name, name), type = coalesce(:kind, type)
            WHERE plan_id = :plan AND grid_id = :grid RETURNING grid_id
            """
        ),
        values,
    ).first()
    if name is not None:
        c.execute(
            text("UPDATE plan_grid SET name = :name WHERE plan_id = :plan AND grid_id = :grid"),
            {"plan": plan_id, "grid": grid_id, "name": name},
        )
    if found is not None:
        c.execute(text("UPDATE plan SET changed_at = now() WHERE id = :id"), {"id": plan_id})
    return found is not None


def rename_plan(c: Connection, plan_id: int, name: str) -> None:
    """Change a plan's name."""
    c.execute(
        text("UPDATE plan SET name = :name, changed_at = now() WHERE id = :plan"),
        {"plan": plan_id, "name": name},
    )


def delete_draft(c: Connection, plan_id: int) -> None:
    """Delete a draft with all that is its own; branches of it stay."""
    c.execute(text("DELETE FROM plan WHERE id = :plan AND published_at IS NULL"), {"plan": plan_id})


def delete_untouched(c: Connection, plans: Sequence[int]) -> None:
    """Delete those of some drafts in which nobody has drawn or decided anything."""
    c.execute(
        text(
            """
            DELETE FROM plan p WHERE p.id = ANY(CAST(:plans AS bigint[])) AND p.version = 1
              AND p.published_at IS NULL AND p.numbered_at IS NULL
              AND NOT EXISTS (SELECT FROM plan_stage s WHERE s.plan_id = p.id)
              AND NOT EXISTS (SELECT FROM plan q WHERE q.parent_id = p.id)
            """
        ),
        {"plans": list(plans)},
    )
