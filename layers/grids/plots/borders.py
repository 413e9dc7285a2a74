"""Borders that polygons of one coverage share: who is whose neighbour, and what runs between them.

Pure geometry over edge-matched polygons in the measuring CRS (metres).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MIN_SHARED_M = 0.5
"""Plots are neighbours from this length of common border on; a corner is not enough."""

PIECE_M = 10.0
"""Long border segments are judged in pieces of at most this length: a street may leave them."""

ALONG_COSINE = float(np.cos(np.radians(30.0)))
"""A border runs along a line when they point within 30° of each other; garden fences do not."""

BARRIER_SHARE = 0.5
"""The share of a common border that must run along barriers before the border counts as one."""

BARRIERS = ("none", "street", "main_street", "wall", "water", "rail")
"""Weakest to strongest: where several run together the strongest is named."""

REACH_M = {"street": 6.0, "main_street": 12.0, "wall": 2.0, "water": 4.0, "rail": 8.0}
"""How far the border may lie from the drawn line: half the width of the thing that the line stands
for, since official cells often end at a kerb and not at the centre line."""

BARRIER_OF_STREET = {"main_street": "main_street", "street": "street", "lane": "street"}
"""Paths, steps, service roads and tracks are no barrier."""

SLIP_M = 0.5
"""Polygons given as they are (official cells) may miss each other by this much and still touch."""


@dataclass(frozen=True, slots=True)
class SharedSegments:
    """Segments that two polygons share: ``a`` < ``b`` (positions), ``ends`` (n, 4) in metres."""

    a: Ints
    b: Ints
    ends: Floats

    @property
    def length_m(self) -> Floats:
        """Length of every segment (m)."""
        return np.hypot(self.ends[:, 2] - self.ends[:, 0], self.ends[:, 3] - self.ends[:, 1])


def shared_segments(polygons: NDArray[Any]) -> SharedSegments:
    """Return the segments that polygons of an edge-matched coverage share, by exact coordinates.

    Multipolygons share those of all their parts.
    """
    parts, whole = shapely.get_parts(polygons, return_index=True)  # get_rings skips what has parts
    rings, part = shapely.get_rings(parts, return_index=True)
    owner = whole[part]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if len(xy) < 2:
        return SharedSegments(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 4)))
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    changed = np.any(np.diff(xy[order], axis=0) != 0, axis=1)
    vertex = np.empty(len(xy), np.int64)
    vertex[order] = np.concatenate(([0], np.cumsum(changed)))
    start = np.flatnonzero(ring[:-1] == ring[1:])
    low = np.minimum(vertex[start], vertex[start + 1])
    high = np.maximum(vertex[start], vertex[start + 1])
    key = low * (vertex.max() + 1) + high
    by_key = np.argsort(key, kind="stable")
    twin = np.flatnonzero(key[by_key[:-1]] == key[by_key[1:]])
    one, other = by_key[twin], by_key[twin + 1]
    p, q = owner[ring[start[one]]], owner[ring[start[other]]]
    different = p != q
    one, p, q = one[different], p[different], q[different]
    ends = np.hstack((xy[start[one]], xy[start[one] + 1]))
    return SharedSegments(np.minimum(p, q), np.maximum(p, q), ends)


def adjacency(segments: SharedSegments) -> tuple[Ints, Ints, Floats]:
    """Return pairs ``a`` < ``b`` with the summed length of their common border (m), sorted."""
    if len(segments.a) == 0:
        return segments.a, segments.b, np.empty(0)
    size = int(segments.b.max()) + 1
    key, inverse = np.unique(segments.a * size + segments.b, return_inverse=True)
    length: Floats = np.bincount(inverse, segments.length_m).astype(np.float64)
    return key // size, key % size, length


def absorb(a: Ints, b: Ints, weight: Floats, area: Floats, loose: Bools) -> Ints:
    """Give every loose piece to a settled neighbour, the one with the heaviest common border.

    ``a``, ``b``, ``weight``: borders between pieces. Pieces that touch no settled one wait for a
    neighbour that has just been taken; where all of a component is loose, its largest settles.
    Returns the owner of every piece (its own position for settled ones). Everything an owner gets
    is connected to it by borders.
    """
    owner = np.arange(len(area))
    settled = ~loose
    one, other = np.concatenate((a, b)), np.concatenate((b, a))
    both = np.concatenate((weight, weight))
    while not settled.all():
        edge = np.flatnonzero(~settled[one] & settled[other])
        if len(edge) == 0:
            waiting = np.flatnonzero(~settled)
            settled[waiting[np.argmax(area[waiting])]] = True
            continue
        # Borders with the same owner count together; ties go to the first owner.
        size = len(area)
        key, inverse = np.unique(one[edge] * size + owner[other[edge]], return_inverse=True)
        total = np.bincount(inverse, both[edge])
        piece, taker = key // size, key % size
        best = np.lexsort((taker, -total, piece))
        first = best[np.unique(piece[best], return_index=True)[1]]
        owner[piece[first]] = taker[first]
        settled[piece[first]] = True
    return owner


def _lines_by_barrier(
    streets: GeoDataFrame | None, water: GeoDataFrame | None, barriers: GeoDataFrame | None
) -> dict[str, list[Any]]:
    """Return the line geometries that stand for each kind of barrier (tunnels divide nothing)."""
    lines: dict[str, list[Any]] = {name: [] for name in REACH_M}
    if streets is not None and len(streets):
        classes = streets["class"] if "class" in streets else ["street"] * len(streets)
        tunnels = streets["tunnel"] if "tunnel" in streets else [False] * len(streets)
        for line, street_class, tunnel in zip(streets.geometry, classes, tunnels, strict=True):
            known = street_class is not None and not pd.isna(street_class)
            kind = BARRIER_OF_STREET.get(street_class) if known else "street"
            if kind is not None and not _true(tunnel):
                lines[kind].append(line)
    if water is not None:
        lines["water"] = [g.boundary if g.area else g for g in water.geometry if g is not None]
    if barriers is not None and len(barriers):
        for line, kind in zip(barriers.geometry, barriers["kind"], strict=True):
            if kind in lines:
                lines[kind].append(line)
    return lines


def _true(value: object) -> bool:
    """Tell whether a cell says yes (files say so in several ways; unknown is no)."""
    return value is True or str(value).strip().lower() in {"1", "1.0", "true", "yes"}


def _pieces(segments: SharedSegments) -> tuple[Ints, Floats, Floats, Floats]:
    """Cut segments to pieces of at most PIECE_M: segment position, midpoint, direction, length."""
    length = segments.length_m
    count = np.maximum(np.ceil(length / PIECE_M).astype(np.int64), 1)
    of = np.repeat(np.arange(len(length)), count)
    within = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    step = ((within + 0.5) / count[of])[:, None]
    start, end = segments.ends[of, :2], segments.ends[of, 2:]
    return of, start + (end - start) * step, (end - start) / length[of, None], (length / count)[of]


def _runs_along(lines: list[Any], reach_m: float, middle: NDArray[Any], direction: Floats) -> Bools:
    """Tell for each border piece whether one of the lines runs along it within reach."""
    along = np.zeros(len(middle), np.bool_)
    parts = shapely.get_parts(np.array([g for g in lines if g is not None], dtype=object))
    if len(parts) == 0 or len(middle) == 0:
        return along
    parts = np.concatenate(
        (parts[shapely.get_type_id(parts) == 1], shapely.get_rings(parts[shapely.area(parts) > 0]))
    )
    xy, line = shapely.get_coordinates(parts, return_index=True)
    start = np.flatnonzero(line[:-1] == line[1:])
    run = xy[start + 1] - xy[start]
    real = np.hypot(run[:, 0], run[:, 1]) > 0
    start, run = start[real], run[real]
    run /= np.hypot(run[:, 0], run[:, 1])[:, None]
    tree = shapely.STRtree(shapely.linestrings(np.stack((xy[start], xy[start + 1]), axis=1)))
    piece, segment = tree.query(middle, predicate="dwithin", distance=reach_m)
    cosine = np.abs(np.sum(direction[piece] * run[segment], axis=1))
    along[piece[cosine >= ALONG_COSINE]] = True
    return along


def facing_m(one: NDArray[Any], other: NDArray[Any]) -> Floats:
    """Return along how many metres polygons of each pair lie at most SLIP_M apart.

    A corner has none: where two corners meet, their edges are that near for SLIP_M each.
    """
    reach = SLIP_M + 1e-6
    metres = np.zeros(len(one))
    for sides in ((one, other), (other, one)):
        near = shapely.buffer(sides[1], reach, quad_segs=2)
        metres += shapely.length(shapely.intersection(shapely.boundary(sides[0]), near))
    return np.maximum(metres / 2 - 2 * reach, 0.0)


def matched(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return polygons that tile with equal edges where they overlap or miss each other.

    What faces another along MIN_SHARED_M or more at SLIP_M at most is joined to it; what is
    matched already is not touched.
    """
    if len(shapes) < 2:
        return shapes
    if not shapely.coverage_is_valid(shapes, gap_width=SLIP_M):
        shapes = shapely.coverage_clean(shapes, gap_width=SLIP_M)
    one, other, _ = _missed(shapes)
    if len(one) == 0:
        return shapes
    # As far as the widest of these gaps, so that nothing finer than them is drawn together.
    apart = shapely.hausdorff_distance(
        _edge_towards(shapes[one], shapes[other]), _edge_towards(shapes[other], shapes[one])
    )
    reach = float(min(apart.max(), SLIP_M)) + 1e-6
    return shapely.coverage_clean(shapes, snapping_distance=reach, gap_width=SLIP_M)


