"""The street plan: roads along the river, bridges, and blocks split again and again.

Roads along the valley are level lines of the distance to the river; cross roads follow the
direction across. What they enclose is split along lines that follow the land (a curved variant
of the recursive block subdivision of Parish and Müller 2001), until blocks have the size that
their surroundings ask for. Ends snap to near junctions, so that streets cross as well as meet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from data.sample.counties.county import Landscape
from data.sample.valley.terrain import Raster, Terrain, noise

BANK_ROAD_M = 24.0  # from the water's edge to the middle of the road
GRID_M = 0.01  # all line work is rounded to this
STEP_M = 12.0
BUILT_EDGE_M = 70.0  # how far beyond the valley floor a town climbs
HALF_WIDTH_M = {
    "main_street": 11.0,
    "street": 7.0,
    "lane": 3.4,
    "service": 3.0,
    "path": 1.9,
    "steps": 1.8,
    "track": 2.2,
    "border": 0.4,
}
RANK = {name: number for number, name in enumerate(HALF_WIDTH_M)}

TargetArea = Callable[[float, float], float]


@dataclass(slots=True)
class LineWork:
    """Lines drawn so far, with class and name, and the junctions that later ends snap to.

    ``beyond``: roads outside of the town (line from the town's border outwards, class, name).
    They enclose nothing, so they are no part of what is noded.
    """

    lines: list[LineString] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    junctions: list[tuple[float, float]] = field(default_factory=list)
    beyond: list[tuple[LineString, str, str]] = field(default_factory=list)

    def add(self, line: LineString, kind: str, name: str = "") -> None:
        """Keep a line and its two ends."""
        line = shapely.set_precision(line, GRID_M)
        if line.is_empty or line.length < 1:
            return
        self.lines.append(line)
        self.classes.append(kind)
        self.names.append(name)
        self.junctions += [line.coords[0][:2], line.coords[-1][:2]]


def town_area(land: Landscape, terrain: Terrain, rng: np.random.Generator) -> Polygon:
    """Return the town's limit: the valley floor and the slopes that look down on it."""
    floor = terrain.floor_m
    rows, columns = floor.values.shape
    x = floor.x0 + floor.cell * np.arange(columns)[None, :]
    y = floor.y0 + floor.cell * np.arange(rows)[:, None]
    along = x * terrain.axis[0] + y * terrain.axis[1]
    across = x * -terrain.axis[1] + y * terrain.axis[0]
    ragged = noise(rng, (rows, columns), 60, 3)
    ends = (
        np.abs(along)
        - land.length_m / 2
        + (across / 900) ** 2 * 120
        + min(160, land.length_m / 12) * ragged
    )
    reach = 70.0 if land.style == "resettlement" else 230.0
    slope_reach = reach * (1 + 0.65 * noise(rng, (rows, columns), 70, 3))
    limit = np.maximum(floor.values - slope_reach, ends)
    area = max(floor.like(limit).below(0.0).geoms, key=lambda part: part.area)
    area = Polygon(area.exterior).buffer(-40).buffer(80).buffer(-40).simplify(1.2)
    area = max(getattr(area, "geoms", [area]), key=lambda part: part.area)
    return shapely.set_precision(Polygon(area.exterior), GRID_M)


def trace(
    terrain: Terrain, start: tuple[float, float], across: bool, area: BaseGeometry
) -> LineString:
    """Follow the land from a point both ways until outside ``area``'s bounds."""
    west, south, east, north = area.bounds
    hx, hy = terrain.heading_x, terrain.heading_y
    rows, columns = hx.values.shape
    ways: list[list[tuple[float, float]]] = []
    for sign in (1.0, -1.0):
        x, y = start
        last: tuple[float, float] | None = None
        points = [start]
        for _ in range(260):
            c = min(max(int((x - hx.x0) / hx.cell + 0.5), 0), columns - 1)
            r = min(max(int((y - hx.y0) / hx.cell + 0.5), 0), rows - 1)
            dx, dy = float(hx.values[r, c]), float(hy.values[r, c])
            if across:
                dx, dy = -dy, dx
            if last is None:
                dx, dy = dx * sign, dy * sign
            elif dx * last[0] + dy * last[1] < 0:
                dx, dy = -dx, -dy
            if last is not None:  # a street keeps some of its direction
                dx, dy = 0.55 * dx + 0.45 * last[0], 0.55 * dy + 0.45 * last[1]
                size = (dx * dx + dy * dy) ** 0.5 or 1.0
                dx, dy = dx / size, dy / size
            last = (dx, dy)
            x, y = x + STEP_M * dx, y + STEP_M * dy
            points.append((x, y))
            if not (west - 20 < x < east + 20 and south - 20 < y < north + 20):
                break
        ways.append(points)
    return LineString(ways[1][:0:-1] + ways[0]).simplify(0.5)


def main_roads(
    land: Landscape, terrain: Terrain, town: Polygon, rng: np.random.Generator
) -> LineWork:
    """Draw bank roads, the main street, hill-foot roads, bridges and their cross roads."""
    work = LineWork()
    work.add(LineString(town.exterior.coords), "border")
    river = terrain.river_line.intersection(town)
    for part in line_parts(river):
        work.add(part.simplify(0.5), "border")
    shape = terrain.river_m.values.shape
    drift = 14 * noise(rng, shape, 50, 2)
    wide = np.maximum(terrain.river_m.values - terrain.floor_m.values, 60)
    share = terrain.river_m.values / wide
    plans: list[tuple[Raster, float, str, str]] = []
    banks = terrain.bank_m.like(terrain.bank_m.values + 0.2 * np.abs(drift))
    plans.append((banks, BANK_ROAD_M, "street", "滨河"))
    if land.style != "resettlement":
        field_share = terrain.river_m.like(share + drift / 300)
        plans += [(field_share, 0.52, "main_street", "人民"), (field_share, 1.02, "street", "环山")]
    for raster, level, kind, name in plans:
        for ring in raster.contour(level):
            whole = LineString(ring).simplify(0.6)
            for part in line_parts(whole.intersection(town)):
                if part.length > 250:
                    middle = part.interpolate(0.5, normalized=True)
                    side = "东" if terrain.side.at(middle.x, middle.y) > 0 else "西"
                    work.add(part, kind, name + side)
            if level < 1 or name == "滨河":
                for out in line_parts(whole.difference(town)):
                    work.beyond.append((out.simplify(1.5), kind, name))
    work.beyond = country_roads(work.beyond, terrain, town)
    line = shapely.line_merge(river)
    line = max(line_parts(line), key=lambda part: part.length)
    count = land.bridges
    for number in range(count):
        at = (number + 0.5 + rng.uniform(-0.16, 0.16)) / count
        point = line.interpolate(at, normalized=True)
        near = line.interpolate(at + 0.004, normalized=True)
        normal = np.array([-(near.y - point.y), near.x - point.x])
        normal /= np.hypot(*normal)
        ends = []
        for sign in (1, -1):
            foot = np.array([point.x, point.y]) + sign * normal * (land.river_m / 2 + 95)
            path = trace(terrain, (float(foot[0]), float(foot[1])), True, town)
            place = path.project(Point(foot))
            pieces = [substring(path, place, path.length), substring(path, place, 0)]
            away = [terrain.river_m.at(*p.interpolate(60).coords[0]) for p in pieces]
            ends.append(pieces[int(np.argmax(away))])
        joined = LineString(list(ends[0].coords)[::-1] + list(ends[1].coords))
        kind = "main_street" if number in (count // 2, count // 3) else "street"
        for part in line_parts(joined.intersection(town)):
            work.add(part, kind, f"桥{number}")
    return work


def country_roads(
    found: list[tuple[LineString, str, str]], terrain: Terrain, town: Polygon
) -> list[tuple[LineString, str, str]]:
    """Choose the roads that lead on from the town: along the valley, two at each end.

    A road starts on the town's border and leads to the edge of the land that was made; the main
    street comes first. Ends are on whole centimetres, as the town's own streets are.
    """
    height = terrain.height
    rows, columns = height.values.shape
    edge = shapely.box(
        height.x0 + 40,
        height.y0 + 40,
        height.x0 + height.cell * (columns - 1) - 40,
        height.y0 + height.cell * (rows - 1) - 40,
    )
    chosen: list[tuple[LineString, str, str]] = []
    rim = town.exterior
    for line, kind, name in sorted(found, key=lambda f: (f[1] != "main_street", -f[0].length)):
        at_town = [rim.distance(shapely.get_point(line, k)) < 0.05 for k in (0, -1)]
        if sum(at_town) != 1:
            continue
        way = line if at_town[0] else line.reverse()
        for part in line_parts(way.intersection(edge)):
            out = shapely.set_precision(part, GRID_M)
            if not isinstance(out, LineString) or rim.distance(out) > 0.05 or out.length < 250:
                continue
            if rim.distance(shapely.get_point(out, 0)) > 0.05:
                out = out.reverse()
            if all(out.distance(other) > 60 for other, _, _ in chosen):
                chosen.append((out, "street" if kind == "main_street" else "lane", name))
    return chosen[:4]


def line_parts(geometry: BaseGeometry) -> list[LineString]:
    """Return the lines of a geometry, merged where they meet end to end."""
    if geometry.is_empty:
        return []
    if isinstance(geometry, MultiLineString):
        geometry = shapely.line_merge(geometry)
    parts = getattr(geometry, "geoms", [geometry])
    return [part for part in parts if isinstance(part, LineString)]


def split_blocks(
    work: LineWork,
    terrain: Terrain,
    faces: list[Polygon],
    target: TargetArea,
    rng: np.random.Generator,
) -> list[Polygon]:
    """Split faces until each is near the size that ``target`` gives; add the lines to ``work``."""
    queue = [(face, 0) for face in faces]
    done: list[Polygon] = []
    corners = np.array(work.junctions)
    seen = len(work.junctions)
    while queue:
        face, tries = queue.pop()
        centre = face.representative_point()
        goal = target(centre.x, centre.y)
        if face.area < goal * 1.35 or tries > 12 or face.area < 900:
            done.append(face)
            continue
        if len(work.junctions) > seen:
            corners = np.array(work.junctions)
            seen = len(work.junctions)
        cut = cut_line(face, terrain, corners, rng, tries)
        if cut is None:
            queue.append((face, tries + 1))
            continue
        pieces = divide(face, cut)
        # A side street never leaves a sliver behind.
        least = min(0.22 * face.area, 0.6 * goal)
        if len(pieces) < 2 or min(p.area for p in pieces) < least or any(thin(p) for p in pieces):
            queue.append((face, tries + 1))
            continue
        work.add(cut, line_class(cut, face.area, goal, terrain, rng))
        queue += [(piece, 0) for piece in pieces]
    return done


def thin(face: Polygon) -> bool:
    """Tell whether a block is too narrow for a row of houses."""
    return bool(face.area / max(face.length, 1) < 6.5)


def cut_line(
    face: Polygon,
    terrain: Terrain,
    corners: NDArray[np.float64],
    rng: np.random.Generator,
    tries: int,
) -> LineString | None:
    """Return a line through a face across its longer dimension, ends on the face's border."""
    box = np.array(shapely.oriented_envelope(face).exterior.coords)
    a, b = box[1] - box[0], box[2] - box[1]
    la, lb = np.hypot(*a), np.hypot(*b)
    long, long_m, short_m = (a, la, lb) if la > lb else (b, lb, la)
    middle = box[:4].mean(axis=0)
    at = rng.uniform(-0.11, 0.11) + (0 if tries < 2 else rng.uniform(-0.12, 0.12))
    start = middle + long * at
    point = (float(start[0]), float(start[1]))
    spare = rng.uniform(0.15, 0.85, (24, 2))
    if tries >= 3 or not face.contains(Point(point)):  # a bent block: try other places in it
        inner = face.representative_point()
        point = (inner.x, inner.y)
        west, south, east, north = face.bounds
        for fx, fy in spare.tolist():
            guess = (west + fx * (east - west), south + fy * (north - south))
            if face.contains(Point(guess)):
                point = guess
                break
    heading = terrain.heading(*point)
    level = abs(np.cos(heading) * long[0] + np.sin(heading) * long[1]) / max(long_m, 1e-9)
    across = level > 0.72  # the long side runs along the land: cut across
    if 0.45 < level < 0.85 and tries % 2 == 1:
        across = not across
    if face.area < 14000 or tries >= 2 or long_m > 2.6 * short_m:
        # Small blocks are cut straight across their long side, with a slight skew.
        skew = rng.normal(0, 0.07)
        normal = np.array([-long[1], long[0]]) / max(long_m, 1e-9)
        turn = np.array(
            [
                normal[0] * np.cos(skew) - normal[1] * np.sin(skew),
                normal[0] * np.sin(skew) + normal[1] * np.cos(skew),
            ]
        )
        bow = rng.normal(0, 0.025) * short_m * long / max(long_m, 1e-9)
        reach = long_m + short_m
        p = np.array(point)
        line = LineString(
            [
                p - turn * reach,
                p - turn * short_m * 0.3 + bow * 0.7,
                p + bow,
                p + turn * short_m * 0.3 + bow * 0.7,
                p + turn * reach,
            ]
        )
    else:
        line = trace(terrain, point, bool(across), face)
    inside = [part for part in line_parts(line.intersection(face)) if part.length > 5]
    if not inside:
        return None
    best = min(inside, key=lambda part: part.distance(Point(point)))
    coords = [c[:2] for c in best.coords]
    reach = 24.0 if face.area > 20000 else 9.0
    for end in (0, -1):
        gap = np.hypot(corners[:, 0] - coords[end][0], corners[:, 1] - coords[end][1])
        for k in np.argsort(gap, kind="stable")[:4]:
            if gap[k] > reach:
                break
            if face.exterior.distance(Point(corners[k])) < 0.05:
                coords[end] = (float(corners[k][0]), float(corners[k][1]))
                break
    found = LineString(coords)
    return found if found.length > 8 else None


def divide(face: Polygon, cut: LineString) -> list[Polygon]:
    """Return the pieces of a face on the sides of a line."""
    noded = shapely.union_all([face.boundary, shapely.set_precision(cut, GRID_M)], grid_size=GRID_M)
    faces = shapely.polygonize(list(getattr(noded, "geoms", [noded])))
    return [piece for piece in faces.geoms if face.contains(piece.representative_point())]


def line_class(
    cut: LineString, area: float, goal: float, terrain: Terrain, rng: np.random.Generator
) -> str:
    """Choose the class of a new street from the size of what it splits and the slope."""
    points = np.array(
        [cut.interpolate(t, normalized=True).coords[0] for t in (0.1, 0.35, 0.65, 0.9)]
    )
    beyond = terrain.floor_m.at(points[:, 0], points[:, 1])
    z = terrain.height.at(points[:, 0], points[:, 1])
    grade = float(np.max(np.abs(np.diff(z))) / max(cut.length * 0.27, 1))
    if float(terrain.bank_m.at(points[:, 0], points[:, 1]).min()) < BANK_ROAD_M - 9:
        return "border"  # between the bank road and the middle of the river
    if float(beyond.mean()) > BUILT_EDGE_M:
        if grade > 0.45 or rng.uniform() < 0.45:
            return "border"
        return "steps" if grade > 0.2 else "track"
    if grade > 0.15:
        return "steps"
    if area > 7e4:
        return "street"
    if area > max(2.2 * goal, 1.1e4):
        return "lane"
    return "lane" if goal > 7e3 else "path"
