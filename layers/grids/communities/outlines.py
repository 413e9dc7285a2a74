"""Outlines of communities made from their plots, and edges that match across an old border.

All in stored coordinates (EPSG:4490, degrees), because what is not moved must keep its vertices to
the last digit: a coordinate that goes to metres and back is another one.

1. Plots of two communities meet along the border, each with vertices of its own: where plots change
   sides both get each other's, so that the new community's plots are an edge-matched coverage.
2. The outline of a community is the union of its plots, with the vertices that the old outline had,
   and none that only plots have; the line between the two parts keeps every vertex.
3. Where that line ends on an outer border, everybody who shares that border gets the vertex.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

SAME_DEG = 5e-11
"""5 micrometres: what tessellation and storage move a vertex by; nothing on the ground is near."""
ALONG_DEG = 5e-8
"""5 millimetres: a straight border in metres is a slightly bent one in degrees, so that a vertex on
it lies beside the chord: 0.3 mm on 1 km, measured, and growing with the square."""

Points = NDArray[np.float64]
Node = tuple[float, float]


@dataclass(frozen=True)
class Outlines:
    """``parts``: a MultiPolygon each. ``ends``: (m, 2), where the line between meets the rest."""

    parts: tuple[BaseGeometry, ...]
    ends: Points


def with_vertices(shape: BaseGeometry, points: Points) -> BaseGeometry:
    """Return a (multi)polygon with those points as vertices that lie on its border."""
    west, south, east, north = shape.bounds
    near = (
        (points[:, 0] >= west - ALONG_DEG)
        & (points[:, 0] <= east + ALONG_DEG)
        & (points[:, 1] >= south - ALONG_DEG)
        & (points[:, 1] <= north + ALONG_DEG)
    )
    points = points[near]
    if len(points) == 0:
        return shape

    def ring(coordinates: Points) -> Points:
        return _ring_with(coordinates, points)

    return _each_ring(shape, ring)


def _ring_with(ring: Points, points: Points) -> Points:
    """Return a closed ring with points inserted where they lie inside one of its segments."""
    own = cKDTree(ring)
    fresh = points[own.query(points)[0] > SAME_DEG]
    if len(fresh) == 0:
        return ring
    start, step = ring[:-1], np.diff(ring, axis=0)
    length = np.maximum(np.einsum("ij,ij->i", step, step), 1e-300)  # doubled vertices
    inserted: dict[int, list[tuple[float, Node]]] = {}
    for x, y in np.unique(fresh, axis=0).tolist():
        offset = np.array([x, y]) - start
        along = np.einsum("ij,ij->i", offset, step) / length
        apart = np.hypot(*(offset - along[:, None] * step).T)
        inside = (along > 0) & (along < 1) & (apart <= ALONG_DEG)
        for at in np.flatnonzero(inside).tolist():
            inserted.setdefault(at, []).append((float(along[at]), (x, y)))
    if not inserted:
        return ring
    rows: list[Node] = []
    for at, node in enumerate(ring[:-1].tolist()):
        rows.append((node[0], node[1]))
        rows += [point for _, point in sorted(inserted.get(at, []))]
    rows.append(rows[0])
    return np.array(rows, np.float64)


def _each_ring(shape: BaseGeometry, change: Any) -> BaseGeometry:
    """Return a (multi)polygon whose rings are changed; rings that vanish are left out."""
    polygons = []
    for polygon in shapely.get_parts(shape):
        rings = [change(shapely.get_coordinates(r)) for r in shapely.get_rings(polygon)]
        rings = [r for r in rings[:1] if len(r) > 3] + [r for r in rings[1:] if len(r) > 3]
        if rings:
            polygons.append(shapely.Polygon(rings[0], rings[1:]))
    return polygons[0] if shape.geom_type == "Polygon" else shapely.MultiPolygon(polygons)


def matched(one: NDArray[np.object_], two: NDArray[np.object_]) -> tuple[NDArray[np.object_], ...]:
    """Return the plots of two communities with equal vertices along their border (clause 1)."""
    result = [one.copy(), two.copy()]
    target = cKDTree(np.unique(shapely.get_coordinates(two), axis=0))
    result[0] = _snapped(result[0], target)
    # Only vertices of the outer border: a corner inside may come near an edge of the other side.
    border = [shapely.get_coordinates(shapely.coverage_union_all(shapes)) for shapes in result]
    tree = shapely.STRtree(result[1])
    pairs = tree.query(result[0], predicate="dwithin", distance=ALONG_DEG)
    for side, other in ((0, 1), (1, 0)):
        for at in np.unique(pairs[side]).tolist():
            result[side][at] = with_vertices(result[side][at], border[other])
    return result[0], result[1]


def _snapped(shapes: NDArray[np.object_], target: cKDTree) -> NDArray[np.object_]:
    """Return shapes whose vertices near a target vertex are exactly that vertex."""
    coordinates = shapely.get_coordinates(shapes)
    apart, at = target.query(coordinates, distance_upper_bound=SAME_DEG)
    near = np.isfinite(apart) & (apart > 0)
    if not near.any():
        return shapes
    coordinates[near] = target.data[at[near]]
    return np.asarray(shapely.set_coordinates(shapes.copy(), coordinates), object)


def outlines(
    plots: NDArray[np.object_], part: NDArray[np.int64], before: Iterable[BaseGeometry]
) -> Outlines:
    """Return the outline of every part 0 … k - 1 of the plots (clause 2).

    ``before``: the communities that the plots were of.
    """
    old = np.unique(shapely.get_coordinates(np.asarray(list(before), object)), axis=0)
    count = int(part.max()) + 1
    unions = [shapely.coverage_union_all(plots[part == k]) for k in range(count)]
    edges = [_edges(shape) for shape in unions]
    between: set[frozenset[Node]] = set()
    for k, own in enumerate(edges):
        for other in edges[k + 1 :]:
            between |= own & other
    line = {node for edge in between for node in edge}
    tree = cKDTree(old)
    own_nodes = np.array(sorted(line), np.float64).reshape(-1, 2)
    outer = {node for own in edges for edge in own - between for node in edge}

    def ring(coordinates: Points) -> Points:
        apart, at = tree.query(coordinates)
        near = apart <= SAME_DEG
        kept = np.where(near[:, None], old[at], coordinates)
        stays = near | np.array([tuple(row) in line for row in coordinates.tolist()])
        rows = kept[:-1][stays[:-1]]
        return np.vstack([rows, rows[:1]]) if len(rows) else rows

    parts = [with_vertices(_multi(_each_ring(shape, ring)), old) for shape in unions]
    ends = [node for node in own_nodes.tolist() if tuple(node) in outer]
    fresh = np.array(ends, np.float64).reshape(-1, 2)
    if len(fresh):
        fresh = fresh[tree.query(fresh)[0] > SAME_DEG]
    return Outlines(tuple(parts), fresh)


def _multi(shape: BaseGeometry) -> BaseGeometry:
    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


def _edges(shape: BaseGeometry) -> set[frozenset[Node]]:
    found: set[frozenset[Node]] = set()
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        nodes = [(x, y) for x, y in shapely.get_coordinates(ring).tolist()]
        found |= {frozenset(pair) for pair in pairwise(nodes)}
    return found
