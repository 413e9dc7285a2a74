"""Counts of households that are too few to be told to everybody: 1 and 2.

Decided in docs/decisions/small-counts.md. What is hidden is called so (``MARK`` in JSON, words in
sentences and files), never 0 and never left out. A field is known by its name: ``COUNTS`` are
numbers of households wherever they stand, ``BESIDE`` tell of the same people and go with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from layers.kit.principal import acting_now

T = TypeVar("T")
FEWEST: Final = 3
RIGHT: Final = "counts"
MARK: Final = "<3"
FEWER: Final = "少于3"
SAID: Final = f"{FEWER}户"
"""What stands in a paper instead of the number: without its unit, and with it."""
COUNTS: Final = frozenset(
    """
    households households_now households_before households_after was_households
    resident registered rented vacant dwellings
    outside untied unplaced unplaced_before within_0 within_1 within_2 known alone
    gained_households lost_households outside_after
    moved_households households_moved settled_households case_households expected_households
    marginal_households largest smallest largest_before largest_after area_households
    """.split()  # noqa: SIM905
)
BESIDE: Final = frozenset(
    """
    persons elderly children employed floating_population households_registered
    elderly_outside children_outside
    """.split()  # noqa: SIM905
)
COLUMNS: Final = frozenset(("households", "known", "unplaced", "curve"))
"""Those of them that may also be a list: of a place, a building, a step each."""
_asking: ContextVar[bool | None] = ContextVar("few", default=None)


def is_few(value: object) -> bool:
    """Tell whether a count is one that is hidden."""
    return isinstance(value, int | float) and value is not True and 0 < value < FEWEST


def hides() -> bool:
    """Tell whether small counts are hidden from whoever asks: a request, else a job."""
    asking = _asking.get()
    if asking is not None:
        return asking
    who = acting_now()
    return who is not None and not who.sees_few


@contextmanager
def hidden(is_hidden: bool) -> Iterator[None]:
    """Hide small counts in what is made here, or do not; whoever asks."""
    before = _asking.set(is_hidden)
    try:
        yield
    finally:
        _asking.reset(before)


def ask(is_hidden: bool | None) -> None:
    """Say for the request that begins here whether it hides them; None where it ends."""
    _asking.set(is_hidden)


def told(value: Any, instead: str = MARK) -> Any:
    """Return a count as whoever asks may read it."""
    return instead if is_few(value) and hides() else value


def row(values: Mapping[str, T], instead: str = MARK) -> dict[str, T | str]:
    """Return a row's cells as whoever asks may read them; what tells of the same people with it."""
    if not hides():
        return dict(values)
    return _row(values, instead)


def veiled(value: Any, more: frozenset[str] = frozenset()) -> Any:
    """Return JSON without small counts, whoever asks. ``more``: names that are counts here."""
    return _veiled(value, COUNTS | more)


def _veiled(value: Any, counts: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_veiled(one, counts) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: _veiled(one, counts) for name, one in value.items()}
    return _columns(_row(made, MARK, counts), counts)


def _row(
    values: Mapping[str, T], instead: str, counts: frozenset[str] = COUNTS
) -> dict[str, T | str]:
    found = [name for name, one in values.items() if name in counts and is_few(one)]
    if values.get("measure") in COUNTS and is_few(values.get("value")):
        found.append("value")  # a count among others, which says itself of what it is
    made: dict[str, T | str] = dict(values)
    if not found:
        return made
    for name, one in values.items():
        beside = name in BESIDE and isinstance(one, int | float) and not isinstance(one, bool)
        if name in found or beside:
            made[name] = instead
    return made


def _columns(values: Any, counts: frozenset[str]) -> Any:
    """Hide in columns: where a count is hidden, so is what stands beside it at its place."""
    names = COLUMNS & counts
    lists = {name: one for name, one in values.items() if name in names and isinstance(one, list)}
    for name, column in lists.items():
        at = [place for place, one in enumerate(column) if is_few(one)]
        if not at:
            continue
        beside = [
            other
            for other, one in values.items()
            if other in BESIDE and isinstance(one, list) and len(one) == len(column)
        ]
        for other in (name, *beside):
            made = list(values[other])
            for place in at:
                made[place] = MARK if made[place] is not None else None
            values[other] = made
    return values
