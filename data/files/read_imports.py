"""What was imported into a county, when and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from layers.kit.json import Json


@dataclass(frozen=True, slots=True)
class ImportRun:
    """An import: which file, when, what came of it. ``changes``: rows by kind of change."""

    kind: str
    file_name: str
    sha256: str
    at: datetime
    as_of: date | None
    rows_read: int
    rows_written: int
    changes: Mapping[str, int] | None
    notes: Sequence[Json]
    made_by: str


def import_runs(c: Connection, county: str, limit: int = 100) -> list[ImportRun]:
    """Return the latest imports, newest first."""
    return [
        ImportRun(**row)
        for row in c.execute(
            text(
                """
                SELECT kind, file_name, sha256, at, as_of, rows_read, rows_written, changes,
                       notes, made_by
                FROM import_run WHERE code = :county ORDER BY at DESC, id DESC LIMIT :limit
                """
            ),
            {"county": county, "limit": limit},
        ).mappings()
    ]
