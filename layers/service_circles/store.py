"""A county's walking network between the database and the pure modules.

A town is made of streets and of doors. Each is kept with the versions of the data that it came
from, and only what changed is computed anew: new counts at the same doors are only read, a new
building ties that building, new streets or another walking speed are a new network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.ground.read_barriers import walking_barriers
from data.ground.read_terrain import read_elevation
from data.ground.read_travel import Versions, travel_profiles, versions
from data.stations.read import HouseholdDoors, household_doors, station_points, street_edges
from layers.kit.crs import transform
from layers.kit.errors import NotFoundError
from layers.kit.kept import BoundedStore
from layers.kit.layer import Query
from layers.service_circles.areas import TownRaster, lay_raster
from layers.service_circles.travel.profiles import ProfileForm, Profiles, make_profiles
from layers.service_circles.walking.compute import nearest, reach
from layers.service_circles.walking.network import ADULT, Network, build_network
from layers.service_circles.walking.ties import Doors, Ties, anchors_of, doors_of, tie

STREETS = ("streets", "policy")
DOORS = ("buildings", "counts")


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """What walking times need: streets, raster, and the households' doors.

    ``network``, ``raster`` and ``doors`` are as the adult of ``profiles`` walks. ``codes``:
    division code of each door's building; ``households`` by the policy's measure; ``ties``: where
    the doors meet the streets; ``untied``: which doors no street reaches.
    """

    versions: Versions
    profiles: Profiles
    network: Network
    raster: TownRaster
    ties: Ties
    doors: Doors
    building_ids: NDArray[np.int64]
    shapes: NDArray[np.object_]
    codes: NDArray[np.object_]
    households: NDArray[np.int64]
    untied: NDArray[np.bool_]


def versions_of(c: Connection, query: Query) -> Versions:
    """Return the versions of what a query's figures rest on."""
    basis = (query.data_as_of, query.measuring_srid, query.household_measure, query.tie_max_m)
    return versions(c, query.county, query.plans_on, basis)


class Towns:
    """The newest town of the last few counties and scopes. Made once by the application."""

    def __init__(self, size: int = 4) -> None:
        self._towns: BoundedStore[tuple[str, str], Town] = BoundedStore(size)

    def get(self, c: Connection, query: Query) -> Town:
        """Return the town as it stands, computing what changed since it was last asked for.

        Raises NotFoundError for a county without streets.
        """
        now = versions_of(c, query)
        return self._towns.get_once(
            query.place,
            lambda before: build_town(c, query, now, before),
            stands=lambda kept: now.same(kept.versions, *STREETS, *DOORS),
        )


def build_town(
    c: Connection, query: Query, now: Versions | None = None, before: Town | None = None
) -> Town:
    """Read a county's streets, terrain and doors; what is as in ``before`` is taken from there.

    Raises NotFoundError without streets.
    """
    now = now or versions_of(c, query)
    if before is not None and now.same(before.versions, *STREETS):
        profiles, network, raster = before.profiles, before.network, before.raster
    else:
        profiles = read_profiles(c, query)
        network = _read_network(c, query, profiles)
        raster = lay_raster(network, tie_max_m=query.tie_max_m)
    rows = household_doors(c, query.county, query.measuring_srid, query.household_measure)
    if before is not None and network is before.network:
        ties, is_same = _retied(rows, network, query.tie_max_m, before)
    else:
        ties, is_same = tie(rows.geometry, network, query.tie_max_m), False
    if is_same and before is not None:
        # The same doors: whoever asked something of them before can keep the answer.
        return replace(before, versions=now, codes=rows.code, households=rows.households)
    return Town(
        now,
        profiles,
        network,
        raster,
        ties,
        doors_of(network, ties),
        rows.id,
        rows.geometry,
        rows.code,
        rows.households,
        ties.untied,
    )


def read_profiles(c: Connection, query: Query) -> Profiles:
    """Return how the county says that people walk and vehicles drive."""
    rows = [
        ProfileForm(
            r.key, r.kind, r.title, r.flat_speed_m_s, r.off_street_speed_m_s, r.steps_factor,
            r.has_slopes, r.speeds_km_h, r.start_s, r.source,
        )
        for r in travel_profiles(c, query.county)
    ]  # fmt: skip
    return make_profiles(rows, query.flat_speed_m_s)


def _read_network(c: Connection, query: Query, profiles: Profiles) -> Network:
    srid = query.measuring_srid
    edges = street_edges(c, query.county, srid)
    if len(edges.geometry) == 0:
        raise NotFoundError("this county has no streets yet: import them first")
    frame = gpd.GeoDataFrame(
        {
            "class": edges.classes,
            "bridge": edges.bridge,
            "tunnel": edges.tunnel,
            "oneway": edges.oneway,
            "layer": edges.layer,
        },
        geometry=edges.geometry,
        crs=srid,
    )
    barriers = walking_barriers(c, query.county, srid)
    return build_network(frame, _height(c, query), profiles.walker(ADULT.key), barriers)


def _retied(
    rows: HouseholdDoors, network: Network, tie_max_m: float, before: Town
) -> tuple[Ties, bool]:
    """Return the doors' ties: those of unchanged buildings as they were, the others anew.

    Also whether nothing changed at all: the same buildings in the same order.
    """
    place = {int(building): n for n, building in enumerate(before.building_ids)}
    old = np.array([place.get(int(building), -1) for building in rows.id], np.intp)
    known = old >= 0
    known[known] = shapely.equals_exact(rows.geometry[known], before.shapes[old[known]], 0.0)
    if known.all() and len(old) == len(before.building_ids):
        return before.ties, True
    fresh = tie(rows.geometry[~known], network, tie_max_m)
    both = Ties(
        *(
            np.concatenate([getattr(before.ties, name), getattr(fresh, name)])
            for name in Ties.__dataclass_fields__
        )
    )
    at = np.empty(len(old), np.intp)
    at[known] = old[known]
    at[~known] = len(before.ties) + np.arange(len(fresh))
    return both.take(at), False


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
    points = shapely.points(np.array([[r.x, r.y] for r in rows], np.float64).reshape(-1, 2))
    ids = np.array([r.id for r in rows], np.int64)
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
         if r.id == station_id),
        None,
    )  # fmt: skip
    if row is None:
        return None
    place = anchors_of(town.network, tie([shapely.Point(row.x, row.y)], town.network))
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
    inside = np.array([code.startswith(scope) for code in town.codes], bool)
    walk_s, stations = walks(c, query, town, category=category)
    households = town.households * inside
    return Coverage(
        query.minutes,
        tuple(int(households[walk_s <= m * 60].sum()) for m in query.minutes),
        int(households.sum()),
        int(households[town.untied].sum()),
        stations,
    )


def walks(
    c: Connection, query: Query, town: Town, *, category: str | None = None
) -> tuple[NDArray[np.float64], int]:
    """Return each door's seconds to its nearest open station, and how many stations are open.

    Infinite for a door that is farther than the policy's longest minutes, or on no street.
    """
    stations = tied_stations(c, query, town, category=category)
    places = anchors_of(town.network, stations.ties)
    found = nearest(town.network, town.doors, places, max(query.minutes) * 60.0)
    return np.where(np.isnan(found.walk_s), np.inf, found.walk_s), len(stations.ids)
