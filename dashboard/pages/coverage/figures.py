"""Figures and tables of an answer as components. Every text from data is text."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import html

from dashboard.exports.coverage_words import source_words
from dashboard.pages.coverage import parts
from dashboard.text import Language, number, percent, text
from dashboard.view import View
from layers.coverage_gaps.drawing import Drawing
from layers.coverage_gaps.gaps import Gaps
from layers.coverage_gaps.store import Board
from layers.coverage_gaps.sums import Line
from layers.coverage_gaps.visit_sheet import Grouping, Sheet

SHOWN_MAX = 250
WITHIN = ("coverage.within_0", "coverage.within_1", "coverage.within_2")


def question_values(gaps: Gaps) -> dict[str, str]:
    """Return a question as it stands in an address."""
    question = gaps.question
    values = {
        "minutes": f"{question.minutes:g}",
        "services": ",".join(question.services),
        "profile": question.profile if question.way != "response" else "",
        "way": question.way if question.way != "to_station" else "",
        "tier": question.tier or "",
        "weekday": str(question.weekday or ""),
        "clock": question.clock or "",
    }
    return {k: v for k, v in values.items() if v}


def figures(view: View, board: Board, gaps: Gaps, sheet: Sheet) -> list[Any]:
    """Return the answer in figures: who is outside, how many services, circles on paper."""
    lang, whole = view.lang, sheet.whole
    minutes = gaps.question.minutes
    if sheet.stations == 0:
        return [
            html.P(text("coverage.no_station_asked", lang), className="says"),
            *_unknown_hours(sheet, lang),
            _source(board, gaps, lang),
        ]
    share = percent(whole.outside / whole.households if whole.households else None)
    way = gaps.question.way
    label = f"coverage_outside.{way}" if len(gaps.circles) == 1 else f"coverage_incomplete.{way}"
    tile = html.Div(
        [
            html.Span(text(label, lang, {"minutes": minutes}), className="tile-label"),
            html.Span(
                [
                    html.B(number(whole.outside)),
                    html.Span(
                        f" / {number(whole.households)} {text('unit.households', lang)} · {share}",
                        className="of",
                    ),
                ],
                className="tile-value",
            ),
        ],
        className=f"tile {'tile-bad' if whole.outside else 'tile-good'}",
    )
    services = "coverage.stations_within" if len(gaps.circles) == 1 else "coverage.services_within"
    services = "coverage.responders_within" if way == "response" else services
    facts = [
        _fact("coverage.elderly_outside", whole.elderly_outside, "unit.persons", lang),
        _fact("coverage.children_outside", whole.children_outside, "unit.persons", lang),
        _fact("coverage.untied_households", whole.untied, "unit.households", lang),
    ]
    if board.unplaced:
        facts.append(_fact("coverage.unplaced", board.unplaced, "unit.households", lang))
    within = [
        _fact(key, count, "unit.households", lang)
        for key, count in zip(WITHIN, whole.within, strict=True)
    ]
    paper = html.Table(
        [
            html.Caption(text("coverage.paper", lang)),
            _head(lang, "coverage.radius", "coverage.on_paper", f"coverage_not_there.{way}"),
            html.Tbody(
                [
                    html.Tr(
                        [
                            html.Th(f"{number(p.radius_m)} m", scope="row"),
                            html.Td(number(p.households)),
                            html.Td(
                                number(p.not_on_foot),
                                className="loud" if p.not_on_foot else "",
                            ),
                        ]
                    )
                    for p in sheet.paper
                ]
            ),
        ],
        className="lines paper",
    )  # fmt: skip
    return [
        html.Div([tile], className="tiles"),
        html.Dl(facts),
        *_untied_list(whole, lang),
        html.Section([html.H3(text(services, lang, {"minutes": minutes})), html.Dl(within)],
                     className="section"),
        html.Section([paper, html.P(text(f"coverage_paper.{way}", lang, {"minutes": minutes}),
                                    className="legend-note")], className="section"),
        *_unknown_hours(sheet, lang),
        _source(board, gaps, lang),
    ]  # fmt: skip


def _untied_list(whole: Line, lang: Language) -> list[Any]:
    """Return the button that lists the buildings which no street reaches; nothing without any."""
    if not whole.untied:
        return []
    words = text("coverage.untied_list", lang)
    return [html.Button(words, id=parts.line("untied:all"), className="row-button")]


def _unknown_hours(sheet: Sheet, lang: Language) -> list[Any]:
    if not sheet.hours_unknown:
        return []
    words = text("coverage.hours_unknown", lang, {"stations": sheet.hours_unknown})
    return [html.P(words, className="legend-note")]


def _source(board: Board, gaps: Gaps, lang: Language) -> html.P:
    """Return what the figures come from: measure, who goes how fast, date, version."""
    return html.P(source_words(board, gaps, lang), className="as-of")


def _fact(label: str, value: int | None, unit: str, lang: Language) -> html.Div:
    """Return a count with its unit, or that nobody knows it."""
    if value is None:
        words = [html.Span(text("fact.unknown", lang), className="value")]
    else:
        words = [
            html.Span(number(value), className="value"),
            html.Span(text(unit, lang), className="unit"),
        ]
    return html.Div([html.Dt(text(label, lang)), html.Dd(words)], className="fact")


def _head(lang: Language, *keys: str) -> html.Thead:
    return html.Thead(html.Tr([html.Th(text(key, lang), scope="col") for key in keys]))


def table(view: View, gaps: Gaps, sheet: Sheet, grouping: Grouping) -> list[Any]:
    """Return the groups, worst first; those without anybody outside are counted below."""
    lang = view.lang
    worst = [line for line in sheet.lines if line.outside]
    complete = sum(line.households > 0 and not line.outside for line in sheet.lines)
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
    of = html.Td([html.B(number(line.outside)), f" / {number(line.households)}"])
    return html.Tr(
        [
            html.Th(name, scope="row"),
            of,
            html.Td(number(line.elderly_outside)),
            html.Td(number(line.children_outside)),
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
        **question_values(gaps),
    }
    links = [
        html.A(kind, href=f"/coverage/export.{suffix}?{urlencode(values)}", className="quiet",
               download="")
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
