"""The folder where backups are kept: which stay, and what is known of the last one.

1. A backup made for the folder is named after its time; only files so named are ever removed.
2. The newest of each of the last days, weeks and months that have one stay, as many as are asked.
3. ``status.json`` tells of the last backup and the last drill, of success and of failure: written
   by whoever made them, read by the page, the doctor and ``/metrics``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from logging import getLogger
from pathlib import Path
from typing import Final, Literal

logger = getLogger(__name__)
STATUS: Final = "status.json"
LATE_H: Final = 26
DRILL_DAYS: Final = 30
Step = Literal["backup", "drill"]
Trouble = Literal["failed", "late", "drill"]
_NAME: Final = re.compile(r"getu-(\d{8}T\d{6}Z)\.zip")


@dataclass(frozen=True, slots=True)
class Keeping:
    """How many backups stay: the newest of so many days, weeks (ISO) and months."""

    days: int = 7
    weeks: int = 4
    months: int = 12


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a folder. Times: UTC, ISO; ``failed``: as ``Message.line`` has it."""

    backed_up_at: str | None = None
    file: str | None = None
    bytes: int | None = None
    seconds: float | None = None
    failed_at: str | None = None
    failed: str | None = None
    drilled_at: str | None = None
    drill_failed_at: str | None = None
    drill_failed: str | None = None


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """Where backups go. ``is_scheduled``: the program makes one each day at ``at`` (local time)."""

    folder: Path
    is_scheduled: bool = False
    at: time = time(2, 30)
    keeping: Keeping = field(default_factory=Keeping)


def time_of(path: Path) -> datetime | None:
    """Return when a backup of the folder was made, None for any other file."""
    found = _NAME.fullmatch(path.name)
    return None if found is None else datetime.strptime(found[1], "%Y%m%dT%H%M%S%z")


def backups(folder: Path) -> list[Path]:
    """Return the backups of a folder, the newest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if time_of(path) is not None]
    return sorted(found, key=lambda path: path.name, reverse=True)


def too_many(paths: Iterable[Path], keeping: Keeping) -> list[Path]:
    """Return the backups that need not stay (clause 2), the newest first."""
    newest_first = sorted(paths, key=lambda path: path.name, reverse=True)
    periods: Sequence[tuple[int, Callable[[datetime], object]]] = (
        (keeping.days, lambda at: at.date()),
        (keeping.weeks, lambda at: at.isocalendar()[:2]),
        (keeping.months, lambda at: (at.year, at.month)),
    )
    stay = set(newest_first[:1])
    for most, period in periods:
        seen: set[object] = set()
        for path in newest_first:
            at = time_of(path)
            if at is None or period(at) in seen:
                continue
            if len(seen) == most:
                break
            seen.add(period(at))
            stay.add(path)
    return [path for path in newest_first if path not in stay]


def read_status(folder: Path) -> Status:
    """Return what is known; nothing where nothing was written, or not by us."""
    try:
        found = json.loads((folder / STATUS).read_text(encoding="utf-8"))
        return Status(**{k: v for k, v in found.items() if k in Status.__dataclass_fields__})
    except (OSError, ValueError, TypeError, AttributeError):
        return Status()


def note(folder: Path, **changes: str | int | float | None) -> None:
    """Write down what has changed; a folder that cannot be written is only logged."""
    new = folder / f".{STATUS}.{os.getpid()}.unfinished"
    told = asdict(replace(read_status(folder), **changes))  # type: ignore[arg-type]
    try:
        new.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        new.rename(folder / STATUS)
    except OSError as error:
        logger.warning("%s cannot be written: %s", folder / STATUS, error)


def due(settings: BackupSettings, status: Status, now: datetime) -> Step | None:
    """Return what is to be done now. ``now``: in the zone in which ``settings.at`` is meant.

    1. A backup, when none was made since the last time of day; after a failure every hour.
    2. Else a drill, when none held for ``DRILL_DAYS``; after a failure every day.
    """
    last = now.replace(hour=settings.at.hour, minute=settings.at.minute, second=0, microsecond=0)
    if last > now:
        last -= timedelta(days=1)
    made, failed = _at(status.backed_up_at), _at(status.failed_at)
    if made is None or made < last:
        waits = failed is not None and timedelta(0) <= now - failed < timedelta(hours=1)
        return None if waits else "backup"
    drilled, failed = _at(status.drilled_at), _at(status.drill_failed_at)
    if drilled is None or now - drilled > timedelta(days=DRILL_DAYS):
        waits = failed is not None and timedelta(0) <= now - failed < timedelta(days=1)
        return None if waits else "drill"
    return None


def trouble(settings: BackupSettings, status: Status, now: datetime) -> Trouble | None:
    """Return what whoever runs the program must be told: a failure, a late backup, a bad drill."""
    if not settings.is_scheduled:
        return None
    if status.failed is not None:
        return "failed"
    made = _at(status.backed_up_at)
    if made is None or now - made > timedelta(hours=LATE_H):
        return "late"
    return "drill" if status.drill_failed is not None else None


def _at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def backup_name(now: datetime) -> str:
    """Return the name of a backup by its time (UTC); names sort as times do."""
    return f"getu-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.zip"
