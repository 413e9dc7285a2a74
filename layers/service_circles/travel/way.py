"""One way of getting there, and the three questions asked of it: reach, reaches, nearest.

``to_station``: a household walks to the station. ``round_trip``: there and back. ``response``: a
vehicle comes from the station to the door (``response``). Everything that counts or draws asks a
``Travel``, so that no figure can mix two ways of getting there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from layers.service_circles.travel.response import LATEST_S, Roads
from layers.service_circles.walking import compute
from layers.service_circles.walking.compute import Direction, Nearest, Reach
from layers.service_circles.walking.network import Network, turned
from layers.service_circles.walking.ties import Anchors, Doors, Ties, anchors_of, doors_of

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

    def stations(self, ties: Ties) -> Anchors:
        """Return stations in seconds, from their ties to this network's own streets."""
        return self.roads.stations(ties) if self.roads else anchors_of(self.network, ties)

    def reaches(self, doors: Doors, stations: Anchors, limit_s: float) -> tuple[Reach, ...]:
        """Return for every station the doors within ``limit_s``."""
        bound_s, direction = self._bound(limit_s), self.direction
        found = compute.reaches(self.network, doors, stations, bound_s, direction)
        if stations.on_foot is None:
            return found
        walked = compute.reaches(self.network, doors, stations.on_foot, bound_s, direction)
        pairs = zip(found, walked, strict=True)
        return tuple(_folded((a, b), len(doors)) for a, b in pairs)

    def reach(self, doors: Doors, station: Anchors, limit_s: float) -> Reach:
        """Return the doors within ``limit_s`` of one station."""
        bound_s, direction = self._bound(limit_s), self.direction
        found = compute.reach(self.network, doors, station, bound_s, direction)
        if station.on_foot is None:
            return found
        walked = compute.reach(self.network, doors, station.on_foot, bound_s, direction)
        return _folded((found, walked), len(doors))

    def nearest(self, doors: Doors, stations: Anchors, limit_s: float = np.inf) -> Nearest:
        """Return each door's nearest station and the seconds, up to ``limit_s``."""
        bound_s, direction = self._bound(limit_s), self.direction
        found = compute.nearest(self.network, doors, stations, bound_s, direction)
        if stations.on_foot is None:
            return found
        walked = compute.nearest(self.network, doors, stations.on_foot, bound_s, direction)
        half = len(doors) // 2
        seconds = np.stack([found.walk_s, walked.walk_s]).reshape(4, half)
        labels = np.stack([found.station, walked.station]).reshape(4, half)
        seconds = np.nan_to_num(seconds, nan=np.inf)
        best = seconds.argmin(axis=0), np.arange(half)
        walk_s, station = seconds[best], labels[best]
        walk_s[~np.isfinite(walk_s)] = np.nan
        return Nearest(station, walk_s)

    def _bound(self, limit_s: float) -> float:
        return min(limit_s, LATEST_S) if self.roads else limit_s


def _folded(found: tuple[Reach, ...], twins: int) -> Reach:
    """Put all ways to a door together: driven or walked to it, whichever is soonest."""
    half = twins // 2
    door = np.concatenate([one.doors for one in found]) % half
    walk_s = np.concatenate([one.walk_s for one in found])
    order = np.lexsort((walk_s, door))
    door, walk_s = door[order], walk_s[order]
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
    doors: Anchors
    station_ties: Ties
    station: Anchors
    is_back: bool


def legs(travel: Travel, door_ties: Ties, station_ties: Ties) -> list[list[Leg]]:
    """Return the legs between one door and one station: inner lists are alternatives.

    A round trip has two legs; a response one, with an alternative for each way to set out and to
    arrive (driven or walked).
    """
    roads = travel.roads
    ties = roads.twin_ties(door_ties) if roads else door_ties
    ends = [(station_ties, travel.stations(station_ties))]
    if roads and ends[0][1].on_foot is not None:
        ends.append((roads.foot_ties(station_ties), ends[0][1].on_foot))
    made: list[list[Leg]] = []
    directions = {"to_station": [False], "round_trip": [False, True], "response": [True]}
    for is_back in directions[travel.way]:
        network = turned(travel.network) if is_back else travel.network
        doors = anchors_of(network, ties)
        stations = [
            (own, replace(anchors_of(network, own), offset_s=place.offset_s)) for own, place in ends
        ]
        made.append(
            [
                Leg(network, ties.take([n]), doors.one(n), own, place, is_back)
                for n in range(len(ties))
                for own, place in stations
                if ties.edge[n] >= 0
            ]
        )
    return made
