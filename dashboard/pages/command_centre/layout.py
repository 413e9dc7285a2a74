"""The first page: header, layers with their legends, the map, one inspector."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypedDict

import dash_leaflet as dl
from dash import dcc, html

from dashboard import ids
from dashboard.components.frame import Config, base_config, empty_state, frame
from dashboard.components.legend import legend_list
from dashboard.components.town_map import corners, town_bounds, town_map
from dashboard.pages.command_centre.inspector import circle_figures, heat_scale, inspected
from dashboard.text import catalogue
from dashboard.view import View
from data.engine import transaction
from data.grids.read import plans_by_date
from data.stations.read import categories
from layers.base_map.layer import terrain_bounds
from layers.demands import heat
from layers.grids.layer import as_tiles
from layers.kit.errors import NotFoundError

# What a slow machine draws only when the grids stand (assets/pages/command_centre/standing.js).
AFTERWARDS = ("base_map", "service_circles", "incidents")
MARKS = 4
NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


def layout(view: View) -> html.Div:
    """Return the page; without a county it says how to get one."""
    if view.county is None or view.query is None:
        return frame(view, [empty_state(view)])
    body = [
        *_notices(view),
        html.Div([_layer_panel(view), _map(view), _inspector(view)], className="columns"),
        _selection(view),
        dcc.Store(id=ids.SWITCHED),
    ]
    return frame(view, body, _config(view))


def _notices(view: View) -> list[Any]:
    """Say what the address asked for and is not there, so that no link shows something else."""
    assert view.county is not None
    said = []
    if view.asked:
        words = {"asked": view.asked, "shown": view.name(view.county)}
        said.append(view.say("desk.county_not_loaded", words))
    if view.missing:
        said.append(view.say("desk.page_not_there", {"path": view.missing}))
    return [html.Div(said, className="notice", role="status")] if said else []


def _visible(view: View) -> list[str]:
    asked = view.params.get("layers")
    layers = view.services.layers
    if asked is None or asked == "":
        return [key for key, layer in layers.items() if layer.shown_at_first]
    return [key for key in asked.split(",") if key in layers]


def _layer_panel(view: View) -> html.Aside:
    """Every layer's switch with its legend and its own choices; the ground comes last."""
    assert view.query is not None
    visible = _visible(view)
    extras = {
        "grids": _plan_choice,
        "service_circles": _circle_choice,
        "incidents": _span_choice,
    }
    blocks = []
    for key, layer in sorted(view.services.layers.items(), key=lambda item: item[0] == "base_map"):
        switch = dcc.Checklist(
            id={"type": ids.SWITCHES, "layer": key},
            options=[{"label": view.say(layer.title), "value": key}],
            value=[key] if key in visible else [],
            className="switch",
        )
        extra = extras[key](view) if key in extras else []
        blocks.append(
            html.Section(
                [switch, html.Div([*extra, *legend_list(layer.legend(view.query), view.lang)])],
                className="layer",
                **{"data-layer-panel": key},
            )
        )
    return html.Aside(
        [html.H2(view.say("desk.layers")), *blocks],
        className="layers",
        **{"aria-label": view.say("desk.layers")},
    )


def _plan_choice(view: View) -> list[Any]:
    """Choose the day whose plan is shown: each plan that was in force, or the draft."""
    options, chosen = _plan_days(view)
    choice = dcc.Dropdown(
        id=ids.PLAN,
        options=options,
        value=chosen,
        clearable=False,
        searchable=False,
    )
    if not options:
        # Callbacks are tied to the choice, so it is there, unseen.
        empty = html.P(view.say("grids.empty"), className="legend-note")
        return [empty, html.Div(choice, hidden=True)]
    return [html.Label(view.say("desk.plan"), htmlFor=ids.PLAN, className="field"), choice]


