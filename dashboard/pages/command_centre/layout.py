"""The first page: header, layers with their legends, the map, one inspector."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict

import dash_leaflet as dl
from dash import dcc, html

from dashboard import ids
from dashboard.access.principal import present
from dashboard.components.frame import Config, base_config, empty_state, frame
from dashboard.components.town_map import (
    FirstLayer,
    corners,
    first_map,
    town_bounds,
    town_map,
)
from dashboard.pages.command_centre.inspector import inspected
from dashboard.pages.command_centre.panel import Settings, layer_panel, saying, visible
from dashboard.view import View
from data.engine import session
from layers.kit.layer import Control, Layer

NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


def layout(view: View) -> html.Div:
    """Return the page; without a county it says how to get one."""
    if view.county is None or view.query is None:
        return frame(view, [empty_state(view)])
    settings = Settings(view)
    body = [
        *_notices(view, settings),
        html.Div(
            [layer_panel(view, settings), _map(view, settings), _inspector(view, settings)],
            className="columns",
        ),
        _selection(settings),
        dcc.Store(id=ids.SWITCHED),
    ]
    return frame(view, body, _config(view, settings))


def _notices(view: View, settings: Settings) -> list[Any]:
    """Say what the address asked for and is not there, so that no link shows something else."""
    assert view.county is not None
    said = _day_notices(view, settings)
    if view.asked:
        words = {"asked": view.asked, "shown": view.name(view.county)}
        said.append(view.say("desk.county_not_loaded", words))
    if view.missing:
        said.append(view.say("desk.page_not_there", {"path": view.missing}))
    return [html.Div(said, className="notice", role="status")] if said else []


def _day_notices(view: View, settings: Settings) -> list[str]:
    """Say that the day of the address is none, or has no plan."""
    asked = view.params.get("as_of")
    if not asked or asked in settings.days.values():
        return []
    try:
        date.fromisoformat(asked)
    except ValueError:
        return [view.say("desk.day_unknown", {"asked": asked})]
    return [view.say("desk.day_without_plan", {"asked": asked})]


def _map(view: View, settings: Settings) -> html.Div:
    """Return the map. What a slow machine draws last is sent for by the script, not from here."""
    town = town_bounds(view)
    children: list[Any] = []
    first: list[FirstLayer] = []
    for place, (key, layer) in enumerate(view.services.layers.items()):
        painted = layer.paint(view.url(key, **_parameters(layer, settings)))
        for component in painted:
            is_picture = isinstance(component, dl.ImageOverlay)
            if is_picture and layer.bounds is not None:
                component.bounds = corners(layer.bounds(town))
            if layer.waits:
                component.url = NOTHING if is_picture else None
            elif key in visible(view) and getattr(component, "style", None):
                first.append({"url": component.url, "style": component.style["variable"]})
        # The ground lies under everything; the others in the registry's order from 400 to 440, as
        # many as they are: the names are at 445 (assets/shared/map/bridge.js).
        order = 225 if layer.is_ground else 400 + 40 * place // len(view.services.layers)
        children.append(dl.Pane(painted, name=key, style={"zIndex": order}))
    # Too many for one drawing, they come as tiles, which only the live map paints.
    return town_map(view, children, first=None if _tiles(view) else first_map(view, first))


def _parameters(layer: Layer, settings: Settings) -> dict[str, str]:
    """Return the parameters that a layer is asked with at first."""
    return {k: v for k, v in settings.values(layer.key).items() if k in layer.parameters}


def _inspector(view: View, settings: Settings) -> html.Aside:
    close = html.Button(
        "×",
        id=ids.CLOSE,
        className="close",
        title=view.say("desk.close"),
        **{"aria-label": view.say("desk.close")},
    )
    said = saying(lambda: inspected(view, settings.selected, settings.days))
    body = html.Div(said, id=ids.INSPECTOR, className="inspector-body")
    return html.Aside(
        [close, dcc.Loading(body, delay_show=400, type="dot")],
        className="inspector",
        **{"aria-label": view.say("desk.inspector"), "aria-live": "polite"},
    )


def _selection(settings: Settings) -> dcc.Store:
    """Return what holds the choice. A store that is given nothing to hold says so by a change."""
    chosen = settings.selected
    return dcc.Store(id=ids.SELECTED, data=chosen) if chosen else dcc.Store(id=ids.SELECTED)


class TooltipField(TypedDict):
    """A field that is shown under the mouse: its name in the data, how it is called, its unit."""

    name: str
    label: str
    unit: str


class ControlConfig(TypedDict):
    """A control as the scripts know it: ``layers.kit.layer.Control``, days in ISO."""

    kind: str
    usual: str | None
    marks: str | None
    days: list[str] | None
    of: str | None
    parameter: str | None
    needs: list[list[str]]


class LayerConfig(TypedDict):
    """A layer as the scripts know it: component, panes, whether it waits, first address.

    ``fills``: it colours the ground, which only one layer does at a time.
    """

    type: str | None
    panes: list[str]
    waits: bool
    fills: bool
    url: str
    parameters: list[str]
    controls: dict[str, ControlConfig]


class CentreConfig(Config):
    """What the first page's scripts need besides: layers with their controls, hover fields."""

    layers: dict[str, LayerConfig]
    minutes: list[int]
    tooltips: dict[str, list[TooltipField]]
    grid_tiles: str | None


def _config(view: View, settings: Settings) -> CentreConfig:
    """Return what the scripts need besides the base map: each layer with hints and controls."""
    assert view.query is not None
    layers = view.services.layers
    return {
        **base_config(view),
        "layers": {key: _layer_config(view, layer, settings) for key, layer in layers.items()},
        "minutes": list(view.query.minutes),
        "tooltips": {key: _tooltip(view, layer) for key, layer in layers.items()},
        "grid_tiles": _tiles(view),
    }


def _layer_config(view: View, layer: Layer, settings: Settings) -> LayerConfig:
    """Return a layer as the scripts know it: component, panes, what it waits for, controls."""
    kinds = [part.id["type"] for part in layer.paint("") if isinstance(part.id, dict)]
    return {
        "type": kinds[0] if kinds else None,
        "panes": [layer.key, *layer.panes],
        "waits": layer.waits,
        "fills": layer.fills,
        "url": view.url(layer.key, **_parameters(layer, settings)),
        "parameters": list(layer.parameters),
        "controls": {c.name: _control(c) for c in settings.controls.get(layer.key, ())},
    }


def _control(control: Control) -> ControlConfig:
    return {
        "kind": control.kind,
        "usual": control.usual,
        "marks": control.marks,
        "days": [day.isoformat() for day in control.days] if control.days else None,
        "of": control.of,
        "parameter": control.parameter,
        "needs": [list(pair) for pair in control.needs],
    }


def _tooltip(view: View, layer: Layer) -> list[TooltipField]:
    return [
        {
            "name": field.name,
            "label": view.say(field.label),
            "unit": view.say(field.unit) if field.unit else "",
        }
        for field in layer.tooltip
    ]


def _tiles(view: View) -> str | None:
    """Return the address of a layer's tiles where its things are too many for one drawing."""
    assert view.county is not None
    county = view.county
    with session(view.services.engine, present()) as c:
        for key, layer in view.services.layers.items():
            if layer.tiles is not None and layer.tiles(c, county.code):
                return f"/tiles/{key}/{county.code}/{county.revision}/{{z}}/{{x}}/{{y}}.mvt"
    return None
