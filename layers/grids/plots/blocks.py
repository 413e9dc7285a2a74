"""Blocks: the pieces that streets, water, rails and walls cut a community into; and open land.

Pure geometry in the measuring CRS (metres). Everything is noded on one lattice (LATTICE_M).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.grids.plots.borders import absorb, adjacency, shared_segments

LATTICE_M = 2.0**-26
"""Coordinates are rounded to this (1.5e-8 m) while noding: far finer than the 1e-6 m that plots may
differ from the community's border, so fine that a community of 60 m keeps its area to 1e-9, and
coarser than the errors of overlays near the origin. A power of two, not below the distance of
doubles at 6e7 m: lattice points near the origin are moved to the real place without rounding."""

DIVIDING_STREETS = frozenset({"main_street", "street", "lane", "track"})
"""Streets that bound blocks. Paths, steps and service roads run through the land they serve."""

BLOCK_MIN_M2 = 500.0
"""Smaller blocks (roundabouts, triangles at junctions) go with a neighbour."""

BLOCK_MIN_WIDTH_M = 8.0
"""Thinner blocks (between carriageways, between a street and a border drawn beside it) as well:
given whole to one plot they would be spikes of hundreds of metres."""

OPEN_M = 25.0
"""Land within this of a footprint belongs to the building: a court between two slabs (about 50 m
at six storeys) is shared out completely, a field is not."""

LAND_MIN_M2 = 2500.0
"""Open land below this (50 m by 50 m) is left to the buildings around it."""

LAND_MIN_WIDTH_M = 20.0
"""Strips of open land narrower than this are left to the buildings around them: between the reach
of a row of houses and the street they would part the houses from their own street."""

LAND_MAX_M2 = 60_000.0
"""Open land is halved until no piece is larger (about 250 m by 250 m, a street block), so that a
border can run through it."""

LAND_MAX_LENGTH_M = 500.0
"""Nor longer than this: a belt around a village would join its two ends."""

RIVER_MAX_LENGTH_M = 300.0
"""Rivers are cut at bridges and then halved until no piece is longer than about a street block, so
that one river plot never joins the banks of a whole community."""

PARKS = frozenset({"park", "square", "cemetery"})
"""Kinds of `lands` that no building's plot may grow into. Farmland, forest and the like are open
land anyway, and a school's or a market's land belongs to its buildings."""

OVERSHOOT_M = 0.01
"""Lines that end on another line are drawn this much beyond it, so that they surely meet."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of a community: polygons that tile it; ``river`` tells water areas from land."""

    shapes: NDArray[Any]
    river: NDArray[np.bool_]


def spatial_order(shapes: NDArray[Any]) -> NDArray[np.int64]:
    """Return an order by place (north to south, west to east), whatever order the shapes had."""
    bounds = np.round(shapely.bounds(shapes), 6)
    area = np.round(shapely.area(shapes), 6)
    return np.lexsort((area, bounds[:, 2], bounds[:, 1], bounds[:, 0], -bounds[:, 3]))


