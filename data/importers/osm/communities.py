"""Communities for an extract: administrative borders when they are whole, else named places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from data.importers.osm import tags as osm_tags
from data.importers.osm.extract import Extract, shapes
from data.importers.reading.notes import Note
from layers.kit.crs import to_measuring

HULL_MARGIN_M: Final = 50.0  # decisions.md: hull of the buildings + 50 m
BUILDINGS_MIN: Final = 50  # a place with fewer is no community of its own
SHARE_MIN: Final = 0.9  # of the buildings, that borders of one level have to hold
GRID_M: Final = 0.001

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Communities:
    """``frame``: divisions (docs/frames.md) without the county row; ``member``: community of each
    building (position in ``frame``'s communities, -1 = outside of all); ``notes``: fallbacks."""

    frame: gpd.GeoDataFrame
    county: Any
    member: NDArray[np.int64]
    notes: tuple[Note, ...]


def find_communities(
    extract: Extract, buildings: NDArray[np.object_], county_code: str, srid: int
) -> Communities:
    """Return the communities that tile the county, and which one each building belongs to.

    ``buildings``: polygons in ``srid``. Borders of the deepest level whose complete areas tile
    and hold nine tenths of the buildings; else Voronoi cells of the named places, clipped to the
    hull of the buildings + 50 m; else the hull alone.
    """
    inside = shapely.point_on_surface(buildings)
    areas, names, notes = _borders(extract, inside, srid)
    if areas is None:
        areas, names, notes = _places(extract, buildings, inside, srid)
    order = _reading_order(areas)
    areas, names = areas[order], [names[i] for i in order]
    member = np.full(len(buildings), -1, np.int64)
    found, area = shapely.STRtree(areas).query(inside, predicate="intersects")
    member[found[::-1]] = area[::-1]  # a point on a border: the first area in reading order
    frame = _frame(areas, names, county_code, srid)
    return Communities(frame, shapely.union_all(areas, grid_size=GRID_M), member, tuple(notes))


def _reading_order(areas: NDArray[np.object_]) -> NDArray[np.int64]:
    """North to south in rows of 2 km, each row west to east."""
    centre = shapely.get_coordinates(shapely.centroid(areas))
    row = np.floor((centre[:, 1].max() - centre[:, 1]) / 2000.0)
    return np.lexsort([centre[:, 0], row])


def _frame(
    areas: NDArray[np.object_], names: list[dict[str, str]], county_code: str, srid: int
) -> gpd.GeoDataFrame:
    rows: list[dict[str, Any]] = []
    for number, (area, name) in enumerate(zip(areas, names, strict=True)):
        subdistrict = f"{county_code}{number // 999 + 1:03d}"
        rows.append(
            {
                "code": f"{subdistrict}{number % 999 + 1:03d}",
                "kind": "community",
                "name": name["name"],
                "name_en": name.get("name:en", name["name"]),
                "parent_code": subdistrict,
                "is_temporary": True,
                "geometry": area,
            }
        )
    parents = sorted({row["parent_code"] for row in rows})
    for parent in parents:
        own = [row["geometry"] for row in rows if row["parent_code"] == parent]
        rows.append(
            {
                "code": parent,
                "kind": "subdistrict",
                "name": f"片区 {parent[-3:]}" if len(parents) > 1 else "全域",
                "name_en": f"Part {parent[-3:]}" if len(parents) > 1 else "Whole area",
                "parent_code": county_code,
                "is_temporary": True,
                "geometry": shapely.union_all(own, grid_size=GRID_M),
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=f"EPSG:{srid}")


def _borders(
    extract: Extract, inside: NDArray[np.object_], srid: int
) -> tuple[NDArray[np.object_] | None, list[dict[str, str]], list[Note]]:
    """Complete administrative areas of one level, the deepest that serves."""
    found = [
        f
        for f in extract.areas
        if f.tags.get("boundary") == "administrative" and f.tags.get("name")
    ]
    for level in ("11", "10", "9", "8", "7", "6"):
        own = [f for f in found if f.tags.get("admin_level") == level]
        if not own:
            continue
        areas = to_measuring(shapes(own), srid)
        held, area = shapely.STRtree(areas).query(inside, predicate="intersects")
        if len(np.unique(held)) < SHARE_MIN * len(inside) or not shapely.coverage_is_valid(areas):
            continue
        used = np.unique(area)  # areas without any building are none of ours
        outside = len(inside) - len(np.unique(held))
        values = {"level": level, "communities": len(used), "outside": outside}
        note = Note("fallback.osm_borders", values)
        return areas[used], [dict(own[i].tags) for i in used], [note]
    return None, [], []


def _places(
    extract: Extract, buildings: NDArray[np.object_], inside: NDArray[np.object_], srid: int
) -> tuple[NDArray[np.object_], list[dict[str, str]], list[Note]]:
    hull = hull_around(buildings)
    for kinds in (osm_tags.PLACES, osm_tags.SMALL_PLACES):
        places = [f for f in extract.nodes if f.tags.get("place") in kinds and f.tags.get("name")]
        points = to_measuring(shapes(places), srid) if places else np.empty(0, object)
        within = shapely.contains(hull, points) if places else np.empty(0, bool)
        xy = shapely.get_coordinates(points[within])
        own = [p for p, ok in zip(places, within, strict=True) if ok]
        keep = _populated(xy, shapely.get_coordinates(inside))
        if len(keep) >= 2:
            cells = _cells(xy[keep], hull)
            values = {"communities": len(keep), "margin_m": int(HULL_MARGIN_M)}
            note = Note("fallback.osm_places", values)
            return cells, [dict(own[i].tags) for i in keep], [note]
    note = Note("fallback.osm_hull", {"margin_m": int(HULL_MARGIN_M)})
    name = {"name": "全域社区", "name:en": "Whole area"}
    return np.array([hull], dtype=object), [name], [note]


def hull_around(buildings: NDArray[np.object_]) -> Any:
    """Return the convex hull of footprints (metres) with 50 m around it."""
    corners = shapely.multipoints(shapely.get_coordinates(buildings))
    return shapely.buffer(shapely.convex_hull(corners), HULL_MARGIN_M)


def _populated(places: Floats, buildings: Floats) -> NDArray[np.int64]:
    """Return the places that keep enough buildings, the emptiest dropped one by one."""
    _, first = np.unique(places, axis=0, return_index=True)
    keep = np.sort(first)
    while len(keep) > 1:
        _, nearest = cKDTree(places[keep]).query(buildings)
        counts = np.bincount(nearest, minlength=len(keep))
        if counts.min() >= BUILDINGS_MIN:
            break
        keep = np.delete(keep, counts.argmin())
    return keep


def _cells(places: Floats, hull: Any) -> NDArray[np.object_]:
    """Return the Voronoi cell of each place inside the hull; neighbours share their vertices.

    Edges and hull are noded once together and the faces rebuilt, because cells that are clipped
    one by one differ in the last digits where they meet the hull.
    """
    edges = shapely.voronoi_polygons(
        shapely.multipoints(places), extend_to=hull.buffer(1000.0), only_edges=True
    )
    # Overshoots outside the hull are dangles, which polygonize leaves out.
    lines = shapely.union_all([edges, hull.boundary], grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize([lines]))
    point = shapely.point_on_surface(faces)
    faces = faces[shapely.contains(hull, point)]
    point = shapely.get_coordinates(shapely.point_on_surface(faces))
    _, owner = cKDTree(places).query(point)
    cells = [shapely.coverage_union_all(faces[owner == i]) for i in range(len(places))]
    return np.array([shapely.normalize(cell) for cell in cells], dtype=object)
