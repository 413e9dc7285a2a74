"""The map of a visit sheet: SVG in metres, with what a worker needs to find the way by it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dashboard.text import Language, text
from layers.coverage_gaps.answers.visits import Visit
from layers.coverage_gaps.store import Board

MARGIN_M = 60.0
WIDE = 1.6
BARS_M = (1000, 500, 200, 100, 50, 20)


@dataclass(frozen=True, slots=True, eq=False)
class VisitSheet:
    """The visits in order, the walk between them (measuring CRS), its metres, and what the
    map shows around it: outlines by door (None: not near), named streets."""

    grid: str
    border: BaseGeometry
    visits: tuple[Visit, ...]
    walk: tuple[BaseGeometry, ...]
    metres: float
    outlines: NDArray[np.object_]
    streets: tuple[tuple[str, BaseGeometry], ...]
    doors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the map shows: metres of the measuring CRS; ``unit`` is a hundredth of its size."""

    west: float
    south: float
    east: float
    north: float

    @property
    def unit(self) -> float:
        """Return a hundredth of the longer side, metres."""
        return max(self.east - self.west, self.north - self.south) / 100.0

    @property
    def box(self) -> BaseGeometry:
        """Return the frame as a polygon."""
        return shapely.box(self.west, self.south, self.east, self.north)

    def path(self, shape: BaseGeometry, *, is_closed: bool = False) -> str:
        """Return a shape as SVG, from the frame's upper left corner."""
        parts = []
        for part in shapely.get_parts(shape):
            line = part.exterior if is_closed else part
            points = [f"{x - self.west:.1f} {self.north - y:.1f}" for x, y in line.coords]
            parts.append("M" + "L".join(points) + ("Z" if is_closed else ""))
        return "".join(parts)


def draw_map(board: Board, sheet: VisitSheet, lang: Language) -> str:
    """Return streets with their names, buildings, the walk, numbers in its order, and a key."""
    outside = set(sheet.doors)
    shapes = [o for door, o in enumerate(sheet.outlines) if door in outside and o is not None]
    west, south, east, north = shapely.total_bounds(np.array([*shapes, *sheet.walk], object))
    # As wide as the paper's field for it, so that streets do not break off beside the grid.
    more = max(0.0, WIDE * (north - south + 2 * MARGIN_M) - (east - west + 2 * MARGIN_M)) / 2
    beside = MARGIN_M + more
    frame = Frame(west - beside, south - MARGIN_M, east + beside, north + MARGIN_M)
    unit, box, network = frame.unit, frame.box, board.town.network
    inside = [
        shapely.intersection(network.geometry[e], box)
        for e in network.tree.query(box, predicate="intersects")
    ]
    streets = "".join(frame.path(line) for line in inside if not line.is_empty and line.length > 0)
    quiet: list[str] = []
    loud: list[str] = []
    for door, outline in enumerate(sheet.outlines):
        if outline is not None and shapely.intersects(outline, box):
            (loud if door in outside else quiet).append(frame.path(outline, is_closed=True))
    walk = "".join(frame.path(line) for line in sheet.walk)
    border = shapely.intersection(sheet.border.boundary, box)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.east - frame.west:.1f} '
        f'{frame.north - frame.south:.1f}" role="img">'
        + _line(streets, "#c3ccd8", 0.5 * unit)
        + _fill("".join(quiet), "#dfe5ec", "#b8c2cf", 0.08 * unit)
        + _fill("".join(loud), "#f2a56f", "#9c4400", 0.2 * unit)
        + _line(frame.path(border), "#5b6b84", 0.35 * unit, f"{1.4 * unit:.1f} {0.7 * unit:.1f}")
        + _line(walk, "#c8102e", 0.4 * unit)
        + _names(frame, sheet)
        + _numbers(board, frame, sheet)
        + _bar(frame)
        + "</svg>"
        + f'<p class="muted">{escape(text("visits.map_key", lang))}</p>'
    )


def _line(path: str, colour: str, width: float, dashes: str = "") -> str:
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:.2f}" '
        f'stroke-linejoin="round"{dash}/>'
    )


def _fill(path: str, colour: str, edge: str, width: float) -> str:
    return f'<path d="{path}" fill="{colour}" stroke="{edge}" stroke-width="{width:.2f}"/>'


def _text(x: float, y: float, words: str, size: float, more: str = "") -> str:
    """Return words with a white edge, so that they are read over lines.

    Twice, since printing knows no order of an edge and what it surrounds.
    """
    at = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" text-anchor="middle"{more}'
    edge = f'fill="#fff" stroke="#fff" stroke-width="{size / 4:.2f}"'
    return (
        f'<text {at} {edge}>{escape(words)}</text><text {at} fill="#3c4a5e">{escape(words)}</text>'
    )


def _names(frame: Frame, sheet: VisitSheet) -> str:
    """Return each street's name once, along the middle of its longest piece in the frame."""
    size = 2.3 * frame.unit
    written = []
    for name, line in sheet.streets:
        pieces = shapely.get_parts(shapely.intersection(line, frame.box))
        longest = max(pieces, key=lambda p: p.length, default=None)
        if longest is None or longest.length < size * (len(name) + 1):
            continue
        middle = longest.interpolate(0.5, normalized=True)
        before, after = (longest.interpolate(longest.length / 2 + step) for step in (-size, size))
        angle = -np.degrees(np.arctan2(after.y - before.y, after.x - before.x))
        angle += 180.0 if abs(angle) > 90 else 0.0
        x, y = middle.x - frame.west, frame.north - middle.y + 0.35 * size
        turn = f' transform="rotate({angle:.0f} {x:.1f} {frame.north - middle.y:.1f})"'
        written.append(_text(x, y, name, size, turn))
    return "".join(written)


def _numbers(board: Board, frame: Frame, sheet: VisitSheet) -> str:
    """Return the order at each building: as large as there is room for on a phone."""
    few, some = 25, 60
    count = len(sheet.doors)
    radius = (2.0 if count <= few else 1.5 if count <= some else 1.1) * frame.unit
    marks = []
    for n, door in enumerate(sheet.doors, start=1):
        x, y = board.door_x[door] - frame.west, frame.north - board.door_y[door]
        marks.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#fff" stroke="#14202f" '
            f'stroke-width="{radius / 6:.2f}"/><text x="{x:.1f}" y="{y + 0.42 * radius:.1f}" '
            f'font-size="{1.2 * radius:.1f}" text-anchor="middle" fill="#14202f">{n}</text>'
        )
    return "".join(marks)


def _bar(frame: Frame) -> str:
    """Return a bar of a round number of metres, and where north is (up)."""
    wide, high, unit = frame.east - frame.west, frame.north - frame.south, frame.unit
    metres = next((m for m in BARS_M if m <= wide / 4), BARS_M[-1])
    x, y = 2.0 * unit, high - 2.0 * unit
    north = wide - 3.0 * unit
    return (
        _line(f"M{x:.1f} {y:.1f}h{metres}", "#3c4a5e", 0.5 * unit)
        + _text(x + metres / 2, y - 0.8 * unit, f"{metres} m", 1.8 * unit)
        + f'<path d="M{north:.1f} {2 * unit:.1f}l{-unit:.1f} {3 * unit:.1f}l{unit:.1f} '
        f'{-0.8 * unit:.1f}l{unit:.1f} {0.8 * unit:.1f}z" fill="#3c4a5e"/>'
        + _text(north, 7.0 * unit, "N", 1.8 * unit)
    )
