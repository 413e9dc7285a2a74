"""Files of household tables: their sheets, what they seem to be, their rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from data.importers.reading.faults import Faults
from data.importers.reading.tables.books import read_book
from layers.households.tables.headers import Guess, Layout, above_rows, guess, shown_rows
from layers.households.tables.table import Table, read_rows
from layers.kit.errors import InputError
from layers.kit.tables.worksheets import Worksheet


@dataclass(frozen=True, slots=True)
class Look:
    """A sheet before it is opened: what it seems to be, and its first rows as text."""

    sheet: str
    guess: Guess
    rows: tuple[tuple[str, ...], ...]
    is_hidden: bool
    above: tuple[tuple[str, ...], ...] = ()


def look(path: Path) -> list[Look]:
    """Return the sheets of a file with a guess at their columns, likeliest first.

    Raises InputError for a file that cannot be read.
    """
    sheets = read_book(path, Faults(path.name))
    looks = []
    for sheet in sheets:
        found = guess(sheet)
        looks.append(_look(sheet, found))
    return sorted(looks, key=lambda k: (k.is_hidden, -len(k.guess.confidence)))


def _look(sheet: Worksheet, found: Guess) -> Look:
    rows, above = tuple(shown_rows(sheet, found)), tuple(above_rows(sheet, found))
    return Look(sheet.name, found, rows, sheet.is_hidden, above)


def look_again(path: Path, sheet: str, header: int) -> Look:
    """Return one sheet with the header in the row (from 0) that a person says it is in.

    Raises InputError for a file that cannot be read, a sheet or a row that is not there.
    """
    chosen = next((s for s in read_book(path, Faults(path.name)) if s.name == sheet), None)
    if chosen is None or not 0 <= header < len(chosen.rows):
        raise InputError("there is no such row in this file: choose the file again")
    moved, private = guess(chosen, header), guess(chosen).private
    # Moving the header may hide more columns, never fewer: names stay unseen.
    kept = {f: j for f, j in moved.layout.columns.items() if j not in private}
    layout = replace(moved.layout, columns=kept)
    return _look(chosen, replace(moved, layout=layout, private=moved.private | private))


def read_table(
    path: Path, file: str, sheet: str | None = None, layout: Layout | None = None
) -> tuple[Worksheet, Guess, Layout, Table]:
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
    hidden = found.private
    if layout is not None and layout.header_rows and layout.header_rows[0] < len(chosen.rows):
        # A person moved the header: what it calls private is private, too.
        hidden |= guess(chosen, layout.header_rows[0]).private
    private = [f for f, column in used.columns.items() if column in hidden]
    for name in private:
        faults.add("table_column_private", field=name)
    if not {"building", "address", "estate", "code"} & used.columns.keys():
        faults.add("table_without_places", columns=", ".join(filter(None, used.labels)) or "-")
    faults.stop()
    return chosen, found, used, read_rows(chosen, used)
