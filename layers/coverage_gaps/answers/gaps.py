"""Which households a service cannot reach: a question and its answer at every door.

A *way* of getting there belongs to the question: on foot to the station, there and back, or a
vehicle that comes to the door.
A *service* is a category of stations (the party's own three count as one). A question may name
several at once: a living circle (生活圈), complete for a household when each service reaches it.
Households are counted by the walk from their own door; a door that no street reaches is a class
of its own and never covered. For vehicles the services that are named stand in for each other:
whoever comes first has come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import cast

import numpy as np
from numpy.typing import NDArray

from layers.coverage_gaps.answers.what_if import Baseline, lay_baseline
from layers.kit.errors import InputError
from layers.service_circles.rules import Hours, ServiceRule, clock_minutes, is_open, may_serve
from layers.service_circles.rules import own_doors as doors_of_division
from layers.service_circles.travel.way import WAYS, Travel, Way
from layers.service_circles.walking.compute import Reach
from layers.service_circles.walking.network import Floats
from layers.service_circles.walking.ties import Anchors, Doors

PARTY = "party"
PARTY_CATEGORIES = ("service_centre", "service_station", "red_station")
SERVICES = (
    PARTY, "medical", "elderly_care", "fitness", "school", "kindergarten", "market", "toilet",
    "pharmacy", "library", "governance_centre", "police", "fire", "post", "bank",
)  # fmt: skip
CATEGORIES = (*PARTY_CATEGORIES, *SERVICES[1:])
TIERS = ("county", "subdistrict", "community", "grid")
MINUTES_MAX = 120.0
UNTIED, NO_WAY = "u", "n"
OUTSIDE, FAR = "o", "f"


@dataclass(frozen=True, slots=True)
class Site:
    """A station, real (``key`` = its id) or tried out (``n1`` …). x, y: measuring CRS."""

    key: str
    name: str
    code: str
    tier: str | None
    categories: tuple[str, ...]
    state: str
    rule: ServiceRule
    hours: Hours
    lon: float
    lat: float
    x: float
    y: float


Place = Callable[[Sequence[Site]], Anchors]
"""Ties stations to the streets of a way of travel."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``clock`` with ``weekday`` asks for stations open then; None: any time.

    ``profile``: the key of a walking profile; a vehicle's own is the county's one.
    """

    minutes: float = 15.0
    services: tuple[str, ...] = (PARTY,)
    profile: str = "adult"
    tier: str | None = None
    weekday: int | None = None
    clock: str | None = None
    way: Way = "to_station"

    def __post_init__(self) -> None:
        """Refuse a question that has no answer. Raises InputError."""
        if not 0 < self.minutes <= MINUTES_MAX:
            raise InputError(
                "minutes must be above 0 and at most {minutes_max:g}", minutes_max=MINUTES_MAX
            )
        if not self.services:
            raise InputError("choose at least one service")
        unknown = [s for s in self.services if s not in SERVICES]
        if unknown:
            raise InputError("there is no service {unknown}", unknown=unknown[0])
        if self.way not in WAYS:
            raise InputError("there is no way of getting there {way}", way=self.way)
        if self.tier is not None and self.tier not in TIERS:
            raise InputError("there is no tier {tier}", tier=self.tier)
        if (self.weekday is None) != (self.clock is None):
            raise InputError("opening hours need a weekday and a time")
        if self.weekday is not None and not 1 <= self.weekday <= 7:
            raise InputError("a weekday is 1 (Monday) to 7 (Sunday)")
        if self.clock is not None:
            clock_minutes(self.clock)

    @property
    def limit_s(self) -> float:
        """Return the limit in seconds."""
        return self.minutes * 60.0

    @property
    def circles(self) -> tuple[tuple[str, ...], ...]:
        """Return the services of each circle: one each on foot, all in one for vehicles."""
        return (self.services,) if self.way == "response" else tuple((s,) for s in self.services)

    @property
    def bands(self) -> tuple[float, ...]:
        """Return the minutes that a drawing tells apart: 5, 10, 15 below the limit, the limit."""
        return (*(m for m in (5.0, 10.0, 15.0) if m < self.minutes), self.minutes)


def categories_of(services: Sequence[str]) -> set[str]:
    """Return the categories of stations that offer any of these services."""
    named = (PARTY_CATEGORIES if s == PARTY else (s,) for s in services)
    return {category for some in named for category in some}


def is_asked(site: Site, services: Sequence[str], question: Question) -> bool:
    """Tell whether a station offers a service now: open, of the category and tier, in hours."""
    wanted = categories_of(services)
    return (
        site.state == "open"
        and not wanted.isdisjoint(site.categories)
        and (question.tier is None or site.tier == question.tier)
        and (
            question.weekday is None
            or question.clock is None
            or is_open(site.hours, question.weekday, question.clock)
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class Walkers:
    """One way of travel as one profile takes it, and the doors on its streets.

    ``door_codes``: each door's code, down to its grid where there is one.
    """

    travel: Travel
    doors: Doors
    door_codes: NDArray[np.object_]
    untied: NDArray[np.bool_]

    def served_by(self, site: Site, reached: Reach) -> Reach:
        """Return the doors that a station serves, of those it reaches (service rules).

        A vehicle comes to whoever calls, whatever the rule of its station.
        """
        if self.rule(site) == "nearest":
            return reached
        own = doors_of_division(site.code, self.door_codes)
        return may_serve(site.rule, reached, own, self.untied)

    def rule(self, site: Site) -> ServiceRule:
        """Return the rule that binds a station on this way of travel."""
        return "nearest" if self.travel.way == "response" else site.rule


@dataclass(frozen=True, slots=True, eq=False)
class Circle:
    """One circle: its services, their stations, whom each serves within the limit.

    ``station``: position in ``sites`` of the nearest station that may serve the door (-1: none),
    however far; ``walk_s`` its seconds (NaN: none).
    """

    services: tuple[str, ...]
    sites: tuple[Site, ...]
    baseline: Baseline
    station: NDArray[np.int32]
    walk_s: Floats

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Tell which doors a station serves within the limit."""
        return self.baseline.served > 0


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """The answer to a question, per door.

    ``covered``: every service reaches it. ``within``: stations within reach (one service), or
    services within reach (several). ``walk_s``: to the nearest station of the service that is
    farthest away (NaN: some service has none at all).
    """

    question: Question
    circles: tuple[Circle, ...]
    covered: NDArray[np.bool_]
    within: NDArray[np.int32]
    walk_s: Floats
    untied: NDArray[np.bool_]