def in_order(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return the shapes in an order and direction that do not depend on the file.

    Noding two lines in another order may round their crossing to another point of the lattice.
    """
    shapes = shapely.normalize(shapes)
    binary = shapely.to_wkb(shapes) if len(shapes) else []
    return shapes[np.array(sorted(range(len(shapes)), key=binary.__getitem__), dtype=np.int64)]


def noded(lines: list[Any]) -> BaseGeometry:
    """Return all lines as one fully noded line work on the lattice."""
    return shapely.union_all(np.array(lines, dtype=object), grid_size=LATTICE_M)


def faces(line_work: BaseGeometry, community: BaseGeometry) -> NDArray[Any]:
    """Return the polygons that noded lines enclose within a community, ordered by place."""
    found = shapely.get_parts(shapely.polygonize([line_work]))
    shapely.prepare(community)
    found = found[shapely.intersects(community, shapely.point_on_surface(found))]
    return found[spatial_order(found)]


def areas_within(frame: GeoDataFrame | None, community: BaseGeometry) -> NDArray[Any]:
    """Return the polygons of a frame within a community: united, valid, one piece each."""
    if frame is None or len(frame) == 0:
        return np.empty(0, dtype=object)
    shapes = shapely.force_2d(np.asarray(frame.geometry.dropna().array, dtype=object))
    shapes = shapes[(shapely.get_dimensions(shapes) == 2) & shapely.intersects(shapes, community)]
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    united = shapely.union_all(in_order(shapes), grid_size=LATTICE_M)
    parts = shapely.get_parts(shapely.intersection(united, community))
    return parts[shapely.area(parts) > 0]


def dividing_lines(
    streets: GeoDataFrame | None,
    water: GeoDataFrame | None,
    barriers: GeoDataFrame | None,
    community: BaseGeometry,
) -> list[Any]:
    """Return the lines that bound blocks, cut to the community's surroundings.

    Streets of DIVIDING_STREETS (all of them where there is no ``class``) outside tunnels, streams
    and rivers drawn as lines, rails and walls.
    """
    chosen: list[Any] = []
    if streets is not None and len(streets):
        keep = np.ones(len(streets), bool)
        if "class" in streets:
            known = streets["class"].notna()
            keep &= (~known | streets["class"].isin(DIVIDING_STREETS)).to_numpy()
        if "tunnel" in streets:
            text = streets["tunnel"].astype(str).str.lower()
            keep &= ~text.isin(["1", "1.0", "true", "yes"]).to_numpy()
        chosen.extend(streets.geometry[keep])
    for frame in (water, barriers):
        if frame is not None:
            chosen.extend(frame.geometry)
    lines = shapely.force_2d(np.array([g for g in chosen if g is not None], dtype=object))
    if len(lines) == 0:
        return []
    lines = shapely.get_parts(lines)
    lines = lines[(shapely.get_dimensions(lines) == 1)]
    lines = lines[shapely.is_valid(lines) & shapely.intersects(lines, community)]
    west, south, east, north = shapely.bounds(community)
    lines = shapely.clip_by_rect(lines, west - 1, south - 1, east + 1, north + 1)
    return list(in_order(lines[~shapely.is_empty(lines)]))


def street_blocks(community: BaseGeometry, dividers: list[Any], water: NDArray[Any]) -> Blocks:
    """Cut a community into blocks.

    Dead ends do not divide (polygonizing drops them). Blocks that are too small or too thin to be
    land of their own go with the neighbour of the longest common border, water with water first.
    """
    outlines = [community.boundary, *shapely.boundary(water)]
    pieces = faces(noded([*outlines, *dividers]), community)
    river = np.zeros(len(pieces), bool)
    if len(water):
        river[shapely.STRtree(water).query(shapely.point_on_surface(pieces), "intersects")[0]] = (
            True
        )
    area = shapely.area(pieces)
    width = 2 * area / shapely.length(pieces)
    loose = (area < BLOCK_MIN_M2) | (width < BLOCK_MIN_WIDTH_M)
    a, b, shared = adjacency(shared_segments(pieces))
    weight = np.where(river[a] == river[b], shared, shared * 1e-3)
    owner = absorb(a, b, weight, area, loose)
    return Blocks(dissolve(pieces, owner), river[np.unique(owner)])


def dissolve(pieces: NDArray[Any], owner: NDArray[np.int64]) -> NDArray[Any]:
    """Unite pieces of a coverage by owner; answers in ascending order of owner."""
    pieces, of = shapely.get_parts(pieces, return_index=True)
    owner = owner[of]
    order = np.argsort(owner, kind="stable")
    _, place = np.unique(owner[order], return_inverse=True)
    groups = shapely.geometrycollections(pieces[order], indices=place)
    united = np.array([shapely.coverage_union_all(group) for group in groups], dtype=object)
    single = shapely.get_num_geometries(united) == 1
    united[single] = shapely.get_geometry(united[single], 0)
    return united


def park_areas(lands: GeoDataFrame | None, community: BaseGeometry) -> NDArray[Any]:
    """Return the parks, squares and cemeteries of a community: united, valid, one piece each."""
    if lands is None:
        return np.empty(0, dtype=object)
    return areas_within(lands[lands["kind"].isin(PARKS)], community)


def areal(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygons of an overlay's answer, without the lines where the two only touch."""
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])


