"""Heights along edges, and the seconds that add up along them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from layers.kit.crs import transform
from layers.kit.ground.elevation import Elevation

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

STEP_M = 2.0


class HeightOf:
    """Heights (m) at points of another CRS: the callable that ``build_network`` takes."""

    def __init__(self, elevation: Elevation, srid: int) -> None:
        self.elevation = elevation
        self.srid = srid

    def __call__(self, x: Floats, y: Floats) -> Floats:
        """Return bilinear heights; NaN outside the raster and in its voids."""
        return self.elevation.sample(*transform(x, y, self.srid, self.elevation.srid))


def float_heights(
    z: Floats, u: Ints, v: Ints, length_m: Floats, structure: NDArray[np.bool_]
) -> Floats:
    """Return node heights in which nodes that lie only on bridges or tunnels leave the ground.

    A viaduct is often drawn as several lines that meet in the air. Such a node gets the height
    that makes the slope constant between the anchored ends (the harmonic solution with weights
    1 / length, which for a chain is linear interpolation).
    """
    degree = np.bincount(np.concatenate([u, v]), minlength=len(z))
    on_deck = np.bincount(np.concatenate([u[structure], v[structure]]), minlength=len(z))
    afloat = (degree == on_deck) & (degree >= 2)
    if not afloat.any():
        return z
    touching = np.flatnonzero(structure & (afloat[u] | afloat[v]) & (u != v))
    a, b, weight = u[touching], v[touching], 1.0 / length_m[touching]
    # A piece of deck that is anchored nowhere keeps the ground's heights.
    size = (len(z), len(z))
    _, part = connected_components(coo_matrix((weight, (a, b)), size), directed=False)
    anchored = np.zeros(len(z), bool)
    ends = np.concatenate([a, b])
    anchored[part[ends[~afloat[ends] & ~np.isnan(z[ends])]]] = True
    free = afloat & anchored[part]
    if not free.any():
        return z
    # Ends of unknown height do not pull.
    known = (free[a] | ~np.isnan(z[a])) & (free[b] | ~np.isnan(z[b]))
    a, b, weight = a[known], b[known], weight[known]
    place = np.full(len(z), -1)
    place[free] = np.arange(free.sum())
    rows, columns, values = [], [], []
    pull = np.zeros(int(free.sum()))
    for near, far in ((a, b), (b, a)):
        mine = free[near]
        rows.append(place[near[mine]])
        columns.append(place[near[mine]])
        values.append(weight[mine])
        both = mine & free[far]
        rows.append(place[near[both]])
        columns.append(place[far[both]])
        values.append(-weight[both])
        fixed = mine & ~free[far]
        np.add.at(pull, place[near[fixed]], weight[fixed] * z[far[fixed]])
    matrix = coo_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        (len(pull), len(pull)),
    ).tocsc()
    result = z.copy()
    result[free] = spsolve(matrix, pull)
    return result


def fill_along(at: Floats, edge: NDArray[np.int64]) -> Floats:
    """Return heights at equally spaced marks without NaN.

    ``edge`` names the edge of each mark, in runs. Unknown marks between known ones of the same
    edge are interpolated; before the first and after the last the height is theirs (flat); an
    edge without any height gets 0 (flat).
    """
    unknown = np.isnan(at)
    if not unknown.any():
        return at
    place = np.arange(len(at), dtype=np.float64)
    result = at.copy()
    for number in np.unique(edge[unknown]):
        first, end = np.searchsorted(edge, [number, number + 1])
        part = slice(first, end)
        known = ~unknown[part]
        if known.any():
            result[part] = np.interp(place[part], place[part][known], at[part][known])
        else:
            result[part] = 0.0
    return result


def unknown_length_m(
    lines: NDArray[np.object_], height: Callable[[Floats, Floats], Floats]
) -> float:
    """Return along how many metres of lines the height is unknown, in steps of ``STEP_M``."""
    length_m = shapely.length(lines)
    steps = np.maximum(np.ceil(length_m / STEP_M).astype(np.int64), 1)
    of = np.repeat(np.arange(len(lines)), steps)
    place = np.arange(len(of)) - np.repeat(np.cumsum(steps) - steps, steps)
    middle = shapely.line_interpolate_point(lines[of], (place + 0.5) / steps[of], normalized=True)
    unknown = np.isnan(height(shapely.get_x(middle), shapely.get_y(middle)))
    return float((length_m / steps)[of][unknown].sum())


def lay_marks(seconds: Floats, piece_start: NDArray[np.int64]) -> Floats:
    """Return the running sums of ``seconds`` along each edge, 0 at its first mark.

    Each edge is summed by itself, so that the times of one edge never depend on the others, not
    even in the last bit.
    """
    edges = len(piece_start) - 1
    pieces = np.diff(piece_start)
    marks = np.zeros(int(piece_start[-1]) + edges)
    order = np.argsort(-pieces, kind="stable")
    longest_first = pieces[order]
    for step in range(int(pieces.max())):
        some = order[: np.searchsorted(-longest_first, -step, side="left")]
        piece = piece_start[some] + step
        mark = piece + some
        marks[mark + 1] = marks[mark] + seconds[piece]
    return marks
