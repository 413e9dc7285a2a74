"""The queue of jobs: many processes take from it, none of them the same job.

1. A job waits until a worker takes it. Two workers never get the same one: the row is locked, and
   locked rows are skipped.
2. Its worker gives a sign of life. A job whose worker is silent for ``silent_s`` is taken by
   another one, from the beginning; after ``MOST_TRIES`` it has failed.
3. Only the worker that has a job may report or finish it: one that lost it is told so, and stops.
4. A waiting job is cancelled at once; a running one is asked to stop.
5. Jobs that make the same of the same data are one while it waits or runs: who asks for it later
   waits with the others, and it is cancelled when nobody is left.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from layers.kit.json import JsonObject, StoredJson

MOST_TRIES = 2
"""A job that brings its worker down twice would bring down the third."""
SILENT_S = 15.0
KEPT_DAYS = 7
MOST_WAITING = 20


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its worker gets it."""

    id: int
    code: str
    kind: str
    request: JsonObject
    tries: int
    made_by: str
    scope: str
    role: str | None


_ACTOR = "coalesce(NULLIF(current_setting('getu.actor', true), ''), '-')"


def create_job(c: Connection, county: str, kind: str, request: StoredJson, made_by: str) -> int:
    """Put a job into the queue and forget old ones; return its id.

    It works for whoever this session is of, with that scope and role; ``made_by``: as it is
    signed, '' as the session is.
    """
    _forget(c, kind)
    return int(
        c.execute(
            text(
                f"""
                INSERT INTO job (code, kind, state, request, made_by)
                VALUES (:county, :kind, 'waiting', :request, coalesce(NULLIF(:by, ''), {_ACTOR}))
                RETURNING id
                """
            ),
            {"county": county, "kind": kind, "request": Jsonb(dict(request)), "by": made_by},
        ).scalar_one()
    )


def share_job(
    c: Connection, county: str, kind: str, request: Mapping[str, Any], key: str, asker: str,
    owner: str,
) -> int:  # fmt: skip
    """Return the job that makes this already, or a new one (clause 5).

    ``key``: what is made and of which data. ``asker``: a token of whoever waits, for ``leave_job``.
    ``owner``: whose it is from now on, with the others who asked.
    """
    _forget(c, kind)
    return int(
        c.execute(
            text(
                f"""
                INSERT INTO job (code, kind, state, request, made_by, shared_key, askers, owners)
                VALUES (:county, :kind, 'waiting', :request, {_ACTOR}, :key, ARRAY[:asker],
                        ARRAY[:owner])
                ON CONFLICT (kind, shared_key)
                 WHERE state IN ('waiting', 'running') AND NOT cancel_requested
                DO UPDATE SET askers = array_append(job.askers, :asker),
                    owners = CASE WHEN :owner = ANY(job.owners) THEN job.owners
                             ELSE array_append(job.owners, :owner) END
                RETURNING id
                """
            ),
            {
                "county": county,
                "kind": kind,
                "request": Jsonb(dict(request)),
                "key": key,
                "asker": asker,
                "owner": owner,
            },
        ).scalar_one()
    )


def leave_job(c: Connection, job_id: int, asker: str) -> None:
    """Wait for a job no longer; without anybody who waits it is cancelled (clause 5)."""
    left = c.execute(
        text(
            """
            UPDATE job SET askers = array_remove(askers, :asker)
            WHERE id = :id AND :asker = ANY(askers) RETURNING cardinality(askers)
            """
        ),
        {"id": job_id, "asker": asker},
    ).scalar()
    if left == 0:
        request_cancel(c, job_id)


def _forget(c: Connection, kind: str) -> None:
    """Delete the jobs of a kind that ended long ago."""
    c.execute(
        text(
            """
            DELETE FROM job WHERE kind = :kind AND state NOT IN ('waiting', 'running')
             AND finished_at < now() - make_interval(days => :days)
            """
        ),
        {"kind": kind, "days": KEPT_DAYS},
    )


def waiting(c: Connection, county: str, kind: str) -> int:
    """Return how many jobs of a county are waiting or running."""
    return int(
        c.execute(
            text(
                """
                SELECT count(*) FROM job
                WHERE code = :county AND kind = :kind AND state IN ('waiting', 'running')
                """
            ),
            {"county": county, "kind": kind},
        ).scalar_one()
    )


