"""Spreadsheets as offices have them (XLSX, XLS, CSV): sheets of plain values, within bounds.

The kind of file is told by its first bytes, not by its name. Formulas count with the result that
the spreadsheet stored; one without a result is remembered, never guessed.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from lxml import etree
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from data.importers.reading.child.confined import confined
from data.importers.reading.faults import Faults
from data.importers.reading.source_files import check_archive, check_file
from layers.kit.tables.worksheets import Cell, Worksheet

MAX_BYTES: Final = 200_000_000
MAX_ROWS: Final = 400_000
MAX_COLUMNS: Final = 500
MAX_CELLS: Final = 12_000_000
_CHUNK: Final = 4_000_000
_OLE: Final = b"\xd0\xcf\x11\xe0"
_MARKUP: Final = (b"<html", b"<!doctype", b"<table", b"<?xml", b"mime-version")

_ROW = re.compile(rb"<row\b[^>]*>")
_ROW_NUMBER = re.compile(rb'\br="(\d+)"')
_FILLED = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d+)"[^>]*?[^/]>')
_UNVALUED = re.compile(
    rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d+)"[^>]*?>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*'
    rb"(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)


@confined()
def read_book(path: Path, faults: Faults) -> list[Worksheet]:
    """Return the sheets of a spreadsheet that hold anything, in their order.

    Raises ``InputError`` for what is no spreadsheet, is protected by a password, or is beyond
    the bounds of this module (rows, columns, cells, bytes; of an archive also its ratio).
    """
    check_file(path, max_bytes=MAX_BYTES)
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"PK"):
        sheets = _read_xlsx(path, faults)
    elif head.startswith(_OLE):
        sheets = _read_calamine(path, faults, {})
    elif head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        faults.add("table_is_markup")
        faults.stop()
        return []
    else:
        sheets = [_read_csv(path, faults)]
    filled = [s for s in sheets if any(v is not None for row in s.rows for v in row)]
    if not filled:
        faults.add("table_empty")
    faults.stop()
    return filled


class _Marks:
    """What the XML of a sheet says beside its values."""

    def __init__(self) -> None:
        self.hidden: set[int] = set()
        self.unvalued: set[tuple[int, int]] = set()
        self.rows = 0
        self.columns = 0


def _read_xlsx(path: Path, faults: Faults) -> list[Worksheet]:
    check_archive(path)
    marks: dict[str, _Marks] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name, part in _parts(archive).items():
                marks[name] = _scan(archive, part)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, etree.XMLSyntaxError) as error:
        faults.add("file_unreadable", reason=str(error)[:200])
        faults.stop()
    cells = 0
    for mark in marks.values():
        cells += _check_extent(mark.rows, mark.columns, faults)
    if cells > MAX_CELLS:
        faults.add("table_too_big", cells=cells, most=MAX_CELLS)
    faults.stop()
    return _read_calamine(path, faults, marks)


def _check_extent(rows: int, columns: int, faults: Faults) -> int:
    """Refuse a table before it is spread out in memory; return its cells."""
    if rows > MAX_ROWS:
        faults.add("table_too_long", rows=rows, most=MAX_ROWS)
    if columns > MAX_COLUMNS:
        faults.add("table_too_wide", columns=columns, most=MAX_COLUMNS)
    return rows * columns


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the file inside the archive that holds each sheet, by the sheet's name."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
    links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    parts = {}
    for sheet in book.iter("{*}sheet"):
        key = next((v for k, v in sheet.attrib.items() if str(k).endswith("}id")), None)
        target = targets.get(key, "")
        inside = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        if inside in archive.namelist():
            parts[str(sheet.get("name"))] = inside
    return parts


def _scan(archive: zipfile.ZipFile, part: str) -> _Marks:
    """Read a sheet's XML in pieces: hidden rows, formulas without a result, its extent."""
    marks = _Marks()
    for piece in _pieces(archive, part):
        for row in _ROW.finditer(piece):
            if b'hidden="1"' in row[0] or b'hidden="true"' in row[0]:
                number = _ROW_NUMBER.search(row[0])
                if number:
                    marks.hidden.add(int(number[1]) - 1)
        last_of: dict[bytes, bytes] = {}
        for cell in _FILLED.finditer(piece):
            last_of[cell[1]] = cell[2]
        for letters, number_of_last in last_of.items():
            marks.columns = max(marks.columns, _column(letters) + 1)
            marks.rows = max(marks.rows, int(number_of_last))
        if b"<f" in piece:
            for cell in _UNVALUED.finditer(piece):
                marks.unvalued.add((int(cell[2]) - 1, _column(cell[1])))
    return marks


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield a sheet's XML in pieces that end between rows."""
    rest = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            rest += chunk
            cut = rest.rfind(b"</row>")
            if cut >= 0:
                yield rest[: cut + 6]
                rest = rest[cut + 6 :]
    yield rest


def _column(letters: bytes) -> int:
    """Return the position of a column from 0: A 0, Z 25, AA 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _read_calamine(path: Path, faults: Faults, marks: dict[str, _Marks]) -> list[Worksheet]:
    sheets = []
    try:
        with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
            for about in book.sheets_metadata:
                if not str(about.typ).endswith("WorkSheet"):
                    continue
                mark = marks.get(about.name) or _Marks()
                found = book.get_sheet_by_name(about.name)
                _check_extent(found.total_height, found.total_width, faults)
                faults.stop()
                hidden = about.visible != SheetVisibleEnum.Visible
                sheets.append(_sheet(found, mark, hidden=hidden))
    except CalamineError as error:
        protected = "assword" in str(error) or "assword" in type(error).__name__
        if protected:
            faults.add("table_protected")
        else:
            faults.add("file_unreadable", reason=str(error)[:200])
        faults.stop()
    return sheets


def _sheet(found: CalamineSheet, mark: _Marks, *, hidden: bool) -> Worksheet:
    ranges = found.merged_cell_ranges or []
    values = found.to_python(skip_empty_area=False) if found.height else []
    return Worksheet(
        found.name,
        tuple(tuple(None if v == "" else v for v in row) for row in values),
        tuple((a[0], a[1], b[0], b[1]) for a, b in ranges),
        frozenset(mark.hidden),
        frozenset(mark.unvalued),
        hidden,
    )


def _read_csv(path: Path, faults: Faults) -> Worksheet:
    """Read UTF-8 or GB 18030 (which holds GBK), UTF-16 when it says so; , ; tab or | between."""
    data = path.read_bytes()
    text = _decoded(data, faults)
    lines = text.splitlines()[:20]
    separator = max(",\t;|", key=lambda mark: sum(line.count(mark) for line in lines))
    rows: list[tuple[Cell, ...]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            cells += len(row)
            if len(rows) >= MAX_ROWS or cells > MAX_CELLS:
                faults.add("table_too_long", rows=len(rows), most=MAX_ROWS)
                faults.stop()
            rows.append(tuple(v.strip() or None for v in row))
    except csv.Error as error:
        faults.add("file_unreadable", reason=str(error)[:200])
        faults.stop()
    width = max((len(row) for row in rows), default=0)
    _check_extent(len(rows), width, faults)
    faults.stop()
    return Worksheet(path.stem, tuple(rows))


def _decoded(data: bytes, faults: Faults) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        order: tuple[str, ...] = ("utf-16",)
    else:
        order = ("utf-8-sig", "gb18030")
    for encoding in order:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    faults.add("table_encoding")
    faults.stop()
    return ""
