"""Which streets a door may be tied to, and what its way to them does not cross.

1. Bridges and tunnels are no ground: who lives beside a tunnel or under a viaduct cannot step onto
   it. They are met at their ends, where streets on the ground begin.
2. A street of another layer that is no bridge or tunnel comes second: such tags are often wrong.
3. A short piece that is joined to nothing (a path in a yard) comes last, so that it does not hide
   the street behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

SHORT_PIECE_M = 250.0
SHORT_PIECE_SHARE = 0.1
"""A piece is short up to this length, and this share of the longest: a hamlet has its own."""

AT_END_M = 0.05
"""A wall that a door or a kerb stands on is not crossed."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Edges (numbers, ordered by where they lie) that doors may be tied to."""

    edges: Ints
    tree: shapely.STRtree


@dataclass(frozen=True, slots=True, eq=False)
class Barriers:
    """Water, walls and rails: lines and polygons."""

    shapes: NDArray[np.object_]
    tree: shapely.STRtree

    def bar(self, ends: Floats) -> NDArray[np.bool_]:
        """Tell which straight ways (n, 2, 2), door to street, are barred.

        A polygon that holds one of the ends does not bar: a house over the water, a street along
        a bank that was drawn too wide.
        """
        barred = np.zeros(len(ends), bool)
        way = ends[:, 1] - ends[:, 0]
        length = np.hypot(*way.T)
        far = np.flatnonzero(length > 2 * AT_END_M)
        if len(far) == 0:
            return barred
        inset = way[far] * (AT_END_M / length[far])[:, None]
        lines = shapely.linestrings(np.stack([ends[far, 0] + inset, ends[far, 1] - inset], axis=1))
        line, barrier = self.tree.query(lines, predicate="intersects")
        shapes = self.shapes[barrier]
        solid = shapely.get_dimensions(shapes) == 2
        at = far[line]
        holds = np.zeros(len(at), bool)
        for end in (0, 1):
            points = shapely.points(ends[at[solid], end])
            holds[solid] |= shapely.intersects(shapes[solid], points)
        barred[at[~holds]] = True
        return barred


def barriers_of(shapes: NDArray[np.object_] | None) -> Barriers | None:
    """Return barriers to be asked; None where there are none."""
    if shapes is None:
        return None
    parts: NDArray[Any] = shapely.get_parts(shapely.force_2d(np.asarray(shapes, dtype=object)))
    parts = parts[shapely.get_dimensions(parts) >= 1]
    broken = ~shapely.is_valid(parts)
    parts[broken] = shapely.make_valid(parts[broken])
    parts = shapely.get_parts(parts)
    return Barriers(parts, shapely.STRtree(parts)) if len(parts) else None


def grounds_of(
    geometry: NDArray[np.object_],
    length_m: Floats,
    u: Ints,
    v: Ints,
    structure: NDArray[np.bool_],
    layer: Ints,
) -> tuple[Ground, ...]:
    """Return the edges that doors may be tied to, the better ones first (clauses 1 to 3)."""
    short = short_pieces(length_m, u, v)
    rank = np.where(short, 2, np.where(layer == 0, 0, 1))
    middle = shapely.get_coordinates(
        shapely.line_interpolate_point(geometry, 0.5, normalized=True)
    ).reshape(-1, 2)
    order = np.lexsort((length_m, middle[:, 0], middle[:, 1])).astype(np.int32)
    grounds = []
    for level in range(3):
        edges = order[(rank[order] == level) & ~structure[order]]
        if len(edges):
            grounds.append(Ground(edges, shapely.STRtree(geometry[edges])))
    return tuple(grounds)


def renumbered(
    grounds: tuple[Ground, ...], number: Ints, geometry: NDArray[np.object_]
) -> tuple[Ground, ...]:
    """Return the grounds of a network that has some of the edges: ``number``, new by old, -1 for
    those that it lacks; ``geometry`` by new number.
    """
    left = [number[ground.edges] for ground in grounds]
    some = [edges[edges >= 0] for edges in left]
    return tuple(Ground(edges, shapely.STRtree(geometry[edges])) for edges in some if len(edges))


def short_pieces(length_m: Floats, u: Ints, v: Ints) -> NDArray[np.bool_]:
    """Tell which edges belong to a short piece that is joined to nothing (clause 3)."""
    size = int(max(u.max(initial=-1), v.max(initial=-1))) + 1
    _, part = connected_components(
        coo_matrix((np.ones(len(u)), (u, v)), (size, size)), directed=False
    )
    metres = np.bincount(part[u], weights=length_m, minlength=size)
    limit = min(SHORT_PIECE_M, SHORT_PIECE_SHARE * float(metres.max(initial=0.0)))
    short: NDArray[np.bool_] = metres[part[u]] <= limit
    return short
