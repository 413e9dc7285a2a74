"""数据台: buildings, households, borders and files, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from flask import Flask

from dashboard import ids
from dashboard.components.frame import base_config, empty_state, frame
from dashboard.pages.data_desk import buildings, cases, files, households, quality
from dashboard.pages.data_desk.tab import Tab
from dashboard.pages.page import Page
from dashboard.services import Services
from dashboard.text import catalogue
from dashboard.view import View, placeholder_view

# In the order of a month's work. A tab is its folder and one line here.
TABS: tuple[Tab, ...] = (households.TAB, quality.TAB, buildings.TAB, cases.TAB, files.TAB)


def layout(view: View) -> html.Div:
    """Return the page with the tab that the address names, the first one otherwise."""
    if view.county is None:
        return frame(view, [empty_state(view)])
    here = _tab(view.params)
    body = [
        html.Nav(
            [
                html.A(
                    view.say(tab.title),
                    href=f"?tab={tab.key}",
                    className="here" if tab is here else "",
                    **{"data-keep": f"tab={tab.key}"},
                )
                for tab in TABS
            ],
            className="desk-tabs",
            **{"aria-label": view.say("data.tabs")},
        ),
        html.Div(here.layout(view), className=f"data-desk data-{here.key}", id="data-desk"),
        dcc.Store(id=ids.DESK_START, data=here.key),
    ]
    return frame(view, body, _config(view, here))


def _tab(params: Mapping[str, str]) -> Tab:
    return next((tab for tab in TABS if tab.key == params.get("tab")), TABS[0])


def _config(view: View, tab: Tab) -> Mapping[str, object]:
    config = base_config(view)
    words = {
        key: texts[view.lang] for key, texts in catalogue().items() if key.startswith(tab.words)
    }
    return {
        **config,
        "layers": [],
        "words": {**config["words"], **words},
        **tab.config(view),
    }


def add_routes(server: Flask, services: Services) -> None:
    """Add the routes of every tab."""
    for tab in TABS:
        tab.routes(server, services)


def _whole(view: View) -> html.Div:
    """Return every tab at once: Dash compares callbacks with the layout, once at the start."""
    return html.Div([layout(view), *(tab.layout(view) for tab in TABS)])


def _register(app: Dash, services: Services) -> None:
    app.validation_layout = html.Div([app.validation_layout, _whole(placeholder_view(services))])
    app.clientside_callback(
        ClientsideFunction("desk", "open"),
        Output(ids.STATE, "data", allow_duplicate=True),
        Input(ids.DESK_START, "data"),
        prevent_initial_call="initial_duplicate",
    )
    for tab in TABS:
        tab.register(app, services)


PAGE = Page("/data", "page.data", layout, _register, lambda params: f"data_desk/{_tab(params).key}")
