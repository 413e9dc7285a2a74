"""The way between a door and a station: which streets, how long, how much of it is climbing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.ops import substring

from layers.service_circles.travel.response import LATEST_S
from layers.service_circles.travel.way import Travel, legs
from layers.service_circles.walking import kernel
from layers.service_circles.walking.network import Floats, Network
from layers.service_circles.walking.ties import Anchors, Ties


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """``line``: door → street → … → station in the measuring CRS. ``flat_s``: the seconds that
    the same way would take without slopes; the difference is the hill's (infinite for a vehicle,
    which knows no hills). ``is_back``: this leg leads from the station to the door.
    """

    line: LineString
    length_m: float
    walk_s: float
    flat_s: float
    steps_m: float
    is_back: bool = False


def find_ways(travel: Travel, door_tie: Ties, station_tie: Ties) -> tuple[Way, ...]:
    """Return the quickest way between one door and one station, one part for each leg.

    Empty where there is none.
    """
    found = []
    for alternatives in legs(travel, door_tie, station_tie):
        ways = [
            find_way(leg.network, leg.door_ties, leg.doors, leg.station_ties, leg.station)
            for leg in alternatives
        ]
        known = [way for way in ways if way is not None and way.walk_s < LATEST_S]
        if not known:
            return ()
        best = min(known, key=lambda way: way.walk_s)
        flat_s = best.flat_s if travel.roads is None else np.inf
        found.append(replace(best, is_back=alternatives[0].is_back, flat_s=flat_s))
    return tuple(found)


def find_way(
    network: Network, door_tie: Ties, door: Anchors, station_tie: Ties, station: Anchors
) -> Way | None:
    """Return the quickest way from one door to one station; None where there is none.

    Each argument but the network holds one place, in the network's seconds.
    """
    edge, s_edge = int(door.edge[0]), int(station.edge[0])
    if edge < 0 or s_edge < 0:
        return None
    dist = _seconds_to(network, station)
    u, v = int(network.u[edge]), int(network.v[edge])
    by_u = float(dist[u] + door.backward_s[0])
    by_v = float(dist[v] + (network.forward_s[edge] - door.forward_s[0]))
    straight = np.inf
    if edge == s_edge:
        ahead = station.forward_s[0] - door.forward_s[0]
        back = door.backward_s[0] - station.backward_s[0]
        straight = float(ahead if ahead >= 0 else back) + float(station.offset_s[0])
    best = min(by_u, by_v, straight)
    if not np.isfinite(best):
        return None
    pieces: list[NDArray[np.float64]] = [np.array([[door_tie.door_x[0], door_tie.door_y[0]]])]
    steps_m, streets_m = 0.0, 0.0
    walked: list[tuple[int, float, float]] = []
    along = float(door_tie.along_m[0])
    s_along = float(station_tie.along_m[0])
    if straight == best:
        walked.append((edge, along, s_along))
    else:
        start = u if by_u == best else v
        walked.append((edge, along, 0.0 if start == u else float(network.length_m[edge])))
        node = start
        for passed, forward in _follow(network, dist, node, station):
            whole = float(network.length_m[passed])
            walked.append((passed, 0.0, whole) if forward else (passed, whole, 0.0))
            node = int(network.v[passed] if forward else network.u[passed])
        last = 0.0 if node == int(network.u[s_edge]) else float(network.length_m[s_edge])
        both = int(network.u[s_edge]) == int(network.v[s_edge])
        if both and s_along > last - s_along + float(network.length_m[s_edge]):
            last = float(network.length_m[s_edge])
        walked.append((s_edge, last, s_along))
    for passed, start_m, end_m in walked:
        if network.geometry[passed] is None:  # getting out of a vehicle
            continue
        pieces.append(shapely.get_coordinates(substring(network.geometry[passed], start_m, end_m)))
        streets_m += abs(end_m - start_m)
        if network.street_class[passed] == "steps":
            steps_m += abs(end_m - start_m)
    pieces.append(np.array([[station_tie.door_x[0], station_tie.door_y[0]]]))
    offsets_m = float(door_tie.offset_m[0] + station_tie.offset_m[0])
    profile = network.profile
    factor_s = steps_m * (profile.steps_factor - 1.0) / profile.flat_speed_m_s
    return Way(
        LineString(np.concatenate(pieces)),
        streets_m + offsets_m,
        round(best + float(door.offset_s[0]), 3),
        streets_m / profile.flat_speed_m_s + factor_s + offsets_m / profile.off_street_speed_m_s,
        steps_m,
    )


def _seconds_to(network: Network, station: Anchors) -> Floats:
    """Return the seconds from every node to the station."""
    edge = station.edge
    seed_node = np.concatenate([network.u[edge], network.v[edge]])
    seed_s = np.concatenate(
        [
            station.forward_s + station.offset_s,
            (network.backward_s[edge] - station.backward_s) + station.offset_s,
        ]
    )
    dist = np.full(len(network.x), np.inf)
    label = np.full(len(network.x), -1, np.int32)
    heap = len(network.arc_node) + len(seed_node) + 1
    kernel.nearest_nodes(
        network.arc_start, network.arc_node, network.arc_towards_s, seed_node, seed_s,
        np.zeros(2, np.int32), np.inf, dist, label, np.empty(heap), np.empty(heap, np.int32),
    )  # fmt: skip
    return dist


def _follow(network: Network, dist: Floats, node: int, station: Anchors) -> list[tuple[int, bool]]:
    """Return the edges walked from a node down to the station's own edge, and whether u→v."""
    ends = {
        int(network.u[station.edge[0]]): float(station.forward_s[0] + station.offset_s[0]),
        int(network.v[station.edge[0]]): float(
            network.backward_s[station.edge[0]] - station.backward_s[0] + station.offset_s[0]
        ),
    }
    passed: list[tuple[int, bool]] = []
    for _ in range(len(network.x)):
        if node in ends and abs(dist[node] - ends[node]) < 1e-6:
            return passed
        span = slice(network.arc_start[node], network.arc_start[node + 1])
        over = dist[network.arc_node[span]] + network.arc_away_s[span]
        best = int(np.argmin(over)) + int(network.arc_start[node])
        edge, following = int(network.arc_edge[best]), int(network.arc_node[best])
        passed.append((edge, int(network.u[edge]) == node))
        node = following
    return passed
