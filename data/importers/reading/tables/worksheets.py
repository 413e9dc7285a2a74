"""Tables of every kind as text by column, with the row of the sheet that each record is in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from data.importers.reading.child.confined import confined
from data.importers.reading.content import content_of
from data.importers.reading.faults import Faults
from data.importers.reading.tables.books import book_of
from data.importers.reading.tables.headers import TOP, Header, Names, find_header
from layers.kit.tables.cells import unescaped
from layers.kit.tables.worksheets import Worksheet

MAX_ROWS: Final = 3_000_000
MAX_CELLS: Final = 100_000_000
# The first cell of a template's example row; such a row is never imported.
EXAMPLE_MARKS: Final = ("示例（不导入）", "example (not imported)")
_EXACT: Final = 1e15
"""From here on a number of a spreadsheet has lost its last digits."""
_TOTAL: Final = re.compile(
    r"(?:合\s*计|小\s*计|总\s*计|共\s*计|汇\s*总|total|subtotal)[:：]?$", re.I
)
_REMARK: Final = re.compile(
    r"(?:填[报表写]|制[表图]|审[核批]|报送|联系人|负责人|备注|说明|注|单位|日期|统计|截[至止])"
    r"[^:：]{0,8}[:：]|第\s*\d+\s*页|共\s*\d+\s*页|以下空白"
)


@dataclass(frozen=True, slots=True)
class TextTable:
    """One table: ``table`` holds text cells under its header; ``lines[i]`` is the row of the
    spreadsheet (from 1) that record i stands in; ``sheets`` names what the file holds, ``sheet``
    the one that was read, ``is_sure``: no other would do as well. ``doubled``: names that several
    columns have (the second is ``name (2)``). ``encoding``: of text."""

    table: pd.DataFrame
    lines: tuple[int, ...]
    sheets: tuple[str, ...] = ()
    sheet: str | None = None
    doubled: frozenset[str] = frozenset()
    encoding: str | None = None
    is_sure: bool = True


@confined()
def read_worksheet(
    path: Path,
    faults: Faults,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    names: Names | None = None,
    any_sheet: bool = False,
) -> TextTable:
    """Read a table; raises ``InputError`` when there is none.

    ``names``: how our columns may be called; by these the header is found (``headers``), and the
    sheet: the one that has what a table must have. Where several have it the user is asked, unless
    ``any_sheet``: the first is taken, to be looked at. Vertically merged cells hold for each of
    their rows. Formulas count with their stored result; one without is a fault. Blank rows,
    repeated headers, totals, remarks and a template's example row are left out; what was left out
    or is hidden is said.
    """
    names = names or Names.of({})
    book, found = book_of(
        content_of(path), faults, encoding=encoding, most_rows=MAX_ROWS, most_cells=MAX_CELLS
    )
    listed = tuple(s.name for s in book)
    chosen, header, sure = _chosen(book, sheet, names, faults, any_sheet=any_sheet)
    aside = [s.name for s in book if s.is_hidden and s is not chosen]
    if aside:
        faults.add("table_hidden_sheets", severity="info", sheets="、".join(aside),
                   sheets_en=", ".join(aside))  # fmt: skip
    table = _worksheet(chosen, header, names, faults)
    return TextTable(table.table, table.lines, listed, chosen.name, table.doubled, found, sure)


def _chosen(
    book: Sequence[Worksheet],
    wanted: str | None,
    names: Names,
    faults: Faults,
    *,
    any_sheet: bool,
) -> tuple[Worksheet, Header | None, bool]:
    headers = {s.name: find_header(_spread(s), names) for s in book}
    if wanted is not None and len(book) > 1:
        chosen = next((s for s in book if s.name == wanted), None)
        if chosen is None:
            faults.add("layer_unknown", layer=wanted, layers=", ".join(headers))
            faults.stop()
            raise ValueError(wanted)
        return chosen, headers[wanted], True
    shown = [s for s in book if not s.is_hidden] or list(book)

    def named(s: Worksheet) -> frozenset[str]:
        header = headers[s.name]
        return header.named if header is not None else frozenset()

    # What has all that is needed; else what names as much as the best does; else all.
    fit = [s for s in shown if named(s) and names.needed <= named(s)]
    most = max((len(named(s)) for s in shown), default=0)
    fit = fit or [s for s in shown if len(named(s)) == most > 1] or shown
    if len(fit) > 1 and not any_sheet:
        listed = [s.name for s in fit]
        faults.add("sheet_several", sheets="、".join(listed), sheets_en=", ".join(listed))
        faults.stop()
    return fit[0], headers[fit[0].name], len(fit) == 1


def _spread(sheet: Worksheet) -> list[list[str]]:
    """Return the top rows as text, with merged cells in all of their places."""
    rows = [[_cell(v) for v in row] for row in sheet.rows[:TOP]]
    for top, left, bottom, right in sheet.merged:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        for row in rows[top : bottom + 1]:
            row[left : right + 1] = [rows[top][left]] * (min(right + 1, len(row)) - left)
    return rows


def _with_merged(sheet: Worksheet) -> list[list[Any]]:
    """Return the rows with each vertically merged cell's value in all of its rows."""
    rows = [list(row) for row in sheet.rows]
    for top, left, bottom, _ in sheet.merged:
        if bottom > top and top < len(rows) and left < len(rows[top]):
            for row in rows[top + 1 : bottom + 1]:
                if left < len(row) and row[left] is None:
                    row[left] = rows[top][left]
    return rows


