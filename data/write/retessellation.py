"""A tessellation's next version: what stays is copied, what is new is added; drafts follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from data import tables
from data.write.bulk import copy_rows, reserve_ids, stored_geometry

STORAGE_SRID = 4490


def add_version(
    c: Connection, community_id: int, code: str, findings: Sequence[Mapping[str, Any]]
) -> int:
    """Add an empty tessellation as a community's newest; return its id."""
    return int(
        c.execute(
            text(
                """
                INSERT INTO tessellation (code, community_id, version, findings)
                SELECT :code, :community, coalesce(max(version), 0) + 1, :findings
                FROM tessellation WHERE community_id = :community RETURNING id
                """
            ),
            {
                "code": code,
                "community": community_id,
                "findings": Jsonb([dict(f) for f in findings]),
            },
        ).scalar_one()
    )


def make_newest(c: Connection, tessellation_id: int) -> None:
    """Make an older version of a community's plots its newest again."""
    c.execute(
        text(
            """
            UPDATE tessellation t SET version = (
                SELECT max(o.version) + 1 FROM tessellation o WHERE o.community_id = t.community_id)
            WHERE t.id = :id
            """
        ),
        {"id": tessellation_id},
    )


def new_plot_ids(c: Connection, count: int) -> list[int]:
    """Take ids for plots, in rising order."""
    return reserve_ids(c, tables.plot, count)


def copy_plots(c: Connection, tessellation_id: int, old: Sequence[int], new: Sequence[int]) -> None:
    """Copy plots into a tessellation under new ids, with their buildings and common borders."""
    values = {"t": tessellation_id, "old": list(old), "new": list(new)}
    pairs = "unnest(CAST(:old AS bigint[]), CAST(:new AS bigint[]))"
    for statement in (
        """
        INSERT INTO plot (id, code, tessellation_id, community_id, building_id, kind, area_m2, geom)
        SELECT m.new, p.code, :t, p.community_id, p.building_id, p.kind, p.area_m2, p.geom
        FROM {pairs} AS m(old, new) JOIN plot p ON p.id = m.old
        """,
        """
        INSERT INTO plot_building (plot_id, building_id, code)
        SELECT m.new, pb.building_id, pb.code
        FROM {pairs} AS m(old, new) JOIN plot_building pb ON pb.plot_id = m.old
        """,
        """
        WITH m AS MATERIALIZED (SELECT * FROM {pairs} AS u(old, new))
        INSERT INTO plot_neighbour (plot_a, plot_b, code, shared_m, barrier)
        SELECT a.new, b.new, n.code, n.shared_m, n.barrier
        FROM m a JOIN plot_neighbour n ON n.plot_a = a.old JOIN m b ON b.old = n.plot_b
        """,
    ):
        c.execute(text(statement.replace("{pairs}", pairs)), values)


def set_plot_shapes(c: Connection, ids: Sequence[int], shapes: Sequence[Any]) -> None:
    """Write the geometry (degrees) of plots that got vertices on their border."""
    rows = stored_geometry(list(shapes), STORAGE_SRID)
    c.execute(
        text(
            """
            UPDATE plot p SET geom = CAST(m.geom AS geometry)
            FROM unnest(CAST(:ids AS bigint[]), CAST(:geoms AS text[])) AS m(id, geom)
            WHERE p.id = m.id
            """
        ),
        {"ids": list(ids), "geoms": rows},
    )


def add_plots(
    c: Connection,
    tessellation_id: int,
    community_id: int,
    code: str,
    *,
    ids: Sequence[int],
    buildings: Sequence[int | None],
    kinds: Sequence[str],
    areas_m2: Sequence[float],
    shapes: Any,
    plot_of: Mapping[int, int],
    borders: Sequence[tuple[int, int, float, str]],
) -> None:
    """Add plots (geometry in degrees), the plot (id) of each building, and common borders (ids)."""
    count = len(ids)
    copy_rows(
        c,
        tables.plot,
        ("id", "code", "tessellation_id", "community_id", "building_id", "kind", "area_m2", "geom"),
        zip(
            ids,
            [code] * count,
            [tessellation_id] * count,
            [community_id] * count,
            buildings,
            kinds,
            areas_m2,
            stored_geometry(shapes, STORAGE_SRID),
            strict=True,
        ),
    )
    copy_rows(
        c,
        tables.plot_building,
        ("plot_id", "building_id", "code"),
        ((plot, building, code) for building, plot in plot_of.items()),
    )
    copy_rows(
        c,
        tables.plot_neighbour,
        ("plot_a", "plot_b", "code", "shared_m", "barrier"),
        ((min(a, b), max(a, b), code, shared, barrier) for a, b, shared, barrier in borders),
    )


