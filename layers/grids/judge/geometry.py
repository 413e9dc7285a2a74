"""What the judge asks of geometry alone: sound shapes, no gaps, no overlaps, nothing cut."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.kit.findings import Finding, Severity

SLIVER_M = 0.01
"""Coordinates of files are rounded: what is thinner than this is neither gap, overlap nor cut."""

SLIP_M = 0.5
"""Shapes that miss each other by this much at most still touch (plots.md, clause 7)."""

LEAST_BORDER_M = 0.5
"""A common border is at least this long: a corner is none."""

GAP_WIDTH_M = 10.0
"""Open land between grids, as wide as this at most, is a gap although nothing closes it off."""

_TIP = 2.0
"""A gap has grids along it for so many times its width: a notch of the outer border has not."""


def sound(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return shapes that overlays accept; valid ones are not touched."""
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if not broken.any():
        return shapes
    result = shapes.copy()
    result[broken] = shapely.make_valid(shapes[broken], method="structure")
    return result


def substantial(shape: BaseGeometry) -> list[BaseGeometry]:
    """Return the parts of an area that are thicker than rounding makes them."""
    return [
        part
        for part in shapely.get_parts(shape)
        if part.area > 0 and not shapely.buffer(part, -SLIVER_M / 2).is_empty
    ]


def width_m(shape: BaseGeometry) -> float:
    """Return how wide a piece of land is where it is widest: the largest circle within it."""
    radius = shapely.maximum_inscribed_circle(shape, tolerance=max(SLIVER_M, shape.length / 1e4))
    return round(2 * float(radius.length), 2)


def measured(shape: BaseGeometry) -> dict[str, float]:
    """Return the values that a finding of a piece of land says."""
    return {"area_m2": round(shape.area, 2), "width_m": width_m(shape)}


def facing_m(one: BaseGeometry, other: BaseGeometry) -> float:
    """Return along how many metres two shapes lie within ``SLIP_M`` of each other; 0 at corners."""
    reach = SLIP_M + 1e-6
    metres = sum(
        shapely.intersection(a.boundary, shapely.buffer(b, reach, quad_segs=2)).length
        for a, b in ((one, other), (other, one))
    )
    return max(metres / 2 - 2 * reach, 0.0)


def touch(one: BaseGeometry, other: BaseGeometry, others: BaseGeometry | None = None) -> bool:
    """Tell whether two shapes have a border of ``LEAST_BORDER_M``, or nearly.

    Between shapes that miss each other no part of ``others`` may lie.
    """
    if shapely.intersection(one.boundary, other.boundary).length >= LEAST_BORDER_M:
        return True
    if facing_m(one, other) < LEAST_BORDER_M:
        return False
    if others is None:
        return True
    reach = SLIP_M / 2 + 1e-6
    strip = shapely.intersection(shapely.buffer(one, reach), shapely.buffer(other, reach))
    strip = shapely.difference(strip, shapely.union(one, other))
    return bool(shapely.intersection(strip, others).area <= strip.area / 2)


def gaps_between(shapes: NDArray[Any], union: BaseGeometry) -> list[BaseGeometry]:
    """Return land that shapes leave between them: holes of any size, and open strips up to
    ``GAP_WIDTH_M`` wide that lie along two of them.
    """
    holes = [
        shapely.Polygon(ring) for polygon in shapely.get_parts(union) for ring in polygon.interiors
    ]
    found = [part for hole in holes for part in substantial(shapely.difference(hole, union))]
    half = GAP_WIDTH_M / 2
    closed = shapely.buffer(union, half, join_style="mitre", mitre_limit=10)
    closed = shapely.buffer(closed, -half, join_style="mitre", mitre_limit=10)
    open_land = shapely.difference(closed, shapely.union_all([union, *holes]))
    tree = shapely.STRtree(shapes)
    for part in substantial(open_land):
        wide = width_m(part)
        near = shapes[tree.query(part, predicate="dwithin", distance=SLIVER_M)]
        outline = part.boundary
        along = [
            shapely.intersection(outline, shapely.buffer(shape, SLIVER_M)).length for shape in near
        ]
        if sum(metres >= _TIP * wide for metres in along) > 1:
            found.append(part)
    return found


