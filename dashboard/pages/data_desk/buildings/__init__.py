"""楼栋: footprints drawn and described on the map, over pictures of plans that are pinned to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from flask import Flask

from dashboard.access.principal import present
from dashboard.components.town_map import town_map
from dashboard.pages.data_desk.buildings.counts import add_count_routes
from dashboard.pages.data_desk.buildings.places import add_place_routes
from dashboard.pages.data_desk.buildings.scans import add_sheet_routes
from dashboard.pages.data_desk.tab import Tab
from dashboard.services import Services
from dashboard.view import View
from data.buildings.read_places import building_places
from data.engine import session
from layers.kit import clock


def layout(view: View) -> Any:
    """Return tools at the left, the map, the chosen building at the right; scripts fill them."""
    return html.Div(
        [
            html.Aside(
                [
                    _section(None, "buildings-work"),
                    _section(None, "buildings-colours"),
                    _section(view.say("data_buildings.sheets"), "buildings-pictures"),
                    _section(view.say("data_buildings.files"), "buildings-files"),
                ],
                className="layers",
                **{"aria-label": view.say("data_buildings.tools")},
            ),
            html.Div(
                [
                    html.Div(html.Div(id="buildings-scan-map"), id="buildings-scan", hidden=True),
                    town_map(view, []),
                    html.P(id="buildings-far", className="buildings-note", hidden=True),
                    *_nothing(view),
                    html.Div(id="buildings-hint", role="status"),
                    html.Div(id="buildings-told", role="status", hidden=True),
                ],
                className="buildings-map",
            ),
            html.Aside(
                id="buildings-panel",
                className="inspector",
                **{"aria-label": view.say("data_buildings.panel")},
            ),
        ],
        id="buildings",
        className="columns buildings-page",
    )


def _section(title: str | None, holder: str) -> html.Section:
    heading = [] if title is None else [html.H3(title)]
    return html.Section([*heading, html.Div(id=holder)], className="section")


def _nothing(view: View) -> list[Any]:
    """Return what a county without buildings is told: three ways to get some."""
    if _places(view).buildings:
        return []
    say = view.say
    return [
        html.Div(
            [
                html.H2(say("data_buildings.empty_title")),
                html.Ol(
                    [
                        html.Li(
                            html.A(
                                say("data_buildings.empty_import"),
                                href="?tab=files",
                                **{"data-keep": "tab=files"},
                            )
                        ),
                        html.Li(say("data_buildings.empty_picture")),
                        html.Li(say("data_buildings.empty_draw")),
                    ]
                ),
            ],
            id="buildings-empty",
            className="buildings-empty",
        )
    ]


def _places(view: View) -> Any:
    assert view.county is not None
    with session(view.services.engine, present()) as c:
        return building_places(c, view.county.code)


def config(view: View) -> Mapping[str, object]:
    """Return what the scripts start with: how many buildings there are, and where."""
    assert view.query is not None
    places = _places(view)
    wanted = view.params.get("building", "")
    return {
        "building": int(wanted) if wanted.isdecimal() and len(wanted) < 16 else None,
        "buildings": places.buildings,
        "middle": places.middle,
        "measure": view.query.household_measure,
        "own_buildings": True,
        "today": clock.today().isoformat(),
    }


def add_routes(server: Flask, services: Services) -> None:
    """Add what the page asks besides the edits (``edits.py``)."""
    add_sheet_routes(server, services)
    add_place_routes(server, services)
    add_count_routes(server, services)


TAB = Tab(
    "buildings",
    "data_buildings.title",
    layout,
    routes=add_routes,
    words=("data_buildings.", "buildings.kind_", "unit."),
    config=config,
)