def carry_draft(
    c: Connection,
    plan_id: int,
    community_id: int,
    *,
    old_tessellation: int,
    tessellation: int,
    new: Sequence[int],
    old: Sequence[int],
    other: Mapping[int, int],
) -> None:
    """Give a draft's community new plots (ids ``new``), each with the grid of the old one.

    ``other``: grids of new plots that do not follow the old one. Locks of plots follow too.
    """
    values = {"plan": plan_id, "new": list(new), "old": list(old), "t": old_tessellation}
    pairs = "unnest(CAST(:new AS bigint[]), CAST(:old AS bigint[])) AS m(new, old)"
    for statement in (
        """
        INSERT INTO plan_assignment (plan_id, plot_id, code, grid_id)
        SELECT :plan, m.new, a.code, a.grid_id
        FROM {pairs} JOIN plan_assignment a ON a.plot_id = m.old AND a.plan_id = :plan
        """,
        """
        INSERT INTO draft_plot_lock (plan_id, plot_id, code)
        SELECT :plan, m.new, l.code
        FROM {pairs} JOIN draft_plot_lock l ON l.plot_id = m.old AND l.plan_id = :plan
        """,
        """
        DELETE FROM plan_assignment a USING plots_of(:t) p
        WHERE a.plan_id = :plan AND p.id = a.plot_id
        """,
        """
        DELETE FROM draft_plot_lock l USING plots_of(:t) p
        WHERE l.plan_id = :plan AND p.id = l.plot_id
        """,
    ):
        c.execute(text(statement.replace("{pairs}", pairs)), values)
    if other:
        c.execute(
            text(
                """
                UPDATE plan_assignment a SET grid_id = m.grid, code = g.code
                FROM unnest(CAST(:plots AS bigint[]), CAST(:grids AS bigint[])) AS m(plot, grid)
                JOIN draft_grid g ON g.grid_id = m.grid AND g.plan_id = :plan
                WHERE a.plan_id = :plan AND a.plot_id = m.plot
                """
            ),
            {"plan": plan_id, "plots": list(other), "grids": list(other.values())},
        )
    c.execute(
        text(
            """
            UPDATE plan_community SET tessellation_id = :t
            WHERE plan_id = :plan AND community_id = :community
            """
        ),
        {"plan": plan_id, "community": community_id, "t": tessellation},
    )


def set_moves(c: Connection, moves: Mapping[int, Sequence[Sequence[int | None]]]) -> None:
    """Write the moves of operations of drafts (by row id) in terms of new plots."""
    if moves:
        c.execute(
            text("UPDATE plan_operation SET moves = :moves WHERE id = :id"),
            [{"id": i, "moves": Jsonb([list(m) for m in rows])} for i, rows in moves.items()],
        )


def hang(c: Connection, rows: Sequence[tuple[int, int | None, int | None]]) -> None:
    """Put buildings on other plots of a plan that stands: (building, from plot, to plot) each.

    None: from nowhere, to nowhere. The plan itself is not changed.
    """
    for building, source, target in rows:
        if source is not None:
            c.execute(
                text("DELETE FROM plot_building WHERE plot_id = :plot AND building_id = :b"),
                {"plot": source, "b": building},
            )
        if target is not None:
            c.execute(
                text(
                    """
                    INSERT INTO plot_building (plot_id, building_id, code)
                    SELECT id, :b, code FROM plot WHERE id = :plot ON CONFLICT DO NOTHING
                    """
                ),
                {"plot": target, "b": building},
            )


def forget_versions(c: Connection, community_id: int, keep: int) -> None:
    """Delete a community's older plots that no plan uses, all but the ``keep`` newest of them."""
    c.execute(
        text(
            """
            DELETE FROM tessellation WHERE id IN (
                SELECT t.id FROM tessellation t
                WHERE t.community_id = :community
                  AND NOT EXISTS (SELECT FROM plan_community pc WHERE pc.tessellation_id = t.id)
                  AND NOT EXISTS (SELECT FROM former_plot f JOIN plot p ON p.id = f.plot_id
                                  WHERE p.tessellation_id = t.id)
                  AND t.version < (SELECT max(o.version) FROM tessellation o
                                   WHERE o.community_id = :community)
                ORDER BY t.version DESC OFFSET :keep)
            """
        ),
        {"community": community_id, "keep": keep},
    )
