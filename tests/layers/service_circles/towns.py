"""Small towns for the tests of walking, with independent oracles."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from hypothesis import strategies as st

from layers.service_circles.walking.network import Network
from layers.service_circles.walking.ties import Anchors

CRS = "EPSG:4545"


def streets(*lines: Sequence[tuple[float, float]], **columns: Sequence[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[shapely.LineString(line) for line in lines], crs=CRS)


def lattice(size: int, step_m: float = 80.0, seed: int = 1, keep: float = 0.75) -> gpd.GeoDataFrame:
    """A jittered lattice of streets with some of them missing (so some nodes are cut off)."""
    draw = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(size) * step_m, np.arange(size) * step_m)
    at = np.stack([x, y], -1) + draw.normal(0, step_m / 6, (size, size, 2))
    along = np.stack([at[:, :-1].reshape(-1, 2), at[:, 1:].reshape(-1, 2)], 1)
    across = np.stack([at[:-1].reshape(-1, 2), at[1:].reshape(-1, 2)], 1)
    lines = np.concatenate([along, across])
    lines = lines[draw.random(len(lines)) < keep]
    return gpd.GeoDataFrame(geometry=shapely.linestrings(lines), crs=CRS)


def hills(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Heights with slopes up to about 0.3."""
    return 300 + 30 * np.sin(np.asarray(x) / 130) + 25 * np.cos(np.asarray(y) / 170)


def one(places: Anchors, position: int) -> Anchors:
    part = slice(position, position + 1)
    return Anchors(
        places.edge[part], places.forward_s[part], places.backward_s[part], places.offset_s[part]
    )


def oracle_seconds(network: Network, doors: Anchors, stations: Anchors) -> np.ndarray:
    """Walking seconds (door, station) by networkx on a graph in which every place is a node.

    Places split their edge in networkx, so neither the ends' formula nor the same-edge case of
    the product is used.
    """
    graph = nx.DiGraph()
    on_edge: dict[int, list[tuple[float, float, object]]] = {}
    for kind, places in (("door", doors), ("station", stations)):
        for position, edge in enumerate(places.edge):
            graph.add_node((kind, position))
            if edge < 0:
                continue
            spot = (kind, position, "street")
            off = float(places.offset_s[position])
            graph.add_edge((kind, position), spot, weight=off)
            graph.add_edge(spot, (kind, position), weight=off)
            on_edge.setdefault(int(edge), []).append(
                (float(places.forward_s[position]), float(places.backward_s[position]), spot)
            )
    for edge in range(len(network.u)):
        stops = [
            (0.0, 0.0, int(network.u[edge])),
            *sorted(on_edge.get(edge, []), key=lambda s: s[0]),
        ]
        stops.append(
            (float(network.forward_s[edge]), float(network.backward_s[edge]), int(network.v[edge]))
        )
        for a, b in pairwise(stops):
            _shorter(graph, a[2], b[2], b[0] - a[0])
            _shorter(graph, b[2], a[2], b[1] - a[1])
    seconds = np.full((len(doors), len(stations)), np.inf)
    turned = graph.reverse()
    for s in range(len(stations)):
        found = nx.single_source_dijkstra_path_length(turned, ("station", s))
        for d in range(len(doors)):
            seconds[d, s] = found.get(("door", d), np.inf)
    return seconds


def _shorter(graph: nx.DiGraph, a: object, b: object, weight: float) -> None:
    """Add an edge, or keep the quicker one of two (networkx's DiGraph holds one a pair)."""
    if not graph.has_edge(a, b) or graph[a][b]["weight"] > weight:
        graph.add_edge(a, b, weight=weight)


@st.composite
def small_towns(draw: st.DrawFn) -> gpd.GeoDataFrame:
    """Streets between points of a coarse lattice: crossings, loops, doubles, islands included."""
    count = draw(st.integers(2, 14))
    spot = st.tuples(st.integers(0, 5), st.integers(0, 5))
    lines = []
    for _ in range(count):
        path = draw(st.lists(spot, min_size=2, max_size=4))
        if len(set(path)) > 1:
            lines.append([(x * 60.0, y * 60.0) for x, y in path])
    if not lines:
        lines = [[(0.0, 0.0), (60.0, 0.0)]]
    return streets(*lines)


points = st.lists(st.tuples(st.floats(-100, 400), st.floats(-100, 400)), min_size=1, max_size=6)
