"""Rows of a household table to buildings: certainty first, doubt into a queue with candidates.

A row is placed by the first of these that finds exactly one building, in the row's community
where it names one that is known:

1. the code that another system gave the building;
2. a ruling about this written name, or an alias of a building;
3. estate and number, the estate also as a ruling taught to read it;
4. the building's own name;
5. the address.
6. What is left is compared by letters and sound. The number must agree; the best must be clear of
   the second, and a building that another row already named exactly is hardly meant.

Where exact ways disagree, or one building is named by two rows without entrances, a person rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from layers.households.matching.register import (
    Candidate,
    Match,
    Register,
    State,
    community_of,
    without_places,
    written_key,
    written_name,
)
from layers.households.matching.repeats import entrance_of, settle_repeats
from layers.households.tables.names import (
    Address,
    Reading,
    address_of,
    estate_key,
    name_key,
    plain,
    readings,
    similarity,
)
from layers.households.tables.table import WrittenRow

CANDIDATES: Final = 8
LIKE: Final = 0.5  # below this two names have nothing to do with each other
SURE: Final = 0.72
MARGIN: Final = 0.12
TAKEN: Final = 0.3  # what a building loses that another row names exactly
FITS: Final = 0.08  # every number of these rows is missing in that estate
FILLS: Final = 0.08  # … and nothing else is


@dataclass(slots=True)
class _Row:
    """A row while it is matched."""

    written: WrittenRow
    key: str
    community: str | None
    places: list[Reading]
    addresses: list[Address]
    names: list[str]
    match: Match | None = None
    certain: bool = False


def match(
    register: Register,
    written: Sequence[WrittenRow],
    held: Mapping[int, frozenset[str | None]] | None = None,
) -> list[Match]:
    """Return where each row goes, in the rows' order.

    ``held``: entrances by building that rows outside of ``written`` name already (None: the
    whole building).
    """
    communities: dict[str | None, str | None] = {}
    rows = []
    for w in written:
        if w.community not in communities:
            communities[w.community] = community_of(register, w.community)
        rows.append(_read(register, w, communities[w.community]))
    for row in rows:
        _match_exactly(register, row)
    taken: dict[int, set[str | None]] = {b: set(doors) for b, doors in (held or {}).items()}
    for row in rows:
        if row.match and row.match.building_id is not None:
            taken.setdefault(row.match.building_id, set()).add(entrance_of(row.written))
    missing = _missing(register, taken)
    groups = _groups(rows)
    for row in rows:
        if row.match is None:
            _match_likely(register, row, taken, missing, groups)
    done = [r.match for r in rows if r.match is not None]
    certain = frozenset(r.written.row for r in rows if r.certain)
    return settle_repeats(written, done, certain, held or {})


def _read(register: Register, w: WrittenRow, community: str | None) -> _Row:
    """Work out every way to read a row."""
    estate, building = plain(w.estate), plain(w.building)
    ways: list[Reading] = []
    addresses: list[Address] = []
    names: list[str] = []
    own = readings(building) if building else ()
    for reading in own:
        for before in without_places(register, reading.estate) if reading.estate else [""]:
            if reading.number and before:
                ways.append(Reading(before, reading.number, reading.entrance, reading.is_house))
            if reading.number and estate and not reading.estate:
                ways += [
                    Reading(e, reading.number, reading.entrance)
                    for e in without_places(register, estate)
                ]
    if estate and not any(r.number for r in own):
        for text in without_places(register, estate):
            ways += [r for r in readings(text) if r.number and r.estate]
    for text in filter(None, (plain(w.address), building, estate)):
        for way in without_places(register, text):
            address = address_of(way)
            if address is None:  # not of the kind street and house number: as one text
                addresses.append(Address(name_key(way), "", ""))
            elif not address.rest:
                addresses.append(address)
            elif not ways:
                ways += [r for r in readings(address.rest) if r.number and r.estate]
            if text is not estate or not building:
                names.append(name_key(way))
    if w.address and not ways:
        for way in without_places(register, plain(w.address)):
            ways += [r for r in readings(way) if r.number and r.estate]
    if estate and building:
        names.append(name_key(estate + building))
    return _Row(
        w,
        written_key(w),
        community,
        list(dict.fromkeys(ways)),
        list(dict.fromkeys(addresses)),
        list(dict.fromkeys(names)),
    )


def _decide(row: _Row, how: str, ids: Iterable[int], register: Register, score: float) -> bool:
    """Place a row when exactly one building, in its community, is meant; queue it for several."""
    found = list(dict.fromkeys(ids))
    near = [i for i in found if _near(register, i, row.community)]
    if not near:
        return False
    if len(near) == 1:
        row.match = Match(row.written.row, "placed", near[0], how, score, (), row.key)
        row.certain = True
        return True
    offered = tuple(Candidate(i, score, "several") for i in near[:CANDIDATES])
    row.match = Match(row.written.row, "queued", None, "several", None, offered, row.key)
    return True


def _near(register: Register, building: int, community: str | None) -> bool:
    own = register.buildings[building].community
    return community is None or own is None or own == community


def _match_exactly(register: Register, row: _Row) -> None:
    w = row.written
    verdict = register.rulings.get(row.key)
    if verdict:
        state: State = "ignored" if verdict == "not_ours" else "unplaced"
        row.match = Match(w.row, state, None, f"ruled_{verdict}", 1.0, (), row.key)
        row.certain = True
        return
    if w.code and _decide(row, "code", register.by_code.get(plain(w.code), ()), register, 1.0):
        return
    aliases = [*row.names, name_key(written_name(w)), row.key]
    ids = [i for key in dict.fromkeys(aliases) for i in register.by_alias.get(key, ())]
    if _decide(row, "alias", ids, register, 1.0):
        return
    exact, taught = _by_estate(register, row)
    address = _by_address(register, row)
    here = [i for i in exact if _near(register, i, row.community)]
    there = [i for i in address if _near(register, i, row.community)]
    if here and there and not set(here) & set(there):
        offered = tuple(Candidate(i, 0.9, "disagree") for i in [*here, *there][:CANDIDATES])
        row.match = Match(w.row, "queued", None, "disagree", None, offered, row.key)
        return
    if len(here) > 1 and there:
        exact = [i for i in here if i in there]
    named = [i for key in row.names for i in register.by_name.get(key, ())]
    for how, ids, score in (
        ("estate_number", exact, 1.0),
        ("estate_taught", taught, 0.98),
        ("name", named, 0.98),
        ("address", address, 0.96),
    ):
        if _decide(row, how, ids, register, score):
            return


def _by_estate(register: Register, row: _Row) -> tuple[list[int], list[int]]:
    """Return buildings by estate and number, and those by what an estate was taught to be."""
    exact: list[int] = []
    taught: list[int] = []
    for way in row.places:
        key = estate_key(way.estate)
        number = way.number or ""
        exact += register.by_estate.get(key, {}).get(number, ())
        for own in register.taught.get(key, ()):
            taught += register.by_estate[own].get(number, ())
    return list(dict.fromkeys(exact)), list(dict.fromkeys(taught))


def _by_address(register: Register, row: _Row) -> list[int]:
    """Return the buildings at a row's address: as it is written, else without places above it."""
    for address in row.addresses:
        ids = register.by_address.get((address.street, address.number), ())
        if any(_near(register, i, row.community) for i in ids):
            return list(ids)
    return []


