"""A synthetic town as plots: old town, estates, tall buildings and parks between bent streets.

About 6,000 buildings and 60,000 households in 17 communities by default, as in the table of the
targets; ``scale`` makes more of the same. Streets are borders of plots, not plots. Seeded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from layers.grids.division.divide import Problem
from layers.kit.ground.barriers import Barrier

OLD, SMALL_ESTATE, LARGE_ESTATE, PARK, TALL = range(5)


@dataclass(frozen=True)
class Community:
    name: str
    problem: Problem
    polygons: np.ndarray


def make_town(seed: int = 0, scale: int = 1) -> list[Community]:
    rng = np.random.default_rng(seed)
    columns, rows = 21 * scale, 21
    xs = np.concatenate([[0], np.cumsum(rng.uniform(60, 115, columns))])
    ys = np.concatenate([[0], np.cumsum(rng.uniform(55, 90, rows))])
    kinds = np.full(columns * rows, OLD)
    spots = rng.permutation(columns * rows)
    cuts = np.cumsum([21 * scale, 62 * scale, 18 * scale, 4 * scale])
    for kind, part in zip(
        (SMALL_ESTATE, LARGE_ESTATE, PARK, TALL), np.split(spots, cuts), strict=False
    ):
        kinds[part] = kind
    cells, households, block_of, estate_of = [], [], [], []
    for block in range(columns * rows):
        i, j = block % columns, block // columns
        box = shapely.box(xs[i], ys[j], xs[i + 1], ys[j + 1])
        loads, estate = _block(kinds[block], rng, block)
        points = _spread(len(loads), box.bounds, rng)
        parts = _voronoi(points, box)
        cells += parts
        households += list(loads)
        block_of += [block] * len(parts)
        estate_of += [estate] * len(parts)
    cells = np.array(cells, object)
    faces = shapely.get_parts(
        shapely.polygonize([shapely.unary_union(shapely.boundary(cells), grid_size=1e-4)])
    )
    tree = shapely.STRtree(cells)
    inner, owner = tree.query(shapely.point_on_surface(faces), predicate="within")
    plot = np.full(len(cells), -1)
    plot[owner] = inner
    keep = plot >= 0
    polygons = shapely.transform(faces[plot[keep]], lambda c: _warp(c, xs[-1], ys[-1]))
    households = np.array(households)[keep]
    block_of, estate_of = np.array(block_of)[keep], np.array(estate_of)[keep]
    a, b, shared = neighbours(polygons)
    block_community = _communities(xs, ys, columns, rows, 17 * scale, rng)
    community = block_community[block_of]
    barrier = np.where(block_of[a] != block_of[b], Barrier.STREET, Barrier.NONE).astype(np.int8)
    return [
        Community(
            str(c), *_problem(c, community, polygons, households, estate_of, a, b, shared, barrier)
        )
        for c in range(17 * scale)
        if (community == c).any()
    ]


def neighbours(polygons):
    """Return a, b, shared_m of polygons that share vertices exactly; at least 0.5 m."""
    coordinates, index = shapely.get_coordinates(polygons, return_index=True)
    key = np.round(coordinates, 5)
    same = index[1:] == index[:-1]
    start, end, owner = key[:-1][same], key[1:][same], index[1:][same]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    low, high = np.where(swap[:, None], end, start), np.where(swap[:, None], start, end)
    _, at = np.unique(np.hstack([low, high]), axis=0, return_inverse=True)
    at = at.ravel()
    order = np.argsort(at, kind="stable")
    pair = np.flatnonzero(at[order][1:] == at[order][:-1])
    first, second = order[pair], order[pair + 1]
    length = np.hypot(*(start[first] - end[first]).T)
    u, v = owner[first], owner[second]
    different = u != v
    u, v, length = u[different], v[different], length[different]
    n = len(polygons)
    pairs, at = np.unique(np.minimum(u, v) * n + np.maximum(u, v), return_inverse=True)
    shared = np.bincount(at, length)
    keep = shared >= 0.5
    return (pairs // n)[keep].astype(np.int32), (pairs % n)[keep].astype(np.int32), shared[keep]


def _block(kind, rng, block):
    if kind == OLD:
        return rng.integers(1, 7, rng.integers(11, 17)), -1
    if kind == SMALL_ESTATE:
        count = rng.integers(2, 5)
        loads = rng.integers(30, 121, count)
        while loads.sum() >= 300:
            loads = rng.integers(30, 121, count)
        return loads, block
    if kind == LARGE_ESTATE:
        return rng.integers(30, 121, rng.integers(6, 12)), block
    if kind == PARK:
        return np.zeros(1, int), -1
    return np.concatenate([[rng.integers(310, 521)], rng.integers(1, 7, 6)]), -1


def _spread(count, bounds, rng):
    west, south, east, north = bounds
    across = max(1, round(np.sqrt(count * (east - west) / (north - south))))
    down = int(np.ceil(count / across))
    spots = rng.permutation(across * down)[:count]
    x = (spots % across + 0.5 + rng.uniform(-0.25, 0.25, count)) / across
    y = (spots // across + 0.5 + rng.uniform(-0.25, 0.25, count)) / down
    return np.c_[west + x * (east - west), south + y * (north - south)]


def _voronoi(points, box):
    if len(points) == 1:
        return [box]
    faces = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=box))
    order = shapely.STRtree(faces).query(shapely.points(points), predicate="within")[1]
    return list(shapely.intersection(faces[order], box))


def _warp(c, width, height):
    x, y = c[:, 0], c[:, 1]
    u, v = x / width * 2 * np.pi, y / height * 2 * np.pi
    return np.c_[
        x + 28 * np.sin(1.7 * v + 0.6) + 12 * np.sin(2.3 * u + v),
        y + 25 * np.sin(1.4 * u + 1.1) + 10 * np.sin(2.1 * v - u),
    ]


def _communities(xs, ys, columns, rows, wanted, rng):
    block = np.arange(columns * rows)
    i, j = block % columns, block // columns
    place = np.c_[(xs[i] + xs[i + 1]) / 2, (ys[j] + ys[j + 1]) / 2]
    centres = place[rng.choice(len(place), wanted, replace=False)]
    for _ in range(30):
        nearest = ((place[:, None] - centres[None]) ** 2).sum(2).argmin(1)
        centres = np.array(
            [
                place[nearest == c].mean(0) if (nearest == c).any() else centres[c]
                for c in range(wanted)
            ]
        )
    # Blocks cut off from their community join the one across their longest side.
    right = (i < columns - 1).nonzero()[0]
    up = (j < rows - 1).nonzero()[0]
    a, b = np.r_[right, up], np.r_[right + 1, up + columns]
    for _ in range(5):
        same = nearest[a] == nearest[b]
        _, part = connected_components(
            coo_matrix((np.ones(same.sum()), (a[same], b[same])), shape=(len(block),) * 2),
            directed=False,
        )
        for c in range(wanted):
            mine = np.flatnonzero(nearest == c)
            if len(mine) == 0:
                continue
            main = np.bincount(part[mine]).argmax()
            for stray in mine[part[mine] != main]:
                around = np.r_[b[a == stray], a[b == stray]]
                nearest[stray] = nearest[around[nearest[around] != c][0]]
    return nearest


def _problem(c, community, polygons, households, estate, a, b, shared, barrier):
    mine = np.flatnonzero(community == c)
    position = np.full(len(community), -1, np.int32)
    position[mine] = np.arange(len(mine))
    inside = (position[a] >= 0) & (position[b] >= 0)
    part = polygons[mine]
    centre = shapely.get_coordinates(shapely.centroid(part))
    return (
        Problem(
            households=households[mine].astype(np.int64),
            area_m2=shapely.area(part),
            perimeter_m=shapely.length(part),
            x=centre[:, 0],
            y=centre[:, 1],
            a=position[a[inside]],
            b=position[b[inside]],
            shared_m=shared[inside],
            barrier=barrier[inside],
            estate=estate[mine].astype(np.int32),
            building=households[mine] > 0,
        ),
        part,
    )
