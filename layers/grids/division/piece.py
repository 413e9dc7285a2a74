"""Divide one connected piece into a given number of grids: first allowed, then good."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from layers.grids.division.moves import Rules, State
from layers.grids.division.problem import (
    Options,
    Problem,
    Progress,
    make_graph,
    packing_bound,
    whole_estates,
)
from layers.grids.division.search import Schedule, search, settle
from layers.grids.division.start import initial_division, pack_trees
from layers.grids.division.tree import Graph, Work, make_random, make_work

_SHAPE = {"fewest": 1.0, "balanced": 1.0, "round": 1.5}
_SMALL = 120  # plots: below, attempts cost nearly nothing
_STRETCH = 1500  # recombinations between two questions whether to stop


def solve_piece(
    problem: Problem,
    plots: NDArray[np.int64],
    grids: int,
    options: Options,
    seed: int,
    report: Progress,
) -> NDArray[np.int64] | None:
    """Divide a connected piece into exactly ``grids`` within the limit, or return None."""
    n, limit = len(plots), options.households_max
    report(0.0)
    if grids == 1:
        total = int(problem.households[plots].sum())
        return np.zeros(n, np.int64) if total <= limit else None
    unit_m = typical_side_m(problem, plots, grids)
    random = make_random(seed + grids)
    for most in (limit, limit // 2, 0) if options.keep_estates > 0 else (0,):
        # Estates whole if it can be done, then the smaller ones, then none.
        group = whole_estates(problem, plots, most) if most else np.arange(n)
        if group is None or int(group.max()) + 1 < grids:
            continue
        graph = make_graph(problem, plots, options, unit_m, group)
        if most and packing_bound(graph.households, limit) > grids:
            continue
        work = make_work(len(graph.households), len(graph.other) // 2)
        # Who asks for the fewest or for a number waits longer before one more grid is given.
        patient = most == 0 and (options.grids is not None or options.prefer == "fewest")
        attempts = 2 if not patient else 10 if n > _SMALL else 24
        label = _allowed(graph, work, grids, options, attempts, random, report)
        if label is not None:
            return _improve(graph, work, grids, label, options, random, report)[group]
    return None


def pack_piece(
    problem: Problem, plots: NDArray[np.int64], options: Options, seed: int
) -> NDArray[np.int64]:
    """Divide a connected piece into however many grids the best random tree needs."""
    graph = make_graph(problem, plots, options, typical_side_m(problem, plots, 2))
    work = make_work(len(plots), len(graph.other) // 2)
    random = make_random(seed)
    label = pack_trees(graph, work, options.households_max, 300, random)
    grids = int(label.max()) + 1
    if grids < 2:
        return np.asarray(label)
    return _improve(graph, work, grids, label, options, random, lambda _share: None)


def typical_side_m(problem: Problem, plots: NDArray[np.int64], grids: int) -> float:
    """Return the side of a typical grid, the length that counts as 1."""
    return math.sqrt(max(float(problem.area_m2[plots].sum()) / grids, 1e-6))


def make_state(label: NDArray[np.int64], grids: int, penalty: float) -> State:
    """Return a division to be searched, its sums not yet settled, without homes."""
    n = len(label)
    return State(
        label=label.astype(np.int64).copy(),
        best=np.zeros(n, np.int64),
        home=np.full(n, -1, np.int64),
        load=np.zeros(grids, np.int64),
        size=np.zeros(grids, np.int64),
        area=np.zeros(grids),
        perimeter=np.zeros(grids),
        first=np.zeros(grids, np.int64),
        after=np.zeros(n, np.int64),
        before=np.zeros(n, np.int64),
        scalars=np.array([1.0, penalty, 0.0, 0.0]),
        whole=np.zeros(3, np.int64),
    )


def _allowed(
    graph: Graph,
    work: Work,
    grids: int,
    options: Options,
    attempts: int,
    random: NDArray[np.uint64],
    report: Progress,
) -> NDArray[np.int64] | None:
    """Search a division within the limit: uniform trees, no border costs (both would hinder)."""
    limit = options.households_max
    mean = max(1e-9, float(graph.households.sum()) / grids)
    rules = Rules(limit, 0.0, mean, 0.0, 0.0)
    bare = graph._replace(weight=np.zeros_like(graph.weight))
    # Temperatures in households: for houses first, then for what a typical household lives in.
    chunk = float((graph.households**2).sum() / max(1, graph.households.sum()))
    mild = limit / 150.0  # two households at a limit of 300: best where houses are small
    heats = [
        3.0 * mild,
        mild,
        max(3.0 * mild, 0.4 * chunk),
        mild,
        max(3.0 * mild, 0.8 * chunk),
        mild,
    ]
    for attempt in range(attempts):
        label = initial_division(graph, work, limit, grids, 4, random)
        state = make_state(label, grids, 1.0)
        settle(bare, state, rules)
        steps = int((600 + 200 * grids) * options.effort)
        warm = heats[attempt % len(heats)]
        taken = 0
        while taken < steps and state.whole[1] > 0:
            report(0.0)
            stretch = min(_STRETCH, steps - taken)
            hot, cold = (warm * 0.25 ** ((taken + part) / steps) for part in (0, stretch))
            schedule = Schedule(stretch, 60, hot, cold, 0.0, False, 0.5, True)
            search(bare, state, work, rules, schedule, random)
            taken += stretch
        if state.whole[1] == 0:
            return state.best.copy()
    return None


def _improve(
    graph: Graph,
    work: Work,
    grids: int,
    label: NDArray[np.int64],
    options: Options,
    random: NDArray[np.uint64],
    report: Progress,
) -> NDArray[np.int64]:
    """Improve borders and shapes of an allowed division; the answer is allowed as well."""
    style = options.prefer or "balanced"
    mean = max(1e-9, float(graph.households.sum()) / grids)
    floor = min(float(options.households_min or 0.6 * mean), mean)
    even = 30.0 if options.prefer == "balanced" else 0.5 if options.grids is None else 2.0
    rules = Rules(options.households_max, floor, mean, _SHAPE[style], even)
    state = make_state(label, grids, 0.5)
    settle(graph, state, rules)
    steps = max(60, int(190 * grids * options.effort))
    taken = 0
    hot, cold = 0.8, 0.04
    while taken < steps:
        report(0.1 + 0.8 * taken / steps)
        stretch = min(_STRETCH, steps - taken)
        start, end = (hot * (cold / hot) ** ((taken + part) / steps) for part in (0, stretch))
        search(
            graph,
            state,
            work,
            rules,
            Schedule(stretch, 200, start, end, 0.1, True, 0.5, False),
            random,
        )
        taken += stretch
    # From the best that was met, straight down: the limit as a wall.
    state.label[:] = state.best
    settle(graph, state, rules)
    state.scalars[1] = 20.0
    search(
        graph,
        state,
        work,
        rules,
        Schedule(max(20, steps // 12), 200, cold, 0.004, 0.0, True, 0.5, False),
        random,
    )
    return state.best.copy()
