"""Routes of figures: every figure of a county, and the rows that each one counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import TypedDict

from flask import Flask, Response, jsonify, request

from dashboard.components.figures import is_of_households, label_words
from dashboard.exports.cells import csv_bytes, few_words
from dashboard.services import Services
from dashboard.text import Language, catalogue, language, text
from dashboard.web.answers import refuse_nul
from layers.kit import few
from layers.kit.errors import NotFoundError
from layers.kit.figure import Figure, Row
from layers.kit.json import Json, JsonObject
from layers.kit.tables.worksheets import Cell

# Columns whose cells are words of the program rather than of the data, by the key before them.
SAID = {"fault": "finding.", "tier": "stations.tier_", "state": "station_state."}


def add_figure_routes(server: Flask, services: Services) -> None:
    """Add ``/figures.json`` and ``/rows/<table>.<suffix>`` to a Flask server."""

    @server.get("/figures.json")
    def county_figures() -> Response:
        """Return the figures of a county, each with the address of its rows."""
        values = request.args.to_dict()
        refuse_nul(*values.values())
        county, lang = values.pop("county", ""), language(values.pop("lang", None))
        found = services.figures(county, values)
        body = [_figure(f, county, lang) for figures in found.values() for f in figures]
        return _fresh(jsonify(county=county, figures=body))

    @server.get("/rows/<table>.<suffix>")
    def rows(table: str, suffix: str) -> Response:
        """Return the rows of a table as JSON or CSV; the address' values choose them."""
        values = request.args.to_dict()
        refuse_nul(table, *values.values())
        if suffix not in ("json", "csv"):
            raise NotFoundError("there is no export as {suffix}", suffix=suffix)
        county, lang = values.pop("county", ""), language(values.pop("lang", None))
        found = services.rows(table, county, values)
        if suffix == "json":
            return _fresh(jsonify(rows=[_plain(row) for row in found]))
        answer = Response(_csv(found, lang), mimetype="text/csv")
        answer.headers["Content-Disposition"] = f'attachment; filename="{table}-{county}.csv"'
        return _fresh(answer)


def _fresh(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


class FigureValue(TypedDict):
    """A figure with the address of its rows; ``value`` None is unknown, "<3" a number of
    households that is not told to this reader, ``as_of`` YYYY-MM-DD.
    """

    key: str
    label: str
    value: float | str | None
    of: float | str | None
    unit: str
    as_of: str
    rows: str | None


def _figure(figure: Figure, county: str, lang: Language) -> FigureValue:
    return {
        "key": figure.key,
        "label": label_words(figure, lang),
        "value": few.told(figure.value) if is_of_households(figure.unit) else figure.value,
        "of": few.told(figure.of) if is_of_households(figure.unit) else figure.of,
        "unit": text(figure.unit, lang),
        "as_of": figure.as_of.isoformat(),
        "rows": figure.rows.address(county) if figure.rows else None,
    }


def _plain(row: Row) -> JsonObject:
    return {k: _written(v) for k, v in row.items()}


def _written(value: Cell) -> Json:
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else value


def _csv(rows: Sequence[Row], lang: Language) -> bytes:
    columns = list(rows[0]) if rows else []
    heads = [text(f"rows.{name}", lang) for name in columns]
    told: list[Row] = [few.row(row, few_words(lang)) for row in rows]
    return csv_bytes(heads, [[_cell(name, row[name], lang) for name in columns] for row in told])


def _cell(name: str, value: Cell, lang: Language) -> Cell:
    if isinstance(value, bool):
        return text("rows.yes" if value else "rows.no", lang)
    said = f"{SAID.get(name, '')}{value}"
    return text(said, lang) if name in SAID and said in catalogue() else value
