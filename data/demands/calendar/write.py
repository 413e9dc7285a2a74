"""Writes the days of a year as they were published."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from data.demands.calendar.published import days_between, kind_of
from layers.kit.errors import InputError
from layers.kit.findings import Finding

WORDS: Final = {
    **dict.fromkeys(("holiday", "放假", "休", "节假日"), "holiday"),
    **dict.fromkeys(("make_up", "上班", "班", "调休上班", "补班"), "make_up"),
}
_MOST_BYTES: Final = 200_000


def read_calendar_file(path: Path) -> list[tuple[date, str]]:
    """Return every day of the years that a file tells of, with its kind.

    The file (CSV, UTF-8) has a line a day off or a worked weekend: ``2027-01-01,放假``; a first
    line of headings is let through. Days that it does not name are working days and weekends.
    Raises InputError with all faults.
    """
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        raise InputError("{file} is no file of days: give a CSV of a year", file=path.name)
    told: dict[date, str] = {}
    faults: list[Finding] = []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("{file} is no text in UTF-8", file=path.name) from error
    for row, cells in enumerate(csv.reader(lines), start=1):
        said = [cell.strip() for cell in cells]
        if not any(said) or (row == 1 and _day(said[0]) is None):
            continue
        day, kind = _day(said[0]), WORDS.get(said[1]) if len(said) > 1 else None
        if day is None or kind is None or told.get(day, kind) != kind:
            faults.append(Finding("calendar_line", row=row, values={"found": ",".join(said)[:60]}))
            continue
        told[day] = kind
    if faults or not told:
        raise InputError("{file} was not taken: see the list", tuple(faults), file=path.name)
    off = {day for day, kind in told.items() if kind == "holiday"}
    worked = set(told) - off
    years = sorted({day.year for day in told})
    every = [d for y in years for d in days_between(date(y, 1, 1), date(y, 12, 31))]
    return [(day, kind_of(day, off, worked)) for day in every]


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said.replace("/", "-").replace(".", "-"))
    except ValueError:
        return None


def store_days(c: Connection, code: str, days: Sequence[tuple[date, str]], source: str) -> int:
    """Store the kind of days; return how many are new or of another kind than before."""
    return c.execute(
        text(
            """
            INSERT INTO calendar_day AS d (code, day, kind, source)
            SELECT :code, t.day, t.kind, :source
            FROM unnest(CAST(:days AS date[]), CAST(:kinds AS text[])) AS t(day, kind)
            ON CONFLICT (code, day) DO UPDATE SET kind = excluded.kind, source = excluded.source
            WHERE d.kind <> excluded.kind
            """
        ),
        {
            "code": code,
            "days": [day for day, _ in days],
            "kinds": [kind for _, kind in days],
            "source": source,
        },
    ).rowcount
