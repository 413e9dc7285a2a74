"""A figure: a number made once in a layer, and the rows that it counts.

1. Page, export and API show the same ``Figure``; nobody counts again what a layer has counted.
2. ``value`` None is unknown: it is shown as unknown, never as 0.
3. ``rows`` opens exactly its rows: ``rows.measure(…)`` of what the address gives is ``value``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from urllib.parse import urlencode

from layers.kit.tables.worksheets import Cell
from layers.kit.words import Words

Row = Mapping[str, Cell]
Tone = Literal["plain", "loud", "quiet", "good"]
Measure = Literal["count", "sum", "max"]


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows a figure stands for: a table of rows, and the question put to it.

    ``table``: a name of ``layers.registry.make_tables``. ``where``: names and values as they
    stand in an address. ``measure_by``: how the rows make the value; ``column``: of which cells,
    where they are not only counted (unknown cells are left out, as in the figure itself).
    """

    table: str
    where: tuple[tuple[str, str], ...] = ()
    measure_by: Measure = "count"
    column: str = ""

    def measure(self, rows: Sequence[Row]) -> float | None:
        """Return the value that rows make; None where no cell of ``column`` is known."""
        if self.measure_by == "count":
            return len(rows)
        known = [float(v) for row in rows if isinstance(v := row[self.column], int | float)]
        if not known and (rows or self.measure_by == "max"):
            return None
        return sum(known) if self.measure_by == "sum" else max(known)

    def address(self, county: str, suffix: str = "json", lang: str = "zh") -> str:
        """Return the address that opens the rows: ``suffix`` json or csv."""
        values = {"county": county, **dict(self.where)}
        if suffix != "json":
            values["lang"] = lang
        return f"/rows/{self.table}.{suffix}?{urlencode(values)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with what it is, of how many, in which unit, on which day, and its rows.

    ``key``, ``unit`` and ``note`` are text keys (``words``, ``note_words`` fill them); ``of`` is
    the whole that ``value`` is a part of, None where there is none. ``rows`` None: nothing but
    the number is known.
    """

    key: str
    value: float | None
    unit: str
    as_of: date
    of: float | None = None
    rows: Rows | None = None
    tone: Tone = "plain"
    words: Words = field(default_factory=dict)
    note: str | None = None
    note_words: Words = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Return the text key of what it is, as a ``Fact`` has it."""
        return self.key

    @property
    def share(self) -> float | None:
        """Return ``value`` ÷ ``of`` (0-1); None where either is unknown or there is nothing."""
        return None if self.value is None or not self.of else self.value / self.of


def where(**values: object) -> tuple[tuple[str, str], ...]:
    """Return a question as names and values of an address."""
    return tuple((name, str(value)) for name, value in values.items())
