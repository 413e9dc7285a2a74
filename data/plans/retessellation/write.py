"""A tessellation's next version: what stays is copied, what is new is added; drafts follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from data.grids import tables as grid_tables
from data.plans import tables
from data.plans.rows import Border
from data.rows.bulk import copy_rows, reserve_ids, stored_geometry
from layers.kit.json import StoredJson

STORAGE_SRID = 4490


def add_version(c: Connection, community_id: int, code: str, findings: Sequence[StoredJson]) -> int:
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
    return reserve_ids(c, grid_tables.plot, count)


def copy_plots(
    c: Connection,
    tessellation_id: int,
    old: Sequence[int],
    new: Sequence[int],
    borders: Sequence[Border],
) -> None:
    """Copy plots into a tessellation under new ids, with their buildings and common borders.

    ``borders``: of the old ones; those to plots that are not copied are left out.
    """
    values = {"t": tessellation_id, "old": list(old), "new": list(new)}
    for statement in (
        """
        INSERT INTO plot (id, code, tessellation_id, community_id, building_id, kind, area_m2, geom)
        SELECT m.new, p.code, :t, p.community_id, p.building_id, p.kind, p.area_m2, p.geom
        FROM unnest(CAST(:old AS bigint[]), CAST(:new AS bigint[])) AS m(old, new)
        JOIN plot p ON p.id = m.old
        """,
        """
        INSERT INTO plot_building (plot_id, building_id, code)
        SELECT m.new, pb.building_id, pb.code
        FROM unnest(CAST(:old AS bigint[]), CAST(:new AS bigint[])) AS m(old, new)
        JOIN plot_building pb ON pb.plot_id = m.old
        """,
    ):
        c.execute(text(statement), values)
    of = dict(zip(old, new, strict=True))
    copy_rows(
        c,
        grid_tables.plot_neighbour,
        ("plot_a", "plot_b", "code", "shared_m", "barrier"),
        (
            (of[b.plot_a], of[b.plot_b], b.code, b.shared_m, b.barrier)
            for b in borders
            if b.plot_a in of and b.plot_b in of
        ),
    )


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
        grid_tables.plot,
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
        grid_tables.plot_building,
        ("plot_id", "building_id", "code"),
        ((plot, building, code) for building, plot in plot_of.items()),
    )
    copy_rows(
        c,
        grid_tables.plot_neighbour,
        ("plot_a", "plot_b", "code", "shared_m", "barrier"),
        ((min(a, b), max(a, b), code, shared, barrier) for a, b, shared, barrier in borders),
    )


def carry_draft(
    c: Connection,
    plan_id: int,
    community_id: int,
    tessellation_id: int,
    *,
    leaves: Sequence[int],
    grids: Mapping[int, int],
    codes: Mapping[int, str],
    locks: Mapping[int, str],
) -> None:
    """Give a draft's community new plots in place of those it ``leaves``.

    ``grids``: grid id by new plot; ``codes``: of those grids; ``locks``: code by locked new plot.
    """
    values = {"plan": plan_id, "plots": list(leaves)}
    for statement in (
        "DELETE FROM plan_assignment WHERE plan_id = :plan AND plot_id = ANY(:plots)",
        "DELETE FROM draft_plot_lock WHERE plan_id = :plan AND plot_id = ANY(:plots)",
    ):
        c.execute(text(statement), values)
    copy_rows(
        c,
        tables.plan_assignment,
        ("plan_id", "plot_id", "code", "grid_id"),
        ((plan_id, plot, codes[grid], grid) for plot, grid in grids.items()),
    )
    copy_rows(
        c,
        tables.draft_plot_lock,
        ("plan_id", "plot_id", "code"),
        ((plan_id, plot, code) for plot, code in locks.items()),
    )
    c.execute(
        text(
            """
            UPDATE plan_community SET tessellation_id = :t
            WHERE plan_id = :plan AND community_id = :community
            """
        ),
        {"plan": plan_id, "community": community_id, "t": tessellation_id},
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