def _missed(shapes: NDArray[Any]) -> tuple[Ints, Ints, Floats]:
    """Return pairs that face each other over empty land of SLIP_M at most, and along how far."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=SLIP_M)
    one, other = one[one < other], other[one < other]
    a, b, shared = adjacency(shared_segments(shapes))
    size = len(shapes)
    joined = np.isin(one * size + other, (a * size + b)[shared >= MIN_SHARED_M])
    one, other = one[~joined], other[~joined]
    metres = facing_m(shapes[one], shapes[other])
    far = metres >= MIN_SHARED_M
    one, other, metres = one[far], other[far], metres[far]
    # What lies between may be a third polygon, as thin as a wall.
    edge = _edge_towards(shapes[one], shapes[other])
    middle = shapely.line_interpolate_point(_longest(edge), 0.5, normalized=True)
    between = shapely.line_interpolate_point(
        shapely.shortest_line(middle, shapes[other]), 0.5, normalized=True
    )
    pair, _ = shapely.STRtree(shapes).query(between, predicate="within")
    empty = np.ones(len(one), bool)
    empty[pair] = False
    return one[empty], other[empty], metres[empty]


def _edge_towards(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Return the part of each outline that lies within SLIP_M of the other polygon."""
    return shapely.intersection(
        shapely.boundary(one), shapely.buffer(other, SLIP_M + 1e-6, quad_segs=2)
    )


