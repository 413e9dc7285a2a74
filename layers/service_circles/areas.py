"""Drawn service areas: a picture of the walking time on the ground, never the count.

The ground is a raster of 20 m cells, each tied once to the street network like a building. A
station's walking times over the cells are contoured to polygons. Households are counted by their
own door (``compute``), so a drawing may differ from the count by the size of a cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from layers.kit.errors import InputError
from layers.service_circles.travel.way import Travel
from layers.service_circles.walking.compute import Direction, nearest, reach
from layers.service_circles.walking.network import Floats, Network
from layers.service_circles.walking.segments import nearest_edges
from layers.service_circles.walking.ties import TIE_MAX_M, Anchors, Doors, Ties, doors_of

CELL_M = 20.0
BAND_S = 25.0  # about a cell at walking speed; see _contours
CELLS_MAX = 20_000_000


@dataclass(frozen=True, slots=True, eq=False)
class TownRaster:
    """The raster of a town: cell ``(row, column)`` has its centre at ``west + column · cell_m``,
    ``south + row · cell_m`` (measuring CRS). ``cell`` numbers the cells that lie within reach of
    a street (``row · columns + column``, ascending); ``ties`` are theirs, ``doors`` the same in
    seconds of whoever travels.
    """

    west: float
    south: float
    cell_m: float
    rows: int
    columns: int
    cell: NDArray[np.int64]
    ties: Ties
    doors: Doors


def lay_raster(
    network: Network, cell_m: float = CELL_M, tie_max_m: float = TIE_MAX_M
) -> TownRaster:
    """Tie the cells around the streets to their nearest edge. Done once per network."""
    low_x, low_y, high_x, high_y = shapely.total_bounds(network.geometry)
    west = np.floor((low_x - tie_max_m) / cell_m) * cell_m
    south = np.floor((low_y - tie_max_m) / cell_m) * cell_m
    columns = int(np.ceil((high_x + tie_max_m - west) / cell_m)) + 1
    rows = int(np.ceil((high_y + tie_max_m - south) / cell_m)) + 1
    if rows * columns > CELLS_MAX:
        raise InputError(
            "the streets span {rows} × {columns} cells of {cell_m:g} m: draw a smaller area",
            rows=rows,
            columns=columns,
            cell_m=cell_m,
        )
    cell = _cells_near_streets(network, west, south, cell_m, rows, columns, tie_max_m)
    x, y = west + cell % columns * cell_m, south + cell // columns * cell_m
    # Only grounds are stepped onto; those that come last lose to what is nearer all the same.
    grounds = np.concatenate([np.empty(0, np.int32), *(g.edges for g in network.grounds[:2])])
    near, offset_m, along_m = nearest_edges(network.geometry[grounds], x, y, tie_max_m)
    tied = near >= 0
    edge = np.where(tied, grounds[near], -1).astype(np.int32) if len(grounds) else near
    if network.barriers is not None:
        at = np.flatnonzero(tied)
        there = shapely.get_coordinates(
            shapely.line_interpolate_point(network.geometry[edge[at]], along_m[at])
        )
        here = np.column_stack([x[at], y[at]])
        tied[at] = ~network.barriers.bar(np.stack([here, there], axis=1))
    none = np.full(int(tied.sum()), np.nan)
    ties = Ties(edge[tied], along_m[tied], offset_m[tied], none, none, none, none)
    return TownRaster(
        float(west), float(south), cell_m, rows, columns, cell[tied], ties,
        doors_of(network, ties),
    )  # fmt: skip


def station_areas(
    network: Network,
    raster: TownRaster,
    station: Anchors,
    limits_s: Sequence[float],
    direction: Direction = "to_station",
) -> list[BaseGeometry]:
    """Return the polygon of each limit (s) around one station; areas of longer limits contain
    the shorter ones. Empty where nothing is within reach.
    """
    found = reach(network, raster.doors, station, max(limits_s) + BAND_S, direction)
    return _contours(raster, found.doors, found.walk_s, limits_s)


def all_stations_areas(
    network: Network,
    raster: TownRaster,
    stations: Anchors,
    limits_s: Sequence[float],
    direction: Direction = "to_station",
) -> list[BaseGeometry]:
    """Return the polygon of each limit (s) around whichever station is nearest."""
    found = nearest(network, raster.doors, stations, max(limits_s) + BAND_S, direction)
    cells = np.flatnonzero(found.station >= 0)
    return _contours(raster, cells, found.walk_s[cells], limits_s)


def travel_areas(
    travel: Travel, raster: TownRaster, stations: Anchors, limits_s: Sequence[float]
) -> list[BaseGeometry]:
    """Return the polygon of each limit (s) around whichever station is nearest.

    ``raster``: laid for this way of travel (``raster_for``).
    """
    found = travel.nearest(raster.doors, stations, max(limits_s) + BAND_S)
    cells = np.flatnonzero(found.station >= 0)
    return _contours(raster, cells, found.walk_s[cells], limits_s)


def raster_for(travel: Travel, raster: TownRaster) -> TownRaster:
    """Return the same cells for another way of travel; nothing is tied again."""
    return replace(raster, doors=travel.doors(raster.ties))


def _cells_near_streets(
    network: Network, west: float, south: float, cell_m: float, rows: int, columns: int,
    tie_max_m: float,
) -> NDArray[np.int64]:  # fmt: skip
    """Return the cells that can lie within ``tie_max_m`` of a street (a superset)."""
    near = np.zeros((rows, columns), bool)
    line = shapely.segmentize(network.geometry, cell_m)
    xy = shapely.get_coordinates(line)
    column = ((xy[:, 0] - west) / cell_m + 0.5).astype(int)
    row = ((xy[:, 1] - south) / cell_m + 0.5).astype(int)
    near[row.clip(0, rows - 1), column.clip(0, columns - 1)] = True
    steps = int(np.ceil(tie_max_m / cell_m)) + 1
    for axis in (0, 1):  # a square around each street cell, one axis after the other
        spread = near.astype(np.int32).cumsum(axis=axis)
        spread = np.concatenate([np.zeros_like(spread.take([0], axis)), spread], axis=axis)
        size = near.shape[axis]
        upper = np.minimum(np.arange(size) + steps + 1, size)
        lower = np.maximum(np.arange(size) - steps, 0)
        near = (spread.take(upper, axis) - spread.take(lower, axis)) > 0
    return np.flatnonzero(near)


def _contours(
    raster: TownRaster, doors: NDArray, walk_s: Floats, limits_s: Sequence[float]
) -> list[BaseGeometry]:
    """Contour the times of some cells at each limit.

    Between cells that are neighbours along a street the time grows evenly and the border is
    interpolated. Between cells of different streets it jumps, and the border lies anywhere
    between them: times are cut off ``BAND_S`` around the limit, so that a jump of any height
    puts it in the middle. A lower time never shrinks an area, hence areas are nested.
    """
    if len(doors) == 0:
        return [MultiPolygon() for _ in limits_s]
    cell = raster.cell[doors]
    row, column = cell // raster.columns, cell % raster.columns
    first_row, first_column = int(row.min()) - 1, int(column.min()) - 1
    surface = np.full(
        (int(row.max()) - first_row + 2, int(column.max()) - first_column + 2), np.inf
    )
    surface[row - first_row, column - first_column] = walk_s
    x = raster.west + (first_column + np.arange(surface.shape[1])) * raster.cell_m
    y = raster.south + (first_row + np.arange(surface.shape[0])) * raster.cell_m
    areas: list[BaseGeometry] = []
    order = np.argsort(limits_s)
    for limit_s in np.asarray(limits_s, np.float64)[order]:
        above = np.clip(surface - limit_s, -BAND_S, BAND_S)
        generator = contourpy.contour_generator(
            x, y, above, fill_type=contourpy.FillType.OuterOffset
        )
        area = _polygons(*generator.filled(-np.inf, 0.0))
        # Contours of one surface are nested but for the last bit of a coordinate.
        if areas and not shapely.covers(area, areas[-1]):
            area = shapely.union(area, areas[-1])
        areas.append(area)
    result: list[BaseGeometry] = [MultiPolygon()] * len(areas)
    for position, area in zip(order, areas, strict=True):
        result[position] = area
    return result


def _polygons(points: list[Floats], offsets: list[NDArray]) -> BaseGeometry:
    """Return contourpy's rings as one valid (Multi)Polygon."""
    polygons = []
    for ring_points, ring_ends in zip(points, offsets, strict=True):
        rings = [ring_points[a:b] for a, b in pairwise(ring_ends)]
        polygons.append(Polygon(rings[0], rings[1:]))
    area = MultiPolygon(polygons)
    if not area.is_valid:
        parts = shapely.get_parts(shapely.make_valid(area))
        area = shapely.multipolygons(shapely.get_parts(parts[shapely.get_dimensions(parts) == 2]))
    return area
