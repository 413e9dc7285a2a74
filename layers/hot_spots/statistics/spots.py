"""Hot and cold spots of areas: counts or rates, one period or many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.hot_spots.statistics.getis_ord import (
    Floats,
    Ints,
    Neighbourhoods,
    gi_star,
    gi_star_skewness,
    neighbourhoods,
)
from layers.hot_spots.statistics.significance import (
    excess,
    excess_deviation,
    false_discovery,
    rare,
    two_sided,
)
from layers.hot_spots.statistics.trends import run_length, trend_classes
from layers.kit.connected import connected_parts

Q_MAX = 0.05
"""Of all that is called hot or cold, at most this share is expected to be chance."""
PER_HOUSEHOLDS = 1000.0
AREAS_MIN = 3


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas, of which ``a[i]`` and ``b[i]`` lie side by side and people cross between them.

    ``households`` (n,), NaN unknown; None: demands are counted, not compared with households.
    """

    count: int
    a: Ints
    b: Ints
    households: Floats | None = None


@dataclass(frozen=True, slots=True)
class HotSpots:
    """What was found of each area (n,), NaN where nothing can be said.

    ``rate``: demands per 1,000 households. ``z``: of Gi*, of rates or else of counts. ``observed``,
    ``expected``: demands of the area and those beside it. ``p``: how often chance brings as large
    a difference; ``q``: with all areas looked at together. ``classes``: hot, cold, none, unknown.
    """

    rate: Floats
    z: Floats
    observed: Floats
    expected: Floats
    p: Floats
    q: Floats
    classes: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Course:
    """What areas did in time: a class each, and since which period (position; -1: not now)."""

    classes: NDArray[np.object_]
    since: Ints


@dataclass(frozen=True, slots=True)
class _Judged:
    """The areas of which something can be said, by position, among themselves."""

    at: Ints
    around: Neighbourhoods
    households: Floats | None


def find_hot_spots(demands: Floats, areas: Areas) -> HotSpots:
    """Return hot and cold areas; ``demands`` (n,).

    Unknown (无法判断): no households, nothing beside it, or nothing that differs.
    """
    n = areas.count
    z, observed, expected, p = (np.full(n, np.nan) for _ in range(4))
    rate = np.full(n, np.nan)
    if areas.households is not None:
        known = np.nan_to_num(areas.households) > 0
        rate[known] = demands[known] / areas.households[known] * PER_HOUSEHOLDS
    judged = _judged(areas)
    if judged is not None:
        at, around = judged.at, judged.around
        deviation, skewness = _deviation(demands[at], judged)
        alone = around.size == 1
        values = demands[at] if judged.households is None else rate[at]
        z[at] = np.where(alone, np.nan, gi_star(values, around))
        even = np.ones(len(at)) if judged.households is None else judged.households
        observed[at], expected[at] = excess(demands[at], even, around)
        p[at] = np.where(alone, np.nan, two_sided(deviation, skewness))
    q = false_discovery(p)
    classes = np.full(n, "unknown", dtype=object)
    classes[~np.isnan(p)] = "none"
    with np.errstate(invalid="ignore"):
        classes[(q <= Q_MAX) & (observed > expected)] = "hot"
        classes[(q <= Q_MAX) & (observed < expected)] = "cold"
    return HotSpots(rate, z, observed, expected, p, q, classes)


def follow(demands: Floats, areas: Areas) -> Course:
    """Return what areas do in time; ``demands`` (n, t), periods in order, t ≥ 1.

    All areas of all periods are looked at together, so that many periods find no more by chance.
    """
    classes = np.full(areas.count, "unknown", dtype=object)
    since = np.full(areas.count, -1, np.int64)
    judged = _judged(areas)
    if judged is None:
        return Course(classes, since)
    at, alone = judged.at, judged.around.size == 1
    deviation, skewness = _deviation(demands[at], judged)
    deviation[alone] = np.nan
    found = rare(deviation, skewness, Q_MAX)
    hot, cold = found & (deviation > 0), found & (deviation < 0)
    told = trend_classes(hot, cold, np.nan_to_num(deviation))
    classes[at] = np.where(np.isnan(deviation).all(axis=1), "unknown", told)
    run = np.maximum(run_length(hot), run_length(cold))
    since[at] = np.where(run > 0, demands.shape[1] - run, -1)
    return Course(classes, since)


def clusters(classes: NDArray[np.object_], areas: Areas, word: str) -> list[Ints]:
    """Return the areas of one class that hang together, as positions; the largest first."""
    chosen = classes == word
    joined = chosen[areas.a] & chosen[areas.b]
    part = connected_parts(areas.count, areas.a[joined], areas.b[joined])
    positions = np.flatnonzero(chosen)
    found = [positions[part[positions] == one] for one in np.unique(part[positions])]
    return sorted(found, key=lambda one: (-len(one), int(one[0])))


def _judged(areas: Areas) -> _Judged | None:
    known = np.ones(areas.count, bool)
    if areas.households is not None:
        known = np.nan_to_num(areas.households) > 0
    at = np.flatnonzero(known)
    if len(at) < AREAS_MIN:
        return None
    place = np.cumsum(known) - 1
    kept = known[areas.a] & known[areas.b]
    around = neighbourhoods(len(at), place[areas.a[kept]], place[areas.b[kept]])
    return _Judged(at, around, None if areas.households is None else areas.households[at])


def _deviation(demands: Floats, judged: _Judged) -> tuple[Floats, Floats]:
    """Return how far from chance, and how skewed chance is, of (n,) or (n, t)."""
    if judged.households is None:
        return gi_star(demands, judged.around), gi_star_skewness(demands, judged.around)
    return excess_deviation(demands, judged.households, judged.around)