def _longest(lines: NDArray[Any]) -> NDArray[Any]:
    """Return the longest line of each of several."""
    parts, of = shapely.get_parts(lines, return_index=True)
    order = np.lexsort((-shapely.length(parts), of))
    first = order[np.unique(of[order], return_index=True)[1]]
    chosen: NDArray[Any] = parts[first]
    return chosen


def neighbours_of(
    plots: GeoDataFrame,
    streets: GeoDataFrame | None,
    water: GeoDataFrame | None,
    barriers: GeoDataFrame | None,
) -> pd.DataFrame:
    """Return which plots are neighbours and what runs between them.

    ``plots``: polygons that tile (measuring CRS, m), any index; ``kind`` is used where present.
    Polygons that miss each other by up to SLIP_M are matched on a copy first.
    ``streets`` (``class``, ``tunnel``), ``water``, ``barriers`` (``kind``) as in docs/frames.md.

    Returns ``a``, ``b`` (index values, a before b in the frame), ``shared_m`` ≥ MIN_SHARED_M and
    ``barrier``: the kind along most of the border when more than BARRIER_SHARE of it runs along
    barriers, else ``none``. Two river plots are never parted by their own water.
    """
    shapes = matched(np.asarray(plots.geometry.array, dtype=object))
    kind = np.asarray(plots["kind"]) if "kind" in plots else np.full(len(plots), None)
    found = neighbours_in_coverage(shapes, kind == "river", streets, water, barriers)
    a, b, metres = _missed(shapes)  # what no common edge could be drawn for: gaps like wedges
    if len(a):
        more = pd.DataFrame({"a": a, "b": b, "shared_m": metres, "barrier": BARRIERS[0]})
        found = pd.concat([found, more]).sort_values(["a", "b"], ignore_index=True)
    index = plots.index.to_numpy()
    return found.assign(a=index[found["a"]], b=index[found["b"]])


def neighbours_in_coverage(
    shapes: NDArray[Any],
    river: Bools,
    streets: GeoDataFrame | None,
    water: GeoDataFrame | None,
    barriers: GeoDataFrame | None,
) -> pd.DataFrame:
    """Return what neighbours_of does, by position, for polygons whose edges match exactly.

    ``river`` (n,) tells which polygons are water themselves.
    """
    segments = shared_segments(shapes)
    a, b, shared = adjacency(segments)
    of, middle, direction, length = _pieces(segments)
    strength = np.zeros(len(of), np.int64)
    lines = _lines_by_barrier(streets, water, barriers)
    points = shapely.points(middle)
    in_river = river[segments.a[of]] & river[segments.b[of]]
    for code, name in enumerate(BARRIERS):
        if name == "none":
            continue
        along = _runs_along(lines[name], REACH_M[name], points, direction)
        if name == "water" and water is not None and len(middle):
            areas = water.geometry[water.geometry.area > 0]
            along[np.unique(shapely.STRtree(areas).query(points, "within")[0])] = True
            along &= ~in_river
        strength[along] = code
    size = int(b.max()) + 1 if len(b) else 1
    pair = np.searchsorted(a * size + b, segments.a[of] * size + segments.b[of])
    by_code = np.zeros((len(a), len(BARRIERS)))
    np.add.at(by_code, (pair, strength), length)
    kind = np.where(
        by_code[:, 1:].sum(axis=1) > BARRIER_SHARE * shared, by_code[:, 1:].argmax(axis=1) + 1, 0
    )
    keep = shared >= MIN_SHARED_M
    return pd.DataFrame(
        {
            "a": a[keep],
            "b": b[keep],
            "shared_m": shared[keep],
            "barrier": np.array(BARRIERS, dtype=object)[kind[keep]],
        }
    )
