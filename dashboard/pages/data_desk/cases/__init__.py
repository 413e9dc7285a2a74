"""旧网格与边界: polygons that follow no plot; every building in doubt is ruled on, then a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.components.town_map import town_map
from dashboard.pages.data_desk.cases.routes import add_routes
from dashboard.pages.data_desk.tab import Tab
from dashboard.view import View


def layout(view: View) -> Any:
    """Return the list at the left, the map, the case at the right; a script fills them."""
    return html.Div(
        [
            html.Aside(
                html.P(view.say("data_cases.loading"), className="muted"),
                id="cases-list",
                className="layers",
                **{"aria-label": view.say("data_cases.title")},
            ),
            town_map(view, []),
            html.Aside(
                id="cases-one",
                className="inspector",
                **{"aria-label": view.say("data_cases.one"), "aria-live": "polite"},
            ),
        ],
        className="columns cases-page",
    )


def config(view: View) -> Mapping[str, object]:
    """Return what the script starts with: the set that the address bar names."""
    wanted = view.params.get("set", "")
    return {"case_set": int(wanted) if wanted.isdecimal() and len(wanted) < 19 else None}


TAB = Tab(
    "cases",
    "data_cases.title",
    layout,
    routes=add_routes,
    words=("data_cases.", "data_files.drop", "data_files.crs_", "data_files.by"),
    config=config,
)
