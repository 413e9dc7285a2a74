"""Search for a better division: two grids united and divided anew, single plots moved in between.

The penalty of the energy (see ``division_moves``) oscillates: it rises while some grid breaks a
bound and falls while none does, so the search walks along the edge of what is allowed. A division
that keeps the bounds is always remembered before one that does not.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from layers.grids.division.moves import (
    away,
    breach,
    enter,
    grid_energy,
    leave,
    move_plots,
    remember,
)
from layers.grids.division.tree import below, cost_cuts, mark_side, random_tree, uniform


class Schedule(NamedTuple):
    """How long and how hot one stretch of the search is."""

    steps: int
    moves: int  # moves of single plots after each recombination
    hot: float  # temperature at the start
    cold: float  # and at the end
    rise: float  # growth of the penalty while bounds are broken, per step; 0 keeps it
    biased: bool  # trees prefer to be cut along streets and not inside estates
    swap: float  # how often an overflowing move is tried as a swap
    stop_when_allowed: bool
    recombine: bool = True  # off where plots have homes: a new tree would forget them


@njit(cache=True, nogil=True)
def settle(graph: Any, state: Any, rules: Any) -> None:
    """Recompute every sum of the state from its labels and start the record of the best."""
    k = len(state.load)
    for g in range(k):
        state.load[g] = 0
        state.size[g] = 0
        state.area[g] = 0.0
        state.perimeter[g] = 0.0
        state.first[g] = -1
    energy = 0.0
    for i in range(len(state.label)):
        g = state.label[i]
        enter(state.label, state.first, state.after, state.before, i, g)
        state.load[g] += graph.households[i]
        state.size[g] += 1
        state.area[g] += graph.area[i]
        energy += away(state.home[i], graph.households[i], g, rules)
        state.perimeter[g] += graph.perimeter[i]
        for q in range(graph.start[i], graph.start[i + 1]):
            if state.label[graph.other[q]] == g:
                state.perimeter[g] -= graph.length[q]
            else:
                energy += 0.5 * graph.weight[q]
    broken = 0
    for g in range(k):
        broken += breach(state.load[g], rules)
        energy += grid_energy(state.load[g], state.area[g], state.perimeter[g], rules)
    state.scalars[2] = energy
    state.scalars[3] = energy
    state.whole[0] = broken
    state.whole[1] = broken
    for i in range(len(state.label)):
        state.best[i] = state.label[i]


@njit(cache=True, nogil=True)
def _recombine(
    graph: Any, state: Any, work: Any, rules: Any, biased: Any, a: Any, b: Any, random: Any
) -> None:
    """Unite grids a and b and divide them anew at the best cut of a random tree, if accepted."""
    start = graph.start
    other = graph.other
    weight = graph.weight
    length = graph.length
    label = state.label
    grid_load = state.load
    grid_area = state.area
    grid_perimeter = state.perimeter
    scalars = state.scalars
    grid_size = state.size
    whole = state.whole
    nodes = work.nodes
    place = work.place
    order = work.order
    tree_load = work.load
    cut = work.cut
    tree_area = work.area
    tree_perimeter = work.perimeter
    border = work.border
    side = work.side
    first = state.first
    after = state.after
    before = state.before
    best = state.best
    count = 0
    i = first[a]
    while i >= 0:
        nodes[count] = i
        place[i] = count
        count += 1
        i = after[i]
    i = first[b]
    while i >= 0:
        nodes[count] = i
        place[i] = count
        count += 1
        i = after[i]
    now = 0.0
    between = 0.0
    for c in range(count):
        i = nodes[c]
        if label[i] != a:
            continue
        for q in range(start[i], start[i + 1]):
            if label[other[q]] == b:
                now += weight[q]
                between += length[q]
    total = grid_load[a] + grid_load[b]
    area = grid_area[a] + grid_area[b]
    perimeter = grid_perimeter[a] + grid_perimeter[b] - 2.0 * between
    energy = (
        now
        + grid_energy(grid_load[a], grid_area[a], grid_perimeter[a], rules)
        + grid_energy(grid_load[b], grid_area[b], grid_perimeter[b], rules)
    )
    broken = breach(grid_load[a], rules) + breach(grid_load[b], rules)
    penalty = scalars[1]
    reached, edges = random_tree(graph, work, count, random, biased)
    # Most trees have no cut within the bounds: see that before costing borders.
    most = broken + (energy + 12.0 * scalars[0]) / penalty
    hopeful = False
    for x in range(1, reached):
        here = tree_load[order[x]]
        if breach(here, rules) + breach(total - here, rules) < most:
            hopeful = True
            break
    if not hopeful:
        for c in range(count):
            place[nodes[c]] = -1
        return
    cost_cuts(graph, work, reached, edges)
    top = np.int64(-1)
    least = 1e300
    for x in range(1, reached):
        y = order[x]
        here = tree_load[y]
        value = cut[y] + penalty * (breach(here, rules) + breach(total - here, rules))
        if value >= least:
            continue
        value += grid_energy(here, tree_area[y], tree_perimeter[y], rules) + grid_energy(
            total - here,
            area - tree_area[y],
            perimeter - tree_perimeter[y] + 2.0 * border[y],
            rules,
        )
        if value < least:
            least = value
            top = y
    difference = least - energy - penalty * broken
    if top >= 0 and (difference <= 0.0 or uniform(random) < math.exp(-difference / scalars[0])):
        here = tree_load[top]
        new_broken = breach(here, rules) + breach(total - here, rules)
        size = mark_side(work, reached, top)
        for c in range(count):
            i = nodes[c]
            g = a if side[c] else b
            if label[i] != g:
                leave(label, first, after, before, i)
                enter(label, first, after, before, i, g)
        grid_load[a] = here
        grid_load[b] = total - here
        grid_size[a] = size
        grid_size[b] = count - size
        grid_area[a] = tree_area[top]
        grid_area[b] = area - tree_area[top]
        grid_perimeter[a] = tree_perimeter[top]
        grid_perimeter[b] = perimeter - tree_perimeter[top] + 2.0 * border[top]
        whole[0] += new_broken - broken
        scalars[2] += difference + penalty * (broken - new_broken)
        remember(label, best, scalars, whole)
    for c in range(count):
        place[nodes[c]] = -1


@njit(cache=True, nogil=True)
def _border(graph: Any, state: Any, rules: Any, random: Any) -> Any:
    """Return a random border between grids, half the time of a grid in breach; -1 for none."""
    edges = len(graph.other)
    wanted = state.whole[0] > 0 and uniform(random) < 0.5
    found = -1
    for _ in range(200):
        q = below(random, edges)
        a = state.label[graph.source[q]]
        if a != state.label[graph.other[q]]:
            found = q
            if not wanted or breach(state.load[a], rules) > 0:
                return q
    return found


@njit(cache=True, nogil=True)
def search(graph: Any, state: Any, work: Any, rules: Any, schedule: Any, random: Any) -> Any:
    """Anneal the state; return the steps taken. scalars[0] (temperature) falls to the cold end."""
    ratio = (schedule.cold / schedule.hot) ** (1.0 / max(1, schedule.steps))
    state.scalars[0] = schedule.hot
    if len(graph.other) == 0 or len(state.load) < 2:
        return 0
    for step in range(schedule.steps):
        if schedule.stop_when_allowed and state.whole[1] == 0:
            return step
        q = _border(graph, state, rules, random)
        if q >= 0 and schedule.recombine:
            a = state.label[graph.source[q]]
            b = state.label[graph.other[q]]
            _recombine(graph, state, work, rules, schedule.biased, a, b, random)
        move_plots(
            graph,
            state,
            work,
            rules,
            schedule.moves,
            schedule.swap,
            schedule.stop_when_allowed,
            random,
        )
        state.scalars[0] *= ratio
        if schedule.rise > 0.0:
            if state.whole[0] > 0:
                state.scalars[1] = min(state.scalars[1] * (1.0 + schedule.rise), 20.0)
            else:
                state.scalars[1] = max(
                    state.scalars[1] * (1.0 - 0.3 * schedule.rise), 0.1 * state.scalars[0]
                )
    return schedule.steps