def _missing(register: Register, taken: Mapping[int, set[str | None]]) -> dict[str, set[str]]:
    """Return the numbers of each estate that no row named exactly."""
    return {
        estate: {n for n, ids in numbers.items() if not any(i in taken for i in ids)}
        for estate, numbers in register.by_estate.items()
    }


def _groups(rows: Sequence[_Row]) -> dict[tuple[str | None, str], set[str]]:
    """Return the numbers that were written under each estate name that is not known."""
    groups: dict[tuple[str | None, str], set[str]] = {}
    for row in rows:
        if row.match is None:
            for way in row.places:
                key = (row.community, estate_key(way.estate))
                groups.setdefault(key, set()).add(way.number or "")
    return groups


def _alike(register: Register, key: str) -> list[tuple[str, float]]:
    """Return the estates whose name is like a key, with how much."""
    if key not in register.alike:
        scored = ((e, similarity(key, e)) for e in register.by_estate)
        register.alike[key] = [(e, s) for e, s in scored if s >= LIKE]
    return register.alike[key]


def _match_likely(
    register: Register,
    row: _Row,
    taken: Mapping[int, set[str | None]],
    missing: Mapping[str, set[str]],
    groups: Mapping[tuple[str | None, str], set[str]],
) -> None:
    """Place a row by likeness, or queue it with what it may mean."""
    scores: dict[int, Candidate] = {}
    door = entrance_of(row.written)

    def is_taken(building: int) -> bool:
        doors = taken.get(building)
        return doors is not None and (door is None or None in doors or door in doors)

    def offer(building: int, score: float, reason: str) -> None:
        if not _near(register, building, row.community):
            score, reason = score - TAKEN, "other_community"
        elif is_taken(building):
            score -= TAKEN
        if building not in scores or scores[building].score < score:
            scores[building] = Candidate(building, round(max(score, 0.0), 3), reason)

    number_unknown = False
    for way in row.places:
        if way.is_house:
            continue
        key, number = estate_key(way.estate), way.number or ""
        if key in register.by_estate and number not in register.by_estate[key]:
            number_unknown = True
            for other in sorted(missing[key])[:CANDIDATES]:
                for i in register.by_estate[key][other]:
                    offer(i, 0.4, "same_estate")
        written = groups.get((row.community, key), {number})
        for estate, score in _alike(register, key):
            for i in register.by_estate[estate].get(number, ()):
                fits = written <= missing[estate]
                bonus = (FITS + FILLS * (written == missing[estate])) if fits else 0.0
                offer(i, min(score + bonus, 0.99) if estate != key else score, "similar_estate")
    houses = [a for a in row.addresses if a.number]
    for address in houses:
        for street, i in register.by_house.get(address.number, ()):
            score = similarity(address.street, street)
            if score >= LIKE:
                offer(i, score, "similar_address")
    if not row.places and not houses:
        for key in row.names:
            for name, ids in register.by_name.items():
                score = similarity(key, name) if abs(len(key) - len(name)) < 5 else 0.0
                if score >= LIKE:
                    for i in ids:
                        offer(i, score, "similar_name")
    ranked = sorted(scores.values(), key=lambda c: (-c.score, c.building_id))
    best = ranked[0] if ranked else None
    second = ranked[1].score if len(ranked) > 1 else 0.0
    w, top = row.written, tuple(ranked[:CANDIDATES])
    if (
        best
        and not number_unknown
        and best.score >= SURE
        and best.score - second >= MARGIN
        and not is_taken(best.building_id)
        and _near(register, best.building_id, row.community)
    ):
        row.match = Match(w.row, "placed", best.building_id, best.reason, best.score, top, row.key)
        return
    why = "number_unknown" if number_unknown else best.reason if best else "not_found"
    row.match = Match(w.row, "queued", None, why, best.score if best else None, top, row.key)
