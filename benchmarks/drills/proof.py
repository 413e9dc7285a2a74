"""What was acknowledged and is not there, and what is half there."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, text

from benchmarks.drills.hands import Diary
from data.plans import read as read_plans
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import load_state
from layers.grids.plan.assignment import count_loads
from tests.layers.grids.log_replay import replayed


def lost(c: Connection, diary: Diary) -> list[str]:
    """Return what was acknowledged and is not there."""
    found: list[str] = []

    def missing(what: str, question: str, keys: list[Any]) -> None:
        there = {row[0] for row in c.execute(text(question), {"keys": keys})}
        found.extend(f"{what} {key}" for key in keys if key not in there)

    missing("draft", "SELECT id FROM plan WHERE id = ANY(:keys)", diary.of("draft"))
    missing(
        "stroke", "SELECT token FROM plan_operation WHERE token = ANY(:keys)", diary.of("stroke")
    )
    missing("upload", "SELECT id FROM upload WHERE id = ANY(:keys)", diary.of("upload"))
    missing("job", "SELECT id FROM job WHERE id = ANY(:keys)", diary.of("job"))
    missing("import", "SELECT source FROM station WHERE source = ANY(:keys)", diary.of("imported"))
    for plan, stage in diary.of("stage"):
        asked = {"plan": plan, "stage": stage}
        question = "SELECT count(*) FROM plan_stage WHERE plan_id = :plan AND stage = :stage"
        if not c.execute(text(question), asked).scalar():
            found.append(f"stage {plan} {stage}")
    newest = dict(diary.of("count"))
    question = (
        "SELECT max(value) FROM building_count WHERE building_id = :id AND measure = 'persons'"
    )
    for building, number in newest.items():
        kept = c.execute(text(question), {"id": building}).scalar()
        if kept is None or kept < number:
            found.append(f"count {building}: {number}, kept {kept}")
    return found


_ASSIGNED_TWICE: Final = """
    SELECT count(*) FROM (
        SELECT plan_id, plot_id FROM plan_assignment GROUP BY 1, 2 HAVING count(*) > 1
    ) AS twice
"""
_UNASSIGNED: Final = """
    SELECT count(*) FROM plan_community AS k
    JOIN plot AS p ON p.tessellation_id = k.tessellation_id
    LEFT JOIN plan_assignment AS a ON a.plan_id = k.plan_id AND a.plot_id = p.id
    WHERE a.plot_id IS NULL
"""
_HALF_PUBLISHED: Final = """
    SELECT count(*) FROM plan AS p JOIN plan_community AS k ON k.plan_id = p.id
    WHERE (p.published_at IS NOT NULL) <> (k.in_force_from IS NOT NULL)
       OR (p.published_at IS NOT NULL AND p.certificate IS NULL AND p.id = ANY(:drafts))
"""
_HALF_IMPORTED: Final = """
    SELECT count(*) FROM upload AS u WHERE u.state = 'imported'
      AND EXISTS (SELECT 1 FROM upload_part AS p WHERE p.upload_id = u.id)
"""


def broken(c: Connection, drafts: list[int]) -> list[str]:
    """Return which invariants do not hold."""
    found = [
        f"{count} {what}"
        for what, question in (
            ("plots in two grids of a plan", _ASSIGNED_TWICE),
            ("plots of a planned community in no grid", _UNASSIGNED),
            ("plans half published", _HALF_PUBLISHED),
            ("uploads half imported", _HALF_IMPORTED),
        )
        if (count := c.execute(text(question), {"drafts": drafts}).scalar_one())
    ]
    store = PlotStore()
    for plan in drafts:
        head = read_plans.plan_head(c, plan)
        for planned in read_plans.plan_communities(c, plan):
            state = load_state(c, store, head, planned.id)
            again = replayed(c, plan, state)
            if again.grid.tolist() != state.plan.grid.tolist():
                found.append(f"draft {plan} is not its log")
            stored = {
                row.grid_id: row.households
                for row in c.execute(
                    text("SELECT grid_id, households FROM plan_grid WHERE plan_id = :p"),
                    {"p": plan},
                )
            }
            counted = count_loads(state.about.graph, state.plan.grid)
            found.extend(
                f"draft {plan}: grid {grid} says {stored.get(grid)}, holds {load.households}"
                for grid, load in counted.items()
                if stored.get(grid) != load.households
            )
    return found
