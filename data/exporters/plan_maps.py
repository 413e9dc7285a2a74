"""Maps of communities and grids as PDF, one template: map, figures, bounds, place for the stamp."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.kit.errors import ServerError

WIDTH_MM, HEIGHT_MM = 178.0, 195.0
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
class Sheet:
    """One page. ``focus``: position of the grid that it is about, None for the whole community.

    Geometry in metres. ``facts``: rows of the table, as (name, value) pairs side by side.
    """

    title: str
    subtitle: str
    grids: Sequence[Shape]
    ground: Ground
    facts: Sequence[Sequence[tuple[str, str]]]
    focus: int | None = None


@dataclass(frozen=True)
class Ground:
    """What lies under the grids of a community."""

    buildings: np.ndarray = field(default_factory=lambda: np.zeros(0, object))
    streets: np.ndarray = field(default_factory=lambda: np.zeros(0, object))
    water: np.ndarray = field(default_factory=lambda: np.zeros(0, object))


def maps_pdf(sheets: Sequence[Sheet]) -> bytes:
    """Return sheets as one PDF. Raises ServerError where the machine lacks pango."""
    try:
        from weasyprint import HTML
    except OSError as error:
        raise ServerError(
            "PDF needs pango: apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk"
        ) from error
    pages = "".join(_page(sheet) for sheet in sheets)
    text = f'<html lang="zh"><head><style>{STYLE}</style></head><body>{pages}</body></html>'
    return bytes(HTML(string=text, url_fetcher=_no_fetch).write_pdf())


def _no_fetch(url: str, *_: object, **__: object) -> Mapping[str, object]:
    raise ValueError(f"nothing is fetched: {url[:60]}")


def _page(sheet: Sheet) -> str:
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


def map_svg(sheet: Sheet) -> str:
    """Return a sheet's map as SVG in millimetres, north up, with a scale bar."""
    shown = sheet.grids if sheet.focus is None else [sheet.grids[sheet.focus]]
    west, south, east, north = shapely.total_bounds([s.geometry for s in shown])
    margin = 0.04 if sheet.focus is None else 0.15
    metres = max((east - west) / WIDTH_MM, (north - south) / HEIGHT_MM, 0.05) * (1 + 2 * margin)
    left = (west + east) / 2 - metres * WIDTH_MM / 2
    top = (south + north) / 2 + metres * HEIGHT_MM / 2
    window = shapely.box(left, top - metres * HEIGHT_MM, left + metres * WIDTH_MM, top)

    def path(shape: BaseGeometry) -> str:
        parts = []
        for part in shapely.get_parts(shape):
            rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
            for ring in rings:
                xy = shapely.get_coordinates(ring)
                xy = np.column_stack([(xy[:, 0] - left) / metres, (top - xy[:, 1]) / metres])
                points = " ".join(f"{x:.2f},{y:.2f}" for x, y in xy)
                parts.append(f"M{points}" + ("Z" if part.geom_type == "Polygon" else ""))
        return "".join(parts)

    def drawn(shapes: np.ndarray, style: str) -> str:
        seen = [s for s in shapes if s is not None and s.intersects(window)]
        return f'<path d="{"".join(path(s) for s in seen)}" {style}/>' if seen else ""

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
        x, y = (grid.at[0] - left) / metres, (top - grid.at[1]) / metres
        for line, words in enumerate(grid.label):
            labels.append(
                f'<text x="{x:.2f}" y="{y + 3.4 * line:.2f}" text-anchor="middle" '
                f'font-size="{3.2 if line == 0 else 2.8}" stroke="#fff" stroke-width=".9" '
                f'paint-order="stroke" fill="#12293f">{html.escape(words)}</text>'
            )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM}mm" height="{HEIGHT_MM}mm" '
        f'viewBox="0 0 {WIDTH_MM} {HEIGHT_MM}">'
        + "".join(areas)
        + drawn(sheet.ground.water, 'fill="#b9d6ea" stroke="#8fb9d6" stroke-width=".2"')
        + drawn(sheet.ground.streets, 'fill="none" stroke="#fff" stroke-width="1.1"')
        + drawn(sheet.ground.streets, 'fill="none" stroke="#9aa5b1" stroke-width=".35"')
        + drawn(sheet.ground.buildings, 'fill="#c3cad2" stroke="#8d97a3" stroke-width=".12"')
        + "".join(borders)
        + "".join(labels)
        + _scale_bar(metres)
        + "</svg>"
    )


def _scale_bar(metres: float) -> str:
    length = next((m for m in (1000, 500, 200, 100, 50, 20) if m / metres <= 45), 10)
    width, y = length / metres, HEIGHT_MM - 5
    return (
        f'<rect x="4" y="{y - 5}" width="{width + 16:.2f}" height="8" fill="#fff" opacity=".85"/>'
        f'<path d="M6,{y}h{width:.2f}M6,{y - 1.4}v2.8M{6 + width:.2f},{y - 1.4}v2.8" '
        'stroke="#12293f" stroke-width=".4" fill="none"/>'
        f'<text x="{8 + width:.2f}" y="{y + 1}" font-size="2.8">{length} m</text>'
        f'<text x="{WIDTH_MM - 7}" y="9" font-size="4.5" text-anchor="middle">北</text>'
        f'<path d="M{WIDTH_MM - 7},11v6m0,-6l-1.3,2.6m1.3,-2.6l1.3,2.6" stroke="#12293f" '
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
