"""Maps of communities and grids as PDF, one template: map, figures, bounds, place for the stamp."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from data.exporters.pages import Step, pdf_of, unheard

WIDTH_MM, HEIGHT_MM = 178.0, 186.0  # a subtitle of two lines and the longest table fit below it
FINEST_MM = 0.05
# Pale enough to print figures on, and to tell neighbours apart in grey.
FILLS = ("#dbe7f3", "#f6e6c8", "#dcefd8", "#f3d9dc", "#e6dff0", "#d5eeee", "#efefd0")
STYLE = """
@page { size: A4; margin: 14mm 16mm; @bottom-right { content: counter(page) " / " counter(pages);
        font: 8pt "Noto Sans CJK SC", "Noto Sans SC", sans-serif; color: #666 } }
body { font: 9.5pt "Noto Sans CJK SC", "Noto Sans SC", sans-serif; margin: 0; color: #1b2733 }
section { break-after: page } section:last-child { break-after: auto }
h1 { font-size: 15pt; margin: 0 0 1mm } p { margin: 0 0 2mm; color: #4a5866 }
svg { display: block; border: .3mm solid #b0b7bf }
table { border-collapse: collapse; width: 100%; margin-top: 3mm }
td, th { border: .2mm solid #b0b7bf; padding: 1mm 2mm; text-align: left; font-size: 8.5pt }
th { background: #eef2f6; font-weight: 600; width: 17mm; white-space: nowrap }
.stamp { margin-top: 5mm; display: flex; justify-content: space-between; color: #4a5866 }
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """A grid on a map. ``label``: lines of text at ``at`` (metres)."""

    geometry: BaseGeometry
    label: tuple[str, ...]
    at: tuple[float, float]


@dataclass(frozen=True)
class MapPage:
    """One page. ``focus``: position of the grid that it is about, None for the whole community.

    Geometry in metres. ``facts``: rows of the table, as (name, value) pairs side by side.
    """

    title: str
    subtitle: str
    grids: Sequence[Shape]
    backdrop: Backdrop
    facts: Sequence[Sequence[tuple[str, str]]]
    focus: int | None = None


@dataclass(frozen=True)
class Backdrop:
    """What lies under the grids of a community."""

    buildings: np.ndarray = field(default_factory=lambda: np.zeros(0, object))
    streets: np.ndarray = field(default_factory=lambda: np.zeros(0, object))
    water: np.ndarray = field(default_factory=lambda: np.zeros(0, object))


def maps_pdf(sheets: Sequence[MapPage], step: Step = unheard) -> bytes:
    """Return sheets as one PDF. Raises ServerError where the machine lacks pango."""
    return page_pdf(STYLE, "".join(_page(sheet) for sheet in sheets), step, len(sheets))


def page_pdf(style: str, body: str, step: Step = unheard, pages: int = 1) -> bytes:
    """Return a page of HTML as PDF. Raises ServerError where the machine lacks pango."""
    text = f'<html lang="zh"><head><style>{style}</style></head><body>{body}</body></html>'
    return pdf_of(text, step, pages)


def _page(sheet: MapPage) -> str:
    rows = "".join(
        "<tr>"
        + "".join(f"<th>{html.escape(n)}</th><td>{html.escape(v)}</td>" for n, v in row)
        + "</tr>"
        for row in sheet.facts
    )
    return (
        f"<section><h1>{html.escape(sheet.title)}</h1><p>{html.escape(sheet.subtitle)}</p>"
        f"{map_svg(sheet)}<table>{rows}</table>"
        '<div class="stamp"><span>填报单位（盖章）：</span><span>审批单位（盖章）：</span>'
        "<span>　　　年　　月　　日</span></div></section>"
    )


@dataclass(frozen=True)
class Window:
    """What a map shows: its corner (metres), metres a millimetre, and its size on paper."""

    left: float
    top: float
    metres: float
    width_mm: float
    height_mm: float

    @property
    def box(self) -> BaseGeometry:
        """The rectangle that is shown, in metres."""
        bottom = self.top - self.metres * self.height_mm
        return shapely.box(self.left, bottom, self.left + self.metres * self.width_mm, self.top)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point (metres) lies on paper (mm from the top left)."""
        return (x - self.left) / self.metres, (self.top - y) / self.metres

    def path(self, shape: BaseGeometry) -> str:
        """Return the outline of a shape as an SVG path, as fine as paper shows."""
        parts = []
        for part in shapely.get_parts(shapely.simplify(shape, FINEST_MM * self.metres)):
            rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
            for ring in rings:
                xy = shapely.get_coordinates(ring)
                if part.geom_type == "Polygon":
                    xy = xy[:-1]  # Z closes it
                x, y = (xy[:, 0] - self.left) / self.metres, (self.top - xy[:, 1]) / self.metres
                points = " ".join(f"{a:.2f},{b:.2f}" for a, b in zip(x, y, strict=True))
                parts.append(f"M{points}" + ("Z" if part.geom_type == "Polygon" else ""))
        return "".join(parts)

    def drawn(self, shapes: np.ndarray, style: str) -> str:
        """Return those of some shapes that are in sight as one SVG path."""
        seen = [s for s in shapes if s is not None and s.intersects(self.box)]
        return f'<path d="{"".join(self.path(s) for s in seen)}" {style}/>' if seen else ""


def window_on(
    shapes: Sequence[BaseGeometry], width_mm: float, height_mm: float, margin: float
) -> Window:
    """Return the window that shows some shapes (metres) in the middle, with a margin (share)."""
    west, south, east, north = shapely.total_bounds(list(shapes))
    metres = max((east - west) / width_mm, (north - south) / height_mm, 0.05) * (1 + 2 * margin)
    left = (west + east) / 2 - metres * width_mm / 2
    top = (south + north) / 2 + metres * height_mm / 2
    return Window(float(left), float(top), float(metres), width_mm, height_mm)


def map_svg(sheet: MapPage) -> str:
    """Return a sheet's map as SVG in millimetres, north up, with a scale bar."""
    shown = sheet.grids if sheet.focus is None else [sheet.grids[sheet.focus]]
    margin = 0.04 if sheet.focus is None else 0.15
    view = window_on([s.geometry for s in shown], WIDTH_MM, HEIGHT_MM, margin)
    window, path, drawn = view.box, view.path, view.drawn
    colour = fills([s.geometry for s in sheet.grids])
    areas = []
    for at, grid in enumerate(sheet.grids):
        if not grid.geometry.intersects(window):
            continue
        pale = sheet.focus is not None and at != sheet.focus
        fill = "#f5f6f7" if pale else FILLS[colour[at] % len(FILLS)]
        areas.append(f'<path d="{path(grid.geometry)}" fill="{fill}"/>')
    borders = [
        f'<path d="{path(g.geometry)}" fill="none" stroke="#1f4e79" stroke-linejoin="round" '
        f'stroke-width="{0.9 if at == sheet.focus else 0.45}"/>'
        for at, g in enumerate(sheet.grids)
        if g.geometry.intersects(window)
    ]
    labels = []
    for at, grid in enumerate(sheet.grids):
        if sheet.focus is not None and at != sheet.focus:
            continue
        x, y = view.place(*grid.at)
        for line, words in enumerate(grid.label):
            labels.append(haloed(words, x, y + 3.4 * line, 3.2 if line == 0 else 2.8))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM}mm" height="{HEIGHT_MM}mm" '
        f'viewBox="0 0 {WIDTH_MM} {HEIGHT_MM}">'
        + "".join(areas)
        + drawn(sheet.backdrop.water, 'fill="#b9d6ea" stroke="#8fb9d6" stroke-width=".2"')
        + drawn(sheet.backdrop.streets, 'fill="none" stroke="#fff" stroke-width="1.1"')
        + drawn(sheet.backdrop.streets, 'fill="none" stroke="#9aa5b1" stroke-width=".35"')
        + drawn(sheet.backdrop.buildings, 'fill="#c3cad2" stroke="#8d97a3" stroke-width=".12"')
        + "".join(borders)
        + "".join(labels)
        + scale_bar(view)
        + "</svg>"
    )


def haloed(words: str, x: float, y: float, size: float) -> str:
    """Return a label with a white halo: written twice, since the printer knows no paint-order."""
    text = html.escape(words)
    place = f'x="{x:.2f}" y="{y:.2f}" text-anchor="middle" font-size="{size:.2f}"'
    return (
        f'<text {place} fill="#fff" stroke="#fff" stroke-width="{0.28 * size:.2f}" '
        f'stroke-linejoin="round">{text}</text><text {place} fill="#12293f">{text}</text>'
    )


def scale_bar(view: Window) -> str:
    """Return a scale bar and an arrow to the north as SVG."""
    steps = (5000, 2000, 1000, 500, 200, 100, 50, 20)
    length = next((m for m in steps if m / view.metres <= 45), 10)
    width, y, right = length / view.metres, view.height_mm - 5, view.width_mm - 7
    return (
        f'<rect x="4" y="{y - 5}" width="{width + 16:.2f}" height="8" fill="#fff" opacity=".85"/>'
        f'<path d="M6,{y}h{width:.2f}M6,{y - 1.4}v2.8M{6 + width:.2f},{y - 1.4}v2.8" '
        'stroke="#12293f" stroke-width=".4" fill="none"/>'
        f'<text x="{8 + width:.2f}" y="{y + 1}" font-size="2.8">{length} m</text>'
        f'<text x="{right}" y="9" font-size="4.5" text-anchor="middle">北</text>'
        f'<path d="M{right},11v6m0,-6l-1.3,2.6m1.3,-2.6l1.3,2.6" stroke="#12293f" '
        'stroke-width=".45" fill="none"/>'
    )


def fills(shapes: Sequence[BaseGeometry]) -> list[int]:
    """Return a colour number for every shape so that neighbours differ (greedy)."""
    tree = shapely.STRtree(list(shapes))
    a, b = tree.query(list(shapes), predicate="intersects")
    near: dict[int, set[int]] = {}
    for one, other in zip(a.tolist(), b.tolist(), strict=True):
        if one != other:
            near.setdefault(one, set()).add(other)
    colour = [-1] * len(shapes)
    for at in range(len(shapes)):
        used = {colour[other] for other in near.get(at, ())}
        colour[at] = next(n for n in range(len(shapes) + 1) if n not in used)
    return colour