def _worksheet(sheet: Worksheet, header: Header | None, names: Names, faults: Faults) -> TextTable:
    rows = _with_merged(sheet)
    if header is None:
        faults.add("file_without_rows")
        faults.stop()
        raise ValueError("no rows")
    labels, doubled = _labels(header)
    width = len(labels)
    body: list[list[str]] = []
    lines: list[int] = []
    odd: list[tuple[int, int]] = []
    aside: list[int] = []
    for position in range(header.start + header.rows, len(rows)):
        cells = [_cell(v) for v in rows[position]]
        if not any(cells):
            if not any((position, i) in sheet.unvalued for i in range(width)):
                continue
        elif cells[0].lower() in EXAMPLE_MARKS or names.is_header(cells):
            continue
        elif _is_aside(cells, width):
            aside.append(position + 1)
            continue
        lines.append(position + 1)
        spare = any(cells[width:])
        if len(cells) < width or spare:
            odd.append((len(lines), len(cells)))
        body.append([unescaped(cell) for cell in (cells + [""] * width)[:width]])
    if len(body) > MAX_ROWS:
        faults.add("file_rows", rows=len(body), most=MAX_ROWS)
        faults.stop()
    faults.lines = tuple(lines)
    _say_rows(sheet, lines, aside, faults)
    for row, size in odd:
        faults.add("row_width", row=row, found=size, expected=width)
    _check_formulas(sheet.unvalued, labels, lines, faults)
    columns = list(zip(*body, strict=True)) if body else [()] * width
    table = pd.DataFrame(
        {n: pd.Series(v, dtype=object) for n, v in zip(labels, columns, strict=True)}
    )
    return TextTable(table, tuple(lines), doubled=doubled)


def _labels(header: Header) -> tuple[list[str], frozenset[str]]:
    """Return a name for each column: its own, ``name (2)`` for the second of a name, ``(3)`` for
    the third column without any; and the names that are there several times.
    """
    labels = list(header.labels)
    while labels and not labels[-1]:
        labels.pop()
    named: list[str] = []
    for i, label in enumerate(labels):
        own = label or f"({i + 1})"
        number = 1
        while own in named:
            number += 1
            own = f"{label} ({number})"
        named.append(own)
    return named, frozenset(n for n in labels if n and labels.count(n) > 1)


def _is_aside(cells: Sequence[str], width: int) -> bool:
    """Tell whether a row is a total or a remark below a table, and no record of it."""
    filled = [cell for cell in cells if cell]
    if len(filled) * 2 > max(width, 3):
        return False
    return any(_TOTAL.match(cell) for cell in filled[:2]) or bool(_REMARK.match(filled[0]))


def _say_rows(sheet: Worksheet, lines: list[int], aside: list[int], faults: Faults) -> None:
    hidden = sorted(sheet.hidden_rows & {line - 1 for line in lines})
    if hidden:
        faults.add("table_hidden_rows", severity="warning", rows=len(hidden), first=hidden[0] + 1)
    if aside:
        faults.add("table_rows_aside", severity="info", rows=len(aside),
                   lines=", ".join(map(str, aside[:20])))  # fmt: skip


def _check_formulas(
    unvalued: frozenset[tuple[int, int]], header: list[str], lines: list[int], faults: Faults
) -> None:
    of_line = {line: row for row, line in enumerate(lines, start=1)}
    for position, column in sorted(unvalued):
        row = of_line.get(position + 1)
        if row is not None and column < len(header):
            faults.add("formula_without_value", row=row, field=header[column])


def _cell(value: Any) -> str:
    """Return a cell as text. A number that lost digits is written as what it is: 5.2E+17."""
    if value is None:
        return ""
    if isinstance(value, float):
        if abs(value) >= _EXACT:
            return f"{value:.14E}"
        if value.is_integer():
            return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
