"""A list of people as a spreadsheet: the empty one to fill in, and one that was filled in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from dashboard.access.principal import ROLES
from dashboard.people.accounts import AccountOrder
from dashboard.text import LANGUAGES, Language, text
from data.divisions.read_scopes import Scope
from data.importers.reading.faults import Faults
from data.importers.reading.tables.books import read_book
from layers.kit.errors import InputError
from layers.kit.tables.cells import escaped
from layers.kit.tables.worksheets import Cell

MOST_PEOPLE: Final = 1000
FIELDS: Final = {
    "name": "people.name_label",
    "login": "people.login",
    "role": "people.role_label",
    "scope": "people.scope_label",
}
"""Field → the text key of its heading."""
EXAMPLES: Final = {"name": "王敏", "login": "wang.min", "role": "people.role.staff"}
_HEAD: Final = PatternFill("solid", fgColor="F9E0A6")


def template(scopes: Sequence[Scope], roles: Sequence[str], lang: Language) -> bytes:
    """Return the empty list as XLSX, with roles and divisions to choose from."""
    book = Workbook()
    sheet = book.active
    sheet.title = text("page.people", lang)
    sheet.append([text(key, lang) for key in FIELDS.values()])
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), _HEAD
    for letter, width in zip("ABCD", (16, 20, 16, 40), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    choices = book.create_sheet(text("template.sheet.choices", lang))
    for row, role in enumerate(roles, 1):
        choices.cell(row, 1, text(f"people.role.{role}", lang))
        choices.cell(row, 2, text(f"people.may.{role}", lang))
    for row, one in enumerate(scopes, 1):
        choices.cell(row, 4, escaped(f"{one.code} {one.name}"))
    title = choices.title
    for letter, column, count in (("C", "A", len(roles)), ("D", "D", len(scopes))):
        if count:
            chosen = DataValidation(
                type="list", formula1=f"'{title}'!${column}$1:${column}${count}"
            )
            # A shorter code, or a name as it is written, is right too.
            chosen.showErrorMessage = letter == "C"
            chosen.add(f"{letter}2:{letter}{MOST_PEOPLE + 1}")
            sheet.add_data_validation(chosen)
    notes = book.create_sheet(text("template.sheet.notes", lang))
    for key in ("people.login_rule", "people.scope_rule", "people.book_rule"):
        notes.append([text(key, lang)])
    notes.column_dimensions["A"].width = 90
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_people(path: Path, name: str) -> dict[int, AccountOrder]:
    """Return the accounts that a filled-in list asks for, by the row of the spreadsheet.

    ``name``: what the file is called. Read in the walled child, as every file that comes in.
    Raises InputError.
    """
    sheets = read_book(path, Faults(name))
    headings = {text(key, lang).lower(): f for f, key in FIELDS.items() for lang in LANGUAGES}
    for sheet in sheets:
        for start, row in enumerate(sheet.rows[:20]):
            found = {headings.get(_written(v).lower(), ""): at for at, v in enumerate(row)}
            if len(found.keys() & FIELDS.keys()) < 2:
                continue
            missing = [text(FIELDS[one], "zh") for one in FIELDS if one not in found]
            if missing:
                raise InputError(
                    "{name} has no column {listed}: take the template", name=name,
                    listed=", ".join(missing),
                )  # fmt: skip
            return _orders(sheet.rows[start + 1 :], found, start + 2, name)
    raise InputError(
        "{name} has no column {listed}: take the template",
        name=name,
        listed=", ".join(text(key, "zh") for key in FIELDS.values()),
    )


def _orders(
    rows: Sequence[Sequence[Cell]], at: dict[str, int], first: int, name: str
) -> dict[int, AccountOrder]:
    roles = {text(f"people.role.{r}", lang).lower(): r for r in ROLES for lang in LANGUAGES}
    orders = {}
    for number, row in enumerate(rows, first):
        cells = {f: _written(row[at[f]]) if at[f] < len(row) else "" for f in FIELDS}
        if any(cells.values()):
            cells["role"] = roles.get(cells["role"].lower(), cells["role"])
            orders[number] = AccountOrder(**cells)
    if not orders:
        raise InputError("{name} lists nobody: fill in the template", name=name)
    if len(orders) > MOST_PEOPLE:
        raise InputError(
            "{name} lists {count} people: at most {most} at once",
            name=name,
            count=len(orders),
            most=MOST_PEOPLE,
        )
    return orders


def _written(value: Cell) -> str:
    """Return a cell as a person wrote it; a code that the spreadsheet took for a number too."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip().removeprefix("'")
