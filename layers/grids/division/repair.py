"""Bring a plan in force into order with the least change.

1. A building over the limit leaves its grid for one of its own.
2. A grid in several pieces keeps the one with most households; the others, and plots without a
   grid, go to the neighbour with most room, or become a grid where no neighbour has room.
3. Households leave grids over the limit for neighbours, in chains if need be, as few as can be
   found.
4. Where that is not enough, the fullest grid is split and the search goes on.

Locked grids are not touched. How many moved is counted against the best match of old and new grids.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from layers.grids.division.divide import divide
from layers.grids.division.moves import Rules
from layers.grids.division.piece import make_state, typical_side_m
from layers.grids.division.problem import (
    Cancel,
    Division,
    Options,
    Problem,
    lower_bound,
    make_graph,
    packing_bound,
    pieces,
)
from layers.grids.division.search import Schedule, search, settle
from layers.grids.division.tree import (
    Graph,
    Work,
    cost_cuts,
    make_random,
    make_work,
    mark_side,
    random_tree,
    uniform,
)
from layers.kit.errors import Cancelled, InputError
from layers.kit.findings import Finding

_NEW_GRID = 1 / 3
"""A new grid counts as much as moving this share of the limit."""

_SPLITS = 4
"""So many ways of splitting a grid are tried."""

_SEARCHES = ((0.1, 0.6), (0.1, 2.0), (0.03, 2.0))
"""Weight of a household's home and first temperature: near, farther, and long chains."""


def repair(
    problem: Problem,
    assignment: NDArray[np.int32],
    options: Options | None = None,
    cancel: Cancel | None = None,
) -> Division:
    """Return the plan with over-limit and broken grids in order, moving few households.

    ``assignment``: (n,) grid of every plot, 0 … k - 1, or -1 for none. Grids keep their numbers,
    new ones are k, k + 1 … Findings tell what moved and why, and whether fewer grids would do.
    """
    options = options or Options()
    began = time.perf_counter()
    if len(assignment) != len(problem.households):
        raise InputError(
            "{count} assignments for {count_2} plots",
            count=len(assignment),
            count_2=len(problem.households),
        )
    label = assignment.astype(np.int64).copy()
    locked = problem.locked >= 0
    oversize = (problem.households > options.households_max) & ~locked
    why = _reasons(problem, label, options.households_max, oversize)
    made = int(label.max(initial=-1)) + 1
    for plot in np.flatnonzero(oversize):
        if (label == label[plot]).sum() > 1 or label[plot] < 0:
            label[plot] = made
            made += 1
    free = ~locked & ~oversize
    made = _join_pieces(problem, label, free, made, options.households_max)
    label = _relieve(problem, label, free, made, options, cancel)
    final, moved = _match(problem, assignment, label)
    findings = _moves(problem, assignment, final, why)
    findings += _fewer(problem, final, options)
    return Division(
        final.astype(np.int32),
        int(final.max(initial=-1)) + 1,
        lower_bound(problem, options.households_max),
        lower_bound(problem, options.households_max),
        tuple(findings),
        time.perf_counter() - began,
        moved,
    )


def _reasons(
    problem: Problem, label: NDArray[np.int64], limit: int, oversize: NDArray[np.bool_]
) -> dict[int, str]:
    """Return what is wrong with each grid of the plan, the first that holds."""
    why: dict[int, str] = {-1: "unassigned"}
    for grid in np.unique(label[label >= 0]):
        mine = label == grid
        if (mine & oversize).any() and mine.sum() > 1:
            why[int(grid)] = "oversize_building"
        elif len(pieces(problem, mine)) > 1:
            why[int(grid)] = "in_pieces"
        elif mine.sum() > 1 and int(problem.households[mine].sum()) > limit:
            why[int(grid)] = "over_limit"
    return why


def _join_pieces(
    problem: Problem, label: NDArray[np.int64], free: NDArray[np.bool_], made: int, limit: int
) -> int:
    """Give every loose piece a grid (clause 2); change ``label``; return the number of grids."""
    loose: list[NDArray[np.int64]] = []
    for grid in np.unique(label[free]):
        mine = free & (label == grid)
        parts = pieces(problem, mine)
        if grid >= 0:
            weight = [
                (int(problem.households[p].sum()), float(problem.area_m2[p].sum())) for p in parts
            ]
            parts.pop(max(range(len(parts)), key=weight.__getitem__))
        loose += parts
    for part in loose:
        label[part] = -1
    loose.sort(key=lambda part: (-int(problem.households[part].sum()), int(part[0])))
    while loose:
        waiting: list[NDArray[np.int64]] = []
        for part in loose:
            target = _roomiest(problem, label, free, part, limit)
            if target is None:
                waiting.append(part)
            else:
                label[part] = target
        if len(waiting) == len(loose):  # the first of them becomes a grid; others may join it
            label[waiting.pop(0)] = made
            made += 1
        loose = waiting
    return made


