"""Tables (CSV, XLSX, XLS) as text by column, with the row of the sheet that each record is in."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from data.importers.reading.child.confined import confined
from data.importers.reading.faults import Faults
from data.importers.reading.tables.books import MAX_COLUMNS, read_book
from layers.kit.tables.cells import unescaped
from layers.kit.tables.worksheets import Worksheet

SPREADSHEETS: Final = (".xlsx", ".xls")
TABLES: Final = (".csv", ".tsv", ".txt", *SPREADSHEETS)
MAX_ROWS: Final = 3_000_000
# The first cell of a template's example row; such a row is never imported.
EXAMPLE_MARKS: Final = ("示例（不导入）", "example (not imported)")
_TITLE_ROWS: Final = 10
_MAGIC: Final = (b"PK", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class TextTable:
    """One table: ``table`` holds text cells under its header; ``lines[i]`` is the row of the
    spreadsheet (from 1) that record i stands in; ``sheets`` names what the file holds."""

    table: pd.DataFrame
    lines: tuple[int, ...]
    sheets: tuple[str, ...] = ()


@confined()
def read_worksheet(
    path: Path, faults: Faults, *, sheet: str | None = None, encoding: str | None = None
) -> TextTable:
    """Read a table with one header row; raises ``InputError`` when there is none.

    The header is the first row with two filled cells (title rows above it are passed over).
    Vertically merged cells hold for each of their rows. Formulas count with their stored result;
    one without is a fault. Blank rows and a template's example row are left out.
    """
    if path.suffix.lower() in SPREADSHEETS:
        found = _read_spreadsheet(path, faults, sheet)
    else:
        rows = [tuple(row) for row in _read_csv(path, encoding, faults)]
        found = _Grid(rows, 0, frozenset(), ())
    return _worksheet(found, faults)


@dataclass(frozen=True, slots=True)
class _Grid:
    rows: Sequence[Sequence[Any]]
    header: int
    unvalued: frozenset[tuple[int, int]]
    sheets: tuple[str, ...]


def _read_csv(path: Path, encoding: str | None, faults: Faults) -> list[list[str]]:
    """Read a table as text, so that leading zeros stay."""
    data = path.read_bytes()
    text, reason = "", ""
    for name in (encoding,) if encoding else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(name)
            break
        except (UnicodeDecodeError, LookupError) as error:
            reason = str(error)[:120]
    else:
        faults.add("file_encoding", reason=reason)
        faults.stop()
    if "\0" in text:
        faults.add("file_unreadable", reason="binary")
        faults.stop()
    first = text.split("\n", 1)[0]
    delimiter = max((",", ";", "\t"), key=first.count)
    csv.field_size_limit(10_000_000)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False):
            if len(row) > MAX_COLUMNS or len(rows) > MAX_ROWS + _TITLE_ROWS:
                break
            rows.append(row)
        else:
            return rows
        if len(row) > MAX_COLUMNS:
            faults.add("table_too_wide", columns=len(row), most=MAX_COLUMNS)
        else:
            faults.add("file_rows", rows=len(rows), most=MAX_ROWS)
        faults.stop()
        raise ValueError("a fault stops")
    except csv.Error as error:
        faults.add("file_unreadable", reason=str(error)[:200] or "-")
        faults.stop()
        raise


def _read_spreadsheet(path: Path, faults: Faults, wanted: str | None) -> _Grid:
    with path.open("rb") as file:
        head = file.read(4)
    if path.suffix.lower() == ".xlsx" and not head.startswith(_MAGIC):
        faults.add("file_unreadable", reason="not a workbook")
        faults.stop()
    book = read_book(path, faults)
    names = tuple(s.name for s in book)
    shown = [s for s in book if not s.is_hidden] or book
    chosen = next((s for s in book if s.name == wanted), None) if wanted else shown[0]
    if chosen is None:
        faults.add("layer_unknown", layer=wanted, layers=", ".join(names))
        faults.stop()
        raise ValueError(wanted)
    rows = _with_merged(chosen)
    filled = [sum(v is not None for v in row) for row in rows[:_TITLE_ROWS]]
    header = next((i for i, n in enumerate(filled) if n > 1), 0)
    return _Grid(rows, header, chosen.unvalued, names)


def _with_merged(sheet: Worksheet) -> list[list[Any]]:
    """Return the rows with each vertically merged cell's value in all of its rows."""
    rows = [list(row) for row in sheet.rows]
    for top, left, bottom, _ in sheet.merged:
        if bottom > top and top < len(rows) and left < len(rows[top]):
            for row in rows[top + 1 : bottom + 1]:
                if left < len(row) and row[left] is None:
                    row[left] = rows[top][left]
    return rows


def _worksheet(found: _Grid, faults: Faults) -> TextTable:
    rows = found.rows
    start = next(
        (i for i in range(found.header, len(rows)) if any(_cell(v).strip() for v in rows[i])), None
    )
    if start is None:
        faults.add("file_without_rows")
        faults.stop()
        raise ValueError("no rows")
    header = [_cell(v).strip() for v in rows[start]]
    while header and not header[-1]:
        header.pop()
    width = len(header)
    _check_header(header, faults)
    body: list[list[str]] = []
    lines: list[int] = []
    odd: list[tuple[int, int]] = []
    for position in range(start + 1, len(rows)):
        cells = [_cell(v) for v in rows[position]]
        if not any(cell.strip() for cell in cells):
            if not any((position, i) in found.unvalued for i in range(width)):
                continue
        elif cells[0].strip().lower() in EXAMPLE_MARKS:
            continue
        lines.append(position + 1)
        spare = any(cell.strip() for cell in cells[width:])
        if len(cells) < width or spare:
            odd.append((len(lines), len(cells)))
        body.append([unescaped(cell) for cell in (cells + [""] * width)[:width]])
    if len(body) > MAX_ROWS:
        faults.add("file_rows", rows=len(body), most=MAX_ROWS)
        faults.stop()
    faults.lines = tuple(lines)
    for row, size in odd:
        faults.add("row_width", row=row, found=size, expected=width)
    _check_formulas(found.unvalued, header, lines, faults)
    columns = list(zip(*body, strict=True)) if body else [()] * width
    table = pd.DataFrame(
        {n: pd.Series(v, dtype=object) for n, v in zip(header, columns, strict=True)}
    )
    return TextTable(table, tuple(lines), found.sheets)


def _check_header(header: list[str], faults: Faults) -> None:
    doubled = {name for name in header if name and header.count(name) > 1}
    for name in sorted(doubled):
        faults.add("column_doubled", field=name)
    if doubled:
        faults.stop()
    for i, name in enumerate(header):
        header[i] = name or f"({i + 1})"


def _check_formulas(
    unvalued: frozenset[tuple[int, int]], header: list[str], lines: list[int], faults: Faults
) -> None:
    of_line = {line: row for row, line in enumerate(lines, start=1)}
    for position, column in sorted(unvalued):
        row = of_line.get(position + 1)
        if row is not None and column < len(header):
            faults.add("formula_without_value", row=row, field=header[column])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
