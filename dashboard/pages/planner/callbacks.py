"""Callbacks of the planner's page: it only has to be started; the rest is gestures and HTTP."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output

from dashboard import ids
from dashboard.services import Services


def register(app: Dash, services: Services) -> None:  # noqa: ARG001 - what every page is given
    """Start the desk (assets/pages/planner/main.js) whenever its page has been laid out."""
    app.clientside_callback(
        ClientsideFunction("planner", "start"),
        Output(ids.STATE, "data", allow_duplicate=True),
        Input(ids.PLANNER_START, "data"),
        prevent_initial_call="initial_duplicate",
    )
