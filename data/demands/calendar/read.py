"""Published days of a county: the country's, and its own where it has some."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text

from data.demands.calendar.published import published_days


def calendar_days(c: Connection, county: str) -> dict[date, str]:
    """Return the kind of every published day.

    What a file told goes before what the program brings along, and a county's own days (苗年)
    before the country's.
    """
    rows = c.execute(
        text(
            """
            SELECT day, kind FROM calendar_day WHERE starts_with(:county, code)
            ORDER BY length(code)
            """
        ),
        {"county": county},
    )
    return dict(published_days()) | {row.day: row.kind for row in rows}


def published_years(c: Connection, county: str) -> list[int]:
    """Return the years that are published."""
    return sorted({day.year for day in calendar_days(c, county)})
