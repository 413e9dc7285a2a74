"""What stands where: every block of the street plan gets a use and the land left to build on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from data.sample.counties.county import Landscape, Structure
from data.sample.valley.streets import (
    BANK_ROAD_M,
    BUILT_EDGE_M,
    GRID_M,
    HALF_WIDTH_M,
    RANK,
    LineWork,
    line_parts,
    trace,
)
from data.sample.valley.terrain import Terrain

STREAM_HALF_M = 5.0
BANK_M = 9.0  # nothing is built closer to the water


@dataclass(frozen=True, slots=True)
class Network:
    """Noded streets (``classes`` beside ``pieces``) and the faces they enclose."""

    pieces: NDArray[np.object_]
    classes: NDArray[np.object_]
    source: NDArray[np.int64]
    faces: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Block:
    """One face: its use, the land to build on, and what the land is like there."""

    number: int
    face: Polygon
    use: str
    land: BaseGeometry
    x: float
    y: float
    centre_m: float
    beyond_m: float
    slope: float


def block_target(land: Landscape, terrain: Terrain, x: float, y: float) -> float:
    """Return the area (m²) that blocks should have at a place: small and dense in the old town."""
    beyond = float(terrain.floor_m.at(x, y))
    if float(terrain.bank_m.at(x, y)) < BANK_ROAD_M - 3:
        return 5e4
    if beyond > BUILT_EDGE_M + 50:
        return 8e4
    if land.style == "resettlement":
        return 1.5e4
    d = float(np.hypot(x - terrain.centre[0], y - terrain.centre[1]))
    d += 90 * np.sin(x / 170) * np.cos(y / 140)  # an old town is not a circle
    if d < land.old_town_m:
        return 3.6e3
    if d < land.old_town_m + 320:
        return 6.5e3
    return 1.75e4 + 7e3 * float(np.sin(x / 310 + 1) * np.cos(y / 260))


def node_network(work: LineWork, terrain: Terrain) -> Network:
    """Node all lines at 1 cm, cut off nothing, and find each piece's class and the faces."""
    noded = shapely.union_all(work.lines, grid_size=GRID_M)
    pieces = np.array(list(noded.geoms), dtype=object)
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    tree = shapely.STRtree(work.lines)
    piece, line = tree.query(middles, predicate="dwithin", distance=0.06)
    rank = np.array([RANK[c] for c in work.classes])
    best = np.full(len(pieces), -1)
    for p, k in sorted(zip(piece.tolist(), line.tolist(), strict=True)):
        if best[p] < 0 or rank[k] < rank[best[p]]:
            best[p] = k
    classes = np.array([work.classes[k] for k in best], dtype=object)
    faces = np.array(list(shapely.polygonize(pieces).geoms), dtype=object)
    points = shapely.point_on_surface(faces)
    order = np.lexsort((shapely.get_x(points), np.round(shapely.get_y(points), 1)))
    # Roads give up where the land gets too steep: the line stays as a border only.
    x, y = shapely.get_x(middles), shapely.get_y(middles)
    steep = terrain.slope.at(x, y) > 0.42
    road = np.isin(classes, ["main_street", "street", "lane", "track"])
    classes[steep & road & (terrain.floor_m.at(x, y) > BUILT_EDGE_M)] = "border"
    return Network(pieces, classes, best, faces[order])


def connected_streets(network: Network) -> NDArray[np.bool_]:
    """Mark the pieces that are streets of the one connected network."""
    used = network.classes != "border"
    first = shapely.get_point(network.pieces, 0)
    last = shapely.get_point(network.pieces, -1)
    ends = np.array(
        [[shapely.get_x(p), shapely.get_y(p)] for p in np.concatenate([first, last])]
    ).round(3)
    _, index = np.unique(ends, axis=0, return_inverse=True)
    u, v = np.split(index.ravel(), 2)
    n = int(index.max()) + 1
    graph = coo_matrix((np.ones(int(used.sum())), (u[used], v[used])), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    biggest = np.bincount(label[u[used]]).argmax()
    return used & (label[u] == biggest)


def with_country_roads(
    work: LineWork,
    pieces: NDArray[np.object_],
    classes: NDArray[np.object_],
    source: NDArray[np.int64],
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.int64]]:
    """Add the roads that lead out of the town where a street of the network reaches its border.

    Each starts exactly at that street's end and takes its name. In the town nothing changes.
    """
    ends = np.concatenate([shapely.get_point(pieces, 0), shapely.get_point(pieces, -1)])
    tree = shapely.STRtree(ends)
    added: list[tuple[LineString, str, int]] = []
    for line, kind, _ in work.beyond:
        start = shapely.get_point(line, 0)
        at = int(tree.nearest(start))
        if shapely.distance(ends[at], start) > 0.5:
            continue
        node = shapely.get_coordinates(ends[at])
        road = LineString(np.vstack([node, shapely.get_coordinates(line)[1:]]))
        if road.is_simple and not shapely.crosses(pieces, road).any():
            added.append((road, kind, int(source[at % len(pieces)])))
    if not added:
        return pieces, classes, source
    return (
        np.concatenate([pieces, np.array([a[0] for a in added], object)]),
        np.concatenate([classes, np.array([a[1] for a in added], object)]),
        np.concatenate([source, np.array([a[2] for a in added], np.int64)]),
    )


