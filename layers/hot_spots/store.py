"""The hot spots of a county: demands of twelve whole months by the grids of today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.demands.read import demand_day, demand_points
from data.grids.read import grids_shown
from data.grids.read_live_loads import LiveMeasure
from data.grids.read_tiles import grid_count
from data.grids.rows import ShownGrid
from data.ground.read_water import water_areas
from layers.grids.plots.borders import neighbours_of
from layers.hot_spots.statistics.spots import Areas, Course, HotSpots, find_hot_spots, follow
from layers.kit.crs import to_measuring
from layers.kit.kept import BoundedStore
from layers.kit.layer import Query

MONTHS = 12
GRIDS_MAX = 2000
"""More are drawn from tiles: a province is looked at county by county."""


@dataclass(frozen=True, slots=True)
class SpotBoard:
    """What was found of each grid, in the order of ``grids``; None where nothing can be asked.

    ``demands`` (n, 12): by month, of which ``starts`` are the first days; until ``last``.
    """

    grids: tuple[ShownGrid, ...]
    areas: Areas
    demands: NDArray[np.float64]
    starts: tuple[date, ...]
    last: date
    spots: HotSpots
    course: Course

    def at(self, grid_id: int) -> int | None:
        """Return the place of a grid, None where it is not there."""
        return next((at for at, grid in enumerate(self.grids) if grid.grid_id == grid_id), None)


class SpotBoards:
    """The last few boards, one per county, scope and revision. Made once by the application."""

    def __init__(self, size: int = 4) -> None:
        self._boards: BoundedStore[tuple[str, str, int], SpotBoard | None] = BoundedStore(size)

    def get(self, c: Connection, query: Query) -> SpotBoard | None:
        """Return the board of the query's county and revision, reading it on first use."""
        key = (*query.place, query.revision)
        return self._boards.get_once(key, lambda _: read_board(c, query))


def whole_months(until: date) -> tuple[date, ...]:
    """Return the first days of the twelve whole months that end at ``until`` or before it, and the
    day after them.
    """
    following = until + timedelta(days=1)
    end = following.replace(day=1)
    months = np.datetime64(end, "M") - np.arange(MONTHS, -1, -1)
    return tuple(month.astype("datetime64[D]").item() for month in months)


def read_board(c: Connection, query: Query) -> SpotBoard | None:
    """Read grids and demands and judge them. None: a province, no grids, or no demands."""
    if grid_count(c, query.county) > GRIDS_MAX:
        return None
    live = LiveMeasure(query.household_measure, query.data_as_of)
    grids = tuple(grids_shown(c, query.county, query.data_as_of, live))
    xy, days = demand_points(c, query.county, query.measuring_srid)
    if not grids or not len(days):
        return None
    *starts, after = whole_months(demand_day(c, query.county))
    shapes = to_measuring(shapely.from_geojson([g.geometry for g in grids]), query.measuring_srid)
    month = np.searchsorted(np.array(starts, "datetime64[D]"), days, "right") - 1
    within = (month >= 0) & (days < np.datetime64(after))
    demands = _by_grid(shapes, xy[within], month[within])
    frame = gpd.GeoDataFrame(geometry=shapes, crs=query.measuring_srid)
    beside = neighbours_of(frame, None, water_areas(c, query.county, query.measuring_srid), None)
    crossed = beside[beside["barrier"] != "water"]
    areas = Areas(
        len(grids),
        crossed["a"].to_numpy(np.int64),
        crossed["b"].to_numpy(np.int64),
        np.array([grid.households for grid in grids], np.float64),
    )
    spots = find_hot_spots(demands.sum(axis=1), areas)
    last = after - timedelta(days=1)
    return SpotBoard(grids, areas, demands, tuple(starts), last, spots, follow(demands, areas))


def _by_grid(
    shapes: NDArray[np.object_], xy: NDArray[np.float64], month: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Count demands by grid and month; one on a border counts for the grid that comes first."""
    point, grid = shapely.STRtree(shapes).query(shapely.points(xy), predicate="intersects")
    first = np.full(len(xy), len(shapes))
    np.minimum.at(first, point, grid)
    inside = first < len(shapes)
    counted = np.zeros((len(shapes), MONTHS))
    np.add.at(counted, (first[inside], month[inside]), 1.0)
    return counted
