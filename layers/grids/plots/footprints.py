"""Footprints of buildings as real files give them, made fit for a tessellation.

Points, bow-ties, slivers, several parts, duplicates and overlaps become disjoint polygons inside
the community, one per building that keeps land of its own; everything that was done is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.grids.plots.blocks import LATTICE_M, less
from layers.kit.findings import Finding, Severity

POINT_SIDE_M = 4.0
"""A building given as a point is drawn as a square of this side: a small room, so that points of
neighbouring stairwells (about 10 m apart) do not overlap."""

SLIVER_M2 = 1.0
"""Below this area a footprint is a digitising slip; it gets a square of SLIVER_SIDE_M added."""

SLIVER_SIDE_M = 2.0

INSIDE_MIN_M2 = 0.01
"""A footprint with less than this inside the community is outside of it: the border's rounding."""

CROSSING_MIN_M2 = 0.1
"""A footprint with more than this outside the community crosses its border."""

OVERLAP_MIN_M2 = 1e-6
"""Overlaps below this are rounding; the noding takes care of them."""

NECK_M = 1e-4
"""Parts that hang together by less than twice this (0.2 mm) are separate parts: rounding would
part them anyway."""

OVERLAP_REPORTED_M2 = 0.1
"""Overlaps above this are reported; party walls in real files overlap by centimetres."""

HOSTED_SHARE = 0.5
"""A building that loses at least this share of its footprint to larger ones shares their plot:
what is left of it (a tower on its podium, a record entered twice) is no land of its own."""

CORRIDOR_M = 0.5
"""Half the width of the strip that ties the parts of one building together."""


@dataclass(slots=True)
class Footprints:
    """Disjoint one-piece footprints inside the community, larger first.

    ``shapes``: polygons; ``rows``: their positions in the frame (0-based); ``hosted``: position of
    a building without land of its own → place in ``shapes`` of the building whose plot it shares.
    """

    shapes: NDArray[Any]
    rows: NDArray[np.int64]
    hosted: dict[int, int]
    findings: list[Finding] = field(default_factory=list)


def repair(buildings: GeoDataFrame, community: BaseGeometry) -> Footprints:
    """Return the footprints of a community, disjoint and in one piece each.

    ``buildings``: any geometry in the measuring CRS (m), also None, empty and invalid ones; the
    index names them in findings. The answer does not depend on the order of the rows.
    """
    findings: list[Finding] = []
    index = buildings.index

    def report(row: int, code: str, severity: Severity, **values: Any) -> None:
        findings.append(Finding(code, severity, row + 1, subject=str(index[row]), values=values))

    raw = shapely.force_2d(np.asarray(buildings.geometry.array, dtype=object))
    bounds = shapely.bounds(raw)
    usable = np.isfinite(bounds).all(axis=1)
    # A NaN beside good coordinates does not show in the bounds.
    xy, of = shapely.get_coordinates(raw, return_index=True)
    usable[of[~np.isfinite(xy).all(axis=1)]] = False
    for row in np.flatnonzero(~usable).tolist():
        report(row, "building_without_geometry", "error")
    rows = np.flatnonzero(usable)
    shapes = _areas(raw[rows], rows, report)
    rows, shapes = _clip(shapes, rows, community, report)
    shapes = _without_necks(shapes)
    order = _order(shapes, [index[row] for row in rows])
    rows, shapes = rows[order], shapes[order]
    shapes = _join_parts(shapes, rows, community, report)
    order = _order(shapes, [index[row] for row in rows])
    rows, shapes = rows[order], shapes[order]
    return _part_overlaps(shapes, rows, index, findings)


def _order(shapes: NDArray[Any], names: list[Any]) -> NDArray[np.int64]:
    """Return larger first; equal areas by their shape, equal shapes by the index."""
    area = np.round(shapely.area(shapes), 6)
    binary = shapely.to_wkb(shapely.normalize(shapes)) if len(shapes) else []
    number = [isinstance(name, int | float | np.number) for name in names]
    key = [
        (-size, shape, not numeric, name if numeric else str(name))
        for size, shape, numeric, name in zip(area, binary, number, names, strict=True)
    ]
    return np.array(sorted(range(len(names)), key=key.__getitem__), dtype=np.int64)


