"""Seeded synthetic inputs of the sizes in targets.md.

``make_county``: about 67,000 street nodes and 95,000 edges on hills, 30,000 buildings beside the
streets, denser around 18 towns. ``make_bare``: a network without geometry, of any size, for the
large rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from layers.service_circles.walking.network import (
    ADULT,
    Network,
    arcs_of,
    build_network,
    with_profile,
)
from layers.service_circles.walking.segments import near_order
from layers.service_circles.walking.ties import Ties, tie

STEP_M = 70.0


def hills(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x, y = np.asarray(x), np.asarray(y)
    return (
        500
        + 60 * np.sin(x / 900)
        + 45 * np.cos(y / 700)
        + 6 * np.sin((x + 2 * y) / 260)
        + 0.8 * np.cos((3 * x - y) / 120)
    )


@dataclass(frozen=True)
class County:
    streets: gpd.GeoDataFrame
    network: Network
    homes: np.ndarray  # points
    home_ties: Ties
    households: np.ndarray
    grid: np.ndarray
    stations: np.ndarray  # points, 300


def lattice_edges(size: int, keep: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return node coordinates and the ends of the edges of the largest connected part.

    Nodes are in the order that ``build_network`` gives them.
    """
    draw = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(size) * STEP_M, np.arange(size) * STEP_M)
    at = np.stack([x, y], -1).reshape(-1, 2) + draw.normal(0, STEP_M / 6, (size * size, 2))
    number = np.arange(size * size).reshape(size, size)
    u = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    v = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    kept = draw.random(len(u)) < keep
    u, v = u[kept], v[kept]
    _, part = connected_components(coo_matrix((np.ones(len(u)), (u, v)), (len(at), len(at))))
    main = part == np.bincount(part).argmax()
    kept = main[u]
    order = np.flatnonzero(main)[near_order(*at[main].T)]
    place = np.full(len(at), -1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return at[order], place[u[kept]], place[v[kept]]


def make_county(seed: int = 1) -> County:
    at, u, v = lattice_edges(262, 0.70, seed)
    draw = np.random.default_rng(seed)
    streets = gpd.GeoDataFrame(
        geometry=shapely.linestrings(np.stack([at[u], at[v]], 1)), crs="EPSG:4545"
    )
    network = build_network(streets, hills)
    middle = (at[u] + at[v]) / 2
    towns = draw.uniform(0, 262 * STEP_M, (18, 2))
    near = np.exp(-((np.linalg.norm(middle[:, None] - towns, axis=2).min(axis=1) / 1500) ** 2))
    homes = beside(streets.geometry.values, draw, 30_000, 0.02 + near)
    stations = beside(streets.geometry.values, draw, 300, 0.02 + near)
    return County(
        streets, network, homes, tie(homes, network),
        np.minimum(draw.geometric(0.12, 30_000), 60).astype(float),
        draw.integers(0, 2000, 30_000), stations,
    )  # fmt: skip


def beside(
    lines: np.ndarray, draw: np.random.Generator, count: int, weight: np.ndarray
) -> np.ndarray:
    """Return points 4 to 28 m to the side of streets."""
    pick = draw.choice(len(lines), count, p=weight / weight.sum())
    ends = shapely.get_coordinates(lines[pick]).reshape(-1, 2, 2)
    along = ends[:, 1] - ends[:, 0]
    side = np.stack([-along[:, 1], along[:, 0]], 1) / np.linalg.norm(along, axis=1)[:, None]
    away = draw.uniform(4, 28, count) * draw.choice([-1, 1], count)
    return shapely.points(ends[:, 0] + along * draw.random((count, 1)) + side * away[:, None])


def make_bare(size: int, seed: int = 3) -> Network:
    """Return a network of about ``size``² nodes with one piece an edge and no geometry."""
    at, u, v = lattice_edges(size, 0.70, seed)
    length_m = np.linalg.norm(at[u] - at[v], axis=1)
    z = hills(at[:, 0], at[:, 1])
    start, node, edge = arcs_of(len(at), u, v)
    nothing = np.empty(0)
    bare = Network(
        x=at[:, 0], y=at[:, 1], z=z, u=u, v=v, street=np.arange(len(u), dtype=np.int32),
        street_class=np.full(len(u), "street", object), structure=np.zeros(len(u), bool),
        layer=np.zeros(len(u), np.int32), oneway=np.zeros(len(u), bool),
        geometry=np.empty(0, object), length_m=length_m,
        piece_start=np.arange(len(u) + 1), slope=np.clip((z[v] - z[u]) / length_m, -0.5, 0.5),
        profile=ADULT, forward_at=nothing, backward_at=nothing, forward_s=nothing,
        backward_s=nothing, arc_start=start, arc_node=node, arc_edge=edge, arc_towards_s=nothing,
        arc_away_s=nothing, tree=shapely.STRtree([]),
    )  # fmt: skip
    return with_profile(bare, ADULT)


def bare_ties(network: Network, draw: np.random.Generator, count: int) -> Ties:
    """Return places somewhere along edges, 4 to 28 m beside them."""
    edge = draw.integers(0, len(network.u), count).astype(np.int32)
    unknown = np.full(count, np.nan)
    return Ties(
        edge, draw.random(count) * network.length_m[edge], draw.uniform(4, 28, count),
        unknown, unknown, unknown, unknown,
    )  # fmt: skip
