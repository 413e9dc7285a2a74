"""What the first page says in words: the inspector, and what layers say of what they show.

The layout brings it with the page; the callbacks say it anew when something else is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import html

from dashboard.access.principal import present
from dashboard.components.controls import says
from dashboard.components.inspection import inspection_panel, section
from dashboard.pages.command_centre.summary import summary_panel
from dashboard.text import text
from dashboard.view import View
from data.engine import session
from layers.kit.errors import NotFoundError

Choice = Mapping[str, str] | None
"""The layer and id of what is chosen."""


def inspected(view: View, selected: Choice, values: dict[str, str]) -> list[Any]:
    """Return what the inspector says: of what is chosen, else of the whole county.

    ``values``: the days that the layers' controls are set to.
    """
    if view.county is None:
        return []
    county, services = view.county.code, view.services
    if not selected:
        return summary_panel(services, county, values, view.lang)
    try:
        found = services.inspection(selected["layer"], county, selected["id"], values)
    except NotFoundError:
        return [html.P(text("desk.gone", view.lang), className="empty")]
    return inspection_panel(found, county, view.lang) + _added(view, selected)


def _added(view: View, selected: Mapping[str, str]) -> list[Any]:
    """Return what other layers add to the inspection of a thing."""
    assert view.county is not None
    assert view.query is not None
    with session(view.services.engine, present()) as c:
        sections = [
            added
            for layer in view.services.layers.values()
            if layer.adds is not None
            for added in layer.adds(c, view.query, selected["layer"], selected["id"])
        ]
    return [section(title, facts, view.county.code, view.lang) for title, facts in sections]


def layer_says(view: View, key: str, values: dict[str, str]) -> list[Any]:
    """Return what a layer says of what it shows. ``values``: what its controls stand for."""
    layer = view.services.layers.get(key)
    if view.query is None or layer is None or layer.says is None:
        return []
    with session(view.services.engine, present()) as c:
        return says(layer.says(c, replace(view.query, values=values)), view.lang)
