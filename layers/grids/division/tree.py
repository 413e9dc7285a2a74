"""Random spanning trees over plots, with every cut of a tree costed at once.

Removing one edge of a spanning tree splits its plots into two pieces that are both in one piece.
For every edge the weighted border between the two pieces, the pieces' households, areas and
perimeters follow from sums up the tree: an edge of the neighbour graph adds at both of its ends
and is taken back at their lowest common ancestor. One pass costs all cuts of a tree.

Idea of tree recombination: DeFord, Duchin, Solomon, "Recombination" (2019).

Kernels take arrays out of their tuples first: in a loop every access through a tuple counts
references, which made them six times slower.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

_BUCKETS = 128


class Graph(NamedTuple):
    """Neighbour graph of n plots as compressed rows; lengths in units of a typical grid's side."""

    start: NDArray[np.int64]  # (n + 1,)
    other: NDArray[np.int64]  # (2m,) neighbour
    source: NDArray[np.int64]  # (2m,) the plot itself
    length: NDArray[np.float64]  # (2m,) shared border
    weight: NDArray[np.float64]  # (2m,) cost of a grid border along it
    key: NDArray[np.float64]  # (2m,) how late a tree takes the edge, so how likely it is cut
    households: NDArray[np.int64]  # (n,)
    area: NDArray[np.float64]  # (n,)
    perimeter: NDArray[np.float64]  # (n,)


class Work(NamedTuple):
    """Scratch space of one thread for n plots and m edges."""

    nodes: NDArray[np.int64]
    place: NDArray[np.int64]  # plot → position in nodes, -1 outside
    edge_a: NDArray[np.int64]
    edge_b: NDArray[np.int64]
    edge_at: NDArray[np.int64]  # position of the edge in the compressed rows
    key: NDArray[np.float64]
    sorted_edges: NDArray[np.int64]
    buckets: NDArray[np.int64]
    root: NDArray[np.int64]
    head: NDArray[np.int64]
    following: NDArray[np.int64]
    to: NDArray[np.int64]
    order: NDArray[np.int64]
    parent: NDArray[np.int64]
    depth: NDArray[np.int64]
    size: NDArray[np.int64]  # plots of the subtree
    load: NDArray[np.int64]  # households of the subtree
    cut: NDArray[np.float64]  # weighted border of the subtree with the rest
    border: NDArray[np.float64]  # its length
    area: NDArray[np.float64]
    perimeter: NDArray[np.float64]
    side: NDArray[np.bool_]
    best_side: NDArray[np.bool_]
    seen: NDArray[np.int64]
    stack: NDArray[np.int64]


def make_work(plots: int, edges: int) -> Work:
    """Return scratch space for a graph of this many plots and (undirected) edges."""

    def whole(size: int) -> NDArray[np.int64]:
        return np.zeros(max(1, size), np.int64)

    def real(size: int) -> NDArray[np.float64]:
        return np.zeros(max(1, size))

    n, m = plots, edges
    return Work(
        nodes=whole(n),
        place=np.full(max(1, n), -1, np.int64),
        edge_a=whole(m),
        edge_b=whole(m),
        edge_at=whole(m),
        key=real(m),
        sorted_edges=whole(m),
        buckets=whole(_BUCKETS + 1),
        root=whole(n),
        head=whole(n),
        following=whole(2 * n),
        to=whole(2 * n),
        order=whole(n),
        parent=whole(n),
        depth=whole(n),
        size=whole(n),
        load=whole(n),
        cut=real(n),
        border=real(n),
        area=real(n),
        perimeter=real(n),
        side=np.zeros(max(1, n), np.bool_),
        best_side=np.zeros(max(1, n), np.bool_),
        seen=whole(n),
        stack=whole(n),
    )


def make_random(seed: int) -> NDArray[np.uint64]:
    """Return the state of a random generator; equal seeds give equal sequences everywhere."""
    words = np.random.SeedSequence(seed & 0xFFFFFFFFFFFFFFFF).generate_state(1, np.uint64)
    return words | np.uint64(1)


