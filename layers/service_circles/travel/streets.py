"""Which streets lie within a limit: whole edges, and the last one as far as the limit goes.

The time from a point of an edge is the least of a few branches (by its one end, by its other,
straight along a station's own edge; both legs of a round trip in every combination). Each branch
is linear between the marks of the edge, so where it meets the limit is found exactly. A drawing:
households are counted at their own doors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely.ops import substring

from layers.service_circles.travel.way import Travel
from layers.service_circles.walking import kernel
from layers.service_circles.walking.network import Floats, Ints, Network, turned
from layers.service_circles.walking.ties import Anchors


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Pieces of edges: from ``start_m`` to ``end_m`` along ``edge``, ascending and apart."""

    edge: Ints
    start_m: Floats
    end_m: Floats

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.edge)


def reached_streets(
    travel: Travel, stations: Anchors, limits_s: Sequence[float]
) -> list[Stretches]:
    """Return for each limit (s) the streets within it of any station, by this way of travel.

    By vehicle: the streets that are driven.
    """
    found: list[list[_Pieces]] = [[] for _ in limits_s]
    views = _views(travel)
    groups = [stations]
    if len(views) == 2:  # both legs belong to one station
        groups = [stations.one(n) for n in range(len(stations))]
    for group in groups:
        if not (group.edge >= 0).any():
            continue
        seconds = [_seconds_to(view, _facing(view, travel, group), max(limits_s)) for view in views]
        for branch in _branches(views, seconds, max(limits_s)):
            for n, limit_s in enumerate(limits_s):
                found[n].append(_within(views[0], branch, limit_s))
        for n, limit_s in enumerate(limits_s):
            found[n].append(_own_edges(views, travel, group, limit_s))
    last = travel.roads.first_walked if travel.roads else len(travel.network.u)
    return [_merged(pieces, last) for pieces in found]


def lines_of(network: Network, stretches: Stretches) -> NDArray[np.object_]:
    """Return the stretches as lines of the measuring CRS."""
    lines = network.geometry[stretches.edge].copy()
    whole = (stretches.start_m <= 0) & (stretches.end_m >= network.length_m[stretches.edge])
    for n in np.flatnonzero(~whole):
        lines[n] = substring(lines[n], stretches.start_m[n], stretches.end_m[n])
    return lines


_Pieces = tuple[Ints, Floats, Floats]


def _views(travel: Travel) -> list[Network]:
    """Return the network as each leg sees it, going to the station."""
    if travel.way == "to_station":
        return [travel.network]
    if travel.way == "response":
        return [turned(travel.network)]
    return [travel.network, turned(travel.network)]


def _facing(view: Network, travel: Travel, group: Anchors) -> Anchors:
    """Return the stations in the seconds of a view; ``group`` is in those of the network."""
    if view is travel.network:
        return group
    return Anchors(group.edge, group.backward_s, group.forward_s, group.offset_s)


def _seconds_to(view: Network, stations: Anchors, bound_s: float) -> Floats:
    """Return the seconds from every node to the nearest station, infinite beyond the bound."""
    tied = np.flatnonzero(stations.edge >= 0)
    edge, offset_s = stations.edge[tied], stations.offset_s[tied]
    node = np.concatenate([view.u[edge], view.v[edge]])
    seconds = np.concatenate(
        [
            stations.forward_s[tied] + offset_s,
            view.backward_s[edge] - stations.backward_s[tied] + offset_s,
        ]
    )
    dist = np.full(len(view.x), np.inf)
    label = np.full(len(view.x), -1, np.int32)
    heap = len(view.arc_node) + len(node) + 1
    kernel.nearest_nodes(
        view.arc_start, view.arc_node, view.arc_towards_s, node, seconds,
        np.zeros(len(node), np.int32), bound_s, dist, label, np.empty(heap),
        np.empty(heap, np.int32),
    )  # fmt: skip
    return dist


