"""What a file would change: which of its rows are new, changed or unchanged, and what is gone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

import shapely

What = Literal["new", "changed", "unchanged", "gone"]
WHATS: Final[tuple[What, ...]] = ("new", "changed", "unchanged", "gone")
SAME_PLACE_DEG: Final = 1e-7  # about 1 cm


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A stored row: its id, what people call it, its values under the names of the columns."""

    id: int
    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One row's fate. ``row`` counts the file's records from 1; None for what is gone.

    ``fields``: name → (stored, in the file), of what differs. ``place``: where it would be.
    """

    what: What
    name: str
    row: int | None = None
    id: int | None = None
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    place: Any = None


@dataclass(frozen=True, slots=True)
class Changes:
    """The fate of every row, in the file's order, then what is gone.

    Gone is what the same source gave before and this file does not hold. It is told, never
    removed: a file may be a part of the whole.
    """

    rows: tuple[Change, ...] = ()

    @property
    def counts(self) -> dict[What, int]:
        """Return how many rows have each fate."""
        return {what: sum(c.what == what for c in self.rows) for what in WHATS}

    def of(self, what: What) -> list[Change]:
        """Return the changes of one kind."""
        return [c for c in self.rows if c.what == what]

    def digest(self) -> str:
        """Return a fingerprint: equal when a second look at the file would do the same."""
        told = [
            (c.what, c.row, c.id, {k: [plain(v) for v in pair] for k, pair in c.fields.items()})
            for c in self.rows
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def compare(
    rows: Sequence[Mapping[str, Any]],
    keys: Sequence[Hashable | None],
    names: Sequence[str],
    known: Mapping[Hashable, StoredRow],
    numbers: Sequence[int],
    *,
    sources: frozenset[str] = frozenset(),
) -> Changes:
    """Compare a file's rows with what is stored, by key.

    ``rows``: the values that each row would store, under the same names as ``StoredRow.values``;
    names that a row does not have are left as they are. ``numbers``: each row's number in the
    file. ``sources``: whose stored rows are gone when the file does not hold them; a stored row's
    source is the first part of its key.
    """
    found: list[Change] = []
    for row, key, name, number in zip(rows, keys, names, numbers, strict=True):
        place = row.get("geometry")
        stored = known.get(key) if key is not None else None
        if stored is None:
            found.append(Change("new", name, number, place=place))
            continue
        differing = {
            column: (stored.values.get(column), value)
            for column, value in row.items()
            if not same(stored.values.get(column), value)
        }
        what: What = "changed" if differing else "unchanged"
        found.append(Change(what, name, number, stored.id, differing, place))
    held = set(keys)
    found += [
        Change("gone", stored.name, None, stored.id, place=stored.values.get("geometry"))
        for key, stored in known.items()
        if isinstance(key, tuple) and key[0] in sources and key not in held
    ]
    return Changes(tuple(found))


def same(stored: Any, value: Any) -> bool:
    """Tell whether two values are the same for a user: numbers, times, lists, places."""
    if isinstance(stored, shapely.Geometry) and isinstance(value, shapely.Geometry):
        return bool(shapely.equals_exact(stored, value, SAME_PLACE_DEG))
    if isinstance(stored, bool) or isinstance(value, bool):
        return stored is value
    if isinstance(stored, list | tuple) and isinstance(value, list | tuple):
        return list(map(plain, stored)) == list(map(plain, value))
    return bool(stored == value)


def plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, shapely.Geometry):
        return value.wkb_hex
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
