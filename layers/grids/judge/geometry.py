"""What the judge asks of geometry alone: sound shapes, no gaps, no overlaps, nothing cut."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.kit.findings import Finding

SLIVER_M = 0.01
"""Coordinates of files are rounded: what is thinner than this is neither gap, overlap nor cut."""


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
            values = {"area_m2": round(part.area, 2)}
            findings.append(
                Finding("grid_differs_from_plots", subject=code, geometry=part, values=values)
            )
    return findings


def seams(shapes: NDArray[Any], community: BaseGeometry | None) -> list[Finding]:
    """Report overlaps, gaps and land outside; a valid coverage may still have holes."""
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
                values = {"area_m2": round(part.area, 2)}
                findings.append(Finding("grids_overlap", geometry=part, values=values))
        if not findings:
            edges = [e for e in shapely.coverage_invalid_edges(present) if not e.is_empty]
            longest = max((edge.length for edge in edges), default=0.0)
            findings.append(
                Finding(
                    "borders_do_not_match",
                    "warning",
                    geometry=max(edges, key=lambda edge: edge.length) if edges else None,
                    values={"length_m": round(longest, 2)},
                )
            )
    union = shapely.union_all(present)
    whole = union if community is None else community
    for part in substantial(shapely.difference(whole, union)):
        values = {"area_m2": round(part.area, 2)}
        findings.append(Finding("gap", geometry=part, values=values))
    for part in substantial(shapely.difference(union, whole)):
        values = {"area_m2": round(part.area, 2)}
        findings.append(Finding("outside_community", geometry=part, values=values))
    return findings


def cut_buildings(
    buildings: gpd.GeoDataFrame, codes: list[str], shapes: NDArray[Any]
) -> list[Finding]:
    """Report buildings of which more than a sliver lies in each of two grids or none (check 4)."""
    outlines = np.asarray(buildings.geometry.array, dtype=object)
    solid = np.array([s is not None and s.area > 0 and shapely.is_valid(s) for s in outlines], bool)
    rows = np.flatnonzero(solid)
    if len(rows) == 0:
        return []
    at, grid = shapely.STRtree(shapes).query(outlines[rows], predicate="intersects")
    within = shapely.covered_by(outlines[rows[at]], shapes[grid])
    whole = set(at[within].tolist())
    findings = [
        Finding("building_outside_plan", row=int(rows[k]) + 1, geometry=outlines[rows[k]])
        for k in np.setdiff1d(np.arange(len(rows)), at)
    ]
    touched: dict[int, list[tuple[str, BaseGeometry]]] = {}
    for k, g in zip(at, grid, strict=True):
        if k in whole:
            continue
        inside = substantial(shapely.intersection(outlines[rows[k]], shapes[g]))
        if inside:
            touched.setdefault(int(k), []).append((codes[g], shapely.union_all(inside)))
    for k, parts in sorted(touched.items()):
        if len(parts) < 2:
            continue
        outline = outlines[rows[k]]
        # Where footprints overlap, the smaller part may be another building's own ground.
        near = shapely.STRtree(outlines[rows]).query(outline, predicate="intersects")
        others = shapely.union_all(outlines[rows[near[near != k]]])
        main = max(parts, key=lambda part: part[1].area)[0]
        overlap = all(
            name == main or not substantial(shapely.difference(part, others))
            for name, part in parts
        )
        names = sorted(name for name, _ in parts)
        findings.append(
            Finding(
                "buildings_overlap" if overlap else "building_cut",
                "warning" if overlap else "error",
                row=int(rows[k]) + 1,
                subject=" ".join(names),
                geometry=outline,
                values={"grids": names},
            )
        )
    return findings
