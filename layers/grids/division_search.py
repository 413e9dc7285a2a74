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

from layers.grids.division_tree import below, cost_cuts, mark_side, random_tree, uniform


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
def _enter(label: Any, first: Any, after: Any, before: Any, i: Any, g: Any) -> None:
    old = first[g]
    after[i] = old
    before[i] = -1
    if old >= 0:
        before[old] = i
    first[g] = i
    label[i] = g


@njit(cache=True, nogil=True)
def _leave(label: Any, first: Any, after: Any, before: Any, i: Any) -> None:
    if before[i] >= 0:
        after[before[i]] = after[i]
    else:
        first[label[i]] = after[i]
    if after[i] >= 0:
        before[after[i]] = before[i]


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
        _enter(state.label, state.first, state.after, state.before, i, g)
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
def _holds_without(
    start: Any,
    other: Any,
    label: Any,
    seen: Any,
    stack: Any,
    whole: Any,
    i: Any,
    touching: Any,
) -> Any:
    """Tell whether plot i's grid stays in one piece without it; ``touching``: its neighbours there.

    Every one of those must be reached from the first.
    """
    if touching <= 1:
        return touching == 1
    whole[2] += 1
    stamp = whole[2]
    a = label[i]
    wanted = touching
    top = 0
    seen[i] = stamp
    for q in range(start[i], start[i + 1]):
        j = other[q]
        if label[j] == a:
            seen[j] = stamp
            stack[0] = j
            top = 1
            wanted -= 1
            break
    while top > 0 and wanted > 0:
        top -= 1
        x = stack[top]
        for q in range(start[x], start[x + 1]):
            y = other[q]
            if label[y] == a and seen[y] != stamp:
                seen[y] = stamp
                stack[top] = y
                top += 1
                for r in range(start[i], start[i + 1]):
                    if other[r] == y:
                        wanted -= 1
                        break
    return wanted == 0


@njit(cache=True, nogil=True)
def _remember(label: Any, best: Any, scalars: Any, whole: Any) -> None:
    if whole[0] < whole[1] or (whole[0] == whole[1] and scalars[2] < scalars[3] - 1e-9):
        whole[1] = whole[0]
        scalars[3] = scalars[2]
        best[:] = label


@njit(cache=True, nogil=True)
def _contact(
    start: Any, other: Any, length: Any, weight: Any, label: Any, i: Any, g: Any, but: Any
) -> Any:
    """Return plot i's shared length, border cost and neighbours in grid g, plot ``but`` left out."""
    metres = 0.0
    cost = 0.0
    count = 0
    for q in range(start[i], start[i + 1]):
        j = other[q]
        if label[j] == g and j != but:
            metres += length[q]
            cost += weight[q]
            count += 1
    return metres, cost, count


@njit(cache=True, nogil=True)
def _partner(
    start: Any, other: Any, source: Any, label: Any, i: Any, b: Any, random: Any
) -> Any:
    """Return a plot of grid b that borders on i's grid beside i's surroundings or anywhere; or -1."""
    a = label[i]
    for attempt in range(12):
        if attempt < 6:
            x = other[start[i] + below(random, start[i + 1] - start[i])]
            r = start[x] + below(random, start[x + 1] - start[x])
        else:
            r = below(random, len(other))
        if label[source[r]] == b and label[other[r]] == a and other[r] != i:
            return source[r]
    return -1


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
    top = -1
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
    if top >= 0 and (
        difference <= 0.0 or uniform(random) < math.exp(-difference / scalars[0])
    ):
        here = tree_load[top]
        new_broken = breach(here, rules) + breach(total - here, rules)
        size = mark_side(work, reached, top)
        for c in range(count):
            i = nodes[c]
            g = a if side[c] else b
            if label[i] != g:
                _leave(label, first, after, before, i)
                _enter(label, first, after, before, i, g)
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
        _remember(label, best, scalars, whole)
    for c in range(count):
        place[nodes[c]] = -1


