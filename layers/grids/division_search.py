"""Search for a better division: tree recombination of two grids, moves and swaps of single plots.

Energy of a division, dimensionless (lengths in units of a typical grid's side):
weighted borders + Σ over grids of ``shape`` · (1 - Polsby-Popper) + ``even`` · (load/mean - 1)²,
and ``penalty`` for every household over the limit or under the floor. The penalty oscillates:
it rises while some grid breaks a bound and falls while none does, so the search walks along the
edge of what is allowed. Only divisions that keep the bounds are remembered once one is found.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from layers.grids.division_tree import below, mark_side, random_tree, uniform


class Rules(NamedTuple):
    """What makes a grid good; see the module's energy."""

    limit: int
    floor: int
    mean: float
    shape: float
    even: float


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


class State(NamedTuple):
    """A division under search. Arrays change in place; ``scalars``: temperature, penalty, energy,
    best energy; ``whole``: households in breach, the same of the best, stamp."""

    label: NDArray[np.int64]
    best: NDArray[np.int64]
    load: NDArray[np.int64]
    size: NDArray[np.int64]
    area: NDArray[np.float64]
    perimeter: NDArray[np.float64]
    first: NDArray[np.int64]  # grid → a plot of it, chained by after/before
    after: NDArray[np.int64]
    before: NDArray[np.int64]
    scalars: NDArray[np.float64]
    whole: NDArray[np.int64]


@njit(cache=True, nogil=True)
def breach(load: Any, rules: Any) -> Any:
    """Return the households over the limit or short of the floor."""
    return max(0, load - rules.limit) + max(0, rules.floor - load)


@njit(cache=True, nogil=True)
def grid_energy(load: Any, area: Any, perimeter: Any, rules: Any) -> Any:
    """Return the energy of one grid: its roundness and its share of the load."""
    round_share = min(1.0, 4.0 * math.pi * area / max(perimeter * perimeter, 1e-12))
    uneven = load / rules.mean - 1.0
    return rules.shape * (1.0 - round_share) + rules.even * uneven * uneven


@njit(cache=True, nogil=True)
def _enter(state: Any, i: Any, g: Any) -> None:
    old = state.first[g]
    state.after[i] = old
    state.before[i] = -1
    if old >= 0:
        state.before[old] = i
    state.first[g] = i
    state.label[i] = g


@njit(cache=True, nogil=True)
def _leave(state: Any, i: Any) -> None:
    nxt = state.after[i]
    prv = state.before[i]
    if prv >= 0:
        state.after[prv] = nxt
    else:
        state.first[state.label[i]] = nxt
    if nxt >= 0:
        state.before[nxt] = prv


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
        _enter(state, i, g)
        state.load[g] += graph.households[i]
        state.size[g] += 1
        state.area[g] += graph.area[i]
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
    state.best[:] = state.label


@njit(cache=True, nogil=True)
def _holds_without(graph: Any, state: Any, work: Any, i: Any, a: Any, touching: Any) -> Any:
    """Tell whether grid ``a`` stays in one piece without plot i, which touches it at
    ``touching`` of its neighbours: every one of those must be reached from the first."""
    if touching <= 1:
        return touching == 1
    state.whole[2] += 1
    stamp = state.whole[2]
    wanted = touching
    top = 0
    work.seen[i] = stamp
    for q in range(graph.start[i], graph.start[i + 1]):
        j = graph.other[q]
        if state.label[j] == a:
            work.seen[j] = stamp
            work.stack[0] = j
            top = 1
            wanted -= 1
            break
    while top > 0 and wanted > 0:
        top -= 1
        x = work.stack[top]
        for q in range(graph.start[x], graph.start[x + 1]):
            y = graph.other[q]
            if state.label[y] == a and work.seen[y] != stamp:
                work.seen[y] = stamp
                work.stack[top] = y
                top += 1
                for r in range(graph.start[i], graph.start[i + 1]):
                    if graph.other[r] == y:
                        wanted -= 1
                        break
    return wanted == 0


@njit(cache=True, nogil=True)
def _remember(state: Any) -> None:
    if state.whole[0] < state.whole[1] or (
        state.whole[0] == state.whole[1] and state.scalars[2] < state.scalars[3] - 1e-9
    ):
        state.whole[1] = state.whole[0]
        state.scalars[3] = state.scalars[2]
        state.best[:] = state.label


