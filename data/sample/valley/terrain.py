"""The valley: a meandering river, its floor and slopes, as fields on a 10 m raster.

Local metres around the county seat, x east, y north, before the shift to the measuring CRS.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree
from shapely.geometry import LineString, MultiPolygon, Polygon

from data.sample.counties.county import Landscape

Array = NDArray[np.float64]
CELL_M = 10.0
OUTER_M = 700.0  # what is known of the land beyond the town's ends
SQUARE = 0.85  # of the longer side: the least of the shorter one, as far as
WIDER_M = 1500.0  # allows


@dataclass(frozen=True, slots=True)
class Raster:
    """A field on square cells: ``values[row, column]`` at ``x0 + column·cell``, row from south."""

    values: Array
    x0: float
    y0: float
    cell: float = CELL_M

    def at(self, x: Array | float, y: Array | float) -> Array:
        """Return the bilinear value at points; outside, that of the nearest edge."""
        c = (np.asarray(x, np.float64) - self.x0) / self.cell
        r = (np.asarray(y, np.float64) - self.y0) / self.cell
        found = ndimage.map_coordinates(
            self.values, [np.atleast_1d(r), np.atleast_1d(c)], order=1, mode="nearest"
        )
        return found if np.ndim(x) else found[0]

    def like(self, values: Array) -> Raster:
        """Return another field on the same cells."""
        return Raster(values, self.x0, self.y0, self.cell)

    def contour(self, level: float) -> list[Array]:
        """Return the lines where the field equals ``level``, in metres."""
        rows, columns = self.values.shape
        xs = self.x0 + self.cell * np.arange(columns)
        ys = self.y0 + self.cell * np.arange(rows)
        made = contourpy.contour_generator(xs, ys, self.values, name="serial")
        return [np.asarray(line, np.float64) for line in made.lines(level)]

    def below(self, level: float) -> MultiPolygon:
        """Return the region where the field is below ``level``."""
        rows, columns = self.values.shape
        made = contourpy.contour_generator(
            self.x0 + self.cell * np.arange(columns),
            self.y0 + self.cell * np.arange(rows),
            self.values,
            name="serial",
            fill_type="OuterOffset",
        )
        points, offsets = made.filled(min(float(self.values.min()), level) - 1.0, level)
        areas = []
        for ring, starts in zip(points, offsets, strict=True):
            parts = [ring[a:b] for a, b in pairwise(starts)]
            areas.append(Polygon(parts[0], parts[1:]).buffer(0))
        whole = shapely.union_all(areas)
        if isinstance(whole, Polygon):
            return MultiPolygon([whole] if not whole.is_empty else [])
        return whole


@dataclass(frozen=True, slots=True)
class Terrain:
    """The land before people came.

    ``height`` m, ``slope`` rise over run, ``river_m`` distance to the river's centre line,
    ``bank_m`` to the water's edge (negative in the river), ``floor_m`` distance beyond the valley
    floor's edge (negative on the floor), ``side`` +1/-1 of the river, ``heading_x``/``heading_y``
    the unit direction along the valley or contour. ``centre`` is the middle of the old town.
    """

    height: Raster
    slope: Raster
    river_m: Raster
    bank_m: Raster
    floor_m: Raster
    side: Raster
    heading_x: Raster
    heading_y: Raster
    river_line: LineString
    river: Polygon
    streams: tuple[LineString, ...]
    centre: tuple[float, float]
    axis: tuple[float, float]

    def heading(self, x: float, y: float) -> float:
        """Return the direction (radians) that streets follow at a point."""
        return float(np.arctan2(self.heading_y.at(x, y), self.heading_x.at(x, y)))


def noise(rng: np.random.Generator, shape: tuple[int, int], wave: float, octaves: int = 4) -> Array:
    """Return fractal value noise, about -1…1, whose longest wave is ``wave`` cells."""
    total = np.zeros(shape)
    weight = 1.0
    for _ in range(octaves):
        rows, columns = (int(np.ceil(n / wave)) + 4 for n in shape)
        coarse = rng.uniform(-1, 1, (rows, columns))
        shift = rng.uniform(0, 1, 2)
        r = np.arange(shape[0]) / wave + 1 + shift[0]
        c = np.arange(shape[1]) / wave + 1 + shift[1]
        grid = np.meshgrid(r, c, indexing="ij")
        total += weight * ndimage.map_coordinates(coarse, grid, order=3, mode="nearest")
        weight *= 0.5
        wave = max(2.0, wave / 2)
    return total / 1.5


def meander(land: Landscape, rng: np.random.Generator) -> Array:
    """Return the river's centre line (n, 2), every 10 m.

    A sine-generated curve (Langbein and Leopold 1966): the direction swings as a sine of the
    distance along the river, here with a second slower wave so that bends differ.
    """
    reach = land.length_m * 2.2 + 7000  # beyond the land that is made, however it winds
    s = np.arange(-reach / 2, reach / 2, 10.0)
    swing = land.meander * np.sin(2 * np.pi * s / land.meander_m)
    slow, quick = rng.uniform(0, 2 * np.pi, 2)
    swing += 0.22 * land.meander * np.sin(2 * np.pi * s / (land.meander_m * 1.7) + slow)
    swing += 0.10 * np.sin(2 * np.pi * s / 700.0 + quick)
    angle = np.deg2rad(land.bearing_deg) + swing
    xy = np.cumsum(np.column_stack([np.cos(angle), np.sin(angle)]) * 10.0, axis=0)
    return xy - xy[len(xy) // 2]


def make_terrain(land: Landscape, rng: np.random.Generator) -> Terrain:
    """Make the valley of a landscape. All randomness comes from ``rng``."""
    line = meander(land, rng)
    axis = np.array([np.cos(np.deg2rad(land.bearing_deg)), np.sin(np.deg2rad(land.bearing_deg))])
    offset = np.array([-axis[1], axis[0]])
    near = np.abs(line @ axis) < land.length_m / 2 + 400
    reach = np.array([np.abs(line[near] @ offset).max() + land.floor_m + OUTER_M])
    half = np.abs(axis) * (land.length_m / 2 + OUTER_M) + np.abs(offset) * reach
    # A long town is looked at on a screen that is not long: land above and below it too.
    half = np.maximum(half, np.minimum(SQUARE * half.max(), half + WIDER_M))
    half = np.ceil(half / 100) * 100
    columns, rows = (int(2 * h / CELL_M) + 1 for h in half)
    base = Raster(np.zeros((rows, columns)), -half[0], -half[1])
    x = base.x0 + CELL_M * np.arange(columns)[None, :] + np.zeros((rows, 1))
    y = base.y0 + CELL_M * np.arange(rows)[:, None] + np.zeros((1, columns))

    _, found = cKDTree(line).query(np.column_stack([x.ravel(), y.ravel()]))
    nearest = found.reshape(x.shape)
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1)[:, None]
    away = np.stack([x, y], -1) - line[nearest]
    side = np.sign(tangent[nearest, 0] * away[..., 1] - tangent[nearest, 1] * away[..., 0])
    side[side == 0] = 1
    distance = np.hypot(away[..., 0], away[..., 1])
    angle = np.unwrap(np.arctan2(tangent[:, 1], tangent[:, 0]))
    bend = ndimage.gaussian_filter1d(np.gradient(angle, 10.0), 20) * 900  # about -1…1
    inside = ndimage.gaussian_filter(bend[nearest] * side, 14)  # > 0 within a bend

    shape = (rows, columns)
    wide = land.floor_m * (1 + 0.75 * np.clip(inside, -0.7, 1.2))
    wide = ndimage.gaussian_filter(wide * (1 + 0.32 * noise(rng, shape, 90, 3)), 8)
    beyond = ndimage.gaussian_filter(distance - wide, 5)
    rise = 55 * np.logaddexp(0, beyond / 55)  # a soft foot to the slope
    ridges = 1 - np.abs(noise(rng, shape, 85, 5))
    rough = noise(rng, shape, 40, 5)
    lift = 1 / (1 + np.exp(-(beyond - 110) / 90))
    cap = land.relief_m * (1.1 + 0.5 * noise(rng, shape, 140, 2))
    slope_up = cap * (1 - np.exp(-rise / (cap * 2.1)))
    height = (
        land.base_m
        + 0.012 * distance
        + 7 * np.tanh(np.maximum(distance - land.river_m / 2, 0) / 25)
        + slope_up * (0.72 + 0.5 * ridges)
        + lift * 26 * rough
        - 0.0016 * (x * axis[0] + y * axis[1])
    )
    streams, height = carve_streams(land, rng, base, height, line, beyond)
    smooth = ndimage.gaussian_filter(height, 1.2)
    gy, gx = np.gradient(smooth, CELL_M)
    grade = np.hypot(gx, gy)

    # Streets run along the river on the floor and along the contour on the slope.
    push = ndimage.gaussian_filter(distance, 9) + 2.2 * ndimage.gaussian_filter(
        np.maximum(height - land.base_m - 14, 0), 7
    )
    py, px = np.gradient(push, CELL_M)
    turn = 0.22 * noise(rng, shape, 45, 2)
    hx, hy = -py * np.cos(turn) - px * np.sin(turn), -py * np.sin(turn) + px * np.cos(turn)
    size = np.maximum(np.hypot(hx, hy), 1e-9)

    middle = len(line) // 2
    inward = np.sign(bend[middle]) * np.array([-tangent[middle, 1], tangent[middle, 0]])
    confluence = line[middle] + inward * (land.river_m / 2 + 0.55 * land.old_town_m)
    width = 1 + 0.28 * ndimage.gaussian_filter1d(rng.normal(0, 1, len(line)), 25) * 6
    width = np.clip(width, 0.72, 1.4) * land.river_m / 2
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    shift = ndimage.gaussian_filter1d(rng.normal(0, 1, len(line)), 6) * 0.055 * land.river_m
    half_width = np.where(side > 0, (width + shift)[nearest], (width - shift)[nearest])
    bank = ndimage.gaussian_filter(distance - half_width, 1.5)
    left = line + normal * (width + shift)[:, None]
    right = line - normal * (width - shift)[:, None]
    # Bends tighter than the width fold the bank over itself; a buffer of 0 would lose pieces.
    river = (
        shapely.union_all(
            [
                Polygon([left[i], left[i + 1], right[i + 1], right[i]]).buffer(0.01)
                for i in range(len(line) - 1)
            ]
        )
        .buffer(3)
        .buffer(-3)
        .simplify(0.6)
    )
    return Terrain(
        base.like(height),
        base.like(grade),
        base.like(distance),
        base.like(bank),
        base.like(beyond),
        base.like(side),
        base.like(hx / size),
        base.like(hy / size),
        LineString(line),
        river,
        streams,
        (float(confluence[0]), float(confluence[1])),
        (float(axis[0]), float(axis[1])),
    )


def brook(mouth: Array, heading: float, rng: np.random.Generator) -> Array:
    """Return a stream (n, 2) from its mouth up a side valley, a point every 8 m.

    As the river it is a sine-generated curve: short bends that tighten away from the mouth on a
    slow swing of the whole valley, and a little chance so that no two bends are alike.
    """
    s = np.arange(0, 2400, 8.0)
    short, slow, size = rng.uniform(0, 2 * np.pi, 3)
    wave = 230 * (1 + 0.25 * np.sin(2 * np.pi * s / 1500 + size))
    phase = 2 * np.pi * np.cumsum(8.0 / wave)
    chance = ndimage.gaussian_filter1d(rng.normal(0, 1, len(s)), 9) * 1.1
    swing = 0.78 * np.tanh(s / 260) * np.sin(phase + short)
    swing += 0.42 * np.tanh(s / 500) * np.sin(2 * np.pi * s / 1150 + slow) + chance
    angle = heading + swing
    steps = np.column_stack([np.cos(angle), np.sin(angle)])[:-1] * 8.0
    return np.vstack([mouth, mouth + np.cumsum(steps, axis=0)])


def away_from(path: Array, line: Array, others: list[LineString]) -> Array:
    """Return a stream up to where it would come back to the river or meet another stream."""
    taken = np.vstack([line, *(np.asarray(o.coords) for o in others)])
    gap, _ = cKDTree(taken).query(path)
    near = np.flatnonzero(gap < 110)
    late = near[near > 45]  # the first 360 m lie beside the river anyway
    return path if len(late) == 0 else path[: int(late[0])]


def carve_streams(
    land: Landscape,
    rng: np.random.Generator,
    base: Raster,
    height: Array,
    line: Array,
    beyond: Array,
) -> tuple[tuple[LineString, ...], Array]:
    """Cut one or two side valleys and return their streams (mouth first) with the new heights."""
    middle = len(line) // 2
    places = [int(middle + land.meander_m * 0.1 / 10), int(middle - land.meander_m * 0.42 / 10)]
    found: list[LineString] = []
    rows, columns = height.shape
    for number, at in enumerate(places):
        tangent = line[at + 3] - line[at - 3]
        tangent /= np.hypot(*tangent)
        come, go = line[at] - line[at - 30], line[at + 30] - line[at]
        curve = come[0] * go[1] - come[1] * go[0]
        way = np.sign(curve) if number == 0 else -np.sign(curve)  # the old town's side
        heading = np.arctan2(tangent[1], tangent[0]) + way * np.pi / 2
        stream = LineString(away_from(brook(line[at], float(heading), rng), line, found))
        found.append(stream)
        mark = np.ones((rows, columns), bool)
        dense = np.array([stream.interpolate(d).coords[0] for d in np.arange(0, stream.length, 5)])
        r = np.clip(((dense[:, 1] - base.y0) / CELL_M).round().astype(int), 0, rows - 1)
        c = np.clip(((dense[:, 0] - base.x0) / CELL_M).round().astype(int), 0, columns - 1)
        mark[r, c] = False
        away, (nr, nc) = ndimage.distance_transform_edt(mark, return_indices=True)
        off = away * CELL_M
        way_up = np.zeros((rows, columns))
        way_up[r, c] = np.linspace(0, 1, len(r))  # share of the way from mouth to head
        up = ndimage.gaussian_filter(way_up[nr, nc], 6)
        floor = land.base_m + 6 + 0.012 * np.maximum(beyond + land.floor_m, 0)
        depth = np.exp(-((off / (250 - 90 * up)) ** 2)) * (0.85 - 0.6 * up)
        height = height - np.maximum(height - floor, 0) * depth - 2.5 * np.exp(-((off / 9) ** 2))
    return tuple(found), height
