"""Cells of tables that leave: nothing in them is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from dashboard.text import Language, text
from layers.kit.tables.cells import FORMULA_SIGNS, writable


def safe(value: Any) -> Any:
    """Return a cell's value; text that a spreadsheet would run gets an apostrophe before it."""
    if isinstance(value, str):
        clean = writable(value)
        return f"'{clean}" if clean.startswith(FORMULA_SIGNS) else clean
    return value


def few_words(lang: Language) -> str:
    """Return what stands in a cell instead of 1 or 2 households."""
    return text("few.households", lang)


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a CSV file with a mark that makes spreadsheets read it as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(h) for h in head])
    for row in rows:
        writer.writerow(["" if v is None else safe(v) for v in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_bytes(sheets: Sequence[tuple[str, Sequence[str], Sequence[Sequence[Any]]]]) -> bytes:
    """Return a workbook of (title, head, rows) sheets."""
    book = Workbook()
    book.remove(book.active)
    for title, head, rows in sheets:
        sheet = book.create_sheet(title[:31])
        sheet.append([safe(h) for h in head])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        for row in rows:
            sheet.append([safe(v) for v in row])
        sheet.freeze_panes = "A2"
        for column, name in enumerate(head, start=1):
            cells = [str(r[column - 1] or "") for r in rows[:200]]
            wide = max([len(name), *(len(c) for c in cells)]) * 1.7 + 2
            sheet.column_dimensions[get_column_letter(column)].width = min(60.0, max(9.0, wide))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
