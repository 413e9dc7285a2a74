"""Jobs as they stand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, text

from layers.kit.errors import NotFoundError

_HEAD = """
SELECT id, code, kind, state, progress, message, cancel_requested, request, tries, made_by,
       created_at, started_at, finished_at,
       extract(epoch FROM coalesce(finished_at, now()) - started_at)::float AS seconds,
       extract(epoch FROM now() - alive_at)::float AS silent_s
"""


def job(c: Connection, job_id: int) -> RowMapping:
    """Return a job without its result. Raises NotFoundError."""
    row = c.execute(text(_HEAD + " FROM job WHERE id = :id"), {"id": job_id}).mappings().first()
    if row is None:
        raise NotFoundError("there is no job {job_id}", job_id=job_id)
    return row


def job_result(c: Connection, job_id: int) -> dict[str, Any]:
    """Return the result of a job that is done. Raises NotFoundError."""
    found = c.execute(
        text("SELECT result FROM job WHERE id = :id AND state = 'done'"), {"id": job_id}
    ).scalar()
    if found is None:
        raise NotFoundError(
            "job {job_id} has no result (any more): let it run again", job_id=job_id
        )
    return dict(found)


def recent_jobs(c: Connection, county: str, kind: str, most: int = 20) -> list[RowMapping]:
    """Return a county's last jobs of a kind, the newest first."""
    rows = c.execute(
        text(
            _HEAD + " FROM job WHERE code = :county AND kind = :kind ORDER BY id DESC LIMIT :most"
        ),
        {"county": county, "kind": kind, "most": most},
    )
    return list(rows.mappings())
