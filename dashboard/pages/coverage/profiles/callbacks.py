"""Callbacks of the form of 出行口径: a county's own figures of how people get there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypedDict

from dash import Dash, Input, Output, State, ctx, html, no_update

from dashboard import ids
from dashboard.access.principal import present
from dashboard.pages.coverage import parts
from dashboard.pages.coverage.profiles.panel import NEW, form_options, shown, walker_options
from dashboard.pages.coverage.values import CurrentValue
from dashboard.services import Services
from dashboard.text import text
from dashboard.text.refusals import refusal
from dashboard.view import make_view
from data.divisions import read_counties as counties
from data.engine import session
from data.ground import write_travel as travel
from data.ground.read_travel import Versions
from layers.kit.errors import GetuError
from layers.service_circles.store import read_profiles, versions_of
from layers.service_circles.travel.profiles import Profiles, is_own, next_own, read_profile
from layers.service_circles.travel.response import CRUISER, DRIVABLE
from layers.service_circles.walking.network import ADULT

FIELDS = (
    parts.FORM_TITLE, parts.FORM_FLAT, parts.FORM_STEPS, parts.FORM_SLOPES, parts.FORM_START,
    parts.FORM_OFF, parts.FORM_SOURCE, *(parts.speed(name) for name in DRIVABLE),
)  # fmt: skip

Entry = str | float | None
"""What stands in a field: its number, or the text that is none."""


class ProfileForm(TypedDict):
    """The form as it stands, by the names of a profile; ``has_slopes``: the box is ticked."""

    title: str | None
    flat_speed_m_s: Entry
    off_street_speed_m_s: Entry
    steps_factor: Entry
    has_slopes: list[str] | None
    speeds_km_h: dict[str, Entry]
    start_s: Entry
    source: str | None


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
        inputs={
            "saved": Input(parts.FORM_SAVE, "n_clicks"),
            "removed": Input(parts.FORM_REMOVE, "n_clicks"),
            "key": State(parts.FORM_KEY, "value"),
            "by": State(parts.FORM_BY, "value"),
            "asked": State(parts.PROFILE, "value"),
            "form": {
                "title": State(parts.FORM_TITLE, "value"),
                "flat_speed_m_s": State(parts.FORM_FLAT, "value"),
                "off_street_speed_m_s": State(parts.FORM_OFF, "value"),
                "steps_factor": State(parts.FORM_STEPS, "value"),
                "has_slopes": State(parts.FORM_SLOPES, "value"),
                "speeds_km_h": {n: State(parts.speed(n), "value") for n in DRIVABLE},
                "start_s": State(parts.FORM_START, "value"),
                "source": State(parts.FORM_SOURCE, "value"),
            },
            "search": State(ids.URL, "search"),
        },
        prevent_initial_call=True,
    )
    def save(
        saved: int | None, removed: int | None, key: str, by: str | None, asked: str,
        form: ProfileForm, search: str,
    ) -> Any:  # fmt: skip
        view = make_view(services, search or "")
        if view.county is None or not (saved or removed):
            return (no_update,) * 6
        county, lang = view.county.code, view.lang
        by = present().name or by
        if not (by or "").strip():
            return text("coverage.form_who", lang), *(no_update,) * 5
        chosen: Any = no_update
        try:
            if ctx.triggered_id == parts.FORM_REMOVE:
                with session(services.engine, present()) as c:
                    travel.remove_profile(c, county, key, str(by))
                said, key = "coverage.form_removed", ADULT.key if is_own(key) else key
            else:
                with session(services.engine, present()) as c:
                    known = read_profiles(c, counties.query(c, county))
                    if key == NEW:  # whoever describes another walker asks for them next
                        key = chosen = next_own(known.walkers)
                    written = asdict(read_profile(profile_of(key, form)))
                    travel.save_profile(c, county, key, written, str(by))
                said = "coverage.form_saved"
        except GetuError as error:
            return refusal(error, view.lang), *(no_update,) * 5
        profiles = _profiles(services, county)
        with session(services.engine, present()) as c:
            now = versions_of(c, counties.query(c, county))
        return (
            html.Span(text(said, lang), className="good"),
            form_options(profiles, lang), key, walker_options(profiles, lang),
            chosen if asked in profiles.walkers else ADULT.key, current(now),
        )  # fmt: skip


def current(now: Versions) -> CurrentValue:
    """Return what the page is told of the data's version."""
    return {"version": now.short(), "at": now.changed_at.isoformat()}


def _profiles(services: Services, county: str) -> Profiles:
    with session(services.engine, present()) as c:
        return read_profiles(c, counties.query(c, county))


def profile_of(key: str, form: ProfileForm) -> Mapping[str, object]:
    """Return the form's fields by the names that ``read_profile`` knows."""
    return {**form, "key": key, "has_slopes": bool(form["has_slopes"])}
