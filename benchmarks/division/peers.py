"""Named partitioners on a division's problem, each with the same plain repair.

Every peer gets the community without its oversize buildings, piece by piece, and as many grids as
the households demand; where its answer cannot be brought under the limit by moving single plots,
one more, until it can. Weights, limit and contiguity are told to whoever takes them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from layers.grids.division.problem import Options, Problem, border_weights, pieces

Method = Callable[["Part", int, int], np.ndarray]


@dataclass(frozen=True)
class Part:
    """One connected piece: loads, neighbours with length and weighted length, places."""

    loads: np.ndarray
    around: list[dict[int, float]]
    place: np.ndarray
    area: np.ndarray
    limit: int

    @property
    def n(self) -> int:
        return len(self.loads)


def solve(problem: Problem, limit: int, method: Method, seed: int = 0) -> np.ndarray:
    """Divide a community with a peer; -1 nowhere."""
    answer = np.full(len(problem.households), -1)
    oversize = np.flatnonzero(problem.households > limit)
    answer[oversize] = np.arange(len(oversize))
    made = len(oversize)
    weight, _ = border_weights(problem, Options(limit))
    for plots in pieces(problem, problem.households <= limit):
        part = _part(problem, plots, weight, limit)
        label = _rising(part, method, seed)
        answer[plots] = label + made
        made += int(label.max()) + 1
    return answer


def _part(problem: Problem, plots: np.ndarray, weight: np.ndarray, limit: int) -> Part:
    position = np.full(len(problem.households), -1)
    position[plots] = np.arange(len(plots))
    around: list[dict[int, float]] = [{} for _ in plots]
    for a, b, cost in zip(
        position[problem.a], position[problem.b], problem.shared_m * weight, strict=True
    ):
        if a >= 0 and b >= 0:
            around[a][int(b)] = around[b][int(a)] = around[a].get(int(b), 0.0) + float(cost)
    place = np.c_[problem.x[plots], problem.y[plots]]
    return Part(problem.households[plots], around, place, problem.area_m2[plots], limit)


def _rising(part: Part, method: Method, seed: int) -> np.ndarray:
    least = max(1, -(-int(part.loads.sum()) // part.limit))
    for grids in range(least, part.n + 1):
        if grids == 1:
            label = np.zeros(part.n, int)
        else:
            try:
                label = np.asarray(method(part, grids, seed), int)
            except (
                Exception
            ):  # a peer that finds nothing gets one more grid, like one over the limit
                continue
        label = repaired(part, label)
        if label is not None:
            return label
    return np.arange(part.n)


def repaired(part: Part, label: np.ndarray) -> np.ndarray | None:
    """Join loose pieces to the neighbour with the longest border, then move single plots out of
    grids over the limit, the cheapest first; None where that does not end within the limit."""
    label = np.unique(label, return_inverse=True)[1].astype(int)
    for piece in _loose(part, label):
        border: dict[int, float] = {}
        for i in piece:
            for j, cost in part.around[i].items():
                if j not in piece:
                    border[label[j]] = border.get(label[j], 0.0) + cost
        if border:
            label[list(piece)] = max(border, key=border.__getitem__)
    label = np.unique(label, return_inverse=True)[1].astype(int)
    load = np.bincount(label, part.loads)
    for _ in range(4 * part.n):
        if (load <= part.limit).all():
            return label
        full = int(load.argmax())
        best = None
        for i in np.flatnonzero(label == full):
            h = int(part.loads[i])
            if h == 0:
                continue
            stay = sum(c for j, c in part.around[i].items() if label[j] == full)
            for g in {label[j] for j in part.around[i]} - {full}:
                if load[g] + h > part.limit:
                    continue
                cost = stay - sum(c for j, c in part.around[i].items() if label[j] == g)
                if (best is None or cost < best[0]) and _holds(part, label, i):
                    best = (cost, i, g)
        if best is None:
            return None
        _, i, g = best
        load[full] -= part.loads[i]
        load[g] += part.loads[i]
        label[i] = g
    return None


def _holds(part: Part, label: np.ndarray, i: int) -> bool:
    near = [j for j in part.around[i] if label[j] == label[i]]
    if len(near) < 2:
        return len(near) == 1
    seen, queue = {i, near[0]}, [near[0]]
    while queue:
        for j in part.around[queue.pop()]:
            if label[j] == label[i] and j not in seen:
                seen.add(j)
                queue.append(j)
    return all(j in seen for j in near)


def _loose(part: Part, label: np.ndarray) -> list[set[int]]:
    loose = []
    for g in np.unique(label):
        left = set(np.flatnonzero(label == g).tolist())
        parts = []
        while left:
            queue = [left.pop()]
            piece = set(queue)
            while queue:
                for j in part.around[queue.pop()]:
                    if j in left:
                        left.remove(j)
                        piece.add(j)
                        queue.append(j)
            parts.append(piece)
        parts.sort(key=lambda piece: -part.loads[list(piece)].sum())
        loose += parts[1:]
    return loose


# ---- the peers -------------------------------------------------------------------------------


def metis(part: Part, grids: int, seed: int) -> np.ndarray:
    import pymetis

    start, other, cost = [0], [], []
    for near in part.around:
        other += list(near)
        cost += [max(1, int(10 * value)) for value in near.values()]
        start.append(len(other))
    # k-way with contiguity; the allowed imbalance is what the limit leaves
    slack = part.limit * grids / max(1, int(part.loads.sum())) - 1
    options = pymetis.Options(contig=1, seed=seed, ufactor=max(1, int(1000 * slack)), niter=20)
    _, label = pymetis.part_graph(
        grids, xadj=start, adjncy=other, eweights=cost,
        vweights=[int(load) for load in part.loads], options=options, recursive=False,
    )  # fmt: skip
    return np.array(label)


def metis_best_of_30(part: Part, grids: int, seed: int) -> np.ndarray:
    found = []
    for attempt in range(30):
        label = repaired(part, metis(part, grids, 30 * seed + attempt))
        if label is not None:
            found.append((cut(part, label), attempt, label))
    return min(found)[2]


def cut(part: Part, label: np.ndarray) -> float:
    return sum(
        cost
        for i, near in enumerate(part.around)
        for j, cost in near.items()
        if label[i] < label[j]
    )


def gerrychain(part: Part, grids: int, seed: int, steps: int = 300) -> np.ndarray:
    import networkx as nx
    from gerrychain import Graph, MarkovChain, Partition, constraints, updaters
    from gerrychain.accept import always_accept
    from gerrychain.proposals import recom
    from gerrychain.tree import bipartition_tree, recursive_tree_part

    random.seed(seed)
    np.random.seed(seed)
    raw = nx.Graph()
    for i, load in enumerate(part.loads):
        raw.add_node(i, load=int(load))
    for i, near in enumerate(part.around):
        for j, cost in near.items():
            raw.add_edge(i, j, cost=cost)
    graph = Graph.from_networkx(raw)
    target = float(part.loads.sum()) / grids
    slack = max(part.limit / target - 1, 1e-6)
    method = lambda *a, **k: bipartition_tree(*a, **{**k, "max_attempts": 300})  # noqa: E731
    start = recursive_tree_part(graph, range(grids), target, "load", slack, method=method)
    partition = Partition(graph, start, {"load": updaters.Tally("load"), "cut": updaters.cut_edges})

    def propose(state):
        return recom(state, "load", target, slack, node_repeats=2, method=method)

    chain = MarkovChain(
        propose, constraints.within_percent_of_ideal_population(partition, slack, "load"),
        always_accept, partition, steps,
    )  # fmt: skip
    best, least = None, 1e300
    try:
        for state in chain:
            cost = sum(raw.edges[edge]["cost"] for edge in state["cut"])
            if cost < least:
                least, best = cost, dict(state.assignment)
    except (RuntimeError, ValueError):  # no balanced cut of any tree: the chain ends here
        pass
    return np.array([(best or start)[i] for i in range(part.n)])


def constrained_k_means(part: Part, grids: int, seed: int) -> np.ndarray:
    from k_means_constrained import KMeansConstrained

    # one point for every fourth household: the size bound counts points, not weights
    count = np.maximum(1, part.loads // 4)
    points = np.repeat(part.place, count, axis=0)
    most = max(int(np.ceil(len(points) / grids)), part.limit // 4)
    model = KMeansConstrained(grids, size_max=most, random_state=seed, n_init=1, max_iter=30)
    cluster = model.fit_predict(points)
    owner = np.repeat(np.arange(part.n), count)
    votes = np.zeros((part.n, grids))
    np.add.at(votes, (owner, cluster), 1)
    return votes.argmax(1)


def _weights(part: Part):
    from libpysal.weights import W

    return W({i: list(near) for i, near in enumerate(part.around)}, silence_warnings=True)


def region_k_means(part: Part, grids: int, seed: int) -> np.ndarray:
    from spopt.region import RegionKMeansHeuristic

    np.random.seed(seed)
    model = RegionKMeansHeuristic(part.place, grids, _weights(part))
    model.solve()
    return np.asarray(model.labels_)


def skater(part: Part, grids: int, seed: int) -> np.ndarray:  # noqa: ARG001 - SKATER has no chance in it
    import geopandas as gpd
    from sklearn.metrics import pairwise
    from spopt.region import Skater

    frame = gpd.GeoDataFrame({"x": part.place[:, 0], "y": part.place[:, 1], "load": part.loads})
    model = Skater(
        frame, _weights(part), ["x", "y"], n_clusters=grids, floor=1, trace=False, islands="ignore",
        spanning_forest_kwds={"dissimilarity": pairwise.manhattan_distances, "affinity": None,
                              "reduction": np.sum, "center": np.mean, "verbose": 0},
    )  # fmt: skip
    model.solve()
    return np.asarray(model.labels_)


PEERS: dict[str, Method] = {
    "METIS k-way + repair": metis,
    "METIS best of 30 + repair": metis_best_of_30,
    "gerrychain tree + 300 ReCom": gerrychain,
    "k-means-constrained": constrained_k_means,
    "spopt RegionKMeans": region_k_means,
    "spopt SKATER": skater,
}