def make_blocks(
    land: Landscape,
    structure: Structure,
    terrain: Terrain,
    network: Network,
    rng: np.random.Generator,
) -> list[Block]:
    """Give every face a use, and carve streets and water out of its land."""
    streets = connected_streets(network)
    widths = np.array([HALF_WIDTH_M[c] for c in network.classes])
    widths[~streets] = HALF_WIDTH_M["border"]
    strips = shapely.buffer(network.pieces, widths + 0.8, quad_segs=3)
    wet = shapely.union_all(
        [terrain.river.buffer(BANK_M), *(s.buffer(STREAM_HALF_M + 3) for s in terrain.streams)]
    )
    shapely.prepare(wet)
    tree = shapely.STRtree(strips)
    face, strip = tree.query(network.faces, predicate="intersects")
    faces = network.faces
    grouped = np.split(
        strip[np.argsort(face, kind="stable")],
        np.cumsum(np.bincount(face, minlength=len(faces)))[:-1],
    )
    lands = []
    for polygon, near in zip(faces, grouped, strict=True):
        rest = polygon.difference(shapely.union_all(strips[np.sort(near)]))
        if wet.intersects(rest):
            rest = rest.difference(wet)
        lands.append(rest)
    points = shapely.point_on_surface(faces)
    x, y = shapely.get_x(points), shapely.get_y(points)
    samples = [np.array(f.exterior.coords)[:-1] for f in faces]
    slope = np.array([np.mean(terrain.slope.at(s[:, 0], s[:, 1])) for s in samples])
    slope = (slope + terrain.slope.at(x, y)) / 2
    beyond = np.array([np.mean(terrain.floor_m.at(s[:, 0], s[:, 1])) for s in samples])
    beyond = np.minimum(beyond, (beyond + terrain.floor_m.at(x, y)) / 2 + 20)
    bank = terrain.bank_m.at(x, y)
    uses = block_uses(land, structure, terrain, faces, lands, x, y, slope, beyond, bank, rng)
    d = np.hypot(x - terrain.centre[0], y - terrain.centre[1])
    return [
        Block(
            k,
            f,
            uses[k],
            lands[k],
            float(x[k]),
            float(y[k]),
            float(d[k]),
            float(beyond[k]),
            float(slope[k]),
        )
        for k, f in enumerate(faces)
    ]


