"""Codes of grids: which number each grid of a community carries.

1. Code of a grid = code of the community + three digits (GB/T practice, ../field/standards.md).
2. New numbers follow the centroids from north-west to south-east: rows from north to south, west to
   east inside a row.
3. When a community is divided anew, a code stays with the grid that keeps most of its households;
   where plots without households decide, with the one that keeps most of its land.
4. Numbers are never used twice: a number once given and dropped stays unused.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.kit.errors import InputError

HIGHEST_NUMBER = 999


def reading_order(x: ArrayLike, y: ArrayLike) -> NDArray[np.int64]:
    """Return the positions of points in the order of clause 2.

    ``x``, ``y`` (n,): metres, y to the north. Rows are bands of equal height, about √n of them, so
    that a row holds about as many points as there are rows; ties go west to east, then by position.
    """
    px, py = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if len(px) == 0:
        return np.zeros(0, np.int64)
    north, height = float(py.max()), float(py.max() - py.min())
    rows = max(1, round(math.sqrt(len(px) * max(height, 1e-9) / _width(px, height))))
    band = height / rows if height > 0 else 1.0
    row = np.minimum(((north - py) / band).astype(np.int64), rows - 1)
    return np.lexsort((np.arange(len(px)), px, row)).astype(np.int64)


def grid_centroids(
    x: ArrayLike, y: ArrayLike, area_m2: ArrayLike, assignment: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the centroids (m) of grids from those of their plots, weighted by area."""
    weight = np.maximum(np.asarray(area_m2, np.float64), 1e-9)
    whole = np.bincount(assignment, weight)
    east = np.bincount(assignment, weight * np.asarray(x, np.float64)) / whole
    north = np.bincount(assignment, weight * np.asarray(y, np.float64)) / whole
    return east, north


def new_numbers(
    x: ArrayLike, y: ArrayLike, grids: int, used: Iterable[int] = ()
) -> NDArray[np.int64]:
    """Return the number of every grid: from 1 up in reading order, past every number ``used``."""
    start = max((int(number) for number in used), default=0)
    numbers = np.zeros(grids, np.int64)
    numbers[reading_order(x, y)] = start + 1 + np.arange(grids)
    return numbers


def kept_numbers(
    before: NDArray[np.int32],
    after: NDArray[np.int32],
    numbers_before: Sequence[int],
    households: ArrayLike,
    area_m2: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    used: Iterable[int] = (),
) -> NDArray[np.int64]:
    """Return the numbers of a new division of the same plots (clauses 3 and 4).

    ``before``, ``after`` (n,): grid of every plot, 0 … (-1 before: none). ``numbers_before``: the
    number of every grid before. ``used``: further numbers that were given at any time.
    """
    weight = np.asarray(households, np.float64)
    land = np.asarray(area_m2, np.float64)
    # Land decides only between grids that keep equally many households, so it stays below one.
    weight = weight + 0.5 * land / max(float(land.sum()), 1e-9)
    had = before >= 0
    grids = int(after.max()) + 1 if len(after) else 0
    olds = len(numbers_before)
    pair = before[had].astype(np.int64) * max(grids, 1) + after[had]
    kept = np.bincount(pair, weight[had], olds * max(grids, 1))
    numbers = np.zeros(grids, np.int64)
    given = np.zeros(olds, np.bool_)
    for at in np.argsort(-kept, kind="stable"):
        if kept[at] <= 0:
            break
        old, new = divmod(int(at), grids)
        if not given[old] and numbers[new] == 0:
            numbers[new] = int(numbers_before[old])
            given[old] = True
    fresh = np.flatnonzero(numbers == 0)
    if len(fresh):
        east, north = grid_centroids(x, y, area_m2, after)
        taken = [*(int(number) for number in numbers_before), *used]
        numbers[fresh] = new_numbers(east[fresh], north[fresh], len(fresh), taken)
    return numbers


def grid_code(community_code: str, number: int) -> str:
    """Return the code of a grid (clause 1).

    Raises ``InputError`` where an official community code (12 digits) has no number left.
    """
    if number > HIGHEST_NUMBER and len(community_code) == 12 and community_code.isdigit():
        raise InputError(
            "community {community_code} has numbers for {highest_number} grids only; "
            "divide the community first",
            community_code=community_code,
            highest_number=HIGHEST_NUMBER,
        )
    return f"{community_code}{number:03d}"


def _width(x: NDArray[np.float64], height: float) -> float:
    return max(float(x.max() - x.min()), height * 1e-3, 1e-9)
