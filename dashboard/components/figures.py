"""Figures as components: one way to write a number with its unit, its whole and its rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import html

from dashboard.text import Language, catalogue, counted, number, percent, text
from layers.kit.figure import Figure


def unit_words(figure: Figure, lang: Language) -> str:
    """Return a figure's unit, nothing where the value is unknown."""
    return "" if figure.value is None else text(figure.unit, lang)


def label_words(figure: Figure, lang: Language) -> str:
    """Return what a figure is; the key itself where the catalogue has no words for it."""
    known = figure.key in catalogue()
    return text(figure.key, lang, figure.words) if known else figure.key


def is_of_households(unit: str | None) -> bool:
    """Tell whether what has this unit (a text key) is a number of households."""
    return unit is not None and (unit == "unit.households" or unit.startswith("measure."))


def _number(value: float, figure: Figure, lang: Language) -> str:
    return counted(value, lang) if is_of_households(figure.unit) else number(value)


def value_words(figure: Figure, lang: Language) -> str:
    """Return the number, of its whole where it has one; unknown is said, never a nought."""
    if figure.value is None:
        return text("fact.unknown", lang)
    value = _number(figure.value, figure, lang)
    return value if figure.of is None else f"{value} / {_number(figure.of, figure, lang)}"


def _opened(figure: Figure, county: str, lang: Language, said: Any, css: str) -> Any:
    """Return what is said as a link to the figure's rows, where it has some."""
    if figure.rows is None or figure.value is None:
        return html.Span(said, className=css)
    return html.A(
        said,
        href=figure.rows.address(county, "csv", lang),
        download="",
        className=f"{css} rows",
        title=text("figures.rows", lang, {"date": figure.as_of.isoformat()}),
        **{"data-figure": figure.key, "data-rows": figure.rows.address(county)},
    )


def figure_row(figure: Figure, county: str, lang: Language) -> html.Div:
    """Return one line: what it is, the number that opens its rows, and a note below it."""
    children: list[Any] = [
        html.Dt(label_words(figure, lang)),
        html.Dd(
            [
                _opened(figure, county, lang, value_words(figure, lang), "value"),
                html.Span(unit_words(figure, lang), className="unit"),
            ]
        ),
    ]
    if figure.note:
        words = {"share": percent(figure.share), **figure.note_words}
        children.append(html.Dd(text(figure.note, lang, words), className="note"))
    return html.Div(children, className=f"fact tone-{figure.tone}")


def figure_tile(figure: Figure, county: str, lang: Language, *, share: bool = False) -> html.Div:
    """Return a figure that stands above all others; ``share``: with its part of the whole."""
    whole = "" if figure.of is None else f" / {_number(figure.of, figure, lang)}"
    words = f"{whole} {unit_words(figure, lang)}" + (f" · {percent(figure.share)}" if share else "")
    unknown = text("fact.unknown", lang)
    shown = unknown if figure.value is None else _number(figure.value, figure, lang)
    return html.Div(
        [
            html.Span(label_words(figure, lang), className="tile-label"),
            html.Span(
                [
                    _opened(figure, county, lang, shown, "big"),
                    html.Span(words, className="of"),
                ],
                className="tile-value",
            ),
        ],
        className=f"tile {'tile-bad' if figure.tone == 'loud' else 'tile-good'}",
    )


def figure_cell(figure: Figure, county: str, lang: Language) -> html.Td:
    """Return a figure as a cell of a table."""
    said = "—" if figure.value is None else _number(figure.value, figure, lang)
    loud = "loud" if figure.tone == "loud" else ""
    return html.Td(_opened(figure, county, lang, said, ""), className=loud)


def figure_section(
    title: str, figures: Iterable[Figure], county: str, lang: Language
) -> html.Section:
    """Return a titled list of figures; ``title``: words."""
    lines = [figure_row(figure, county, lang) for figure in figures]
    return html.Section([html.H3(title), html.Dl(lines)], className="section")
