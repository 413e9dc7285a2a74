"""Plans of neighbours that share every vertex of their common border, to the last digit.

Communities are tessellated each by itself: where a plot's border ends on the common border, only
one side knows of that point, and both round.

1. A vertex that is a neighbour's (to ``SAME_M``) gets that neighbour's coordinates.
2. What is a vertex on one side of a common border becomes one on the other.
3. Grids and the community are united again from such plots, and judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.grids.from_files.town_plan import CommunityPlan, judged
from layers.grids.plots.blocks import dissolve
from layers.grids.plots.renew import SAME_M, snapped, with_vertices

_NEAR_M = 1e-3


def stitched(plans: Sequence[CommunityPlan], limit: int) -> list[CommunityPlan]:
    """Return the plans with common vertices, and verdicts that know their neighbours' grids."""
    if len(plans) < 2:
        return list(plans)
    lands = np.array([plan.community for plan in plans], dtype=object)
    one, two = shapely.STRtree(lands).query(lands, predicate="dwithin", distance=_NEAR_M)
    near: list[list[int]] = [[] for _ in plans]
    for i, j in zip(one.tolist(), two.tolist(), strict=True):
        if i != j:
            near[i].append(j)
    plots = [np.asarray(plan.plots.geometry.array, dtype=object) for plan in plans]
    for i, neighbours in enumerate(near):  # clause 1
        known = [_border(plots[j]) for j in neighbours if j < i]
        if known:
            plots[i] = snapped(plots[i], np.concatenate(known))
    borders = [_border(shapes) for shapes in plots]
    result = []
    for i, plan in enumerate(plans):  # clause 2
        if not near[i]:
            result.append(plan)
            continue
        theirs = np.unique(np.concatenate([borders[j] for j in near[i]]), axis=0)
        edge = shapely.boundary(lands[i])
        theirs = theirs[shapely.dwithin(shapely.points(theirs), edge, 10 * SAME_M)]
        shapes, _ = with_vertices(plots[i], theirs)
        result.append(_united(plan, shapes))
    grids = [np.asarray(plan.grids.geometry.array, dtype=object) for plan in result]
    codes = [[str(code) for code in plan.grids["code"]] for plan in result]
    for i, plan in enumerate(result):
        if near[i]:
            around = (
                [code for j in near[i] for code in codes[j]],
                np.concatenate([grids[j] for j in near[i]]),
            )
            result[i] = replace(plan, verdict=judged(plan, limit, around))
    return result


def _border(plots: NDArray[Any]) -> NDArray[np.float64]:
    """Return the vertices of a community's border."""
    vertices = shapely.get_coordinates(shapely.coverage_union_all(plots))
    return np.asarray(np.unique(vertices, axis=0), np.float64)


def _united(plan: CommunityPlan, shapes: NDArray[Any]) -> CommunityPlan:
    codes = plan.grids["code"].tolist()
    place = {code: at for at, code in enumerate(codes)}
    owner = np.array([place[code] for code in plan.plots["grid_code"]], np.int64)
    return replace(
        plan,
        plots=plan.plots.set_geometry(shapes, crs=plan.plots.crs),
        grids=plan.grids.set_geometry(dissolve(shapes, owner), crs=plan.grids.crs),
        community=shapely.coverage_union_all(shapes),
    )
