"""The first page: header, layers with their legends, the map, one inspector."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import dash_leaflet as dl
from dash import dcc, html

from dashboard import ids
from dashboard.components.legend import legend_list
from dashboard.pages.view import View
from dashboard.text import catalogue
from data.engine import transaction
from data.read.grids import plans_by_date
from data.read.stations import categories
from layers.base_map.layer import terrain_bounds
from layers.incidents import heat

Bounds = list[list[float]]


def layout(view: View) -> html.Div:
    """Return the page; without a county it says how to get one."""
    if view.county is None or view.query is None:
        return html.Div([_header(view), _empty(view)], className="desk")
    return html.Div(
        [
            _header(view),
            html.Div(
                [_layer_panel(view), _map(view), _inspector(view)],
                className="columns",
            ),
            html.Div(id=ids.CONFIG, hidden=True, **{"data-config": _config(view)}),
            dcc.Store(id=ids.SELECTED, data=_selected(view)),
            dcc.Store(id=ids.STATE),
        ],
        className="desk",
    )


def _header(view: View) -> html.Header:
    other = "en" if view.lang == "zh" else "zh"
    county = view.county
    about: list[Any] = []
    if county is not None:
        about = [
            html.H1(county.title_en if view.lang == "en" else county.title),
            html.Span(
                view.say("figures.as_of", {"date": county.data_as_of.isoformat()}),
                className="as-of",
            ),
        ]
        if county.demo_key:
            about.append(html.Span(view.say("desk.demo"), className="badge"))
    chooser = dcc.Dropdown(
        id=ids.COUNTY,
        options=[{"label": view.name(row), "value": row.code} for row in view.counties],
        value=county.code if county else None,
        clearable=False,
        searchable=len(view.counties) > 8,
        className="county-choice",
    )
    return html.Header(
        [
            html.Div([html.B("格图"), html.Span("Getu")], className="brand"),
            html.Div(about, className="about"),
            html.Div(
                [
                    chooser,
                    html.Button(
                        view.say("desk.theme"), id=ids.THEME, className="quiet", title="☀ / ☾"
                    ),
                    html.A(
                        view.say("desk.other_language"),
                        href=f"?lang={other}",
                        className="quiet",
                        **{"data-keep": f"lang={other}"},
                    ),
                ],
                className="tools",
            ),
        ]
    )


def _empty(view: View) -> html.Div:
    return html.Div(
        [
            html.H2(view.say("desk.empty_title")),
            html.P(view.say("desk.empty_text")),
            html.Pre(
                ".venv/bin/getu demo chishui\n"
                ".venv/bin/getu import town.osm.pbf --as osm --county 522624"
            ),
        ],
        className="empty",
    )


def _visible(view: View) -> list[str]:
    asked = view.params.get("layers")
    layers = view.desk.layers
    if asked is None:
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
    for key, layer in sorted(view.desk.layers.items(), key=lambda item: item[0] == "base_map"):
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
    assert view.county is not None
    with transaction(view.desk.engine) as c:
        plans = plans_by_date(c, view.county.code)
    if not plans:
        return [html.P(view.say("grids.empty"), className="legend-note")]
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
    return [
        html.Label(view.say("desk.plan"), htmlFor=ids.PLAN, className="field"),
        dcc.Dropdown(
            id=ids.PLAN,
            options=options,
            value=asked if asked in values else values[0],
            clearable=False,
            searchable=False,
        ),
    ]


def _circle_choice(view: View) -> list[Any]:
    """Choose whose circles are drawn: all open stations of a category, or the chosen one."""
    assert view.county is not None
    with transaction(view.desk.engine) as c:
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
    known = {o["value"] for o in options}
    return [
        dcc.Dropdown(
            id=ids.CIRCLE_CATEGORY,
            options=options,
            value=asked if asked in known else first,
            clearable=False,
            searchable=False,
        ),
        dcc.RadioItems(
            id=ids.CIRCLE_OF,
            options=[
                {"label": view.say("desk.circles_all"), "value": "all"},
                {"label": view.say("desk.circles_one"), "value": "one"},
            ],
            value="all",
            inline=True,
            className="radio",
        ),
        html.Div(id=ids.CIRCLE_FIGURES, className="circle-figures"),
    ]


def _span_choice(view: View) -> list[Any]:
    """Choose the days whose demands are shown; the scale stays the same for every range."""
    if view.span is None:
        return [html.P(view.say("desk.no_demands"), className="legend-note")]
    first, last = view.span
    days = (last - first).days
    marks = {(day - first).days: {"label": f"{day:%y-%m}"} for day in _quarters(first, last)}
    return [
        html.Div(id=ids.SPAN_WORDS, className="span-words"),
        dcc.RangeSlider(
            id=ids.SPAN,
            min=0,
            max=days,
            step=1,
            value=[
                _offset(view, "first", first, 0, days),
                _offset(view, "last", first, days, days),
            ],
            marks=marks,
            allowCross=False,
            updatemode="mouseup",
            allow_direct_input=False,
        ),
        html.Div(id=ids.HEAT_SCALE, className="heat-scale"),
    ]


def _quarters(first: date, last: date) -> list[date]:
    days = [
        date(year, month, 1) for year in range(first.year, last.year + 1) for month in (1, 4, 7, 10)
    ]
    return [day for day in days if first <= day <= last]


def _offset(view: View, name: str, first: date, default: int, top: int) -> int:
    try:
        offset = (date.fromisoformat(view.params[name]) - first).days
    except (KeyError, ValueError):
        return default
    return min(max(offset, 0), top)


def _map(view: View) -> html.Div:
    assert view.county is not None
    bounds = view.county.bounds or (73.5, 18.0, 135.1, 53.6)
    position = _position(view)
    west, south, east, north = bounds
    # Without a place in the address bar the map bridge fits the county into the window.
    lat, lon, zoom = position or ((south + north) / 2, (west + east) / 2, 14.0)
    pictures = {"base_map": terrain_bounds(bounds), "incidents": heat.frame(bounds).bounds}
    children: list[Any] = []
    for place, (key, layer) in enumerate(view.desk.layers.items()):
        painted = layer.paint(view.url(key, **_first_values(view, key)))
        for component in painted:
            if key in pictures and isinstance(component, dl.ImageOverlay):
                component.bounds = _corners(pictures[key])
        # The ground lies under everything; the others in the registry's order, under the hints.
        order = 210 if place == 0 else 400 + 10 * place
        children.append(dl.Pane(painted, name=key, style={"zIndex": order}))
    return html.Div(
        [
            dl.Map(
                children,
                id=ids.MAP,
                zoomControl=True,
                attributionControl=False,
                maxZoom=20,
                minZoom=7,
                zoomSnap=0.5,
                center=[lat, lon],
                zoom=zoom,
            ),
        ],
        className="map-holder",
    )


def _first_values(view: View, key: str) -> dict[str, str]:
    """Return the parameters that the address bar already holds for a layer."""
    layer = view.desk.layers[key]
    return {name: view.params[name] for name in layer.parameters if view.params.get(name)}


def _corners(bounds: tuple[float, float, float, float]) -> Bounds:
    west, south, east, north = bounds
    return [[south, west], [north, east]]


def _position(view: View) -> tuple[float, float, float] | None:
    parts = view.params.get("at", "").split(",")
    try:
        lat, lon, zoom = (float(p) for p in parts)
    except ValueError:
        return None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180 and 3 <= zoom <= 20):
        return None
    return lat, lon, zoom


def _inspector(view: View) -> html.Aside:
    return html.Aside(
        dcc.Loading(
            html.Div(id=ids.INSPECTOR, className="inspector-body"),
            delay_show=400,
            type="dot",
        ),
        className="inspector",
        **{"aria-label": view.say("desk.inspector"), "aria-live": "polite"},
    )


def _selected(view: View) -> dict[str, str] | None:
    key, _, feature = view.params.get("sel", "").partition(":")
    if key in view.desk.layers and feature.isdecimal():
        return {"layer": key, "id": feature}
    return None


def _config(view: View) -> str:
    """Return what the scripts need: addresses, hover fields, and the words they may say."""
    assert view.county is not None
    assert view.query is not None
    layers = view.desk.layers
    words = {
        key: texts[view.lang]
        for key, texts in catalogue().items()
        if key.startswith(("unit.", "station_state.", "category."))
    }
    tooltips = {
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
    span = [d.isoformat() for d in view.span] if view.span else None
    return json.dumps(
        {
            "county": view.county.code,
            "revision": view.county.revision,
            "as_of": view.county.data_as_of.isoformat(),
            "tiles": f"/tiles/{view.county.code}/{view.county.revision}/{{z}}/{{x}}/{{y}}.mvt",
            "layers": list(layers),
            "minutes": list(view.query.minutes),
            "tooltips": tooltips,
            "words": words,
            "span": span,
            "bounds": _corners(view.county.bounds) if view.county.bounds else None,
            "ground": _corners(terrain_bounds(view.county.bounds)) if view.county.bounds else None,
            "placed": _position(view) is not None,
            "lang": view.lang,
        },
        ensure_ascii=False,
    )
