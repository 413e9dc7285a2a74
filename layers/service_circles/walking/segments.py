"""Which edge is nearest to each of very many points: a bucket grid over straight segments."""

from __future__ import annotations

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


def near_order(x: Floats, y: Floats) -> NDArray[np.intp]:
    """Return the points in Morton order, in which neighbours on the ground are near in memory."""
    code = np.zeros(len(x), np.uint64)
    for axis, values in enumerate((x, y)):
        low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
        span = max(float(high - low), 1e-9) if len(values) else 1.0
        bits = ((values - low) / span * 0xFFFFFF).astype(np.uint64)
        for bit in range(24):
            code |= ((bits >> np.uint64(bit)) & np.uint64(1)) << np.uint64(2 * bit + axis)
    return np.argsort(code, kind="stable")


def nearest_edges(
    lines: NDArray[np.object_], x: Floats, y: Floats, max_m: float
) -> tuple[Ints, Floats, Floats]:
    """Return for each point the nearest line (-1 beyond ``max_m``), the metres to it, and from the
    line's start to the nearest place on it. Of equally near lines the lowest number is taken.
    """
    edge = np.full(len(x), -1, np.int32)
    distance_m, along_m = np.full(len(x), np.nan), np.full(len(x), np.nan)
    if len(x) == 0 or len(lines) == 0:
        return edge, distance_m, along_m
    at, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero((owner[1:] == owner[:-1]) & (at[1:] != at[:-1]).any(axis=1))
    if len(first) == 0:
        return edge, distance_m, along_m
    a, b = np.ascontiguousarray(at[first]), np.ascontiguousarray(at[first + 1])
    length = np.hypot(*(b - a).T)
    before = np.cumsum(length) - length
    starts = np.ones(len(first), bool)
    starts[1:] = owner[first][1:] != owner[first][:-1]
    before -= np.repeat(before[starts], np.diff(np.append(np.flatnonzero(starts), len(first))))
    size_m = max(float(np.median(length)), max_m / 8)
    low = np.minimum(a, b).min(axis=0)
    high = np.maximum(a, b).max(axis=0)
    columns, rows = (int(n) + 1 for n in (high - low) // size_m)
    start, listed = _fill_buckets(a, b, low, size_m, columns, rows)
    _search(
        a, b, before, owner[first].astype(np.int32), low, size_m, columns, rows, start, listed,
        x, y, max_m, edge, distance_m, along_m,
    )  # fmt: skip
    return edge, distance_m, along_m


@njit(cache=True, nogil=True)
def _fill_buckets(
    a: Floats, b: Floats, low: Floats, size_m: float, columns: int, rows: int
) -> tuple[Longs, Ints]:
    """List in each bucket the segments whose box touches it."""
    start = np.zeros(columns * rows + 1, np.int64)
    listed = np.empty(0, np.int32)
    for turn in range(2):  # count, then write
        for s in range(len(a)):
            c0 = int((min(a[s, 0], b[s, 0]) - low[0]) // size_m)
            c1 = int((max(a[s, 0], b[s, 0]) - low[0]) // size_m)
            r0 = int((min(a[s, 1], b[s, 1]) - low[1]) // size_m)
            r1 = int((max(a[s, 1], b[s, 1]) - low[1]) // size_m)
            for row in range(r0, r1 + 1):
                for column in range(c0, c1 + 1):
                    bucket = row * columns + column
                    if turn == 0:
                        start[bucket + 1] += 1
                    else:
                        listed[start[bucket]] = s
                        start[bucket] += 1
        if turn == 0:
            start = np.cumsum(start)
            listed = np.empty(start[-1], np.int32)
    # Writing moved each start to its end, which is the next one's start.
    start[1:] = start[:-1].copy()
    start[0] = 0
    return start, listed


@njit(cache=True, nogil=True)
def _search(
    a: Floats, b: Floats, before: Floats, owner: Ints, low: Floats, size_m: float, columns: int,
    rows: int, start: Longs, listed: Ints, x: Floats, y: Floats, max_m: float, edge: Ints,
    distance_m: Floats, along_m: Floats,
) -> None:  # fmt: skip
    """Look through the buckets in growing squares until no nearer segment can follow."""
    for p in range(len(x)):
        column = int((x[p] - low[0]) // size_m)
        row = int((y[p] - low[1]) // size_m)
        best, best_edge, best_along = max_m * max_m, -1, 0.0
        ring = 0
        # Segments that are first met in ring r are at least r - 1 buckets away.
        while (max(ring - 1, 0) * size_m) ** 2 <= best:
            for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                whole = r == row - ring or r == row + ring
                step = 1 if whole or ring == 0 else 2 * ring
                for c in range(column - ring, column + ring + 1, step):
                    if c < 0 or c >= columns:
                        continue
                    for i in range(start[r * columns + c], start[r * columns + c + 1]):
                        s = listed[i]
                        dx, dy = b[s, 0] - a[s, 0], b[s, 1] - a[s, 1]
                        square = dx * dx + dy * dy
                        share = ((x[p] - a[s, 0]) * dx + (y[p] - a[s, 1]) * dy) / square
                        share = min(max(share, 0.0), 1.0)
                        ex = x[p] - (b[s, 0] if share == 1.0 else a[s, 0] + share * dx)
                        ey = y[p] - (b[s, 1] if share == 1.0 else a[s, 1] + share * dy)
                        away = ex * ex + ey * ey
                        nearer = away < best or (best_edge < 0 and away <= best)
                        if nearer or (away == best and owner[s] < best_edge):
                            best, best_edge = away, owner[s]
                            best_along = before[s] + share * np.sqrt(square)
            ring += 1
        if best_edge >= 0:
            edge[p] = best_edge
            distance_m[p] = np.sqrt(best)
            along_m[p] = best_along
