"""Callbacks of the form of 出行口径: a county's own figures of how people get there."""

from __future__ import annotations

from typing import Any, TypedDict

from dash import Dash, Input, Output, State, html, no_update

from dashboard import ids
from dashboard.access.principal import present
from dashboard.pages.coverage import parts
from dashboard.pages.coverage.profiles.panel import NEW, form_options, shown, walker_options
from dashboard.pages.coverage.values import CurrentValue
from dashboard.services import Services
from dashboard.text import text
from dashboard.view import make_view
from data.divisions import read_counties as counties
from data.engine import session
from data.ground.read_travel import Versions
from layers.service_circles.store import read_profiles, versions_of
from layers.service_circles.travel.profiles import Profiles, is_own
from layers.service_circles.travel.response import CRUISER, DRIVABLE
from layers.service_circles.walking.network import ADULT

FIELDS = (
    parts.FORM_TITLE, parts.FORM_FLAT, parts.FORM_STEPS, parts.FORM_SLOPES, parts.FORM_START,
    parts.FORM_OFF, parts.FORM_SOURCE, *(parts.speed(name) for name in DRIVABLE),
)  # fmt: skip


class FormDone(TypedDict):
    """What became of the form: the profile's key, None where it was refused; and a sentence."""

    key: str | None
    says: str
    is_new: bool


def register(app: Dash, services: Services) -> None:
    """Add the callbacks to an application."""

    @app.callback(
        *(Output(field, "value") for field in FIELDS),
        Output(parts.FORM_WALK, "hidden"),
        Output(parts.FORM_VEHICLE, "hidden"),
        Output(parts.FORM_REMOVE, "children"),
        Output(parts.FORM_REMOVE, "disabled"),
        Input(parts.FORM_KEY, "value"),
        Input(parts.FORM_KEY, "options"),
        State(ids.URL, "search"),
    )
    def fill(key: str, _options: Any, search: str) -> Any:
        view = make_view(services, search or "")
        if view.county is None:
            return (no_update,) * (len(FIELDS) + 4)
        values = shown(_profiles(services, view.county.code), key)
        remove = "coverage.form_remove" if is_own(key) else "coverage.form_reset"
        is_vehicle = key == CRUISER.key
        return (
            *(values[field] for field in FIELDS),
            is_vehicle, not is_vehicle, text(remove, view.lang), key == NEW,
        )  # fmt: skip

    @app.callback(
        Output(parts.FORM_SAYS, "children"),
        Output(parts.FORM_KEY, "options"),
        Output(parts.FORM_KEY, "value"),
        Output(parts.PROFILE, "options"),
        Output(parts.PROFILE, "value"),
        Output(parts.CURRENT, "data", allow_duplicate=True),
        Input(parts.FORM_DONE, "data"),
        State(parts.PROFILE, "value"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def saved(done: FormDone | None, asked: str, search: str) -> Any:
        """Show what became of the form; whoever described another walker asks for them next."""
        view = make_view(services, search or "")
        if view.county is None or not done:
            return (no_update,) * 6
        if done["key"] is None:
            return done["says"], *(no_update,) * 5
        profiles = _profiles(services, view.county.code)
        with session(services.engine, present()) as c:
            now = versions_of(c, counties.query(c, view.county.code))
        chosen: Any = done["key"] if done["is_new"] else no_update
        return (
            html.Span(done["says"], className="good"),
            form_options(profiles, view.lang), done["key"], walker_options(profiles, view.lang),
            chosen if asked in profiles.walkers else ADULT.key, current(now),
        )  # fmt: skip


def current(now: Versions) -> CurrentValue:
    """Return what the page is told of the data's version."""
    return {"version": now.short(), "at": now.changed_at.isoformat()}


def _profiles(services: Services, county: str) -> Profiles:
    with session(services.engine, present()) as c:
        return read_profiles(c, counties.query(c, county))
