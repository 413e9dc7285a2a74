"""Numbers of grids made final; a plan in force: dates of plans, and what follows its grids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from data.plans import tables
from data.plans.rows import ListedGrid
from data.rows.bulk import copy_rows


@dataclass(frozen=True, slots=True)
class GridNaming:
    """A grid of a draft and what it becomes: ``id`` may be that of a grid in force.

    A negative ``id``: a grid that is still to be made.
    """

    draft_id: int
    id: int
    code: str
    number: int
    name: str


def fresh_ids(c: Connection, ids: Sequence[int]) -> set[int]:
    """Return those of some grids that were never in force."""
    rows = c.execute(
        text("SELECT id FROM grid WHERE id = ANY(:ids) AND valid_from IS NULL"), {"ids": list(ids)}
    )
    return {int(r.id) for r in rows}


def number_grids(
    c: Connection,
    plan_id: int,
    community_id: int,
    named: Sequence[GridNaming],
    listed: Sequence[ListedGrid],
) -> None:
    """Give a draft's plots, waivers and list of grids the ids and codes that are final.

    ``listed``: the grids as the draft lists them from now on. Where one changed its id, those
    without plots are forgotten: what was drawn before cannot be undone any more. The grids'
    figures are written by the caller.
    """
    moved = any(n.draft_id != n.id for n in named)
    values = {
        "plan": plan_id,
        "community": community_id,
        "draft": [n.draft_id for n in named],
        "id": [n.id for n in named],
        "code": [n.code for n in named],
        "moved": moved,
    }
    mapping = """
        unnest(CAST(:draft AS bigint[]), CAST(:id AS bigint[]), CAST(:code AS text[]))
            AS m(draft, id, code)
    """
    for statement in (
        """
        DELETE FROM draft_grid d
        WHERE d.plan_id = :plan AND d.community_id = :community
          AND (:moved OR d.grid_id = ANY(CAST(:draft AS bigint[])))
        """,
        """
        UPDATE plan_assignment a SET grid_id = m.id, code = m.code
        FROM {m} WHERE a.plan_id = :plan AND a.grid_id = m.draft
        """,
        """
        UPDATE plan_waiver w SET grid_id = m.id, code = m.code
        FROM {m} WHERE w.plan_id = :plan AND w.grid_id = m.draft
        """,
    ):
        c.execute(text(statement.replace("{m}", mapping)), values)
    copy_rows(
        c,
        tables.draft_grid,
        ("plan_id", "grid_id", "code", "community_id", "number", "name", "type", "is_new",
         "is_locked", "area_id"),
        (
            (plan_id, g.grid_id, g.code, community_id, g.number, g.name, g.type, g.is_new,
             g.is_locked, g.area_id)
            for g in listed
        ),
    )  # fmt: skip


def set_numbered(c: Connection, plan_id: int, *, final: bool) -> None:
    """Write that the numbers of a plan's grids are final from now on, or may change again."""
    c.execute(
        text("UPDATE plan SET numbered_at = CASE WHEN :final THEN now() END WHERE id = :plan"),
        {"plan": plan_id, "final": final},
    )


def code_grids(c: Connection, plan_id: int, since: date) -> None:
    """Give the grids of a plan that comes into force their code and kind, from a day on."""
    for statement in (
        """
        UPDATE grid g SET code = d.code, type = d.type, valid_to = NULL,
               valid_from = coalesce(g.valid_from, CAST(:since AS date))
        FROM draft_grid d JOIN plan_grid p ON p.plan_id = d.plan_id AND p.grid_id = d.grid_id
        WHERE d.plan_id = :plan AND g.id = d.grid_id
        """,
        """
        INSERT INTO grid_code (code, grid_id, valid_from)
        SELECT d.code, d.grid_id, CAST(:since AS date)
        FROM draft_grid d JOIN plan_grid p ON p.plan_id = d.plan_id AND p.grid_id = d.grid_id
        WHERE d.plan_id = :plan
          AND NOT EXISTS (SELECT FROM grid_code o WHERE o.grid_id = d.grid_id AND o.code = d.code
                            AND o.valid_to IS NULL)
        """,
    ):
        c.execute(text(statement), {"plan": plan_id, "since": since})


def keep_before(c: Connection, plan_id: int, retired: Sequence[int]) -> None:
    """Keep what a plan is about to change of its grids, of those that go, and of their stations."""
    c.execute(
        text(
            """
            UPDATE plan SET before = jsonb_build_object(
                'grids', ARRAY(
                    SELECT jsonb_build_array(g.id, g.type, g.valid_from, g.valid_to) FROM grid g
                    WHERE g.id = ANY(CAST(:retired AS bigint[]))
                       OR g.id IN (SELECT grid_id FROM plan_grid WHERE plan_id = :plan)),
                'stations', ARRAY(
                    SELECT jsonb_build_array(s.id, s.grid_id, s.code) FROM station s
                    WHERE s.grid_id = ANY(CAST(:retired AS bigint[]))))
            WHERE id = :plan
            """
        ),
        {"plan": plan_id, "retired": list(retired)},
    )


