"""A scenario (模拟方案): operations on stations that are tried out, folded over the real ones.

Operations are plain data (``layers.kit.records.stations``), so that a scenario can be stored,
undone and replayed. Nothing here touches the real stations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from layers.coverage_gaps.answers.gaps import Circle, Gaps, Place, Site, Walkers, is_asked
from layers.coverage_gaps.answers.what_if import NOBODY, Effect, what_if
from layers.kit.errors import InputError
from layers.kit.records.stations import Operation
from layers.service_circles.rules import clock_minutes

KINDS = ("add", "move", "close", "open", "categories", "hours")
OPERATIONS_MAX = 200
NAME_MAX = 80


def check_operation(operation: object, categories: Sequence[str]) -> Operation:
    """Return a clean copy of an operation. Raises InputError when it cannot be carried out."""
    if not isinstance(operation, Mapping):
        raise InputError("a scenario is a list of operations")
    kind, key = operation.get("kind"), str(operation.get("key", ""))
    if kind not in KINDS:
        raise InputError("there is no operation {kind}", kind=kind)
    if not re.fullmatch(r"n?\d{1,12}", key):
        raise InputError("{key} names no station", key=key)
    clean: Operation = {"kind": str(kind), "key": key}
    if kind in ("add", "move"):
        lon, lat = operation.get("lon"), operation.get("lat")
        if not (isinstance(lon, int | float) and isinstance(lat, int | float)):
            raise InputError("a station needs a place on the map")
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise InputError("that place is not on the map")
        clean["lon"], clean["lat"] = round(float(lon), 7), round(float(lat), 7)
    if kind in ("add", "categories"):
        wanted = [str(c) for c in operation.get("categories") or ()]
        unknown = [c for c in wanted if c not in categories]
        if unknown or not wanted:
            if not unknown:
                raise InputError("a station needs a category")
            raise InputError("there is no category {category}", category=unknown[0])
        clean["categories"] = list(dict.fromkeys(wanted))
    if kind == "add":
        clean["name"] = " ".join(str(operation.get("name") or key).split())[:NAME_MAX]
    if kind == "hours":
        hours: list[list[int | str]] = []
        for span in operation.get("hours") or ():
            if not (isinstance(span, list | tuple) and len(span) == 3 and span[0] in range(1, 8)):
                raise InputError("hours are a weekday from 1 (Monday) to 7, opening and closing")
            day, opens, closes = span
            clock_minutes(str(opens))
            clock_minutes(str(closes))
            hours.append([int(day), str(opens), str(closes)])
        clean["hours"] = hours
    return clean


@dataclass(frozen=True, slots=True)
class ScenarioStations:
    """Stations as the scenario has them, and the operations whose station is gone."""

    sites: tuple[Site, ...]
    lost: tuple[Operation, ...]


def fold(sites: Sequence[Site], operations: Sequence[Operation], county: str) -> ScenarioStations:
    """Carry out operations in order on copies of the stations. x and y follow in ``place``."""
    by_key = {site.key: site for site in sites}
    lost = []
    for operation in operations:
        kind, key = operation["kind"], str(operation["key"])
        if kind == "add":
            by_key[key] = Site(
                key, operation["name"], county, None, tuple(operation["categories"]), "open",
                "nearest", (), operation["lon"], operation["lat"], np.nan, np.nan,
            )  # fmt: skip
            continue
        site = by_key.get(key)
        if site is None:
            lost.append(operation)
        elif kind == "move":
            by_key[key] = replace(
                site, lon=operation["lon"], lat=operation["lat"], x=np.nan, y=np.nan
            )
        elif kind in ("close", "open"):
            by_key[key] = replace(site, state="suspended" if kind == "close" else "open")
        elif kind == "categories":
            by_key[key] = replace(site, categories=tuple(operation["categories"]))
        else:
            hours = tuple((int(d), str(a), str(b)) for d, a, b in operation["hours"])
            by_key[key] = replace(site, hours=hours)
    return ScenarioStations(tuple(by_key.values()), tuple(lost))


def next_key(operations: Sequence[Operation]) -> str:
    """Return a key for a station to be added: n1, n2 …"""
    used = [int(o["key"][1:]) for o in operations if str(o["key"]).startswith("n")]
    return f"n{max(used, default=0) + 1}"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a scenario changes: doors gained and lost, and who is covered after it."""

    effect: Effect
    covered: NDArray[np.bool_]


def is_same_service(a: Site, b: Site) -> bool:
    """Tell whether two states of a station serve the same doors."""
    return (a.lon, a.lat, a.rule, a.code) == (b.lon, b.lat, b.rule, b.code)


def try_out(walkers: Walkers, gaps: Gaps, after: Sequence[Site], place: Place) -> Outcome:
    """Return what changes when the stations are as in ``after``, touching only what differs."""
    covered = np.ones(len(gaps.covered), bool)
    for circle in gaps.circles:
        change = _change(walkers, gaps, circle, after, place)
        now = circle.covered.copy()
        now[change.gained] = True
        now[change.lost] = False
        covered &= now
    gained = np.flatnonzero(covered & ~gaps.covered).astype(np.int32)
    lost = np.flatnonzero(~covered & gaps.covered).astype(np.int32)
    return Outcome(Effect(gained, lost), covered)


def _change(
    walkers: Walkers, gaps: Gaps, circle: Circle, after: Sequence[Site], place: Place
) -> Effect:
    limit_s = gaps.question.limit_s
    before = {site.key: (position, site) for position, site in enumerate(circle.sites)}
    asked = [s for s in after if is_asked(s, circle.services, gaps.question)]
    moved = {position: NOBODY for position, _ in before.values()}
    added: list[Site] = []
    for site in asked:
        known = before.get(site.key)
        if known is not None and is_same_service(known[1], site):
            del moved[known[0]]
        else:
            added.append(site)
    reaches = []
    if added:
        places = place(added)
        for position, site in enumerate(added):
            found = walkers.travel.reach(walkers.doors, places.one(position), limit_s)
            reaches.append(walkers.served_by(site, found))
    return what_if(circle.baseline, moved, reaches)
