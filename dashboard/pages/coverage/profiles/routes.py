"""A county's own figures of how people get there, over HTTP (docs/coverage-api.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TypedDict

from flask import Blueprint, Response, jsonify, request

from dashboard.access.principal import present
from dashboard.services import Services
from dashboard.text import language, text
from dashboard.web.bodies import body, only, who
from data.divisions import read_counties as counties
from data.engine import session
from data.ground import write_travel as travel
from layers.kit.errors import InputError
from layers.kit.json import JsonObject
from layers.service_circles.store import read_profiles
from layers.service_circles.travel.profiles import is_own, next_own, read_profile
from layers.service_circles.travel.response import CRUISER
from layers.service_circles.walking.network import ADULT, ELDERLY

FIELDS = (
    *("title", "flat_speed_m_s", "off_street_speed_m_s", "steps_factor", "has_slopes"),
    *("speeds_km_h", "start_s", "source", "by"),
)
KNOWN = (ADULT.key, ELDERLY.key, CRUISER.key)


class ProfileSaid(TypedDict):
    """What became of a profile: its key, and a sentence for the user."""

    key: str
    said: str


def add_profile_routes(api: Blueprint, services: Services) -> None:
    """Add ``/<county>/profiles`` to the coverage API."""

    @api.post("/<county>/profiles")
    def add_profile(county: str) -> Response:
        answer = _saved(_save(services, county, None, only(body(), *FIELDS)))
        answer.status_code = 201
        return answer

    @api.put("/<county>/profiles/<key>")
    def save_profile(county: str, key: str) -> Response:
        return _saved(_save(services, county, key, only(body(), *FIELDS)))

    @api.post("/<county>/profiles/<key>/remove")
    def remove_profile(county: str, key: str) -> Response:
        by = _named(only(body(), "by"))
        if key not in KNOWN and not is_own(key):
            raise InputError("there is no profile {key}", key=key[:40])
        with session(services.engine, present()) as c:
            counties.revision(c, county)
            travel.remove_profile(c, county, key, by)
        return _said(ADULT.key if is_own(key) else key, "coverage.form_removed")


def _save(services: Services, county: str, key: str | None, values: JsonObject) -> str:
    """Write a profile, one more without a key; return its key. Raises InputError."""
    by = _named(values)
    with session(services.engine, present()) as c:
        known = read_profiles(c, counties.query(c, county))
        if key is not None and is_own(key) and key not in known.walkers:
            raise InputError("there is no profile {key}", key=key[:40])
        key = key or next_own(known.walkers)
        written = asdict(read_profile({**values, "key": key}))
        travel.save_profile(c, county, key, written, by)
    return key


def _named(values: Mapping[str, object]) -> str:
    by = who(values, unknown="")
    if not by:
        raise InputError("say who changes this profile")
    return by


def _saved(key: str) -> Response:
    return _said(key, "coverage.form_saved")


def _said(key: str, words: str) -> Response:
    value: ProfileSaid = {"key": key, "said": text(words, language(request.args.get("lang")))}
    return jsonify(value)
