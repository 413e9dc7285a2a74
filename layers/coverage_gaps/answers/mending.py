"""Why a household is not covered, and what would mend it: one reason, the first that holds.

1. ``untied``: no street within reach of the building.
2. ``none``: no station of the service stands at all.
3. ``closed``: a station is within reach, but shut at the time that was asked for.
4. ``rule``: a station is within reach, but may serve its own division only.
5. ``planned``: a station within reach is planned or suspended: opening it would do.
6. ``no_way``: no way on foot leads to any station.
7. ``hill``: on flat ground the walk would be within the limit.
8. ``detour``: the station is near in a straight line, but the way there is long.
9. ``far``: the nearest station is too far away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from layers.coverage_gaps.answers.gaps import Circle, Question, Site, is_asked
from layers.coverage_gaps.answers.way import Way
from layers.kit.words import Words

REASONS = (
    "untied", "none", "closed", "rule", "planned", "no_way", "hill", "detour", "far",
)  # fmt: skip
DETOUR_MIN = 1.6  # way over straight line from which a shortcut is what is missing


@dataclass(frozen=True, slots=True)
class Reason:
    """``code`` as in the module's list, with the values of its sentence."""

    code: str
    values: Words = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NearStation:
    """A station and the seconds to it from one door."""

    site: Site
    walk_s: float


def explain(
    question: Question,
    circle: Circle,
    door: int,
    *,
    is_untied: bool,
    tie_max_m: float,
    near: Sequence[NearStation],
    ways: Sequence[Way],
    straight_m: float,
    could_gain: int,
) -> Reason:
    """Return why ``door`` lacks the circle's service.

    ``near``: every station of any kind whose walk is within the limit, nearest first. ``ways``:
    the legs to the nearest station of the service; ``straight_m``: in a straight line.
    ``could_gain``: households that a new station at this door would newly cover.
    """
    if is_untied:
        return Reason("untied", {"metres": round(tie_max_m)})
    anytime = replace(question, weekday=None, clock=None)
    for one in near:
        kin = is_asked(_as_open(one.site), circle.services, anytime)
        values = {"station": one.site.name, "minutes": minutes_up(one.walk_s)}
        if not kin:
            continue
        if one.site.state == "open" and not is_asked(one.site, circle.services, question):
            return Reason("closed", values)
        if one.site.state == "open":
            return Reason("rule", values)
        if one.site.state in ("planned", "suspended"):
            return Reason("planned", {**values, "state": one.site.state})
    if not circle.sites:
        return Reason("none", {"households": could_gain})
    if np.isnan(circle.walk_s[door]) or not ways:
        return Reason("no_way", {"households": could_gain})
    length_m = max(way.length_m for way in ways)
    flat_s = sum(way.flat_s for way in ways)
    values = {
        "station": circle.sites[circle.station[door]].name,
        "minutes": minutes_up(float(circle.walk_s[door])),
        "limit": question.minutes,
        "households": could_gain,
        "metres": round(length_m),
        "straight": round(straight_m),
    }
    if flat_s <= question.limit_s:
        return Reason("hill", {**values, "flat": minutes_up(flat_s)})
    if straight_m > 0 and length_m / straight_m >= DETOUR_MIN:
        return Reason("detour", values)
    return Reason("far", values)


def _as_open(site: Site) -> Site:
    return replace(site, state="open")


def minutes_up(seconds: float) -> float:
    """Return minutes with one digit, rounded up, so that 15.01 is never shown as 15."""
    return float(np.ceil(round(seconds / 6.0, 6)) / 10.0)