def draw_circle(
    walkers: Walkers,
    sites: Sequence[Site],
    place: Place,
    services: tuple[str, ...],
    limit_s: float,
    before: Circle | None = None,
) -> Circle:
    """Compute one circle; ``place`` ties stations to the streets.

    ``before``: the same circle of these walkers with other stations. Whoever stands as it stood
    then keeps its reach, and only the others are searched for.
    """
    kept: dict[Site, Reach] = {}
    if before is not None:
        kept = dict(zip(before.sites, before.baseline.reaches, strict=True))
    changed = [s for s in sites if s not in kept]
    if changed:
        found = walkers.travel.reaches(walkers.doors, place(changed), limit_s)
        for site, reached in zip(changed, found, strict=True):
            kept[site] = walkers.served_by(site, reached)
    served = [kept[site] for site in sites]
    if before is not None and not changed and len(served) == len(before.sites):
        return before
    station, walk_s = _nearest_allowed(walkers, sites, place(sites))
    baseline = lay_baseline(served, len(walkers.door_codes))
    return Circle(services, tuple(sites), baseline, station, walk_s)


def _nearest_allowed(
    walkers: Walkers, sites: Sequence[Site], places: Anchors
) -> tuple[NDArray[np.int32], Floats]:
    """Return each door's nearest station of those that may serve it."""
    doors = len(walkers.door_codes)
    station = np.full(doors, -1, np.int32)
    walk_s = np.full(doors, np.inf)
    groups = [[i for i, s in enumerate(sites) if walkers.rule(s) == "nearest"]]
    bound = sorted((s.code, s.rule, i) for i, s in enumerate(sites) if walkers.rule(s) != "nearest")
    groups += [[i for *_, i in own] for _, own in groupby(bound, key=lambda b: b[:2])]
    for group in groups:
        if not group:
            continue
        first = sites[group[0]]
        rule = walkers.rule(first)
        allowed = (
            np.ones(doors, bool)
            if rule == "nearest"
            else doors_of_division(first.code, walkers.door_codes) & ~walkers.untied
        )
        if rule == "comes_to_the_house":
            at, seconds = np.full(doors, group[0], np.int32), np.zeros(doors)
        else:
            found = walkers.travel.nearest(walkers.doors, places.take(group))
            at = np.where(found.station >= 0, np.array(group, np.int32)[found.station], -1)
            seconds = np.where(found.station >= 0, found.walk_s, np.inf)
        better = allowed & (seconds < walk_s)
        station[better], walk_s[better] = at[better], seconds[better]
    walk_s[~np.isfinite(walk_s)] = np.nan
    return station, walk_s