@njit(cache=True, nogil=True)
def _moves(
    graph: Any, state: Any, work: Any, rules: Any, count: Any, swap: Any, stop: Any, random: Any
) -> None:
    """Try ``count`` moves of single plots over a border of their grid, each maybe as a swap."""
    start = graph.start
    other = graph.other
    source = graph.source
    length = graph.length
    weight = graph.weight
    households = graph.households
    plot_area = graph.area
    plot_perimeter = graph.perimeter
    label = state.label
    best = state.best
    load = state.load
    size = state.size
    area = state.area
    perimeter = state.perimeter
    first = state.first
    after = state.after
    before = state.before
    scalars = state.scalars
    whole = state.whole
    seen = work.seen
    stack = work.stack
    edges = len(other)
    for _ in range(count):
        if stop and whole[1] == 0:
            return
        q = below(random, edges)
        i = source[q]
        a = label[i]
        b = label[other[q]]
        if a == b or size[a] <= 1:
            continue
        load_a = load[a] - households[i]
        load_b = load[b] + households[i]
        broken = breach(load[a], rules) + breach(load[b], rules)
        worse = breach(load_a, rules) + breach(load_b, rules) - broken
        j = -1
        if worse > 0 and size[b] > 1 and uniform(random) < swap:
            j = _partner(start, other, source, label, i, b, random)
            if j < 0 or households[j] == households[i]:
                continue
            load_a += households[j]
            load_b -= households[j]
            worse = breach(load_a, rules) + breach(load_b, rules) - broken
        if worse > 0 and scalars[1] * worse > 12.0 * scalars[0]:
            continue
        # Sums as if i had gone to b, and then j to a.
        metres_a, cost_a, touching = _contact(start, other, length, weight, label, i, a, -1)
        metres_b, cost_b, landing = _contact(start, other, length, weight, label, i, b, j)
        if touching == 0 or landing == 0:
            continue
        cut = cost_a - cost_b
        area_a = area[a] - plot_area[i]
        area_b = area[b] + plot_area[i]
        perimeter_a = perimeter[a] - plot_perimeter[i] + 2.0 * metres_a
        perimeter_b = perimeter[b] + plot_perimeter[i] - 2.0 * metres_b
        touching_j = 0
        if j >= 0:
            metres_jb, cost_jb, touching_j = _contact(
                start, other, length, weight, label, j, b, -1
            )
            metres_ja, cost_ja, landing_j = _contact(start, other, length, weight, label, j, a, i)
            if touching_j == 0 or landing_j == 0:
                continue
            cut += cost_jb - cost_ja
            area_a += plot_area[j]
            area_b -= plot_area[j]
            perimeter_a += plot_perimeter[j] - 2.0 * metres_ja
            perimeter_b += 2.0 * metres_jb - plot_perimeter[j]
        change = (
            cut
            + grid_energy(load_a, area_a, perimeter_a, rules)
            + grid_energy(load_b, area_b, perimeter_b, rules)
            - grid_energy(load[a], area[a], perimeter[a], rules)
            - grid_energy(load[b], area[b], perimeter[b], rules)
        )
        difference = change + scalars[1] * worse
        if difference > 0.0 and uniform(random) >= math.exp(-difference / scalars[0]):
            continue
        # A grid must hold without the plot that leaves; the one that comes touches what stays.
        if not _holds_without(start, other, label, seen, stack, whole, i, touching):
            continue
        if j >= 0:
            if not _holds_without(start, other, label, seen, stack, whole, j, touching_j):
                continue
            _leave(label, first, after, before, j)
            _enter(label, first, after, before, j, a)
        else:
            size[a] -= 1
            size[b] += 1
        _leave(label, first, after, before, i)
        _enter(label, first, after, before, i, b)
        load[a] = load_a
        load[b] = load_b
        area[a] = area_a
        area[b] = area_b
        perimeter[a] = perimeter_a
        perimeter[b] = perimeter_b
        whole[0] += worse
        scalars[2] += change
        _remember(label, best, scalars, whole)


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
    if len(graph.other) == 0 or len(state.load) < 2:
        return 0
    for step in range(schedule.steps):
        if schedule.stop_when_allowed and state.whole[1] == 0:
            return step
        q = _border(graph, state, rules, random)
        if q >= 0:
            a = state.label[graph.source[q]]
            b = state.label[graph.other[q]]
            _recombine(graph, state, work, rules, schedule.biased, a, b, random)
        _moves(
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
