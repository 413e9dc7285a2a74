"""Parks, school grounds, forest on the slopes and terraced fields between the contours."""

from __future__ import annotations

from itertools import pairwise

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from data.sample.homes.buildings import Footprints, lots, polygons
from data.sample.names import PARKS
from data.sample.valley.blocks import Block
from data.sample.valley.terrain import Terrain, noise

LAND_OF_USE = {
    "park": "park",
    "square": "square",
    "green": "grass",
    "school": "school",
    "primary": "school",
    "hospital": "hospital",
    "market": "market",
    "industry": "industry",
    "bus_station": "parking",
    "riverside": "park",
    "verge": "grass",
}
TERRACE_M = 7.0
TERRACES_M = 420.0  # around the town; farther out nobody sees single terraces


def make_lands(
    blocks: list[Block],
    terrain: Terrain,
    town: Polygon,
    grounds: list[Polygon],
    prints: Footprints,
    rng: np.random.Generator,
) -> list[tuple[str, str, Polygon]]:
    """Return (kind, name, polygon) of all land with a use of its own, in local metres."""
    found: list[tuple[str, str, Polygon]] = [("grass", "操场", ground) for ground in grounds]
    parks = iter([f"{name}公园" for name in PARKS] * 9)
    wet = terrain.river.buffer(2)
    sport = shapely.union_all(grounds)
    for block in blocks:
        kind = LAND_OF_USE.get(block.use)
        if kind is None:
            continue
        name = next(parks) if block.use == "park" else ""
        name = {"square": "文化广场", "riverside": "滨江公园"}.get(block.use, name)
        if block.use == "riverside" and block.slope > 0.5:
            kind, name = "grass", ""
        for part in polygons(block.land.difference(wet).difference(sport), 120):
            found.append((kind, name, part))
    found += gardens(blocks, prints, rng)
    return found + slopes(blocks, terrain, town, rng)


def slopes(
    blocks: list[Block], terrain: Terrain, town: Polygon, rng: np.random.Generator
) -> list[tuple[str, str, Polygon]]:
    """Return forest, terraces and paddies on what is not built, over all the land that was made.

    What is tilled is chosen by slope; everything else outside of the town is forest, so that no
    hole is left. Farther out the fields are whole patches, and coarser.
    """
    height = terrain.height
    shape = height.values.shape
    wild = noise(rng, shape, 26, 3)
    steep = ndimage.gaussian_filter(terrain.slope.values, 1.5) + 0.1 * wild
    rows, columns = shape
    extent = shapely.box(
        height.x0,
        height.y0,
        height.x0 + height.cell * (columns - 1),
        height.y0 + height.cell * (rows - 1),
    )
    near = town.buffer(TERRACES_M)
    built = shapely.union_all(
        [b.face for b in blocks if b.use != "slope"] + [terrain.river.buffer(8)]
    )
    open_land = extent.difference(built)
    shapely.prepare(open_land)
    found = paddies(terrain, steep, near.intersection(open_land), town, rng)
    top = height.values - float(height.values.min()) - 190  # terraces end there
    tilled = height.like(np.maximum(np.maximum(steep - 0.25, 0.075 - steep), top / 400))
    level = height.like(np.maximum(steep - 0.07, terrain.floor_m.values / 1000 - 0.02))
    flat = level.below(0.0).buffer(0).difference(town.buffer(6))
    far = height.like(np.maximum(np.maximum(steep - 0.25, top / 400), -0.05 - wild)).below(0.0)
    far = far.buffer(-14).buffer(14).difference(near).intersection(open_land)
    patches = simple_parts(far, 6000, 5.0)
    found += [("farmland", "", p) for p in patches]
    fields = tilled.below(0.0).buffer(0).intersection(near).intersection(open_land)
    fields = shapely.union_all(polygons(fields, 2500))  # smaller ones would hold no terrace
    rest = open_land.difference(shapely.union_all([fields, flat.intersection(near), *patches]))
    forest = rest.buffer(-4, quad_segs=2).buffer(4, quad_segs=2)
    found += [("forest", "", p) for p in simple_parts(forest, 1500, 3.5)]
    shapely.prepare(fields)
    west, south, east, north = near.bounds
    xs = height.x0 + height.cell * np.arange(shape[1])
    ys = height.y0 + height.cell * np.arange(shape[0])
    across = (xs >= west) & (xs <= east)
    along = (ys >= south) & (ys <= north)
    values = ndimage.gaussian_filter(height.values, 0.8)[np.ix_(along, across)]
    made = contourpy.contour_generator(
        xs[across], ys[along], values, fill_type="OuterOffset", name="serial"
    )
    for level in np.arange(
        np.floor(values.min()), min(values.max(), values.min() + 190), TERRACE_M
    ):
        points, offsets = made.filled(level, level + TERRACE_M * 0.72)
        for ring, starts in zip(points, offsets, strict=True):
            parts = [ring[a:b] for a, b in pairwise(starts)]
            if len(parts[0]) < 5:
                continue
            strip = Polygon(parts[0], parts[1:]).buffer(0)
            if not fields.intersects(strip):
                continue
            found += [
                ("farmland", "", p) for p in simple_parts(strip.intersection(fields), 350, 1.2)
            ]
    return found


def gardens(
    blocks: list[Block], prints: Footprints, rng: np.random.Generator
) -> list[tuple[str, str, Polygon]]:
    """Return the vegetable plots between the houses of villages."""
    houses: dict[int, list[Polygon]] = {}
    for shape, number in zip(prints.shapes, prints.blocks, strict=True):
        houses.setdefault(number, []).append(shape)
    open_land: list[Polygon] = []
    for block in blocks:
        if block.use in ("village", "hillside") and block.number in houses:
            yards = shapely.union_all(shapely.buffer(houses[block.number], 4.5, quad_segs=2))
            rest = block.land.buffer(-1.5).difference(yards).buffer(-2).buffer(2)
            open_land += polygons(rest, 400)
    plots = lots(open_land, 700.0, rng)
    shrunk = [p for plot in plots for p in polygons(plot.buffer(-0.9).simplify(0.6), 120)]
    return [("farmland", "", plot) for plot in shrunk]


def paddies(
    terrain: Terrain,
    steep: NDArray[np.float64],
    open_land: BaseGeometry,
    town: Polygon,
    rng: np.random.Generator,
) -> list[tuple[str, str, Polygon]]:
    """Return paddy fields on the flat floor outside the town, a balk between each two."""
    flat = terrain.height.like(np.maximum(steep - 0.07, terrain.floor_m.values / 1000 - 0.02))
    plain = flat.below(0.0).buffer(0).intersection(open_land).difference(town.buffer(6))
    water = shapely.union_all([line.buffer(9) for line in terrain.streams])
    plots = lots(polygons(plain.difference(water).simplify(3), 2500), 2600.0, rng, rounds=14)
    shrunk = [p for plot in plots for p in polygons(plot.buffer(-1.6).simplify(0.8), 300)]
    return [("farmland", "", plot) for plot in shrunk]


def simple_parts(geometry: BaseGeometry, least_m2: float, tolerance_m: float) -> list[Polygon]:
    """Return the larger polygons of a geometry, with fewer vertices."""
    return [
        part
        for whole in polygons(geometry, least_m2)
        for part in polygons(whole.simplify(tolerance_m).buffer(0), least_m2)
    ]
