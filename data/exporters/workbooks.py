"""Workbooks of one kind: its rows (or an example to fill in), what each column means, choices."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from data.exporters.tables import FLAGS, Rows, Shape, header, table_rows
from data.importers.reading.columns import Column
from layers.kit.tables.cells import escaped, writable

Say = Callable[[str], str]
"""Text key → sentence in the reader's language."""
FILLED_ROWS: Final = 2000  # so many rows of a template have lists to choose from
CRS_CHOICES: Final = ("EPSG:4490", "gcj02", "bd09")
SHARED: Final = ("external_id", "lon", "lat", "crs", "source")
_HEAD: Final = PatternFill("solid", fgColor="DCE6F2")
_NEEDED: Final = PatternFill("solid", fgColor="F9E0A6")
_EXAMPLE: Final = Font(italic=True, color="808080")


def text_keys(kind: str, columns: Sequence[Column], shape: Shape) -> list[tuple[str, str]]:
    """Return (column, text key of its explanation) of a kind, in the order of the sheet."""
    names = [c.name for c in columns]
    if shape == "point":
        names += ["lon", "lat", "crs"]
    return [(n, f"template.{'any' if n in SHARED else kind}.{n}") for n in names]


def workbook(
    export: Rows,
    lang: str,
    say: Say,
    example: Sequence[Any] | None = None,
    *,
    inside: bool = True,
) -> bytes:
    """Return rows as XLSX. ``example``: a row that shows how to fill in; it is never imported.

    ``inside``: it stands among the data too, not only beside the explanations.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = say("template.sheet.data")
    names = header(export.columns, export.shape, lang)
    sheet.append(names)
    if example is not None and inside:
        sheet.append([_safe(v) for v in example])
        for one in sheet[2]:
            one.font = _EXAMPLE
    for row in table_rows(export, lang):
        sheet.append([_safe(v) for v in row])
    _look(sheet, export, len(names))
    last = sheet.max_row if example is None else FILLED_ROWS
    _choices(book, sheet, export, lang, say, last)
    _notes(book, export, lang, say, names, example)
    choices = say("template.sheet.choices")
    if choices in book.sheetnames:
        book.move_sheet(book[choices], 1)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(value: Any) -> Any:
    """Return a cell; text is never a formula, and characters that XML has no place for go."""
    if not isinstance(value, str):
        return value
    return escaped(writable(value))


def _look(sheet: Worksheet, export: Rows, width: int) -> None:
    needed = {c.chinese for c in export.columns if c.required}
    needed |= {c.name for c in export.columns if c.required}
    for head in sheet[1]:
        head.font = Font(bold=True)
        head.fill = _NEEDED if head.value in needed else _HEAD
        head.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    for position in range(1, width + 1):
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = 18
        column = export.columns[position - 1] if position <= len(export.columns) else None
        # Codes, ids and times stay text: no lost zeros, no 5.22624E+11, no shifted days.
        if column is not None and column.type not in ("whole", "number"):
            sheet.column_dimensions[letter].number_format = "@"
            for row in range(2, min(sheet.max_row, FILLED_ROWS) + 1):
                sheet.cell(row, position).number_format = "@"


def _choices(
    book: Workbook, sheet: Worksheet, export: Rows, lang: str, say: Say, last: int
) -> None:
    """Add a sheet of the words that columns may hold, and lists that offer them."""
    lists: list[tuple[int, str, Sequence[str], bool]] = []
    for position, column in enumerate(export.columns, start=1):
        words: Sequence[str] = tuple(column.words(lang).values())
        if column.type == "flag":
            words = FLAGS[lang][::-1]
        if words:
            lists.append((position, sheet.cell(1, position).value, words, column.type != "choices"))
    if export.shape == "point":
        end = len(export.columns) + 3
        lists.append((end, sheet.cell(1, end).value, CRS_CHOICES, False))
    if not lists:
        return
    page = book.create_sheet(say("template.sheet.choices"))
    for number, (position, name, words, strict) in enumerate(lists, start=1):
        letter = get_column_letter(number)
        page.cell(1, number, name).font = Font(bold=True)
        page.column_dimensions[letter].width = 20
        for row, word in enumerate(words, start=2):
            page.cell(row, number, word)
        rule = DataValidation(
            type="list",
            formula1=f"'{page.title}'!${letter}$2:${letter}${len(words) + 1}",
            allow_blank=True,
            showErrorMessage=strict,
        )
        own = get_column_letter(position)
        rule.add(f"{own}2:{own}{max(last, 2)}")
        sheet.add_data_validation(rule)


def _notes(
    book: Workbook,
    export: Rows,
    lang: str,
    say: Say,
    names: Sequence[str],
    example: Sequence[Any] | None,
) -> None:
    page = book.create_sheet(say("template.sheet.notes"))
    for line in ("template.how.fill", "template.how.example", "template.how.update"):
        page.append([say(line)])
    page.append([])
    heads = ("column", "needed", "type", "meaning", "example")
    page.append([say(f"template.head.{n}") for n in heads])
    for cell in page[page.max_row]:
        cell.font, cell.fill = Font(bold=True), _HEAD
    kinds: Mapping[str, Column] = {c.name: c for c in export.columns}
    keys = text_keys(export.kind, export.columns, export.shape)
    shown = list(example) if example is not None else [None] * len(names)
    for name, (own, key), value in zip(names, keys, shown, strict=True):
        column = kinds.get(own)
        kind = column.type if column is not None else "text" if own == "crs" else "number"
        needed = say("template.yes") if column is not None and column.required else ""
        meaning = say(key)
        if column is not None and column.choices:
            meaning += " " + " / ".join(column.words(lang).values())
        page.append([name, needed, say(f"template.type.{kind}"), meaning, _safe(value)])
        page.cell(page.max_row, 4).alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in zip("ABCDE", (20, 8, 16, 90, 30), strict=True):
        page.column_dimensions[letter].width = width
