"""Callbacks of 模拟布点: changes go by the routes; here a scenario and its effect are shown."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update

from dashboard import ids
from dashboard.access.principal import present
from dashboard.pages.coverage import parts
from dashboard.pages.coverage.board import board_of
from dashboard.pages.coverage.values import QuestionValue
from dashboard.pages.coverage.what_if.actions import load, shown
from dashboard.pages.coverage.what_if.panel import operation_words, scenario_options, side_by_side
from dashboard.pages.coverage.what_if.trial import folded, trial
from dashboard.pages.coverage.what_if.values import (
    DoneValue,
    HeldValue,
    OperationForm,
    SideValue,
    StationForm,
)
from dashboard.services import Services
from dashboard.text import text
from dashboard.view import View, make_view
from data.engine import session
from data.stations import write_scenarios as write
from layers.coverage_gaps.answers.gaps import Question, Site
from layers.coverage_gaps.figures import asked
from layers.coverage_gaps.store import Board
from layers.kit.errors import GetuError


def register(app: Dash, services: Services) -> None:
    """Add the callbacks to an application."""
    _actions(app, services)
    _panels(app, services)
    _station_form(app, services)


def _actions(app: Dash, services: Services) -> None:
    @app.callback(
        Output(parts.SCENARIO, "data"),
        Output(parts.SCENARIO_CHOICE, "options"),
        Output(parts.SCENARIO_CHOICE, "value"),
        Output("coverage-scenario-body", "hidden"),
        Output(parts.SCENARIO_SAYS, "children", allow_duplicate=True),
        Input(parts.SCENARIO_CHOICE, "value"),
        Input(parts.SCENARIO_DONE, "data"),
        Input(parts.SITE_TAKEN, "data"),
        State(parts.SCENARIO, "data"),
        State(ids.URL, "search"),
        prevent_initial_call="initial_duplicate",
    )
    def act(
        choice: int | None, done: DoneValue | None, taken: int | None, held: HeldValue | None,
        search: str,
    ) -> Any:  # fmt: skip
        """Show the scenario that is chosen, or the one that was changed."""
        view = make_view(services, search or "")
        trigger = ctx.triggered_id
        if view.county is None or (
            trigger == parts.SCENARIO_CHOICE and held and held["id"] == choice
        ):
            return (no_update,) * 5
        is_done = trigger == parts.SCENARIO_DONE
        chosen = done["id"] if is_done and done else choice
        draft = load(services, view.county.code, taken if trigger == parts.SITE_TAKEN else chosen)
        with session(services.engine, present()) as c:
            options = scenario_options(write.drafts(c, view.county.code))
        return (
            shown(draft), options, draft.id if draft else None, draft is None,
            no_update if is_done else "",
        )  # fmt: skip

    @app.callback(
        Output(parts.SCENARIO_SAYS, "children"),
        Output(parts.SCENARIO_TITLE, "value"),
        Input(parts.SCENARIO_DONE, "data"),
        prevent_initial_call=True,
    )
    def became(done: DoneValue | None) -> Any:
        """Say what became of a change."""
        if not done:
            return no_update, no_update
        said = html.Span(done["says"], className="good") if done["is_good"] else done["says"]
        return said, "" if done["is_made"] else no_update


def _panels(app: Dash, services: Services) -> None:
    @app.callback(
        Output(parts.SCENARIO_WORDS, "children"),
        Output(parts.SCENARIO_SIDE, "children"),
        Output(parts.UNDO, "disabled"),
        Output(parts.REDO, "disabled"),
        Input(parts.SCENARIO, "data"),
        Input(parts.QUESTION, "data"),
        State(ids.URL, "search"),
    )
    def words(held: HeldValue | None, question: QuestionValue | None, search: str) -> Any:
        view = make_view(services, search or "")
        if view.county is None or not held or not question:
            return [], [], True, True
        board = board_of(services, view.county.code)
        listed = _operation_list(board, held, view)
        side = _side(services, board, asked(question), held["id"])
        undone = held["total"] > len(held["operations"])
        return listed, side_by_side(side, view.lang), not held["operations"], not undone


def _station_form(app: Dash, services: Services) -> None:
    @app.callback(
        Output(parts.STATION_FORM, "hidden"),
        Output("coverage-station-name", "children"),
        Output(parts.STATION_SHUT, "children"),
        Output(parts.STATION_CATEGORIES, "value"),
        Output(parts.STATION_DAYS, "value"),
        Output(parts.STATION_OPENS, "value"),
        Output(parts.STATION_CLOSES, "value"),
        Input(parts.STATION, "data"),
        Input(parts.SCENARIO, "data"),
        State(ids.URL, "search"),
    )
    def station(key: str | None, held: HeldValue | None, search: str) -> Any:
        view = make_view(services, search or "")
        site = _in_hand(services, view, key, held)
        if site is None:
            return True, "", "", [], [], "09:00", "17:00"
        shut = text("coverage.close_station" if site.state == "open" else "coverage.open_station",
                    view.lang)  # fmt: skip
        return False, site.name, shut, list(site.categories), *_form_hours(site)

    @app.callback(
        Output(parts.OPERATION, "data"),
        inputs={
            "shut": Input(parts.STATION_SHUT, "n_clicks"),
            "save": Input(parts.STATION_SAVE, "n_clicks"),
            "key": State(parts.STATION, "data"),
            "held": State(parts.SCENARIO, "data"),
            "form": {
                "categories": State(parts.STATION_CATEGORIES, "value"),
                "days": State(parts.STATION_DAYS, "value"),
                "opens": State(parts.STATION_OPENS, "value"),
                "closes": State(parts.STATION_CLOSES, "value"),
            },
            "search": State(ids.URL, "search"),
        },
        prevent_initial_call=True,
    )
    def change(
        shut: int | None, save: int | None, key: str | None, held: HeldValue | None,
        form: StationForm, search: str,
    ) -> Any:  # fmt: skip
        site = _in_hand(services, make_view(services, search or ""), key, held)
        if site is None or not (shut or save):
            return no_update
        if ctx.triggered_id == parts.STATION_SHUT:
            kind = "close" if site.state == "open" else "open"
            closing: OperationForm = {"kind": kind, "key": site.key, "at": shut}
            return closing
        several = form_operations(site, form)
        wish: OperationForm = {"several": several, "at": save}
        return wish if several else no_update


def _in_hand(
    services: Services, view: View, key: str | None, held: HeldValue | None
) -> Site | None:
    """Return the station in hand as the scenario has it; None when there is none."""
    if view.county is None or not held or not key:
        return None
    after = folded(board_of(services, view.county.code), held["operations"]).sites
    return next((s for s in after if s.key == str(key)), None)


def form_operations(site: Site, form: StationForm) -> list[OperationForm]:
    """Return what the form of a station changes of it."""
    several: list[OperationForm] = []
    categories = form["categories"] or []
    if set(categories) != set(site.categories):
        several.append({"kind": "categories", "key": site.key, "categories": categories})
    days, opens, closes = sorted(form["days"] or []), form["opens"], form["closes"]
    # Hours that differ from day to day stay as they are until the form is changed.
    if (days, opens, closes) != _form_hours(site):
        hours: list[list[int | str]] = [[day, opens, closes] for day in days]
        several.append({"kind": "hours", "key": site.key, "hours": hours})
    return several


def _form_hours(site: Site) -> tuple[list[int], str, str]:
    """Return a station's hours as the form shows them: days, earliest opening, latest closing."""
    days = sorted({h[0] for h in site.hours})
    opens = min((h[1] for h in site.hours), default="09:00")
    closes = max((h[2] for h in site.hours), default="17:00")
    return days, _half(opens), _half(closes)


