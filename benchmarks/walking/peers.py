"""The peers, each asked the same question on the same directed seconds: household → station."""

from __future__ import annotations

from typing import Any

import igraph
import networkx as nx
import numpy as np
import rustworkx as rx
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra

from layers.service_circles.walking.network import Network


def reversed_arcs(network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return tails, heads, seconds of the reversed graph: searching from a station on it finds
    the walk to the station."""
    return (
        np.concatenate([network.v, network.u]),
        np.concatenate([network.u, network.v]),
        np.concatenate([network.forward_s, network.backward_s]),
    )


def scipy_graph(network: Network) -> csr_matrix:
    """Return the reversed graph; of parallel edges the quicker."""
    tail, head, seconds = reversed_arcs(network)
    order = np.lexsort((seconds, head, tail))
    tail, head, seconds = tail[order], head[order], seconds[order]
    first = np.ones(len(tail), bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    size = (len(network.x), len(network.x))
    return coo_matrix((seconds[first], (tail[first], head[first])), size).tocsr()


def scipy_nearest(graph: csr_matrix, nodes: np.ndarray, limit_s: float) -> np.ndarray:
    return dijkstra(graph, indices=nodes, min_only=True, limit=limit_s)


def scipy_reach(graph: csr_matrix, nodes: np.ndarray, limit_s: float) -> np.ndarray:
    return dijkstra(graph, indices=nodes, limit=limit_s)


def networkx_graph(network: Network) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(network.x)))
    tail, head, seconds = reversed_arcs(network)
    graph.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), seconds.tolist(), strict=True))
    return graph


def networkx_nearest(graph: nx.DiGraph, nodes: np.ndarray, limit_s: float) -> dict[int, float]:
    return nx.multi_source_dijkstra_path_length(graph, set(nodes.tolist()), cutoff=limit_s)


def networkx_reach(graph: nx.DiGraph, nodes: np.ndarray, limit_s: float) -> list[Any]:
    return [
        nx.single_source_dijkstra_path_length(graph, int(node), cutoff=limit_s) for node in nodes
    ]


def rustworkx_graph(network: Network, nodes: np.ndarray) -> rx.PyDiGraph:
    """Return the graph with one more node that leads to every station (it has no limit)."""
    graph = rx.PyDiGraph()
    graph.add_nodes_from(range(len(network.x) + 1))
    tail, head, seconds = reversed_arcs(network)
    graph.add_edges_from(list(zip(tail.tolist(), head.tolist(), seconds.tolist(), strict=True)))
    graph.add_edges_from([(len(network.x), int(node), 0.0) for node in nodes])
    return graph


def rustworkx_nearest(graph: rx.PyDiGraph) -> Any:
    return rx.digraph_dijkstra_shortest_path_lengths(graph, graph.num_nodes() - 1, float)


def igraph_graph(network: Network, nodes: np.ndarray) -> igraph.Graph:
    tail, head, seconds = reversed_arcs(network)
    tail = np.concatenate([tail, np.full(len(nodes), len(network.x))])
    graph = igraph.Graph(
        len(network.x) + 1, np.stack([tail, np.concatenate([head, nodes])], 1), directed=True
    )
    graph.es["s"] = np.concatenate([seconds, np.zeros(len(nodes))])
    return graph


def igraph_nearest(graph: igraph.Graph) -> Any:
    return graph.distances(source=graph.vcount() - 1, weights="s", mode="out")


def pandana_network(network: Network) -> Any:
    """Return pandana's network, or None where it cannot be imported beside this pandas."""
    try:
        import pandana
    except ImportError:
        return None
    import pandas as pd

    # pandana searches from the household, so it gets the true direction.
    head, tail, seconds = reversed_arcs(network)
    return pandana.Network(
        pd.Series(network.x), pd.Series(network.y), pd.Series(tail), pd.Series(head),
        pd.DataFrame({"s": seconds}), twoway=False,
    )  # fmt: skip


def pandana_nearest(peer: Any, network: Network, nodes: np.ndarray, limit_s: float) -> Any:
    import pandas as pd

    x, y = pd.Series(network.x[nodes]), pd.Series(network.y[nodes])
    peer.set_pois("stations", limit_s, 1, x, y)
    return peer.nearest_pois(limit_s, "stations", num_pois=1, imp_name="s")


def pandana_reach(peer: Any, nodes: np.ndarray, limit_s: float) -> Any:
    return peer.nodes_in_range(nodes.tolist(), limit_s, imp_name="s")
