"""``/people/import``: many accounts at once, from a spreadsheet."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Response, request
from sqlalchemy import Engine

from dashboard.access.principal import present
from dashboard.gate.sign_in import origin
from dashboard.intake.people_book import read_people, template
from dashboard.pages.people import rendering
from dashboard.pages.people.rendering import Slip, refuse_demonstration
from dashboard.people import accounts
from dashboard.plain_pages.rendering import reader_language
from dashboard.text import text
from dashboard.text.findings import line
from dashboard.text.refusals import refusal
from dashboard.web.bodies import as_download
from layers.kit.errors import GetuError, InputError

BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_batch(api: Blueprint, engine: Engine, theme: str, roles: Sequence[str]) -> None:
    """Add the pages to those of accounts."""

    @api.get("/template.xlsx")
    def template_file() -> Response:
        lang = reader_language()
        _, scopes = accounts.listed(engine, present())
        answer = Response(template(scopes, roles, lang), mimetype=BOOK)
        return as_download(answer, f"{text('people.book_name', lang)}.xlsx")

    @api.get("/import")
    def batch() -> Response:
        return rendering.page("batch.html", theme)

    @api.post("/import")
    def batch_sent() -> Response:
        lang = reader_language()
        try:
            refuse_demonstration()
            made, faults = _bring(engine, roles)
        except GetuError as error:
            found = error.findings if isinstance(error, InputError) else ()
            rows = [("", line(one, lang)) for one in found]
            return rendering.page("batch.html", theme, said=error, rows=rows)
        if faults:
            rows = [(str(one.row), refusal(one.why, lang)) for one in faults]
            why = InputError("{count} faults in the list: nothing was changed", count=len(faults))
            return rendering.page("batch.html", theme, said=why, rows=rows)
        slips = [Slip(one.login, one.name, f"{origin()}/set-up/{one.token}") for one in made]
        return rendering.page("link.html", theme, slips=slips)


def _bring(
    engine: Engine, roles: Sequence[str]
) -> tuple[list[accounts.Invitation], list[accounts.RowFault]]:
    given = request.files.get("file")
    name = Path((given.filename if given else "") or "").name.replace("\0", "")[:200]
    if given is None or not name:
        raise InputError("send the table as the form field file")
    if Path(name).suffix.lower() not in (".xlsx", ".xls", ".csv"):
        raise InputError("{name} is no table: send one of {listed}", name=name,
                         listed=".xlsx, .xls, .csv")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="getu-people-") as folder:
        path = Path(folder) / f"{Path(name).stem[:60]}{Path(name).suffix}"  # as faults say it
        given.save(path)
        orders = read_people(path, name)
    return accounts.add_all(engine, present(), orders, roles)
