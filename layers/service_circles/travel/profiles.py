"""How a county says that people walk and vehicles drive: defaults, limits, and what is stored.

A county may change the adult, the elderly and the vehicle, and add walkers of its own (a pram, a
wheelchair). Every profile says whose figures it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import nan
from typing import Literal

from layers.kit.errors import InputError, Message
from layers.service_circles.travel.response import CRUISER, DRIVABLE, VehicleProfile
from layers.service_circles.walking.network import ADULT, ELDERLY, WalkProfile

Kind = Literal["walk", "vehicle"]
OWN_MAX = 8
TITLE_MAX = 20
SOURCE_MAX = 120
WALK_SPEEDS_M_S = (0.2, 3.0)
VEHICLE_SPEEDS_KM_H = (3.0, 120.0)
STEPS_FACTORS = (0.5, 20.0)
START_MAX_S = 900.0


@dataclass(frozen=True, slots=True)
class Profiles:
    """A county's profiles. ``titles``: what the county calls them, by key (own ones always)."""

    walkers: Mapping[str, WalkProfile]
    vehicle: VehicleProfile
    titles: Mapping[str, str]

    def walker(self, key: str) -> WalkProfile:
        """Return a walking profile. Raises InputError."""
        if key not in self.walkers:
            raise InputError("there is no walking profile {key}", key=key)
        return self.walkers[key]


@dataclass(frozen=True, slots=True)
class ProfileForm:
    """A profile as a form or a table row holds it; speeds of a walker in m/s."""

    key: str
    kind: Kind
    title: str
    flat_speed_m_s: float
    off_street_speed_m_s: float
    steps_factor: float
    has_slopes: bool
    speeds_km_h: Mapping[str, float]
    start_s: float
    source: str


def make_profiles(rows: Iterable[ProfileForm], adult_speed_m_s: float) -> Profiles:
    """Return the defaults with the county's rows over them.

    ``adult_speed_m_s``: the policy's speed on the flat, for an adult without a row.
    """
    adult = replace(ADULT, flat_speed_m_s=adult_speed_m_s, off_street_speed_m_s=adult_speed_m_s)
    walkers = {ADULT.key: adult, ELDERLY.key: ELDERLY}
    vehicle, titles = CRUISER, {}
    for row in rows:
        if row.title:
            titles[row.key] = row.title
        if row.kind == "vehicle":
            vehicle = VehicleProfile(
                dict(row.speeds_km_h), row.off_street_speed_m_s, row.start_s, row.source
            )
        else:
            walkers[row.key] = WalkProfile(
                row.key, row.flat_speed_m_s, row.off_street_speed_m_s, row.steps_factor,
                row.source, row.has_slopes,
            )  # fmt: skip
    return Profiles(walkers, vehicle, titles)


def read_profile(values: Mapping[str, object]) -> ProfileForm:
    """Read a profile from a form. Raises InputError with the first thing that is wrong."""
    key = str(values.get("key") or "")
    if key not in (ADULT.key, ELDERLY.key, CRUISER.key) and not is_own(key):
        raise InputError("there is no profile {key}", key=key)
    kind: Kind = "vehicle" if key == CRUISER.key else "walk"
    title = " ".join(str(values.get("title") or "").split())[:TITLE_MAX]
    if is_own(key) and not title:
        raise InputError("name the profile")
    source = " ".join(str(values.get("source") or "").split())[:SOURCE_MAX]
    if not source:
        raise InputError("say where these speeds come from")
    low, high = WALK_SPEEDS_M_S
    speeds: dict[str, float] = {}
    if kind == "vehicle":
        speeds_given = values.get("speeds_km_h")
        given = speeds_given if isinstance(speeds_given, Mapping) else {}
        slowest, fastest = VEHICLE_SPEEDS_KM_H
        speeds = {
            name: _number(
                given.get(name),
                Message("km/h on {street}", {"street": Message(name)}),
                slowest,
                fastest,
            )
            for name in DRIVABLE
        }
    off_m_s = _number(values.get("off_street_speed_m_s"), Message("m/s off the street"), low, high)
    flat = off_m_s if kind == "vehicle" else values.get("flat_speed_m_s")
    return ProfileForm(
        key, kind, title,
        _number(flat, Message("m/s on the flat"), low, high),
        off_m_s,
        1.0 if kind == "vehicle"
        else _number(values.get("steps_factor"), Message("the factor of steps"), *STEPS_FACTORS),
        bool(values.get("has_slopes", True)),
        speeds,
        _number(values.get("start_s") or 0, Message("seconds before it moves"), 0.0, START_MAX_S)
        if kind == "vehicle" else 0.0,
        source,
    )  # fmt: skip


def is_own(key: str) -> bool:
    """Tell whether a key is that of a profile which the county added."""
    return re.fullmatch(r"own\d{1,3}", key) is not None


def next_own(keys: Iterable[str]) -> str:
    """Return a key for one more own profile. Raises InputError when there are enough."""
    own = [int(k[3:]) for k in keys if is_own(k)]
    if len(own) >= OWN_MAX:
        raise InputError("a county has at most {own_max} profiles of its own", own_max=OWN_MAX)
    return f"own{max(own, default=0) + 1}"


def _number(value: object, name: Message, low: float, high: float) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) else nan
    except ValueError:
        raise InputError(
            "{name}: write a number from {low:g} to {high:g}", name=name, low=low, high=high
        ) from None
    if not low <= number <= high:
        raise InputError(
            "{name}: write a number from {low:g} to {high:g}", name=name, low=low, high=high
        )
    return number
