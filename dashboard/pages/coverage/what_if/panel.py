"""The panel of 模拟布点: scenarios, what they change, and their adoption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.access.principal import present
from dashboard.components.rights import needs, says, unnamed
from dashboard.pages.coverage import parts
from dashboard.pages.coverage.dropdowns import dropdown_labels
from dashboard.pages.coverage.what_if.values import OptionValue, SideValue
from dashboard.text import Language, counted, number, text
from dashboard.view import View
from data.engine import session
from data.stations.write_scenarios import REASON_MAX, TITLE_MAX, Scenario, drafts
from layers.coverage_gaps.answers.gaps import CATEGORIES
from layers.kit.records.stations import Operation

CLOCKS = [f"{hour:02d}:{minute:02d}" for hour in range(25) for minute in (0, 30)][:-1]


def what_if_panel(view: View) -> list[Any]:
    """Return the panel; a scenario is chosen or made first."""
    assert view.county is not None
    lang = view.lang
    with session(view.services.engine, present()) as c:
        known = drafts(c, view.county.code)
    wanted = view.params.get("scenario", "")
    chosen = next((d for d in known if str(d.id) == wanted), None)
    categories = category_options(lang)
    return [
        html.P(text("coverage.what_if_note", lang), className="muted"),
        html.Div(
            [
                dcc.Dropdown(
                    id=parts.SCENARIO_CHOICE,
                    options=scenario_options(known),
                    value=chosen.id if chosen else None,
                    placeholder=text("coverage.choose_scenario", lang),
                    searchable=False,
                ),
            ]
        ),
        html.Div(
            [
                dcc.Input(
                    id=parts.SCENARIO_TITLE,
                    placeholder=text("coverage.scenario_title", lang),
                    maxLength=TITLE_MAX,
                    className="words",
                ),
                html.Button(
                    text("coverage.new_scenario", lang), id=parts.SCENARIO_NEW,
                    **says("work", lang),
                ),
            ],
            className="row",
        ),
        html.P(id=parts.SCENARIO_SAYS, role="alert", className="says"),
        html.Div(
            [
                html.Div(
                    [
                        dcc.Dropdown(
                            id=parts.ADD_CATEGORY,
                            options=categories,
                            value="service_station",
                            clearable=False,
                            searchable=False,
                        ),
                        html.Button(
                            text("coverage.add_station", lang), id=parts.ADD,
                            **{"aria-pressed": "false"},
                        ),
                    ],
                    className="row", **needs("work"),
                ),
                html.Div(
                    [
                        html.Button(text("coverage.undo", lang), id=parts.UNDO),
                        html.Button(text("coverage.redo", lang), id=parts.REDO),
                    ],
                    className="row", **needs("work"),
                ),
                html.P(
                    text("coverage.move_note", lang), className="legend-note", **needs("work")
                ),
                html.Div(
                    _station_form(lang, categories), id=parts.STATION_FORM, hidden=True,
                    **needs("work"),
                ),
                html.Div(id="coverage-effect", **{"aria-live": "polite"}),
                html.Div(id=parts.SCENARIO_WORDS),
                html.Div(id=parts.SCENARIO_SIDE),
                html.Details(
                    [
                        html.Summary(text("coverage.decide", lang)),
                        html.P(text("coverage.adopt_note", lang), className="legend-note"),
                        dcc.Input(
                            id=parts.ADOPT_BY, className="words", maxLength=TITLE_MAX,
                            placeholder=text("coverage.adopt_by", lang), style=unnamed(),
                        ),
                        dcc.Input(
                            id=parts.ADOPT_REASON, className="words", maxLength=REASON_MAX,
                            placeholder=text("coverage.adopt_reason", lang),
                        ),
                        html.Div(
                            [
                                html.Button(text("coverage.adopt", lang), id=parts.ADOPT),
                                html.Button(text("coverage.discard", lang), id=parts.DISCARD),
                            ],
                            className="row",
                        ),
                    ],
                    className="section", **needs("work"),
                ),
            ],
            id="coverage-scenario-body",
            hidden=chosen is None,
        ),
        dcc.Store(id=parts.SCENARIO),
        dcc.Store(id=parts.SCENARIO_DONE),
        dcc.Store(id=parts.OPERATION),
        dcc.Store(id=parts.STATION),
    ]  # fmt: skip


def category_options(lang: Language) -> list[dict[str, str]]:
    """Return every category that a station can have."""
    return [{"label": text(f"category.{c}", lang), "value": c} for c in CATEGORIES]


def scenario_options(known: Sequence[Scenario]) -> list[OptionValue]:
    """Return the drafts to choose from."""
    return [{"label": d.title, "value": d.id} for d in known]


def _station_form(lang: Language, categories: list[dict[str, str]]) -> list[Any]:
    """Return the form of the station in hand: close or open it, its services, its hours."""
    clocks = [{"label": at, "value": at} for at in CLOCKS]
    return [
        html.Section(
            [
                html.H3(id="coverage-station-name"),
                html.Button(text("coverage.close_station", lang), id=parts.STATION_SHUT),
                html.Label(text("stations.category", lang), htmlFor=parts.STATION_CATEGORIES,
                           className="field"),
                dcc.Dropdown(id=parts.STATION_CATEGORIES, options=categories, multi=True,
                             searchable=False, labels=dropdown_labels(lang)),
                html.Label(text("stations.hours", lang), className="field"),
                dcc.Checklist(
                    id=parts.STATION_DAYS, inline=True, className="radio days",
                    options=[
                        {"label": text(f"weekday.{day}", lang), "value": day}
                        for day in range(1, 8)
                    ],
                ),
                html.Div(
                    [
                        dcc.Dropdown(id=parts.STATION_OPENS, options=clocks, searchable=False,
                                     value="09:00", clearable=False),
                        dcc.Dropdown(id=parts.STATION_CLOSES, options=clocks, searchable=False,
                                     value="17:00", clearable=False),
                    ],
                    className="time-row",
                ),
                html.Button(text("coverage.save_station", lang), id=parts.STATION_SAVE),
            ],
            className="section",
        )
    ]  # fmt: skip


def operation_words(operation: Operation, name: str, lang: Language) -> str:
    """Return an operation as a sentence."""
    values = {"station": name}
    if operation["kind"] in ("add", "categories"):
        values["categories"] = "、".join(
            text(f"category.{c}", lang) for c in operation["categories"]
        )
    if operation["kind"] == "hours":
        days = sorted({int(h[0]) for h in operation["hours"]})
        values["days"] = "、".join(text(f"weekday.{d}", lang) for d in days)
        spans = sorted({f"{a}–{b}" for _, a, b in operation["hours"]})
        values["hours"] = " ".join(spans)
    return text(f"coverage_operation.{operation['kind']}", lang, values)


def side_by_side(rows: Sequence[SideValue], lang: Language) -> list[Any]:
    """Return every draft beside the others: what it changes for how many households."""
    if not rows:
        return []
    keys = ("coverage.scenario", "coverage.changes", "coverage.gained", "coverage.lost",
            "coverage.outside_after")  # fmt: skip
    head = html.Thead(html.Tr([html.Th(text(k, lang), scope="col") for k in keys]))
    body = [
        html.Tr(
            [
                html.Th(str(r["title"]), scope="row"),
                html.Td(number(r["changes"])),
                html.Td(_signed("+", r["gained"], lang)),
                html.Td(_signed("−", r["lost"], lang)),
                html.Td(counted(r["outside"], lang)),
            ],
            className="here" if r["is_chosen"] else "",
        )
        for r in rows
    ]
    caption = html.Caption(text("coverage.side_by_side", lang))
    return [html.Table([caption, head, html.Tbody(body)], className="lines side")]


def _signed(sign: str, households: int, lang: Language) -> str:
    """Return a change with its sign; nothing has none."""
    return f"{sign}{counted(households, lang)}" if households else "0"
