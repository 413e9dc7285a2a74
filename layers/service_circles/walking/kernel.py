"""Compiled loops of the walking search. Callers use ``compute``; nothing here checks its input.

All of them answer "how long from the household to the station". The other direction is the same
question on swapped arrays (``forward`` ↔ ``backward``, ``towards`` ↔ ``away``), because walking
s→b is walking b→s where every street takes the opposite direction's time.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

SLACK_S = 0.001  # the search goes a millisecond beyond the limit; the rounded time decides


@njit(cache=True, inline="always")
def inside(seconds: float, limit_s: float) -> bool:
    """``round(t, 3) <= limit`` in the arithmetic of ``numpy.round``."""
    return bool(np.rint(seconds * 1000.0) / 1000.0 <= limit_s)


@njit(cache=True, inline="always")
def _push(key: Floats, item: Ints, size: int, k: float, i: int) -> int:
    """Put (k, i) on a heap with four children a node; return the new size."""
    place = size
    while place > 0:
        parent = (place - 1) >> 2
        if key[parent] <= k:
            break
        key[place] = key[parent]
        item[place] = item[parent]
        place = parent
    key[place] = k
    item[place] = i
    return size + 1


@njit(cache=True, inline="always")
def _drop_first(key: Floats, item: Ints, size: int) -> int:
    """Remove the first of the heap; return the new size."""
    size -= 1
    k = key[size]
    i = item[size]
    place = 0
    while True:
        child = 4 * place + 1
        if child >= size:
            break
        best = child
        for other in range(child + 1, min(child + 4, size)):
            if key[other] < key[best]:
                best = other
        if key[best] >= k:
            break
        key[place] = key[best]
        item[place] = item[best]
        place = best
    if size > 0:
        key[place] = k
        item[place] = i
    return size


@njit(cache=True, nogil=True)
def nearest_nodes(
    start: Ints,
    node: Ints,
    towards_s: Floats,
    seed_node: Ints,
    seed_s: Floats,
    seed_label: Ints,
    bound_s: float,
    dist: Floats,
    label: Ints,
    key: Floats,
    item: Ints,
) -> None:
    """Fill ``dist`` (preset inf) and ``label`` (preset -1) with the nearest seed of each node.

    Of equally near seeds the lower label wins.
    """
    size = 0
    for i in range(len(seed_node)):
        at = seed_node[i]
        d = seed_s[i]
        if d <= bound_s and (d < dist[at] or (d == dist[at] and seed_label[i] < label[at])):
            dist[at] = d
            label[at] = seed_label[i]
            size = _push(key, item, size, d, at)
    while size > 0:
        d = key[0]
        at = item[0]
        size = _drop_first(key, item, size)
        if d > dist[at]:
            continue
        mine = label[at]
        for k in range(start[at], start[at + 1]):
            to = node[k]
            new = d + towards_s[k]
            if new <= bound_s and (new < dist[to] or (new == dist[to] and mine < label[to])):
                dist[to] = new
                label[to] = mine
                size = _push(key, item, size, new, to)


@njit(cache=True, nogil=True)
def nearest_doors(
    edge: Ints,
    forward_s: Floats,
    backward_s: Floats,
    offset_s: Floats,
    u: Ints,
    v: Ints,
    total_s: Floats,
    dist: Floats,
    label: Ints,
    out_s: Floats,
    out_label: Ints,
) -> None:
    """Fill ``out_s`` and ``out_label`` for doors from the nodes at both ends of their edge."""
    for b in range(len(edge)):
        e = edge[b]
        if e < 0:
            continue
        by_u = dist[u[e]] + backward_s[b]
        by_v = dist[v[e]] + (total_s[e] - forward_s[b])
        if by_u < by_v or (by_u == by_v and label[u[e]] < label[v[e]]):
            out_s[b] = by_u + offset_s[b]
            out_label[b] = label[u[e]]
        else:
            out_s[b] = by_v + offset_s[b]
            out_label[b] = label[v[e]]


@njit(cache=True, nogil=True)
def nearest_on_same_edge(
    s_edge: Ints,
    s_forward_s: Floats,
    s_backward_s: Floats,
    s_offset_s: Floats,
    door_start: NDArray[np.int64],
    door_order: Ints,
    forward_s: Floats,
    backward_s: Floats,
    offset_s: Floats,
    out_s: Floats,
    out_label: Ints,
) -> None:
    """Improve ``out_s`` and ``out_label`` by walking straight along a station's own edge."""
    for s in range(len(s_edge)):
        e = s_edge[s]
        if e < 0:
            continue
        for j in range(door_start[e], door_start[e + 1]):
            b = door_order[j]
            if forward_s[b] <= s_forward_s[s]:
                t = s_forward_s[s] - forward_s[b]
            else:
                t = backward_s[b] - s_backward_s[s]
            t = (t + s_offset_s[s]) + offset_s[b]
            if t < out_s[b] or (t == out_s[b] and s < out_label[b]):
                out_s[b] = t
                out_label[b] = s


