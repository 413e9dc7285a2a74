"""Files of household tables: their sheets, what they seem to be, their rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.importers.faults import Faults
from data.importers.sheets import read_book
from layers.households.headers import Guess, Layout, guess, shown_rows
from layers.households.table import Table, read_rows
from layers.kit.sheets import Sheet


@dataclass(frozen=True, slots=True)
class Look:
    """A sheet before it is opened: what it seems to be, and its first rows as text."""

    sheet: str
    guess: Guess
    rows: tuple[tuple[str, ...], ...]
    is_hidden: bool


def look(path: Path) -> list[Look]:
    """Return the sheets of a file with a guess at their columns, likeliest first.

    Raises InputError for a file that cannot be read.
    """
    sheets = read_book(path, Faults(path.name))
    looks = []
    for sheet in sheets:
        found = guess(sheet)
        looks.append(Look(sheet.name, found, tuple(shown_rows(sheet, found)), sheet.is_hidden))
    return sorted(looks, key=lambda k: (k.is_hidden, -len(k.guess.confidence)))


def read_table(
    path: Path, file: str, sheet: str | None = None, layout: Layout | None = None
) -> tuple[Sheet, Guess, Layout, Table]:
    """Read one sheet of a file: the one named, or the likeliest.

    Raises InputError when there is no such sheet, or no column of places or of households.
    """
    faults = Faults(file)
    sheets = read_book(path, faults)
    guessed = {s.name: guess(s) for s in sheets}
    if sheet is not None and sheet not in guessed:
        faults.add("table_sheet_unknown", sheet=sheet, sheets=", ".join(guessed))
        faults.stop()
    best = max(sheets, key=lambda s: (not s.is_hidden, len(guessed[s.name].confidence)))
    chosen = next((s for s in sheets if s.name == sheet), best)
    found = guessed[chosen.name]
    used = layout or found.layout
    private = [f for f, column in used.columns.items() if column in found.private]
    for name in private:
        faults.add("table_column_private", field=name)
    if not {"building", "address", "estate", "code"} & used.columns.keys():
        faults.add("table_without_places", columns=", ".join(filter(None, used.labels)) or "-")
    faults.stop()
    return chosen, found, used, read_rows(chosen, used)
