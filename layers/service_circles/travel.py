"""One way of getting there, and the three questions asked of it: reach, reaches, nearest.

``to_station``: a household walks to the station. ``round_trip``: there and back. ``response``: a
vehicle comes from the station to the door (``response``). Everything that counts or draws asks a
``Travel``, so that no figure can mix two ways of getting there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from layers.service_circles import compute
from layers.service_circles.compute import Direction, Nearest, Reach
from layers.service_circles.network import Network, turned
from layers.service_circles.response import LATEST_S, Roads
from layers.service_circles.ties import Doors, Places, Ties, doors_of, places_of

Way = Literal["to_station", "round_trip", "response"]
WAYS: tuple[Way, ...] = ("to_station", "round_trip", "response")


@dataclass(frozen=True, slots=True, eq=False)
class Travel:
    """``network``: the streets that are searched; ``roads`` only for a response."""

    way: Way
    network: Network
    roads: Roads | None = None

    @property
    def direction(self) -> Direction:
        """Return the direction of the search."""
        return "from_station" if self.way == "response" else self.way

    def doors(self, ties: Ties) -> Doors:
        """Return doors as this way of travel needs them, from their ties to the streets."""
        return doors_of(self.network, self.roads.twin_ties(ties) if self.roads else ties)

    def stations(self, ties: Ties) -> Places:
        """Return stations in seconds, from their ties to this network's own streets."""
        places = places_of(self.network, ties)
        if self.roads is None:
            return places
        leaving_s = ties.offset_m / self.roads.leaving_speed_m_s + self.roads.start_s
        return replace(places, offset_s=leaving_s)

    def reaches(self, doors: Doors, stations: Places, limit_s: float) -> tuple[Reach, ...]:
        """Return for every station the doors within ``limit_s``."""
        found = compute.reaches(self.network, doors, stations, self._bound(limit_s), self.direction)
        return tuple(self._folded(one, len(doors)) for one in found) if self.roads else found

    def reach(self, doors: Doors, station: Places, limit_s: float) -> Reach:
        """Return the doors within ``limit_s`` of one station."""
        found = compute.reach(self.network, doors, station, self._bound(limit_s), self.direction)
        return self._folded(found, len(doors)) if self.roads else found

    def nearest(self, doors: Doors, stations: Places, limit_s: float = np.inf) -> Nearest:
        """Return each door's nearest station and the seconds, up to ``limit_s``."""
        found = compute.nearest(self.network, doors, stations, self._bound(limit_s), self.direction)
        if not self.roads:
            return found
        half = len(doors) // 2
        seconds = np.nan_to_num(found.walk_s, nan=np.inf).reshape(2, half)
        best = seconds.argmin(axis=0)
        walk_s = seconds[best, np.arange(half)]
        station = found.station.reshape(2, half)[best, np.arange(half)]
        walk_s[~np.isfinite(walk_s)] = np.nan
        return Nearest(station, walk_s)

    def _bound(self, limit_s: float) -> float:
        return min(limit_s, LATEST_S) if self.roads else limit_s

    @staticmethod
    def _folded(found: Reach, twins: int) -> Reach:
        """Put a door's two twins together: whichever is sooner."""
        half = twins // 2
        door = found.doors % half
        order = np.lexsort((found.walk_s, door))
        door, walk_s = door[order], found.walk_s[order]
        first = np.ones(len(door), bool)
        first[1:] = door[1:] != door[:-1]
        return Reach(door[first].astype(np.int32), walk_s[first])


def on_foot(network: Network, *, is_round_trip: bool = False) -> Travel:
    """Return walking to the station, or there and back."""
    return Travel("round_trip" if is_round_trip else "to_station", network)


def by_vehicle(roads: Roads) -> Travel:
    """Return a vehicle coming to the door."""
    return Travel("response", roads.network, roads)


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """One direction of a way as the search to a station sees it: the network and both ends."""

    network: Network
    door_ties: Ties
    doors: Places
    station_ties: Ties
    station: Places
    is_back: bool


def legs(travel: Travel, door_ties: Ties, station_ties: Ties) -> list[list[Leg]]:
    """Return the legs between one door and one station: inner lists are alternatives.

    A round trip has two legs, a response one with two alternatives (walked or driven to).
    """
    made: list[list[Leg]] = []
    for is_back in {"to_station": [False], "round_trip": [False, True], "response": [True]}[
        travel.way
    ]:
        network = turned(travel.network) if is_back else travel.network
        ties = travel.roads.twin_ties(door_ties) if travel.roads else door_ties
        station = replace(
            places_of(network, station_ties), offset_s=travel.stations(station_ties).offset_s
        )
        doors = places_of(network, ties)
        made.append(
            [
                Leg(network, ties.take([n]), doors.one(n), station_ties, station, is_back)
                for n in range(len(ties))
                if ties.edge[n] >= 0
            ]
        )
    return made
