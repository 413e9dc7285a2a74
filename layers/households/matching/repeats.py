"""One building named by several rows: entrances are summed, copies left out, doubt is ruled.

1. Rows with different entrances of one building are parts of it.
2. A row that repeats another word for word, numbers too, is a copy and left out, when it stands
   next to it or its numbers are too particular for chance. (Two small houses of which one has a
   wrong number look the same, too.)
3. A row without an entrance beside rows with entrances is their sum, when the numbers say so: it
   is left out. Otherwise a person rules about it.
4. Of several other rows of one building (or of one entrance) those that were read with certainty
   stand when there is just one; the rest, or all, are ruled by a person.
5. Rows that a person ruled, or that an alias named, are taken at their word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from layers.households.matching.register import Candidate, Match
from layers.households.tables.names import name_key, plain, readings
from layers.households.tables.table import WrittenRow

AT_THEIR_WORD: Final = ("ruled", "alias", "code")
PARTICULAR: Final = 40


def entrance_of(w: WrittenRow) -> str | None:
    """Return the entrance that a row speaks of, from its own column or from the building's text."""
    if w.entrance:
        return name_key(w.entrance).removesuffix("单元") or None
    for text in (w.building, w.estate, w.address):
        for reading in readings(plain(text)) if text else ():
            if reading.entrance:
                return reading.entrance
    return None


def settle_repeats(
    written: Sequence[WrittenRow],
    matches: Sequence[Match],
    certain: frozenset[int],
    held: Mapping[int, frozenset[str | None]],
) -> list[Match]:
    """Return the matches with rows that repeat each other settled, in the same order.

    ``certain``: numbers of the rows that were placed by an exact way. ``held``: entrances by
    building that rows outside of these name already.
    """
    of: dict[int, list[int]] = defaultdict(list)
    for position, found in enumerate(matches):
        if found.building_id is not None:
            of[found.building_id].append(position)
    settled = list(matches)
    for building, positions in of.items():
        if len(positions) > 1:
            _settle(written, settled, positions, certain)
        for p in positions:
            doors = held.get(building, frozenset())
            door = entrance_of(written[p])
            if doors and (door is None or None in doors or door in doors):
                _queue(settled, p)
    return settled


def _settle(
    written: Sequence[WrittenRow],
    settled: list[Match],
    positions: list[int],
    certain: frozenset[int],
) -> None:
    positions = _without_copies(written, settled, positions)
    free = [p for p in positions if settled[p].how not in AT_THEIR_WORD]
    doors: dict[str | None, list[int]] = defaultdict(list)
    for p in free:
        doors[entrance_of(written[p])].append(p)
    with_door = [p for door, ps in doors.items() if door is not None for p in ps]
    for door, same in doors.items():
        if door is None and with_door:
            for p in same:
                if len(same) == 1 and _is_sum(written[p], [written[k] for k in with_door]):
                    settled[p] = replace(
                        settled[p], state="ignored", building_id=None, how="sum_of_entrances"
                    )
                else:
                    _queue(settled, p)
        elif len(same) > 1:
            sure = [p for p in same if written[p].row in certain]
            for p in same:
                if len(sure) != 1 or p != sure[0]:
                    _queue(settled, p)
    if None in doors and len(free) < len(positions) and not with_door:
        for p in doors[None]:  # a ruled row has the building already
            _queue(settled, p)


def _without_copies(
    written: Sequence[WrittenRow], settled: list[Match], positions: list[int]
) -> list[int]:
    last: dict[tuple[object, ...], int] = {}
    kept = []
    for p in positions:
        w = written[p]
        said = (w.community, w.estate, w.building, w.entrance, w.address)
        key = (*(plain(v) for v in said), tuple(sorted(w.values.items())))
        near = key in last and p - last[key] == 1
        if key in last and (near or max(v or 0 for v in w.values.values()) >= PARTICULAR):
            settled[p] = replace(settled[p], state="ignored", building_id=None, how="copy")
        else:
            kept.append(p)
        last[key] = p
    return kept


def _is_sum(whole: WrittenRow, parts: list[WrittenRow]) -> bool:
    return all(
        value is None or value == sum(part.values.get(measure) or 0 for part in parts)
        for measure, value in whole.values.items()
    )


def _queue(settled: list[Match], position: int) -> None:
    found = settled[position]
    if found.building_id is None or found.how in AT_THEIR_WORD:
        return
    meant = Candidate(found.building_id, found.score or 0.0, "named_twice")
    others = tuple(c for c in found.candidates if c.building_id != found.building_id)
    settled[position] = replace(
        found,
        state="queued",
        building_id=None,
        how="named_twice",
        candidates=(meant, *others)[:8],
    )
