"""A county's walking network between the database and the pure modules, kept per revision."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.read.stations import household_doors, station_points, street_edges
from data.read.terrain import read_elevation
from layers.kit.crs import transform
from layers.kit.errors import NotFoundError
from layers.kit.layer import Query
from layers.service_circles.areas import Ground, lay_ground
from layers.service_circles.compute import nearest, reach
from layers.service_circles.network import ADULT, Network, WalkProfile, build_network
from layers.service_circles.ties import Doors, Ties, doors_of, places_of, tie


@dataclass(frozen=True, slots=True)
class Town:
    """What walking times need: streets, raster, and the households' doors.

    ``codes``: division code of each door's building; ``households`` by the policy's measure;
    ``ties``: where the doors meet the streets; ``untied``: which doors no street reaches.
    """

    network: Network
    ground: Ground
    ties: Ties
    doors: Doors
    building_ids: NDArray[np.int64]
    codes: NDArray[np.object_]
    households: NDArray[np.int64]
    untied: NDArray[np.bool_]


class Towns:
    """The last few towns, one per (county, revision). Made once by the application."""

    def __init__(self, size: int = 4) -> None:
        self._towns: OrderedDict[tuple[str, int], Town] = OrderedDict()
        self._lock = Lock()
        self._size = size

    def get(self, c: Connection, query: Query) -> Town:
        """Return the town of the query's county and revision, building it on first use."""
        key = (query.county, query.revision)
        with self._lock:  # one builder; the others wait for its town rather than build it too
            if key not in self._towns:
                self._towns[key] = build_town(c, query)
                while len(self._towns) > self._size:
                    self._towns.popitem(last=False)
            self._towns.move_to_end(key)
            return self._towns[key]


def build_town(c: Connection, query: Query) -> Town:
    """Read a county's streets, terrain and doors. Raises NotFoundError without streets."""
    srid = query.measuring_srid
    edges = street_edges(c, query.county, srid)
    if len(edges["geometry"]) == 0:
        raise NotFoundError("this county has no streets yet: import them first")
    frame = gpd.GeoDataFrame(
        {name: edges[name] for name in ("class", "bridge", "tunnel", "layer")},
        geometry=edges["geometry"],
        crs=srid,
    )
    profile = WalkProfile(
        ADULT.key, query.flat_speed_m_s, query.flat_speed_m_s, ADULT.steps_factor, ADULT.source
    )
    network = build_network(frame, _height(c, query), profile)
    rows = household_doors(c, query.county, srid, query.household_measure)
    ties = tie(rows["geometry"], network, query.tie_max_m)
    return Town(
        network,
        lay_ground(network, tie_max_m=query.tie_max_m),
        ties,
        doors_of(network, ties),
        rows["id"],
        rows["code"],
        rows["households"],
        ties.untied,
    )


def _height(
    c: Connection, query: Query
) -> Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]] | None:
    elevation = read_elevation(c, query.county)
    if elevation is None:
        return None

    def height(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        px, py = transform(x, y, query.measuring_srid, elevation.srid)
        return elevation.sample(px, py)

    return height


@dataclass(frozen=True, slots=True)
class StationSet:
    """Stations tied to a town's streets; ``ids`` in the order of ``ties``."""

    ids: NDArray[np.int64]
    ties: Ties


def tied_stations(
    c: Connection, query: Query, town: Town, *, category: str | None = None
) -> StationSet:
    """Return the open stations of a category (the party's own where None), tied to streets."""
    rows = station_points(c, query.county, query.measuring_srid, category=category)
    points = shapely.points(np.array([[r["x"], r["y"]] for r in rows], np.float64).reshape(-1, 2))
    ids = np.array([r["id"] for r in rows], np.int64)
    return StationSet(ids, tie(points, town.network, query.tie_max_m))


def station_reach(
    c: Connection, query: Query, town: Town, station_id: int
) -> tuple[int, ...] | None:
    """Return the households within each of the policy's minutes of one open station.

    Counted at their own doors, whatever other stations are near. None when the station is not
    open.
    """
    row = next(
        (r for r in station_points(c, query.county, query.measuring_srid, every=True)
         if r["id"] == station_id),
        None,
    )  # fmt: skip
    if row is None:
        return None
    place = places_of(town.network, tie([shapely.Point(row["x"], row["y"])], town.network))
    found = reach(town.network, town.doors, place, max(query.minutes) * 60.0)
    households = town.households[found.doors]
    return tuple(int(households[found.walk_s <= m * 60].sum()) for m in query.minutes)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Households by walking time to the nearest open station, counted at their own doors.

    ``covered``: households within each of ``minutes``; ``untied``: households that no street
    reaches, never covered.
    """

    minutes: tuple[int, ...]
    covered: tuple[int, ...]
    households: int
    untied: int
    stations: int


def coverage(
    c: Connection, query: Query, town: Town, *, category: str | None = None, scope: str = ""
) -> Coverage:
    """Count the households of a code prefix by the minutes to their nearest open station."""
    stations = tied_stations(c, query, town, category=category)
    inside = np.array([code.startswith(scope) for code in town.codes], bool)
    found = nearest(
        town.network,
        town.doors,
        places_of(town.network, stations.ties),
        max(query.minutes) * 60.0,
    )
    walk_s = np.where(np.isnan(found.walk_s), np.inf, found.walk_s)
    households = town.households * inside
    return Coverage(
        query.minutes,
        tuple(int(households[walk_s <= m * 60].sum()) for m in query.minutes),
        int(households.sum()),
        int(households[town.untied].sum()),
        len(stations.ids),
    )