def block_uses(
    land: Landscape,
    structure: Structure,
    terrain: Terrain,
    faces: NDArray[np.object_],
    lands: list[BaseGeometry],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    slope: NDArray[np.float64],
    beyond: NDArray[np.float64],
    bank: NDArray[np.float64],
    rng: np.random.Generator,
) -> list[str]:
    """Decide what each block is, from the centre outwards."""
    n = len(faces)
    d = np.hypot(x - terrain.centre[0], y - terrain.centre[1])
    d = d + 90 * np.sin(x / 170) * np.cos(y / 140)
    along = (x * terrain.axis[0] + y * terrain.axis[1]) / (land.length_m / 2)
    area = np.array([g.area for g in lands])
    draw = rng.uniform(size=n)
    uses = np.full(n, "", dtype=object)
    uses[bank < BANK_ROAD_M - 3] = "riverside"
    hill = (beyond > BUILT_EDGE_M) | (slope > 0.3)
    uses[(uses == "") & hill & (beyond < 190) & (slope < 0.34) & (area < 6e4)] = "hillside"
    uses[(uses == "") & hill] = "slope"
    thin = area / np.maximum([g.length for g in lands], 1) < 4.5
    uses[(uses == "") & (thin | (area < 350))] = "verge"

    def take(use: str, count: int, low: float, high: float, wish: NDArray[np.float64]) -> None:
        """Give ``use`` to the free blocks of suitable size with the least ``wish``, well apart."""
        chosen: list[int] = []
        for k in np.lexsort((np.arange(n), wish)):
            if len(chosen) == count:
                break
            if not (uses[k] == "" and low < area[k] < high):
                continue
            if all(np.hypot(x[k] - x[c], y[k] - y[c]) > 420 for c in chosen):
                uses[k] = use
                chosen.append(int(k))

    size = land.old_town_m
    if land.style == "resettlement":
        take("school", 1, 6e3, 4e4, -d)
        take("square", 1, 2e3, 3e4, d)
        uses[uses == ""] = "resettlement_site"
        return [str(u) for u in uses]
    take("government", 1, 6e3, 3e4, np.abs(d - size * 1.7))
    take("hospital", 2, 7e3, 3e4, np.abs(d - size * 1.9) + 200 * draw)
    take("bus_station", 1, 7e3, 3e4, np.abs(np.abs(along) - 0.55) * 1000)
    take("square", 2, 3e3, 1.6e4, np.abs(d - size * 0.9))
    take("market", 3, 2.2e3, 1.4e4, np.abs(d - size) + 900 * draw)
    schools = max(3, round(structure.households / 6000))
    take("school", schools, 9e3, 3.4e4, 2000 * draw)
    take("primary", schools, 4.5e3, 1.5e4, 2000 * rng.uniform(size=n))
    take("park", 4, 4e3, 2.6e4, 1500 * rng.uniform(size=n) + beyond)
    sites = np.flatnonzero((uses == "") & (area > 6e3) & (np.abs(along) > 0.5))
    for _ in range(structure.resettlement_sites):
        if len(sites):
            seed = sites[np.argmax(d[sites] - 1500 * np.abs(np.abs(along[sites]) - 0.68))]
            near = sites[np.argsort(np.hypot(x[sites] - x[seed], y[sites] - y[seed]))[:5]]
            uses[near] = "resettlement_site"
            sites = np.setdiff1d(sites, near)
    free = uses == ""
    uses[free & (d < size)] = "old_town"
    works = np.flatnonzero((uses == "") & (along > 0.66) & (draw < 0.7))
    works = works[np.argsort(-along[works], kind="stable")]
    uses[works[: max(3, structure.households // 3000)]] = "industry"
    uses[(uses == "") & (np.abs(along) > 0.8) & (draw < 0.8)] = "village"
    ring = (uses == "") & (d < size + 420)
    uses[ring] = np.select(
        [draw[ring] < 0.27, draw[ring] < 0.56, draw[ring] < 0.76],
        ["compound", "mixed", "tower_estate"],
        "slab_estate",
    )
    rest = uses == ""
    uses[rest] = np.select(
        [draw[rest] < 0.27, draw[rest] < 0.35, draw[rest] < 0.42, draw[rest] < 0.45],
        ["tower_estate", "mixed", "compound", "green"],
        "slab_estate",
    )
    uses[(uses == "tower_estate") & (area < 4200)] = "slab_estate"
    uses[(uses == "slab_estate") & (area < 2600)] = "mixed"
    return [str(u) for u in uses]


def inner_lines(
    work: LineWork, leaves: list[Polygon], terrain: Terrain, rng: np.random.Generator
) -> None:
    """Add dead ends: service roads into large blocks, alleys into some small ones."""
    for leaf in leaves:
        draw = rng.uniform(size=3)
        centre = leaf.representative_point()
        beyond = float(terrain.floor_m.at(centre.x, centre.y))
        if beyond > BUILT_EDGE_M - 15:
            steep = float(terrain.slope.at(centre.x, centre.y))
            if beyond < 200 and steep < 0.29 and 4000 < leaf.area < 7e4:
                village_lane(work, leaf, terrain, 0.45 + 0.4 * draw[2])
            continue
        if float(terrain.bank_m.at(centre.x, centre.y)) < BANK_ROAD_M - 3:
            continue
        if leaf.area < 2600 or (leaf.area < 14000 and draw[0] > 0.25):
            continue
        box = np.array(shapely.oriented_envelope(leaf).exterior.coords)
        a, b = box[1] - box[0], box[2] - box[1]
        long = a if np.hypot(*a) > np.hypot(*b) else b
        way = long / np.hypot(*long) * (1 if draw[1] < 0.5 else -1)
        reach = float(np.hypot(*long))
        start = np.array([centre.x, centre.y])
        ray = shapely.LineString([start, start - way * reach])
        hits = ray.intersection(leaf.exterior)
        if hits.is_empty:
            continue
        gate = min(getattr(hits, "geoms", [hits]), key=lambda p: p.distance(Point(start)))
        if not isinstance(gate, Point):
            continue
        far = shapely.LineString([start, start + way * reach]).intersection(leaf)
        if not isinstance(far, shapely.LineString):
            continue
        end = start + way * far.length * (0.05 + 0.3 * draw[2])
        kind = "service" if leaf.area > 9000 else "path"
        work.add(shapely.LineString([(gate.x, gate.y), start, end]), kind)


def village_lane(work: LineWork, leaf: Polygon, terrain: Terrain, share: float) -> None:
    """Add a lane from the lower edge of a hillside block up to ``share`` of its depth."""
    centre = leaf.representative_point()
    line = trace(terrain, (centre.x, centre.y), True, leaf).intersection(leaf)
    parts = [part for part in line_parts(line) if part.distance(centre) < 1]
    if not parts or parts[0].length < 50:
        return
    ends = [parts[0].coords[0], parts[0].coords[-1]]
    low = [float(terrain.floor_m.at(x, y)) for x, y in ends]
    path = parts[0] if low[0] <= low[1] else parts[0].reverse()
    lane = substring(path, 0, share, normalized=True)
    z = terrain.height.at(*(np.array([lane.coords[0], lane.coords[-1]]).T))
    grade = abs(float(z[1] - z[0])) / max(lane.length, 1)
    if grade < 0.4:
        work.add(lane, "steps" if grade > 0.22 else "lane")
