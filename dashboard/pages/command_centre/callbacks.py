"""Callbacks of the first page: parse, call one function, render."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State

from dashboard import ids
from dashboard.pages.command_centre.inspector import circle_figures, heat_scale, inspected
from dashboard.services import Services
from dashboard.view import make_view

SPACE = "command_centre"


def register(app: Dash, services: Services) -> None:
    """Add the page's callbacks to an application."""
    _clientside(app)

    @app.callback(
        Output(ids.INSPECTOR, "children"),
        Input(ids.SELECTED, "data"),
        Input(ids.PLAN, "value", allow_optional=True),
        State(ids.URL, "search"),
        prevent_initial_call=True,  # as the two below: the layout came with what they say
    )
    def inspect(selected: dict[str, str] | None, as_of: str | None, search: str) -> list[Any]:
        return inspected(make_view(services, search or ""), selected, as_of)

    @app.callback(
        Output(ids.CIRCLE_FIGURES, "children"),
        Input(ids.CIRCLE_CATEGORY, "value"),
        Input(ids.CIRCLE_OF, "value"),
        Input(ids.SELECTED, "data"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def circles(category: str, of: str, selected: dict[str, str] | None, search: str) -> list[Any]:
        return circle_figures(make_view(services, search or ""), category, of, selected)

    @app.callback(
        Output(ids.HEAT_SCALE, "children"),
        Input(ids.SPAN, "value"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def scale(_: list[int], search: str) -> Any:
        return heat_scale(make_view(services, search or ""))


def _clientside(app: Dash) -> None:
    """Tie the page's scripts (assets/pages/command_centre/main.js) to its components."""

    def script(name: str, *parts: Any, **options: Any) -> None:
        app.clientside_callback(ClientsideFunction(SPACE, name), *parts, **options)

    selected = Input(ids.SELECTED, "data")
    script(
        "switches",
        Output(ids.SWITCHED, "data"),  # of this page alone: Dash calls ALL where there is none
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
