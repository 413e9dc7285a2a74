"""The county's buildings, by everything that a household table may call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from layers.households.tables.names import (
    Address,
    address_of,
    estate_key,
    name_key,
    number_key,
    plain,
    readings,
    similarity,
)
from layers.households.tables.table import WrittenRow

State = Literal["placed", "queued", "unplaced", "ignored"]


@dataclass(frozen=True, slots=True)
class Building:
    """What is known of a building. ``community``: its code; ``aliases``: also those ruled."""

    id: int
    community: str | None
    estate: str | None
    number: str | None
    name: str | None
    addresses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A building that a row may mean. ``reason``: why it is offered."""

    building_id: int
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Match:
    """Where a row goes. ``how``: what it was placed by, or why it was not.

    ``key``: the written place, normalised; rows with the same key are ruled together.
    """

    row: int
    state: State
    building_id: int | None
    how: str
    score: float | None
    candidates: tuple[Candidate, ...]
    key: str


@dataclass(slots=True)
class Register:
    """The county's buildings, indexed by everything that a row may call them by."""

    buildings: dict[int, Building]
    communities: dict[str, str]  # code by key of the name
    prefixes: tuple[str, ...]  # what may stand before a name: county, subdistrict, community
    rulings: Mapping[str, str]  # verdict by written key
    by_code: dict[str, list[int]] = field(default_factory=dict)
    by_alias: dict[str, list[int]] = field(default_factory=dict)
    by_estate: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    taught: dict[str, set[str]] = field(default_factory=dict)  # estate keys by taught key
    by_name: dict[str, list[int]] = field(default_factory=dict)
    by_address: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    by_house: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    alike: dict[str, list[tuple[str, float]]] = field(default_factory=dict)


def make_register(
    buildings: Iterable[Building],
    communities: Mapping[str, str],
    places: Iterable[str] = (),
    rulings: Mapping[str, str] | None = None,
) -> Register:
    """Index a county's buildings.

    ``communities``: name by code. ``places``: names of the county and its subdistricts.
    ``rulings``: not_ours or unplaced, by key of the written name (``written_key``).
    """
    meant: dict[str, set[str]] = {}
    for code, name in communities.items():
        for key in (code, *_place_names(name)):
            meant.setdefault(key, set()).add(code)
    # Two communities of one name: the name alone says nothing.
    keys = {key: next(iter(codes)) for key, codes in meant.items() if len(codes) == 1}
    names = {k for n in [*places, *communities.values()] for k in _place_names(n)}
    prefixes = tuple(sorted((n for n in names if len(n) > 1), key=len, reverse=True))
    register = Register({b.id: b for b in buildings}, keys, prefixes, dict(rulings or {}))
    for b in register.buildings.values():
        _index(register, b)
    for b in register.buildings.values():
        _teach(register, b)
    return register


def _place_names(name: str) -> list[str]:
    """Return the keys of a place's name, with and without the word that says what it is."""
    key = plain(name)
    found = [key]
    for word in ("社区居委会", "居委会", "社区", "街道办事处", "街道", "村", "镇", "县", "市"):
        if key.endswith(word) and len(key) - len(word) >= 2:
            found += [key[: -len(word)], key[: -len(word)] + "居委会"]
            if word == "社区":
                found.append(key + "居委会")
            break
    return found


def _index(register: Register, b: Building) -> None:
    def put(index: dict[str, list[int]], key: str) -> None:
        if key and b.id not in index.setdefault(key, []):
            index[key].append(b.id)

    if b.code:
        put(register.by_code, plain(b.code))
    for alias in b.aliases:
        put(register.by_alias, name_key(alias))
    if b.estate and b.number:
        numbers = register.by_estate.setdefault(estate_key(b.estate), {})
        for reading in readings(plain(b.number)):
            number = reading.number or (number_key(plain(b.number)) if not reading.entrance else "")
            if number and not reading.estate:
                put(numbers, number)
                break
    if b.name:
        put(register.by_name, name_key(b.name))
        for reading in readings(plain(b.name)):
            if reading.number and reading.estate and not reading.entrance:
                put(register.by_estate.setdefault(estate_key(reading.estate), {}), reading.number)
                break
    for text in b.addresses:
        # 红军路 may stand in 红军社区: a street is known by its whole name and by what follows.
        for way in without_places(register, plain(text)):
            address = address_of(way) or Address(name_key(way), "", "")
            if not address.rest and not address.street[:1].isdigit():
                ids = register.by_address.setdefault((address.street, address.number), [])
                if b.id not in ids:
                    ids.append(b.id)
                    register.by_house.setdefault(address.number, []).append((address.street, b.id))


def _teach(register: Register, b: Building) -> None:
    """Learn from an alias with the building's own number how its estate is called."""
    if not b.estate or not b.number:
        return
    own = estate_key(b.estate)
    for alias in b.aliases:
        for reading in readings(plain(alias)):
            called = estate_key(reading.estate)
            same = reading.number and b.id in register.by_estate.get(own, {}).get(
                reading.number, ()
            )
            if same and len(called) >= 2 and called not in register.by_estate:
                register.taught.setdefault(called, set()).add(own)


def written_name(w: WrittenRow) -> str:
    """Return the place of a row as one text, as a person would say it; the entrance left out."""
    parts = [w.estate, w.building] if w.estate or w.building else [w.address]
    if not w.estate and w.building and len(plain(w.building)) <= 4:
        parts = [w.address or w.community, w.building]  # 3栋 alone is many buildings
    return " ".join(p for p in parts if p) or (w.code or "")


def written_key(w: WrittenRow) -> str:
    """Return what a ruling about a row is remembered by."""
    text = plain(written_name(w))
    for reading in readings(text):
        if reading.number and reading.estate:
            return f"{estate_key(reading.estate)}{reading.number}栋"
    return name_key(text)


def without_places(register: Register, text: str) -> list[str]:
    """Return a text, and what is left of it without the names of places above it."""
    found = [text]
    rest, changed = text, True
    while changed:
        changed = False
        for prefix in register.prefixes:
            if rest.startswith(prefix) and len(rest) - len(prefix) >= 2:
                rest, changed = rest[len(prefix) :], True
                found.append(rest)
                break
    return found


def community_of(register: Register, written: str | None) -> str | None:
    """Return the code of a community as a row names it; None when it is not one of ours."""
    if not written:
        return None
    text = plain(written)
    for way in reversed(without_places(register, text)):
        if way in register.communities:
            return register.communities[way]
    if text in register.communities:
        return register.communities[text]
    # 河宾社区 may be 河滨社区; 南门社区 is not 东门社区, although most of its letters are.
    core = [*_place_names(written)[1:2], plain(written)][0]
    codes = {
        code
        for key, code in register.communities.items()
        if len(key) == len(core) > 1 and similarity(core, key) >= 0.9
    }
    return codes.pop() if len(codes) == 1 else None
