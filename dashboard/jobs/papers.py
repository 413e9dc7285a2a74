"""Papers: files that are made behind the page, asked for once by however many want the same.

1. What is asked for is the key: kind, county, request, and the version of the data it rests on.
   Who asks for what waits or runs already waits with the others.
2. The file is kept with its job for a day (``data/jobs/files.py``).
3. It is theirs who asked for it: for everybody else there is no such job, whatever its number.
4. Who waits here is answered as if it had been made here: with the file, or the same exception.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Connection, Engine

from dashboard.access.principal import Principal, present, system
from dashboard.jobs.lanes import Jobs
from dashboard.jobs.worker import Cancel, Say
from data.engine import session, take_time
from data.exporters.pages import Step
from data.jobs import read, write
from data.jobs.files import JobFile, job_file, keep_file
from data.jobs.write import Job
from layers.kit.errors import (
    Cancelled,
    ConflictError,
    CrsError,
    GetuError,
    InputError,
    NotFoundError,
    ServerError,
    message_of,
)
from layers.kit.json import JsonObject, StoredJson

ENDED = ("done", "failed", "cancelled")
ERRORS = {e.__name__: e for e in (ConflictError, CrsError, InputError, NotFoundError, ServerError)}
Make = Callable[[Connection, str, JsonObject, Step], JobFile]
"""Makes the file of a (county, request) in a transaction; raises GetuError, or what step raises."""


@dataclass(frozen=True, slots=True)
class PaperOrder:
    """A paper that is asked for. ``rests_on``: the version of everything that it is made of."""

    kind: str
    county: str
    request: StoredJson
    rests_on: str

    @property
    def key(self) -> str:
        """Return what papers that are the same have in common (clause 1).

        Those of another scope or role are not the same: they show other rows.
        """
        who = present()
        seen = [self.county, dict(self.request), self.rests_on, who.scope, who.role]
        told = json.dumps(seen, sort_keys=True)
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place among those who wait for a job."""

    job: int
    asker: str


def owner_of(who: Principal) -> str:
    """Return whose papers a principal's are; on demonstration they are everybody's."""
    return "" if who.is_demonstration else f"{who.actor} {who.role} {who.scope}"


class Papers:
    """The papers of one process: kinds are added before the workers start."""

    def __init__(self, engine: Engine, jobs: Jobs) -> None:
        self._engine = engine
        self._jobs = jobs
        self._kinds: set[str] = set()

    def add(self, kind: str, make: Make) -> None:
        """Make papers of a kind by ``make``."""

        def work(job: Job, say: Say, cancel: Cancel) -> JsonObject:
            def step(share: float) -> None:
                if cancel():
                    raise Cancelled
                say(share, {})

            step(0.0)
            with session(self._engine, present()) as c:
                take_time(c)
                made = make(c, job.code, job.request, step)
                step(1.0)
            # Files of others may have to go for it.
            with session(self._engine, system()) as c:
                keep_file(c, job.code, job.id, made)
            return {"name": made.name, "bytes": len(made.content)}

        self._kinds.add(kind)
        self._jobs.add(kind, work, "papers")

    def ask(self, wanted: PaperOrder) -> Ticket:
        """Ask for a paper; wait for nothing. Raises ConflictError where too many are waiting."""
        asker, who = uuid4().hex, present()
        with session(self._engine, who) as c:
            if write.waiting(c, wanted.county, wanted.kind) > write.MOST_WAITING:
                raise ConflictError("too many files are waiting: cancel one, or wait")
            job = write.share_job(
                c, wanted.county, wanted.kind, wanted.request, wanted.key, asker, owner_of(who)
            )
        self._jobs.wake()
        return Ticket(job, asker)

    def standing(self, job_id: int) -> read.JobRow:
        """Return how a paper stands. NotFoundError, also for other kinds and other people's."""
        who = present()
        with session(self._engine, who) as c:
            found = read.job(c, job_id)
            is_theirs = read.is_owner(c, job_id, owner_of(who))
        if found.kind not in self._kinds or not is_theirs:
            raise NotFoundError("there is no job {job_id}", job_id=job_id)
        return found

    def leave(self, ticket: Ticket) -> None:
        """Wait no longer; a paper that nobody waits for is not made."""
        with session(self._engine, present()) as c:
            write.leave_job(c, ticket.job, ticket.asker)

    def file(self, job_id: int) -> JobFile:
        """Return the file of a paper that is done. Raises NotFoundError, ConflictError."""
        if self.standing(job_id).state not in ENDED:
            raise ConflictError("the file is not ready yet: wait until the job is done")
        with session(self._engine, present()) as c:
            return job_file(c, job_id)

    def get(self, wanted: PaperOrder) -> JobFile:
        """Ask for a paper, wait until it is made, and return it; raise what its making raised."""
        ticket = self.ask(wanted)

        def look() -> read.JobRow | None:
            found = self.standing(ticket.job)
            return found if found.state in ENDED else None

        found = self._jobs.wait_for(look)
        if found.state == "failed":
            kind = ERRORS.get(found.error or "", GetuError)
            raise kind(message_of(found.message or ""))
        if found.state == "cancelled":
            raise ConflictError("the file was cancelled: ask for it again")
        return self.file(ticket.job)
