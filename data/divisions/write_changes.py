"""Communities split or their border moved: rows that change community, with what they were before.

Every function works inside the caller's transaction. ``Rows`` are lists of tuples, the id first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, insert, text

from data.access.actions import Action
from data.access.audit import record
from data.divisions import change_tables, tables
from data.divisions.rows import ChangeSummary, DivisionNow
from data.divisions.write_change_rows import Rows, columns_of
from data.grids import tables as grid_tables
from data.rows.bulk import copy_rows
from data.rows.columns import STORAGE_SRID
from layers.kit.json import StoredJson


def hold_county(c: Connection, county: str) -> None:
    """Let one change of communities at a time happen in a county."""
    c.execute(text("SELECT 1 FROM county WHERE code = :code FOR UPDATE"), {"code": county})


def _stored(shape: BaseGeometry) -> str:
    """Return EWKB (hex) of a geometry that is in stored coordinates already."""
    return str(shapely.to_wkb(shapely.set_srid(shape, STORAGE_SRID), hex=True, include_srid=True))


def add_division(
    c: Connection,
    like: DivisionNow,
    *,
    code: str,
    name: str,
    name_en: str | None,
    is_temporary: bool,
    outline: BaseGeometry,
    on: date,
) -> int:
    """Insert a division of the kind and parent of ``like``, valid from a day; return its id."""
    return int(
        c.execute(
            insert(tables.division)
            .values(
                code=code,
                name=name,
                name_en=name_en,
                kind=like.kind,
                parent_id=like.parent_id,
                is_temporary=is_temporary,
                valid_from=on,
                geom=_stored(outline),
            )
            .returning(tables.division.c.id)
        ).scalar_one()
    )


def end_divisions(
    c: Connection,
    successors: Sequence[tuple[int, int]],
    on: date,
    document_number: str | None,
) -> None:
    """End divisions on a day; ``successors`` are pairs (old id, new id)."""
    c.execute(
        text("UPDATE division SET valid_to = :on WHERE id = ANY(:ids)"),
        {"on": on, "ids": sorted({old for old, _ in successors})},
    )
    c.execute(
        insert(tables.division_successor),
        [
            {
                "division_id": old,
                "successor_id": new,
                "on_date": on,
                "document_number": document_number,
            }
            for old, new in successors
        ],
    )


def set_outlines(c: Connection, outlines: Mapping[int, BaseGeometry]) -> None:
    """Write outlines of divisions (degrees)."""
    for division_id, shape in outlines.items():
        c.execute(
            text("UPDATE division SET geom = CAST(:geom AS geometry) WHERE id = :id"),
            {"id": division_id, "geom": _stored(shape)},
        )


def add_tessellation(c: Connection, community_id: int, code: str) -> int:
    """Insert the first tessellation of a community, without plots; return its id."""
    return int(
        c.execute(
            insert(grid_tables.tessellation)
            .values(community_id=community_id, code=code, version=1, findings=[])
            .returning(grid_tables.tessellation.c.id)
        ).scalar_one()
    )


def set_plot_shapes(c: Connection, shapes: Iterable[tuple[int, BaseGeometry]]) -> None:
    """Write plots whose border got the vertices of the plots beyond it (degrees)."""
    rows = [{"id": i, "geom": _stored(shape)} for i, shape in shapes]
    if rows:
        c.execute(text("UPDATE plot SET geom = CAST(:geom AS geometry) WHERE id = :id"), rows)


def keep_former(c: Connection, tessellation_id: int, code: str, plots: Sequence[int]) -> None:
    """Remember the plots that a tessellation had."""
    columns = ("tessellation_id", "plot_id", "code")
    copy_rows(c, change_tables.former_plot, columns, ((tessellation_id, p, code) for p in plots))


def drop_former(c: Connection, tessellations: Sequence[int], plots: Sequence[int]) -> None:
    """Forget what ``keep_former`` wrote, once the plots are back."""
    c.execute(
        text(
            """
            DELETE FROM former_plot WHERE tessellation_id = ANY(:ids) AND plot_id = ANY(:plots)
            """
        ),
        {"ids": list(tessellations), "plots": list(plots)},
    )


def set_plots(c: Connection, rows: Rows) -> None:
    """Write ``(id, tessellation, community, code)`` of plots, and the code of what is on them."""
    if not rows:
        return
    ids, tessellations, communities, codes = columns_of(rows)
    values = {"ids": ids, "t": tessellations, "d": communities, "codes": codes}
    for statement in (
        """
        UPDATE plot p SET tessellation_id = m.t, community_id = m.d, code = m.code
        FROM unnest(CAST(:ids AS bigint[]), CAST(:t AS bigint[]), CAST(:d AS bigint[]),
                    CAST(:codes AS text[])) AS m(id, t, d, code)
        WHERE p.id = m.id
        """,
        """
        UPDATE plot_building b SET code = p.code FROM plot p
        WHERE p.id = ANY(CAST(:ids AS bigint[])) AND b.plot_id = p.id AND b.code <> p.code
        """,
        """
        UPDATE plot_neighbour n SET code = p.code FROM plot p
        WHERE p.id = ANY(CAST(:ids AS bigint[])) AND n.plot_a = p.id AND n.code <> p.code
        """,
    ):
        c.execute(text(statement), values)


def add_neighbours(c: Connection, rows: Rows) -> None:
    """Insert ``(plot_a, plot_b, code, shared_m, barrier)`` of plots that were not known as such."""
    columns = ("plot_a", "plot_b", "code", "shared_m", "barrier")
    copy_rows(c, grid_tables.plot_neighbour, columns, rows)


def drop_neighbours(c: Connection, pairs: Rows) -> None:
    """Remove pairs ``(plot_a, plot_b)``."""
    if pairs:
        one, two = columns_of(pairs)
        c.execute(
            text(
                """
                DELETE FROM plot_neighbour n
                USING unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[])) AS m(a, b)
                WHERE n.plot_a = m.a AND n.plot_b = m.b
                """
            ),
            {"a": one, "b": two},
        )


def end_plans(c: Connection, communities: Sequence[int], on: date) -> list[tuple[int, int]]:
    """End what is in force in communities on a day; return (plan, community) of what was ended."""
    rows = c.execute(
        text(
            """
            UPDATE plan_community SET in_force_to = :on
            WHERE community_id = ANY(:ids) AND in_force_from IS NOT NULL AND in_force_to IS NULL
            RETURNING plan_id, community_id
            """
        ),
        {"ids": list(communities), "on": on},
    )
    return [(int(r.plan_id), int(r.community_id)) for r in rows]


def resume_plans(c: Connection, ended: Rows) -> None:
    """Undo ``end_plans``."""
    for plan_id, community_id in ended:
        c.execute(
            text(
                """
                UPDATE plan_community SET in_force_to = NULL
                WHERE plan_id = :plan AND community_id = :community
                """
            ),
            {"plan": plan_id, "community": community_id},
        )


def copy_waivers(c: Connection, plans: Sequence[int], plan_id: int) -> None:
    """Copy the waivers of a plan's grids from the plans that it continues."""
    c.execute(
        text(
            """
            INSERT INTO plan_waiver (code, plan_id, grid_id, finding, reason, by, at, households,
                                     pieces, geom)
            SELECT a.code, :plan, w.grid_id, w.finding, w.reason, w.by, w.at, w.households,
                   w.pieces, w.geom
            FROM plan_waiver w
            JOIN plan_grid a ON a.plan_id = :plan AND a.grid_id = w.grid_id
            WHERE w.plan_id = ANY(:sources)
            """
        ),
        {"plan": plan_id, "sources": list(plans)},
    )


