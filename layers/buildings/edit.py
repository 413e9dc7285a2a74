"""Edits of buildings: what each operation makes of the rows it is given, and what is wrong with it.

1. Every operation is a list of changes of rows: a state before (none: the row begins) and a state
   after (one with ``valid_to``: it ends). Taking an edit back puts the states before in place.
2. A row keeps its id when it is moved, reshaped or described anew; what is cut or joined ends, and
   its parts begin under ids of their own.
3. Counts follow by weights: what a row held is shared out among the rows that follow it.

Shapes are in the measuring CRS (metres); states are JSON, as the log keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Literal, TypedDict, get_args

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.buildings import shapes
from layers.buildings.rows import (
    Change,
    Neighbourhood,
    StandingBuilding,
    label_of,
    overlaps_among,
    placed,
)
from layers.kit.errors import InputError
from layers.kit.findings import Finding
from layers.kit.records.buildings import BuildingState

Kind = Literal[
    "draw", "move", "reshape", "cut", "join", "remove", "attributes", "split_by_entrance"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
CONFIRMABLE = frozenset({"building_overlaps"})
MOST_UNITS = 40


class UnitValue(TypedDict):
    """A unit of a building and its households, None unknown."""

    name: str | None
    households: int | None


class Attributes(TypedDict, total=False):
    """Attributes of a building that an edit changes; what is not named stays.

    ``life_on``: since when the life is another; ``names``: of the parts of a cut.
    """

    name: str | None
    number: str | None
    external_id: str | None
    estate_id: int | None
    levels: int | None
    use: str
    life: str
    life_on: str
    addresses: list[str]
    aliases: list[str]
    names: list[str]
    entrances: list[tuple[str, BaseGeometry | None]]
    units: list[UnitValue]


@dataclass(frozen=True)
class EditOrder:
    """An operation as asked, by whom. ``shapes``: by building id (``draw``: key 0). ``today``: ISO
    date. Places of entrances are in the measuring CRS.
    """

    kind: Kind
    today: str
    shapes: Mapping[int, BaseGeometry] = field(default_factory=dict)
    line: BaseGeometry | None = None
    values: Attributes = field(default_factory=Attributes)
    by: str | None = None
    confirm: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What an operation does, and what should be known of it (nothing that forbids it)."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...] = ()


def edit(
    wanted: EditOrder, buildings: Sequence[StandingBuilding], around: Neighbourhood
) -> Outcome:
    """Return what an operation makes of some buildings.

    Raises InputError with every fault; those of CONFIRMABLE pass when they are confirmed.
    """
    makers = {
        "draw": _draw,
        "move": _reshape,
        "reshape": _reshape,
        "cut": _cut,
        "join": _join,
        "remove": _remove,
        "attributes": _describe,
        "split_by_entrance": _split,
    }
    least = {"draw": 0, "join": 2}.get(wanted.kind, 1)
    most = {"draw": 0, "cut": 1, "split_by_entrance": 1}.get(wanted.kind, 2_000)
    if not least <= len(buildings) <= most:
        raise InputError("", (Finding("buildings_number", values={"least": least}),))
    changes, findings = makers[wanted.kind](wanted, buildings)
    faults = [f for f in findings if f.severity == "error"]
    if not faults:
        seated = []
        for change in changes:
            after, told = placed(change, around, buildings)
            seated.append(after)
            findings += told
        changes = seated
        findings += overlaps_among(changes, buildings)
    _refuse(findings, wanted.confirm)
    return Outcome(tuple(changes), tuple(findings))


def _refuse(findings: Sequence[Finding], confirmed: frozenset[str]) -> None:
    allowed = CONFIRMABLE & confirmed
    if any(f.severity == "error" and f.code not in allowed for f in findings):
        raise InputError("the edit cannot be made", findings)


Made = tuple[list[Change], list[Finding]]


def _draw(wanted: EditOrder, _: Sequence[StandingBuilding]) -> Made:
    shape = wanted.shapes.get(0)
    faults = shapes.shape_faults(shape)
    life, use = wanted.values.get("life", "occupied"), wanted.values.get("use", "dwelling")
    after: BuildingState = {
        # The community is that of the footprint (``placed``), which is written with the row.
        "code": "",
        "community_id": None,
        "geometry": "",
        "name": None,
        "number": None,
        "estate_id": None,
        "levels": None,
        "levels_estimated": False,
        "life": life,
        "use": use,
        "external_id": None,
        "source": "desk",
        "valid_from": wanted.today,
        "valid_to": None,
        "addresses": [],
        "aliases": [],
        "entrances": [],
        "lives": [[life, wanted.today]],
        "uses": [[use, None]],
    }
    after = _with_own(after, wanted)
    return [Change(None, None, after, shape, entrances=_entrances(wanted.values))], faults


def _reshape(wanted: EditOrder, buildings: Sequence[StandingBuilding]) -> Made:
    changes, faults = [], []
    for b in buildings:
        shape = wanted.shapes.get(b.id)
        faults += shapes.shape_faults(shape, str(b.id))
        if shape is not None:
            changes.append(Change(b.id, b.state, copy(b.state), shape, b.shape))
    return changes, faults


def _remove(wanted: EditOrder, buildings: Sequence[StandingBuilding]) -> Made:
    return [_ended(b, wanted.today, "demolished") for b in buildings], []


def _ended(b: StandingBuilding, today: str, life: str | None = None) -> Change:
    after: BuildingState = {**b.state, "valid_to": today}
    if life is not None:
        after["life"] = life
        after["lives"] = [*b.state["lives"], [life, today]]
    return Change(b.id, b.state, after, None, b.shape)


def _describe(wanted: EditOrder, buildings: Sequence[StandingBuilding]) -> Made:
    changes = []
    for b in buildings:
        after = _with_own(b.state, wanted)
        if after["life"] != b.state["life"]:
            day = wanted.values.get("life_on") or wanted.today
            lives = [x for x in b.state["lives"] if x[1] != day]
            after["lives"] = sorted([*lives, [after["life"], day]], key=lambda x: x[1])
        if after["use"] != b.state["use"]:
            after["uses"] = [[after["use"], None]]
        if "levels" in wanted.values:
            after["levels_estimated"] = False
        changes.append(Change(b.id, b.state, after, entrances=_entrances(wanted.values)))
    return changes, []


_Own = Literal["name", "number", "estate_id", "levels", "use", "life", "external_id", "addresses"]
OWN: tuple[_Own, ...] = get_args(_Own)


def _with_own(state: BuildingState, wanted: EditOrder) -> BuildingState:
    """Return a state with the attributes that were given, as the state keeps them."""
    given = wanted.values
    after = copy(state)
    for name in OWN:
        if name in given:
            after[name] = given[name]
    if "aliases" in given:
        after["aliases"] = [[alias, wanted.by] for alias in given["aliases"]]
    return after


def _entrances(values: Attributes) -> tuple[tuple[str, BaseGeometry | None], ...] | None:
    return tuple(values["entrances"]) if "entrances" in values else None


def _cut(wanted: EditOrder, buildings: Sequence[StandingBuilding]) -> Made:
    b = buildings[0]
    if wanted.line is None or shapely.is_empty(wanted.line):
        return [], [Finding("cut_misses", subject=str(b.id))]
    parts = shapes.cut(b.shape, wanted.line)
    if len(parts) == 1:
        return [], [Finding("cut_misses", subject=str(b.id), geometry=wanted.line)]
    faults = [f for part in parts for f in shapes.shape_faults(part, str(b.id))]
    names = list(wanted.values.get("names", ()))
    made = []
    for n, part in enumerate(parts):
        name = names[n] if n < len(names) else f"{label_of(b.state)}-{n + 1}".lstrip("-")
        made.append(_part(b, part, name, wanted.today, part.area))
    return [_ended(b, wanted.today), *made], faults


def _part(b: StandingBuilding, shape: BaseGeometry, name: str, today: str, weight: float) -> Change:
    """Return a row that takes over from a part of a building. Its number stays, its ids do not."""
    after: BuildingState = {
        **b.state,
        "name": name,
        "external_id": None,
        "source": "desk",
        "valid_from": today,
        "aliases": [],
        "entrances": [],
    }
    return Change(None, None, after, shape, of=(b.id,), weight=weight, entrances=())


def _join(wanted: EditOrder, buildings: Sequence[StandingBuilding]) -> Made:
    shape = shapes.joined([b.shape for b in buildings])
    if shape is None:
        first, second = buildings[0], _farthest(buildings)
        gap = shapely.shortest_line(first.shape, second.shape)
        values = {"one": first.label, "other": second.label, "gap_m": round(float(gap.length), 2)}
        return [], [Finding("join_apart", geometry=gap, values=values)]
    main = max(buildings, key=lambda b: (b.shape.area, -b.id))
    names: list[list[str | None]] = []
    addresses: list[str] = []
    for b in buildings:
        # The names of all its parts find the whole again in next month's table.
        own = [[b.state["name"], wanted.by]] if b.state["name"] else []
        names += [a for a in (*own, *b.state["aliases"]) if a[0] != main.state["name"]]
        addresses += [a for a in b.state["addresses"] if a not in addresses]
    levels = [n for b in buildings if (n := b.state["levels"]) is not None]
    after: BuildingState = {
        **main.state,
        "external_id": None,
        "source": "desk",
        "valid_from": wanted.today,
        "aliases": list({a[0]: a for a in reversed(names)}.values())[::-1],
        "addresses": addresses,
        "entrances": [e for b in buildings for e in b.state["entrances"]],
        "levels": max(levels, default=None),
    }
    after = _with_own(after, wanted)
    ends = [_ended(b, wanted.today) for b in buildings]
    of = tuple(b.id for b in buildings)
    return [*ends, Change(None, None, after, shape, of=of)], shapes.shape_faults(shape)


def _farthest(buildings: Sequence[StandingBuilding]) -> StandingBuilding:
    """Return the building that is farthest from touching the first."""
    far = [shapely.distance(buildings[0].shape, b.shape) for b in buildings]
    return buildings[int(np.argmax(far))]


def _split(wanted: EditOrder, buildings: Sequence[StandingBuilding]) -> Made:
    b = buildings[0]
    units = list(wanted.values.get("units", ()))
    if not 2 <= len(units) <= MOST_UNITS:
        return [], [Finding("units_number", subject=str(b.id), values={"most": MOST_UNITS})]
    given = [n for unit in units if (n := unit["households"]) is not None]
    counted = len(given) == len(units)
    if given and not counted:
        return [], [Finding("units_half_counted", subject=str(b.id))]
    if counted and sum(given) != (b.households or 0):
        values = {"given": sum(given), "known": b.households or 0}
        return [], [Finding("units_differ", subject=str(b.id), values=values)]
    parts = shapes.strips(b.shape, len(units))
    faults = [f for part in parts for f in shapes.shape_faults(part, str(b.id))]
    made = []
    for n, (unit, part) in enumerate(zip(units, parts, strict=True), start=1):
        name = unit["name"] or f"{n}单元"
        weight = float(unit["households"] or 0) if counted else 1.0
        change = _part(b, part, f"{label_of(b.state)}{name}", wanted.today, weight)
        made.append(replace(change, households=unit["households"]))
    return [_ended(b, wanted.today), *made], faults
