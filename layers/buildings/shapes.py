"""Footprints under the hand: faults of a drawn shape, cutting, joining, strips along the long axis.

Pure geometry in the measuring CRS (metres).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.kit.findings import Finding

LEAST_M2 = 4.0
"""Smaller than the smallest room that a household is counted in (2 m by 2 m): a slip."""

MOST_M2 = 100_000.0
"""Larger than any one building of a county town (a market hall of 300 m by 300 m is 90,000 m²)."""

OVERLAP_M2 = 0.1
"""Overlaps below this are party walls drawn twice; larger ones are to be confirmed."""

TOUCH_M = 0.05
"""Footprints this near touch: hands do not draw two walls closer."""

LEAST_PART = 0.01
"""A cut that takes off less than this share of a footprint missed it."""


def shape_faults(shape: BaseGeometry | None, subject: str | None = None) -> list[Finding]:
    """Return what makes a drawn shape unusable as a footprint; nothing when it is fit."""
    if shape is None or shapely.is_empty(shape) or shapely.get_dimensions(shape) != 2:
        return [Finding("shape_missing", subject=subject)]
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return [Finding("shape_missing", subject=subject)]
    if not shapely.is_valid(shape):
        return [Finding("shape_crosses_itself", subject=subject, geometry=_crossing(shape))]
    area = float(shape.area)
    if area < LEAST_M2:
        values = {"area_m2": round(area, 2), "least_m2": LEAST_M2}
        return [Finding("shape_too_small", subject=subject, geometry=shape, values=values)]
    if area > MOST_M2:
        values = {"area_m2": round(area), "most_m2": MOST_M2}
        return [Finding("shape_too_large", subject=subject, geometry=shape, values=values)]
    return []


def _crossing(shape: BaseGeometry) -> BaseGeometry | None:
    """Return the point at which a polygon is invalid, as GEOS names it."""
    found = re.search(r"\[(\S+) (\S+)\]", str(shapely.is_valid_reason(shape)))
    return shapely.Point(float(found[1]), float(found[2])) if found else None


def overlap_m2(shape: BaseGeometry, others: NDArray[Any]) -> NDArray[np.float64]:
    """Return by how much a footprint overlaps each of some others (m²)."""
    return np.asarray(shapely.area(shapely.intersection(shape, others)), np.float64)


def cut(shape: BaseGeometry, line: BaseGeometry) -> list[BaseGeometry]:
    """Return the parts that a line cuts a footprint into, the largest first; one when it misses.

    Parts share their vertices along the cut.
    """
    parts = _faces(shape, [line])
    least = LEAST_PART * shape.area
    if len(parts) < 2 or min(part.area for part in parts) < min(least, LEAST_M2):
        return [shape]
    return sorted(parts, key=lambda part: (-part.area, part.bounds))


def _faces(shape: BaseGeometry, lines: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    work = shapely.union_all([shape.boundary, *lines])
    found = shapely.get_parts(shapely.polygonize([work]))
    inside = shapely.contains(shape, shapely.point_on_surface(found))
    return list(found[inside])


def joined(shapes: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """Return the union of footprints that touch or overlap, in one piece; None where they do not.

    Gaps up to TOUCH_M are closed.
    """
    whole = shapely.union_all(shapes)
    parts_before = max(int(shapely.get_num_geometries(s)) for s in shapes)
    if shapely.get_num_geometries(whole) > parts_before or whole.geom_type != "Polygon":
        half = TOUCH_M / 2
        grown = shapely.buffer(whole, half, join_style="mitre")
        closed = shapely.buffer(grown, -half, join_style="mitre")
        whole = shapely.union(whole, closed)
    return whole if whole.geom_type == "Polygon" else None


def strips(shape: BaseGeometry, count: int) -> list[BaseGeometry]:
    """Cut a footprint across its long axis into ``count`` strips of equal area, west to east.

    A footprint whose axis runs north to south is counted from the north. Strips share their
    vertices; a strip of a bent footprint may have several parts.
    """
    if count < 2:
        return [shape]
    ring = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))
    sides = np.diff(ring[:3], axis=0)
    length = np.hypot(sides[:, 0], sides[:, 1])
    along = sides[int(np.argmax(length))] / length.max()
    upright = abs(along[0]) <= np.sin(np.pi / 8)
    if along[1] > 0 if upright else along[0] < 0:
        along = -along
    across = np.array([-along[1], along[0]])
    at = shapely.get_coordinates(shape) @ along
    side = shapely.get_coordinates(shape) @ across
    low, high, far = float(at.min()), float(at.max()), float(np.abs(side).max()) + 10.0

    def line(position: float) -> BaseGeometry:
        middle = along * position
        return shapely.linestrings([middle - across * far, middle + across * far])

    def before(position: float) -> float:
        box = [along * (low - 1) - across * far, along * (low - 1) + across * far,
               along * position + across * far, along * position - across * far]  # fmt: skip
        return float(shapely.intersection(shape, shapely.polygons(box)).area)

    cuts = [_where(before, shape.area * n / count, low, high) for n in range(1, count)]
    faces = _faces(shape, [line(position) for position in cuts])
    inner = shapely.get_coordinates(shapely.point_on_surface(np.array(faces, object))) @ along
    of = np.searchsorted(cuts, inner)
    return [
        shapely.union_all([face for face, place in zip(faces, of, strict=True) if place == n])
        for n in range(count)
    ]


def _where(area_before: Any, wanted: float, low: float, high: float) -> float:
    """Return the position up to which a shape holds an area, by halving, to 0.1 mm."""
    while high - low > 1e-4:
        middle = (low + high) / 2
        if area_before(middle) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def follow(point: BaseGeometry, before: BaseGeometry, after: BaseGeometry) -> BaseGeometry:
    """Return where a point on a footprint goes when the footprint is moved, turned or reshaped.

    A footprint of as many vertices was moved or turned: the point takes part, by the affine map
    that fits best. Otherwise the point goes to the nearest wall.
    """
    old, new = shapely.get_coordinates(before), shapely.get_coordinates(after)
    if len(old) == len(new) and len(old) > 3:
        centre = old.mean(axis=0)
        spread = np.column_stack((old - centre, np.ones(len(old))))
        matrix, _, rank, _ = np.linalg.lstsq(spread, new, rcond=None)
        if rank == 3 and np.abs(spread @ matrix - new).max() < 0.5:
            xy = shapely.get_coordinates(point)[0] - centre
            return shapely.Point(np.append(xy, 1.0) @ matrix)
    if shapely.intersects(after, point):
        return point
    return shapely.get_point(shapely.shortest_line(after.boundary, point), 0)


def shared_out(value: int, weights: Sequence[float]) -> list[int]:
    """Share out a whole number in proportion to weights, the sum kept (largest remainders)."""
    if not weights:
        return []
    share = np.asarray(weights, float)
    share = share / share.sum() if share.sum() > 0 else np.full(len(share), 1 / len(share))
    exact = value * share
    whole = np.floor(exact + 1e-9).astype(int)
    left = value - int(whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[:left]] += 1
    return [int(v) for v in whole]
