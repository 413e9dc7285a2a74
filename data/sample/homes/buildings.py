"""Footprints: houses on lots, slabs in rows, towers on a staggered grid. They never overlap."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from data.sample.valley.blocks import Block
from data.sample.valley.terrain import Terrain

LANE_REACH_M = 42.0  # farmhouses stand no farther from a lane


@dataclass(slots=True)
class Footprints:
    """Buildings as they are laid out: outline, block, kind, levels, entrances, homes."""

    shapes: list[Polygon] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    entrances: list[int] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)

    def add(
        self, shape: Polygon, block: int, kind: str, levels: int, entrances: int, homes: int
    ) -> None:
        """Keep one building."""
        self.shapes.append(shape)
        self.blocks.append(block)
        self.kinds.append(kind)
        self.levels.append(int(levels))
        self.entrances.append(int(entrances))
        self.homes.append(int(homes))

    def extend(self, other: Footprints) -> None:
        """Keep all buildings of another layout."""
        self.shapes += other.shapes
        self.blocks += other.blocks
        self.kinds += other.kinds
        self.levels += other.levels
        self.entrances += other.entrances
        self.homes += other.homes


def polygons(geometry: BaseGeometry, least_m2: float) -> list[Polygon]:
    """Return the polygons of a geometry that are at least so large."""
    parts = getattr(geometry, "geoms", [geometry])
    return [p for p in parts if isinstance(p, Polygon) and p.area >= least_m2]


def lots(
    land: list[Polygon], goal: float, rng: np.random.Generator, rounds: int = 12
) -> list[Polygon]:
    """Split land into lots near ``goal`` m² by halving oriented boxes across, all lots at once."""
    queue = np.array(land, dtype=object)
    done: list[Polygon] = []
    for _ in range(rounds):
        area = shapely.area(queue)
        final = area < goal * rng.uniform(0.95, 1.75, len(queue))
        done += list(queue[final])
        queue = queue[~final]
        if not len(queue):
            break
        boxes = shapely.get_coordinates(shapely.oriented_envelope(queue)).reshape(len(queue), 5, 2)
        a, b = boxes[:, 1] - boxes[:, 0], boxes[:, 2] - boxes[:, 1]
        la, lb = np.hypot(*a.T), np.hypot(*b.T)
        flip = lb > la
        long = np.where(flip[:, None], b, a)
        short = np.where(flip[:, None], a, b)
        origin = boxes[:, 0]
        at = rng.uniform(0.42, 0.58, len(queue))[:, None]
        skew = rng.normal(0, 0.02, len(queue))[:, None]
        p0, p1 = origin + long * (at - skew), origin + long * (at + skew) + short
        over = short * 0.2
        quad = np.stack(
            [origin - long * 0.2 - over, p0 - over, p1 + over, origin - long * 0.2 + short + over],
            1,
        )
        half = shapely.polygons(np.concatenate([quad, quad[:, :1]], 1))
        pieces = np.concatenate(
            [shapely.intersection(queue, half), shapely.difference(queue, half)]
        )
        parts = shapely.get_parts(pieces)
        parts = parts[shapely.get_type_id(parts) == 3]
        queue = parts[shapely.area(parts) > 18]
    return done


def houses(
    out: Footprints,
    block: Block,
    goal: float,
    levels: tuple[int, ...],
    share: float,
    kind: str,
    rng: np.random.Generator,
) -> None:
    """Fill a block with small houses on lots, some lots left as yards."""
    parcels = lots(polygons(block.land, 45), goal, rng)
    if not parcels:
        return
    shapes = np.array(parcels, dtype=object)
    yard = rng.uniform(0.35, 1.1, len(shapes))
    shapes = shapely.buffer(shapes, -yard, join_style="mitre", mitre_limit=3)
    kept = rng.uniform(size=len(shapes)) < share
    storeys = rng.choice(levels, len(shapes))
    draw = rng.uniform(size=len(shapes))
    for k, shape in enumerate(shapes):
        if not kept[k] or not isinstance(shape, Polygon) or shape.area < 30:
            continue
        boxed = shapely.oriented_envelope(shape)
        short = min(np.hypot(*d) for d in np.diff(np.array(boxed.exterior.coords)[:3], axis=0))
        if short < 4.2:
            continue
        shape = shape.simplify(0.15)
        if draw[k] < 0.16 and shape.area > 85:  # an L around a yard
            c = np.array(boxed.exterior.coords)
            cut = Polygon(
                [
                    c[0],
                    c[0] * 0.6 + c[1] * 0.4,
                    c[0] * 0.6 + c[1] * 0.4 + (c[3] - c[0]) * 0.4,
                    c[0] * 0.6 + c[3] * 0.4,
                ]
            )
            cornered = shape.difference(cut.buffer(0.01))
            if isinstance(cornered, Polygon):
                shape = cornered
        if shape.area < 0.985 * shape.convex_hull.area:
            sound = without_necks(shape)
            if sound is None:
                continue
            shape = sound
        homes = max(1, round(shape.area * storeys[k] / 135 * (0.6 + 0.7 * draw[k])))
        out.add(shape, block.number, kind, storeys[k], 1, min(homes, 9))


def without_necks(shape: Polygon) -> Polygon | None:
    """Return the largest part of a footprint that stays when necks under 3 m are cut.

    None where nothing sound is left; a lot like that stays a yard.
    """
    opened = shape.buffer(-1.5, join_style="mitre").buffer(1.5, join_style="mitre")
    parts = polygons(opened.intersection(shape), 25)
    if not parts:
        return None
    part = Polygon(max(parts, key=lambda found: found.area).exterior)
    rounded = shapely.transform(part, lambda c: np.round(c, 2))
    return part if rounded.is_valid else None


def slabs(
    out: Footprints,
    block: Block,
    levels: tuple[int, ...],
    depth: float,
    kind: str,
    entrances: tuple[int, ...],
    rng: np.random.Generator,
    gap: float,
    turned_over: bool = False,
) -> None:
    """Rank slabs in parallel rows that face south as far as the block allows."""
    storey = int(rng.choice(levels))
    width = rng.uniform(13.5, 17.0)  # of one entrance
    for land in polygons(block.land.buffer(-2.5), 500):
        shape = np.array(shapely.oriented_envelope(land).exterior.coords)
        side = shape[1] - shape[0]
        theta = np.arctan2(side[1], side[0])
        turns = np.array([theta, theta + np.pi / 2])
        # rows run east–west (windows to the south) unless the block is much narrower that way
        off = np.abs((turns + np.pi / 2) % np.pi - np.pi / 2)
        theta = float(turns[np.argmax(off) if turned_over else np.argmin(off)])
        flat = affinity.rotate(land, -theta, origin=(0, 0), use_radians=True)
        west, south, east, north = flat.bounds
        pitch = depth + max(9.0, storey * 3.0 * gap)
        y = south + rng.uniform(0.5, 3.0)
        while y + depth < north:
            lower = flat.intersection(shapely.LineString([(west - 1, y), (east + 1, y)]))
            upper = flat.intersection(
                shapely.LineString([(west - 1, y + depth), (east + 1, y + depth)])
            )
            spans = overlaps(spans_of(lower), spans_of(upper))
            for a, b in spans:
                x = a + 0.3
                while b - x > 1.6 * width:
                    count = int(rng.choice(entrances))
                    count = min(count, int((b - x) / width))
                    if count < 1:
                        break
                    length = count * width
                    candidate = box(x, y, x + length, y + depth)
                    if flat.contains(candidate):
                        stepped = step_slab(candidate, count, width, depth, rng)
                        turned = affinity.rotate(stepped, theta, origin=(0, 0), use_radians=True)
                        level = max(2, storey + int(rng.integers(-1, 2)))
                        out.add(turned, block.number, kind, level, count, level * 2 * count)
                        x += length + rng.uniform(7, 11)
                    else:
                        x += 4.0
            y += pitch * rng.uniform(0.97, 1.08)


def step_slab(
    slab: Polygon, count: int, width: float, depth: float, rng: np.random.Generator
) -> Polygon:
    """Set stairwells back a little, as slabs of that time have them."""
    west, south, _, _ = slab.bounds
    notch = rng.uniform(0.9, 1.6)
    cuts = [
        box(
            west + (k + 0.5) * width - 1.4,
            south + depth - notch,
            west + (k + 0.5) * width + 1.4,
            south + depth + 1,
        )
        for k in range(count)
    ]
    rest = slab.difference(shapely.union_all(cuts))
    return rest if isinstance(rest, Polygon) else slab


def spans_of(geometry: BaseGeometry) -> list[tuple[float, float]]:
    """Return the x intervals of a horizontal line's parts."""
    parts = getattr(geometry, "geoms", [geometry])
    return [(p.bounds[0], p.bounds[2]) for p in parts if not p.is_empty and p.length > 8]