@njit(cache=True, nogil=True)
def _recombine(
    graph: Any, state: Any, work: Any, rules: Any, biased: Any, a: Any, b: Any, random: Any
) -> None:
    """Unite grids a and b and divide them anew at the best cut of a random tree, if accepted."""
    count = 0
    i = state.first[a]
    while i >= 0:
        work.nodes[count] = i
        work.place[i] = count
        count += 1
        i = state.after[i]
    i = state.first[b]
    while i >= 0:
        work.nodes[count] = i
        work.place[i] = count
        count += 1
        i = state.after[i]
    now = 0.0
    between = 0.0
    for c in range(count):
        i = work.nodes[c]
        if state.label[i] != a:
            continue
        for q in range(graph.start[i], graph.start[i + 1]):
            if state.label[graph.other[q]] == b:
                now += graph.weight[q]
                between += graph.length[q]
    total = state.load[a] + state.load[b]
    area = state.area[a] + state.area[b]
    perimeter = state.perimeter[a] + state.perimeter[b] - 2.0 * between
    energy = (
        now
        + grid_energy(state.load[a], state.area[a], state.perimeter[a], rules)
        + grid_energy(state.load[b], state.area[b], state.perimeter[b], rules)
    )
    broken = breach(state.load[a], rules) + breach(state.load[b], rules)
    penalty = state.scalars[1]
    reached = random_tree(graph, work, count, random, biased)
    top = -1
    least = 1e300
    for x in range(1, reached):
        y = work.order[x]
        here = work.load[y]
        value = work.cut[y] + penalty * (breach(here, rules) + breach(total - here, rules))
        if value >= least:
            continue
        value += grid_energy(here, work.area[y], work.perimeter[y], rules) + grid_energy(
            total - here,
            area - work.area[y],
            perimeter - work.perimeter[y] + 2.0 * work.border[y],
            rules,
        )
        if value < least:
            least = value
            top = y
    difference = least - energy - penalty * broken
    if top >= 0 and (
        difference <= 0.0 or uniform(random) < math.exp(-difference / state.scalars[0])
    ):
        here = work.load[top]
        new_broken = breach(here, rules) + breach(total - here, rules)
        size = mark_side(work, reached, top)
        for c in range(count):
            i = work.nodes[c]
            g = a if work.side[c] else b
            if state.label[i] != g:
                _leave(state, i)
                _enter(state, i, g)
        state.load[a] = here
        state.load[b] = total - here
        state.size[a] = size
        state.size[b] = count - size
        state.area[a] = work.area[top]
        state.area[b] = area - work.area[top]
        state.perimeter[a] = work.perimeter[top]
        state.perimeter[b] = perimeter - work.perimeter[top] + 2.0 * work.border[top]
        state.whole[0] += new_broken - broken
        state.scalars[2] += difference + penalty * (broken - new_broken)
        _remember(state)
    for c in range(count):
        work.place[work.nodes[c]] = -1


@njit(cache=True, nogil=True)
def _move(
    graph: Any, state: Any, work: Any, rules: Any, q: Any, swap: Any, random: Any
) -> None:
    """Move the plot at the near end of border ``q`` over it, or swap it, if accepted."""
    i = graph.source[q]
    a = state.label[i]
    b = state.label[graph.other[q]]
    if a == b or state.size[a] <= 1:
        return
    to_a = 0.0
    to_b = 0.0
    cut = 0.0
    touching = 0
    for r in range(graph.start[i], graph.start[i + 1]):
        g = state.label[graph.other[r]]
        if g == a:
            to_a += graph.length[r]
            cut += graph.weight[r]
            touching += 1
        elif g == b:
            to_b += graph.length[r]
            cut -= graph.weight[r]
    if touching == 0:
        return
    penalty = state.scalars[1]
    load_a = state.load[a] - graph.households[i]
    load_b = state.load[b] + graph.households[i]
    broken = breach(state.load[a], rules) + breach(state.load[b], rules)
    worse = breach(load_a, rules) + breach(load_b, rules) - broken
    if worse > 0 and state.size[b] > 1 and uniform(random) < swap:
        _swap(graph, state, work, rules, i, a, b, touching, cut, random)
        return
    area_a = state.area[a] - graph.area[i]
    area_b = state.area[b] + graph.area[i]
    perimeter_a = state.perimeter[a] - graph.perimeter[i] + 2.0 * to_a
    perimeter_b = state.perimeter[b] + graph.perimeter[i] - 2.0 * to_b
    change = (
        cut
        + grid_energy(load_a, area_a, perimeter_a, rules)
        + grid_energy(load_b, area_b, perimeter_b, rules)
        - grid_energy(state.load[a], state.area[a], state.perimeter[a], rules)
        - grid_energy(state.load[b], state.area[b], state.perimeter[b], rules)
    )
    difference = change + penalty * worse
    if difference > 0.0 and uniform(random) >= math.exp(-difference / state.scalars[0]):
        return
    if not _holds_without(graph, state, work, i, a, touching):
        return
    _leave(state, i)
    _enter(state, i, b)
    state.load[a] = load_a
    state.load[b] = load_b
    state.size[a] -= 1
    state.size[b] += 1
    state.area[a] = area_a
    state.area[b] = area_b
    state.perimeter[a] = perimeter_a
    state.perimeter[b] = perimeter_b
    state.whole[0] += worse
    state.scalars[2] += change
    _remember(state)


