"""A draft's log: every operation in order, what is undone, and the version after each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text


def log_start(c: Connection, plan_id: int, made_by: str) -> None:
    """Write what a draft starts from as the first row of each community's log."""
    c.execute(
        text(
            """
            INSERT INTO plan_operation (code, plan_id, community_id, sequence, kind, moves,
                                        made_by)
            SELECT pc.code, :plan, pc.community_id, 0 - row_number() OVER (ORDER BY pc.code),
                   'start',
                   (SELECT coalesce(jsonb_agg(jsonb_build_array(p.id, NULL, a.grid_id)
                                              ORDER BY p.id), '[]')
                    FROM plots_of(pc.tessellation_id) p
                    JOIN plan_assignment a ON a.plot_id = p.id AND a.plan_id = :plan),
                   :by
            FROM plan_community pc WHERE pc.plan_id = :plan
            """
        ),
        {"plan": plan_id, "by": made_by},
    )


def copy_log(c: Connection, source_id: int, plan_id: int) -> None:
    """Copy a draft's log into its branch, so that undo goes on there."""
    c.execute(
        text(
            """
            INSERT INTO plan_operation (code, plan_id, community_id, sequence, kind, moves,
                                        is_undone, is_superseded, of_sequence, made_by, made_at)
            SELECT code, :plan, community_id, sequence, kind, moves, is_undone, is_superseded,
                   of_sequence, made_by, made_at
            FROM plan_operation
            WHERE plan_id = :source
            """
        ),
        {"source": source_id, "plan": plan_id},
    )


def drop_operations(c: Connection, plan_id: int, community_id: int, first: int) -> None:
    """Forget a community's operations from a sequence on, in a branch that is being made."""
    c.execute(
        text(
            """
            DELETE FROM plan_operation
            WHERE plan_id = :plan AND community_id = :community AND sequence >= :first
            """
        ),
        {"plan": plan_id, "community": community_id, "first": first},
    )


def set_undone(c: Connection, plan_id: int, marks: Mapping[int, tuple[bool, bool]]) -> None:
    """Set (undone, superseded) of operations by sequence."""
    for sequence, (undone, superseded) in marks.items():
        c.execute(
            text(
                """
                UPDATE plan_operation SET is_undone = :undone, is_superseded = :superseded
                WHERE plan_id = :plan AND sequence = :sequence
                """
            ),
            {
                "plan": plan_id,
                "sequence": sequence,
                "undone": undone,
                "superseded": superseded,
            },
        )


def log_operation(
    c: Connection,
    plan_id: int,
    *,
    community_id: int,
    code: str,
    sequence: int,
    kind: str,
    moves: Sequence[tuple[int, int, int]],
    made_by: str,
    token: str | None = None,
    of_sequence: int | None = None,
) -> int:
    """Append an operation to a draft's log (plot and grid ids); return its id.

    An operation of the hand supersedes what was undone before in the same community.
    """
    if kind not in ("undo", "redo", "numbering", "plots"):
        c.execute(
            text(
                """
                UPDATE plan_operation SET is_superseded = true
                WHERE plan_id = :plan AND community_id = :community AND is_undone
                  AND NOT is_superseded
                """
            ),
            {"plan": plan_id, "community": community_id},
        )
    return int(
        c.execute(
            text(
                """
                INSERT INTO plan_operation (code, plan_id, community_id, sequence, kind, moves,
                                            made_by, token, of_sequence)
                VALUES (:code, :plan, :community, :sequence, :kind, :moves, :by, :token, :of)
                RETURNING id
                """
            ),
            {
                "code": code,
                "plan": plan_id,
                "community": community_id,
                "sequence": sequence,
                "kind": kind,
                "moves": Jsonb([list(m) for m in moves]),
                "by": made_by,
                "token": token,
                "of": of_sequence,
            },
        ).scalar_one()
    )


def set_version(c: Connection, plan_id: int, version: int) -> None:
    """Set a draft's version after an operation, and when it changed."""
    c.execute(
        text("UPDATE plan SET version = :version, changed_at = now() WHERE id = :plan"),
        {"plan": plan_id, "version": version},
    )