def less(shape: BaseGeometry, taken: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a shape that another leaves over.

    On the lattice: GEOS 3.14 returned a shape whole, without an error, where two others covered it
    to within their rounding.
    """
    return areal(shapely.difference(shape, taken, grid_size=LATTICE_M))


def sound(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape that overlays accept: mitred buffers are invalid now and then."""
    if shapely.is_valid(shape):
        return shape
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def open_land(
    block: BaseGeometry, footprints: NDArray[Any], parks: NDArray[Any]
) -> list[BaseGeometry]:
    """Return the parts of a block that are too far from every footprint to be a building's land.

    The built part is everything within OPEN_M of a footprint, its notches filled, and outside of
    parks; parks are parts of their own. Parts narrower than LAND_MIN_WIDTH_M or smaller than
    LAND_MIN_M2 are left to the buildings, as far as twice OPEN_M from them.
    """
    if len(footprints) == 0 and len(parks) == 0:
        return [block]
    twice = shapely.union_all(shapely.buffer(footprints, 2 * OPEN_M, quad_segs=4))
    reach = sound(shapely.simplify(shapely.buffer(twice, -OPEN_M, quad_segs=4), 1.0))
    green = shapely.union_all(parks)
    left = less(block, areal(shapely.union(reach, green)))
    wide = _wide_parts(left)
    strips = less(less(left, shapely.union_all(wide)), twice)
    return [
        *wide,
        *(strip for strip in shapely.get_parts(strips) if strip.area >= BLOCK_MIN_M2),
        *_wide_parts(areal(shapely.intersection(block, green, grid_size=LATTICE_M))),
    ]


def _wide_parts(left: BaseGeometry) -> list[BaseGeometry]:
    """Return the parts of an area that are wide and large enough to stand alone."""
    # Opening with mitred corners takes away necks and tails and keeps the corners of the block.
    half = LAND_MIN_WIDTH_M / 2
    core = sound(shapely.buffer(left, -half, join_style="mitre"))
    regrown = sound(shapely.buffer(core, half + 0.2, join_style="mitre"))
    wide = areal(shapely.intersection(left, regrown))
    return [part for part in shapely.get_parts(wide) if part.area >= LAND_MIN_M2]


def _lengthened(line: BaseGeometry, direction: NDArray[np.float64]) -> BaseGeometry:
    """Return a straight line along a direction (unit vector), OVERSHOOT_M longer at both ends."""
    ends = shapely.get_coordinates(line)[[0, -1]]
    sign = np.sign((ends[1] - ends[0]) @ direction)
    step = sign * direction * OVERSHOOT_M
    return shapely.linestrings([ends[0] - step, ends[1] + step])


def halved(part: BaseGeometry, max_area_m2: float, max_length_m: float) -> list[BaseGeometry]:
    """Return the straight cuts (lines) that halve a polygon until every piece is small enough.

    Each cut goes through the centroid, across the longer side of the smallest rectangle around.
    """
    cuts: list[BaseGeometry] = []
    waiting = [part]
    while waiting:
        piece = waiting.pop()
        if piece.area < LAND_MIN_M2:
            continue
        west, south, east, north = piece.bounds
        if piece.area <= max_area_m2 and np.hypot(east - west, north - south) <= max_length_m:
            continue
        ring = shapely.get_coordinates(shapely.minimum_rotated_rectangle(piece))
        sides = np.diff(ring[:3], axis=0)
        length = np.hypot(sides[:, 0], sides[:, 1])
        if len(length) < 2 or (piece.area <= max_area_m2 and length.max() <= max_length_m):
            continue
        along = sides[int(np.argmax(length))] / length.max()
        across = np.array([-along[1], along[0]])
        middle = shapely.get_coordinates(shapely.centroid(piece))[0]
        far = 2 * length.max() + 1.0
        cut = shapely.linestrings([middle - across * far, middle + across * far])
        for reached in shapely.get_parts(shapely.intersection(cut, piece)):
            if shapely.get_dimensions(reached) == 1:
                cuts.append(_lengthened(reached, across))
        for sign in (1.0, -1.0):
            side = shapely.polygons(
                [
                    middle - across * far,
                    middle + across * far,
                    middle + across * far + sign * along * far,
                    middle - across * far + sign * along * far,
                ]
            )
            halves = shapely.get_parts(shapely.intersection(piece, side))
            waiting.extend(half for half in halves if shapely.get_dimensions(half) == 2)
    return cuts