def plots_differ(plots: gpd.GeoDataFrame, codes: list[str], shapes: NDArray[Any]) -> list[Finding]:
    """Compare each grid with the union of its plots."""
    findings = []
    land = sound(np.asarray(plots.geometry.array, dtype=object))
    owner = np.array([str(grid) for grid in plots["grid"]], dtype=object)
    for code, shape in zip(codes, shapes, strict=True):
        mine = land[owner == code]
        if shape is None or len(mine) == 0:
            continue
        difference = shapely.symmetric_difference(shapely.union_all(mine), shape)
        for part in substantial(difference):
            values = measured(part)
            findings.append(
                Finding("grid_differs_from_plots", subject=code, geometry=part, values=values)
            )
    return findings


def seams(shapes: NDArray[Any], community: BaseGeometry | None) -> list[Finding]:
    """Report overlaps, gaps and land outside; a valid coverage may still have holes.

    Without ``community`` nothing is said of its border, only what grids leave between them.
    """
    findings: list[Finding] = []
    present = np.array([shape for shape in shapes if shape is not None], dtype=object)
    if len(present) == 0:
        return [Finding("plan_empty")]
    if not shapely.coverage_is_valid(present):
        tree = shapely.STRtree(present)
        one, two = tree.query(present, predicate="intersects")
        for i, j in zip(one, two, strict=True):
            if i >= j:
                continue
            for part in substantial(shapely.intersection(present[i], present[j])):
                findings.append(Finding("grids_overlap", geometry=part, values=measured(part)))
        if not findings:
            edge, metres = unmatched_m(present)
            values = {"length_m": metres}
            findings.append(
                Finding("borders_do_not_match", "warning", geometry=edge, values=values)
            )
    union = shapely.union_all(present)
    if community is None:
        missing = gaps_between(present, union)
    else:
        missing = substantial(shapely.difference(community, union))
        for part in substantial(shapely.difference(union, community)):
            values = measured(part)
            findings.append(Finding("outside_community", geometry=part, values=values))
    findings += [Finding("gap", geometry=part, values=measured(part)) for part in missing]
    return findings


def unmatched_m(shapes: NDArray[Any]) -> tuple[BaseGeometry | None, float]:
    """Return the longest edge that neighbours do not share, and its length."""
    edges = [edge for edge in shapely.coverage_invalid_edges(shapes) if not edge.is_empty]
    longest = max(edges, key=lambda edge: edge.length, default=None)
    return longest, 0.0 if longest is None else round(longest.length, 2)


