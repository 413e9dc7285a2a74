"""A layer's switch with its legend, in one place."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.text import Language, text
from layers.kit.layer import Legend, Swatch


def swatch(item: Swatch, lang: Language) -> html.Li:
    """Return one line of a legend."""
    ramp = {"style": {"--ramp": ", ".join(item.ramp)}} if item.ramp else {}
    return html.Li(
        [
            html.Span(className=f"mark mark-{item.mark} {item.css}", **ramp),
            html.Span(text(item.label, lang, item.values)),
        ]
    )


def legend_list(legend: Legend, lang: Language) -> list[Any]:
    """Return a legend: what is measured, its marks, and a note."""
    children: list[Any] = []
    if legend.unit:
        children.append(html.P(text(legend.unit, lang), className="legend-unit"))
    children.append(
        html.Ul([swatch(s, lang) for s in legend.swatches], className=f"legend {legend.form}")
    )
    if legend.note:
        children.append(html.P(text(legend.note, lang), className="legend-note"))
    return children
