"""Small towns for the tests of division: lattices of square plots, drawn in docstrings."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.grids.division.divide import Problem
from layers.kit.ground.barriers import Barrier

SIDE_M = 20.0


def lattice(
    rows: list[list[int]],
    *,
    missing: tuple[tuple[int, int], ...] = (),
    estate: Any = None,
    street_after_column: int | None = None,
    locked: Any = None,
) -> Problem:
    """Return square plots of 20 m with these households, first row in the north.

    ``missing``: (row, column) of holes. ``street_after_column``: a street east of that column.
    """
    values = np.array(rows, np.int64)
    height, width = values.shape
    present = np.ones(values.shape, bool)
    for row, column in missing:
        present[row, column] = False
    number = np.full(values.shape, -1)
    number[present] = np.arange(present.sum())
    a, b, barrier = [], [], []
    for row in range(height):
        for column in range(width):
            for down, right in ((0, 1), (1, 0)):
                r, c = row + down, column + right
                if r < height and c < width and present[row, column] and present[r, c]:
                    a.append(number[row, column])
                    b.append(number[r, c])
                    street = right == 1 and column == street_after_column
                    barrier.append(Barrier.STREET if street else Barrier.NONE)
    row, column = np.nonzero(present)
    n = len(row)
    return Problem(
        households=values[present],
        area_m2=np.full(n, SIDE_M**2),
        perimeter_m=np.full(n, 4 * SIDE_M),
        x=column * SIDE_M,
        y=-row * SIDE_M,
        a=np.array(a, np.int32),
        b=np.array(b, np.int32),
        shared_m=np.full(len(a), SIDE_M),
        barrier=np.array(barrier, np.int8),
        estate=np.full(n, -1, np.int32) if estate is None else np.array(estate, np.int32)[present],
        locked=np.full(n, -1, np.int32) if locked is None else np.array(locked, np.int32)[present],
    )


def is_connected(problem: Problem, plots: set[int]) -> bool:
    """Walk over the problem's borders, plainly."""
    around: dict[int, list[int]] = {plot: [] for plot in plots}
    for a, b in zip(problem.a.tolist(), problem.b.tolist(), strict=True):
        if a in plots and b in plots:
            around[a].append(b)
            around[b].append(a)
    queue, seen = [min(plots)], {min(plots)}
    while queue:
        for other in around[queue.pop()]:
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return seen == plots


def breaches(problem: Problem, assignment: Any, limit: int) -> list[str]:
    """Return every way in which an assignment is no plan; locked grids may be over the limit."""
    wrong = []
    grids = sorted(set(assignment.tolist()))
    if grids != list(range(len(grids))):
        wrong.append(f"grids are {grids}")
    for grid in grids:
        plots = set(np.flatnonzero(assignment == grid).tolist())
        if not is_connected(problem, plots):
            wrong.append(f"grid {grid} is in pieces")
        load = int(problem.households[list(plots)].sum())
        is_locked = (problem.locked[list(plots)] >= 0).any()
        if load > limit and len(plots) > 1 and not is_locked:
            wrong.append(f"grid {grid} holds {load} > {limit}")
    return wrong


def square_town(across: int, down: int, households: Any) -> gpd.GeoDataFrame:
    """Return houses of 12 m, 20 m apart, in EPSG:4545 (Guizhou), with households."""
    x, y = np.meshgrid(np.arange(across) * 20.0, np.arange(down) * 20.0)
    west, south = 500_000 + x.ravel(), 2_950_000 + y.ravel()
    return gpd.GeoDataFrame(
        {"id": np.arange(1, across * down + 1), "households": np.broadcast_to(households, x.size)},
        geometry=shapely.box(west, south, west + 12, south + 12),
        crs=4545,
    )
