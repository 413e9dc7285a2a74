"""Plots: the land of each building and the land without one, as tiles of a community.

The community, its street blocks, the lines half-way between buildings, the footprints and the
edges of open land are noded once on one lattice and polygonized; every face gets a plot. So plots
tile the community by construction, and no plot's border crosses a footprint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from layers.grids.plots import blocks
from layers.grids.plots.borders import (
    absorb,
    adjacency,
    neighbours_in_coverage,
    neighbours_of,
    shared_segments,
)
from layers.grids.plots.footprints import Footprints, repair
from layers.grids.plots.halfway import cut_to, lines_between, outline_samples
from layers.kit.connected import connected_parts
from layers.kit.errors import InputError
from layers.kit.findings import Finding

__all__ = ["Tessellation", "neighbours_of", "tessellate"]

OTHER_BLOCK = 0.05
"""Weight of a common border across a street when a leftover piece looks for its plot."""

NEAR_M = 50.0
"""Streets, water and barriers this far outside the community may still run along its border."""

ROAD_WIDTH_M = 20.0
"""A block without a building that is thinner than this on average is road space."""


ROAD_ROUNDNESS = 0.04
"""And it is at least four times as long as wide: area over perimeter squared of 1 m by 4 m."""


@dataclass(frozen=True)
class Tessellation:
    """Plots of one community.

    ``plots``: index 0…n-1, ``building`` (index value or None), ``kind`` (building, road, river,
    park, land), geometry. ``neighbours``: ``a`` < ``b``, ``shared_m``, ``barrier``.
    ``findings``: what was wrong with the input and what was done. ``plot_of``: for every building
    inside the community its plot; buildings that share a footprint (towers on one podium, a record
    entered twice) share a plot, so sum households by this and not by ``plots.building``.
    ``footprints``: the repaired footprint of every building that has a plot of its own.
    """

    plots: GeoDataFrame
    neighbours: pd.DataFrame
    findings: list[Finding]
    plot_of: pd.Series
    footprints: gpd.GeoSeries


@dataclass(slots=True)
class _FaceLabels:
    """What the faces of one community are labelled from."""

    blocks: blocks.Blocks
    block_of: NDArray[np.int64]
    samples: NDArray[np.float64]
    sample_of: NDArray[np.int64]


def tessellate(
    community: BaseGeometry,
    buildings: GeoDataFrame,
    streets: GeoDataFrame | None,
    water: GeoDataFrame | None,
    barriers: GeoDataFrame | None = None,
    *,
    lands: GeoDataFrame | None = None,
    progress: Callable[[float], None] | None = None,
) -> Tessellation:
    """Cut a community into plots: one for each building, the rest as land, rivers and roads.

    ``community``: polygon or multipolygon; all frames in its CRS, which must be metric (m).
    ``buildings``: any geometry; those that belong to the community (the caller gives a building on
    a border to the community of its larger share). ``streets``, ``water``, ``barriers``: as in
    docs/frames.md; anything beyond the community is ignored. ``lands``: where given, its parks,
    squares and cemeteries become park plots. ``progress`` is told shares 0–1.

    The same input in another order of rows gives the same plots in the same order.

    Raises InputError when the community has no area.
    """
    tell = progress or _silent
    # Near the origin overlays are a thousand times more exact than at 3,000 km from it.
    origin = _origin(community)
    community = _area_of(_moved(community, -origin))
    buildings = _moved(buildings, -origin)
    streets, water, barriers, lands = (
        _moved(_near(frame, community, origin), -origin)
        for frame in (streets, water, barriers, lands)
    )
    footprints = repair(buildings, community)
    tell(0.1)
    water_areas = blocks.areas_within(water, community)
    dividers = blocks.dividing_lines(streets, water, barriers, community)
    labels = _ground(blocks.street_blocks(community, dividers, water_areas), footprints.shapes)
    tell(0.3)
    parks = blocks.park_areas(lands, community)
    lines, land = _lines(labels, footprints.shapes, parks, tell)
    lines += [community.boundary, *shapely.boundary(footprints.shapes)]
    faces = blocks.faces(blocks.noded(lines), community)
    tell(0.7)
    label = _label(faces, labels, footprints.shapes, land)
    head = _settle(faces, label)
    tell(0.85)
    plots, plot_of = _frame(faces, head, label, labels, footprints, buildings, parks)
    river = np.asarray(plots["kind"] == "river")
    neighbours = neighbours_in_coverage(
        np.asarray(plots.geometry.array, dtype=object), river, streets, water, barriers
    )
    tell(1.0)
    own = gpd.GeoSeries(
        footprints.shapes, index=buildings.index[footprints.rows], crs=buildings.crs
    )
    return Tessellation(
        _moved(plots, origin), neighbours, footprints.findings, plot_of, _moved(own, origin)
    )


def _silent(_share: float) -> None:
    """Tell nobody."""


def _origin(community: BaseGeometry) -> NDArray[np.float64]:
    """Return whole metres near the community: adding them to lattice points rounds nothing."""
    bounds = np.asarray(shapely.bounds(community))
    if not np.isfinite(bounds).all():
        raise InputError("A community needs a boundary with an area.")
    return np.round((bounds[:2] + bounds[2:]) / 2)


def _moved(shapes: Any, by: NDArray[np.float64]) -> Any:
    """Return a geometry, series or frame with its shapes moved."""
    if shapes is None:
        return None
    if isinstance(shapes, GeoDataFrame):
        return shapes.set_geometry(_moved(shapes.geometry, by))
    if isinstance(shapes, gpd.GeoSeries):
        there = _moved(np.asarray(shapes.array, dtype=object), by)
        return gpd.GeoSeries(there, index=shapes.index, crs=shapes.crs)
    return shapely.transform(shapes, lambda xy: xy + by)


def _near(
    frame: GeoDataFrame | None, community: BaseGeometry, origin: NDArray[np.float64]
) -> GeoDataFrame | None:
    """Return the rows that may matter to a community (frames may hold a whole county)."""
    if frame is None:
        return None
    west, south, east, north = shapely.bounds(community) + np.tile(origin, 2)
    around = shapely.box(west - NEAR_M, south - NEAR_M, east + NEAR_M, north + NEAR_M)
    return frame.iloc[np.sort(frame.sindex.query(around))]


def _area_of(community: BaseGeometry) -> BaseGeometry:
    shape = shapely.force_2d(community)
    if not shapely.is_valid(shape):
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    shape = shapely.set_precision(shape, blocks.LATTICE_M)
    if shapely.is_empty(shape) or shapely.get_dimensions(shape) != 2:
        raise InputError("A community needs a boundary with an area.")
    return shape


def _ground(found: blocks.Blocks, shapes: NDArray[Any]) -> _FaceLabels:
    """Give every building to the block that holds most of it, land before water."""
    block, building = shapely.STRtree(shapes).query(found.shapes, predicate="intersects")
    whole = np.bincount(building, minlength=len(shapes))[building] == 1
    share = np.ones(len(block))
    share[~whole] = shapely.area(
        shapely.intersection(found.shapes[block[~whole]], shapes[building[~whole]])
    )
    share = share / np.where(found.river[block], 1e3, 1.0)
    best = np.lexsort((block, -share, building))
    first = best[np.unique(building[best], return_index=True)[1]]
    block_of = np.full(len(shapes), -1, np.int64)
    block_of[building[first]] = block[first]
    samples, sample_of = outline_samples(shapes)
    return _FaceLabels(found, block_of, samples, sample_of)


def _lines(
    labels: _FaceLabels,
    shapes: NDArray[Any],
    parks: NDArray[Any],
    tell: Callable[[float], None],
) -> tuple[list[BaseGeometry], NDArray[Any]]:
    """Return the lines within blocks, and the open land (polygons) of all blocks."""
    lines: list[BaseGeometry] = list(shapely.boundary(labels.blocks.shapes))
    land: list[BaseGeometry] = []
    order = np.argsort(labels.block_of, kind="stable")
    starts = np.searchsorted(labels.block_of[order], np.arange(len(labels.blocks.shapes) + 1))
    sample_order = np.argsort(labels.block_of[labels.sample_of], kind="stable")
    sample_starts = np.searchsorted(
        labels.block_of[labels.sample_of][sample_order], np.arange(len(labels.blocks.shapes) + 1)
    )
    green = shapely.STRtree(parks)
    for at, block in enumerate(labels.blocks.shapes):
        inside = order[starts[at] : starts[at + 1]]
        river = bool(labels.blocks.river[at])
        if river:
            lines += blocks.halved(block, np.inf, blocks.RIVER_MAX_LENGTH_M)
            continue
        near = np.sort(green.query(block, predicate="intersects"))
        open_parts = blocks.open_land(block, shapes[inside], parks[near])
        for part in open_parts:
            lines.append(part.boundary)
            lines += blocks.halved(part, blocks.LAND_MAX_M2, blocks.LAND_MAX_LENGTH_M)
        land += open_parts
        if len(inside) > 1:
            chosen = sample_order[sample_starts[at] : sample_starts[at + 1]]
            between = lines_between(
                labels.samples[chosen], labels.sample_of[chosen], block, shapes[inside]
            )
            built = blocks.less(block, shapely.union_all(open_parts))
            lines += cut_to(between, shapely.buffer(built, blocks.OVERSHOOT_M))
        if at % 16 == 0:
            tell(0.3 + 0.2 * at / len(labels.blocks.shapes))
    return lines, np.array(land, dtype=object)


def _label(
    faces: NDArray[Any], labels: _FaceLabels, shapes: NDArray[Any], land: NDArray[Any]
) -> pd.DataFrame:
    """Say what each face is: ``block``, ``building`` (place in shapes, or -1), ``footprint`` (lies
    in it), ``open`` (open land or river)."""
    points = shapely.point_on_surface(faces)
    label = pd.DataFrame(
        {"block": -1, "building": -1, "footprint": False, "open": False}, index=range(len(faces))
    )
    face, block = shapely.STRtree(labels.blocks.shapes).query(points, predicate="intersects")
    label.loc[face, "block"] = block
    river = labels.blocks.river[label["block"]]
    in_land = np.zeros(len(faces), bool)
    if len(land):
        in_land[shapely.STRtree(land).query(points, predicate="intersects")[0]] = True
    # A block without buildings is open to its last corner.
    label["open"] = river | in_land | ~np.isin(label["block"], labels.block_of)
    if len(shapes):
        face, building = shapely.STRtree(shapes).query(points, predicate="intersects")
        # Of several footprints (overlaps below the rounding) the larger, that is the first, wins.
        first = np.lexsort((building, face))
        first = first[np.unique(face[first], return_index=True)[1]]
        label.loc[face[first], "building"] = building[first]
        label.loc[face[first], "footprint"] = True
        label.loc[face[first], "open"] = False
    left = np.flatnonzero(~label["footprint"] & ~label["open"])
    if len(left):
        # Blocks far apart in a third dimension: the nearest sample is one of the same block.
        apart = 1e7
        sample_block = labels.block_of[labels.sample_of]
        tree = cKDTree(np.column_stack((labels.samples, apart * sample_block)))
        block_z = apart * label["block"].to_numpy()[left]
        nearest = tree.query(np.column_stack((shapely.get_coordinates(points[left]), block_z)))[1]
        label.loc[left, "building"] = labels.sample_of[nearest]
    return label


def _settle(faces: NDArray[Any], label: pd.DataFrame) -> NDArray[np.int64]:
    """Return a face that stands for the plot of every face, so that each plot is one piece.

    Faces of one building that hang together with its footprint are its plot. What does not hang
    together, and land too small to stand alone, goes to the neighbour with the longest border.
    """
    size = len(faces)
    a, b, shared = adjacency(shared_segments(faces))
    building = label["building"].to_numpy()
    # Open land is cut on purpose: each of its faces is a piece.
    joined = (building[a] == building[b]) & (building[a] >= 0)
    part = connected_parts(size, a[joined], b[joined])
    count = int(part.max(initial=-1)) + 1
    face_area = shapely.area(faces)
    area = np.bincount(part, face_area, minlength=count).astype(np.float64)
    walls = np.bincount(part, face_area * label["footprint"].to_numpy(), minlength=count)
    head = np.lexsort((-face_area, ~label["footprint"].to_numpy(), part))
    head = head[np.unique(part[head], return_index=True)[1]]
    of_part = building[head]
    best = np.lexsort((-area, -walls, of_part))
    best = best[np.unique(of_part[best], return_index=True)[1]]
    main = np.zeros(count, bool)
    main[best[of_part[best] >= 0]] = True
    is_open = of_part < 0
    thin = 2 * area < blocks.BLOCK_MIN_WIDTH_M / 2 * np.bincount(part, shapely.length(faces))
    loose = np.where(is_open, (area < blocks.BLOCK_MIN_M2) | thin, ~main)
    low, high = np.minimum(part[a], part[b]), np.maximum(part[a], part[b])
    between = low != high
    low, high, shared = low[between], high[between], shared[between]
    block = label["block"].to_numpy()[head]
    weight = np.where(block[low] == block[high], shared, shared * OTHER_BLOCK)
    return head[absorb(low, high, weight, area, loose)[part]]


def _frame(
    faces: NDArray[Any],
    head: NDArray[np.int64],
    label: pd.DataFrame,
    labels: _FaceLabels,
    footprints: Footprints,
    buildings: GeoDataFrame,
    parks: NDArray[Any],
) -> tuple[GeoDataFrame, pd.Series]:
    """Unite the faces of each plot and say what it is; also which plot every building is in."""
    heads = np.unique(head)
    shapes = shapely.normalize(blocks.dissolve(faces, head))
    order = blocks.spatial_order(shapes)
    heads, shapes = heads[order], shapes[order]
    place = label["building"].to_numpy()[heads]
    built = place >= 0
    block = label["block"].to_numpy()[heads]
    area, around = shapely.area(shapes), shapely.length(shapes)
    thin = (2 * area < ROAD_WIDTH_M * around) & (area < ROAD_ROUNDNESS * around**2)
    road = thin & ~np.isin(block, labels.block_of)
    park = np.zeros(len(heads), bool)
    if len(parks):
        points = shapely.point_on_surface(faces[heads])
        park[shapely.STRtree(parks).query(points, predicate="intersects")[0]] = True
    kind = np.select(
        [built, labels.blocks.river[block], park, road],
        ["building", "river", "park", "road"],
        "land",
    )
    names = buildings.index.to_numpy()
    building = np.full(len(heads), None, dtype=object)
    building[built] = names[footprints.rows[place[built]]]
    plots = gpd.GeoDataFrame(
        {"building": pd.Series(building, dtype=object), "kind": kind},
        geometry=shapes,
        crs=buildings.crs,
    )
    plot_of_place = np.empty(len(footprints.shapes), np.int64)
    plot_of_place[place[built]] = np.flatnonzero(built)
    rows = np.concatenate((footprints.rows, np.array([*footprints.hosted], np.int64)))
    plot = plot_of_place[
        np.concatenate(
            (np.arange(len(footprints.rows)), np.array([*footprints.hosted.values()], np.int64))
        )
    ]
    in_order = np.argsort(rows)
    plot_of = pd.Series(plot[in_order], index=buildings.index[rows[in_order]], name="plot")
    return plots, plot_of