@njit(cache=True, nogil=True)
def uniform(state: Any) -> Any:
    """Return a random number in [0, 1) (xorshift64*, Vigna 2016) and advance the state."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def below(state: Any, bound: Any) -> Any:
    """Return a random integer in 0 … bound - 1."""
    return int(uniform(state) * bound)


@njit(cache=True, nogil=True)
def _find(root: Any, x: Any) -> Any:
    while root[x] != x:
        root[x] = root[root[x]]
        x = root[x]
    return x


@njit(cache=True, nogil=True)
def _grow(graph: Any, work: Any, count: Any, state: Any, biased: Any) -> Any:
    """Fill work.head/following/to with a random-weight minimum tree; return the edge count."""
    start = graph.start
    other = graph.other
    edge_key = graph.key
    nodes = work.nodes
    place = work.place
    edge_a = work.edge_a
    edge_b = work.edge_b
    edge_at = work.edge_at
    key = work.key
    buckets = work.buckets
    sorted_edges = work.sorted_edges
    root = work.root
    head = work.head
    to = work.to
    following = work.following
    m = 0
    top = 1e-12
    for a in range(count):
        i = nodes[a]
        for q in range(start[i], start[i + 1]):
            j = other[q]
            if j > i and place[j] >= 0:
                edge_a[m] = a
                edge_b[m] = place[j]
                edge_at[m] = q
                value = uniform(state)
                if biased:
                    value *= edge_key[q]
                key[m] = value
                top = max(top, value)
                m += 1
    # Kruskal needs only a roughly ordered random key: a counting sort is enough.
    factor = (_BUCKETS - 0.001) / top
    for x in range(_BUCKETS + 1):
        buckets[x] = 0
    for x in range(m):
        buckets[int(key[x] * factor) + 1] += 1
    for x in range(_BUCKETS):
        buckets[x + 1] += buckets[x]
    for x in range(m):
        b = int(key[x] * factor)
        sorted_edges[buckets[b]] = x
        buckets[b] += 1
    for a in range(count):
        root[a] = a
        head[a] = -1
    t = 0
    for x in range(m):
        e = sorted_edges[x]
        a = edge_a[e]
        b = edge_b[e]
        ra = _find(root, a)
        rb = _find(root, b)
        if ra != rb:
            root[ra] = rb
            to[t] = b
            following[t] = head[a]
            head[a] = t
            to[t + 1] = a
            following[t + 1] = head[b]
            head[b] = t + 1
            t += 2
            if t == 2 * (count - 1):
                break
    return m


@njit(cache=True, nogil=True)
def random_tree(graph: Any, work: Any, count: Any, state: Any, biased: Any) -> Any:
    """Grow a random tree over work.nodes[:count] and sum up the households below every node.

    Fills order (root first), parent, depth, size, load. Returns how many nodes were reached, which
    is ``count`` when they are in one piece, and the number of edges for ``cost_cuts``.
    """
    households = graph.households
    nodes = work.nodes
    depth = work.depth
    size = work.size
    load = work.load
    order = work.order
    parent = work.parent
    head = work.head
    to = work.to
    following = work.following
    m = _grow(graph, work, count, state, biased)
    for a in range(count):
        depth[a] = -1
        size[a] = 1
        load[a] = households[nodes[a]]
    order[0] = 0
    parent[0] = -1
    depth[0] = 0
    reached = 1
    at = 0
    while at < reached:
        x = order[at]
        at += 1
        q = head[x]
        while q >= 0:
            y = to[q]
            if depth[y] < 0:
                depth[y] = depth[x] + 1
                parent[y] = x
                order[reached] = y
                reached += 1
            q = following[q]
    for x in range(reached - 1, 0, -1):
        y = order[x]
        size[parent[y]] += size[y]
        load[parent[y]] += load[y]
    return reached, m


@njit(cache=True, nogil=True)
def cost_cuts(graph: Any, work: Any, reached: Any, edges: Any) -> None:
    """Cost the cut above every node of the tree just grown: cut, border, area, perimeter."""
    plot_area = graph.area
    plot_perimeter = graph.perimeter
    weight = graph.weight
    length = graph.length
    nodes = work.nodes
    depth = work.depth
    cut = work.cut
    border = work.border
    area = work.area
    perimeter = work.perimeter
    order = work.order
    parent = work.parent
    edge_a = work.edge_a
    edge_b = work.edge_b
    edge_at = work.edge_at
    for x in range(reached):
        a = order[x]
        cut[a] = 0.0
        border[a] = 0.0
        area[a] = plot_area[nodes[a]]
        perimeter[a] = plot_perimeter[nodes[a]]
    for e in range(edges):
        a = edge_a[e]
        b = edge_b[e]
        if depth[a] < 0 or depth[b] < 0:
            continue
        w = weight[edge_at[e]]
        metres = length[edge_at[e]]
        cut[a] += w
        cut[b] += w
        border[a] += metres
        border[b] += metres
        while a != b:
            if depth[a] >= depth[b]:
                a = parent[a]
            else:
                b = parent[b]
        cut[a] -= 2.0 * w
        border[a] -= 2.0 * metres
        perimeter[a] -= 2.0 * metres
    for x in range(reached - 1, 0, -1):
        y = order[x]
        p = parent[y]
        cut[p] += cut[y]
        border[p] += border[y]
        area[p] += area[y]
        perimeter[p] += perimeter[y]


@njit(cache=True, nogil=True)
def mark_side(work: Any, reached: Any, top: Any) -> Any:
    """Mark in work.side the subtree under ``top``; return its number of plots."""
    order = work.order
    parent = work.parent
    side = work.side
    size = 0
    for x in range(reached):
        y = order[x]
        inside = y == top or (parent[y] >= 0 and side[parent[y]])
        side[y] = inside
        if inside:
            size += 1
    return size
