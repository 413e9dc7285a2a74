"""A draft's log: its operations, what can be undone, and the branches of refused work."""

from __future__ import annotations

from sqlalchemy import Connection, text

from data.plans.rows import Operation, OperationMoves
from data.rows.reading import row_of, rows_of

# Grids that changed their id when their numbers became final cannot go back to the one before.
_SINCE_NUMBERED = """sequence > coalesce((
    SELECT max(n.sequence) FROM plan_operation n
    WHERE n.plan_id = :plan AND n.community_id = :community AND n.kind = 'numbering'), -1)"""


def steps(c: Connection, plan_id: int, community_id: int) -> tuple[int, int]:
    """Return how many operations of a community can be undone and redone."""
    row = c.execute(
        text(
            f"""
            SELECT count(*) FILTER (WHERE NOT is_undone) AS undo,
                   count(*) FILTER (WHERE is_undone AND NOT is_superseded) AS redo
            FROM plan_operation
            WHERE plan_id = :plan AND community_id = :community
              AND kind NOT IN ('start', 'undo', 'redo', 'numbering', 'plots')
              AND {_SINCE_NUMBERED}
            """
        ),
        {"plan": plan_id, "community": community_id},
    ).one()
    return int(row.undo), int(row.redo)


def operation_to(
    c: Connection, plan_id: int, community_id: int, *, redo: bool
) -> OperationMoves | None:
    """Return the operation that undo (the last done) or redo (the first undone) is about."""
    state = "is_undone AND NOT is_superseded" if redo else "NOT is_undone"
    order = "ASC" if redo else "DESC"
    return row_of(
        OperationMoves,
        c,
        f"""
        SELECT id, sequence, kind, moves FROM plan_operation
        WHERE plan_id = :plan AND community_id = :community AND {state}
          AND kind NOT IN ('start', 'undo', 'redo', 'numbering', 'plots')
          AND {_SINCE_NUMBERED}
        ORDER BY sequence {order} LIMIT 1
        """,
        plan=plan_id,
        community=community_id,
    )


def operations(
    c: Connection, plan_id: int, community_id: int | None = None, after: int = 0
) -> list[Operation]:
    """Return a plan's log in order, of all its communities or of one."""
    return rows_of(
        Operation,
        c,
        """
        SELECT id, sequence, community_id, kind, moves, is_undone, is_superseded, of_sequence,
               token, made_by, made_at
        FROM plan_operation
        WHERE plan_id = :plan AND sequence > :after
          AND (CAST(:community AS bigint) IS NULL OR community_id = :community)
        ORDER BY sequence
        """,
        plan=plan_id,
        community=community_id,
        after=after,
    )


def operation_by_token(c: Connection, plan_id: int, token: str) -> OperationMoves | None:
    """Return the operation that a stroke's token was saved as, if it was."""
    return row_of(
        OperationMoves,
        c,
        """
        SELECT id, sequence, kind, moves FROM plan_operation
        WHERE plan_id = :plan AND token = :token
        """,
        plan=plan_id,
        token=token,
    )


def branch_of_token(c: Connection, plan_id: int, token: str) -> int | None:
    """Return the branch of a plan that keeps a refused stroke, if there is one."""
    found = c.execute(
        text(
            """
            SELECT b.id FROM plan b JOIN plan_operation o ON o.plan_id = b.id AND o.token = :token
            WHERE b.parent_id = :plan AND b.is_branch ORDER BY b.id LIMIT 1
            """
        ),
        {"plan": plan_id, "token": token},
    ).scalar()
    return None if found is None else int(found)


def start_plots(c: Connection, plan_id: int, community_id: int) -> dict[int, list[int]]:
    """Return the plots (ids) of every grid as a draft started, from its log."""
    rows = c.execute(
        text(
            """
            SELECT (m->>2)::bigint AS grid_id, array_agg((m->>0)::bigint) AS plots
            FROM plan_operation o, jsonb_array_elements(o.moves) AS m
            WHERE o.plan_id = :plan AND o.community_id = :community AND o.kind = 'start'
            GROUP BY 1
            """
        ),
        {"plan": plan_id, "community": community_id},
    )
    return {int(r.grid_id): list(r.plots) for r in rows}
