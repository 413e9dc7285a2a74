"""Jobs as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from data.rows.reading import row_of, rows_of
from layers.kit.errors import NotFoundError
from layers.kit.json import JsonObject


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job without its result. ``request`` and ``message``: as its kind writes them.

    ``seconds``: how long it has worked; ``silent_s``: since its worker's last sign of life;
    ``error``: of which class the failure was that ``message`` tells of.
    """

    id: int
    code: str
    kind: str
    state: str
    progress: float
    message: str | None
    error: str | None
    cancel_requested: bool
    request: JsonObject
    tries: int
    made_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    silent_s: float | None


@dataclass(frozen=True, slots=True)
class JobsOfState:
    """How many jobs of a kind are in a state, and how long ago the oldest was asked for."""

    kind: str
    state: str
    jobs: int
    oldest_s: float


def jobs_by_state(c: Connection) -> list[JobsOfState]:
    """Return how the queue stands."""
    sql = """SELECT kind, state, count(*)::int AS jobs,
                    extract(epoch FROM now() - min(created_at))::float AS oldest_s
             FROM job GROUP BY kind, state ORDER BY kind, state"""
    return rows_of(JobsOfState, c, sql)


_HEAD = """
SELECT id, code, kind, state, progress, message,
       CASE state WHEN 'failed' THEN result ->> 'error' END AS error,
       cancel_requested, request, tries, made_by,
       created_at, started_at, finished_at,
       extract(epoch FROM coalesce(finished_at, now()) - started_at)::float AS seconds,
       extract(epoch FROM now() - alive_at)::float AS silent_s
"""


def job(c: Connection, job_id: int) -> JobRow:
    """Return a job without its result. Raises NotFoundError."""
    row = row_of(JobRow, c, _HEAD + " FROM job WHERE id = :id", id=job_id)
    if row is None:
        raise NotFoundError("there is no job {job_id}", job_id=job_id)
    return row


def is_owner(c: Connection, job_id: int, owner: str) -> bool:
    """Tell whether somebody asked for a job that several may share."""
    asked = text("SELECT :owner = ANY(owners) FROM job WHERE id = :id")
    return bool(c.execute(asked, {"id": job_id, "owner": owner}).scalar())


def job_result(c: Connection, job_id: int) -> JsonObject:
    """Return the result of a job that is done. Raises NotFoundError."""
    found = c.execute(
        text("SELECT result FROM job WHERE id = :id AND state = 'done'"), {"id": job_id}
    ).scalar()
    if found is None:
        raise NotFoundError(
            "job {job_id} has no result (any more): let it run again", job_id=job_id
        )
    result: JsonObject = found
    return result


def recent_jobs(c: Connection, county: str, kind: str, most: int = 20) -> list[JobRow]:
    """Return a county's last jobs of a kind, the newest first."""
    where = " FROM job WHERE code = :county AND kind = :kind ORDER BY id DESC LIMIT :most"
    return rows_of(JobRow, c, _HEAD + where, county=county, kind=kind, most=most)