def _half(clock: str) -> str:
    """Return a time on the half hour that the form can show."""
    hour, minute = clock.split(":")[:2]
    return f"{int(hour):02d}:{'30' if int(minute) >= 30 else '00'}"


def _operation_list(board: Board, held: HeldValue, view: View) -> list[Any]:
    names = {site.key: site.name for site in board.sites}
    items, lost = [], folded(board, held["operations"]).lost
    for operation in held["operations"]:
        if operation["kind"] == "add":
            names[operation["key"]] = operation["name"]
        name = names.get(operation["key"], text("coverage.station_gone", view.lang))
        items.append(html.Li(operation_words(operation, name, view.lang)))
    if not items:
        return [html.P(text("coverage.no_changes", view.lang), className="legend-note")]
    gone = [html.P(text("coverage.operations_lost", view.lang, {"count": len(lost)}),
                   className="says")] if lost else []  # fmt: skip
    return [html.Section([html.H3(text("coverage.changes", view.lang)), html.Ol(items), *gone],
                         className="section operations")]  # fmt: skip


def _side(services: Services, board: Board, question: Question, chosen: int) -> list[SideValue]:
    with session(services.engine, present()) as c:
        known = write.drafts(c, board.county)
    rows: list[SideValue] = []
    for draft in known:
        try:
            effect = trial(board, question, draft.held)
        except GetuError:
            continue  # a draft of an older program that this one cannot read
        rows.append(
            {
                "title": draft.title,
                "changes": draft.position,
                "gained": effect["gained_households"],
                "lost": effect["lost_households"],
                "outside": effect["outside_after"],
                "is_chosen": draft.id == chosen,
            }
        )
    return rows
