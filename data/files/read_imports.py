"""What was imported into a county, when and by whom."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, text


def import_runs(c: Connection, county: str, limit: int = 100) -> Sequence[RowMapping]:
    """Return the latest imports: ``kind``, ``file_name``, ``sha256``, ``at``, ``as_of``,
    ``rows_read``, ``rows_written``, ``changes``, ``notes``, ``made_by``; newest first.
    """
    return (
        c.execute(
            text(
                """
                SELECT kind, file_name, sha256, at, as_of, rows_read, rows_written, changes,
                       notes, made_by
                FROM import_run WHERE code = :county ORDER BY at DESC, id DESC LIMIT :limit
                """
            ),
            {"county": county, "limit": limit},
        )
        .mappings()
        .all()
    )