def join_circles(question: Question, circles: Sequence[Circle], untied: NDArray[np.bool_]) -> Gaps:
    """Put the circles of all services together: a living circle is complete or it is not."""
    served = np.stack([c.baseline.served for c in circles])
    reached = served > 0
    within = served[0] if len(circles) == 1 else reached.sum(axis=0).astype(np.int32)
    walk_s = np.stack([c.walk_s for c in circles]).max(axis=0)  # NaN stays NaN
    every: NDArray[np.bool_] = np.logical_and.reduce(reached, axis=0)
    return Gaps(question, tuple(circles), every, within, walk_s, untied)


def band_letters(gaps: Gaps) -> str:
    """Return one letter a door: 0, 1, 2 … the band within the limit; ``o`` outside by up to
    twice the limit, ``f`` farther, ``n`` no way to any station, ``u`` no street.
    """
    bands = gaps.question.bands
    letters = np.full(len(gaps.covered), NO_WAY, dtype="<U1")
    known = ~np.isnan(gaps.walk_s)
    letters[known & (gaps.walk_s > 2 * gaps.question.limit_s)] = FAR
    letters[known & (gaps.walk_s <= 2 * gaps.question.limit_s)] = OUTSIDE
    for place, minutes in reversed(list(enumerate(bands))):
        letters[gaps.covered & (gaps.walk_s <= minutes * 60.0)] = str(place)
    letters[gaps.untied] = UNTIED
    return "".join(letters.tolist())


def read_question(values: Mapping[str, str], default_minutes: float = 15.0) -> Question:
    """Read a question from text (address bar, request). Raises InputError."""
    minutes = values.get("minutes") or f"{default_minutes:g}"
    try:
        number = float(minutes)
    except ValueError:
        raise InputError("minutes={minutes} is not a number", minutes=minutes) from None
    question = Question(minutes=number)
    services = tuple(s for s in (values.get("services") or PARTY).split(",") if s)
    weekday = values.get("weekday") or None
    if weekday is not None and not weekday.isdecimal():
        raise InputError("weekday={weekday} is not a number from 1 to 7", weekday=weekday)
    return replace(
        question,
        services=tuple(dict.fromkeys(services)),
        profile=values.get("profile") or "adult",
        way=cast(Way, values.get("way") or "to_station"),
        tier=values.get("tier") or None,
        weekday=int(weekday) if weekday else None,
        clock=(values.get("clock") or None) if weekday else None,
    )
