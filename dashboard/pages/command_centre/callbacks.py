"""Callbacks of the first page: parse, call one function, render."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, html

from dashboard import ids
from dashboard.components.inspection import inspection_panel, section
from dashboard.pages.command_centre.summary import summary_panel
from dashboard.services import Services
from dashboard.text import percent, text
from dashboard.view import View, make_view
from layers.kit.errors import NotFoundError
from layers.kit.layer import Fact

SPACE = "command_centre"


def register(app: Dash, services: Services) -> None:
    """Add the page's callbacks to an application."""
    _clientside(app)

    @app.callback(
        Output(ids.INSPECTOR, "children"),
        Input(ids.SELECTED, "data"),
        Input(ids.PLAN, "value", allow_optional=True),
        State(ids.URL, "search"),
    )
    def inspect(selected: dict[str, str] | None, as_of: str | None, search: str) -> list[Any]:
        view = make_view(services, search or "")
        if view.county is None:
            return []
        values = {"as_of": as_of} if as_of else {}
        if not selected:
            return summary_panel(services, view.county.code, values, view.lang)
        try:
            found = services.inspection(selected["layer"], view.county.code, selected["id"], values)
        except NotFoundError:
            return [html.P(text("desk.gone", view.lang), className="empty")]
        panel = inspection_panel(found, view.county.code, view.lang)
        if selected["layer"] == "stations":
            panel += _reach(view, selected["id"])
        return panel

    @app.callback(
        Output(ids.CIRCLE_FIGURES, "children"),
        Input(ids.CIRCLE_CATEGORY, "value"),
        Input(ids.CIRCLE_OF, "value"),
        Input(ids.SELECTED, "data"),
        State(ids.URL, "search"),
    )
    def circles(category: str, of: str, selected: dict[str, str] | None, search: str) -> list[Any]:
        view = make_view(services, search or "")
        if view.county is None:
            return []
        if of == "one":
            return _one_reach(view, selected)
        return _all_reach(view, category or None)

    @app.callback(
        Output(ids.HEAT_SCALE, "children"), Input(ids.SPAN, "value"), State(ids.URL, "search")
    )
    def scale(_: list[int], search: str) -> Any:
        view = make_view(services, search or "")
        if view.county is None:
            return ""
        payload = services.payload("incidents", view.county.code, {})
        return [html.Span("0"), html.Span(payload.headers["X-Getu-Scale"])]


def _all_reach(view: View, category: str | None) -> list[Any]:
    """Say in one sentence whom the open stations of a category reach."""
    assert view.county is not None
    covered = view.services.coverage(view.county.code, category)
    if covered is None:
        return [html.P(view.say("desk.no_streets"), className="legend-note")]
    if covered.stations == 0:
        return [html.P(view.say("desk.no_stations"), className="legend-note")]
    share = covered.covered[-1] / covered.households if covered.households else None
    words = {
        "stations": covered.stations,
        "minutes": covered.minutes[-1],
        "covered": covered.covered[-1],
        "households": covered.households,
        "share": percent(share),
    }
    return [html.P(view.say("desk.circle_reach", words))]


def _one_reach(view: View, selected: dict[str, str] | None) -> list[Any]:
    """Say in one sentence whom the chosen station reaches, or that none is chosen."""
    assert view.county is not None
    assert view.query is not None
    if not selected or selected["layer"] != "stations":
        return [html.P(view.say("desk.choose_station"), className="legend-note")]
    counts = view.services.station_reach(view.county.code, selected["id"])
    if counts is None:
        return [html.P(view.say("desk.station_shut"), className="legend-note")]
    words = {"minutes": view.query.minutes[-1], "covered": counts[-1]}
    return [html.P(view.say("desk.one_reach", words))]


def _reach(view: View, station: str) -> list[Any]:
    """Return the households that one open station reaches on foot."""
    assert view.county is not None
    assert view.query is not None
    counts = view.services.station_reach(view.county.code, station)
    if counts is None:
        return []
    facts = tuple(
        Fact(f"summary.within_{minutes}", count, "unit.households")
        for minutes, count in zip(view.query.minutes, counts, strict=True)
    )
    return [section("summary.reach", facts, view.county.code, view.lang)]


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
    script("close", Output(ids.SELECTED, "data"), Input(ids.CLOSE, "n_clicks"),
           prevent_initial_call=True)  # fmt: skip
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
