"""Plots made anew around an edit; those away from it keep their geometry to the last digit.

1. The plots that an edit touches and their neighbours are taken out; what they covered is
   tessellated as a community of its own.
2. New vertices that are old ones (to SAME_M) get the old coordinates; where a new border ends on an
   old one, the plot beyond gets that vertex too, so that edges still match.
3. A plot of the new tessellation goes back to one of the old: the one of its own building, else the
   one that holds the larger share of it. Assignments, logs and locks of drafts follow that map.

Geometry is given as stored (degrees) with its twin in the measuring CRS (m), vertex by vertex.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from layers.grids.plots.borders import neighbours_in_coverage
from layers.grids.plots.tessellate import NEAR_M, tessellate
from layers.kit.crs import to_storage
from layers.kit.findings import Finding

SAME_M = 1e-7
"""Vertices this near are the same: far above the lattice, far below anything that is drawn."""

Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Pieces:
    """Plots as they stand: ``stored`` in degrees, ``metric`` the same vertices in metres."""

    stored: Shapes
    metric: Shapes
    river: NDArray[np.bool_]


@dataclass(frozen=True)
class Ground:
    """Streets, water, barriers and lands as in docs/frames.md, in the measuring CRS."""

    streets: gpd.GeoDataFrame | None
    water: gpd.GeoDataFrame | None
    barriers: gpd.GeoDataFrame | None
    lands: gpd.GeoDataFrame | None

    def near(self, shape: BaseGeometry) -> Ground:
        """Return what may matter to a piece of land."""
        west, south, east, north = shape.bounds
        box = shapely.box(west - NEAR_M, south - NEAR_M, east + NEAR_M, north + NEAR_M)

        def some(frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
            return None if frame is None else frame.iloc[np.sort(frame.sindex.query(box))]

        return Ground(some(self.streets), some(self.water), some(self.barriers), some(self.lands))


@dataclass(frozen=True)
class Patch:
    """New plots in place of some old ones.

    ``building`` (id or None), ``kind``, ``stored`` (degrees), ``area_m2``: the new plots;
    ``plot_of``: building id → its plot among them. ``adjusted``: plots around (position) that got
    vertices, as stored. ``neighbours``: ``a``, ``b``, ``shared_m``, ``barrier``; positions of
    new plots, then of those around, counted on.
    """

    building: list[int | None]
    kind: list[str]
    stored: Shapes
    area_m2: NDArray[np.float64]
    plot_of: dict[int, int]
    adjusted: dict[int, BaseGeometry]
    neighbours: pd.DataFrame
    findings: list[Finding]


def retessellate(
    region: BaseGeometry,
    taken: Pieces,
    around: Pieces,
    buildings: gpd.GeoDataFrame,
    ground: Ground,
    srid: int,
    *,
    to_fit: bool = True,
) -> Patch | None:
    """Make plots for the land of the plots ``taken``; None where they do not fit what is around.

    ``region``: that land (m): the union of ``taken``, or a whole community. ``around``: plots that
    touch it. ``buildings``: those that stand on it, index = id, in ``srid``. ``to_fit`` False: a
    whole community as its first plots were made, without the old vertices, unchecked.
    """
    near = ground.near(region)
    made = tessellate(region, buildings, near.streets, near.water, near.barriers, lands=near.lands)
    shapes = np.asarray(made.plots.geometry.array, dtype=object)
    old_xy = shapely.get_coordinates(np.concatenate((taken.metric, around.metric)))
    old_degrees = shapely.get_coordinates(np.concatenate((taken.stored, around.stored)))
    if to_fit:
        shapes = snapped(shapes, old_xy)
    beyond = _unique(shapely.get_coordinates(around.metric))
    shapes, _ = with_vertices(shapes, beyond)
    own = _unique(shapely.get_coordinates(shapes))
    outer, touched = with_vertices(around.metric, own)
    known = _Degrees(old_xy, old_degrees, srid)
    stored = known.of(shapes)
    adjusted = {int(at): known.of(outer[[at]])[0] for at in np.flatnonzero(touched)}
    beside = around.stored.copy()
    for at, shape in adjusted.items():
        beside[at] = shape
    if to_fit and not _fits(stored, beside, shapes, region):
        return None
    river = np.concatenate((np.asarray(made.plots["kind"] == "river"), around.river))
    pairs = neighbours_in_coverage(
        np.concatenate((shapes, outer)), river, near.streets, near.water, near.barriers
    )
    return Patch(
        [None if v is None else int(v) for v in made.plots["building"]],
        [str(v) for v in made.plots["kind"]],
        stored,
        np.asarray(shapely.area(shapes), np.float64),
        {int(building): int(plot) for building, plot in made.plot_of.items()},
        adjusted,
        pairs[pairs["a"] < len(shapes)].reset_index(drop=True),
        made.findings,
    )


def _fits(stored: Shapes, beside: Shapes, shapes: Shapes, region: BaseGeometry) -> bool:
    """Tell whether new plots tile their land and match what is around, as they will be stored."""
    if not (shapely.get_type_id(stored) == 3).all() or not shapely.is_valid(stored).all():
        return False
    if not shapely.is_valid(beside).all():
        return False
    if abs(float(shapely.area(shapes).sum()) - region.area) > 1e-9 * region.area + 1e-5:
        return False
    return bool(shapely.coverage_is_valid(np.concatenate((stored, beside))))


def _unique(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.unique(xy, axis=0) if len(xy) else xy.reshape(0, 2)


def snapped(shapes: Shapes, old_xy: NDArray[np.float64]) -> Shapes:
    """Return shapes with vertices at old ones where they are within SAME_M of them."""
    if len(old_xy) == 0 or len(shapes) == 0:
        return shapes
    tree = cKDTree(old_xy)

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        distance, at = tree.query(xy, distance_upper_bound=SAME_M)
        near = np.isfinite(distance)
        result = xy.copy()
        result[near] = old_xy[at[near]]
        return result

    moved = shapely.transform(shapes, move)
    return np.array([_without_repeats(shape) for shape in moved], dtype=object)


def _without_repeats(shape: BaseGeometry) -> BaseGeometry:
    return shapely.remove_repeated_points(shape, 0.0)


def with_vertices(
    polygons: Shapes, points: NDArray[np.float64]
) -> tuple[Shapes, NDArray[np.bool_]]:
    """Add points (n, 2) that lie on edges of polygons (to SAME_M) as vertices.

    Returns the polygons (or multipolygons) and which of them got any.
    """
    touched = np.zeros(len(polygons), bool)
    if len(polygons) == 0 or len(points) == 0:
        return polygons, touched
    if not (shapely.get_type_id(polygons) == 3).all():
        parts, whole = shapely.get_parts(polygons, return_index=True)
        grown_parts, grew = with_vertices(parts, points)
        touched[whole[grew]] = True
        result = polygons.copy()
        for at in np.flatnonzero(touched):
            own_parts = grown_parts[whole == at]
            single = shapely.get_type_id(polygons[at]) == 3
            result[at] = own_parts[0] if single else shapely.multipolygons(own_parts)
        return result, touched
    rings, owner = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    start = np.flatnonzero(ring[:-1] == ring[1:])
    edges = shapely.linestrings(np.stack((xy[start], xy[start + 1]), axis=1))
    place = shapely.points(points)
    point, edge = shapely.STRtree(edges).query(place, predicate="dwithin", distance=SAME_M)
    first, last = xy[start[edge]], xy[start[edge] + 1]
    apart = np.minimum(np.hypot(*(points[point] - first).T), np.hypot(*(points[point] - last).T))
    inner = apart > SAME_M
    point, edge, first = point[inner], edge[inner], first[inner]
    if len(point) == 0:
        return polygons, touched
    along = np.hypot(*(points[point] - first).T)
    order = np.lexsort((along, edge))
    after = start[edge[order]] + 1
    grown = np.insert(xy, after, points[point[order]], axis=0)
    of_ring = np.insert(ring, after, ring[after])
    touched[owner[ring[after]]] = True
    new_rings = shapely.linearrings(grown, indices=of_ring)
    result = polygons.copy()
    for at in np.flatnonzero(touched):
        own = new_rings[owner == at]
        result[at] = shapely.polygons(own[0], own[1:])
    return result, touched


class _Degrees:
    """The stored coordinates of every vertex: old ones as they were, new ones computed once."""

    def __init__(self, xy: NDArray[np.float64], degrees: NDArray[np.float64], srid: int) -> None:
        pairs = zip(map(tuple, xy.tolist()), map(tuple, degrees.tolist()), strict=True)
        self._known: dict[Any, Any] = dict(pairs)
        self._srid = srid

    def of(self, shapes: Shapes) -> Shapes:
        """Return shapes as they are stored."""

        def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            keys = [tuple(pair) for pair in xy.tolist()]
            fresh = list(dict.fromkeys(key for key in keys if key not in self._known))
            if fresh:
                there = to_storage(shapely.points(np.array(fresh)), self._srid)
                degrees = shapely.get_coordinates(there).tolist()
                self._known.update(zip(fresh, map(tuple, degrees), strict=True))
            return np.array([self._known[key] for key in keys]).reshape(-1, 2)

        return shapely.transform(shapes, move)


def parents(
    old: Pieces,
    old_building: Sequence[int | None],
    new: Pieces,
    new_building: Sequence[int | None],
    changed: Collection[int] = (),
) -> NDArray[np.int64]:
    """Return for every new plot the old one that it comes from (clause 3).

    Plots with the same stored geometry are the same plot. ``changed``: buildings that an edit
    moved, drew or cut: their plots go by share, not by name.
    """
    result = np.full(len(new.stored), -1, np.int64)
    same: dict[bytes, int] = {}
    for at, key in enumerate(shapely.to_wkb(old.stored) if len(old.stored) else ()):
        same[key] = at
    for at, key in enumerate(shapely.to_wkb(new.stored) if len(new.stored) else ()):
        result[at] = same.get(key, -1)
    named = {b: at for at, b in enumerate(old_building) if b is not None and b not in changed}
    for at in np.flatnonzero(result < 0).tolist():
        building = new_building[at]
        if building is not None and building in named:
            result[at] = named[building]
    left = np.flatnonzero(result < 0)
    if len(left) == 0 or len(old.stored) == 0:
        return result
    piece, plot = shapely.STRtree(old.metric).query(new.metric[left], predicate="intersects")
    common = shapely.area(shapely.intersection(new.metric[left[piece]], old.metric[plot]))
    order = np.lexsort((plot, -common, piece))
    piece, plot = piece[order], plot[order]
    first = np.unique(piece, return_index=True)[1]
    result[left[piece[first]]] = plot[first]
    lost = np.flatnonzero(result < 0)
    if len(lost):
        result[lost] = shapely.STRtree(old.metric).nearest(new.metric[lost])
    return result
