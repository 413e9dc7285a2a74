"""The frame that every page has: header, the scripts' configuration, the address bar's state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypedDict
from urllib.parse import quote

from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from dashboard import ids
from dashboard.access.principal import present
from dashboard.access.rights import Right
from dashboard.components.backup_notice import backup_notice
from dashboard.components.rights import reasons
from dashboard.components.town_map import corners, ground_tiles, position
from dashboard.text import Language, catalogue
from dashboard.view import View
from data.divisions.read_scopes import names_of
from data.engine import session
from layers.base_map.layer import terrain_bounds
from layers.kit.principal import is_scope

CHANGED_BY: Final[Mapping[str, Right]] = {"/planner": "plan", "/coverage": "work", "/data": "work"}
"""Where something is worked on, and the right that it takes."""


class Config(TypedDict):
    """What every page's scripts read from ``#desk-config``; a page adds keys of its own.

    ``lacks``: why each right that the reader lacks is not theirs. ``is_named``: it is known who
    they are, and nobody need say it.
    """

    county: str
    revision: int
    as_of: str
    tiles: str
    bounds: list[list[float]] | None
    ground: list[list[float]] | None
    placed: bool
    words: dict[str, str]
    lang: Language
    lacks: Mapping[Right, str]
    is_named: bool


NO_TIME = "--:--"
"""Where ``assets/shared/header.js`` writes since when the server has not answered."""


def frame(view: View, body: list[Any], config: Mapping[str, object] | None = None) -> html.Div:
    """Return a page: the header, its body, and what its scripts read from ``#desk-config``."""
    role = present().role
    holder = json.dumps(config, ensure_ascii=False) if config else "null"
    return html.Div(
        [
            html.A(view.say("desk.skip"), href=f"#{ids.CONTENT}", className="skip"),
            header(view),
            html.Div(id=ids.CONTENT, tabIndex="-1", className="unseen"),
            *body,
            *backup_notice(view),
            html.Div(
                view.say("desk.offline", {"time": NO_TIME}),
                className="offline",
                role="alert",
                hidden=True,
            ),
            html.Div(
                view.say("people.refused", {"role": view.say(f"people.role.{role or 'all'}")}),
                className="refused",
                role="alert",
                hidden=True,
            ),
            _signed_out(view),
            html.Div(id=ids.CONFIG, hidden=True, **{"data-config": holder}),
            dcc.Store(id=ids.STATE),
        ],
        className="desk",
    )


def _signed_out(view: View) -> html.Div:
    """Return what whoever's session ends meanwhile is told, with the way back to this page."""
    return html.Div(
        [
            view.say("people.session_over"),
            " ",
            html.A(
                view.say("people.sign_in"),
                href=f"/sign-in?lang={view.lang}&next={quote(view.path)}",
            ),
        ],
        className="signed-out",
        role="alert",
        hidden=True,
    )


def base_config(view: View) -> Config:
    """Return what every page's scripts need: addresses, place, and the words they may say."""
    assert view.county is not None
    county = view.county
    words = {
        key: texts[view.lang]
        for key, texts in catalogue().items()
        if key.startswith(("unit.", "station_state.", "category.", "papers.", "few."))
    }
    return {
        "county": county.code,
        "revision": county.revision,
        "as_of": county.data_as_of.isoformat(),
        "tiles": ground_tiles(view),
        "bounds": corners(county.bounds) if county.bounds else None,
        "ground": corners(terrain_bounds(county.bounds)) if county.bounds else None,
        "placed": position(view) is not None,
        "words": words,
        "lang": view.lang,
        "lacks": reasons(view.lang),
        "is_named": present().name is not None,
    }


def header(view: View) -> html.Header:
    """Return the bar at the top: where one is, the pages, the county, theme and language."""
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
        about += _scope(view, county.code)
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
            html.Nav(
                [*_pages(view), *_people(view)],
                className="pages",
                **{"aria-label": view.say("desk.pages")},
            ),
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
                    _who(view),
                    *_sign_out(view),
                ],
                className="tools",
            ),
        ]
    )


def _scope(view: View, county: str) -> list[html.Span]:
    """Return of what part of the county the figures tell, for whoever sees only that part."""
    who = present()
    if not is_scope(who.scope) or len(who.scope) <= len(county):
        return []
    with session(view.services.engine, who) as c:
        name = names_of(c, [who.scope]).get(who.scope, who.scope)
    told, whole = view.say("people.scope_here", {"name": name}), view.say("people.scope_stations")
    return [
        html.Span(
            [told, html.Span(whole, className="whole")],
            className="badge scope",
            title=told + whole,
        )
    ]


def _pages(view: View) -> list[html.A]:
    if len(view.nav) < 2:
        return []
    return [
        html.A(
            view.say(title),
            href=path,
            className="here" if path == view.path else "",
            **{"data-keep": f"path={path}"},
        )
        for path, title in view.nav
    ]


def _people(view: View) -> list[html.A]:
    """Return the way to the accounts, for whoever keeps them; on demonstration there are none."""
    who = present()
    if who.name is None or who.is_demonstration or not who.may("administer"):
        return []
    return [html.A(view.say("page.people"), href=f"/people?lang={view.lang}")]


def _who(view: View) -> html.A:
    """Return who asks, as a link to where that changes."""
    who = present()
    role = view.say(f"people.role.{who.role or 'all'}")
    needed = CHANGED_BY.get(view.path)
    shown = who.name or role
    if needed is not None and not who.may(needed):
        shown = view.say("people.only_looks", {"who": shown})
    return html.A(
        shown,
        href=f"/sign-in?lang={view.lang}&next={quote(view.path)}",
        className="quiet who",
        title=f"{role}: " + view.say(f"people.may.{who.role or 'all'}"),
    )


def _sign_out(view: View) -> list[html.Form]:
    """Return the way out, for whoever signed in: at hand, on a machine that others use too."""
    who = present()
    if who.name is None or who.is_demonstration:
        return []
    button = html.Button(
        view.say("people.sign_out"), type="submit", name="where", value="here", className="quiet"
    )
    return [
        html.Form(button, action=f"/sign-out?lang={view.lang}", method="post", className="sign-out")
    ]


def empty_state(view: View) -> html.Div:
    """Return what a page without a county says: how to get one."""
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


def register(app: Dash) -> None:
    """Add the header's callbacks (assets/shared/header.js) to an application."""
    for name, trigger in (
        ("theme", Input(ids.THEME, "n_clicks")),
        ("county", Input(ids.COUNTY, "value")),
    ):
        app.clientside_callback(
            ClientsideFunction("desk", name),
            Output(ids.STATE, "data", allow_duplicate=True),
            trigger,
            prevent_initial_call=True,
        )
