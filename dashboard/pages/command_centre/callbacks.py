"""Callbacks of the first page: parse, call one function, render."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, html

from dashboard import ids
from dashboard.components.inspection import inspection_panel, section
from dashboard.desk import Desk
from dashboard.pages.command_centre.summary import summary_panel
from dashboard.text import percent, text
from dashboard.view import View, make_view
from layers.kit.errors import NotFoundError
from layers.kit.layer import Fact

SPACE = "command_centre"


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks to an application."""
    _clientside(app)

    @app.callback(
        Output(ids.INSPECTOR, "children"),
        Input(ids.SELECTED, "data"),
        Input(ids.PLAN, "value", allow_optional=True),
        State(ids.URL, "search"),
    )
    def inspect(selected: dict[str, str] | None, as_of: str | None, search: str) -> list[Any]:
        view = make_view(desk, search or "")
        if view.county is None:
            return []
        values = {"as_of": as_of} if as_of else {}
        if not selected:
            return summary_panel(desk, view.county.code, values, view.lang)
        try:
            found = desk.inspection(selected["layer"], view.county.code, selected["id"], values)
        except NotFoundError:
            return [html.P(text("desk.gone", view.lang), className="empty")]
        panel = inspection_panel(found, view.lang)
        if selected["layer"] == "stations":
            panel += _reach(view, selected["id"])
        return [*panel, html.P(text("desk.back", view.lang), className="legend-note")]

    @app.callback(
        Output(ids.CIRCLE_FIGURES, "children"),
        Input(ids.CIRCLE_CATEGORY, "value"),
        State(ids.URL, "search"),
    )
    def circles(category: str, search: str) -> list[Any]:
        view = make_view(desk, search or "")
        if view.county is None:
            return []
        covered = desk.coverage(view.county.code, category or None)
        if covered is None:
            return [html.P(text("desk.no_streets", view.lang), className="legend-note")]
        if covered.stations == 0:
            return [html.P(text("desk.no_stations", view.lang), className="legend-note")]
        share = covered.covered[-1] / covered.households if covered.households else None
        words = {
            "stations": covered.stations,
            "minutes": covered.minutes[-1],
            "covered": covered.covered[-1],
            "households": covered.households,
            "share": percent(share),
        }
        return [html.P(text("desk.circle_reach", view.lang, words))]

    @app.callback(
        Output(ids.HEAT_SCALE, "children"), Input(ids.SPAN, "value"), State(ids.URL, "search")
    )
    def scale(_: list[int], search: str) -> Any:
        view = make_view(desk, search or "")
        if view.county is None:
            return ""
        payload = desk.payload("incidents", view.county.code, {})
        return [html.Span("0"), html.Span(payload.headers["X-Getu-Scale"].rstrip("0").rstrip("."))]


def _reach(view: View, station: str) -> list[Any]:
    """Return the households that one open station reaches on foot."""
    assert view.county is not None
    assert view.query is not None
    counts = view.desk.station_reach(view.county.code, station)
    if counts is None:
        return []
    facts = tuple(
        Fact(f"summary.within_{minutes}", count, "unit.households")
        for minutes, count in zip(view.query.minutes, counts, strict=True)
    )
    return [section("summary.reach", facts, view.lang)]


def _clientside(app: Dash) -> None:
    """Tie the page's scripts (assets/command_centre.js) to its components."""

    def script(name: str, *parts: Any, **options: Any) -> None:
        app.clientside_callback(ClientsideFunction(SPACE, name), *parts, **options)

    selected = Input(ids.SELECTED, "data")
    script(
        "switches",
        Output(ids.STATE, "data"),
        Input({"type": ids.SWITCHES, "layer": ALL}, "value"),
    )
    script("chosen", Output(ids.STATE, "data", allow_duplicate=True), selected,
           prevent_initial_call="initial_duplicate")  # fmt: skip
    script("plan", Output(ids.features("grids"), "url"), Input(ids.PLAN, "value"),
           prevent_initial_call=True)  # fmt: skip
    script("circleMode", Output(ids.CIRCLE_OF, "value"), selected, State(ids.CIRCLE_OF, "value"),
           prevent_initial_call=True)  # fmt: skip
    script(
        "circles",
        Output(ids.features("service_circles"), "url"),
        Input(ids.CIRCLE_OF, "value"),
        Input(ids.CIRCLE_CATEGORY, "value"),
        selected,
    )
    script(
        "heat",
        Output(ids.picture("incidents"), "url"),
        Output(ids.SPAN_WORDS, "children"),
        Input(ids.SPAN, "value"),
    )
    script(
        "spanWords",
        Output(ids.SPAN_WORDS, "children", allow_duplicate=True),
        Input(ids.SPAN, "drag_value"),
        prevent_initial_call=True,
    )
