"""The form of 出行口径: how people walk and vehicles drive here, and whose figures these are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from dashboard.components.rights import needs, says, unnamed
from dashboard.exports.coverage_words import profile_title
from dashboard.pages.coverage import parts
from dashboard.text import Language, text
from data.ground.write_travel import BY_MAX
from layers.service_circles.travel.profiles import (
    OWN_MAX,
    SOURCE_MAX,
    START_MAX_S,
    STEPS_FACTORS,
    TITLE_MAX,
    VEHICLE_SPEEDS_KM_H,
    WALK_SPEEDS_M_S,
    Profiles,
    is_own,
)
from layers.service_circles.travel.response import CRUISER, DRIVABLE
from layers.service_circles.walking.network import ADULT, ELDERLY

NEW = "new"
DEFAULTS = (ADULT.source, ELDERLY.source, CRUISER.source)


def profiles_panel(lang: Language, profiles: Profiles, asked: str) -> html.Details:
    """Return the form, closed; it opens on the profile that is asked for (its key)."""
    low, high = WALK_SPEEDS_M_S
    slowest, fastest = VEHICLE_SPEEDS_KM_H
    walk = [
        *_number(lang, "coverage.form_flat", parts.FORM_FLAT, low, high, 0.05),
        *_number(lang, "coverage.form_steps", parts.FORM_STEPS, *STEPS_FACTORS, 0.1),
        dcc.Checklist(
            id=parts.FORM_SLOPES, className="radio", value=["slopes"],
            options=[{"label": text("coverage.form_slopes", lang), "value": "slopes"}],
        ),
    ]  # fmt: skip
    vehicle = [html.P(text("coverage.form_vehicle_note", lang), className="legend-note")]
    for name in DRIVABLE:
        vehicle += _number(lang, f"coverage_speed.{name}", parts.speed(name), slowest, fastest, 1)
    vehicle += _number(lang, "coverage.form_start", parts.FORM_START, 0, START_MAX_S, 5)
    form = [
        dcc.Dropdown(
            id=parts.FORM_KEY, options=form_options(profiles, lang), value=asked,
            clearable=False, searchable=False,
        ),
        html.Label(text("coverage.form_title", lang), htmlFor=parts.FORM_TITLE, className="field"),
        dcc.Input(id=parts.FORM_TITLE, className="words", maxLength=TITLE_MAX),
        html.Div(walk, id=parts.FORM_WALK),
        html.Div(vehicle, id=parts.FORM_VEHICLE, hidden=True),
        *_number(lang, "coverage.form_off", parts.FORM_OFF, low, high, 0.05),
        html.Label(text("coverage.form_source", lang), htmlFor=parts.FORM_SOURCE,
                   className="field"),
        dcc.Input(id=parts.FORM_SOURCE, className="words", maxLength=SOURCE_MAX),
        html.Label(text("coverage.form_by", lang), htmlFor=parts.FORM_BY, className="field",
                   style=unnamed()),
        dcc.Input(id=parts.FORM_BY, className="words", maxLength=BY_MAX, style=unnamed()),
        html.Div(
            [
                html.Button(
                    text("coverage.form_save", lang), id=parts.FORM_SAVE, **says("plan", lang)
                ),
                html.Button(
                    text("coverage.form_reset", lang), id=parts.FORM_REMOVE, **needs("plan")
                ),
            ],
            className="row",
        ),
        html.P(text("coverage.form_note", lang), className="legend-note"),
    ]  # fmt: skip
    return html.Details(
        [
            html.Summary(text("coverage.profiles", lang)),
            *form,
            html.P(id=parts.FORM_SAYS, role="status", className="says"),
            dcc.Store(id=parts.FORM_DONE),
        ],
        className="profiles",
    )


def _number(
    lang: Language, label: str, control: str, low: float, high: float, step: float
) -> list[Any]:
    return [
        html.Div(
            [
                html.Label(text(label, lang), htmlFor=control),
                dcc.Input(id=control, type="number", min=low, max=high, step=step,
                          className="number"),
            ],
            className="number-row",
        )
    ]  # fmt: skip


def walker_options(profiles: Profiles, lang: Language) -> list[dict[str, str]]:
    """Return the walkers that a question may ask for."""
    return [{"label": profile_title(profiles, key, lang), "value": key} for key in profiles.walkers]


def form_options(profiles: Profiles, lang: Language) -> list[dict[str, str]]:
    """Return what the form can change: walkers, the vehicle, and one more walker."""
    vehicle = {"label": profile_title(profiles, CRUISER.key, lang), "value": CRUISER.key}
    own = sum(is_own(key) for key in profiles.walkers)
    more = [{"label": text("coverage.form_new", lang), "value": NEW}] if own < OWN_MAX else []
    return [*walker_options(profiles, lang), vehicle, *more]


def shown(profiles: Profiles, key: str) -> Mapping[str, object]:
    """Return what the form's fields hold for a profile: by component id."""
    vehicle = profiles.vehicle
    walker = profiles.walkers.get(key, profiles.walkers[ADULT.key])
    is_vehicle = key == CRUISER.key
    source = vehicle.source if is_vehicle else walker.source
    return {
        parts.FORM_TITLE: profiles.titles.get(key, ""),
        parts.FORM_FLAT: walker.flat_speed_m_s,
        parts.FORM_STEPS: walker.steps_factor,
        parts.FORM_SLOPES: ["slopes"] if walker.has_slopes else [],
        parts.FORM_START: vehicle.start_s,
        parts.FORM_OFF: (
            vehicle.off_street_speed_m_s if is_vehicle else walker.off_street_speed_m_s
        ),
        # Whoever changes a default says whose figures the new ones are.
        parts.FORM_SOURCE: "" if key == NEW or source in DEFAULTS else source,
        **{parts.speed(name): vehicle.speeds_km_h[name] for name in DRIVABLE},
    }
