"""Walking time of households to stations: the nearest one, and who is within a limit.

Times are seconds rounded to the millisecond; a household is inside a limit when its rounded time
is not greater, so 900.0 s is inside 15 minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from layers.service_circles.walking import kernel
from layers.service_circles.walking.network import Floats, Ints, Network
from layers.service_circles.walking.ties import Anchors, Doors

Direction = Literal["to_station", "from_station", "round_trip"]
ROUND_TRIP_FIRST_S, ROUND_TRIP_LAST_S = 2400.0, 100_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """Per door: position of the nearest station (-1: none) and seconds (NaN: none)."""

    station: Ints
    walk_s: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """The doors within a limit of one station, in ascending order, and their seconds."""

    doors: Ints
    walk_s: Floats


@dataclass(frozen=True, slots=True)
class _Search:
    """The network and the doors as one direction sees them, with scratch of its own.

    A search belongs to one call, so threads share nothing that changes.
    """

    graph: tuple[NDArray, ...]
    doors: tuple[NDArray, ...]
    scratch: tuple[NDArray, ...]


def round_s(seconds: Floats) -> Floats:
    """Return seconds rounded to the millisecond, as every comparison with a limit sees them."""
    return np.rint(seconds * 1000.0) / 1000.0


def nearest(
    network: Network,
    doors: Doors,
    stations: Anchors,
    limit_s: float = np.inf,
    direction: Direction = "to_station",
) -> Nearest:
    """Return each door's nearest station and the walking seconds, up to ``limit_s``.

    Doors that are untied, unconnected or beyond the limit have station -1 and NaN.
    """
    # Of equally near stations the place decides, not the order in which they are given.
    order = _by_place(network, stations)
    found = _nearest(network, doors, stations.take(order), limit_s, direction)
    some = found.station >= 0
    found.station[some] = order[found.station[some]]
    return found


def _by_place(network: Network, stations: Anchors) -> NDArray[np.intp]:
    """Return an order of stations that only their places on the ground give."""
    edge = np.maximum(stations.edge, 0)
    u, v = network.u[edge], network.v[edge]
    return np.lexsort(
        (stations.offset_s, stations.forward_s, network.x[v], network.y[v], network.x[u],
         network.y[u], stations.edge < 0)
    )  # fmt: skip


def _nearest(
    network: Network, doors: Doors, stations: Anchors, limit_s: float, direction: Direction
) -> Nearest:
    if direction == "round_trip":
        return _nearest_round_trip(network, doors, stations, limit_s)
    away = direction == "from_station"
    places, start, order = doors.places, doors.start, doors.order
    forward_s, backward_s = _facing(places.forward_s, places.backward_s, away)
    s_forward_s, s_backward_s = _facing(stations.forward_s, stations.backward_s, away)
    total_s, back_total_s = _facing(network.forward_s, network.backward_s, away)
    towards_s, _ = _facing(network.arc_towards_s, network.arc_away_s, away)

    tied = np.flatnonzero(stations.edge >= 0).astype(np.int32)
    edge = stations.edge[tied]
    seed_node = np.concatenate([network.u[edge], network.v[edge]])
    seed_s = np.concatenate(
        [
            s_forward_s[tied] + stations.offset_s[tied],
            (back_total_s[edge] - s_backward_s[tied]) + stations.offset_s[tied],
        ]
    )
    dist = np.full(len(network.x), np.inf)
    label = np.full(len(network.x), -1, np.int32)
    heap = len(network.arc_node) + len(seed_node) + 1
    kernel.nearest_nodes(
        network.arc_start, network.arc_node, towards_s, seed_node, seed_s, np.tile(tied, 2),
        limit_s + kernel.SLACK_S, dist, label, np.empty(heap), np.empty(heap, np.int32),
    )  # fmt: skip
    walk_s = np.full(len(doors), np.inf)
    station = np.full(len(doors), -1, np.int32)
    kernel.nearest_doors(
        places.edge, forward_s, backward_s, places.offset_s, network.u, network.v, total_s, dist,
        label, walk_s, station,
    )  # fmt: skip
    kernel.nearest_on_same_edge(
        stations.edge, s_forward_s, s_backward_s, stations.offset_s, start, order, forward_s,
        backward_s, places.offset_s, walk_s, station,
    )  # fmt: skip
    return _within(station, walk_s, limit_s)


def reach(
    network: Network,
    doors: Doors,
    station: Anchors,
    limit_s: float,
    direction: Direction = "to_station",
) -> Reach:
    """Return the doors within ``limit_s`` of one station (``station`` holds one place)."""
    if len(station) != 1:
        raise ValueError("reach takes one station; use reaches for several")
    if station.edge[0] < 0:
        return Reach(np.empty(0, np.int32), np.empty(0))
    if direction == "round_trip":
        there = reach(network, doors, station, limit_s, "to_station")
        return _both_ways(there, reach(network, doors, station, limit_s, "from_station"), limit_s)
    away = direction == "from_station"
    search = _prepare(network, doors, away)
    forward_s, backward_s = _facing(station.forward_s, station.backward_s, away)
    dist, stamp, edge_stamp, key, item, settled, out_door, out_s = search.scratch
    count = kernel.reach_doors(
        *search.graph, *search.doors, station.edge[0], forward_s[0], backward_s[0],
        station.offset_s[0], limit_s, dist, stamp, edge_stamp, 1, key, item, settled, out_door,
        out_s,
    )  # fmt: skip
    return _sorted(out_door[:count], out_s[:count])


def reaches(
    network: Network,
    doors: Doors,
    stations: Anchors,
    limit_s: float,
    direction: Direction = "to_station",
) -> tuple[Reach, ...]:
    """Return for every station the doors within ``limit_s``; an untied station has none."""
    if direction == "round_trip":
        there = reaches(network, doors, stations, limit_s, "to_station")
        back = reaches(network, doors, stations, limit_s, "from_station")
        return tuple(_both_ways(a, b, limit_s) for a, b in zip(there, back, strict=True))
    away = direction == "from_station"
    search = _prepare(network, doors, away)
    forward_s, backward_s = _facing(stations.forward_s, stations.backward_s, away)
    rows, found, seconds = kernel.reach_all_doors(
        *search.graph, *search.doors, stations.edge, forward_s, backward_s, stations.offset_s,
        limit_s, *search.scratch,
    )  # fmt: skip
    owner = np.repeat(np.arange(len(stations)), np.diff(rows))
    order = np.argsort(owner * (len(doors) + 1) + found)
    found, seconds = found[order], round_s(seconds[order])
    return tuple(Reach(found[a:b], seconds[a:b]) for a, b in pairwise(rows))


def _prepare(network: Network, doors: Doors, away: bool) -> _Search:
    """Return the arrays of one direction with fresh scratch.

    ``numpy`` takes large zeroed arrays from the system untouched, so that a search pays only
    for the nodes it visits, also on a network of millions.
    """
    places = doors.places
    towards_s, _ = _facing(network.arc_towards_s, network.arc_away_s, away)
    total_s, back_total_s = _facing(network.forward_s, network.backward_s, away)
    forward_s, backward_s = _facing(places.forward_s, places.backward_s, away)
    nodes, edges, heap = len(network.x), len(network.u), len(network.arc_node) + 3
    return _Search(
        (network.arc_start, network.arc_node, network.arc_edge, towards_s, network.u, network.v,
         total_s, back_total_s),
        (doors.start, doors.order, forward_s, backward_s, places.offset_s),
        (np.empty(nodes), np.zeros(nodes, np.int32), np.zeros(edges, np.int32), np.empty(heap),
         np.empty(heap, np.int32), np.empty(nodes, np.int32), np.empty(len(doors), np.int32),
         np.empty(len(doors))),
    )  # fmt: skip


def _facing(forward: Floats, backward: Floats, away: bool) -> tuple[Floats, Floats]:
    return (backward, forward) if away else (forward, backward)


def _sorted(doors: Ints, seconds: Floats) -> Reach:
    order = np.argsort(doors)
    return Reach(doors[order], round_s(seconds[order]))


def _within(station: Ints, walk_s: Floats, limit_s: float) -> Nearest:
    walk_s = round_s(walk_s)
    none = ~(np.isfinite(walk_s) & (walk_s <= limit_s))
    station[none] = -1
    walk_s[none] = np.nan
    return Nearest(station, walk_s)


def _both_ways(there: Reach, back: Reach, limit_s: float) -> Reach:
    """Return the doors whose way there and way back sum to at most the limit."""
    doors, a, b = np.intersect1d(there.doors, back.doors, assume_unique=True, return_indices=True)
    walk_s = round_s(there.walk_s[a] + back.walk_s[b])
    inside = walk_s <= limit_s
    return Reach(doors[inside], walk_s[inside])


def _nearest_round_trip(
    network: Network, doors: Doors, stations: Anchors, limit_s: float
) -> Nearest:
    """Both legs belong to the same station, so every station is searched by itself.

    The bound grows until each door that can be walked to is found: what is found within a bound
    is final, since a station farther than the bound cannot be nearer.
    """
    walk_s = np.full(len(doors), np.inf)
    station = np.full(len(doors), -1, np.int32)
    known = _nearest(network, doors, stations, limit_s, "to_station").station >= 0
    bound_s = min(limit_s, ROUND_TRIP_FIRST_S)
    while True:
        found = reaches(network, doors, stations, bound_s, "round_trip")
        for position, one in enumerate(found):
            closer = one.walk_s < walk_s[one.doors]
            walk_s[one.doors[closer]] = one.walk_s[closer]
            station[one.doors[closer]] = position
        if bound_s >= limit_s or not np.isinf(walk_s[known]).any():
            return _within(station, walk_s, limit_s)
        bound_s = limit_s if bound_s > ROUND_TRIP_LAST_S else min(3 * bound_s, limit_s)
