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
from datetime import UTC, datetime, time
from logging import getLogger
from pathlib import Path
from typing import Final

logger = getLogger(__name__)
STATUS: Final = "status.json"
_NAME: Final = re.compile(r"getu-(\d{8}T\d{6}Z)\.zip")


@dataclass(frozen=True, slots=True)
class Keeping:
    """How many backups stay: the newest of so many days, weeks (ISO) and months."""

    days: int = 7
    weeks: int = 4
    months: int = 12


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a folder. Times are UTC in ISO form; ``failed``: why, in English."""

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


def backup_name(now: datetime) -> str:
    """Return the name of a backup by its time (UTC); names sort as times do."""
    return f"getu-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.zip"
