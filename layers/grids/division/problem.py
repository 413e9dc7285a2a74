"""What a division is asked and what it answers: values only."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from layers.grids.division.tree import Graph
from layers.kit.connected import connected_parts
from layers.kit.errors import InputError
from layers.kit.findings import Finding
from layers.kit.ground.barriers import Barrier

Prefer = Literal["fewest", "balanced", "round"]
Progress = Callable[[float], None]
"""Called with the share done, 0 … 1."""
Cancel = Callable[[], bool]
"""Asked between short stretches of work; True stops it."""


@dataclass(frozen=True)
class Problem:
    """The plots of one community and who lies beside whom; n plots, m borders.

    ``households``: int (n,), those that the limit counts. ``area_m2``, ``perimeter_m``: (n,).
    ``x``, ``y``: (n,) plot centroids in metres. ``estate``: (n,) id, -1 for none. ``building``:
    (n,) bool, the plot carries a building. ``locked``: (n,) number of a grid that must stay as it
    is, -1 for free. ``a``, ``b``: (m,) plot numbers of a shared border, ``shared_m`` its length,
    ``barrier`` its ``Barrier`` code. ``persons``: (n,) or None, carried along.
    """

    households: NDArray[np.int64]
    area_m2: NDArray[np.float64]
    perimeter_m: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    a: NDArray[np.int32]
    b: NDArray[np.int32]
    shared_m: NDArray[np.float64]
    barrier: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    estate: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    building: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    locked: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    persons: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        """Fill in what was left out and refuse what cannot be a community, all faults together."""
        n, m = len(self.households), len(self.a)
        fill = {
            "barrier": (m, int(Barrier.NONE), np.int8),
            "estate": (n, -1, np.int32),
            "locked": (n, -1, np.int32),
        }
        for name, (size, value, kind) in fill.items():
            if len(getattr(self, name)) == 0 and size:
                object.__setattr__(self, name, np.full(size, value, kind))
        if len(self.building) == 0 and n:
            object.__setattr__(self, "building", np.asarray(self.households) > 0)
        faults: list[str] = []
        for name in ("area_m2", "perimeter_m", "x", "y", "estate", "building", "locked"):
            if len(getattr(self, name)) != n:
                faults.append(f"{name} has {len(getattr(self, name))} values for {n} plots")
        for name in ("b", "shared_m", "barrier"):
            if len(getattr(self, name)) != m:
                faults.append(f"{name} has {len(getattr(self, name))} values for {m} borders")
        if not faults:
            faults += self._bad_values(n)
        if faults:
            raise InputError("the community cannot be divided: {faults}", faults="; ".join(faults))

    def _bad_values(self, n: int) -> list[str]:
        faults: list[str] = []
        if n and int(self.households.min()) < 0:
            faults.append(f"plot {int(self.households.argmin())} has fewer than 0 households")
        for name in ("area_m2", "perimeter_m", "x", "y", "shared_m"):
            if not np.isfinite(getattr(self, name)).all():
                faults.append(f"{name} has values that are no numbers")
        for name in ("a", "b"):
            ends = getattr(self, name)
            if len(ends) and (int(ends.min()) < 0 or int(ends.max()) >= n):
                faults.append(f"{name} names a plot outside 0 … {n - 1}")
        return faults


@dataclass(frozen=True)
class Options:
    """What the planner asks for.

    ``prefer``: fewest grids, round grids, even loads ("balanced"), or None: nearly the fewest.
    ``grids``: exactly so many, if the limit allows. ``households_min``: a wish, never at the cost
    of the limit. ``keep_estates``, ``follow_streets``: factors on the wish (1 usual, 0 none).
    ``effort``: factor on the length of the search.
    """

    households_max: int = 300
    households_min: int | None = None
    prefer: Prefer | None = None
    grids: int | None = None
    seed: int = 0
    keep_estates: float = 1.0
    follow_streets: float = 1.0
    effort: float = 1.0

    def __post_init__(self) -> None:
        """Refuse wishes that contradict themselves."""
        if self.households_max < 1:
            raise InputError("the limit of households must be at least 1")
        if self.households_min is not None and self.households_min > self.households_max:
            raise InputError("the lower bound of households is above the limit")
        if self.grids is not None and self.grids < 1:
            raise InputError("the number of grids must be at least 1")


@dataclass(frozen=True)
class Division:
    """An answer: ``assignment`` (n,) int32, the grid of every plot, 0 … grids - 1.

    Locked grids come first, in the order of their numbers. ``lower_bound``: see ``lower_bound()``;
    ``reachable_bound``: the same counted for each part that oversize buildings, locked grids and
    the shape of the community leave by itself, so that "why not fewer" has an answer.
    ``moved_households``: after a repair.
    """

    assignment: NDArray[np.int32]
    grids: int
    lower_bound: int
    reachable_bound: int
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    moved_households: int = 0


def lower_bound(problem: Problem, limit: int) -> int:
    """Return the fewest grids that the households allow, wherever they are.

    Buildings over the limit, each a grid of its own, plus the rest over the limit, rounded up; at
    least 1 for a community with plots. Contiguity may ask for more.
    """
    households = np.asarray(problem.households)
    if len(households) == 0:
        return 0
    oversize = households > limit
    rest = int(households[~oversize].sum())
    return max(1, int(oversize.sum()) + math.ceil(rest / limit))


def packing_bound(households: NDArray[np.int64], limit: int) -> int:
    """Return Martello and Toth's L2: the fewest bins of ``limit`` for indivisible loads.

    For every threshold t ≤ limit/2, loads over limit - t stand alone, loads in (limit/2, limit - t]
    need a bin each, and what does not fit beside these of the loads in [t, limit/2] needs more.
    """
    sizes = np.sort(households[households > 0])
    if len(sizes) == 0:
        return 1
    best = max(1, math.ceil(int(sizes.sum()) / limit))
    running = np.concatenate([[0], np.cumsum(sizes)])
    half = int(np.searchsorted(sizes, limit / 2, side="right"))
    for t in np.unique(sizes[:half]):
        alone = int(np.searchsorted(sizes, limit - t, side="right"))
        low = int(np.searchsorted(sizes, t, side="left"))
        large = alone - half
        free = large * limit - int(running[alone] - running[half])
        small = int(running[half] - running[low])
        count = (len(sizes) - alone) + large + max(0, math.ceil((small - free) / limit))
        best = max(best, count)
    return max(best, len(sizes) - half)


def border_weights(problem: Problem, options: Options) -> tuple[NDArray[np.float64], ...]:
    """Return the weight per metre of every border and the factor of its random tree key.

    Streets × 0.5, inside a block × 1, inside an estate × 2.5, as the measure ``wcut`` counts; the
    wishes stretch or shrink the differences from 1. Main streets, rails, water and walls count as
    streets do, and draw borders a little more. An estate within the limit need not be cut at all,
    so that costs twice as much. Lanes inside an estate are no invitation to cut it.
    """
    inside = (problem.estate[problem.a] >= 0) & (
        problem.estate[problem.a] == problem.estate[problem.b]
    )
    barred = problem.barrier != Barrier.NONE
    strong = barred & (problem.barrier != Barrier.STREET)
    street = max(0.05, 1.0 - 0.5 * options.follow_streets)
    estate = 1.0 + 1.5 * options.keep_estates
    _, at = np.unique(problem.estate, return_inverse=True)
    whole = np.bincount(at, problem.households)[at] <= options.households_max
    whole = inside & whole[problem.a]
    weight = np.where(inside, estate, np.where(barred, street, 1.0))
    weight = np.where(strong, weight * 0.95, weight)
    weight = np.where(whole, weight + 2.5 * options.keep_estates, weight)
    key = np.where(inside, 0.25, np.where(barred, 4.0, 1.0))
    key = np.where(whole, 0.1, key)
    return weight.astype(np.float64), key.astype(np.float64)


def make_graph(
    problem: Problem,
    plots: NDArray[np.int64],
    options: Options,
    unit_m: float,
    group: NDArray[np.int64] | None = None,
) -> Graph:
    """Return the neighbour graph of some plots; position in ``plots`` is the new number.

    ``group``: (plots,) numbers 0 …; plots of one number become one node, which no grid can cut.
    Borders given twice are added up; a plot is never its own neighbour. ``unit_m`` is the length
    that counts as 1.
    """
    node = np.arange(len(plots)) if group is None else group
    n = int(node.max()) + 1
    position = np.full(len(problem.households), -1, np.int64)
    position[plots] = node
    weight, key = border_weights(problem, options)
    u, v = position[problem.a], position[problem.b]
    within = (u >= 0) & (u == v) & (problem.a != problem.b)
    inner = np.bincount(u[within], problem.shared_m[within], n)
    inside = (u >= 0) & (v >= 0) & (u != v)
    u, v = u[inside], v[inside]
    low, high = np.minimum(u, v), np.maximum(u, v)
    length = problem.shared_m[inside] / unit_m
    pairs, at = np.unique(low * n + high, return_inverse=True)
    m = len(pairs)
    total = np.bincount(at, length, m)
    cost = np.bincount(at, length * weight[inside], m)
    # A pair with several borders takes the key of their lengths' mean.
    mean_key = np.bincount(at, (length + 1e-9) * key[inside], m) / np.bincount(at, length + 1e-9, m)
    low, high = pairs // n, pairs % n
    source = np.concatenate([low, high])
    other = np.concatenate([high, low])
    order = np.lexsort((other, source))
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=n), out=start[1:])

    def both(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.concatenate([values, values])[order].astype(np.float64)

    return Graph(
        start=start,
        other=np.ascontiguousarray(other[order]),
        source=np.ascontiguousarray(source[order]),
        length=both(total),
        weight=both(cost),
        key=both(mean_key),
        households=np.bincount(node, problem.households[plots], n).astype(np.int64),
        area=np.bincount(node, problem.area_m2[plots], n) / unit_m**2,
        perimeter=(np.bincount(node, problem.perimeter_m[plots], n) - 2 * inner) / unit_m,
    )


def pieces(problem: Problem, free: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return the connected parts of the free plots over borders between free plots, ordered."""
    members = np.flatnonzero(free)
    if len(members) == 0:
        return []
    n = len(problem.households)
    keep = free[problem.a] & free[problem.b]
    a, b = problem.a[keep], problem.b[keep]
    part = connected_parts(n, a, b)[members]
    order = np.argsort(part, kind="stable")
    cuts = np.flatnonzero(np.diff(part[order])) + 1
    parts = [np.asarray(ids, np.int64) for ids in np.split(members[order], cuts)]
    return sorted(parts, key=lambda ids: int(ids[0]))


def whole_estates(
    problem: Problem, plots: NDArray[np.int64], most: float
) -> NDArray[np.int64] | None:
    """Return a group for every plot: each connected part of an estate with at most ``most``
    households together, every other plot by itself; None where nothing is to be held together.
    """
    n = len(problem.households)
    chosen = np.zeros(n, np.bool_)
    chosen[plots] = problem.estate[plots] >= 0
    same = chosen[problem.a] & chosen[problem.b]
    same &= problem.estate[problem.a] == problem.estate[problem.b]
    a, b = problem.a[same], problem.b[same]
    part = connected_parts(n, a, b)
    count = int(part.max(initial=-1)) + 1
    light = np.bincount(part, problem.households, count) <= most
    own = np.where(light[part[plots]], part[plots], count + np.arange(len(plots)))
    _, group = np.unique(own, return_inverse=True)
    group = group.astype(np.int64)
    return group if int(group.max()) + 1 < len(plots) else None
