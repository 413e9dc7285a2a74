"""What candidates are shown beside: the plan as it is, drawn and measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.grids.division.measures import measure, total
from layers.grids.division.problem import lower_bound
from layers.grids.proposals.candidates import (
    Base,
    compact,
    measures_row,
    paths,
)
from layers.grids.proposals.result import (
    CommunityBefore,
    MeasuresRow,
    ShapeRow,
)


def measures_before(bases: Sequence[Base]) -> MeasuresRow | None:
    """Return the measures of what there is; None where a plot has no grid yet."""
    if any((base.before < 0).any() for base in bases):
        return None
    return measures_row(
        total([measure(base.problem, compact(base.before)[0], base.limit) for base in bases])
    )


def as_it_is(base: Base, origin: tuple[float, float], step_m: float) -> CommunityBefore:
    """Return a community with its grids as they are; ``box`` in steps of the small map."""
    label, ids = compact(base.before)
    at = base.about
    frame = np.round(
        (np.array(shapely.total_bounds(at.shapes)).reshape(2, 2) - origin) / (step_m, -step_m)
    ).astype(int)
    return {
        "id": at.community_id,
        "code": at.code,
        "name": at.name,
        "tessellation": at.tessellation,
        "plan": base.plan,
        "version": base.version,
        "before": base.before.tolist(),
        "plots": at.graph.plots,
        "households": int(base.problem.households.sum()),
        "grids": len(ids),
        "lower_bound": lower_bound(base.problem, base.limit),
        "kept": len(set(base.kept[base.kept >= 0].tolist())),
        "box": [int(frame[0, 0]), int(frame[1, 1]), int(frame[1, 0]), int(frame[0, 1])],
        "map": _map(base, label, len(ids), origin, step_m),
    }


def _map(
    base: Base, label: NDArray[np.int32], grids: int, origin: tuple[float, float], step_m: float
) -> list[ShapeRow]:
    """Return the grids that there are as shapes of the small map; without a plan, the land."""
    if not grids:
        label, grids = np.zeros(len(label), np.int32), 1
    loads = np.bincount(label[label >= 0], base.problem.households[label >= 0], grids)
    shapes = [shapely.coverage_union_all(base.about.shapes[label == at]) for at in range(grids)]
    drawn = paths(np.array(shapes, dtype=object), origin, step_m)
    return [{"households": int(n), "path": p} for n, p in zip(loads, drawn, strict=True)]


def bounds_of(bases: Sequence[Base]) -> tuple[float, float, float, float]:
    """Return what all communities lie in: west, south, east, north, metres."""
    boxes = np.array([shapely.total_bounds(b.about.shapes) for b in bases])
    return (
        float(boxes[:, 0].min()), float(boxes[:, 1].min()),
        float(boxes[:, 2].max()), float(boxes[:, 3].max()),
    )  # fmt: skip
