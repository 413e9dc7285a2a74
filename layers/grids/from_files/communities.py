"""Which land and which buildings belong to which community, where files say it only in part.

1. A building's own ``community`` counts, if the boundary has a polygon of that name that it
   touches.
2. Else the boundary polygon with the larger share of the building; a point building the one it
   is in.
3. Without boundary each community is the hull of its buildings + 50 m. Where hulls meet, or where
   one boundary holds several communities, land goes to the community of the nearest building.
4. Without communities and boundary names there is one community, ``1``.
5. Where boundary polygons overlap, the land goes to the one with the nearest building of the two;
   the polygons as they were given are kept, since it is for the county to say whose it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.kit.findings import Finding

HULL_MARGIN_M = 50.0
_SAMPLE_M = 4.0
SLIVER_M = 0.01
"""Borders that miss each other by this much at most were meant to be one."""


@dataclass(frozen=True)
class CommunityRegions:
    """Communities by name with their polygons, and the community of every building ("" for none).

    All in the measuring CRS of the buildings. ``given``: polygons as the boundary file has them,
    by name; empty where the land was found otherwise.
    """

    polygons: dict[str, BaseGeometry]
    community: NDArray[np.object_]
    findings: tuple[Finding, ...]
    given: dict[str, BaseGeometry] = field(default_factory=dict)


def find_regions(
    buildings: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame | None
) -> CommunityRegions:
    """Find the communities of a file.

    ``buildings``: ``community`` (text or None), geometry, metric CRS. ``boundary``: ``name`` (text
    or None) and maybe ``also`` (what else the community is called), polygons in the same CRS, or
    None.
    """
    shapes = np.asarray(buildings.geometry.array, dtype=object)
    stated = np.array([name or "" for name in buildings["community"]], dtype=object)
    if boundary is None:
        stated[stated == ""] = _only(stated)
        hulls = {
            name: shapely.buffer(
                shapely.convex_hull(shapely.geometrycollections(shapes[stated == name])),
                HULL_MARGIN_M,
            )
            for name in _distinct(stated)
        }
        return _apart(hulls, shapes, stated)
    polygons = _named(boundary)
    if "also" in boundary:
        called = {str(a): str(n) for a, n in zip(boundary["also"], boundary["name"], strict=True)}
        own = [name if name in polygons else called.get(name, name) for name in stated]
        stated = np.array(own, dtype=object)
    names = _distinct(stated)
    if names and not any(name in polygons for name in names):
        region = shapely.union_all(list(polygons.values()))
        blank = stated == ""
        if blank.any():
            stated[blank] = _nearest(shapes[blank], shapes[~blank], stated[~blank])
        return _apart(dict.fromkeys(_distinct(stated), region), shapes, stated)
    return _located(polygons, shapes, stated)


def _only(stated: NDArray[np.object_]) -> str:
    """Return the community of buildings that name none: the file's only one, else ``1``."""
    names = _distinct(stated)
    return names[0] if len(names) == 1 else "1"


def _distinct(names: NDArray[np.object_]) -> list[str]:
    return sorted({str(name) for name in names if name}, key=lambda n: (len(n), n))


def _named(boundary: gpd.GeoDataFrame) -> dict[str, BaseGeometry]:
    """Return boundary polygons by name, valid; nameless ones get the next free number."""
    polygons: dict[str, BaseGeometry] = {}
    number = 1
    for name, shape in zip(boundary["name"], boundary.geometry.array, strict=True):
        whole = shape if shapely.is_valid(shape) else shapely.make_valid(shape, method="structure")
        key = name
        while not key:
            key = str(number) if str(number) not in polygons else ""
            number += 1
        polygons[str(key)] = whole
    return polygons


def _located(
    polygons: dict[str, BaseGeometry], shapes: NDArray[Any], stated: NDArray[np.object_]
) -> CommunityRegions:
    findings: list[Finding] = []
    names = list(polygons)
    areas = np.array([polygons[name] for name in names], dtype=object)
    sound = np.where(
        shapely.is_valid(shapes), shapes, shapely.make_valid(shapes, method="structure")
    )
    community = np.full(len(shapes), "", dtype=object)
    largest = np.zeros(len(shapes))
    own = np.zeros(len(shapes), bool)
    row, at = shapely.STRtree(areas).query(sound, predicate="intersects")
    within = shapely.covered_by(sound[row], areas[at])
    share = np.ones(len(row))
    cut = ~within
    common = shapely.intersection(sound[row[cut]], areas[at[cut]])
    solid = shapely.area(sound[row[cut]])
    share[cut] = np.where(solid > 0, shapely.area(common) / np.maximum(solid, 1e-12), 0.5)
    for r, p, part in zip(row, at, share, strict=True):
        if part <= 0:
            continue
        if stated[r] == names[p]:
            community[r], own[r] = names[p], True
        elif not own[r] and part > largest[r]:
            community[r], largest[r] = names[p], part
    for r in np.flatnonzero(community == ""):
        findings.append(
            Finding(
                "building_outside_boundary", row=int(r) + 1, geometry=shapes[r], field="geometry"
            )
        )
    for r in np.flatnonzero((stated != "") & (community != "") & (community != stated)):
        findings.append(
            Finding(
                "building_in_other_community",
                "warning",
                row=int(r) + 1,
                subject=str(community[r]),
                geometry=shapes[r],
                values={"stated": str(stated[r]), "found": str(community[r])},
            )
        )
    return CommunityRegions(
        _settled(polygons, shapes, community), community, tuple(findings), polygons
    )


