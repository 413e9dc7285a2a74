"""What the quality page asks for: the survey, the rows of one check, the rows as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from flask import Flask, Response, jsonify, request

from dashboard.access.principal import present
from dashboard.exports.cells import csv_bytes, few_words
from dashboard.pages.data_desk.quality.words import row_name, row_note
from dashboard.services import Services
from dashboard.text import Language, language, text
from dashboard.web.answers import refuse_nul
from dashboard.web.bodies import as_download
from data.divisions import read_counties as counties
from data.engine import session
from layers.kit import clock, few
from layers.kit.errors import InputError
from layers.quality.rules import STALE_MONTHS, Figure, Score, score, together
from layers.quality.store import ELSEWHERE, CountOrigins, Row, Survey

MOST_ROWS = 5_000
"""Rows that one answer holds; the file has them all."""
COLUMNS = (
    "data_quality.column_check", "data_quality.column_community", "data_quality.column_name",
    "data_quality.column_households", "data_quality.column_note", "data_quality.column_lon",
    "data_quality.column_lat", "data_quality.column_id",
)  # fmt: skip
TITLES = {
    "uncounted": "data_quality.uncounted",
    "unplaced": "data_quality.unplaced",
    "estimated": "data_quality.estimated",
    "stale": "data_quality.stale",
    "untied": "data_quality.untied",
    "unnamed": "data_quality.unnamed",
    "overlapping": "data_quality.overlapping",
    "crossing": "data_quality.crossing",
    "off_network": "data_quality.off_network",
    "levels": "data_quality.levels",
}


def reading_day(demo_key: str | None, data_as_of: date) -> date:
    """Return the day by which counts are old: today; a demonstration's clock stands still."""
    return data_as_of if demo_key else clock.today()


def add_routes(server: Flask, services: Services) -> None:
    """Add ``/data/quality`` and what is under it to a Flask server."""
    surveys = services.surveys

    def asked() -> tuple[Survey, date, int, Language]:
        values = request.args.to_dict()
        refuse_nul(*values.values())
        county = values.get("county", "")
        with session(services.engine, present()) as c:
            row = counties.county(c, county)
            found = surveys.get(c, counties.query(c, county))
        day = reading_day(row.demo_key, row.data_as_of)
        return found, day, _months(values.get("months")), language(values.get("lang"))

    @server.get("/data/quality")
    def data_quality() -> Response:
        found, day, months, lang = asked()
        return jsonify(survey_json(found, day, months, lang))

    @server.get("/data/quality/rows")
    def data_quality_rows() -> Response:
        found, day, months, lang = asked()
        rows = _rows(found, months, day)
        return jsonify(
            total=len(rows),
            rows=[row_json(row, lang, day) for row in rows[:MOST_ROWS]],
        )

    @server.get("/data/quality/rows.csv")
    def data_quality_file() -> Response:
        found, day, months, lang = asked()
        check = request.args.get("check", "")
        rows = _rows(found, months, day)
        body = csv_bytes(
            [text(name, lang) for name in COLUMNS],
            (
                (
                    text(TITLES[check], lang), found.names.get(r.community_code) or None,
                    r.name, few.told(r.households, few_words(lang)), row_note(r, lang, day),
                    *((round(v, 6) for v in r.place) if r.place else (None, None)), r.id,
                )
                for r in rows
            ),
        )  # fmt: skip
        answer = Response(body, mimetype="text/csv")
        answer.headers["Cache-Control"] = "no-store"
        return as_download(answer, f"{text(TITLES[check], lang)}-{found.county}-{day}.csv")


def _months(value: str | None) -> int:
    if value is None or value == "":
        return STALE_MONTHS
    if not value.isdecimal() or len(value) > 3:
        raise InputError("months must be a whole number")
    return int(value)


def _rows(found: Survey, months: int, day: date) -> list[Row]:
    check, community = request.args.get("check", ""), request.args.get("in")
    rows = found.rows_of(check, None if community in (None, "all") else community, months, day)
    # Where the most households are, first; then by name, as one reads a list.
    return sorted(rows, key=lambda r: (-(r.households or 0), r.community_code, r.id))


class PartValue(TypedDict):
    """A part of the score: its weight, and how many points it costs."""

    weight: float
    costs: float


class PlaceValue(TypedDict):
    """A community or the whole county. ``figures``: [wrong, of how many]; ``known``: households
    counted, reported, estimated, without a place.
    """

    code: str
    name: str
    bounds: Sequence[float] | None
    points: float | None
    parts: dict[str, PartValue]
    next: list[str]
    figures: dict[str, list[int]]
    known: list[int]


class SurveyValue(TypedDict):
    """The survey as the page's script reads it."""

    revision: int
    day: str
    months: int
    measure: str
    has_streets: bool
    whole: PlaceValue
    communities: list[PlaceValue]


# ``in`` is a word of the language, so this one is written as a call.
RowValue = TypedDict(
    "RowValue",
    {
        "id": int,
        "name": str,
        "note": str,
        "in": str,
        "households": int | None,
        "place": Sequence[float] | None,
        "bounds": Sequence[float] | None,
    },
)


def survey_json(found: Survey, day: date, months: int, lang: Language) -> SurveyValue:
    """Return the survey as the page's script reads it."""
    figures = found.figures(months, day)
    nothing = CountOrigins(0, 0, 0, 0)
    communities = [
        _place(found.names[code] or text("data_quality.elsewhere", lang), code, figures[code],
               found.known.get(code, nothing), found.boxes.get(code))
        for code in found.names
        if code != ELSEWHERE or any(f.wrong or k == "uncounted" for k, f in figures[code].items()
                                    if f.base)
    ]  # fmt: skip
    known = found.known.values()
    whole = CountOrigins(*(sum(getattr(k, way) for k in known) for way in CountOrigins.__slots__))
    return {
        "revision": found.revision,
        "day": day.isoformat(),
        "months": months,
        "measure": found.measure,
        "has_streets": found.has_streets,
        "whole": _place(
            text("data_quality.whole", lang), "all", together(figures.values()), whole, None
        ),
        "communities": communities,
    }


def _place(
    name: str,
    code: str,
    figures: dict[str, Figure],
    known: CountOrigins,
    bounds: Sequence[float] | None,
) -> PlaceValue:
    made: Score = score(figures)
    return {
        "code": code,
        "name": name,
        "bounds": bounds,
        "points": made.points,
        "parts": {p.key: {"weight": p.weight, "costs": p.costs} for p in made.parts},
        "next": [p.key for p in made.next_steps],
        "figures": {key: [f.wrong, f.base] for key, f in figures.items()},
        "known": [known.counted, known.reported, known.estimated, known.unplaced],
    }


def row_json(row: Row, lang: Language, day: date) -> RowValue:
    """Return a row as the page's script reads it: names and notes are text, never HTML."""
    return {
        "id": row.id,
        "name": row_name(row, lang),
        "note": row_note(row, lang, day),
        "in": row.community_code,
        "households": row.households,
        "place": row.place,
        "bounds": row.bounds,
    }