def overlaps(
    one: list[tuple[float, float]], two: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Return the intervals common to two lists."""
    return [(max(a, c), min(b, d)) for a, b in one for c, d in two if min(b, d) - max(a, c) > 8]


def tower_shape(size: float, form: int) -> Polygon:
    """Return a tower's plan around the origin: notched square, cross, or butterfly."""
    h = size / 2
    n = size * 0.17
    square = box(-h, -h, h, h)
    corner = [
        box(sx * h - n, sy * h - n, sx * h + n, sy * h + n) for sx in (-1, 1) for sy in (-1, 1)
    ]
    middle = [box(-n * 0.6, h - n, n * 0.6, h + 1), box(-n * 0.6, -h - 1, n * 0.6, -h + n)]
    cuts = (corner, middle, [*middle, *corner[:2]])[form % 3]
    return Polygon(square.difference(shapely.union_all(cuts)))


def towers(out: Footprints, block: Block, kind: str, rng: np.random.Generator) -> None:
    """Set towers on a staggered grid, with a low podium of shops along the longest front."""
    form, base = int(rng.integers(0, 3)), int(rng.choice((18, 18, 24, 26, 28, 32)))
    for land in polygons(block.land.buffer(-4.0), 900):
        shape = np.array(shapely.oriented_envelope(land).exterior.coords)
        sides = np.diff(shape[:3], axis=0)
        side = sides[int(np.argmax(np.hypot(*sides.T)))]
        theta = float(np.arctan2(side[1], side[0]))
        flat = affinity.rotate(land, -theta, origin=(0, 0), use_radians=True)
        west, south, east, north = flat.bounds
        size = rng.uniform(21, 26)
        pitch_x, pitch_y = size + rng.uniform(20, 30), size + rng.uniform(22, 30)
        podium_depth = 15.0
        if north - south > 62:
            front = flat.intersection(box(west, south, east, south + podium_depth)).buffer(-4)
            front = front.buffer(3.5, join_style="mitre", mitre_limit=2)
            for part in polygons(front, 260):
                low, _, high, _ = part.bounds
                for start in np.arange(low, high, 52.0):
                    for shop in polygons(
                        part.intersection(box(start, south - 9, start + 47, north)), 220
                    ):
                        turned = affinity.rotate(
                            shop.simplify(0.5), theta, origin=(0, 0), use_radians=True
                        )
                        out.add(turned, block.number, "podium", int(rng.integers(2, 4)), 1, 0)
            south += podium_depth + 10
        plan = tower_shape(size, form)
        row, y = 0, south + size / 2 + 1
        while y + size / 2 < north:
            x = west + size / 2 + 1 + (pitch_x / 2 if row % 2 else 0)
            while x + size / 2 < east:
                candidate = affinity.translate(plan, x, y)
                if flat.contains(candidate.envelope):
                    turned = affinity.rotate(candidate, theta, origin=(0, 0), use_radians=True)
                    level = base + int(rng.integers(-2, 2))
                    out.add(
                        turned, block.number, kind, level, 1, level * int(rng.choice((3, 4, 4)))
                    )
                    x += pitch_x
                else:
                    x += 5
            y += pitch_y
            row += 1


def scattered_houses(
    out: Footprints,
    block: Block,
    terrain: Terrain,
    kind: str,
    spacing: float,
    limit: int,
    streets: shapely.STRtree,
    rng: np.random.Generator,
) -> None:
    """Set farmhouses apart from each other, turned with the contour, along ``streets``."""
    placed: list[tuple[float, float, float]] = []
    for land in polygons(block.land, 200):
        west, south, east, north = land.bounds
        tries = min(600, int(land.area / 60))
        xs, ys = rng.uniform(west, east, tries), rng.uniform(south, north, tries)
        edge = np.full(tries, np.inf)
        found, away = streets.query_nearest(
            shapely.points(xs, ys),
            max_distance=LANE_REACH_M,
            return_distance=True,
            all_matches=False,
        )
        edge[found[0]] = away
        steep = terrain.slope.at(xs, ys)
        for x, y, near, grade in zip(xs, ys, edge, steep, strict=True):
            if len(placed) >= limit:
                return
            size = (rng.uniform(8, 13), rng.uniform(8, 11))
            if (
                near > LANE_REACH_M
                or grade > 0.3
                or any(
                    np.hypot(x - px, y - py) < spacing * (1.0 + 0.35 * pz) for px, py, pz in placed
                )
            ):
                continue
            heading = terrain.heading(float(x), float(y)) + rng.normal(0, 0.12)
            house = affinity.rotate(
                box(x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2),
                heading,
                origin=(x, y),
                use_radians=True,
            )
            if land.contains(house):
                level = int(rng.integers(2, 5))
                out.add(house, block.number, kind, level, 1, int(rng.integers(1, 4)))
                placed.append((x, y, float(rng.uniform())))


def halls(
    out: Footprints,
    block: Block,
    goal: float,
    share: float,
    kind: str,
    levels: tuple[int, ...],
    rng: np.random.Generator,
) -> None:
    """Fill a block with large halls or public buildings on lots."""
    for parcel in lots(polygons(block.land.buffer(-2), 300), goal, rng):
        if rng.uniform() > share:
            continue
        inner = parcel.buffer(-4.5, join_style="mitre", mitre_limit=2)
        if not isinstance(inner, Polygon) or inner.area < 160:
            continue
        if inner.area > 0.66 * shapely.oriented_envelope(inner).area:  # no halls like sickles
            out.add(inner.simplify(1.0), block.number, kind, int(rng.choice(levels)), 1, 0)
