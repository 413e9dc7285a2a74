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
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.buildings import shapes
from layers.kit.errors import InputError
from layers.kit.findings import Finding

Kind = Literal[
    "draw", "move", "reshape", "cut", "join", "remove", "attributes", "split_by_entrance"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
State = Mapping[str, Any]
CONFIRMABLE = frozenset({"building_overlaps"})
MOST_UNITS = 40


@dataclass(frozen=True)
class Standing:
    """A building that stands: its row, its footprint, its households (None unknown)."""

    id: int
    version: int
    state: State
    shape: BaseGeometry
    households: int | None = None

    @property
    def label(self) -> str:
        """What people call it."""
        return label_of(self.state, self.id)


def label_of(state: State, building_id: int | None = None) -> str:
    """Return what people call a building: name, estate and number, or address; else its id."""
    named = " ".join(str(state[k]) for k in ("estate", "number") if state.get(k))
    address = next(iter(state.get("addresses") or []), None)
    return str(state.get("name") or named or address or (f"#{building_id}" if building_id else ""))


@dataclass(frozen=True)
class Change:
    """One row: ``before`` None = it begins. ``shape``: its footprint after, where that changed.

    ``of``: ids of the rows whose counts it takes over, by ``weight``. ``households``: the exact
    count it is given, None = by weight. ``entrances``: points by name in the measuring CRS.
    """

    id: int | None
    before: State | None
    after: State
    shape: BaseGeometry | None = None
    shape_before: BaseGeometry | None = None
    of: tuple[int, ...] = ()
    weight: float = 1.0
    households: int | None = None
    entrances: tuple[tuple[str, BaseGeometry | None], ...] | None = None

    @property
    def ends(self) -> bool:
        """Tell whether the row ends."""
        return self.after.get("valid_to") is not None


@dataclass(frozen=True)
class Around:
    """What stands around: communities (ids, codes, names, shapes) and other footprints."""

    community_ids: Sequence[int]
    community_codes: Sequence[str]
    community_names: Sequence[str]
    communities: NDArray[Any]
    others: Sequence[Standing] = ()

    def place(self, shape: BaseGeometry) -> tuple[int | None, float, list[str]]:
        """Return the community of the larger share, that share (0-1), and all it lies in."""
        area = shapely.area(shapely.intersection(shape, self.communities))
        if len(area) == 0 or area.max() <= 0:
            return None, 0.0, []
        best = int(np.argmax(area))
        real = np.flatnonzero(area > shapes.OVERLAP_M2)
        return best, float(area[best] / shape.area), [self.community_names[int(i)] for i in real]


@dataclass(frozen=True)
class Wanted:
    """An operation as asked. ``shapes``: by building id (``draw``: key 0). ``today``: ISO date."""

    kind: Kind
    today: str
    shapes: Mapping[int, BaseGeometry] = field(default_factory=dict)
    line: BaseGeometry | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    confirm: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What an operation does, and what should be known of it (nothing that forbids it)."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...] = ()


def edit(wanted: Wanted, buildings: Sequence[Standing], around: Around) -> Outcome:
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
        placed = []
        for change in changes:
            after, told = _placed(change, around, buildings)
            placed.append(after)
            findings += told
        changes = placed
    _refuse(findings, wanted.confirm)
    return Outcome(tuple(changes), tuple(findings))


def _refuse(findings: Sequence[Finding], confirmed: frozenset[str]) -> None:
    allowed = CONFIRMABLE & confirmed
    if any(f.severity == "error" and f.code not in allowed for f in findings):
        raise InputError("the edit cannot be made", findings)


Made = tuple[list[Change], list[Finding]]


def _draw(wanted: Wanted, _: Sequence[Standing]) -> Made:
    shape = wanted.shapes.get(0)
    faults = shapes.shape_faults(shape)
    after: dict[str, Any] = {
        "name": None,
        "number": None,
        "estate_id": None,
        "levels": None,
        "levels_estimated": False,
        "life": "occupied",
        "use": "dwelling",
        "external_id": None,
        "source": "desk",
        "valid_from": wanted.today,
        "valid_to": None,
        "addresses": [],
        "aliases": [],
        "entrances": [],
    }
    after["lives"] = [[wanted.values.get("life", after["life"]), wanted.today]]
    after["uses"] = [[wanted.values.get("use", after["use"]), None]]
    after.update(_own(wanted.values))
    return [Change(None, None, after, shape, entrances=_entrances(wanted.values))], faults


def _reshape(wanted: Wanted, buildings: Sequence[Standing]) -> Made:
    changes, faults = [], []
    for b in buildings:
        shape = wanted.shapes.get(b.id)
        faults += shapes.shape_faults(shape, str(b.id))
        if shape is not None:
            changes.append(Change(b.id, b.state, dict(b.state), shape, b.shape))
    return changes, faults


def _remove(wanted: Wanted, buildings: Sequence[Standing]) -> Made:
    return [_ended(b, wanted.today, "demolished") for b in buildings], []


def _ended(b: Standing, today: str, life: str | None = None) -> Change:
    after = {**b.state, "valid_to": today}
    if life is not None:
        after["life"] = life
        after["lives"] = [*b.state.get("lives", []), [life, today]]
    return Change(b.id, b.state, after, None, b.shape)


def _describe(wanted: Wanted, buildings: Sequence[Standing]) -> Made:
    changes = []
    own = _own(wanted.values)
    for b in buildings:
        after = {**b.state, **own}
        if "life" in own and own["life"] != b.state["life"]:
            day = wanted.values.get("life_on") or wanted.today
            lives = [x for x in b.state.get("lives", []) if x[1] != day]
            after["lives"] = sorted([*lives, [own["life"], day]], key=lambda x: str(x[1]))
        if "use" in own and own["use"] != b.state["use"]:
            after["uses"] = [[own["use"], None]]
        if "levels" in own:
            after["levels_estimated"] = False
        changes.append(Change(b.id, b.state, after, entrances=_entrances(wanted.values)))
    return changes, []


OWN = ("name", "number", "estate_id", "levels", "use", "life", "external_id", "addresses")


def _own(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that were given, as the state keeps them."""
    own = {k: values[k] for k in OWN if k in values}
    if "aliases" in values:
        own["aliases"] = [[alias, values.get("by")] for alias in values["aliases"]]
    return own


def _entrances(
    values: Mapping[str, Any],
) -> tuple[tuple[str, BaseGeometry | None], ...] | None:
    return tuple(values["entrances"]) if "entrances" in values else None


def _cut(wanted: Wanted, buildings: Sequence[Standing]) -> Made:
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


def _part(b: Standing, shape: BaseGeometry, name: str, today: str, weight: float) -> Change:
    """Return a row that takes over from a part of a building. Its number stays, its ids do not."""
    after = {
        **b.state,
        "name": name,
        "external_id": None,
        "source": "desk",
        "valid_from": today,
        "aliases": [],
        "entrances": [],
    }
    return Change(None, None, after, shape, of=(b.id,), weight=weight, entrances=())


def _join(wanted: Wanted, buildings: Sequence[Standing]) -> Made:
    shape = shapes.joined([b.shape for b in buildings])
    if shape is None:
        first, second = buildings[0], _farthest(buildings)
        gap = shapely.shortest_line(first.shape, second.shape)
        values = {"one": first.label, "other": second.label, "gap_m": round(float(gap.length), 2)}
        return [], [Finding("join_apart", geometry=gap, values=values)]
    main = max(buildings, key=lambda b: (b.shape.area, -b.id))
    names: list[list[Any]] = []
    addresses: list[str] = []
    for b in buildings:
        # The names of all its parts find the whole again in next month's table.
        own = [[b.state["name"], wanted.values.get("by")]] if b.state.get("name") else []
        names += [a for a in (*own, *b.state["aliases"]) if a[0] != main.state.get("name")]
        addresses += [a for a in b.state["addresses"] if a not in addresses]
    levels = [b.state["levels"] for b in buildings if b.state.get("levels") is not None]
    after = {
        **main.state,
        "external_id": None,
        "source": "desk",
        "valid_from": wanted.today,
        "aliases": list({a[0]: a for a in reversed(names)}.values())[::-1],
        "addresses": addresses,
        "entrances": [e for b in buildings for e in b.state["entrances"]],
        "levels": max(levels, default=None),
    }
    after.update(_own(wanted.values))
    ends = [_ended(b, wanted.today) for b in buildings]
    of = tuple(b.id for b in buildings)
    return [*ends, Change(None, None, after, shape, of=of)], shapes.shape_faults(shape)


def _farthest(buildings: Sequence[Standing]) -> Standing:
    """Return the building that is farthest from touching the first."""
    far = [shapely.distance(buildings[0].shape, b.shape) for b in buildings]
    return buildings[int(np.argmax(far))]


def _split(wanted: Wanted, buildings: Sequence[Standing]) -> Made:
    b = buildings[0]
    units = list(wanted.values.get("units", ()))
    if not 2 <= len(units) <= MOST_UNITS:
        return [], [Finding("units_number", subject=str(b.id), values={"most": MOST_UNITS})]
    given = [unit.get("households") for unit in units]
    counted = all(v is not None for v in given)
    if not counted and any(v is not None for v in given):
        return [], [Finding("units_half_counted", subject=str(b.id))]
    if counted and sum(given) != (b.households or 0):
        values = {"given": sum(given), "known": b.households or 0}
        return [], [Finding("units_differ", subject=str(b.id), values=values)]
    parts = shapes.strips(b.shape, len(units))
    faults = [f for part in parts for f in shapes.shape_faults(part, str(b.id))]
    made = []
    for n, (unit, part) in enumerate(zip(units, parts, strict=True), start=1):
        name = unit.get("name") or f"{n}单元"
        weight = float(unit["households"]) if counted else 1.0
        change = _part(b, part, f"{label_of(b.state)}{name}", wanted.today, weight)
        made.append(replace(change, households=unit.get("households")))
    return [_ended(b, wanted.today), *made], faults


def _placed(
    change: Change, around: Around, buildings: Sequence[Standing]
) -> tuple[Change, list[Finding]]:
    """Give a row its community, and say what its new footprint meets."""
    if change.shape is None or change.ends:
        return change, []
    subject = None if change.id is None else str(change.id)
    at, share, names = around.place(change.shape)
    if at is None:
        return change, [Finding("building_outside", subject=subject, geometry=change.shape)]
    found = []
    if 1 - share > 1e-3 and (1 - share) * change.shape.area > shapes.OVERLAP_M2:
        values = {
            "community": around.community_names[at],
            "share": round(share * 100, 1),
            "names": "、".join(names),
        }
        found.append(
            Finding(
                "building_crosses_boundary",
                "warning",
                subject=subject,
                geometry=change.shape,
                values=values,
            )
        )
    if not change.of:
        found += _overlaps(change, around, {b.id for b in buildings}, subject)
    where = {"community_id": around.community_ids[at], "code": around.community_codes[at]}
    return replace(change, after={**change.after, **where}), found


def _overlaps(change: Change, around: Around, own: set[int], subject: str | None) -> list[Finding]:
    """Return which footprints a shape covers more than it did before."""
    others = [o for o in around.others if o.id not in own]
    if not others or change.shape is None:
        return []
    there = np.array([o.shape for o in others], dtype=object)
    now = shapes.overlap_m2(change.shape, there)
    if change.shape_before is not None:
        now = now - shapes.overlap_m2(change.shape_before, there)
    return [
        Finding(
            "building_overlaps",
            subject=subject,
            geometry=shapely.intersection(change.shape, others[at].shape),
            values={
                "other": others[at].label,
                "other_id": others[at].id,
                "overlap_m2": round(float(now[at]), 1),
                "confirmable": True,
            },
        )
        for at in np.flatnonzero(now > shapes.OVERLAP_M2).tolist()
    ]
