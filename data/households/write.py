"""Household tables: uploads, their rows, rulings, and the snapshots made from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, insert, text

from data.buildings import tables as building_tables
from data.households import tables
from data.households.rows import NewMatch, NewUpload
from data.rows.bulk import copy_rows

ROW_COLUMNS = (
    *("upload_id", "code", "row_number", "rows", "community", "estate", "building", "entrance"),
    *("address", "external_code", "written_key", "counted", "state", "how", "score"),
    *("candidates", "building_id"),
)


KEPT_MONTHS = 13
"""A year and a month: the same month of the year before can be looked at row by row."""


def add_upload(c: Connection, head: NewUpload) -> int:
    """Store an upload's head; return its id."""
    values = dataclasses.asdict(head)
    row = insert(tables.count_upload).values(**values).returning(tables.count_upload.c.id)
    return int(c.execute(row).scalar_one())


def add_rows(c: Connection, rows: Iterable[Sequence[Any]]) -> int:
    """Append rows (in the order of ``ROW_COLUMNS``; lists of candidates are made jsonb)."""
    at = ROW_COLUMNS.index("candidates")
    return copy_rows(
        c, tables.count_row, ROW_COLUMNS, ((*r[:at], Jsonb(r[at]), *r[at + 1 :]) for r in rows)
    )


def step_upload(
    c: Connection, upload_id: int, *, state: str | None = None, snapshot_id: int | None = None
) -> int:
    """Raise an upload's version, and set its state where one is given; return the version."""
    return int(
        c.execute(
            text(
                """
                UPDATE count_upload
                SET version = version + 1, changed_at = now(),
                    state = coalesce(CAST(:state AS text), state),
                    snapshot_id = coalesce(CAST(:snapshot AS bigint), snapshot_id)
                WHERE id = :id RETURNING version
                """
            ),
            {"id": upload_id, "state": state, "snapshot": snapshot_id},
        ).scalar_one()
    )


def set_rows(
    c: Connection,
    ids: Sequence[int],
    *,
    state: str,
    how: str,
    building_id: int | None,
    by: str | None,
    version: int,
) -> None:
    """Set where rows go; ``by`` None: nobody ruled."""
    c.execute(
        text(
            """
            UPDATE count_row
            SET state = :state, how = :how, building_id = :building, version = :version,
                ruled_by = :by, ruled_at = CASE WHEN CAST(:by AS text) IS NULL THEN NULL
                                                ELSE now() END
            WHERE id = ANY(CAST(:ids AS bigint[]))
            """
        ),
        {
            "ids": list(ids),
            "state": state,
            "how": how,
            "building": building_id,
            "by": by,
            "version": version,
        },
    )


def set_matches(c: Connection, rows: Sequence[NewMatch]) -> None:
    """Set what matching found anew; a ruling that the row had is gone with it."""
    if rows:
        c.execute(
            text(
                """
                UPDATE count_row SET state = :state, how = :how, score = :score,
                       building_id = :building_id, candidates = :candidates, version = :version,
                       ruled_by = NULL, ruled_at = NULL
                WHERE id = :id
                """
            ),
            [{**dataclasses.asdict(r), "candidates": Jsonb(list(r.candidates))} for r in rows],
        )


def add_alias(c: Connection, building_id: int, alias: str, by: str) -> None:
    """Remember that a written name means a building; once is enough."""
    c.execute(
        text(
            """
            INSERT INTO building_alias (code, building_id, alias, ruled_by)
            SELECT b.code, b.id, :alias, :by FROM building b
            WHERE b.id = :building AND NOT EXISTS (
                SELECT FROM building_alias a WHERE a.building_id = b.id AND a.alias = :alias)
            """
        ),
        {"building": building_id, "alias": alias, "by": by},
    )


def forget_ruling(
    c: Connection, county: str, building_id: int | None, key: str, ruled_at: datetime
) -> None:
    """Forget what a ruling taught: the alias made with it, or the verdict about its name.

    ``ruled_at``: of the row; what was known before that ruling stays.
    """
    values = {"county": county, "building": building_id, "key": key, "at": ruled_at}
    c.execute(
        text(
            """
            DELETE FROM building_alias
            WHERE building_id = :building AND ruled_at = :at AND ruled_by IS NOT NULL
            """
        ),
        values,
    )
    c.execute(
        text(
            """
            DELETE FROM written_ruling
            WHERE code = :county AND written_key = :key AND ruled_at = :at
            """
        ),
        values,
    )


