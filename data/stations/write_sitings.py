"""Siting questions: asked with a first answer, proven by a job, kept with how they ended.

How far a proof is, and who wants it stopped, is said by its job; jobs are forgotten after a while,
so the row of the question keeps the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, text, update

from data.jobs.write import create_job, request_cancel
from data.stations import scenario_tables
from layers.kit.errors import NotFoundError
from layers.kit.json import JsonObject, StoredJson

JOB: str = "siting"
KEPT = 40
SILENT_S = 20  # longer than a job waits before another worker takes it up


@dataclass(frozen=True, slots=True)
class Siting:
    """A siting question. ``is_lost``: it runs, but nobody has worked on it for long.

    ``goes_on``: it has a job that will still say more, lost or not.
    """

    id: int
    state: str
    question: JsonObject
    answer: JsonObject | None
    revision: int
    seconds: float
    cancel_asked: bool
    is_lost: bool
    goes_on: bool


def ask_siting(
    c: Connection,
    county: str,
    revision: int,
    question: StoredJson,
    answer: StoredJson,
) -> int:
    """Store a question with its first answer, and a job that proves it; return its id.

    Answers of long ago are put away: each is worth what it was asked for, on the data of its day.
    """
    _prune(c, county)
    number = int(
        c.execute(
            insert(scenario_tables.siting)
            .values(
                code=county,
                state="running",
                question=dict(question),
                answer=dict(answer),
                revision=revision,
            )
            .returning(scenario_tables.siting.c.id)
        ).scalar_one()
    )
    job = create_job(c, county, JOB, {"siting": number}, "")
    table = scenario_tables.siting
    c.execute(update(table).where(table.c.id == number).values(job_id=job))
    return number


def _prune(c: Connection, county: str) -> None:
    """Delete a county's ended questions but the newest ``KEPT``, and those that nobody works on
    any more.
    """
    c.execute(
        text(
            """
            DELETE FROM siting s WHERE code = :county AND id NOT IN (
                SELECT id FROM siting WHERE code = :county ORDER BY id DESC LIMIT :kept)
              AND (state <> 'running' OR NOT EXISTS (
                SELECT FROM job j WHERE j.id = s.job_id AND j.state IN ('waiting', 'running')))
            """
        ),
        {"county": county, "kept": KEPT},
    )


def siting(c: Connection, county: str, siting_id: int) -> Siting:
    """Return a siting question. Raises NotFoundError."""
    row = c.execute(
        text(
            """
            SELECT s.id, s.state, s.question, s.answer, s.revision, s.seconds, j.state AS job,
                   coalesce(j.cancel_requested, false) AS cancel_asked,
                   extract(epoch FROM now() - j.created_at)::float AS since_s,
                   j.id IS NULL OR (j.state = 'running'
                     AND j.alive_at < now() - make_interval(secs => :silent)) AS silent
            FROM siting s LEFT JOIN job j ON j.id = s.job_id
            WHERE s.code = :county AND s.id = :id
            """
        ),
        {"county": county, "id": siting_id, "silent": SILENT_S},
    ).first()
    if row is None:
        raise NotFoundError(
            "siting {siting_id} is not in county {county}", siting_id=siting_id, county=county
        )
    state, seconds = row.state, row.seconds
    if state == "running" and row.job in ("cancelled", "failed"):
        state = row.job  # it ended before its worker could say more of it
    elif state == "running" and row.since_s is not None:
        seconds = row.since_s
    return Siting(
        int(row.id), state, row.question, row.answer, int(row.revision), seconds,
        row.cancel_asked, state == "running" and bool(row.silent),
        state == "running" and row.job in ("waiting", "running"),
    )  # fmt: skip


def cancel_siting(c: Connection, county: str, siting_id: int) -> None:
    """Ask whoever works on a question to stop."""
    job = c.execute(
        text("SELECT job_id FROM siting WHERE code = :county AND id = :id AND state = 'running'"),
        {"county": county, "id": siting_id},
    ).scalar()
    if job is None:
        return
    request_cancel(c, job)
    c.execute(
        text(
            """
            UPDATE siting s SET state = 'cancelled' FROM job j
            WHERE s.id = :id AND j.id = s.job_id AND j.state = 'cancelled'
            """
        ),
        {"id": siting_id},
    )


def end_siting(
    c: Connection, siting_id: int, state: str, answer: StoredJson | None, seconds: float
) -> None:
    """Store how the work ended; without an answer the first one stays."""
    values: dict[str, Any] = {"state": state, "seconds": seconds}
    if answer is not None:
        values["answer"] = dict(answer)
    c.execute(
        update(scenario_tables.siting)
        .where(scenario_tables.siting.c.id == siting_id)
        .values(**values)
    )
