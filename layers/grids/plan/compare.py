"""Two plans on the same plots: what moved, from where to where.

1. A grid that is in both plans (by its id) is the same grid.
2. Of the others a grid of the second plan succeeds the grid of the first of which it keeps most
   households (land decides between equals, one successor each: the rule that codes follow,
   numbering.py clause 3).
3. A plot has moved when the grid that it is in does not succeed the grid that it was in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.grids.plan.assignment import PlotGraph
from layers.grids.plan.numbering import kept_numbers


@dataclass(frozen=True, slots=True)
class Flow:
    """What went from one grid (id in the first plan) to another (id in the second)."""

    source: int
    target: int
    plots: int
    buildings: int
    households: int
    persons: int
    area_m2: float


@dataclass(frozen=True)
class Difference:
    """What lies between two plans of a community. ``moved``: plots; ``successor``: grid → grid."""

    moved: NDArray[np.int64]
    flows: tuple[Flow, ...]
    successor: dict[int, int]


def difference(graph: PlotGraph, before: NDArray[np.int64], after: NDArray[np.int64]) -> Difference:
    """Compare two assignments (n,) of grid ids; -1 before: the plot had no grid."""
    problem = graph.problem
    olds, old = np.unique(before[before >= 0]), np.full(len(before), -1, np.int32)
    old[before >= 0] = np.searchsorted(olds, before[before >= 0])
    news, new = np.unique(after, return_inverse=True)
    if len(after) == 0:
        return Difference(np.zeros(0, np.int64), (), {})
    both = np.intersect1d(olds, news)
    successor = {int(g): int(g) for g in both}
    lone = ~np.isin(before, both) & ~np.isin(after, both)
    numbers = kept_numbers(
        np.where(lone, old, -1),
        new.astype(np.int32),
        list(range(1, len(olds) + 1)),
        problem.households,
        problem.area_m2,
        problem.x,
        problem.y,
    )
    successor |= {
        int(olds[n - 1]): int(news[at]) for at, n in enumerate(numbers.tolist()) if n <= len(olds)
    }
    heir = np.array([successor.get(int(g), -2) for g in olds] or [-2], np.int64)
    expected = np.where(old >= 0, heir[np.maximum(old, 0)], -2)
    moved = np.flatnonzero(expected != after)
    return Difference(moved, _flows(graph, before, after, moved), successor)


def renamed(
    graph: PlotGraph,
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    found: Difference,
    codes_before: Mapping[int, str],
    codes_after: Mapping[int, str],
) -> Difference:
    """Return a difference without plots that go from a grid to one of the same code.

    Two drafts of new grids may give one code to different grids: whose code stays, stays.
    """
    kept = [
        codes_before.get(int(before[p]), "") != codes_after.get(int(after[p]), "-")
        for p in found.moved.tolist()
    ]
    moved = found.moved[np.array(kept, np.bool_)]
    return Difference(moved, _flows(graph, before, after, moved), found.successor)


def heirs(graph: PlotGraph, before: NDArray[np.int64], after: NDArray[np.int64],
          found: Difference) -> dict[int, int]:  # fmt: skip
    """Return which grid each grid of the first plan goes on as: who works there works on there.

    The grid that succeeds it; where another has that place, the grid that got most of its
    households.
    """
    weight = graph.problem.households + 1e-6
    result = dict(found.successor)
    for old in np.unique(before[before >= 0]).tolist():
        if old not in result:
            plots = before == old
            news, at = np.unique(after[plots], return_inverse=True)
            result[old] = int(news[np.bincount(at, weight[plots]).argmax()])
    return result


def _flows(
    graph: PlotGraph,
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    moved: NDArray[np.int64],
) -> tuple[Flow, ...]:
    if len(moved) == 0:
        return ()
    problem = graph.problem
    persons = problem.persons if problem.persons is not None else np.zeros_like(problem.households)
    pairs, at = np.unique(
        np.column_stack([before[moved], after[moved]]), axis=0, return_inverse=True
    )
    at = at.ravel()

    def sums(values: NDArray[np.int64]) -> list[int]:
        total = np.zeros(len(pairs), np.int64)
        np.add.at(total, at, values[moved])
        return [int(v) for v in total]

    columns = zip(
        pairs.tolist(),
        np.bincount(at).tolist(),
        sums(graph.buildings),
        sums(problem.households),
        sums(persons),
        np.bincount(at, problem.area_m2[moved]).tolist(),
        strict=True,
    )
    flows = (Flow(a, b, *rest) for (a, b), *rest in columns)
    return tuple(sorted(flows, key=lambda f: (-f.households, f.source, f.target)))
