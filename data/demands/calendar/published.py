"""The country's days as ``chinesecalendar`` has them: 2004 to the last year that was published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

from chinese_calendar import constants


@cache
def published_days() -> Sequence[tuple[date, str]]:
    """Return every day of the published years and its kind: working, weekend, holiday, make_up."""
    holidays, made_up = set(constants.holidays), set(constants.workdays)
    day, last = date(min(holidays).year, 1, 1), date(max(holidays).year, 12, 31)
    return tuple((d, kind_of(d, holidays, made_up)) for d in days_between(day, last))


def days_between(first: date, last: date) -> list[date]:
    """Return the days from one to another, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def kind_of(day: date, holidays: set[date], made_up: set[date]) -> str:
    """Return the kind of a day of a published year."""
    if day in holidays:
        return "holiday"
    if day in made_up:
        return "make_up"
    return "weekend" if day.weekday() >= 5 else "working"
