"""The coverage page: the question at the left, the map, the answer at the right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from logging import getLogger
from typing import Any, cast
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.access.principal import present
from dashboard.components.frame import Config, base_config, empty_state, frame
from dashboard.components.town_map import town_map
from dashboard.exports.coverage_words import services_words
from dashboard.pages.coverage import parts
from dashboard.pages.coverage.dropdowns import dropdown_labels
from dashboard.pages.coverage.figures import figures, legend, table
from dashboard.pages.coverage.profiles.panel import profiles_panel, walker_options
from dashboard.pages.coverage.siting.panel import siting_panel
from dashboard.pages.coverage.values import QuestionValue, Selection
from dashboard.pages.coverage.what_if.panel import what_if_panel
from dashboard.view import View
from data.engine import session
from layers.coverage_gaps.answers.gaps import (
    SERVICES,
    TIERS,
    Question,
    is_asked,
    read_question,
)
from layers.coverage_gaps.drawing import DRAWINGS, Drawing
from layers.coverage_gaps.figures import asked as read_values
from layers.coverage_gaps.report import Grouping, lay_report
from layers.coverage_gaps.store import Board
from layers.kit.errors import GetuError, InputError, NotFoundError
from layers.service_circles.travel.profiles import make_profiles
from layers.service_circles.travel.response import CRUISER
from layers.service_circles.travel.way import WAYS
from layers.service_circles.walking.network import ADULT

logger = getLogger(__name__)

MODES = {
    "gaps": "coverage.mode_gaps",
    "what_if": "coverage.mode_what_if",
    "siting": "coverage.mode_siting",
}
GROUPING: Grouping = "grids"
CLOCKS = [f"{hour:02d}:{minute:02d}" for hour in range(6, 23) for minute in (0, 30)]


def layout(view: View) -> html.Div:
    """Return the page; without a county or its streets it says what to do."""
    if view.county is None or view.query is None:
        return frame(view, [empty_state(view)])
    board, missing = None, "coverage.no_streets"
    try:
        with session(view.services.engine, present(), is_snapshot=True) as c:
            board = view.services.boards.get(c, view.query)
        missing = "" if len(board.facts) else "coverage.no_households"
    except NotFoundError:
        logger.debug("%s has no streets: the coverage page says so", view.query.county)
    mode = view.params.get("mode", "gaps")
    mode = mode if mode in MODES else "gaps"
    first = _first_answer(view, board) if board and not missing else None
    body = [
        html.Div(
            [_question(view, board, first), town_map(view, []), _answers(view, mode, first)],
            className="columns coverage-page",
            hidden=bool(missing),
            **({"data-preload": " ".join(first.addresses)} if first else {}),
        ),
        # A store that is given nothing to hold says so by a change.
        dcc.Store(id=parts.QUESTION, data=first.question) if first else dcc.Store(parts.QUESTION),
        dcc.Store(id=parts.SELECTED, data=_selected(view)),
        dcc.Store(id=parts.WAY),
        dcc.Store(id=parts.CURRENT),
        dcc.Interval(id=parts.CLOCKWORK, interval=8000),
    ]
    if missing:  # the controls stay known to the program, as on a page that has something to say
        body.insert(0, _nothing(view, missing))
    return frame(view, body, _config(view, board))


@dataclass(frozen=True, slots=True)
class _FirstAnswer:
    """What the page says before anything is asked anew, and what its script fetches first."""

    question: QuestionValue
    figures: list[Any]
    table: list[Any]
    legend: list[Any]
    addresses: tuple[str, str]


def _first_answer(view: View, board: Board) -> _FirstAnswer | None:
    """Answer the question that the controls ask at first; None where it cannot be answered.

    Then the callback asks it again, and says why.
    """
    asked, walker = _asked(view), _walker(view, board)
    question: QuestionValue = {
        "minutes": f"{asked.minutes:g}",
        "services": ",".join(asked.services),
        "profile": walker,
    }
    if asked.way != "to_station":
        question["way"] = asked.way
    if asked.tier:
        question["tier"] = asked.tier
    if asked.weekday:
        question["weekday"], question["clock"] = str(asked.weekday), _clock(asked)
    drawing = _drawing(view)
    try:
        gaps = board.answer(read_values(question))
    except GetuError:
        return None
    report = lay_report(board, gaps, GROUPING)
    # In the order of the script (assets/pages/coverage/question.js): what differs is fetched twice.
    county = {"county": board.county}
    return _FirstAnswer(
        question,
        figures(view, board, gaps, report),
        table(view, gaps, report, GROUPING),
        legend(view, gaps, drawing),
        (
            f"/coverage/buildings?{urlencode({**county, 'v': board.doors_version})}",
            f"/coverage/answer?{urlencode({**county, **question, 'drawing': drawing})}",
        ),
    )


def _asked(view: View) -> Question:
    """Return the question of the address; the usual one where it cannot be read."""
    try:
        return read_question(view.params)
    except InputError:
        return read_question({})


def _walker(view: View, board: Board | None) -> str:
    """Return who walks: of the address where the county knows such walkers."""
    known = board.town.profiles if board else make_profiles((), ADULT.flat_speed_m_s)
    profile = _asked(view).profile
    return profile if profile in known.walkers else ADULT.key


def _clock(asked: Question) -> str:
    return asked.clock if asked.clock in CLOCKS else "10:00"


def _drawing(view: View) -> Drawing:
    drawing = view.params.get("drawing", "areas")
    return drawing if drawing in DRAWINGS else "areas"


def _nothing(view: View, key: str) -> html.Div:
    return html.Div([html.H2(view.say("page.coverage")), html.P(view.say(key))], className="empty")


def _question(view: View, board: Board | None, first: _FirstAnswer | None) -> html.Aside:
    """What is asked: minutes, services, who walks, tier, opening hours."""
    asked, walker = _asked(view), _walker(view, board)
    sites = board.sites if board else ()
    profiles = board.town.profiles if board else make_profiles((), ADULT.flat_speed_m_s)
    usual = read_question({})
    counts = {
        service: sum(is_asked(site, (service,), usual) for site in sites) for service in SERVICES
    }
    services = [
        {"label": f"{services_words((s,), view.lang)} ({counts[s]})", "value": s}
        for s in SERVICES
        if counts[s] or s in asked.services
    ]
    quick = [
        html.Button(
            view.say("coverage.minutes", {"minutes": m}),
            id=f"{parts.MINUTES}-{m}",
            className="quick",
            type="button",
        )
        for m in (5, 10, 15)
    ]
    fields = [
        _field(view, "coverage.within", parts.MINUTES, [
            html.Div(
                [
                    dcc.Input(
                        id=parts.MINUTES, type="number", min=1, max=120, step="any",
                        value=asked.minutes, debounce=True, className="number",
                    ),
                    *quick,
                ],
                className="minutes-row",
            )
        ]),
        _field(view, "coverage.services", parts.SERVICES, [
            dcc.Dropdown(
                id=parts.SERVICES, options=services, value=list(asked.services), multi=True,
                clearable=False, searchable=False, labels=dropdown_labels(view.lang),
            ),
            *(
                html.P(
                    view.say(f"coverage_services_note.{kind}"), className="legend-note",
                    hidden=(kind == "vehicle") != (asked.way == "response"),
                    **{"data-services": kind},
                )
                for kind in ("walk", "vehicle")
            ),
        ]),
        _field(view, "coverage.travel", parts.TRAVEL, [
            dcc.Dropdown(
                id=parts.TRAVEL, value=asked.way, clearable=False, searchable=False,
                options=[{"label": view.say(f"coverage_travel.{w}"), "value": w} for w in WAYS],
            ),
        ]),
        html.Div(
            _field(view, "coverage.who", parts.PROFILE, [
                dcc.RadioItems(
                    id=parts.PROFILE, inline=True, className="radio walkers",
                    value=walker,
                    options=walker_options(profiles, view.lang),
                ),
            ]),
            id="coverage-walkers", hidden=asked.way == "response",
        ),
        profiles_panel(
            view.lang, profiles, CRUISER.key if asked.way == "response" else walker
        ),
        _field(view, "coverage.tier", parts.TIER, [
            dcc.Dropdown(
                id=parts.TIER, value=asked.tier or "", clearable=False, searchable=False,
                options=[{"label": view.say("coverage.any_tier"), "value": ""}]
                + [{"label": view.say(f"stations.tier_{t}"), "value": t} for t in TIERS],
            ),
        ]),
        _field(view, "coverage.open_at", parts.WEEKDAY, [
            html.Div(
                [
                    dcc.Dropdown(
                        id=parts.WEEKDAY, clearable=False, searchable=False,
                        value=str(asked.weekday or ""),
                        options=[{"label": view.say("coverage.any_time"), "value": ""}]
                        + [
                            {"label": view.say(f"weekday.{day}"), "value": str(day)}
                            for day in range(1, 8)
                        ],
                    ),
                    dcc.Dropdown(
                        id=parts.CLOCK, clearable=False, searchable=False,
                        value=_clock(asked),
                        options=[{"label": at, "value": at} for at in CLOCKS],
                    ),
                ],
                className="time-row",
            )
        ]),
        _field(view, "coverage.drawing", parts.DRAWING, [
            dcc.Dropdown(
                id=parts.DRAWING, clearable=False, searchable=False,
                value=_drawing(view),
                options=[
                    {"label": view.say(f"coverage_drawing.{d}"), "value": d} for d in DRAWINGS
                ],
            ),
        ]),
    ]  # fmt: skip
    return html.Aside(
        [
            html.H2(view.say("coverage.question")),
            *fields,
            html.Section(
                [
                    html.H3(view.say("coverage.legend")),
                    html.Div(first.legend if first else None, id=parts.LEGEND),
                ],
                className="section",
            ),
        ],
        className="layers",
        **{"aria-label": view.say("coverage.question")},
    )  # fmt: skip


def _field(view: View, label: str, control: str, children: list[Any]) -> html.Div:
    return html.Div([html.Label(view.say(label), htmlFor=control, className="field"), *children])


def _answers(view: View, mode: str, first: _FirstAnswer | None) -> html.Aside:
    switch = dcc.RadioItems(
        id=parts.MODE,
        value=mode,
        inline=True,
        className="segments",
        options=[{"label": view.say(key), "value": m} for m, key in MODES.items()],
    )
    gaps = html.Div(
        [
            html.Div(first.figures if first else None, id=parts.FIGURES),
            html.Span(view.say("coverage.grouping"), className="unseen"),
            dcc.RadioItems(
                id=parts.GROUPING, value=GROUPING, inline=True, className="radio",
                options=[
                    {"label": view.say("coverage.by_grid"), "value": "grids"},
                    {"label": view.say("coverage.by_community"), "value": "communities"},
                ],
            ),
            html.Div(first.table if first else None, id=parts.TABLE),
        ],
        hidden=mode != "gaps",
        **{"data-mode": "gaps"},
    )  # fmt: skip
    return html.Aside(
        [
            html.Div(id=parts.FRESH, role="status"),
            html.P(id=parts.SILENT, role="alert", className="says"),
            html.Span(view.say("coverage.mode"), className="unseen"),
            switch,
            html.Div(id=parts.DETAIL, **{"aria-live": "polite"}),
            gaps,
            html.Div(what_if_panel(view), hidden=mode != "what_if", **{"data-mode": "what_if"}),
            html.Div(siting_panel(view), hidden=mode != "siting", **{"data-mode": "siting"}),
        ],
        className="inspector coverage-answers",
        **{"aria-label": view.say("coverage.answers")},
    )


def _selected(view: View) -> Selection | None:
    kind, _, key = view.params.get("sel", "").partition(":")
    if kind == "building" and key.isdecimal():
        return {"building": int(key)}
    if kind in ("station", "grid", "community", "untied") and key.isalnum():
        return cast("Selection", {kind: key})
    return None


SCRIPT_WORDS = (
    "coverage.tip_households",
    "coverage.untied",
    "coverage.renewed",
    "coverage.computing",
    "coverage.grid",
    "coverage.gained",
    "coverage.lost",
    "coverage.gained_households",
    "coverage.lost_households",
    "coverage.outside_after",
    "coverage.no_connection",
    "coverage.adopt_who",
    "coverage.form_who",
)


class CoverageConfig(Config):
    """The words of the page's script by their keys, and ``doors``: which buildings stand."""

    coverage: Mapping[str, str | Mapping[str, str]]


def _config(view: View, board: Board | None) -> CoverageConfig:
    """Return what the script needs besides the base map: its words, and which buildings stand."""
    keys: dict[str, str | Mapping[str, str]] = {
        **{key.removeprefix("coverage."): view.say(key) for key in SCRIPT_WORDS},
        "tip_minutes": {way: view.say(f"coverage_tip.{way}") for way in WAYS},
        "no_way": {way: view.say(f"coverage_no_way.{way}") for way in WAYS},
        "unit": view.say("unit.households"),
        "doors": board.doors_version if board else "",
    }
    return {**base_config(view), "coverage": keys}