@njit(cache=True, nogil=True)
def _swap(
    graph: Any,
    state: Any,
    work: Any,
    rules: Any,
    i: Any,
    a: Any,
    b: Any,
    touching: Any,
    cut: Any,
    random: Any,
) -> None:
    """Exchange plot i of grid a for some border plot of grid b, if accepted.

    ``cut`` is the change of border cost of moving i alone; ``touching`` its neighbours in a.
    """
    j = -1
    for attempt in range(12):
        if attempt < 6:
            r = graph.start[i] + below(random, graph.start[i + 1] - graph.start[i])
            x = graph.other[r]
            r = graph.start[x] + below(random, graph.start[x + 1] - graph.start[x])
        else:
            r = below(random, len(graph.other))
        if (
            state.label[graph.source[r]] == b
            and state.label[graph.other[r]] == a
            and graph.other[r] != i
        ):
            j = graph.source[r]
            break
    if j < 0 or graph.households[j] == graph.households[i]:
        return
    difference_load = graph.households[j] - graph.households[i]
    load_a = state.load[a] + difference_load
    load_b = state.load[b] - difference_load
    broken = breach(state.load[a], rules) + breach(state.load[b], rules)
    worse = breach(load_a, rules) + breach(load_b, rules) - broken
    if worse > 0 and state.scalars[1] * worse > 12.0 * state.scalars[0]:
        return
    i_a = 0.0
    i_b = 0.0
    landing = 0
    for r in range(graph.start[i], graph.start[i + 1]):
        x = graph.other[r]
        if x == j:
            cut += 2.0 * graph.weight[r]  # it stays a border, seen from both moves
        elif state.label[x] == b:
            landing += 1
            i_b += graph.length[r]
        elif state.label[x] == a:
            i_a += graph.length[r]
    if landing == 0:
        return
    j_a = 0.0
    j_b = 0.0
    touching_j = 0
    landing_j = 0
    for r in range(graph.start[j], graph.start[j + 1]):
        x = graph.other[r]
        if state.label[x] == b:
            cut += graph.weight[r]
            touching_j += 1
            j_b += graph.length[r]
        elif state.label[x] == a:
            cut -= graph.weight[r]
            if x != i:
                landing_j += 1
                j_a += graph.length[r]
    if landing_j == 0 or touching_j == 0:
        return
    area_a = state.area[a] - graph.area[i] + graph.area[j]
    area_b = state.area[b] + graph.area[i] - graph.area[j]
    perimeter_a = (
        state.perimeter[a] - graph.perimeter[i] + 2.0 * i_a + graph.perimeter[j] - 2.0 * j_a
    )
    perimeter_b = (
        state.perimeter[b] - graph.perimeter[j] + 2.0 * j_b + graph.perimeter[i] - 2.0 * i_b
    )
    change = (
        cut
        + grid_energy(load_a, area_a, perimeter_a, rules)
        + grid_energy(load_b, area_b, perimeter_b, rules)
        - grid_energy(state.load[a], state.area[a], state.perimeter[a], rules)
        - grid_energy(state.load[b], state.area[b], state.perimeter[b], rules)
    )
    difference = change + state.scalars[1] * worse
    if difference > 0.0 and uniform(random) >= math.exp(-difference / state.scalars[0]):
        return
    # Each grid must hold without the plot that leaves; the one that comes touches what stays.
    if not _holds_without(graph, state, work, i, a, touching):
        return
    if not _holds_without(graph, state, work, j, b, touching_j):
        return
    _leave(state, i)
    _enter(state, i, b)
    _leave(state, j)
    _enter(state, j, a)
    state.load[a] = load_a
    state.load[b] = load_b
    state.area[a] = area_a
    state.area[b] = area_b
    state.perimeter[a] = perimeter_a
    state.perimeter[b] = perimeter_b
    state.whole[0] += worse
    state.scalars[2] += change
    _remember(state)


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
def search(
    graph: Any, state: Any, work: Any, rules: Any, schedule: Any, random: Any
) -> Any:
    """Anneal the state; return the steps taken. scalars[0] (temperature) falls to the cold end."""
    ratio = (schedule.cold / schedule.hot) ** (1.0 / max(1, schedule.steps))
    state.scalars[0] = schedule.hot
    edges = len(graph.other)
    if edges == 0 or len(state.load) < 2:
        return 0
    for step in range(schedule.steps):
        if schedule.stop_when_allowed and state.whole[1] == 0:
            return step
        q = _border(graph, state, rules, random)
        if q >= 0:
            a = state.label[graph.source[q]]
            b = state.label[graph.other[q]]
            _recombine(graph, state, work, rules, schedule.biased, a, b, random)
        for _ in range(schedule.moves):
            _move(graph, state, work, rules, below(random, edges), schedule.swap, random)
            if schedule.stop_when_allowed and state.whole[1] == 0:
                return step
        state.scalars[0] *= ratio
        if schedule.rise > 0.0:
            if state.whole[0] > 0:
                state.scalars[1] = min(state.scalars[1] * (1.0 + schedule.rise), 20.0)
            else:
                state.scalars[1] = max(
                    state.scalars[1] * (1.0 - 0.3 * schedule.rise), 0.1 * state.scalars[0]
                )
    return schedule.steps
