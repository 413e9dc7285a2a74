"""Zips, workbooks and rasters written byte by byte, with what their writers would refuse."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def zipped(*files: tuple[str, bytes | str], attributes: int = 0) -> bytes:
    """Return a deflated zip; ``attributes``: Unix mode of each entry (symbolic links)."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = attributes << 16
            archive.writestr(entry, content)
    return kept.getvalue()


def xlsx(sheet: bytes | str, *, before: str = "", target: str = "worksheets/sheet1.xml",
         book: str = "", more: tuple[tuple[str, str], ...] = ()) -> bytes:  # fmt: skip
    """Return a workbook of one sheet. ``before``: a document type before the book's XML."""
    book = book or (
        f'{before}<workbook {_MAIN} xmlns:r="{_RELATIONS}">'
        '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    links = (
        f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/worksheet" Target="{target}"/></Relationships>'
    )
    return zipped(
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", links),
        ("xl/worksheets/sheet1.xml", sheet),
        *more,
    )


def sheet(rows: str, *, dimension: str = "", after: str = "", prefix: str = "") -> str:
    """Return a sheet's XML around ``rows``; ``prefix``: of its names."""
    p, space = (f"{prefix}:", _MAIN.replace("xmlns", f"xmlns:{prefix}")) if prefix else ("", _MAIN)
    inside = f"{dimension}<{p}sheetData>{rows}</{p}sheetData>{after}"
    return f"<{p}worksheet {space}>{inside}</{p}worksheet>"


def cell(place: str, value: str = "x", prefix: str = "") -> str:
    p = f"{prefix}:" if prefix else ""
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    inside = f'<{p}c r="{place}" t="inlineStr"><{p}is><{p}t>{value}</{p}t></{p}is></{p}c>'
    return f'<{p}row r="{row}">{inside}</{p}row>'


def tiff(width: int, height: int, *, bits: int = 8, rows_per_strip: int | None = None,
         strip: bytes = b"", compression: int = 1, more: tuple[tuple[int, int, int, int], ...] = (),
         following: int = 0, placed: bool = False) -> bytes:  # fmt: skip
    """Return a TIFF whose header says what it likes. ``more``: tag, type, count, value."""
    geo = struct.pack("<9d", 0.01, 0.01, 0.0, 0.0, 0.0, 0.0, 106.0, 27.0, 0.0)
    keys = struct.pack("<12H", 1, 1, 0, 2, 1024, 0, 1, 2, 2048, 0, 1, 4326)
    start = 8 + len(geo) + len(keys)
    tags = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (259, 3, 1, compression),
        (262, 3, 1, 1), (273, 4, 1, start), (277, 3, 1, 1), (278, 4, 1, rows_per_strip or height),
        (279, 4, 1, len(strip)), *more,
    ]  # fmt: skip
    if bits == 32:
        tags.append((339, 3, 1, 3))
    if placed:
        tags += [(33550, 12, 3, 8), (33922, 12, 6, 32), (34735, 3, 12, 8 + len(geo))]
    tags.sort()
    directory = struct.pack("<H", len(tags))
    directory += b"".join(struct.pack("<HHII", *tag) for tag in tags)
    directory += struct.pack("<I", following)
    return struct.pack("<2sHI", b"II", 42, start + len(strip)) + geo + keys + strip + directory


def png(width: int, height: int, *chunks: tuple[bytes, bytes], pixels: bytes = b"") -> bytes:
    """Return a grey PNG of a size with further chunks before its (deflated) pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), *chunks, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def zeros(size: int) -> bytes:
    """Return whole megabytes of deflated zero bytes, packed as one and repeated."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    head = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    check = struct.pack(">I", (size % 65521) << 16 | 1)
    return head + again * ((size >> 20) - 1) + b"\x03\x00" + check


def pdf(*objects: str | bytes, root: str = "1 0 R", more: str = "") -> bytes:
    """Return a PDF of numbered objects."""
    body, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        raw = each.encode("latin-1") if isinstance(each, str) else each
        body += b"%d 0 obj\n" % number + raw + b"\nendobj\n"
    at = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = f"trailer\n<</Size {len(objects) + 1} /Root {root} {more}>>\nstartxref\n{at}\n%%EOF"
    return body + tail.encode()
