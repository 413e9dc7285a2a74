"""What the inspector says of the whole county when nothing is chosen."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.access.principal import present
from dashboard.components.figures import figure_section, figure_tile
from dashboard.components.inspection import as_of_line, fallback_list, shown
from dashboard.services import Services
from dashboard.text import Language, catalogue, percent, text
from data.demands.read import PublishedFigure, demand_span, published_figures
from data.divisions import read_counties as counties
from data.divisions.read_counties import CountyRow
from data.engine import session
from layers.grids.layer import as_of
from layers.kit.figure import Figure

TILES = ("summary.over_limit", "summary.outside", "summary.overdue")
"""The three things a leader asks first: over the limit, not reached, overdue."""
SECTIONS = (
    "summary.grids", "summary.faults", "summary.stations", "summary.coverage", "summary.demands",
)  # fmt: skip


def summary_panel(
    services: Services, code: str, values: dict[str, str], lang: Language
) -> list[Any]:
    """Return the county's figures, each with unit and date, what is wrong first."""
    found = services.figures(code, values)
    with session(services.engine, present()) as c:
        row, query = counties.county(c, code), counties.query(c, code, values)
        day = as_of(query)
        span = demand_span(c, code)
        published = published_figures(c, code)
    tiles = {f.key: f for figures in found.values() for f in figures if f.key in TILES}
    children: list[Any] = [
        html.Div(text("summary.kicker", lang), className="kicker"),
        html.H2(row.name_en if lang == "en" else row.name),
        html.P(text("summary.hint", lang), className="muted"),
        html.Div(
            [figure_tile(tiles[key], code, lang) for key in TILES if key in tiles],
            className="tiles",
        ),
    ]
    for title in SECTIONS:
        lines = [figure for figure in found[title] if figure.key not in TILES]
        if title == "summary.grids":
            lines = _with_unplaced(lines, found["summary.unplaced"])
        if lines:
            children.append(figure_section(text(title, lang), lines, code, lang))
        if title == "summary.grids":
            if day != row.data_as_of and day != query.plans_on:
                words = {
                    "plan": str(day), "data": str(row.data_as_of), "limit": query.households_max,
                }  # fmt: skip
                said = text("summary.mixed_dates", lang, words)
                children.append(html.P(said, className="as-of"))
            children += fallback_list(row.fallbacks, lang)
        if title == "summary.demands" and lines and span is not None:
            words = {"first": span[0].isoformat(), "last": span[1].isoformat()}
            children.append(html.P(text("summary.demand_span", lang, words), className="as-of"))
    children += _published(published, lang)
    children += [as_of_line(row.data_as_of, lang), _source(row, lang)]
    return children


def _with_unplaced(lines: list[Figure], unplaced: tuple[Figure, ...]) -> list[Figure]:
    """Return the grids' figures with the households on no map right after those that are."""
    after = [figure.key for figure in lines].index("summary.households") + 1
    return [*lines[:after], *unplaced, *lines[after:]]


def _source(row: CountyRow, lang: Language) -> html.P:
    key = "summary.source_demo" if row.demo_key else "summary.source_import"
    return html.P(text(key, lang), className="as-of")


def _published(rows: list[PublishedFigure], lang: Language) -> list[Any]:
    """Return published totals without rows, as published: never a tile computed from rows."""
    lines = []
    for row in rows:
        key = f"published.{row.key}"
        name = text(key, lang) if key in catalogue() else row.key
        value = row.value
        amount = shown(int(value) if value == int(value) else float(value), lang)
        unit = row.unit
        if unit == "share":
            amount, unit = percent(float(value)), ""
        about = text("figures.approx", lang) if row.is_approx else ""
        lines.append(
            html.Div(
                [
                    html.Dt(name),
                    html.Dd(
                        [
                            html.Span(f"{about}{amount}", className="value"),
                            html.Span(unit, className="unit"),
                        ]
                    ),
                    html.Dd(f"{row.source} · {row.as_of}", className="note"),
                ],
                className="fact",
            )
        )
    if not lines:
        return []
    note = text("summary.published_note", lang)
    return [
        html.Details(
            [html.Summary(text("summary.published", lang)), html.P(note, className="legend-note"),
             html.Dl(lines)],
            className="section",
        )
    ]  # fmt: skip
