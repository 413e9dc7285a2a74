"""Hostile tables, by name."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from tests.hostile.markup import Maker, laughs, nested
from tests.hostile.packing import cell, png, sheet, xlsx, zipped

TABLES: Final[dict[str, Maker]] = {
    "prefix.xlsx": lambda _: xlsx(
        sheet(cell("A1", prefix="x") + cell("XFD1048576", prefix="x"), prefix="x")
    ),
    "quotes.xlsx": lambda _: xlsx(
        sheet(
            (cell("A1") + cell("XFD1048576")).replace('"', "'"),
            dimension="<dimension ref='A1:XFD1048576'/>",
        )
    ),
    "corner.xlsx": lambda _: xlsx(sheet(cell("A1") + cell("XFD1048576"))),
    "far.xlsx": lambda _: xlsx(sheet(cell("A1") + cell("ZZZZZZ99999999999"))),
    "entity.xlsx": lambda c: xlsx(
        sheet(""),
        before=(
            f'<!DOCTYPE workbook [<!ENTITY e SYSTEM "file://{c.file}">'
            f'<!ENTITY % p SYSTEM "{c.url}"> %p;]>'
        ),
    ),
    "laughs.xlsx": lambda _: xlsx(sheet(""), book=laughs("x", "workbook")),
    "laughs_sheet.xlsx": lambda _: xlsx(
        laughs("x", "worksheet", "<sheetData><row><c><v>&e9;</v></c></row></sheetData>")
    ),
    "bomb.xlsx": lambda _: xlsx(b" " * 40_000_000),
    "link.xlsx": lambda c: xlsx(sheet(""), target=f"file://{c.file}"),
    "slip.xlsx": lambda c: xlsx(sheet(""), target=f"../../../../../..{c.file}"),
    "strings.xlsx": lambda _: xlsx(
        sheet('<row r="1"><c r="A1" t="s"><v>99999999999999</v></c></row>')
    ),
    "merged.xlsx": lambda _: xlsx(
        sheet(cell("A1"), after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    ),
    "nobook.xlsx": lambda _: zipped(("xl/sheet.xml", "x")),
    "cut.xlsx": lambda _: xlsx(sheet(cell("A1")))[:200],
    "nested.xlsx": lambda _: nested(),
    "deep.xlsx": lambda _: xlsx("<a>" * 300_000),
    "loop.xls": lambda _: (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(18)
        + struct.pack("<HHHH", 62, 3, 0xFFFE, 9)
        + bytes(10)
        + struct.pack("<9I", 2**31 - 1, 0, 0, 4096, 0, 2**31, 0, 2**31, *[0])
        + struct.pack("<109I", *([0] * 109))
        + struct.pack("<128I", *([0] * 128))
    ),
    "head.xls": lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600,
    "markup.xls": lambda c: f'<html><script src="{c.url}"></script><table></table></html>',
    "wide.csv": lambda _: ",".join(map(str, range(1_000_000))) + "\n1",
    "quote.csv": lambda _: '名称,经度\n"' + "x" * 11_000_000,
    "nul.csv": lambda _: b"a,b\n\0\0,1\n",
    "letters.csv": lambda _: b"\x80\xff\x80\xff,\xff\xff\n\x81",
    "picture.csv": lambda _: png(10, 10, pixels=zlib.compress(bytes(110))),
}