def cut_buildings(
    buildings: gpd.GeoDataFrame,
    codes: list[str],
    shapes: NDArray[Any],
    crossing: Severity,
    around: tuple[Sequence[str], NDArray[Any]] | None = None,
) -> list[Finding]:
    """Report buildings of which more than a sliver lies in each of two grids or none (check 4).

    ``crossing``: how grave it is that a building lies partly beyond these grids, be it in none or
    in grids ``around`` (codes and shapes), of other communities. One that has a ``waiver`` (who and
    why) is a warning in any case. Rows are those of the frame's index.
    """
    own = set(codes)
    if around is not None:
        codes = [*codes, *around[0]]
        shapes = np.concatenate((shapes, around[1]))
    outlines = np.asarray(buildings.geometry.array, dtype=object)
    rows = np.flatnonzero(~(shapely.is_missing(outlines) | shapely.is_empty(outlines)))
    if len(rows) == 0:
        return []
    outlines = sound(outlines)[rows]
    number = file_rows(buildings)[rows]
    waivers = _waivers(buildings)[rows]
    at, grid = shapely.STRtree(shapes).query(outlines, predicate="intersects")
    alone = np.bincount(at, minlength=len(rows))[at] == 1
    within = shapely.covered_by(outlines[at], shapes[grid])
    settled = (alone & within) | (
        shapely.area(outlines[at]) == 0
    )  # a point is in one, or on a line
    is_own = np.array([codes[g] in own for g in grid], bool)
    findings = [
        Finding("building_outside_plan", row=int(number[k]), geometry=outlines[k])
        for k in np.setdiff1d(np.arange(len(rows)), at)
    ]
    touched: dict[int, list[tuple[str, BaseGeometry]]] = {}
    for k, g in zip(at[~(settled & is_own)], grid[~(settled & is_own)], strict=True):
        if outlines[k].area == 0 and (is_own & (at == k)).any():
            continue
        inside = substantial(shapely.intersection(outlines[k], shapes[g]))
        touched.setdefault(int(k), [])
        if inside:
            touched[int(k)].append((codes[g], shapely.union_all(inside)))
    for k, parts in sorted(touched.items()):
        at_row = Finding("building_cut", row=int(number[k]), geometry=outlines[k])
        waived = {"waiver": waivers[k]} if waivers[k] else {}
        grave: Severity = "warning" if waived else crossing
        if len(parts) > 1:
            names = sorted(name for name, _ in parts)
            lies_over = _lies_over_others(outlines, k, parts)
            within_plan: Severity = "warning" if lies_over or waived else "error"
            at_row = replace(
                at_row,
                code="buildings_overlap" if lies_over else "building_cut",
                severity=within_plan if lies_over or own.issuperset(names) else grave,
                subject=" ".join(names),
                values={"grids": names, **({} if lies_over else waived)},
            )
            findings.append(at_row)
        if not parts or own.isdisjoint(name for name, _ in parts):
            findings.append(replace(at_row, code="building_outside_plan", severity="error"))
            continue
        beyond = substantial(
            shapely.difference(outlines[k], shapely.union_all([part for _, part in parts]))
        )
        if beyond:
            at_row = replace(at_row, code="building_across_border", severity=grave)
            area_m2 = round(sum(part.area for part in beyond), 2)
            findings.append(replace(at_row, values={"area_m2": area_m2, **waived}))
    return findings


def file_rows(frame: gpd.GeoDataFrame) -> NDArray[Any]:
    """Return the rows of the file, from 1, where the index still has them; else of the frame."""
    if np.issubdtype(frame.index.dtype, np.integer):
        return np.asarray(frame.index.to_numpy(), np.int64) + 1
    return np.arange(1, len(frame) + 1)


def _waivers(buildings: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return who waived that a building is cut, and why; "" where nobody did."""
    if "waiver" not in buildings:
        return np.full(len(buildings), "", dtype=object)
    said = buildings["waiver"]
    return np.array(
        ["" if isna else str(text).strip() for isna, text in zip(said.isna(), said, strict=True)],
        dtype=object,
    )


def _lies_over_others(
    outlines: NDArray[Any], k: int, parts: list[tuple[str, BaseGeometry]]
) -> bool:
    """Tell whether all but the main part of a footprint is other buildings' own ground."""
    near = shapely.STRtree(outlines).query(outlines[k], predicate="intersects")
    others = shapely.union_all(outlines[near[near != k]])
    main = max(parts, key=lambda part: part[1].area)[0]
    return all(
        name == main or not substantial(shapely.difference(part, others)) for name, part in parts
    )


def roundness(shapes: NDArray[Any]) -> float:
    """Return the mean of 4π·area/perimeter² over grids."""
    values = [
        4 * math.pi * shape.area / shape.length**2
        for shape in shapes
        if shape is not None and shape.length > 0
    ]
    return round(float(np.mean(values)), 4) if values else 0.0
