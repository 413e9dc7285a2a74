"""What a workbook says beside its values: hidden rows, errors, formulas without a result.

The library that reads values gives none of these: they are scanned for in the file itself, XLSX
and ODS in their XML, old workbooks (XLS, ET) in their records.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Any, Final

from lxml import etree

_CHUNK: Final = 4_000_000
_ROW = re.compile(rb"<row\b[^>]*>")
_ROW_NUMBER = re.compile(rb'\br="(\d+)"')
_FILLED = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d+)"[^>]*?[^/]>')
_UNVALUED = re.compile(
    rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d+)"[^>]*?>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*'
    rb"(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)
_ERROR = re.compile(rb'<c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3})(\d+)"[^>]*>.*?<v>([^<]*)</v>')
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_MOST: Final = 100_000
# The codes of errors in old workbooks.
_CODES: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


@dataclass(slots=True)
class Marks:
    """What is beside the values of one sheet; positions from 0. ``errors``: what is shown."""

    hidden: set[int] = field(default_factory=set)
    unvalued: set[tuple[int, int]] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    rows: int = 0
    columns: int = 0


# ---- XLSX ------------------------------------------------------------------------------------


def workbook_marks(archive: zipfile.ZipFile) -> dict[str, Marks]:
    """Return the marks of each sheet of an XLSX by its name."""
    return {name: _scan(archive, part) for name, part in _parts(archive).items()}


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


def _scan(archive: zipfile.ZipFile, part: str) -> Marks:
    """Read a sheet's XML in pieces: hidden rows, formulas without a result, errors, its extent."""
    marks = Marks()
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
        if b't="e"' in piece:
            for cell in _ERROR.finditer(piece):
                place = (int(cell[2]) - 1, _column(cell[1]))
                marks.errors[place] = cell[3].decode("utf-8", "replace")
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


# ---- ODS -------------------------------------------------------------------------------------


def open_document_marks(archive: zipfile.ZipFile) -> dict[str, Marks]:
    """Return the marks of each sheet of an ODS by its name."""
    found: dict[str, Marks] = {}
    marks, row, column = Marks(), 0, 0
    with archive.open("content.xml") as file:
        walk = etree.iterparse(
            file, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
        )
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if tag == f"{_TABLE}table":
                    marks, row = Marks(), 0
                    found[str(element.get(f"{_TABLE}name"))] = marks
                elif tag == f"{_TABLE}table-row":
                    column = 0
                continue
            if tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                if any(k.endswith("}value-type") and v == "error" for k, v in element.items()):
                    marks.errors[row, column] = "".join(element.itertext()).strip()[:40] or "#N/A"
                column += _repeated(element, "columns")
            elif tag == f"{_TABLE}table-row":
                many = _repeated(element, "rows")
                if element.get(f"{_TABLE}visibility") in ("collapse", "filter"):
                    marks.hidden.update(range(row, row + min(many, _MOST)))
                row += many
                element.clear()
    return found


def _repeated(element: Any, what: str) -> int:
    said = element.get(f"{_TABLE}number-{what}-repeated")
    return int(said) if said and said.isdigit() else 1


# ---- XLS and ET ------------------------------------------------------------------------------


def old_workbook_marks(file: IO[bytes]) -> dict[str, Marks]:
    """Return the marks of each sheet of an old workbook (BIFF8 in a compound file) by its name.

    Nothing where the file is built otherwise: its values are read all the same.
    """
    try:
        stream = _workbook_stream(file.read())
        return _biff_marks(stream)
    except (struct.error, IndexError, ValueError, KeyError):
        return {}


def _workbook_stream(data: bytes) -> bytes:
    """Return the stream that holds the workbook inside of a compound file."""
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    size, small_size = 1 << shift, 1 << small_shift
    (first,) = struct.unpack_from("<I", data, 48)
    (cutoff,) = struct.unpack_from("<I", data, 56)
    (small_first,) = struct.unpack_from("<I", data, 60)
    more, many = struct.unpack_from("<II", data, 68)

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    parts = list(struct.unpack_from("<109I", data, 76))
    for _ in range(min(many, _MOST)):
        extra = struct.unpack(f"<{size // 4}I", sector(more))
        parts += extra[:-1]
        more = extra[-1]
    table: list[int] = []
    for part in parts:
        if part < 0xFFFFFFFA:
            table += struct.unpack(f"<{size // 4}I", sector(part))

    def chain(start: int, of: list[int]) -> Iterator[int]:
        for _ in range(len(of) + 1):
            if start >= 0xFFFFFFFA:
                return
            yield start
            start = of[start]

    folder = b"".join(sector(n) for n in chain(first, table))
    entries = {}
    for at in range(0, len(folder) - 127, 128):
        (length,) = struct.unpack_from("<H", folder, at + 64)
        name = folder[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
        entries[name.lower()] = struct.unpack_from("<II", folder, at + 116)
    start, long = entries.get("workbook") or entries["book"]
    if long >= cutoff:
        return b"".join(sector(n) for n in chain(start, table))[:long]
    small: list[int] = []
    for n in chain(small_first, table):
        small += struct.unpack(f"<{size // 4}I", sector(n))
    inner = b"".join(sector(n) for n in chain(entries["root entry"][0], table))
    return b"".join(
        inner[n * small_size : (n + 1) * small_size] for n in chain(start, small)
    )[:long]  # fmt: skip


def _biff_marks(stream: bytes) -> dict[str, Marks]:
    names: dict[int, str] = {}
    found: dict[str, Marks] = {}
    marks = None
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        own = stream[at + 4 : at + 4 + length]
        if kind == 0x0085 and length > 8:  # a sheet: where it begins, what it is called
            (place,) = struct.unpack_from("<I", own)
            letters, wide = own[6], own[7] & 1
            text = own[8 : 8 + letters * (2 if wide else 1)]
            names[place] = text.decode("utf-16-le" if wide else "latin-1", "replace")
        elif kind == 0x0809 and at in names:
            marks = found.setdefault(names[at], Marks())
        elif marks is not None:
            if kind == 0x0208 and own[12] & 0x20:
                marks.hidden.add(struct.unpack_from("<H", own)[0])
            elif kind == 0x0205 and own[7]:
                marks.errors[struct.unpack_from("<HH", own)] = _CODES.get(own[6], "#N/A")
            elif kind == 0x0006 and own[12:14] == b"\xff\xff" and own[6] == 2:
                marks.errors[struct.unpack_from("<HH", own)] = _CODES.get(own[8], "#N/A")
        at += 4 + length
    return found