def _roomiest(
    problem: Problem,
    label: NDArray[np.int64],
    free: NDArray[np.bool_],
    part: NDArray[np.int64],
    limit: int,
) -> int | None:
    """Return the neighbouring grid with the longest border of those that have room."""
    inside = np.zeros(len(label), np.bool_)
    inside[part] = True
    across = inside[problem.a] != inside[problem.b]
    beyond = np.where(inside[problem.a], problem.b, problem.a)[across]
    shared = problem.shared_m[across]
    usable = free[beyond] & (label[beyond] >= 0)
    if not usable.any():
        return None
    border = np.bincount(label[beyond[usable]], shared[usable])
    need = int(problem.households[part].sum())
    for grid in np.argsort(-border, kind="stable"):
        if border[grid] <= 0:
            return None
        if need == 0 or int(problem.households[label == grid].sum()) + need <= limit:
            return int(grid)
    return None


def _relieve(
    problem: Problem,
    label: NDArray[np.int64],
    free: NDArray[np.bool_],
    made: int,
    options: Options,
    cancel: Cancel | None,
) -> NDArray[np.int64]:
    """Move plots out of grids over the limit (clauses 3 and 4)."""
    plots = np.flatnonzero(free)
    if len(plots) == 0:
        return label
    names, local = np.unique(label[plots], return_inverse=True)
    local = local.astype(np.int64)
    homes = local.copy()
    unit_m = typical_side_m(problem, plots, len(names))
    graph = make_graph(problem, plots, options, unit_m)
    work = make_work(len(plots), len(graph.other) // 2)
    random = make_random(options.seed)
    if (np.bincount(local, graph.households) <= options.households_max).all():
        return label
    bound = packing_bound(graph.households, options.households_max)
    allowance = _NEW_GRID * options.households_max
    starts = [local]
    best: tuple[float, NDArray[np.int64], int] | None = None
    for grids in range(len(names), len(plots) + 1):
        if cancel is not None and cancel():
            raise Cancelled("the repair was stopped")
        found = [
            _least_moves(graph, work, start, homes, grids, options, random)
            for start in starts
            if grids >= bound  # else no search can succeed
        ]
        broken, moved, near = min(found, key=lambda answer: answer[:2], default=(1.0, 0.0, local))
        if broken == 0:
            cost = moved + allowance * (grids - len(names))
            if best is not None and cost >= best[0]:
                break
            best = (cost, near, grids)
            if moved <= allowance:
                break
        starts = [
            _halved(graph, work, start, grids, options.households_max, random)
            for start in (starts if len(starts) > 1 else starts * _SPLITS)
        ]
        starts = [start for start in starts if (start == grids).any()]
        if not starts:
            break
    if best is None:
        raise InputError("the plan cannot be brought under the limit; divide the community anew")
    _, local, grids = best
    result = label.copy()
    numbers = np.concatenate([names, made + np.arange(grids - len(names))])
    result[plots] = numbers[local]
    return result


def _least_moves(
    graph: Graph,
    work: Work,
    local: NDArray[np.int64],
    homes: NDArray[np.int64],
    grids: int,
    options: Options,
    random: NDArray[np.uint64],
) -> tuple[float, float, NDArray[np.int64]]:
    """Search, some times over, for a division within the limit that is near to the homes.

    Returns the households still over the limit, those away from home, and the division.
    """
    mean = max(1e-9, float(graph.households.sum()) / grids)
    best = local
    least = (1e300, 0.0, 0.0)
    steps = 300 + 60 * grids
    moves = min(200, 2 * len(graph.other))
    for stay, heat in _SEARCHES:
        rules = Rules(options.households_max, 0.0, mean, 0.3, 0.0, stay)
        state = make_state(local, grids, 0.5)
        state.home[:] = homes
        settle(graph, state, rules)
        for hot, cold, rise in ((heat, 0.05, 0.1), (0.05, 0.004, 0.0)):
            schedule = Schedule(steps, moves, hot, cold, rise, True, 0.5, False, False)
            search(graph, state, work, rules, schedule, random)
            state.label[:] = state.best
            settle(graph, state, rules)
            state.scalars[1] = 20.0
        moved = int(graph.households[state.best != homes].sum())
        found = (float(state.whole[1]), float(moved), float(state.scalars[3]))
        if found < least:
            least, best = found, state.best.copy()
    return least[0], least[1], best


def _halved(
    graph: Graph,
    work: Work,
    local: NDArray[np.int64],
    new: int,
    limit: int,
    random: NDArray[np.uint64],
) -> NDArray[np.int64]:
    """Return the division with its fullest grid split, at the best cut of a few random trees:
    both parts within the limit if may be, the new one small."""
    result = local.copy()
    loads = np.bincount(local, graph.households, new)
    several = np.bincount(local, minlength=new) > 1
    fullest = int(np.where(several, loads, -1).argmax())
    mine = np.flatnonzero(local == fullest)
    if len(mine) < 2:
        return result
    work.nodes[: len(mine)] = mine
    work.place[mine] = np.arange(len(mine))
    total = int(graph.households[mine].sum())
    best: tuple[float, NDArray[np.bool_]] | None = None
    for _ in range(3):
        reached, edges = random_tree(graph, work, len(mine), random, True)
        cost_cuts(graph, work, reached, edges)
        for x in range(1, reached):
            top = int(work.order[x])
            here = int(work.load[top])
            over = max(0, here - limit) + max(0, total - here - limit)
            cost = over * 1e3 + min(here, total - here) + 0.1 * limit * float(work.cut[top])
            cost *= 1.0 + 0.2 * float(uniform(random))  # so that several splits differ
            if best is None or cost < best[0]:
                mark_side(work, reached, top)
                side = work.side[: len(mine)].copy()
                best = (cost, side if 2 * here <= total else ~side)
    work.place[mine] = -1
    if best is not None:
        result[mine[best[1]]] = new
    return result


def _match(
    problem: Problem, before: NDArray[np.int32], label: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """Number grids after the old one of which they keep most; return the households that moved."""
    olds = int(before.max(initial=-1)) + 1
    names, local = np.unique(label, return_inverse=True)
    weight = problem.households + 1e-6 * problem.area_m2 / max(float(problem.area_m2.sum()), 1e-9)
    had = before >= 0
    kept = np.zeros((olds, len(names)))
    np.add.at(kept, (before[had], local[had]), weight[had])
    number = np.full(len(names), -1, np.int64)
    taken = np.zeros(olds, np.bool_)
    for at in np.argsort(-kept, axis=None, kind="stable"):
        old, new = divmod(int(at), len(names))
        if kept[old, new] > 0 and not taken[old] and number[new] < 0:
            number[new], taken[old] = old, True
    fresh = np.flatnonzero(number < 0)
    number[fresh] = olds + np.arange(len(fresh))
    final = number[local]
    moved = int(problem.households[had & (final != before)].sum())
    _, compact = np.unique(final, return_inverse=True)
    return compact.astype(np.int64), moved


def _moves(
    problem: Problem, before: NDArray[np.int32], final: NDArray[np.int64], why: dict[int, str]
) -> list[Finding]:
    """Say what moved from which grid to which, and why; ``makes_room`` for chains."""
    findings = []
    changed = np.flatnonzero(before != final)
    pairs = sorted({(int(before[plot]), int(final[plot])) for plot in changed})
    for old, new in pairs:
        mine = (before == old) & (final == new)
        findings.append(
            Finding(
                "plots_moved",
                "info",
                subject=str(new),
                values={
                    "from": old,
                    "to": new,
                    "plots": int(mine.sum()),
                    "households": int(problem.households[mine].sum()),
                    "reason": why.get(old, "makes_room"),
                },
            )
        )
    return findings


def _fewer(problem: Problem, final: NDArray[np.int64], options: Options) -> list[Finding]:
    """Say how many grids a new division would need, where that is fewer: made, not guessed."""
    have = len(np.unique(final))
    if have <= lower_bound(problem, options.households_max):
        return []
    fewest = divide(
        problem,
        Options(options.households_max, prefer="fewest", seed=options.seed, effort=0.2),
    ).grids
    if fewest >= have:
        return []
    return [Finding("fewer_grids_possible", "info", values={"grids": have, "possible": fewest})]
