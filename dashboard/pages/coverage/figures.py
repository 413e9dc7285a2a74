"""Figures and tables of an answer as components. Every text from data is text."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import html

from dashboard.components.figures import figure_cell, figure_row, figure_section, figure_tile
from dashboard.exports.coverage_words import source_words
from dashboard.pages.coverage import parts
from dashboard.text import Language, counted, number, text
from dashboard.view import View
from layers.coverage_gaps.answers.gaps import Gaps
from layers.coverage_gaps.answers.sums import Line
from layers.coverage_gaps.drawing import Drawing
from layers.coverage_gaps.figures import WITHIN, paper_figures, question_values
from layers.coverage_gaps.figures import figures as answer_figures
from layers.coverage_gaps.report import Grouping, Report
from layers.coverage_gaps.store import Board
from layers.kit import few

SHOWN_MAX = 250


def figures(view: View, board: Board, gaps: Gaps, report: Report) -> list[Any]:
    """Return the answer in figures: who is outside, how many services, circles on paper."""
    lang, county = view.lang, board.county
    if report.stations == 0:
        return [
            html.P(text("coverage.no_station_asked", lang), className="says"),
            *_unknown_hours(report, lang),
            _source(board, gaps, lang),
        ]
    tile, *others = answer_figures(board, gaps, report)
    facts = [figure for figure in others if figure.key not in WITHIN]
    within = [figure for figure in others if figure.key in WITHIN]
    words = {"minutes": gaps.question.minutes}
    return [
        html.Div([figure_tile(tile, county, lang, share=True)], className="tiles"),
        html.Dl([figure_row(figure, county, lang) for figure in facts]),
        *_untied_list(report.whole, lang),
        figure_section(text(_services_key(gaps), lang, words), within, county, lang),
        _paper(board, gaps, report, lang),
        *_unknown_hours(report, lang),
        _source(board, gaps, lang),
    ]


def _services_key(gaps: Gaps) -> str:
    if gaps.question.way == "response":
        return "coverage.responders_within"
    return "coverage.stations_within" if len(gaps.circles) == 1 else "coverage.services_within"


def _paper(board: Board, gaps: Gaps, report: Report, lang: Language) -> html.Section:
    """Return circles drawn on paper beside the walk: a section of its own."""
    way = gaps.question.way
    lines = [
        html.Tr(
            [
                html.Th(f"{number(paper.radius_m)} m", scope="row"),
                figure_cell(there, board.county, lang),
                figure_cell(not_there, board.county, lang),
            ]
        )
        for paper, (there, not_there) in zip(
            report.paper, paper_figures(board, gaps, report), strict=True
        )
    ]
    table = html.Table(
        [
            html.Caption(text("coverage.paper", lang)),
            _head(lang, "coverage.radius", "coverage.on_paper", f"coverage_not_there.{way}"),
            html.Tbody(lines),
        ],
        className="lines paper",
    )
    note = text(f"coverage_paper.{way}", lang, {"minutes": gaps.question.minutes})
    return html.Section([table, html.P(note, className="legend-note")], className="section")


def _untied_list(whole: Line, lang: Language) -> list[Any]:
    """Return the button that lists the buildings which no street reaches; nothing without any."""
    if not whole.untied:
        return []
    words = text("coverage.untied_list", lang)
    return [html.Button(words, id=parts.line("untied:all"), className="row-button")]


def _unknown_hours(report: Report, lang: Language) -> list[Any]:
    if not report.hours_unknown:
        return []
    words = text("coverage.hours_unknown", lang, {"stations": report.hours_unknown})
    return [html.P(words, className="legend-note")]


def _source(board: Board, gaps: Gaps, lang: Language) -> html.P:
    """Return what the figures come from: measure, who goes how fast, date, version."""
    return html.P(source_words(board, gaps, lang), className="as-of")


def _head(lang: Language, *keys: str) -> html.Thead:
    return html.Thead(html.Tr([html.Th(text(key, lang), scope="col") for key in keys]))


def table(view: View, gaps: Gaps, report: Report, grouping: Grouping) -> list[Any]:
    """Return the groups, worst first; those without anybody outside are counted below."""
    lang = view.lang
    worst = [line for line in report.lines if line.outside]
    complete = sum(line.households > 0 and not line.outside for line in report.lines)
    children: list[Any] = [exports(view, gaps, grouping)]
    if worst:
        head = _head(
            lang,
            "coverage.grid" if grouping == "grids" else "coverage.community",
            "coverage.outside_of_all",
            "coverage.elderly_short",
            "coverage.children_short",
        )
        rows = [_row(line, grouping, lang) for line in worst[:SHOWN_MAX]]
        worst_table = html.Table([head, html.Tbody(rows)], className="lines worst")
        children.append(html.Div(worst_table, className="table-scroll"))
    key = "coverage.complete_grids" if grouping == "grids" else "coverage.complete_communities"
    children.append(html.P(text(key, lang, {"count": complete}), className="legend-note"))
    return children


def _row(line: Line, grouping: Grouping, lang: Language) -> html.Tr:
    kind = "grid" if grouping == "grids" else "community"
    name = html.Button(line.name, id=parts.line(f"{kind}:{line.key}"), className="row-button")
    of = html.Td([html.B(counted(line.outside, lang)), f" / {counted(line.households, lang)}"])
    # Of a household or two outside, their old and young are not told either.
    people = few.row(
        {
            "outside": line.outside,
            "elderly_outside": line.elderly_outside,
            "children_outside": line.children_outside,
        },
        text("few.hidden", lang),
    )
    return html.Tr(
        [
            html.Th(name, scope="row"),
            of,
            *(
                html.Td(count if isinstance(count, str) else number(count))
                for count in (people["elderly_outside"], people["children_outside"])
            ),
        ],
        title=text("coverage.row_units", lang),
    )


def exports(view: View, gaps: Gaps, grouping: Grouping) -> html.P:
    """Return the links that write what is shown to a file."""
    assert view.county is not None
    values = {
        "county": view.county.code,
        "by": grouping,
        "lang": view.lang,
        **question_values(gaps.question),
    }
    links = [
        html.A(kind, href=f"/coverage/export.{suffix}?{urlencode(values)}", className="quiet",
               download="", **{"data-paper": view.say("coverage.export_name", {"kind": kind})})
        for suffix, kind in (
            ("xlsx", "XLSX"), ("csv", "CSV"), ("gpkg", "GeoPackage"), ("geojson", "GeoJSON")
        )
    ]  # fmt: skip
    return html.P([html.Span(view.say("coverage.export")), *links], className="exports")


def legend(view: View, gaps: Gaps, drawing: Drawing) -> list[Any]:
    """Return the marks of the map: bands within the limit, the ways to be outside, the drawing."""
    lang, question = view.lang, gaps.question
    names = [text("coverage.minutes_up_to", lang, {"minutes": m}) for m in question.bands]
    items = [
        html.Li([html.Span(className=f"mark cover-mark-{n}"), html.Span(name)])
        for n, name in enumerate(names)
    ]
    values = {"minutes": question.minutes, "twice": 2 * question.minutes}
    items += [
        html.Li([html.Span(className=f"mark cover-mark-{letter}"),
                 html.Span(text(key, lang, values))])
        for letter, key in (
            ("o", "coverage.class_outside"),
            ("f", "coverage.class_far"),
            ("n", f"coverage_no_way.{question.way}"),
            ("u", "coverage.class_untied"),
        )
    ]  # fmt: skip
    notes: list[Any] = []
    if drawing == "streets":
        items += [
            html.Li([html.Span(className=f"mark street-mark-{n}"), html.Span(name)])
            for n, name in enumerate(
                text(f"coverage_street.{question.way}", lang, {"minutes": m})
                for m in question.bands
            )
        ]
    if drawing != "none":
        notes = [html.P(text(f"coverage_drawing_note.{drawing}", lang), className="legend-note")]
    return [html.Ul(items, className="legend"), *notes]