def _plan_days(view: View) -> tuple[list[dict[str, str]], str | None]:
    """Return each plan with a day on which it stood, and the day to show: the address bar's."""
    assert view.county is not None
    with transaction(view.services.engine) as c:
        plans = plans_by_date(c, view.county.code)
    options = []
    for plan in plans:
        start, end = plan["in_force_from"], plan["in_force_to"]
        words = {"name": plan["name"], "grids": plan["grids"], "from": str(start or "")}
        if start is None:
            day, key = view.county.data_as_of, "desk.plan_draft"
        elif end is None or end > view.county.data_as_of:
            day, key = view.county.data_as_of, "desk.plan_in_force"
        else:
            day, key = end - timedelta(days=1), "desk.plan_past"
            words["to"] = str(day)
        options.append({"label": view.say(key, words), "value": day.isoformat()})
    asked = view.params.get("as_of")
    values = [o["value"] for o in options]
    return options, asked if asked in values else next(iter(values), None)


def _circle_choice(view: View) -> list[Any]:
    """Choose whose circles are drawn: all open stations of a category, or the chosen one."""
    assert view.county is not None
    with transaction(view.services.engine) as c:
        rows = categories(c, view.county.code)
    party = ("service_centre", "service_station", "red_station")
    served = [r for r in rows if r["category"] not in party]
    options = [{"label": view.say("desk.party_stations"), "value": ""}] + [
        {
            "label": f"{view.say('category.' + r['category'])} ({r['stations']})",
            "value": r["category"],
        }
        for r in served
        if f"category.{r['category']}" in catalogue()
    ]
    has_party = any(r["category"] in party for r in rows)
    first = "" if has_party or len(options) == 1 else options[1]["value"]
    asked = view.params.get("category", first)
    category = asked if asked in {o["value"] for o in options} else first
    of = "one" if _shows_one_circle(view) else "all"
    return [
        dcc.Dropdown(
            id=ids.CIRCLE_CATEGORY,
            options=options,
            value=category,
            clearable=False,
            searchable=False,
        ),
        dcc.RadioItems(
            id=ids.CIRCLE_OF,
            options=[
                {"label": view.say("desk.circles_all"), "value": "all"},
                {"label": view.say("desk.circles_one"), "value": "one"},
            ],
            value=of,
            inline=True,
            className="radio",
        ),
        html.Div(
            _said(lambda: circle_figures(view, category, of, _selected(view))),
            id=ids.CIRCLE_FIGURES,
            className="circle-figures",
        ),
    ]


def _shows_one_circle(view: View) -> bool:
    chosen = _selected(view)
    is_station = chosen is not None and chosen["layer"] == "stations"
    return is_station and view.params.get("circles") == "one"


def _span_choice(view: View) -> list[Any]:
    """Choose the days whose demands are shown; the scale stays the same for every range."""
    if view.span is None:
        # Callbacks are tied to the slider, so it is there, unseen.
        empty = html.P(view.say("desk.no_demands"), className="legend-note")
        return [empty, html.Div(_span_slider(0, {}, [0, 0], []), hidden=True)]
    first, last = view.span
    days = (last - first).days
    marks = {(day - first).days: {"label": f"{day:%Y-%m}"} for day in _months(first, last)}
    ends = [_offset(view, "first", first, 0, days), _offset(view, "last", first, days, days)]
    return _span_slider(days, marks, sorted(ends), _said(lambda: heat_scale(view)))


def _span_slider(days: int, marks: dict[int, Any], value: list[int], scale: list[Any]) -> list[Any]:
    return [
        html.Div(id=ids.SPAN_WORDS, className="span-words"),
        dcc.RangeSlider(
            id=ids.SPAN,
            min=0,
            max=days,
            step=1,
            value=value,
            marks=marks,
            allowCross=False,
            updatemode="mouseup",
            allow_direct_input=False,
        ),
        html.Div(scale, id=ids.HEAT_SCALE, className="heat-scale"),
    ]


