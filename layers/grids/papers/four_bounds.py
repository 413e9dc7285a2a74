"""The four bounds (四至) of a grid: what it meets in the north, east, south and west.

1. The outline is cut into steps of at most 10 m. A step belongs to the side that its middle looks
   at from the middle of the grid's bounding box, the box drawn as a square.
2. A step runs along the nearest named street or water that is at most 25 m away and turns from it
   by at most 35 degrees; where none is, along the grid beside it, else the community's border.
3. A side is named after what at least a quarter of it runs along, the longest first, two at most:
   streets and waters before grids and borders; where nothing takes a quarter, the longest of all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Side = Literal["north", "east", "south", "west"]
SIDES: tuple[Side, ...] = ("north", "east", "south", "west")
STEP_M = 10.0
REACH_M = 25.0
MOST_TURN = np.radians(35.0)
LEAST_SHARE = 0.25
Kind = Literal["street", "water", "grid", "border"]


@dataclass(frozen=True, slots=True)
class Bound:
    """What a side of a grid runs along. ``name``: of the street, water or grid beside."""

    kind: Kind
    name: str


@dataclass(frozen=True)
class Landmarks:
    """Named streets and waters, cut into straight segments (measuring CRS)."""

    tree: shapely.STRtree
    names: tuple[Bound, ...]
    angle: NDArray[np.float64]


def landmarks(
    streets: Sequence[tuple[str | None, BaseGeometry]],
    waters: Sequence[tuple[str | None, BaseGeometry]],
) -> Landmarks:
    """Index what bounds may be named after; things without a name are left out."""
    names: list[Bound] = []
    lines: list[NDArray[np.float64]] = []
    for kind, rows in (("street", streets), ("water", waters)):
        for name, shape in rows:
            # Frames carry what is unknown as NaN.
            if not isinstance(name, str) or not name or shape is None or shape.is_empty:
                continue
            line = shape.boundary if shape.geom_type.endswith("Polygon") else shape
            for part in getattr(line, "geoms", [line]):
                points = shapely.get_coordinates(part)
                segments = np.stack([points[:-1], points[1:]], axis=1)
                lines.append(segments)
                bound = Bound("street" if kind == "street" else "water", name)
                names += [bound] * len(segments)
    cut = np.concatenate(lines) if lines else np.zeros((0, 2, 2))
    return Landmarks(shapely.STRtree(shapely.linestrings(cut)), tuple(names), _angle(cut))


def _angle(segments: NDArray[np.float64]) -> NDArray[np.float64]:
    step = segments[:, 1] - segments[:, 0]
    return np.asarray(np.arctan2(step[:, 1], step[:, 0]), np.float64)


def four_bounds(
    shape: BaseGeometry, marks: Landmarks, others: Mapping[str, BaseGeometry]
) -> dict[Side, tuple[Bound, ...]]:
    """Return the bounds of a grid's shape; ``others``: the community's other grids by name."""
    segments = _steps(shape)
    middle = segments.mean(axis=1)
    length = np.hypot(*(segments[:, 1] - segments[:, 0]).T)
    side = _sides(middle, shape.bounds)
    found = _along(segments, middle, marks)
    missing = [i for i, bound in enumerate(found) if bound is None]
    if missing:
        names = list(others)
        tree = shapely.STRtree([others[name] for name in names])
        points = shapely.points(middle[missing])
        at, near = tree.query(points, predicate="dwithin", distance=0.05)
        beside = dict(zip(at.tolist(), near.tolist(), strict=True))
        for row, i in enumerate(missing):
            grid = beside.get(row)
            found[i] = Bound("border", "") if grid is None else Bound("grid", names[grid])
    return {
        name: _named(
            [b for b, s in zip(found, side, strict=True) if s == at and b is not None],
            length[side == at],
        )
        for at, name in enumerate(SIDES)
    }


def _steps(shape: BaseGeometry) -> NDArray[np.float64]:
    """Cut the outer outline into steps (k, 2, 2)."""
    parts = []
    for polygon in getattr(shape, "geoms", [shape]):
        ring = shapely.get_coordinates(shapely.segmentize(polygon.exterior, STEP_M))
        parts.append(np.stack([ring[:-1], ring[1:]], axis=1))
    return np.concatenate(parts)


def _sides(
    middle: NDArray[np.float64], bounds: tuple[float, float, float, float]
) -> NDArray[np.int64]:
    west, south, east, north = bounds
    dx = (middle[:, 0] - (west + east) / 2) / max(east - west, 1e-9)
    dy = (middle[:, 1] - (south + north) / 2) / max(north - south, 1e-9)
    upright = np.abs(dy) >= np.abs(dx)
    return np.where(upright, np.where(dy >= 0, 0, 2), np.where(dx >= 0, 1, 3))


def _along(
    segments: NDArray[np.float64], middle: NDArray[np.float64], marks: Landmarks
) -> list[Bound | None]:
    found: list[Bound | None] = [None] * len(segments)
    if not marks.names:
        return found
    points = shapely.points(middle)
    step, mark = marks.tree.query(points, predicate="dwithin", distance=REACH_M)
    turn = np.abs(_angle(segments)[step] - marks.angle[mark]) % np.pi
    parallel = np.minimum(turn, np.pi - turn) <= MOST_TURN
    step, mark = step[parallel], mark[parallel]
    lines = np.asarray(marks.tree.geometries)[mark]
    foot = shapely.line_interpolate_point(lines, shapely.line_locate_point(lines, points[step]))
    offset = shapely.get_coordinates(foot) - middle[step]
    # A step beyond a street's end does not run along it: what lies ahead is no bound.
    ahead = np.abs(
        offset[:, 0] * np.cos(marks.angle[mark]) + offset[:, 1] * np.sin(marks.angle[mark])
    )
    beside = ahead < STEP_M / 2
    step, mark = step[beside], mark[beside]
    away = np.hypot(offset[beside, 0], offset[beside, 1])
    for i in np.lexsort((mark, -away)).tolist():  # the nearest is written last
        found[int(step[i])] = marks.names[int(mark[i])]
    return found


def _named(found: Sequence[Bound], length: NDArray[np.float64]) -> tuple[Bound, ...]:
    metres: dict[Bound, float] = {}
    for bound, part in zip(found, length.tolist(), strict=True):
        metres[bound] = metres.get(bound, 0.0) + part
    if not metres:
        return (Bound("border", ""),)
    whole = sum(metres.values())
    large = [b for b, m in metres.items() if m >= LEAST_SHARE * whole]
    if not large:
        large = [max(metres, key=lambda b: metres[b])]
    firm = [b for b in large if b.kind in ("street", "water")]
    chosen = firm or large
    return tuple(sorted(chosen, key=lambda b: -metres[b])[:2])
