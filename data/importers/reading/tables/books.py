"""Spreadsheets as offices have them: sheets of plain values, within bounds.

XLSX, XLSM, XLSB, ODS, the old XLS and WPS's ET; text (CSV and its kin); web pages and XML that are
called .xls; one of these in a zip. The kind is told by the content, not by the name. Formulas
count with the result that the spreadsheet stored; one without a result is remembered, never
guessed, and an error (#N/A) stays in its cell as it is shown.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from lxml import etree
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from data.importers.reading.child.confined import confined
from data.importers.reading.content import Content, content_of
from data.importers.reading.faults import Faults
from data.importers.reading.source_files import check_archive, check_file
from data.importers.reading.tables import markup
from data.importers.reading.tables.marks import (
    Marks,
    old_workbook_marks,
    open_document_marks,
    workbook_marks,
)
from data.importers.reading.tables.texts import decoded_text, read_rows
from data.importers.reading.text.visible import visible
from layers.kit.tables.worksheets import Cell, Worksheet

MAX_BYTES: Final = 200_000_000
MAX_ROWS: Final = 400_000
MAX_COLUMNS: Final = 500
MAX_CELLS: Final = 12_000_000
_OLE: Final = b"\xd0\xcf\x11\xe0"
_TEXTS: Final = (".csv", ".tsv", ".txt")
_BOOKS: Final = (".xlsx", ".xlsm", ".xlsb", ".ods", ".et")


@confined()
def read_book(path: Path, faults: Faults) -> list[Worksheet]:
    """Return the sheets of a spreadsheet that hold anything, in their order.

    Raises ``InputError`` for what is no spreadsheet, is protected by a password, or is beyond
    the bounds of this module (rows, columns, cells, bytes; of an archive also its ratio).
    """
    check_file(path, max_bytes=MAX_BYTES)
    sheets, _ = book_of(content_of(path), faults)
    return sheets


def book_of(
    content: Content,
    faults: Faults,
    *,
    encoding: str | None = None,
    most_rows: int = MAX_ROWS,
    most_cells: int = MAX_CELLS,
) -> tuple[list[Worksheet], str | None]:
    """Return the sheets that hold anything, and the encoding of text.

    ``most_rows`` and ``most_cells`` bound text; a workbook has the bounds of this module.
    """
    named = Path(content.name).suffix.lower()
    if content.kind != "table":
        faults.add("table_encoding" if named in _TEXTS else "file_unreadable")
        faults.stop()
    found: str | None = None
    with content.open() as file:
        head = file.read(8192)
        file.seek(0)
        if head.startswith(b"PK"):
            sheets = _read_archive(content, file, faults)
        elif head.startswith(_OLE):
            marks = old_workbook_marks(file)
            file.seek(0)
            sheets = _read_calamine(file, faults, marks)
        elif markup.is_markup(head):
            sheets = _read_markup(file.read(), content, faults)
        else:
            text, found = decoded_text(file.read(), encoding, faults)
            if markup.is_markup(text[:512].encode("utf-8", "replace")):
                sheets = _read_markup(text.encode("utf-8"), content, faults)
            else:
                rows = read_rows(
                    text, faults, most_rows=most_rows, most_columns=MAX_COLUMNS,
                    most_cells=most_cells,
                )  # fmt: skip
                if named in _BOOKS and max(map(len, rows), default=0) < 2:
                    faults.add("file_unreadable")  # words, under a workbook's name
                sheets = [Worksheet(Path(content.name).stem, tuple(map(_seen, rows)))]
    filled = [s for s in sheets if any(v is not None for row in s.rows for v in row)]
    if not filled and not faults.errors:
        faults.add("table_empty")
    faults.stop()
    return filled, found


def _read_archive(content: Content, file: IO[bytes], faults: Faults) -> list[Worksheet]:
    check_archive(content.path, file)
    marks: dict[str, Marks] = {}
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" in names:
                marks = workbook_marks(archive)
            elif "content.xml" in names:
                marks = open_document_marks(archive)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, etree.XMLSyntaxError):
        faults.add("file_unreadable")
        faults.stop()
    cells = 0
    for mark in marks.values():
        cells += _check_extent(mark.rows, mark.columns, faults)
    if cells > MAX_CELLS:
        faults.add("table_too_big", cells=cells, most=MAX_CELLS)
    faults.stop()
    file.seek(0)
    return _read_calamine(file, faults, marks)


def _check_extent(rows: int, columns: int, faults: Faults) -> int:
    """Refuse a table before it is spread out in memory; return its cells."""
    if rows > MAX_ROWS:
        faults.add("table_too_long", rows=rows, most=MAX_ROWS)
    if columns > MAX_COLUMNS:
        faults.add("table_too_wide", columns=columns, most=MAX_COLUMNS)
    return rows * columns


def _read_calamine(file: IO[bytes], faults: Faults, marks: dict[str, Marks]) -> list[Worksheet]:
    sheets = []
    try:
        with CalamineWorkbook.from_filelike(file) as book:
            for about in book.sheets_metadata:
                if not str(about.typ).endswith("WorkSheet"):
                    continue
                mark = marks.get(about.name) or Marks()
                found = book.get_sheet_by_name(about.name)
                _check_extent(found.total_height, found.total_width, faults)
                faults.stop()
                hidden = about.visible != SheetVisibleEnum.Visible
                sheets.append(_sheet(found, mark, hidden=hidden))
    except CalamineError as error:
        protected = "assword" in str(error) or "assword" in type(error).__name__
        faults.add("table_protected" if protected else "file_unreadable")
        faults.stop()
    return sheets


def _sheet(found: CalamineSheet, mark: Marks, *, hidden: bool) -> Worksheet:
    ranges = found.merged_cell_ranges or []
    values = found.to_python(skip_empty_area=False) if found.height else []
    rows = [list(_seen(row)) for row in values]
    for (row, column), shown in mark.errors.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = shown
    return Worksheet(
        found.name,
        tuple(map(tuple, rows)),
        tuple((a[0], a[1], b[0], b[1]) for a, b in ranges),
        frozenset(mark.hidden),
        frozenset(mark.unvalued),
        hidden,
    )


def _seen(row: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return cells without what cannot be seen in them; None where nothing is left."""
    return tuple((visible(v) or None) if isinstance(v, str) else v for v in row)


def _read_markup(data: bytes, content: Content, faults: Faults) -> list[Worksheet]:
    """Return the tables of a web page or of Excel's XML. Raises ``InputError`` without any."""
    try:
        if markup.is_office_xml(data):
            sheets = markup.office_sheets(data)
        else:
            page = markup.unwrapped(data)
            text, _ = decoded_text(page, None, faults)
            sheets = markup.page_sheets(text, Path(content.name).stem)
    except etree.XMLSyntaxError:
        faults.add("file_unreadable")
        faults.stop()
        raise
    if not sheets:
        faults.add("table_is_markup")
        faults.stop()
    cells = 0
    for sheet in sheets:
        width = max(map(len, sheet.rows), default=0)
        cells += _check_extent(len(sheet.rows), width, faults)
    if cells > MAX_CELLS:
        faults.add("table_too_big", cells=cells, most=MAX_CELLS)
    faults.stop()
    return [
        Worksheet(s.name, tuple(map(_seen, s.rows)), s.merged, s.hidden_rows, is_hidden=s.is_hidden)
        for s in sheets
    ]
