"""Callbacks of the coverage page: parse, call one function, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, html, no_update

from dashboard import ids
from dashboard.access.principal import present
from dashboard.pages.coverage import parts
from dashboard.pages.coverage.board import board_of
from dashboard.pages.coverage.detail import (
    Detail,
    building_detail,
    group_detail,
    station_detail,
    untied_detail,
)
from dashboard.pages.coverage.figures import figures, legend, table
from dashboard.pages.coverage.profiles import callbacks as profiles_callbacks
from dashboard.pages.coverage.routes import add_routes
from dashboard.pages.coverage.siting import callbacks as siting_callbacks
from dashboard.pages.coverage.values import QuestionValue, Selection, WayValue
from dashboard.pages.coverage.what_if import callbacks as what_if_callbacks
from dashboard.services import Services
from dashboard.text import text
from dashboard.text.refusals import refusal
from dashboard.view import View, make_view
from data.engine import session
from layers.coverage_gaps.answers.gaps import Gaps
from layers.coverage_gaps.figures import asked
from layers.coverage_gaps.report import lay_report
from layers.coverage_gaps.store import Board
from layers.kit.errors import GetuError, NotFoundError
from layers.service_circles.store import versions_of

SPACE = "coverage"


def register(app: Dash, services: Services) -> None:
    """Add the page's routes and callbacks to an application."""
    add_routes(app.server, services)
    _clientside(app)
    what_if_callbacks.register(app, services)
    siting_callbacks.register(app, services)
    profiles_callbacks.register(app, services)

    @app.callback(
        Output(parts.FIGURES, "children"),
        Output(parts.TABLE, "children"),
        Output(parts.LEGEND, "children"),
        Input(parts.QUESTION, "data"),
        Input(parts.GROUPING, "value"),
        Input(parts.DRAWING, "value"),
        State(ids.URL, "search"),
        prevent_initial_call=True,  # the page came with its first answer
    )
    def answer(question: QuestionValue | None, grouping: Any, drawing: Any, search: str) -> Any:
        if not question:
            return no_update, no_update, no_update
        view = make_view(services, search or "")
        try:
            board, gaps = answered(services, view, question)
        except GetuError as error:
            return [html.P(refusal(error, view.lang), className="says")], [], []
        report = lay_report(board, gaps, grouping)
        return (
            figures(view, board, gaps, report),
            table(view, gaps, report, grouping),
            legend(view, gaps, drawing),
        )

    @app.callback(
        Output(parts.DETAIL, "children"),
        Output(parts.WAY, "data"),
        Input(parts.SELECTED, "data"),
        Input(parts.QUESTION, "data"),
        State(ids.URL, "search"),
    )
    def detail(selected: Selection | None, question: QuestionValue | None, search: str) -> Any:
        if not selected or not question:
            return [], None
        view = make_view(services, search or "")
        # The map goes to what is newly chosen, not to what a link or another question shows again.
        moves = ctx.triggered_id == parts.SELECTED and len(ctx.triggered) == 1
        try:
            board, gaps = answered(services, view, question)
            found = detail_of(view, board, gaps, selected)
        except NotFoundError:
            return [html.P(text("desk.gone", view.lang), className="says")], None
        except GetuError as error:
            return [html.P(refusal(error, view.lang), className="says")], None
        way: WayValue = {"line": found.line, "bounds": found.bounds if moves else None}
        return [html.Div(found.children, className="detail")], way

    @app.callback(
        Output(parts.SELECTED, "data", allow_duplicate=True),
        Input({"type": "coverage-line", "key": ALL}, "n_clicks"),
        Input({"type": "coverage-building", "key": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def choose(lines: list[Any], buildings: list[Any]) -> Any:
        if not any([*lines, *buildings]) or not isinstance(ctx.triggered_id, dict):
            return no_update
        key = str(ctx.triggered_id["key"])
        if ctx.triggered_id["type"] == "coverage-building":
            return {"building": int(key)}
        kind, _, of = key.partition(":")
        return None if kind == "close" else {kind: of}

    @app.callback(
        Output(parts.CURRENT, "data"),
        Input(parts.CLOCKWORK, "n_intervals"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def now(_: int, search: str) -> Any:
        """Say which version the data have; the script asks again when it is another."""
        view = make_view(services, search or "")
        if view.query is None:
            return no_update
        with session(services.engine, present()) as c:
            return profiles_callbacks.current(versions_of(c, view.query))


def answered(services: Services, view: View, question: QuestionValue) -> tuple[Board, Gaps]:
    """Return the board as it stands and the answer to a question. Raises GetuError."""
    if view.county is None:
        raise NotFoundError("no county is loaded")
    board = board_of(services, view.county.code)
    return board, board.answer(asked(question))


def detail_of(view: View, board: Board, gaps: Gaps, selected: Selection) -> Detail:
    """Return the detail of what is chosen. Raises NotFoundError."""
    (kind, key), *_ = selected.items()
    if kind == "building":
        return building_detail(view, board, gaps, int(str(key)))
    if kind == "station":
        return station_detail(view, board, gaps, str(key))
    if kind == "untied":
        return untied_detail(view, board)
    return group_detail(view, board, gaps, kind, str(key))


def _clientside(app: Dash) -> None:
    """Tie the page's script (assets/pages/coverage/main.js) to its components."""

    def script(name: str, *args: Any, **options: Any) -> None:
        app.clientside_callback(ClientsideFunction(SPACE, name), *args, **options)

    controls = (
        parts.MINUTES,
        parts.SERVICES,
        parts.TRAVEL,
        parts.PROFILE,
        parts.TIER,
        parts.WEEKDAY,
        parts.CLOCK,
    )
    state = Output(ids.STATE, "data", allow_duplicate=True)
    later = {"prevent_initial_call": True}
    first = {"prevent_initial_call": "initial_duplicate"}
    script("question", Output(parts.QUESTION, "data"), *(Input(c, "value") for c in controls),
           State(parts.QUESTION, "data"))  # fmt: skip
    script("minutes", Output(parts.MINUTES, "value"),
           *(Input(f"{parts.MINUTES}-{m}", "n_clicks") for m in (5, 10, 15)), **later)  # fmt: skip
    script("paint", state, Input(parts.QUESTION, "data"), Input(parts.DRAWING, "value"), **first)
    script("mode", state, Input(parts.MODE, "value"), **first)
    script("selected", state, Input(parts.SELECTED, "data"), **first)
    script("way", state, Input(parts.WAY, "data"), **later)
    script("scenario", state, Input(parts.SCENARIO, "data"), **first)
    script("held", state, Input(parts.STATION, "data"), **later)
    script("add", state, Input(parts.ADD, "n_clicks"), **later)
    script("draw", Output(parts.SITE_AREA, "data"), Input(parts.SITE_DRAW, "n_clicks"), **later)
    script("goal", Output(parts.SITE_NUMBER, "disabled"), Input(parts.SITE_GOAL, "value"))
    script(
        "weight",
        Output(parts.SITE_CAPACITY, "hidden"),
        Input(parts.SITE_GOAL, "value"),
        Input(parts.SITE_KEEP, "value"),
    )
    script("renew", Output(parts.FRESH, "children"), Input(parts.CURRENT, "data"), **later)
    script(
        "form",
        Output(parts.FORM_KEY, "value", allow_duplicate=True),
        Input(parts.TRAVEL, "value"),
        Input(parts.PROFILE, "value"),
        **later,
    )
    script("category", Output(parts.ADD_CATEGORY, "value"), Input(parts.SERVICES, "value"))
    script("clock", Output(parts.CLOCK, "disabled"), Input(parts.WEEKDAY, "value"))
    script("candidates", state, Input(parts.SITE_CANDIDATES, "value"), **first)
    script("sites", state, Input(parts.SITE_JOB, "data"), **later)
    _writing(script)


def _writing(script: Callable[..., None]) -> None:
    """Tie what is written (assets/pages/coverage/writing.js, which reads the fields) to buttons."""

    def pressed(*buttons: str) -> list[Input]:
        return [Input(button, "n_clicks") for button in buttons]

    later = {"prevent_initial_call": True}
    job, question = State(parts.SITE_JOB, "data"), State(parts.QUESTION, "data")
    script(
        "change_scenario", Output(parts.SCENARIO_DONE, "data"),
        *pressed(parts.SCENARIO_NEW), Input(parts.OPERATION, "data"),
        *pressed(parts.UNDO, parts.REDO, parts.ADOPT, parts.DISCARD),
        State(parts.SCENARIO, "data"), **later,
    )  # fmt: skip
    script("ask_siting", Output(parts.SITE_ASKED, "data"),
           *pressed(parts.SITE_START, parts.SITE_CANCEL), job, question, **later)  # fmt: skip
    script("try_siting", Output(parts.SITE_TAKEN, "data"), Output(parts.MODE, "value"),
           Input(parts.SITE_SCENARIO, "n_clicks", allow_optional=True), job, question,
           **later)  # fmt: skip
    script("save_profile", Output(parts.FORM_DONE, "data"),
           *pressed(parts.FORM_SAVE, parts.FORM_REMOVE), **later)  # fmt: skip