def _branches(
    views: Sequence[Network], seconds: Sequence[Floats], bound_s: float
) -> Iterator[tuple[Ints, Floats]]:
    """Yield (edges that matter, seconds at all their marks) for every combination of ends."""
    by_end: list[list[Floats]] = []
    for view, dist in zip(views, seconds, strict=True):
        marks = np.diff(view.piece_start) + 1
        by_u = np.repeat(dist[view.u], marks) + view.backward_at
        whole = np.repeat(dist[view.v] + view.forward_s, marks)
        by_end.append([by_u, whole - view.forward_at])
    network = views[0]
    start = network.piece_start[:-1] + np.arange(len(network.u))
    sums = by_end[0] if len(views) == 1 else [a + b for a in by_end[0] for b in by_end[1]]
    for at in sums:
        least = np.minimum.reduceat(at, start)
        yield np.flatnonzero(least <= bound_s).astype(np.int32), at


def _within(network: Network, branch: tuple[Ints, Floats], limit_s: float) -> _Pieces:
    """Return the stretches of the branch's edges where its seconds are at most the limit."""
    edges, at = branch
    pieces = np.diff(network.piece_start)[edges]
    edge = np.repeat(edges, pieces)
    ordinal = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    mark = network.mark_start(edge) + ordinal
    first, last = at[mark], at[mark + 1]
    length_m = network.length_m[edge] / np.repeat(pieces, pieces)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num((limit_s - first) / (last - first))
    start = np.where(first <= limit_s, 0.0, np.where(last <= limit_s, share, 1.0))
    end = np.where(last <= limit_s, 1.0, np.where(first <= limit_s, share, 1.0))
    some = (first <= limit_s) | (last <= limit_s)
    begin_m = (ordinal + start) * length_m
    end_m = (ordinal + end) * length_m
    return edge[some], begin_m[some], end_m[some]


def _own_edges(views: Sequence[Network], travel: Travel, group: Anchors, limit_s: float) -> _Pieces:
    """Return what lies straight along the stations' own edges, before and behind them."""
    edges, starts, ends = [], [], []
    for n in np.flatnonzero(group.edge >= 0):
        edge = int(group.edge[n])
        network = views[0]
        begin = int(network.mark_start(np.array([edge]))[0])
        count = int(network.piece_start[edge + 1] - network.piece_start[edge]) + 1
        marks = slice(begin, begin + count)
        along = np.linspace(0.0, float(network.length_m[edge]), count)
        facing = [_facing(view, travel, group) for view in views]
        left_s = limit_s - sum(float(f.offset_s[n]) for f in facing)
        if left_s < 0:
            continue
        forward = sum((v.forward_at[marks] for v in views), np.zeros(count))
        backward = sum((v.backward_at[marks] for v in views), np.zeros(count))
        here_forward = sum(float(f.forward_s[n]) for f in facing)
        here_backward = sum(float(f.backward_s[n]) for f in facing)
        edges.append(edge)
        starts.append(float(np.interp(here_forward - left_s, forward, along)))
        ends.append(float(np.interp(here_backward + left_s, backward, along)))
    return np.array(edges, np.int32), np.array(starts), np.array(ends)


def _merged(pieces: Sequence[_Pieces], first_walked: int) -> Stretches:
    """Put overlapping stretches of an edge together."""
    if not pieces:
        return Stretches(np.empty(0, np.int32), np.empty(0), np.empty(0))
    edge, start, end = (np.concatenate(column) for column in zip(*pieces, strict=True))
    kept = (edge < first_walked) & (end > start)
    edge, start, end = edge[kept], start[kept], end[kept]
    if len(edge) == 0:
        return Stretches(edge.astype(np.int32), start, end)
    order = np.lexsort((start, edge))
    edge, start, end = edge[order], start[order], end[order]
    # One long line of all edges, so that "so far" never runs from one edge to the next.
    shift = edge * (end.max() + 1.0)
    so_far = np.maximum.accumulate(end + shift)
    opens = np.ones(len(edge), bool)
    opens[1:] = (start + shift)[1:] > so_far[:-1] + 1e-6
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(edge)) - 1
    return Stretches(edge[first].astype(np.int32), start[first], (so_far - shift)[last])