def _squares(points: NDArray[Any], side_m: float) -> NDArray[Any]:
    x, y, half = shapely.get_x(points), shapely.get_y(points), side_m / 2
    return shapely.box(x - half, y - half, x + half, y + half)


def _polygonal(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a geometry, united."""
    parts = shapely.get_parts(shape)
    parts = parts[shapely.area(parts) > 0]
    return shapely.union_all(parts, grid_size=LATTICE_M) if len(parts) else shapely.Polygon()


def _areas(raw: NDArray[Any], rows: NDArray[np.int64], report: Any) -> NDArray[Any]:
    """Turn points, lines, invalid and tiny footprints into valid areas."""
    shapes = raw.copy()
    dimension = shapely.get_dimensions(raw)
    flat = np.flatnonzero(dimension < 2)
    shapes[flat] = _squares(shapely.centroid(raw[flat]), POINT_SIDE_M)
    for at in flat:
        report(rows[at], "building_is_point", "info", side_m=POINT_SIDE_M)
    mixed = shapely.get_type_id(raw) == 7
    for at in np.flatnonzero((dimension == 2) & (~shapely.is_valid(raw) | mixed)):
        report(rows[at], "building_invalid", "warning", reason=shapely.is_valid_reason(raw[at]))
        shapes[at] = _polygonal(
            shapely.make_valid(raw[at], method="structure", keep_collapsed=False)
        )
    for at in np.flatnonzero(shapely.area(shapes) < SLIVER_M2):
        report(rows[at], "building_too_small", "info", area_m2=float(shapely.area(shapes[at])))
        inside = shapely.point_on_surface(shapes[at])
        if shapely.is_empty(inside):
            inside = shapely.centroid(shapely.multipoints(shapely.get_coordinates(raw[at])))
        shapes[at] = shapely.union(shapes[at], _squares(np.array([inside]), SLIVER_SIDE_M)[0])
    return shapes


def _clip(
    shapes: NDArray[Any], rows: NDArray[np.int64], community: BaseGeometry, report: Any
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Cut the footprints at the border of the community and leave out those beyond it."""
    shapely.prepare(community)
    area = shapely.area(shapes)
    within = shapely.covers(community, shapes)
    kept = shapes.copy()
    for at in np.flatnonzero(~within):
        kept[at] = _polygonal(shapely.intersection(shapes[at], community, grid_size=LATTICE_M))
    inside = shapely.area(kept)
    outside = inside < INSIDE_MIN_M2
    for at in np.flatnonzero(~within):
        if outside[at]:
            report(rows[at], "building_outside_community", "warning")
        elif area[at] - inside[at] > CROSSING_MIN_M2:
            share = round(float(inside[at] / area[at]), 4)
            report(rows[at], "building_crosses_boundary", "warning", share_inside=share)
    return rows[~outside], kept[~outside]


def _without_necks(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return the shapes, those that are pinched somewhere as the parts that they consist of."""
    result = shapes.copy()
    for at in np.flatnonzero(shapely.minimum_clearance(shapes) < 2 * NECK_M):
        cores = shapely.get_parts(shapely.buffer(shapes[at], -NECK_M, join_style="mitre"))
        if len(cores) > 1:
            grown = shapely.buffer(cores, 1.01 * NECK_M, join_style="mitre")
            parts = [_polygonal(shapely.intersection(core, shapes[at])) for core in grown]
            main = [max(shapely.get_parts(part), key=shapely.area) for part in parts if part.area]
            result[at] = shapely.multipolygons(main)
    return result


def _join_parts(
    shapes: NDArray[Any], rows: NDArray[np.int64], community: BaseGeometry, report: Any
) -> NDArray[Any]:
    """Tie the parts of a building together by a strip that touches no other building.

    Where no such strip exists the largest part stands for the building.
    """
    tree = shapely.STRtree(shapes)
    joined = shapes.copy()
    single = shapely.get_num_geometries(shapes) == 1
    joined[single] = shapely.get_geometry(shapes[single], 0)
    for at in np.flatnonzero(~single):
        parts = shapely.get_parts(shapes[at])
        parts = parts[np.argsort(-shapely.area(parts), kind="stable")]
        whole, left = parts[0], list(parts[1:])
        apart = 0.0
        while left:
            left.sort(key=lambda part: (shapely.distance(whole, part), -part.area))
            part = left.pop(0)
            line = shapely.shortest_line(whole, part)
            strip = shapely.buffer(line, CORRIDOR_M, cap_style="square", quad_segs=1)
            near = [other for other in tree.query(strip) if other != at]
            strip = _without(strip, shapes[near])
            strip = _polygonal(shapely.intersection(strip, community, grid_size=LATTICE_M))
            tied = shapely.union_all([whole, part, strip], grid_size=LATTICE_M)
            main = _largest_part(tied)
            if shapely.area(shapely.intersection(main, part)) < part.area / 2:
                apart += part.area
            else:
                whole = main
        joined[at] = whole
        severity: Severity = "warning" if apart else "info"
        report(rows[at], "building_in_parts", severity, parts=len(parts), apart_m2=round(apart, 2))
    return joined


def _without(shape: BaseGeometry, others: NDArray[Any]) -> BaseGeometry:
    """Return the polygons of a shape that others leave over."""
    return less(shape, shapely.union_all(others, grid_size=LATTICE_M))


def _largest_part(shape: BaseGeometry) -> BaseGeometry:
    """Return the largest part of a shape that hangs together by more than a neck."""
    parts = shapely.get_parts(_without_necks(np.array([_polygonal(shape)])))
    return parts[int(np.argmax(shapely.area(parts)))] if len(parts) else shapely.Polygon()


def _part_overlaps(
    shapes: NDArray[Any], rows: NDArray[np.int64], index: Any, findings: list[Finding]
) -> Footprints:
    """Give land that several footprints claim to the larger building (the first in order)."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pair = one < other
    one, other = one[pair], other[pair]
    over = shapely.area(shapely.intersection(shapes[one], shapes[other])) > OVERLAP_MIN_M2
    rivals: dict[int, list[int]] = {}
    for first, later in sorted(zip(one[over].tolist(), other[over].tolist(), strict=True)):
        rivals.setdefault(later, []).append(first)
    placed = shapes.copy()
    host: dict[int, int] = {}
    for at in sorted(rivals):
        owners = sorted({host.get(rival, rival) for rival in rivals[at]})
        shape = shapes[at]
        overlap = shapely.area(shapely.intersection(placed[owners], shape))
        main = _largest_part(_without(shape, placed[owners]))
        winner = owners[int(np.argmax(overlap))]
        shared = main.area < (1 - HOSTED_SHARE) * shape.area
        if shared:
            host[at] = winner
            # The part outside the host joins it, so that no building is cut.
            free = _without(shape, placed[[owner for owner in owners if owner != winner]])
            pieces = shapely.get_parts(
                _without_necks(np.array([shapely.union(placed[winner], free, grid_size=LATTICE_M)]))
            )
            common = shapely.area(shapely.intersection(pieces, placed[winner]))
            placed[winner] = pieces[int(np.argmax(common))]
        else:
            placed[at] = main
        twin = bool(shapely.equals(shape, shapes[winner]))
        if twin or shared or overlap.sum() >= OVERLAP_REPORTED_M2:
            findings.append(
                Finding(
                    "building_duplicate" if twin else "building_overlaps",
                    "warning",
                    int(rows[at]) + 1,
                    subject=str(index[rows[at]]),
                    values={
                        "other": str(index[rows[winner]]),
                        "overlap_m2": round(float(overlap.sum()), 2),
                        "shares_plot": shared,
                    },
                )
            )
    # On the lattice already, so that noding does not move them.
    placed = shapely.set_precision(placed, LATTICE_M)
    for at in np.flatnonzero(shapely.get_type_id(placed) != 3).tolist():
        placed[at] = _largest_part(placed[at])
    own = [at for at in range(len(shapes)) if at not in host]
    place = {at: new for new, at in enumerate(own)}
    hosted = {int(rows[at]): place[winner] for at, winner in host.items()}
    findings.sort(key=lambda finding: (finding.row or 0, finding.code))
    return Footprints(placed[own], rows[own], hosted, findings)