@njit(cache=True, nogil=True)
def reach_nodes(
    start: Ints,
    node: Ints,
    towards_s: Floats,
    u: Ints,
    v: Ints,
    back_total_s: Floats,
    s_edge: int,
    s_forward_s: float,
    s_backward_s: float,
    s_offset_s: float,
    bound_s: float,
    dist: Floats,
    stamp: Ints,
    version: int,
    key: Floats,
    item: Ints,
    out_node: Ints,
) -> int:
    """Settle the nodes within the bound of one station; return how many.

    ``dist`` is valid where ``stamp`` equals ``version``, so that nothing has to be cleared.
    """
    size = 0
    count = 0
    d = s_forward_s + s_offset_s
    if d <= bound_s:
        stamp[u[s_edge]] = version
        dist[u[s_edge]] = d
        size = _push(key, item, size, d, u[s_edge])
    d = (back_total_s[s_edge] - s_backward_s) + s_offset_s
    at = v[s_edge]
    if d <= bound_s and (stamp[at] != version or d < dist[at]):
        stamp[at] = version
        dist[at] = d
        size = _push(key, item, size, d, at)
    while size > 0:
        d = key[0]
        at = item[0]
        size = _drop_first(key, item, size)
        if d > dist[at]:
            continue
        out_node[count] = at
        count += 1
        for k in range(start[at], start[at + 1]):
            to = node[k]
            new = d + towards_s[k]
            if new <= bound_s and (stamp[to] != version or new < dist[to]):
                stamp[to] = version
                dist[to] = new
                size = _push(key, item, size, new, to)
    return count


@njit(cache=True, nogil=True)
def reach_doors(
    start: Ints,
    node: Ints,
    arc_edge: Ints,
    towards_s: Floats,
    u: Ints,
    v: Ints,
    total_s: Floats,
    back_total_s: Floats,
    door_start: NDArray[np.int64],
    door_order: Ints,
    forward_s: Floats,
    backward_s: Floats,
    offset_s: Floats,
    s_edge: int,
    s_forward_s: float,
    s_backward_s: float,
    s_offset_s: float,
    limit_s: float,
    dist: Floats,
    stamp: Ints,
    edge_stamp: Ints,
    version: int,
    key: Floats,
    item: Ints,
    settled: Ints,
    out_door: Ints,
    out_s: Floats,
) -> int:
    """List the doors within the limit of one station; return how many."""
    nodes = reach_nodes(start, node, towards_s, u, v, back_total_s, s_edge, s_forward_s,
                        s_backward_s, s_offset_s, limit_s + SLACK_S, dist, stamp, version, key,
                        item, settled)  # fmt: skip
    count = 0
    for i in range(-1, nodes):
        if i < 0:
            first, last = 0, 1
        else:
            first, last = start[settled[i]], start[settled[i] + 1]
        for k in range(first, last):
            e = s_edge if i < 0 else arc_edge[k]
            if edge_stamp[e] == version:
                continue
            edge_stamp[e] = version
            at_u = dist[u[e]] if stamp[u[e]] == version else np.inf
            at_v = dist[v[e]] if stamp[v[e]] == version else np.inf
            for j in range(door_start[e], door_start[e + 1]):
                b = door_order[j]
                t = min(at_u + backward_s[b], at_v + (total_s[e] - forward_s[b]))
                if e == s_edge:
                    if forward_s[b] <= s_forward_s:
                        straight = s_forward_s - forward_s[b]
                    else:
                        straight = backward_s[b] - s_backward_s
                    t = min(t, straight + s_offset_s)
                t += offset_s[b]
                if inside(t, limit_s):
                    out_door[count] = b
                    out_s[count] = t
                    count += 1
    return count


@njit(cache=True, nogil=True)
def reach_all_doors(
    start: Ints,
    node: Ints,
    arc_edge: Ints,
    towards_s: Floats,
    u: Ints,
    v: Ints,
    total_s: Floats,
    back_total_s: Floats,
    door_start: NDArray[np.int64],
    door_order: Ints,
    forward_s: Floats,
    backward_s: Floats,
    offset_s: Floats,
    s_edge: Ints,
    s_forward_s: Floats,
    s_backward_s: Floats,
    s_offset_s: Floats,
    limit_s: float,
    dist: Floats,
    stamp: Ints,
    edge_stamp: Ints,
    key: Floats,
    item: Ints,
    settled: Ints,
    one_door: Ints,
    one_s: Floats,
) -> tuple[NDArray[np.int64], Ints, Floats]:
    """List the doors within the limit of every station: row starts, doors, seconds."""
    rows = np.zeros(len(s_edge) + 1, np.int64)
    doors = np.empty(max(16, 4 * len(offset_s)), np.int32)
    seconds = np.empty(len(doors), np.float64)
    for s in range(len(s_edge)):
        rows[s + 1] = rows[s]
        if s_edge[s] < 0:
            continue
        count = reach_doors(start, node, arc_edge, towards_s, u, v, total_s, back_total_s,
                            door_start, door_order, forward_s, backward_s, offset_s, s_edge[s],
                            s_forward_s[s], s_backward_s[s], s_offset_s[s], limit_s, dist, stamp,
                            edge_stamp, s + 1, key, item, settled, one_door, one_s)  # fmt: skip
        end = rows[s] + count
        if end > len(doors):
            room = max(2 * len(doors), end)
            more_doors = np.empty(room, np.int32)
            more_seconds = np.empty(room, np.float64)
            more_doors[: rows[s]] = doors[: rows[s]]
            more_seconds[: rows[s]] = seconds[: rows[s]]
            doors, seconds = more_doors, more_seconds
        doors[rows[s] : end] = one_door[:count]
        seconds[rows[s] : end] = one_s[:count]
        rows[s + 1] = end
    return rows, doors[: rows[-1]].copy(), seconds[: rows[-1]].copy()