def _settled(
    given: dict[str, BaseGeometry], shapes: NDArray[Any], community: NDArray[np.object_]
) -> dict[str, BaseGeometry]:
    """Return polygons that do not overlap and share their vertices where they meet (clause 5)."""
    names = list(given)
    lands = np.array([given[name] for name in names], dtype=object)
    if len(names) < 2 or shapely.coverage_is_valid(lands):
        return given
    one, two = shapely.STRtree(lands).query(lands, predicate="intersects")
    for i, j in sorted(zip(one.tolist(), two.tolist(), strict=True)):
        if i < j:
            disputed = _areal(shapely.intersection(lands[i], lands[j]))
            if not shapely.is_empty(disputed):
                mine = _nearer(
                    disputed, shapes[community == names[i]], shapes[community == names[j]]
                )
                lands[i] = shapely.difference(lands[i], shapely.difference(disputed, mine))
                lands[j] = shapely.difference(lands[j], mine)
    lands = shapely.coverage_clean(lands, snapping_distance=SLIVER_M, gap_width=SLIVER_M)
    return dict(zip(names, lands, strict=True))


def _nearer(disputed: BaseGeometry, own: NDArray[Any], others: NDArray[Any]) -> BaseGeometry:
    """Return the part of disputed land that is nearer to one's own buildings than to others."""
    if len(own) == 0 or len(others) == 0:
        return disputed if len(own) or not len(others) else shapely.Polygon()
    outlines = shapely.segmentize(np.concatenate((own, others)), _SAMPLE_M)
    points, of = shapely.get_coordinates(outlines, return_index=True)
    points, first = np.unique(np.round(points, 3), axis=0, return_index=True)
    is_own = of[first] < len(own)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), extend_to=disputed)
    )
    cell, point = shapely.STRtree(shapely.points(points)).query(cells, predicate="intersects")
    near = shapely.intersection(shapely.union_all(cells[cell[is_own[point]]]), disputed)
    near = shapely.difference(near, shapely.union_all(others))
    ground = shapely.intersection(shapely.union_all(own), disputed)
    return shapely.union(near, ground)


def _apart(
    regions: dict[str, BaseGeometry], shapes: NDArray[Any], stated: NDArray[np.object_]
) -> CommunityRegions:
    """Share out the land that several regions claim: to the community of the nearest building.

    Cells of points along the outlines, so that no footprint is parted from its community.
    """
    names = list(regions)
    claims = np.array([regions[name] for name in names], dtype=object)
    one, two = shapely.STRtree(claims).query(claims, predicate="intersects")
    pairs = one < two
    disputed = shapely.union_all(shapely.intersection(claims[one[pairs]], claims[two[pairs]]))
    if shapely.area(disputed) == 0:
        return CommunityRegions(regions, stated, ())
    outlines = shapely.segmentize(shapes, _SAMPLE_M)
    points, owner = shapely.get_coordinates(outlines, return_index=True)
    points, first = np.unique(np.round(points, 3), axis=0, return_index=True)
    owner = owner[first]
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), extend_to=disputed)
    )
    cell, point = shapely.STRtree(shapely.points(points)).query(cells, predicate="intersects")
    claimant = stated[owner]
    polygons: dict[str, BaseGeometry] = {}
    taken: BaseGeometry = shapely.Polygon()
    for name in names:
        mine = shapely.union_all(cells[cell[claimant[point] == name]])
        ground = shapely.union_all(shapes[stated == name])
        others = shapely.union_all(shapes[(stated != name) & (stated != "")])
        undisputed = shapely.difference(regions[name], disputed)
        land = shapely.union_all([undisputed, shapely.intersection(mine, disputed)])
        land = shapely.union_all([shapely.difference(land, others), ground])
        land = shapely.difference(land, taken)
        polygons[name] = _areal(land)
        taken = shapely.union_all([taken, land])
    finding = Finding(
        "communities_share_land",
        "info",
        geometry=disputed,
        values={"area_m2": round(float(shapely.area(disputed)))},
    )
    return CommunityRegions(polygons, stated, (finding,))


def _areal(shape: BaseGeometry) -> BaseGeometry:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    parts = [part for part in parts if not shapely.buffer(part, -0.25).is_empty]
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _nearest(
    shapes: NDArray[Any], known: NDArray[Any], names: NDArray[np.object_]
) -> NDArray[np.object_]:
    from scipy.spatial import cKDTree  # 0.1 s that most files have no need of

    place = shapely.get_coordinates(shapely.centroid(known))
    _, at = cKDTree(place).query(shapely.get_coordinates(shapely.centroid(shapes)))
    return names[at]
