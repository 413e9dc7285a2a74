"""质量: what is known of a county's data and what is not, by community, down to the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.components.town_map import town_map
from dashboard.pages.data_desk.quality.routes import add_routes
from dashboard.pages.data_desk.tab import Tab
from dashboard.view import View


def layout(view: View) -> Any:
    """Return the summary at the left, the map, the rows at the right; a script fills them."""
    return html.Div(
        [
            html.Aside(
                html.P(view.say("data_quality.looking"), className="muted"),
                id="quality-summary",
                className="layers",
                **{"aria-label": view.say("data_quality.title")},
            ),
            town_map(view, []),
            html.Aside(
                id="quality-rows",
                className="inspector",
                **{"aria-label": view.say("data_quality.checks"), "aria-live": "polite"},
            ),
        ],
        className="columns quality-page",
    )


def config(view: View) -> Mapping[str, object]:
    """Return what the script starts with: what the address bar asks for."""
    asked = {name: view.params[name] for name in ("check", "in", "months") if name in view.params}
    return {"quality": asked}


TAB = Tab(
    "quality",
    "data_quality.title",
    layout,
    routes=add_routes,
    words=("data_quality.", "measure."),
    config=config,
)
