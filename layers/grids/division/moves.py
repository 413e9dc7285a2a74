"""A division under search, its energy, and moves of single plots over the borders of grids.

Energy of a division, dimensionless (lengths in units of a typical grid's side): weighted borders
+ Σ over grids of ``shape`` · (1 - Polsby-Popper) + ``even`` · (load/mean - 1)² + ``SHORT`` · (share
that a load is short of the floor) + ``stay`` for every household away from its home grid (land
without households counts a little), and ``penalty`` for every household over the limit.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from layers.grids.division.tree import below, uniform

SHORT = 4.0
"""Energy of a grid with no households; a whole outline costs about as much."""


class Rules(NamedTuple):
    """What makes a grid good; see the module's energy."""

    limit: int
    floor: float
    mean: float
    shape: float
    even: float
    stay: float = 0.0


class State(NamedTuple):
    """A division under search. Arrays change in place; ``scalars``: temperature, penalty, energy,
    best energy; ``whole``: households in breach, the same of the best, stamp."""

    label: NDArray[np.int64]
    best: NDArray[np.int64]
    home: NDArray[np.int64]  # grid that a plot should stay in, -1 for none
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
    """Return the households over the limit: the one bound that is never given up."""
    return max(0, load - rules.limit)


@njit(cache=True, nogil=True)
def grid_energy(load: Any, area: Any, perimeter: Any, rules: Any) -> Any:
    """Return the energy of one grid: its roundness and its share of the load."""
    round_share = min(1.0, 4.0 * math.pi * area / max(perimeter * perimeter, 1e-12))
    uneven = load / rules.mean - 1.0
    energy = rules.shape * (1.0 - round_share) + rules.even * uneven * uneven
    if load < rules.floor:
        energy += SHORT * (rules.floor - load) / rules.floor
    return energy


@njit(cache=True, nogil=True)
def away(home: Any, households: Any, g: Any, rules: Any) -> Any:
    """Return what it costs that a plot of this home and households is in grid g."""
    if home < 0 or home == g:
        return 0.0
    return rules.stay * (households + 0.1)


@njit(cache=True, nogil=True)
def enter(label: Any, first: Any, after: Any, before: Any, i: Any, g: Any) -> None:
    """Put plot i into grid g and its chain."""
    old = first[g]
    after[i] = old
    before[i] = -1
    if old >= 0:
        before[old] = i
    first[g] = i
    label[i] = g


@njit(cache=True, nogil=True)
def leave(label: Any, first: Any, after: Any, before: Any, i: Any) -> None:
    """Take plot i out of the chain of its grid."""
    if before[i] >= 0:
        after[before[i]] = after[i]
    else:
        first[label[i]] = after[i]
    if after[i] >= 0:
        before[after[i]] = before[i]


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
def remember(label: Any, best: Any, scalars: Any, whole: Any) -> None:
    """Keep the division if it is the best so far: fewest households in breach, least energy."""
    if whole[0] < whole[1] or (whole[0] == whole[1] and scalars[2] < scalars[3] - 1e-9):
        whole[1] = whole[0]
        scalars[3] = scalars[2]
        for i in range(len(best)):  # a slice would compile sentences about shapes: 2 s
            best[i] = label[i]


@njit(cache=True, nogil=True)
def _contact(
    start: Any, other: Any, length: Any, weight: Any, label: Any, i: Any, g: Any, but: Any
) -> Any:
    """Return plot i's shared length, border cost and neighbours in grid g, but for ``but``."""
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
def _partner(start: Any, other: Any, source: Any, label: Any, i: Any, b: Any, random: Any) -> Any:
    """Return a plot of grid b on the border with i's grid, near i if may be; -1 for none found."""
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
def move_plots(
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
    home = state.home
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
    nobody = np.int64(-1)
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
        metres_a, cost_a, touching = _contact(start, other, length, weight, label, i, a, nobody)
        metres_b, cost_b, landing = _contact(start, other, length, weight, label, i, b, j)
        if touching == 0 or landing == 0:
            continue
        cut = cost_a - cost_b
        if rules.stay > 0.0:
            cut += away(home[i], households[i], b, rules)
            cut -= away(home[i], households[i], a, rules)
        area_a = area[a] - plot_area[i]
        area_b = area[b] + plot_area[i]
        perimeter_a = perimeter[a] - plot_perimeter[i] + 2.0 * metres_a
        perimeter_b = perimeter[b] + plot_perimeter[i] - 2.0 * metres_b
        touching_j = 0
        if j >= 0:
            metres_jb, cost_jb, touching_j = _contact(
                start, other, length, weight, label, j, b, nobody
            )
            metres_ja, cost_ja, landing_j = _contact(start, other, length, weight, label, j, a, i)
            if touching_j == 0 or landing_j == 0:
                continue
            cut += cost_jb - cost_ja
            if rules.stay > 0.0:
                cut += away(home[j], households[j], a, rules)
                cut -= away(home[j], households[j], b, rules)
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
            leave(label, first, after, before, j)
            enter(label, first, after, before, j, a)
        else:
            size[a] -= 1
            size[b] += 1
        leave(label, first, after, before, i)
        enter(label, first, after, before, i, b)
        load[a] = load_a
        load[b] = load_b
        area[a] = area_a
        area[b] = area_b
        perimeter[a] = perimeter_a
        perimeter[b] = perimeter_b
        whole[0] += worse
        scalars[2] += change
        remember(label, best, scalars, whole)