# A sign of life from the future is none either: the clock has been put back.
_HEARD = "now() - make_interval(secs => :silent) AND now() + make_interval(secs => :silent)"


def take_job(
    c: Connection, kinds: Collection[str], worker: str, silent_s: float = SILENT_S
) -> Job | None:
    """Return the oldest job that waits, or whose worker is silent; None when there is none."""
    values = {"kinds": list(kinds), "silent": silent_s, "most": MOST_TRIES}
    c.execute(
        text(
            f"""
            UPDATE job SET state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'failed' END,
                   finished_at = now(),
                   message = CASE WHEN cancel_requested THEN message
                                  ELSE 'the program ended twice while this was worked on' END
            WHERE id IN (SELECT id FROM job WHERE state = 'running' AND kind = ANY(:kinds)
                          AND alive_at NOT BETWEEN {_HEARD}
                          AND (tries >= :most OR cancel_requested)
                         FOR UPDATE SKIP LOCKED)
            """
        ),
        values,
    )
    row = c.execute(
        text(
            f"""
            UPDATE job SET state = 'running', worker = :worker, tries = tries + 1, progress = 0,
                   message = NULL, started_at = now(), alive_at = now()
            WHERE id = (SELECT id FROM job
                        WHERE kind = ANY(:kinds) AND (state = 'waiting' OR (state = 'running'
                          AND alive_at NOT BETWEEN {_HEARD}))
                        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id, code, kind, request, tries, made_by, scope, role
            """
        ),
        {**values, "worker": worker},
    ).first()
    if row is None:
        return None
    return Job(
        int(row.id), row.code, row.kind, row.request, int(row.tries), row.made_by, row.scope,
        row.role,
    )  # fmt: skip


def report(c: Connection, job_id: int, worker: str, progress: float, message: str | None) -> bool:
    """Give a sign of life; tell whether the work is still wanted (clauses 3 and 4)."""
    row = c.execute(
        text(
            """
            UPDATE job SET alive_at = now(), progress = :progress, message = :message
            WHERE id = :id AND worker = :worker AND state = 'running'
            RETURNING cancel_requested
            """
        ),
        {
            "id": job_id,
            "worker": worker,
            "progress": min(1.0, max(0.0, progress)),
            "message": message,
        },
    ).first()
    return row is not None and not row.cancel_requested


def finish(
    c: Connection,
    job_id: int,
    worker: str,
    state: str,
    *,
    result: StoredJson | None = None,
    message: str | None = None,
) -> bool:
    """Write how a job ended (done, cancelled, failed); tell whether it was still the worker's.

    A job that somebody cancelled before its result was written is cancelled, finished or not.
    """
    row = c.execute(
        text(
            """
            UPDATE job SET finished_at = now(), alive_at = now(), message = :message,
                   state = CASE WHEN cancel_requested AND :state = 'done' THEN 'cancelled'
                           ELSE :state END,
                   result = CASE WHEN cancel_requested THEN NULL ELSE CAST(:result AS jsonb) END,
                   progress = CASE WHEN :state = 'done' THEN 1 ELSE progress END
            WHERE id = :id AND worker = :worker AND state = 'running' RETURNING id
            """
        ),
        {
            "id": job_id,
            "worker": worker,
            "state": state,
            "result": None if result is None else Jsonb(dict(result)),
            "message": message,
        },
    ).first()
    return row is not None


def give_back(c: Connection, worker: str) -> None:
    """Let the jobs of a worker that ends in good order wait again, as if not tried."""
    c.execute(
        text(
            """
            UPDATE job SET state = 'waiting', worker = NULL, tries = greatest(0, tries - 1),
                   progress = 0, message = NULL
            WHERE worker = :worker AND state = 'running'
            """
        ),
        {"worker": worker},
    )


def request_cancel(c: Connection, job_id: int) -> None:
    """Ask a job to stop (clause 4); one that has ended stays as it is."""
    c.execute(
        text(
            """
            UPDATE job SET cancel_requested = true,
                   state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END,
                   finished_at = CASE state WHEN 'waiting' THEN now() ELSE finished_at END
            WHERE id = :id AND state IN ('waiting', 'running')
            """
        ),
        {"id": job_id},
    )
