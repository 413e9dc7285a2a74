"""Callbacks of the first page: parse, call one function, render. It knows no layer by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx

from dashboard import ids
from dashboard.pages.command_centre.inspector import inspected, layer_says
from dashboard.pages.command_centre.panel import Settings
from dashboard.services import Services
from dashboard.view import make_view

SPACE = "command_centre"


def register(app: Dash, services: Services) -> None:
    """Add the page's callbacks to an application."""
    _clientside(app)

    @app.callback(
        Output(ids.INSPECTOR, "children"),
        Input(ids.SELECTED, "data"),
        Input({"type": ids.DAY, "layer": ALL, "name": ALL}, "value"),
        State(ids.URL, "search"),
        prevent_initial_call=True,  # as the one below: the layout came with what they say
    )
    def inspect(selected: dict[str, str] | None, _: list[Any], search: str) -> list[Any]:
        days = {name: str(value) for name, value in _set_to(1).items() if value}
        return inspected(make_view(services, search or ""), selected, days)

    @app.callback(
        Output({"type": ids.SAYS, "layer": MATCH}, "children"),
        Input({"type": ids.CONTROL, "layer": MATCH, "name": ALL}, "value"),
        Input({"type": ids.DAYS, "layer": MATCH, "name": ALL}, "value"),
        Input(ids.SELECTED, "data"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def say(_: Any, __: Any, selected: dict[str, str] | None, search: str) -> list[Any]:
        view = make_view(services, search or "")
        if view.query is None:
            return []
        key = str(ctx.outputs_list["id"]["layer"])
        settings = Settings(view, selected or {})
        return layer_says(view, key, settings.values(key, {**_set_to(0), **_set_to(1)}))


def _set_to(place: int) -> Mapping[str, object]:
    """Return what the controls of a callback's input are set to, by their names."""
    return {one["id"]["name"]: one.get("value") for one in ctx.inputs_list[place]}


def _clientside(app: Dash) -> None:
    """Tie the page's scripts (assets/pages/command_centre/main.js) to its components."""

    def script(name: str, *parts: Any, **options: Any) -> None:
        app.clientside_callback(ClientsideFunction(SPACE, name), *parts, **options)

    # What is of this page alone: Dash calls ALL where there is none.
    state = Output(ids.SWITCHED, "data", allow_duplicate=True)
    selected = Input(ids.SELECTED, "data")
    later = "initial_duplicate"
    script(
        "switches",
        Output(ids.SWITCHED, "data"),
        Input({"type": ids.SWITCHES, "layer": ALL}, "value"),
    )
    script("chosen", state, selected, prevent_initial_call=later)
    script("close", Output(ids.SELECTED, "data"), Input(ids.CLOSE, "n_clicks"),
           prevent_initial_call=True)  # fmt: skip
    script(
        "controls",
        state,
        *(
            Input({"type": kind, "layer": ALL, "name": ALL}, "value")
            for kind in (ids.CONTROL, ids.DAY, ids.DAYS)
        ),
        selected,
        prevent_initial_call=later,
    )
    script(
        "dragged",
        state,
        Input({"type": ids.DAYS, "layer": ALL, "name": ALL}, "drag_value"),
        prevent_initial_call=True,
    )