def set_verdict(c: Connection, county: str, key: str, written: str, verdict: str, by: str) -> None:
    """Remember a verdict about a written name: no building of ours, or left unplaced."""
    values = {"county": county, "key": key, "written": written, "verdict": verdict, "by": by}
    c.execute(
        text(
            """
            INSERT INTO written_ruling (code, written, written_key, verdict, ruled_by)
            VALUES (:county, :written, :key, :verdict, :by)
            ON CONFLICT (code, written_key) DO UPDATE
            SET verdict = excluded.verdict, ruled_by = excluded.ruled_by, ruled_at = now()
            """
        ),
        values,
    )


def add_snapshot(c: Connection, county: str, effective_on: date, source: str) -> int:
    """Append an empty snapshot; return its id."""
    row = (
        insert(building_tables.count_snapshot)
        .values(code=county, effective_on=effective_on, source=source)
        .returning(building_tables.count_snapshot.c.id)
    )
    return int(c.execute(row).scalar_one())


def fill_snapshot(c: Connection, snapshot_id: int, upload_id: int, source: str) -> tuple[int, int]:
    """Copy an upload's counts into a snapshot; return how many counts, and unplaced rows.

    Buildings that the table does not name get no count: missing is not zero.
    """
    values = {"snapshot": snapshot_id, "upload": upload_id, "source": source}
    counts = c.execute(
        text(
            """
            INSERT INTO building_count (snapshot_id, building_id, measure, code, value, source,
                                        confidence)
            SELECT :snapshot, r.building_id, v.key, b.code,
                   sum(CAST(v.value #>> '{}' AS integer)), :source, 'reported'
            FROM count_row r
            JOIN building b ON b.id = r.building_id
            CROSS JOIN LATERAL jsonb_each(r.counted) v
            WHERE r.upload_id = :upload AND r.state = 'placed' AND v.value <> 'null'
            GROUP BY r.building_id, v.key, b.code
            """
        ),
        values,
    )
    unplaced = c.execute(
        text(
            """
            INSERT INTO unplaced_count (code, snapshot_id, row_number, written, measure, value)
            SELECT r.code, :snapshot, r.row_number,
                   concat_ws(' ', r.community, r.estate, r.building, r.entrance, r.address),
                   v.key, CAST(v.value #>> '{}' AS integer)
            FROM count_row r CROSS JOIN LATERAL jsonb_each(r.counted) v
            WHERE r.upload_id = :upload AND r.state IN ('queued', 'unplaced')
              AND v.value <> 'null'
            """
        ),
        values,
    )
    return int(counts.rowcount), int(unplaced.rowcount)


def add_import_run(c: Connection, upload_id: int, by: str, written: int) -> None:
    """Put a published upload into the county's list of imports; ``written``: counts."""
    c.execute(
        text(
            """
            INSERT INTO import_run (code, kind, file_name, sha256, rows_read, rows_written,
                                    made_by, as_of)
            SELECT code, 'households', file, sha256, rows, :written, :by, effective_on
            FROM count_upload WHERE id = :upload
            """
        ),
        {"upload": upload_id, "by": by, "written": written},
    )


def prune_rows(c: Connection, county: str) -> int:
    """Delete the rows of tables that were closed long ago (``KEPT_MONTHS``); return how many.

    Their counts, the households that they left unplaced, what was ruled and the upload's own
    head stay.
    """
    gone = c.execute(
        text(
            """
            DELETE FROM count_row r USING count_upload u
            WHERE u.id = r.upload_id AND u.code = :county AND u.state <> 'open'
              AND u.changed_at < now() - make_interval(months => :months)
            """
        ),
        {"county": county, "months": KEPT_MONTHS},
    )
    return int(gone.rowcount)


def set_rolled_back(c: Connection, snapshot_id: int, *, back: bool) -> None:
    """Roll a snapshot back, or take that back."""
    c.execute(
        text(
            """
            UPDATE count_snapshot SET rolled_back_at = CASE WHEN :back THEN now() END
            WHERE id = :id
            """
        ),
        {"id": snapshot_id, "back": back},
    )


def hold_county(c: Connection, county: str) -> None:
    """Lock the county's row until the transaction ends: one who publishes counts at a time."""
    c.execute(text("SELECT code FROM county WHERE code = :county FOR UPDATE"), {"county": county})
