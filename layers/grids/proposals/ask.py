"""Automatic division at the planner's desk: from the database to candidates, and into a draft.

1. What is asked: a whole community or county anew, a repair with least change, one grid in two, two
   grids evened.
2. Locked grids, grids that hold locked plots, and dedicated grids stay, unless the planner gives
   the locks up.
3. Nothing is written while candidates are made; ``division_choice`` draws the one that is chosen.
4. The same plots, counts, wishes and seeds give the same candidates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.divisions import read_communities as read_ground
from data.plans import read
from data.plans.read_division import count_doubts, plot_names
from data.plans.rows import PlannedCommunity, Policy
from layers.grids.division.divide import Options, divide, even_two, split_in_two
from layers.grids.division.measures import total
from layers.grids.division.problem import Cancel, Division, Prefer, Problem, lower_bound
from layers.grids.division.repair import repair
from layers.grids.drafts.plot_store import CommunityPlots, PlotStore
from layers.grids.drafts.state import load_state
from layers.grids.proposals.candidates import (
    OUTLINE_STEPS,
    Base,
    Outcome,
    compact,
    measures_row,
    outcome,
)
from layers.grids.proposals.present import as_it_is, bounds_of, measures_before
from layers.grids.proposals.result import (
    Candidate,
    DivisionResult,
    What,
)
from layers.kit.errors import Cancelled, InputError, Message, NotFoundError
from layers.kit.json import StoredJson

Say = Callable[[float, StoredJson], None]
PREFERENCES: tuple[Prefer, ...] = ("fewest", "round", "balanced")
MOST_SEEDS = 4
EVEN_SLACKS = (1.02, 1.05, 1.1, 1.2, 1.35)
"""How far over half of their households the fuller of two evened grids may be, tried in turn."""


@dataclass(frozen=True)
class DivisionQuestion:
    """What a planner asks for. ``draft``: a plan's id, None for the plan in force.

    ``communities``: ids, empty for all. ``grids``: ids, one to split or two to even.
    """

    what: What
    draft: int | None
    communities: tuple[int, ...] = ()
    grids: tuple[int, ...] = ()
    prefer: tuple[Prefer, ...] = PREFERENCES
    seeds: tuple[int, ...] = (0,)
    keep_estates: float = 1.0
    follow_streets: float = 1.0
    keep_locked: bool = True

    def __post_init__(self) -> None:
        """Refuse what contradicts itself, all faults together."""
        faults: list[Message] = []
        if not 1 <= len(self.seeds) <= MOST_SEEDS or min(self.seeds, default=-1) < 0:
            faults.append(Message("give 1 to {most} seeds from 0 up", {"most": MOST_SEEDS}))
        if not self.prefer:
            faults.append(Message("choose at least one wish: fewest, round or balanced"))
        if not (0 <= self.keep_estates <= 4 and 0 <= self.follow_streets <= 4):
            faults.append(Message("keep_estates and follow_streets are factors from 0 to 4"))
        wanted = {"split": 1, "even": 2}.get(self.what, 0)
        if len(set(self.grids)) != wanted:
            given = {"what": self.what, "wanted": wanted, "chosen": len(set(self.grids))}
            faults.append(Message("{what} needs {wanted} grids, not {chosen}", given))
        if wanted and len(self.communities) != 1:
            faults.append(Message("{what} works in one community", {"what": self.what}))
        if faults:
            raise InputError("{faults}", faults=tuple(faults))

    def variants(self) -> list[tuple[Prefer | None, int]]:
        """Return the wish and seed of every candidate."""
        if self.what == "divide":
            return [(prefer, seed) for seed in self.seeds for prefer in self.prefer]
        return [(None, seed) for seed in self.seeds]


def load_bases(
    c: Connection, plot_store: PlotStore, county: str, asked: DivisionQuestion
) -> list[Base]:
    """Read the communities asked for, as they stand now. Raises NotFoundError, InputError."""
    policy = read.policy(c, county)
    rows = read.communities_planned(c, county, policy.plans_on)
    planned: dict[int, PlannedCommunity] = {r.id: r for r in rows}
    if asked.draft is not None:
        head = read.plan_head(c, asked.draft)
        if head.code != county:
            raise NotFoundError(
                "plan {draft} is not in county {county}", draft=asked.draft, county=county
            )
        chosen = [r.id for r in read.plan_communities(c, asked.draft)]
    else:
        chosen = [r.id for r in rows]
    missing = set(asked.communities) - set(chosen)
    if missing:
        raise NotFoundError("the plan has no community {missing}", missing=min(missing))
    wanted = [i for i in chosen if not asked.communities or i in asked.communities]
    if not wanted:
        raise InputError("there are no communities with plots to divide")
    return [_base(c, plot_store, policy, planned.get(i), i, asked) for i in wanted]


def check_asked(c: Connection, plot_store: PlotStore, county: str, asked: DivisionQuestion) -> None:
    """Refuse at once what would fail later, without reading a whole county. Raises as above."""
    policy = read.policy(c, county)
    if asked.what in ("split", "even"):
        load_bases(c, plot_store, county, asked)
        return
    if asked.draft is None:
        chosen = [r.id for r in read.communities_planned(c, county, policy.plans_on)]
    else:
        if read.plan_head(c, asked.draft).code != county:
            raise NotFoundError(
                "plan {draft} is not in county {county}", draft=asked.draft, county=county
            )
        chosen = [r.id for r in read.plan_communities(c, asked.draft)]
    missing = set(asked.communities) - set(chosen)
    if missing:
        raise NotFoundError("the plan has no community {missing}", missing=min(missing))


def _base(
    c: Connection,
    plot_store: PlotStore,
    policy: Policy,
    planned: PlannedCommunity | None,
    community: int,
    asked: DivisionQuestion,
) -> Base:
    in_force = None if planned is None else planned.in_force
    plan_id = asked.draft if asked.draft is not None else in_force
    if plan_id is None:
        if planned is None:
            raise NotFoundError("community {community} has no plots yet", community=community)
        about = _ground(c, plot_store, policy, planned.tessellation)
        nothing = np.full(about.graph.plots, -1, np.int64)
        return _made(c, policy, about, None, 0, nothing, None, {}, np.full(len(nothing), -1))
    head = read.plan_head(c, plan_id)
    state = load_state(c, plot_store, head, community)
    before = state.plan.grid
    stays = {g for g, row in state.grids.items() if row.type == "dedicated"}
    if asked.keep_locked:
        stays |= state.plan.locked_grids | {int(before[p]) for p in state.plan.locked_plots}
    if stays & set(asked.grids):
        raise InputError("the grid is locked or dedicated: unlock it first")
    kept = np.where(np.isin(before, sorted(stays)), before, -1)
    reference = None
    if in_force == plan_id:
        reference = before
    elif (
        planned is not None
        and in_force is not None
        and planned.in_force_tessellation == state.about.tessellation
    ):
        reference = read.assignment(c, in_force, state.about.tessellation)
    numbers = {g: row.number for g, row in state.grids.items()}
    return _made(c, policy, state.about, plan_id, head.version, before, reference, numbers, kept)


def _ground(
    c: Connection, plot_store: PlotStore, policy: Policy, tessellation: int
) -> CommunityPlots:
    return plot_store.get(
        c, tessellation, policy.code, policy.measuring_srid, policy.household_measure
    )


def _made(
    c: Connection,
    policy: Policy,
    about: CommunityPlots,
    plan_id: int | None,
    version: int,
    before: NDArray[np.int64],
    reference: NDArray[np.int64] | None,
    numbers: Mapping[int, int],
    kept: NDArray[Any],
) -> Base:
    footprints = read_ground.community_buildings(c, about.community_id, about.srid)
    own = footprints[footprints["community_id"] == about.community_id]
    oversize = about.plot_ids[about.graph.problem.households > policy.households_max]
    return Base(
        about,
        plan_id,
        version,
        before,
        reference,
        kept.astype(np.int64),
        numbers,
        policy.households_max,
        policy.households_min,
        *count_doubts(c, about.tessellation, policy.household_measure),
        own.reset_index(drop=True),
        {about.position(i): name for i, name in plot_names(c, oversize.tolist()).items()},
    )


def make_candidates(
    bases: Sequence[Base], asked: DivisionQuestion, say: Say, cancel: Cancel
) -> DivisionResult:
    """Return candidates side by side; nothing is written. What came out twice stands once, and
    ``also`` names the other wishes and seeds that led to it.

    ``say``: share done and what is being worked on. Raises Cancelled, InputError.
    """
    west, south, east, north = bounds_of(bases)
    step_m = max(east - west, north - south, 1.0) / (OUTLINE_STEPS * max(1, len(bases) ** 0.5))
    origin = (west, north)
    variants = asked.variants()
    whole = sum(b.about.graph.plots for b in bases) * len(variants)
    done = 0
    candidates: list[Candidate] = []
    seen: dict[bytes, Candidate] = {}
    for at, (prefer, seed) in enumerate(variants):
        found: list[Outcome] = []
        for base in bases:
            about = {"community": base.about.name, "prefer": prefer, "of": len(variants),
                     "candidate": at + 1}  # fmt: skip

            def share(part: float, done: int = done, base: Base = base,
                      about: StoredJson = about) -> None:  # fmt: skip
                say((done + part * base.about.graph.plots) / whole, about)

            share(0.0)
            if cancel():
                raise Cancelled("the division was stopped")
            division = solve(base, asked, prefer, seed, share, cancel)
            explain = asked.what in ("divide", "repair")
            found.append(outcome(base, division, origin, step_m, explain=explain))
            done += base.about.graph.plots
        mark = b"".join(np.array(o.row["targets"], np.int64).tobytes() for o in found)
        if mark in seen:
            seen[mark]["also"].append((prefer, seed))
        else:
            seen[mark] = _candidate(prefer, seed, found)
            candidates.append(seen[mark])
    return {
        "what": asked.what,
        "draft": asked.draft,
        "keep_locked": asked.keep_locked,
        "limit": bases[0].limit,
        "minimum": bases[0].minimum,
        "box": [round((east - west) / step_m), round((north - south) / step_m)],
        "before": measures_before(bases),
        "communities": [as_it_is(base, origin, step_m) for base in bases],
        "candidates": candidates,
    }


def solve(
    base: Base,
    asked: DivisionQuestion,
    prefer: Prefer | None,
    seed: int,
    progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> Division:
    """Return one community's division as asked (clauses 1 and 2). Raises InputError."""
    _, locked = np.unique(base.kept, return_inverse=True)
    stays = base.kept >= 0
    numbers = np.where(stays, locked - int((~stays).any()), -1).astype(np.int32)
    problem = replace(base.problem, locked=numbers)
    options = Options(
        households_max=base.limit,
        households_min=base.minimum,
        prefer=prefer,
        seed=seed,
        keep_estates=asked.keep_estates,
        follow_streets=asked.follow_streets,
    )
    before, ids = compact(base.before)
    if asked.what == "divide":
        return divide(problem, options, progress, cancel)
    if asked.what == "repair":
        return repair(problem, before, options, cancel)
    unknown = [g for g in asked.grids if g not in ids]
    if unknown:
        raise NotFoundError("grid {unknown} has no plots in this community", unknown=unknown[0])
    places = [ids.index(g) for g in asked.grids]
    if asked.what == "split":
        return _as_division(problem, base, split_in_two(problem, before, places[0], options))
    return _as_division(problem, base, _evened(problem, before, places[0], places[1], options))


