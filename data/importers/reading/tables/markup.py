"""Tables written as markup: web pages that older systems call .xls, and Excel's XML of 2003."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree, html

from layers.kit.tables.worksheets import Cell, Worksheet

_OFFICE: Final = b"urn:schemas-microsoft-com:office:spreadsheet"
_SPAN_MOST: Final = 2000


def is_markup(head: bytes) -> bool:
    """Tell whether a file's beginning is a web page's, a web archive's or XML's."""
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    return start.startswith((b"<", b"mime-version"))


def unwrapped(data: bytes) -> bytes:
    """Return the page of a web archive (MHTML), other data as they are."""
    if not data.lstrip().lower().startswith(b"mime-version"):
        return data
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            return content if isinstance(content, bytes) else b""
    return b""


def is_office_xml(data: bytes) -> bool:
    """Tell whether XML is a workbook of Excel 2003."""
    return _OFFICE in data[:8192]


def office_sheets(data: bytes) -> list[Worksheet]:
    """Return the sheets of a workbook in Excel's XML of 2003. Raises ``etree.XMLSyntaxError``."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    sheets = []
    for number, sheet in enumerate(etree.fromstring(data, parser).iter("{*}Worksheet"), start=1):
        rows: list[tuple[Cell, ...]] = []
        merged, hidden = [], set()
        for row in sheet.iter("{*}Row"):
            at = _index(row, len(rows))
            rows += [()] * (at - len(rows))
            if _of(row, "Hidden") == "1":
                hidden.add(len(rows))
            cells: list[Cell] = []
            for cell in row.iter("{*}Cell"):
                cells += [None] * (_index(cell, len(cells)) - len(cells))
                data_of = cell.find("{*}Data")
                across, down = (int(_of(cell, n) or 0) for n in ("MergeAcross", "MergeDown"))
                if across or down:
                    top, left = len(rows), len(cells)
                    merged.append((top, left, top + down, left + across))
                cells.append(None if data_of is None else "".join(data_of.itertext()).strip())
                cells += [None] * across
            rows.append(tuple(cells))
        name = _of(sheet, "Name") or f"{number}"
        visible = next((v.text for v in sheet.iter("{*}Visible")), None)
        sheets.append(
            Worksheet(
                name, squared(rows), tuple(merged), frozenset(hidden),
                is_hidden=bool(visible and visible.startswith("SheetHidden")),
            )
        )  # fmt: skip
    return sheets


def _of(element: Any, name: str) -> str | None:
    return next((str(v) for k, v in element.attrib.items() if str(k).endswith("}" + name)), None)


def _index(element: Any, usual: int) -> int:
    said = _of(element, "Index")
    at = int(said) - 1 if said and said.isdigit() else usual
    return max(usual, min(at, usual + _SPAN_MOST))


def page_sheets(text: str, name: str) -> list[Worksheet]:
    """Return the tables of a web page that have two columns and two rows at least."""
    parser = html.HTMLParser(no_network=True)
    try:
        root = html.document_fromstring(text, parser)
    except (etree.ParserError, ValueError):
        return []
    sheets: list[Worksheet] = []
    for table in root.iter("table"):
        sheet = _table(table, f"{name} {len(sheets) + 1}" if sheets else name)
        if sheet is not None:
            sheets.append(sheet)
    return sheets


def _table(table: Any, name: str) -> Worksheet | None:
    rows: list[list[Cell]] = []
    merged, hidden = [], set()
    taken: dict[tuple[int, int], bool] = {}
    for row in _own(table, "tr"):
        cells: list[Cell] = []
        top = len(rows)
        if "display:none" in (row.get("style") or "").replace(" ", "").lower():
            hidden.add(top)
        for cell in row.iterchildren("td", "th"):
            while (top, len(cells)) in taken:
                cells.append(None)
            across, down = (_span(cell.get(n)) for n in ("colspan", "rowspan"))
            left = len(cells)
            if across > 1 or down > 1:
                merged.append((top, left, top + down - 1, left + across - 1))
                for below in range(top + 1, top + down):
                    for j in range(left, left + across):
                        taken[below, j] = True
            cells.append(" ".join("".join(cell.itertext()).split()) or None)
            cells += [None] * (across - 1)
        rows.append(cells)
    if len(rows) < 2 or max(map(len, rows)) < 2:
        return None
    return Worksheet(name, squared(rows), tuple(merged), frozenset(hidden))


def _own(table: Any, tag: str) -> Iterator[Any]:
    """Yield a table's rows, not those of tables inside of its cells."""
    for child in table.iterchildren():
        if child.tag == tag:
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.iterchildren(tag)


def _span(text: str | None) -> int:
    return max(1, min(int(text), _SPAN_MOST)) if text and text.isdigit() else 1


def squared(rows: Any) -> tuple[tuple[Cell, ...], ...]:
    """Return rows of equal length."""
    width = max(map(len, rows), default=0)
    return tuple((*row, *[None] * (width - len(row))) for row in rows)