def _months(first: date, last: date) -> list[date]:
    """Return at most five first days of months, evenly apart: more would run into each other."""
    span = (last.year - first.year) * 12 + last.month - first.month
    step = next((n for n in (1, 2, 3, 6, 12, 24, 36, 60) if span // n <= MARKS), 120)
    days = []
    for month in range(first.year * 12 + first.month, last.year * 12 + last.month):
        if month % step == 0:
            days.append(date(month // 12, month % 12 + 1, 1))
    return days


def _offset(view: View, name: str, first: date, default: int, top: int) -> int:
    try:
        offset = (date.fromisoformat(view.params[name]) - first).days
    except (KeyError, ValueError):
        return default
    return min(max(offset, 0), top)


def _map(view: View) -> html.Div:
    assert view.county is not None
    bounds = town_bounds(view)
    pictures = {"base_map": terrain_bounds(bounds), "incidents": heat.frame(bounds).bounds}
    children: list[Any] = []
    for place, (key, layer) in enumerate(view.services.layers.items()):
        painted = layer.paint(view.url(key, **_first_values(view, key)))
        for component in painted:
            if key in pictures and isinstance(component, dl.ImageOverlay):
                component.bounds = corners(pictures[key])
            if key in AFTERWARDS:
                component.url = NOTHING if isinstance(component, dl.ImageOverlay) else None
        # The ground lies under everything; the others in the registry's order, under the hints.
        order = 225 if place == 0 else 400 + 10 * place
        children.append(dl.Pane(painted, name=key, style={"zIndex": order}))
    return town_map(view, children)


def _first_values(view: View, key: str) -> dict[str, str]:
    """Return the parameters that the address bar already holds for a layer, if it can use them."""
    layer = view.services.layers[key]
    values = {name: view.params[name] for name in layer.parameters if view.params.get(name)}
    if "as_of" in values:
        values["as_of"] = _plan_days(view)[1] or ""
    days = [values[name] for name in ("first", "last") if name in values]
    try:
        usable = [date.fromisoformat(day) for day in days]
    except ValueError:
        usable = []
    if len(usable) < len(days) or usable != sorted(usable):
        return {}
    return values


def _said(make: Callable[[], list[Any]]) -> list[Any]:
    """Return what the page says of its county; nothing of the one that stands for none."""
    try:
        return make()
    except NotFoundError:
        return []


def _inspector(view: View) -> html.Aside:
    close = html.Button(
        "×",
        id=ids.CLOSE,
        className="close",
        title=view.say("desk.close"),
        **{"aria-label": view.say("desk.close")},
    )
    said = _said(lambda: inspected(view, _selected(view), _plan_days(view)[1]))
    body = html.Div(said, id=ids.INSPECTOR, className="inspector-body")
    return html.Aside(
        [close, dcc.Loading(body, delay_show=400, type="dot")],
        className="inspector",
        **{"aria-label": view.say("desk.inspector"), "aria-live": "polite"},
    )


def _selection(view: View) -> dcc.Store:
    """Return what holds the choice. A store that is given nothing to hold says so by a change."""
    chosen = _selected(view)
    return dcc.Store(id=ids.SELECTED, data=chosen) if chosen else dcc.Store(id=ids.SELECTED)


def _selected(view: View) -> dict[str, str] | None:
    key, _, feature = view.params.get("sel", "").partition(":")
    if key in view.services.layers and feature.isdecimal():
        return {"layer": key, "id": feature}
    return None


class TooltipField(TypedDict):
    """A field that is shown under the mouse: its name in the data, how it is called, its unit."""

    name: str
    label: str
    unit: str


class CentreConfig(Config):
    """What the first page's scripts need besides: layers, their hover fields, days of demands."""

    layers: list[str]
    terrain: str
    minutes: list[int]
    tooltips: dict[str, list[TooltipField]]
    span: list[str] | None
    grid_tiles: str | None


def _config(view: View) -> CentreConfig:
    """Return what the scripts need besides the base map: hover fields, and the days of demands."""
    assert view.query is not None
    layers = view.services.layers
    tooltips: dict[str, list[TooltipField]] = {
        key: [
            {
                "name": field.name,
                "label": view.say(field.label),
                "unit": view.say(field.unit) if field.unit else "",
            }
            for field in layer.tooltip
        ]
        for key, layer in layers.items()
    }
    return {
        **base_config(view),
        "layers": list(layers),
        "terrain": view.url("base_map"),
        "minutes": list(view.query.minutes),
        "tooltips": tooltips,
        "span": [d.isoformat() for d in view.span] if view.span else None,
        "grid_tiles": _grid_tiles(view),
    }


def _grid_tiles(view: View) -> str | None:
    """Return the address of the grids' tiles where they are too many for one drawing."""
    assert view.county is not None
    with transaction(view.services.engine) as c:
        if not as_tiles(c, view.county.code):
            return None
    return f"/tiles/grids/{view.county.code}/{view.county.revision}/{{z}}/{{x}}/{{y}}.mvt"
