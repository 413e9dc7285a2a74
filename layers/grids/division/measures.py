"""What a division is worth, in the figures planners and the literature compare."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.grids.division.problem import Problem, lower_bound
from layers.kit.connected import connected_parts
from layers.kit.ground.barriers import Barrier


@dataclass(frozen=True)
class Measures:
    """One division (or several, added up by ``total``).

    ``polsby_popper_sum``: Σ over grids of 4π·area/perimeter² (Polsby and Popper 1991).
    ``weighted_border_m``: borders between grids, along streets and other barriers × 0.5, inside a
    block × 1, inside an estate × 2.5. ``estates_small``: estates within the limit, and
    ``estates_split`` those of them that lie in more than one grid.
    """

    grids: int
    lower_bound: int
    households: int
    largest: int
    smallest: int
    over_limit: int
    oversize_buildings: int
    in_pieces: int
    polsby_popper_sum: float
    border_m: float
    street_border_m: float
    weighted_border_m: float
    scale_m: float
    estates_small: int
    estates_split: int
    load_deviation: float

    @property
    def polsby_popper_mean(self) -> float:
        """Mean Polsby-Popper roundness of the grids, 0 … 1."""
        return self.polsby_popper_sum / max(1, self.grids)

    @property
    def weighted_cut(self) -> float:
        """``wcut``: weighted border over √(area · grids), added up over communities."""
        return self.weighted_border_m / max(1e-9, self.scale_m)

    @property
    def street_share(self) -> float:
        """Share of the borders between grids that run along a street or another barrier."""
        return self.street_border_m / self.border_m if self.border_m > 0 else 0.0


def measure(problem: Problem, assignment: NDArray[np.int32], limit: int) -> Measures:
    """Measure one community's division; ``assignment`` holds 0 … k - 1."""
    k = int(assignment.max()) + 1 if len(assignment) else 0
    loads = np.bincount(assignment, problem.households, k).astype(np.int64)
    plots = np.bincount(assignment, minlength=k)
    area = np.bincount(assignment, problem.area_m2, k)
    inside = assignment[problem.a] == assignment[problem.b]
    perimeter = np.bincount(assignment, problem.perimeter_m, k) - 2 * np.bincount(
        assignment[problem.a[inside]], problem.shared_m[inside], k
    )
    border = problem.shared_m[~inside]
    barred = problem.barrier[~inside] != Barrier.NONE
    same_estate = (problem.estate[problem.a] >= 0) & (
        problem.estate[problem.a] == problem.estate[problem.b]
    )
    weight = np.where(barred, 0.5, np.where(same_estate[~inside], 2.5, 1.0))
    small = split = 0
    for estate in np.unique(problem.estate[problem.estate >= 0]):
        mine = problem.estate == estate
        if int(problem.households[mine].sum()) <= limit:
            small += 1
            split += len(np.unique(assignment[mine])) > 1
    over = loads > limit
    part = connected_parts(len(assignment), problem.a[inside], problem.b[inside])
    of_part = np.zeros(int(part.max(initial=-1)) + 1, np.int64)
    of_part[part] = assignment
    broken = (np.bincount(of_part, minlength=k) > 1).sum()
    return Measures(
        grids=k,
        lower_bound=lower_bound(problem, limit),
        households=int(loads.sum()),
        largest=int(loads.max(initial=0)),
        smallest=int(loads.min()) if k else 0,
        over_limit=int((over & (plots > 1)).sum()),
        oversize_buildings=int((over & (plots == 1)).sum()),
        in_pieces=int(broken),
        polsby_popper_sum=float((4 * math.pi * area / np.maximum(perimeter, 1e-9) ** 2).sum()),
        border_m=float(border.sum()),
        street_border_m=float(border[barred].sum()),
        weighted_border_m=float((border * weight).sum()),
        scale_m=math.sqrt(float(problem.area_m2.sum()) * k),
        estates_small=small,
        estates_split=int(split),
        load_deviation=float(loads.std() / max(1e-9, loads.mean())) if k else 0.0,
    )


def total(parts: list[Measures]) -> Measures:
    """Add up the measures of several communities; bounds and extremes are the extremes."""
    weights = sum(m.grids for m in parts)
    return Measures(
        grids=weights,
        lower_bound=sum(m.lower_bound for m in parts),
        households=sum(m.households for m in parts),
        largest=max((m.largest for m in parts), default=0),
        smallest=min((m.smallest for m in parts), default=0),
        over_limit=sum(m.over_limit for m in parts),
        oversize_buildings=sum(m.oversize_buildings for m in parts),
        in_pieces=sum(m.in_pieces for m in parts),
        polsby_popper_sum=sum(m.polsby_popper_sum for m in parts),
        border_m=sum(m.border_m for m in parts),
        street_border_m=sum(m.street_border_m for m in parts),
        weighted_border_m=sum(m.weighted_border_m for m in parts),
        scale_m=sum(m.scale_m for m in parts),
        estates_small=sum(m.estates_small for m in parts),
        estates_split=sum(m.estates_split for m in parts),
        load_deviation=sum(m.load_deviation * m.grids for m in parts) / max(1, weights),
    )
