"""A plan's map as a picture with its date: PNG, with title, scale, legend and north."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import shapely
from shapely.geometry.base import BaseGeometry

from data.exporters.pages import Step, unheard
from data.exporters.plans.maps import Backdrop, Window, haloed, page_pdf, scale_bar, window_on

WIDTH_MM = 260.0
SHORTEST_MM, LONGEST_MM = 150.0, 300.0
HEAD_MM, FOOT_MM, EDGE_MM = 22.0, 13.0, 8.0
DOTS_PER_INCH = 200
# Fill and words by class; the loud ones are hatched or dotted as well: colour alone says nothing.
CLASSES = {
    "load-50": ("#e3edf7", "上限的 50% 以内"),
    "load-80": ("#b9d3ea", "50%–80%"),
    "load-100": ("#86b3d6", "80%–100%"),
    "load-over": ("#f2b27a", "▲ 超限"),
    "load-alone": ("#f3e3a1", "◆ 单栋超限"),
}
MARKED = {"load-over": "over", "load-alone": "alone"}
STYLE = """
@page {{ size: {width}mm {height}mm; margin: 0 }}
body {{ margin: 0; font: 3.4mm "Noto Sans CJK SC", "Noto Sans SC", sans-serif; color: #1b2733 }}
main {{ padding: {edge}mm }}
h1 {{ font-size: 6.4mm; margin: 0 }}
p {{ margin: 0.6mm 0 2mm; color: #4a5866 }}
svg {{ display: block; border: .3mm solid #b0b7bf }}
footer {{ display: flex; gap: 5mm; margin-top: 2.4mm; align-items: center }}
footer span {{ white-space: nowrap; display: inline-flex; gap: 1.2mm; align-items: center }}
i {{ width: 5mm; height: 3mm; display: inline-block; border: .25mm solid #1f4e79 }}
"""


@dataclass(frozen=True, slots=True)
class PictureGrid:
    """A grid in a picture, geometry in metres. ``load``: a class of ``layers.kit.load``."""

    geometry: BaseGeometry
    label: tuple[str, ...]
    load: str


@dataclass(frozen=True)
class Picture:
    """A map to be made. ``communities``: name and outline of each; geometry in metres."""

    title: str
    subtitle: str
    grids: Sequence[PictureGrid]
    communities: Sequence[tuple[str, BaseGeometry]]
    backdrop: Backdrop


def picture_png(picture: Picture, step: Step = unheard) -> bytes:
    """Return the map as PNG. Raises ServerError where the machine lacks pango."""
    import pypdfium2

    west, south, east, north = shapely.total_bounds([g.geometry for g in picture.grids])
    height = min(LONGEST_MM, max(SHORTEST_MM, WIDTH_MM * (north - south) / max(1.0, east - west)))
    view = window_on([g.geometry for g in picture.grids], WIDTH_MM, height, 0.04)
    style = STYLE.format(
        width=WIDTH_MM + 2 * EDGE_MM, height=height + HEAD_MM + FOOT_MM + EDGE_MM, edge=EDGE_MM
    )
    page = (
        f"<main><h1>{html.escape(picture.title)}</h1><p>{html.escape(picture.subtitle)}</p>"
        f"{picture_svg(picture, view)}<footer>{_legend(picture)}</footer></main>"
    )
    document = pypdfium2.PdfDocument(page_pdf(style, page, step))
    try:
        image = document[0].render(scale=DOTS_PER_INCH / 72).to_pil()
    finally:
        document.close()
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _legend(picture: Picture) -> str:
    several = len(picture.communities) > 1
    marks = [
        f'<span><i style="background:{fill}"></i>{html.escape(words)}</span>'
        for fill, words in CLASSES.values()
    ]
    marks.append('<span><i style="border-width:0 0 .5mm"></i>网格界</span>')
    if several:
        marks.append('<span><i style="border-width:0 0 1mm;border-color:#12293f"></i>社区界</span>')
    return "".join(marks)


def picture_svg(picture: Picture, view: Window) -> str:
    """Return the map as SVG in millimetres."""
    several = len(picture.communities) > 1
    parts = []
    for grid in picture.grids:
        path = view.path(grid.geometry)
        parts.append(f'<path d="{path}" fill="{CLASSES[grid.load][0]}"/>')
        if grid.load in MARKED:
            parts.append(f'<path d="{path}" fill="url(#{MARKED[grid.load]})"/>')
    backdrop = picture.backdrop
    parts += [
        view.drawn(backdrop.water, 'fill="#9cc3de" stroke="#7fadcb" stroke-width=".2"'),
        view.drawn(backdrop.streets, 'fill="none" stroke="#fff" stroke-width="1"'),
        view.drawn(backdrop.streets, 'fill="none" stroke="#9aa5b1" stroke-width=".3"'),
        view.drawn(backdrop.buildings, 'fill="#c3cad2" stroke="#8d97a3" stroke-width=".1"'),
    ]
    width = 0.35 if several else 0.6
    borders = "".join(view.path(g.geometry) for g in picture.grids)
    parts.append(f'<path d="{borders}" fill="none" stroke="#1f4e79" stroke-width="{width}"/>')
    if several:
        outlines = "".join(view.path(shape) for _, shape in picture.communities)
        parts.append(f'<path d="{outlines}" fill="none" stroke="#12293f" stroke-width="1"/>')
    parts += [_label(view, g.geometry, g.label, 2.1 if several else 3.2) for g in picture.grids]
    if several:
        parts += [_label(view, shape, (name,), 4.2) for name, shape in picture.communities]
    hatch = (
        '<defs><pattern id="over" width="3" height="3" patternUnits="userSpaceOnUse">'
        '<path d="M0,3L3,0" stroke="#8a3b00" stroke-width=".4"/></pattern>'
        '<pattern id="alone" width="3" height="3" patternUnits="userSpaceOnUse">'
        '<path d="M1.5,.8l.7,.7l-.7,.7l-.7,-.7z" fill="#7a5c00"/></pattern></defs>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{view.width_mm}mm" '
        f'height="{view.height_mm}mm" viewBox="0 0 {view.width_mm} {view.height_mm}">'
        f'{hatch}<rect width="{view.width_mm}" height="{view.height_mm}" fill="#f5f6f7"/>'
        + "".join(parts)
        + scale_bar(view)
        + "</svg>"
    )


def _label(view: Window, shape: BaseGeometry, lines: Sequence[str], size: float) -> str:
    """Write a label inside a shape, with as many lines as there is room for."""
    west, south, east, north = shape.bounds
    room = (north - south) / view.metres
    shown = list(lines)[: max(1, int(room / (1.3 * size)))]
    if (east - west) / view.metres < 0.6 * size * len(shown[0]):
        return ""
    point = shape.point_on_surface()
    x, y = view.place(point.x, point.y)
    return "".join(
        haloed(words, x, y + 1.1 * size * at, size if at == 0 else 0.85 * size)
        for at, words in enumerate(shown)
    )
