"""户数: household tables of offices, month by month, onto buildings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from flask import Flask

from dashboard.components.town_map import town_map
from dashboard.pages.data_desk.households.routes import add_household_routes
from dashboard.pages.data_desk.tab import Tab
from dashboard.services import Services
from dashboard.view import View
from layers.households.tables.headers import MEASURES, PLACE_FIELDS


def layout(view: View) -> Any:
    """Return tables and snapshots at the left, the map, the work at the right; a script fills."""
    return html.Div(
        [
            html.Aside(
                html.P(view.say("data_households.loading"), className="muted"),
                id="households-side",
                className="layers",
                **{"aria-label": view.say("data_households.tables")},
            ),
            town_map(view, []),
            html.Aside(
                id="households-work",
                className="inspector",
                **{"aria-label": view.say("data_households.work")},
            ),
            html.Div(id="households-sheet", className="sheet", hidden=True),
            html.Div(id="households-says", className="says-bar", role="status"),
        ],
        className="columns households-page",
    )


def config(view: View) -> Mapping[str, object]:
    """Return what the script starts with: the open table that the address bar names."""
    wanted = view.params.get("upload", "")
    return {
        "households": {
            "upload": int(wanted) if wanted.isdecimal() and len(wanted) < 19 else None,
            "step": view.params.get("step", ""),
            "places": list(PLACE_FIELDS),
            "measures": list(MEASURES),
            "demo": view.county is not None and view.county.demo_key is not None,
        }
    }


def routes(server: Flask, services: Services) -> None:
    """Add the tab's routes."""
    add_household_routes(server, services)


TAB = Tab(
    "households",
    "data_households.title",
    layout,
    routes=routes,
    words=("data_households.", "measure."),
    config=config,
)
