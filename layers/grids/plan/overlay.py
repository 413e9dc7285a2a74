"""Foreign grid polygons laid over a community's plots.

1. A plot goes to the polygon that covers most of it; equal shares go to the first polygon.
2. A plot that no polygon covers goes to the neighbouring grid with the longest common border.
3. What the polygons say otherwise is measured: land that changes its grid since plots are not cut,
   land under several polygons, land under none.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.grids.plan.assignment import PlotGraph

LEAST_SHARE = 1e-6  # of a plot: less is the noise of coordinates
# Foreign borders that follow the plots, written with fewer decimals, cut nothing.
LEAST_CUT_M2 = 0.5
LEAST_CUT_SHARE = 0.001


@dataclass(frozen=True)
class Overlay:
    """Which polygon every plot goes to (``group`` (n,), position of the polygon), and the cost.

    ``cut``: plots that several polygons share, with ``moved_m2`` each (land that a polygon held
    and does not get). ``orphans``: plots that no polygon covered.
    """

    group: NDArray[np.int64]
    cut: NDArray[np.int64]
    moved_m2: NDArray[np.float64]
    orphans: NDArray[np.int64]
    without_grid_m2: float
    overlap_m2: float


def lay_over(
    graph: PlotGraph, shapes: NDArray[np.object_], polygons: NDArray[np.object_]
) -> Overlay | None:
    """Give every plot to a polygon; ``shapes`` and ``polygons`` in one metric CRS.

    None when no polygon touches the community.
    """
    n = len(shapes)
    area = shapely.area(shapes)
    tree = shapely.STRtree(polygons)
    plot, polygon = tree.query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(shapes[plot], polygons[polygon]))
    real = common > area[plot] * LEAST_SHARE
    plot, polygon, common = plot[real], polygon[real], common[real]
    if len(plot) == 0:
        return None
    group = np.full(n, -1, np.int64)
    order = np.lexsort((polygon, -common, plot))
    first = np.unique(plot[order], return_index=True)
    group[first[0]] = polygon[order][first[1]]
    lost = np.bincount(plot, np.where(polygon == group[plot], 0.0, common), n)
    cut = np.flatnonzero(lost > np.maximum(LEAST_CUT_M2, area * LEAST_CUT_SHARE))
    community = shapely.coverage_union_all(shapes)
    covered = shapely.union_all(polygons)
    covered_m2 = shapely.area(shapely.intersection(community, covered))
    double = max(0.0, float(common.sum()) - float(covered_m2))
    orphans = np.flatnonzero(group < 0)
    return Overlay(
        join_neighbours(graph, group),
        cut,
        lost[cut].astype(np.float64),
        orphans,
        max(0.0, float(shapely.area(community) - covered_m2)),
        double,
    )


def join_neighbours(graph: PlotGraph, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give plots without a group (-1) to the group beside, along the longest borders first.

    Plots from which no group can be reached join group 0.
    """
    result = group.copy()
    beside: dict[tuple[int, int], float] = {}
    waiting: list[tuple[float, int, int]] = []

    def offer(plot: int, to: int, metres: float) -> None:
        total = beside.get((plot, to), 0.0) + metres
        beside[plot, to] = total
        heapq.heappush(waiting, (-total, plot, to))

    def offers(plot: int) -> list[tuple[int, float]]:
        at = slice(graph.start[plot], graph.start[plot + 1])
        return list(zip(graph.other[at].tolist(), graph.shared_m[at].tolist(), strict=True))

    for plot in np.flatnonzero(result < 0).tolist():
        for near, metres in offers(plot):
            if result[near] >= 0:
                offer(plot, int(result[near]), metres)
    while waiting:
        _, plot, to = heapq.heappop(waiting)
        if result[plot] >= 0:
            continue
        result[plot] = to
        for near, metres in offers(plot):
            if result[near] < 0:
                offer(near, to, metres)
    result[result < 0] = 0
    return result