def take_back(c: Connection, plan_id: int, since: date) -> None:
    """Undo that a plan comes into force on a day that has not come: plans before it go on.

    Its grids that stood nowhere else are unborn again, those that it ended stand, stations go back.
    """
    values = {"plan": plan_id, "since": since}
    for statement in (
        "UPDATE plan_community SET in_force_from = NULL WHERE plan_id = :plan",
        """
        UPDATE plan_community o SET in_force_to = NULL
        FROM plan_community m
        WHERE m.plan_id = :plan AND o.community_id = m.community_id AND o.plan_id <> m.plan_id
          AND o.in_force_to = :since
        """,
        """
        UPDATE grid_code k SET valid_to = NULL
        FROM plan p, jsonb_array_elements(p.before->'grids') b
        WHERE p.id = :plan AND k.grid_id = (b->>0)::bigint AND k.valid_to = :since
        """,
        """
        DELETE FROM grid_code k USING plan p, jsonb_array_elements(p.before->'grids') b
        WHERE p.id = :plan AND k.grid_id = (b->>0)::bigint AND k.valid_from = :since
        """,
        """
        INSERT INTO draft_grid (plan_id, grid_id, code, community_id, number, name, type, area_id)
        SELECT s.plan_id, s.grid_id, s.code, s.community_id, s.number, s.name, g.type, s.area_id
        FROM plan_grid s JOIN grid g ON g.id = s.grid_id WHERE s.plan_id = :plan
        """,
        """
        UPDATE grid g SET type = b->>1, valid_from = (b->>2)::date, valid_to = (b->>3)::date
        FROM plan p, jsonb_array_elements(p.before->'grids') b
        WHERE p.id = :plan AND g.id = (b->>0)::bigint
        """,
        """
        UPDATE station s SET grid_id = (b->>1)::bigint, code = b->>2
        FROM plan p, jsonb_array_elements(p.before->'stations') b
        WHERE p.id = :plan AND s.id = (b->>0)::bigint
          AND s.grid_id IN (SELECT grid_id FROM plan_grid WHERE plan_id = :plan)
        """,
        """
        UPDATE plan SET published_at = NULL, certificate = NULL, snapshot_id = NULL, before = NULL
        WHERE id = :plan
        """,
        """
        UPDATE draft_grid d SET is_new = g.valid_from IS NULL
        FROM grid g WHERE d.plan_id = :plan AND g.id = d.grid_id
        """,
    ):
        c.execute(text(statement), values)


def take_turn(c: Connection, county: str) -> None:
    """Let no other plan of a county come into force until this transaction ends."""
    c.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('publish'), hashtext(:county))"),
        {"county": county},
    )


def bring_into_force(c: Connection, plan_id: int, communities: Sequence[int], since: date) -> None:
    """End the plans in force of some communities on a day, and start this one on it."""
    c.execute(
        text(
            """
            UPDATE plan_community SET in_force_to = :since
            WHERE community_id = ANY(:communities) AND plan_id <> :plan
              AND stands(in_force_from, in_force_to, :since)
            """
        ),
        {"plan": plan_id, "communities": list(communities), "since": since},
    )
    c.execute(
        text("UPDATE plan_community SET in_force_from = :since WHERE plan_id = :plan"),
        {"plan": plan_id, "since": since},
    )


def plans_from(
    c: Connection, communities: Sequence[int], since: date, besides: int | None = None
) -> list[str]:
    """Return the names of plans that come into force on a day or later in some communities."""
    rows = c.execute(
        text(
            """
            SELECT DISTINCT p.name FROM plan_community pc JOIN plan p ON p.id = pc.plan_id
            WHERE pc.community_id = ANY(:communities) AND pc.in_force_from >= :since
              AND pc.plan_id IS DISTINCT FROM CAST(:besides AS bigint)
            """
        ),
        {"communities": list(communities), "since": since, "besides": besides},
    )
    return [r.name for r in rows]


def follow_successors(c: Connection, successors: Mapping[int, int], since: date) -> None:
    """Retire grids on a day; their stations go to the grid that got most of their households."""
    values = {
        "old": list(successors),
        "new": list(successors.values()),
        "since": since,
    }
    for statement in (
        """
        UPDATE grid SET valid_to = :since
        WHERE id = ANY(CAST(:old AS bigint[])) AND valid_to IS NULL
        """,
        """
        UPDATE grid_code SET valid_to = :since
        WHERE grid_id = ANY(CAST(:old AS bigint[])) AND valid_to IS NULL
        """,
        """
        UPDATE station s SET grid_id = m.new, code = g.code
        FROM unnest(CAST(:old AS bigint[]), CAST(:new AS bigint[])) AS m(old, new)
        JOIN grid g ON g.id = m.new
        WHERE s.grid_id = m.old
        """,
    ):
        c.execute(text(statement), values)


def set_snapshot(c: Connection, plan_id: int, county: str) -> None:
    """Write which counts a plan was judged on: the newest that were not rolled back."""
    c.execute(
        text(
            """
            UPDATE plan SET snapshot_id = (
                SELECT s.id FROM standing_snapshot s WHERE lies_in(s.code, :county)
                ORDER BY s.effective_on DESC, s.id DESC LIMIT 1)
            WHERE id = :plan
            """
        ),
        {"plan": plan_id, "county": f"{county}%"},
    )


def set_published(c: Connection, plan_id: int) -> None:
    """Forget what only a draft needs; from here on the database refuses changes."""
    c.execute(text("DELETE FROM draft_plot_lock WHERE plan_id = :plan"), {"plan": plan_id})
    c.execute(text("DELETE FROM draft_grid WHERE plan_id = :plan"), {"plan": plan_id})
