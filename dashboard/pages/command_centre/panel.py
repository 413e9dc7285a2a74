"""The panel of layers: each with its switch, its controls and its legend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from dash import dcc, html

from dashboard import ids
from dashboard.access.principal import present
from dashboard.components.controls import control_parameters, control_value, render
from dashboard.components.legend import legend_list
from dashboard.pages.command_centre.inspector import Choice, layer_says
from dashboard.view import View
from data.engine import session
from layers.kit.errors import NotFoundError
from layers.kit.layer import Control, Layer
from layers.kit.words import Words


class Settings:
    """What the layers' controls are and are set to, for one view: read once for the page."""

    def __init__(self, view: View, selected: Choice = None) -> None:
        self._view = view
        self._selected = selected

    @cached_property
    def controls(self) -> Mapping[str, tuple[Control, ...]]:
        """Return the controls of every layer that has some."""
        assert self._view.query is not None
        # The day of the address: a day between two plans is one to choose, too.
        asked = {"as_of": self._view.params.get("as_of", "")}
        query = replace(self._view.query, values={**self._view.query.values, **asked})
        with session(self._view.services.engine, present()) as c:
            return {
                key: layer.controls(c, query)
                for key, layer in self._view.services.layers.items()
                if layer.controls is not None
            }

    @cached_property
    def selected(self) -> Choice:
        """Return what is chosen: what was given ({}: nothing), else what the address says."""
        if self._selected is not None:
            return self._selected or None
        key, _, feature = self._view.params.get("sel", "").partition(":")
        if key in self._view.services.layers and feature.isdecimal():
            return {"layer": key, "id": feature}
        return None

    def value(self, control: Control) -> Any:
        """Return what a control is set to at first."""
        chosen = self.selected["layer"] if self.selected else None
        return control_value(control, self._view.params, chosen)

    def values(self, key: str, given: Words | None = None) -> dict[str, str]:
        """Return the parameters of a layer, by what its controls are set to (or ``given``)."""
        values: dict[str, str] = {}
        for control in self.controls.get(key, ()):
            value = self.value(control) if given is None else given.get(control.name)
            values |= control_parameters(control, value, self.selected)
        return values

    @property
    def days(self) -> dict[str, str]:
        """Return the days that figures and inspections are shown for."""
        return {
            control.name: str(self.value(control))
            for controls in self.controls.values()
            for control in controls
            if control.kind == "day" and control.options
        }


def layer_panel(view: View, settings: Settings) -> html.Aside:
    """Return every layer's switch with its legend and its own controls; the ground comes last."""
    layers = view.services.layers
    blocks = [
        _block(view, settings, layer)
        for layer in sorted(layers.values(), key=lambda layer: layer.is_ground)
    ]
    return html.Aside(
        [html.H2(view.say("desk.layers")), *blocks],
        className="layers",
        **{"aria-label": view.say("desk.layers")},
    )


def visible(view: View) -> list[str]:
    """Return the keys of the layers that are shown at first."""
    asked = view.params.get("layers")
    layers = view.services.layers
    if asked is None or asked == "":
        return [key for key, layer in layers.items() if layer.shown_at_first]
    return [key for key in asked.split(",") if key in layers]


def _block(view: View, settings: Settings, layer: Layer) -> html.Section:
    assert view.query is not None
    key = layer.key
    switch = dcc.Checklist(
        id={"type": ids.SWITCHES, "layer": key},
        options=[{"label": view.say(layer.title), "value": key}],
        value=[key] if key in visible(view) else [],
        className="switch",
    )
    controls = [
        part
        for control in settings.controls.get(key, ())
        for part in render(key, control, settings.value(control), view.lang)
    ]
    said: list[Any] = []
    if layer.says is not None:
        words = saying(lambda: layer_says(view, key, settings.values(key)))
        said = [html.Div(words, id={"type": ids.SAYS, "layer": key}, className="layer-says")]
    legend = legend_list(layer.legend(view.query), view.lang)
    if layer.fills:
        legend = [html.P(view.say("desk.only_lines"), className="only-lines"), *legend]
    return html.Section(
        [switch, html.Div([*controls, *said, *legend])],
        className="layer",
        **{"data-layer-panel": key},
    )


def saying(make: Callable[[], list[Any]]) -> list[Any]:
    """Return what the page says of its county; nothing of the one that stands for none."""
    try:
        return make()
    except NotFoundError:
        return []