def set_official_code(c: Connection, division_id: int, code: str, name: str | None) -> None:
    """Give a division its official code, and maybe another name."""
    c.execute(
        text(
            """
            UPDATE division SET code = :code, is_temporary = false, name = coalesce(:name, name)
            WHERE id = :id
            """
        ),
        {"id": division_id, "code": code, "name": name},
    )


def remove_plan(c: Connection, plan_id: int) -> None:
    """Remove the plan of a change that is taken back, with all that is its own."""
    c.execute(text("DELETE FROM plan WHERE id = :id"), {"id": plan_id})


def remove_divisions(c: Connection, made: Sequence[int], ended: Sequence[int]) -> None:
    """Remove divisions that a change made (their plots are elsewhere) and resume those it ended."""
    c.execute(text("DELETE FROM division WHERE id = ANY(:ids)"), {"ids": list(made)})
    c.execute(
        text("UPDATE division SET valid_to = NULL WHERE id = ANY(:ids)"), {"ids": list(ended)}
    )


_ACTIONS: Mapping[str, Action] = {
    "split": "territory.split",
    "border": "territory.border",
    "official_code": "territory.official_code",
}


def log_change(
    c: Connection,
    *,
    county: str,
    kind: str,
    on: date,
    document_number: str | None,
    plan_id: int | None,
    summary: ChangeSummary,
    before: StoredJson,
    by: str,
) -> int:
    """Store a change with what takes it back, and say it in the audit; return its id."""
    change_id = int(
        c.execute(
            insert(change_tables.division_change)
            .values(
                code=county,
                kind=kind,
                on_date=on,
                document_number=document_number,
                plan_id=plan_id,
                summary=dict(summary),
                before=dict(before),
                made_by=by,
            )
            .returning(change_tables.division_change.c.id)
        ).scalar_one()
    )
    record(c, _ACTIONS[kind], county, f"division_change:{change_id}", summary, by=by)
    return change_id


def set_taken_back(c: Connection, change_id: int, county: str, by: str) -> None:
    """Mark a change as taken back, and say it in the audit."""
    c.execute(
        text(
            """
            UPDATE division_change SET taken_back_by = :by, taken_back_at = now() WHERE id = :id
            """
        ),
        {"id": change_id, "by": by},
    )
    record(c, "territory.taken_back", county, f"division_change:{change_id}", by=by)


def drop_same_day(c: Connection, plan_id: int, community_id: int, on: date) -> None:
    """Take a community out of a plan that came into force in it on that very day."""
    c.execute(
        text(
            """
            DELETE FROM plan_community
            WHERE plan_id = :plan AND community_id = :community AND in_force_from = :on
            """
        ),
        {"plan": plan_id, "community": community_id, "on": on},
    )
