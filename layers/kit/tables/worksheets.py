"""A worksheet as plain values: what any reader of tables gives, and what pure modules read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

# What spreadsheets show where a formula has no value; such a cell is text, as it is shown.
CELL_ERRORS: Final = frozenset(
    ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
     "#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#UNKNOWN!")
)  # fmt: skip
Cell = str | int | float | bool | date | datetime | time | timedelta | None


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One worksheet. ``rows[i][j]`` is the cell in row i + 1 and column j + 1 of the spreadsheet.

    Rows may differ in length; an empty cell is None. ``merged``: (first row, first column, last
    row, last column), from 0; only the first cell holds the value. ``hidden_rows``: positions
    from 0. ``unvalued``: (row, column), from 0, of formulas whose result was never stored.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    unvalued: frozenset[tuple[int, int]] = frozenset()
    is_hidden: bool = False
