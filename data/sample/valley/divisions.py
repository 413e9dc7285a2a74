"""Communities and subdistricts: contiguous sets of blocks, borders along streets and river."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from data.sample.valley.blocks import Network
from data.sample.valley.terrain import Terrain

IntArray = NDArray[np.int64]
Array = NDArray[np.float64]
# What a metre of border costs: cheap along streets and the river, dear through a block's alleys.
BORDER_COST = {
    "main_street": 0.35,
    "street": 0.45,
    "lane": 1.3,
    "service": 6.0,
    "path": 4.0,
    "steps": 1.0,
    "track": 0.9,
    "border": 1.0,
}
RIVER_COST = 0.05


@dataclass(frozen=True, slots=True)
class Adjacency:
    """Pairs of faces that share a border, with its cost, and whether the river parts them."""

    a: IntArray
    b: IntArray
    cost: Array
    river: NDArray[np.bool_]


def face_adjacency(network: Network, terrain: Terrain) -> Adjacency:
    """Find which faces lie either side of each piece of the network."""
    middles = shapely.line_interpolate_point(network.pieces, 0.5, normalized=True)
    tree = shapely.STRtree(network.faces)
    piece, face = tree.query(middles, predicate="dwithin", distance=0.003)
    sides: dict[int, list[int]] = defaultdict(list)
    for p, f in sorted(zip(piece.tolist(), face.tolist(), strict=True)):
        sides[p].append(f)
    length = shapely.length(network.pieces)
    wet = (terrain.river_m.at(shapely.get_x(middles), shapely.get_y(middles)) < 14) & (
        network.classes == "border"
    )
    cost: dict[tuple[int, int], float] = defaultdict(float)
    parted: dict[tuple[int, int], bool] = defaultdict(lambda: True)
    for p, found in sides.items():
        if len(found) == 2:
            key = (found[0], found[1])
            rate = RIVER_COST if wet[p] else BORDER_COST[str(network.classes[p])]
            cost[key] += rate * float(length[p])
            parted[key] &= bool(wet[p])
    keys = sorted(cost)
    return Adjacency(
        np.array([k[0] for k in keys]),
        np.array([k[1] for k in keys]),
        np.array([cost[k] for k in keys]),
        np.array([parted[k] for k in keys]),
    )


def partition(
    weight: Array | IntArray,
    x: Array,
    y: Array,
    near: Adjacency,
    parts: int,
    rng: np.random.Generator,
    balance: float,
    rounds: int = 60,
) -> IntArray:
    """Group nodes into contiguous parts of like weight with cheap borders.

    Seeds are spread by weight (k-means++), grown over the graph by distance, then nodes on
    borders move while that lowers: cost of borders + ``balance`` · Σ (weight/mean − 1)².
    """
    n = len(weight)
    if parts == 1:
        return np.zeros(n, np.int64)
    links: list[list[tuple[int, float]]] = [[] for _ in range(n)]
    joins: list[list[int]] = [[] for _ in range(n)]
    for a, b, cost, river in zip(
        near.a.tolist(), near.b.tolist(), near.cost.tolist(), near.river.tolist(), strict=True
    ):
        links[a].append((b, cost))
        links[b].append((a, cost))
        if not river:
            joins[a].append(b)
            joins[b].append(a)
    dry = ~near.river
    gap = np.hypot(x[near.a] - x[near.b], y[near.a] - y[near.b]) + 1
    length = np.where(dry, gap, gap + 1500)
    graph = coo_matrix((length, (near.a, near.b)), shape=(n, n)).tocsr()
    far = dijkstra(graph, directed=False)
    far[~np.isfinite(far)] = 1e6
    seeds = [int(np.argmax(weight))]
    for _ in range(parts - 1):
        seeds.append(int(np.argmax(weight**0.5 * far[seeds].min(axis=0))))
    for _ in range(12):  # Lloyd's rounds on graph distance
        label = np.argmin(far[seeds], axis=0)
        for k in range(parts):
            mine = np.flatnonzero(label == k)
            if len(mine):
                spread = (far[np.ix_(mine, mine)] ** 1.5) @ (weight[mine] + 1e-6)
                seeds[k] = int(mine[np.argmin(spread)])
    label = np.argmin(far[seeds], axis=0)
    for k in range(n):  # a node cut off from its seed joins a neighbour
        if not joins[k]:
            label[k] = label[links[k][0][0]] if links[k] else 0
    total = np.bincount(label, weight, parts)
    mean = float(weight.sum() / parts)
    for _ in range(rounds):
        moved = 0
        for k in rng.permutation(n).tolist():
            own = int(label[k])
            around = {int(label[j]) for j in joins[k]} - {own}
            if not around or not stays_whole(k, label, joins):
                continue
            best, gain = own, -1e-9
            own_cost = sum(c for j, c in links[k] if label[j] == own)
            for other in sorted(around):
                cut = own_cost - sum(c for j, c in links[k] if label[j] == other)
                w = float(weight[k])
                before = (total[own] / mean - 1) ** 2 + (total[other] / mean - 1) ** 2
                after = ((total[own] - w) / mean - 1) ** 2 + ((total[other] + w) / mean - 1) ** 2
                change = cut + balance * (after - before)
                if change < gain:
                    best, gain = other, change
            if best != own:
                total[own] -= weight[k]
                total[best] += weight[k]
                label[k] = best
                moved += 1
        if not moved:
            break
    return label.astype(np.int64)


def stays_whole(node: int, label: IntArray, joins: list[list[int]]) -> bool:
    """Tell whether a node's part stays in one piece without it."""
    own = label[node]
    mine = [j for j in joins[node] if label[j] == own]
    if len(mine) <= 1:
        return bool(mine)
    goal, seen, stack = set(mine), {mine[0]}, [mine[0]]
    while stack:
        at = stack.pop()
        goal.discard(at)
        if not goal:
            return True
        for j in joins[at]:
            if j != node and label[j] == own and j not in seen:
                seen.add(j)
                stack.append(j)
    return False


def merge_parts(faces: NDArray[np.object_], label: IntArray, parts: int) -> NDArray[np.object_]:
    """Return the union of each part's faces, with all vertices kept."""
    return np.array([shapely.coverage_union_all(faces[label == k]) for k in range(parts)], object)


def reading_order(shapes: NDArray[np.object_]) -> IntArray:
    """Order shapes by rows from north-west to south-east."""
    centre = shapely.centroid(shapes)
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    return np.lexsort((x, -np.floor(y / 700)))


def apportion(weights: Array | IntArray, total: int, least: int = 0) -> IntArray:
    """Share ``total`` out by weight in whole numbers (largest remainders), exact in sum."""
    n = len(weights)
    rest = total - least * n
    if rest < 0:
        raise ValueError(f"cannot give {n} parts at least {least} each out of {total}")
    share = weights / weights.sum() * rest if weights.sum() > 0 else np.full(n, rest / n)
    whole = np.floor(share).astype(np.int64)
    left = rest - int(whole.sum())
    order = np.argsort(-(share - whole), kind="stable")
    whole[order[:left]] += 1
    return whole + least