def _evened(
    problem: Problem, before: NDArray[np.int32], one: int, two: int, options: Options
) -> NDArray[np.int32]:
    """Even two grids as far as buildings allow: the tightest of some limits that can be kept.

    Without it a street between the two would weigh more than their loads. Where none of the
    limits gives loads more even than they are, the two stay as they are.
    """
    mine = (before == one) | (before == two)
    whole = int(problem.households[mine].sum())

    def fuller(label: NDArray[np.int32]) -> int:
        return int(max(problem.households[label == g].sum() for g in (one, two)))

    best = before
    for slack in EVEN_SLACKS:
        cap = min(options.households_max, math.ceil(whole / 2 * slack))
        found = even_two(problem, before, one, two, replace(options, households_max=max(1, cap)))
        if fuller(found) < fuller(best):
            best = found
        if fuller(best) <= cap:
            break
    return best


def _as_division(problem: Problem, base: Base, assignment: NDArray[np.int32]) -> Division:
    bound = lower_bound(problem, base.limit)
    grids = int(assignment.max()) + 1
    return Division(assignment, grids, bound, bound)


def _candidate(prefer: Prefer | None, seed: int, found: Sequence[Outcome]) -> Candidate:
    return {
        "prefer": prefer,
        "seed": seed,
        "also": [],
        "measures": measures_row(total([o.measures for o in found])),
        "moved": None
        if all(o.moved is None for o in found)
        else sum(o.moved for o in found if o.moved is not None),
        "changed": sum(o.changed for o in found),
        "changed_buildings": sum(o.row["changed_buildings"] for o in found),
        "passed": all(o.row["passed"] for o in found),
        "communities": [o.row for o in found],
    }
