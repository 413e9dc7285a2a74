"""What a file is, told by its content: offices name files as they like."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final, Literal

from data.importers.reading.faults import Faults
from data.importers.reading.source_files import check_archive, check_file, is_geodatabase

Kind = Literal["table", "json", "kml", "drawing", "layers"]
"""``layers``: whatever GDAL reads: shapefiles, GeoPackages, geodatabases, GML, FlatGeobuf."""

_OLE: Final = b"\xd0\xcf\x11\xe0"
_BINARY_DRAWING: Final = b"AutoCAD Binary DXF"
_DRAWING: Final = re.compile(rb"\s*(?:999\s*\n[^\n]*\n\s*)*0\s*\r?\n\s*SECTION\b")
_KML: Final = re.compile(rb"<(?:\w+:)?kml[\s>]")
_PAGE: Final = re.compile(
    rb"<(?:html|!doctype html|table|body|meta|head|div)[\s>]|^mime-version:|"
    rb"urn:schemas-microsoft-com:office:spreadsheet",
    re.IGNORECASE,
)
# Inside an archive, likeliest first; what of a shapefile lies beside its .shp is not named.
_SHAPES: Final = (".shp", ".gpkg", ".geojson", ".json", ".fgb", ".gml", ".kml", ".dxf")
_TABLES: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".ods", ".csv", ".tsv")
# What is none of ours, by its first bytes: said by its name, with what to do.
_OTHERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"AC10", "file_is_dwg"),
    (b"%PDF", "file_is_paper"),
    (b"\x89PNG", "file_is_paper"),
    (b"\xff\xd8\xff", "file_is_paper"),
    (b"GIF8", "file_is_paper"),
    (b"Rar!", "file_is_packed"),
    (b"7z\xbc\xaf", "file_is_packed"),
)


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds. ``inner``: the one file inside of the archive that it is, else None."""

    path: Path
    kind: Kind
    inner: str | None = None

    @property
    def name(self) -> str:
        """Return the name of the file that holds the data."""
        return PurePosixPath(self.inner).name if self.inner else self.path.name

    @property
    def address(self) -> str:
        """Return where GDAL finds it."""
        return f"/vsizip/{self.path}/{self.inner}" if self.inner else str(self.path)

    def open(self) -> IO[bytes]:
        """Return the data, to be read and searched. Raises ``InputError`` for a broken zip."""
        if self.inner is None:
            return self.path.open("rb")
        return io.BytesIO(inside(self.path, self.inner))

    def read(self) -> bytes:
        """Return all of the data."""
        with self.open() as file:
            return file.read()


def inside(path: Path, name: str) -> bytes:
    """Return a file inside of an archive. Raises ``InputError`` where it is broken."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, KeyError):
        faults = Faults(path.name)
        faults.add("file_unreadable")
        faults.stop()
        raise


def beside(content: Content, suffix: str) -> bytes | None:
    """Return the file of the same name with another suffix, in any case; None without one."""
    if content.inner is None:
        stem = content.path.stem.lower()
        for other in content.path.parent.iterdir():
            if other.stem.lower() == stem and other.suffix.lower() == suffix:
                return other.read_bytes()
        return None
    stem = content.inner[: -len(PurePosixPath(content.inner).suffix)].lower()
    names = {n.lower(): n for n in check_archive(content.path)}
    own = names.get(f"{stem}{suffix}")
    return None if own is None else inside(content.path, own)


def content_of(path: Path) -> Content:
    """Return what a file is. Raises ``InputError`` for what may not be read or is none of ours."""
    if is_geodatabase(path):
        return Content(path, "layers")
    check_file(path)
    with path.open("rb") as file:
        head = file.read(65_536)
    if head.startswith(b"PK"):
        return _archive(path)
    return Content(path, _kind(path.name, head))


def _kind(name: str, head: bytes) -> Kind:
    for mark, other in _OTHERS:
        if head.startswith(mark):
            _refuse(name, other)
    if head.startswith(_OLE):
        return "table"
    if head.startswith(_BINARY_DRAWING) or _DRAWING.match(head):
        return "drawing"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "table"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"{", b"[")):
        return "json"
    if start.startswith(b"<") or start.lower().startswith(b"mime-version"):
        if _KML.search(head):
            return "kml"
        if re.search(rb"<osm[\s>]", head):
            _refuse(name, "file_is_osm")
        return "table" if _PAGE.search(start) else "layers"
    return "table" if _is_text(head) else "layers"


def _is_text(head: bytes) -> bool:
    """Tell whether a file's beginning is text: without zeros, but for UTF-16 without a mark."""
    if b"\0" not in head:
        controls = sum(byte < 9 or 13 < byte < 27 for byte in head[:4096])
        return controls == 0
    half = len(head) // 2
    return half > 8 and (head[1::2].count(0) > 0.3 * half) != (head[::2].count(0) > 0.3 * half)


def _archive(path: Path) -> Content:
    names = [n for n in check_archive(path) if not n.startswith("__MACOSX")]
    lower = {n.lower() for n in names}
    if "xl/workbook.xml" in lower or "xl/workbook.bin" in lower or "content.xml" in lower:
        return Content(path, "table")
    suffixes = {n: PurePosixPath(n).suffix.lower() for n in names}
    bases = {str(p) for n in names for p in PurePosixPath(n).parents if p.suffix.lower() == ".gdb"}
    shapes = [n for n, suffix in suffixes.items() if suffix in _SHAPES]
    tables = [n for n, suffix in suffixes.items() if suffix in _TABLES]
    found = [*bases, *shapes, *tables] or [n for n, suffix in suffixes.items() if suffix == ".txt"]
    faults = Faults(path.name)
    if len(found) != 1:
        drawings = [n for n, suffix in suffixes.items() if suffix == ".dwg"]
        if not found and drawings:
            _refuse(path.name, "file_is_dwg")
        faults.add("zip_contents", found=", ".join(found[:10]) or "-")
    faults.stop()
    inner = found[0]
    if inner in bases or suffixes[inner] in (".shp", ".gpkg", ".fgb", ".gml"):
        return Content(path, "layers", inner)
    head = inside(path, inner)
    if head.startswith(b"PK") and suffixes[inner] in _TABLES:
        return Content(path, "table", inner)
    return Content(path, _kind(PurePosixPath(inner).name, head[:65_536]), inner)


def _refuse(name: str, code: str) -> None:
    faults = Faults(name)
    faults.add(code)
    faults.stop()
