"""Numbers, codes and ids of a draft's grids: final when the draft leaves 草稿.

1. While a plan is a draft its numbers are provisional: a grid keeps the one that it began with.
2. When it leaves the first stage a number, and the grid that carries it in the published plan that
   the draft was drawn from (else in the one in force), goes to the grid of the draft that keeps
   most of its households; what is new keeps its number where nobody else has it, else takes one
   that nobody has: none that ever was in force, none of another plan whose numbers are final.
3. From then on nothing changes them, coming into force neither: what the stamped paper says is what
   stands. Sent back to the first stage, a plan is numbered again when it leaves it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.plans import read, write_publishing
from data.plans.drafts import write, write_log
from data.plans.rows import AnyPlan, PlanGrid
from data.plans.write_publishing import GridNaming
from layers.grids.drafts.making import carried
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import DraftState, grid_row, load_state
from layers.grids.plan.assignment import Move, make_plan
from layers.grids.plan.numbering import grid_code, kept_numbers
from layers.kit.ids import GridId


@dataclass(frozen=True)
class Standing:
    """The grids that a plan of a community follows, and each plot's one (position, -1 none)."""

    grids: Sequence[PlanGrid]
    of_plot: NDArray[np.int32]


def standing(c: Connection, state: DraftState, day: date) -> Standing:
    """Return the grids of a community that stand on a day; none where no plan does."""
    for row in read.communities_planned(c, state.head.code, day):
        if row.id == state.about.community_id and row.in_force is not None:
            return _grids_of(c, state, row.in_force, row.in_force_tessellation)
    return Standing((), np.full(state.about.graph.plots, -1, np.int32))


def _before(c: Connection, state: DraftState) -> Standing:
    """Return the grids whose numbers a draft goes on with (clause 2)."""
    plan = read.drawn_from(c, state.head.id)
    if plan is not None:
        for row in read.plan_communities(c, plan):
            if row.id == state.about.community_id:
                return _grids_of(c, state, plan, row.tessellation)
    return standing(c, state, state.policy.plans_on)


def _grids_of(c: Connection, state: DraftState, plan: int, tessellation: int | None) -> Standing:
    about = state.about
    grids = read.plan_grids(c, plan, about.community_id)
    if tessellation != about.tessellation:
        return Standing(grids, carried(c, state.policy, plan, about).astype(np.int32))
    position: dict[int, int] = {r.grid_id: at for at, r in enumerate(grids)}
    stood = read.assignment(c, plan, about.tessellation)
    return Standing(grids, np.array([position.get(int(g), -1) for g in stood], np.int32))


def final_names(c: Connection, state: DraftState) -> list[GridNaming]:
    """Return what the grids of a draft become when it leaves the first stage (clause 2).

    Nothing is written: a grid that has to be made yet has a negative id.
    """
    about, plan = state.about, state.plan
    own = sorted(plan.loads)
    group = np.searchsorted(np.array(own, np.int64), plan.grid).astype(np.int32)
    before = _before(c, state)
    problem = about.graph.problem
    taken_numbers = read.numbers_given(c, about.code, state.head.id)
    numbers = kept_numbers(
        before.of_plot,
        group,
        [r.number for r in before.grids],
        problem.households,
        problem.area_m2,
        problem.x,
        problem.y,
        taken_numbers,
    )
    by_number = {r.number: r for r in before.grids}
    free = {state.grids[g].number for g in own} - taken_numbers - set(by_number)
    for at, draft_id in enumerate(own):
        number = state.grids[draft_id].number
        if int(numbers[at]) not in by_number and number in free:
            free.discard(number)
            numbers[at] = number
    numbers = _distinct(numbers, taken_numbers | set(by_number))
    fresh = write_publishing.fresh_ids(c, own)
    taken = {by_number[int(n)].grid_id for n in numbers if int(n) in by_number}
    named: list[GridNaming] = []
    for draft_id, n in zip(own, (int(v) for v in numbers), strict=True):
        row = state.grids[draft_id]
        final = -1 - len(named)
        if n in by_number:
            final = by_number[n].grid_id
        elif draft_id in fresh and draft_id not in taken:
            final = draft_id
        name = row.name
        if name == f"{about.name}第{row.number}网格":
            name = f"{about.name}第{n}网格"
        named.append(GridNaming(draft_id, final, grid_code(about.code, n), n, name))
    return named


def _distinct(numbers: NDArray[np.int64], taken: set[int]) -> NDArray[np.int64]:
    """Give those that have the number of one before them the next that nobody has."""
    seen: set[int] = set()
    result = numbers.copy()
    after = max([*taken, *(int(n) for n in numbers)], default=0)
    for at, number in enumerate(numbers.tolist()):
        if number in seen:
            after += 1
            result[at] = after
        seen.add(int(result[at]))
    return result


def make_final(c: Connection, plot_store: PlotStore, head: AnyPlan) -> int:
    """Make the numbers of a draft final; return its version. The caller holds the plan's row."""
    write_publishing.take_turn(c, head.code)  # two plans do not take one number
    sequence = head.version
    for row in read.plan_communities(c, head.id):
        state = load_state(c, plot_store, head, row.id)
        sequence = _number(c, state, sequence)
    if sequence != head.version:
        write_log.set_version(c, head.id, sequence)
    write_publishing.set_numbered(c, head.id, final=True)
    return sequence


def _number(c: Connection, state: DraftState, sequence: int) -> int:
    """Write a community's final numbers; return the next sequence of the log."""
    about, plan = state.about, state.plan
    named = final_names(c, state)
    ids = iter(write.new_grid_ids(c, about.code, sum(n.id < 0 for n in named)))
    named = [n if n.id >= 0 else replace(n, id=next(ids)) for n in named]
    unborn = write_publishing.fresh_ids(c, [n.id for n in named])
    grids = {
        n.id: replace(
            state.grids[n.draft_id],
            grid_id=GridId(n.id),
            code=n.code,
            number=n.number,
            name=n.name,
            is_new=n.id in unborn,
        )
        for n in named
    }
    write_publishing.number_grids(c, state.head.id, about.community_id, named, list(grids.values()))
    final = np.array([n.id for n in named], np.int64)
    own = np.array([n.draft_id for n in named], np.int64)
    after = make_plan(about.graph, final[np.searchsorted(own, plan.grid)])
    write.drop_grids(c, state.head.id, own.tolist())
    rows = [grid_row(about, after, g, grids[g]) for g in sorted(after.loads)]
    write.put_grids(c, state.head.id, about.community_id, rows, about.srid)
    changed = np.flatnonzero(plan.grid != after.grid).tolist()
    if not changed:
        return sequence
    plots = about.plot_ids
    write_log.log_operation(
        c,
        state.head.id,
        community_id=about.community_id,
        code=about.code,
        sequence=sequence,
        kind="numbering",
        moves=[Move(int(plots[p]), int(plan.grid[p]), int(after.grid[p])) for p in changed],
        made_by="getu",
    )
    return sequence + 1
