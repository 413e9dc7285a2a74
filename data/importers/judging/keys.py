"""How a file's row finds the stored row that it tells of."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from data.importers.judging.changes import StoredRow
from data.importers.reading.faults import Faults

ROWS_WITHOUT_ID = ""  # stands where the source would: ids are unique within a source


def row_keys(
    own: Mapping[str, Sequence[Any]], count: int, source: str, natural: Sequence[str]
) -> list[Hashable]:
    """Return each row's key: its source and id, or what it says of itself where it has no id.

    Rows without an id that say the same are told apart by their order. ``natural``: columns that
    name a row.
    """
    nothing: list[Any] = [None] * count
    ids = own.get("external_id", nothing)
    sources = own.get("source", nothing)
    said = list(zip(*(own.get(name, nothing) for name in natural), strict=True))
    seen: dict[Hashable, int] = {}
    keys: list[Hashable] = []
    for i in range(count):
        if ids[i] is not None:
            keys.append((sources[i] or source, ids[i]))
        else:
            keys.append(numbered(plain_key(said[i]), seen))
    return keys


def check_ids(own: Mapping[str, Sequence[Any]], source: str, faults: Faults) -> None:
    """Add a fault for each id that a file gives twice within one source."""
    ids = own.get("external_id", [])
    first: dict[Hashable, int] = {}
    for row, (said, of) in enumerate(
        zip(ids, own.get("source", [None] * len(ids)), strict=True), start=1
    ):
        other = first.setdefault((of or source, said), row)
        if said is not None and other != row:
            faults.add("value_repeated", row=row, field="external_id", found=said, other=other)


def known_keys(
    records: Sequence[Mapping[str, Any]], natural: Sequence[str], name: str
) -> dict[Hashable, StoredRow]:
    """Return stored rows by the keys that ``row_keys`` gives to the rows that tell of them."""
    seen: dict[Hashable, int] = {}
    known: dict[Hashable, StoredRow] = {}
    for record in records:
        if record.get("external_id") is not None:
            key: Hashable = (record["source"], record["external_id"])
        else:
            key = numbered(plain_key(tuple(record[n] for n in natural)), seen)
        known[key] = StoredRow(record["id"], str(record[name]), record)
    return known


def plain_key(said: Sequence[Any]) -> tuple[Hashable, ...]:
    """Return values as a key: lists become tuples."""
    return tuple(tuple(v) if isinstance(v, list) else v for v in said)


def numbered(said: tuple[Hashable, ...], seen: dict[Hashable, int]) -> Hashable:
    """Return a key of what a row without an id says, and how many said the same before it."""
    seen[said] = seen.get(said, 0) + 1
    return (ROWS_WITHOUT_ID, said, seen[said])


def given_sources(own: Mapping[str, Sequence[Any]], source: str) -> frozenset[str]:
    """Return whose rows a file tells of: when all have ids, what it does not hold is gone."""
    ids = own.get("external_id", [])
    if not ids or None in ids:
        return frozenset()
    return frozenset(v or source for v in own.get("source", [None] * len(ids)))
