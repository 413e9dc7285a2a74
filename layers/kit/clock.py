"""The county's clock: one time on every page, paper and log, whatever the machine is set to.

All of China goes by Beijing's time, which knows no summer time. What is stored is a moment and
belongs to no zone; a day (of an edit, of a file, today) is a day of this clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

BEIJING: Final = timezone(timedelta(hours=8))
ZONE: Final = "UTC+08:00"
POSIX: Final = "CST-8"
"""The same for programs that read ``TZ``."""
MINUTE: Final = "%Y-%m-%d %H:%M"


def now() -> datetime:
    """Return this moment, as the county's clock shows it."""
    return datetime.now(BEIJING)


def today() -> date:
    """Return the day that it is in the county."""
    return now().date()


def local(moment: datetime) -> datetime:
    """Return a moment as the county's clock shows it. ``moment``: with a zone."""
    return moment.astimezone(BEIJING)


def minute(moment: datetime) -> str:
    """Write a moment to the minute: 2026-11-30 00:05."""
    return f"{local(moment):{MINUTE}}"


def second(moment: datetime) -> str:
    """Write a moment to the second."""
    return f"{local(moment):%Y-%m-%d %H:%M:%S}"


def begins(day: date) -> datetime:
    """Return the moment at which a day begins in the county, in UTC."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)
