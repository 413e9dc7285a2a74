"""Facts and inspections as components. Every text from data is text, never HTML."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import html

from dashboard.components.figures import figure_row, is_of_households
from dashboard.text import Language, catalogue, counted, number, text
from layers.kit.figure import Figure
from layers.kit.layer import Fact, Inspection, TextKey
from layers.kit.words import SentenceValue


def shown(value: Any, lang: Language) -> str:
    """Write a value for a reader: numbers with separators, dates in ISO, unknown as a dash."""
    if value is None:
        return text("fact.unknown", lang)
    if isinstance(value, TextKey):
        return text(value, lang) if value in catalogue() else str(value)
    if isinstance(value, tuple):
        return "、".join(shown(v, lang) for v in value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return number(value)
    return str(value)


def fact_row(fact: Fact, lang: Language) -> html.Div:
    """Return one line: label, value with unit, and a note below it."""
    label = text(fact.label, lang) if fact.label in catalogue() else fact.label
    unit = text(fact.unit, lang) if fact.unit and fact.value is not None else ""
    value = [
        html.Span(_said(fact, lang), className="value"),
        html.Span(unit, className="unit"),
    ]
    children: list[Any] = [html.Dt(label), html.Dd(value)]
    if fact.note:
        children.append(html.Dd(text(fact.note, lang, fact.note_values), className="note"))
    return html.Div(children, className=f"fact tone-{fact.tone}")


def _said(fact: Fact, lang: Language) -> str:
    if is_of_households(fact.unit) and isinstance(fact.value, int | float):
        return counted(fact.value, lang)
    return shown(fact.value, lang)


def section(
    title: str, facts: tuple[Fact | Figure, ...], county: str, lang: Language
) -> html.Section:
    """Return a titled list of facts and figures."""
    lines = [
        figure_row(fact, county, lang) if isinstance(fact, Figure) else fact_row(fact, lang)
        for fact in facts
    ]
    return html.Section([html.H3(text(title, lang)), html.Dl(lines)], className="section")


def inspection_panel(found: Inspection, county: str, lang: Language) -> list[Any]:
    """Return the inspector's content for one thing."""
    children: list[Any] = [
        html.Div(text(found.kind, lang), className="kicker"),
        html.H2(found.title),
        html.P(found.subtitle, className="muted"),
    ]
    children += [section(title, facts, county, lang) for title, facts in found.sections if facts]
    if found.as_of:
        children.append(as_of_line(found.as_of, lang))
    return children


def as_of_line(day: date, lang: Language) -> html.P:
    """Return the date that figures stand for."""
    return html.P(text("figures.as_of", lang, {"date": day.isoformat()}), className="as-of")


def fallback_list(fallbacks: tuple[SentenceValue, ...], lang: Language) -> list[Any]:
    """Return what was estimated, one sentence each; nothing when nothing was."""
    if not fallbacks:
        return []
    sentences = [text(f["code"], lang, f["values"]) for f in fallbacks]
    return [
        html.Section(
            [
                html.H3(text("figures.estimated", lang)),
                html.Ul([html.Li(sentence) for sentence in sentences]),
            ],
            className="section estimated",
        )
    ]
