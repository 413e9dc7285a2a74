"""A worker: takes jobs from the database's queue, one at a time.

Every web process has some (``dashboard/jobs/lanes.py``); the database sees to it that no job is
done twice (data/jobs/write.py).
A job works for whoever asked for it, as its row says; the queue itself is the program's.
While a job runs a second thread gives signs of life, so that a long step is not taken for a dead
process, and hears of a wish to cancel.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from logging import getLogger
from threading import Event, Thread

from sqlalchemy import Engine

from dashboard.access.principal import acting, of_job, system
from dashboard.events import event
from data.engine import session
from data.jobs import write as jobs
from data.jobs.write import Job
from layers.kit.errors import Cancelled, GetuError, Message, ServerError

logger = getLogger(__name__)
BEAT_S = 0.5
IDLE_S = 3.0
UNEXPECTED = Message("something unexpected happened: the program's log has it")
Say = Callable[[float, Mapping[str, object]], None]
Cancel = Callable[[], bool]
Handler = Callable[[Job, Say, Cancel], Mapping[str, object]]
"""Does one job: returns its result, raises GetuError with a sentence, or Cancelled."""

_numbers = itertools.count(1)


@dataclass
class _Run:
    """What the two threads of one job tell each other."""

    progress: float = 0.0
    about: Mapping[str, object] = field(default_factory=dict)
    stop: Event = field(default_factory=Event)
    over: Event = field(default_factory=Event)


class Worker:
    """Works off the jobs whose kinds it has handlers for, in a thread of its own."""

    def __init__(
        self,
        engine: Engine,
        handlers: Mapping[str, Handler],
        silent_s: float = jobs.SILENT_S,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """Make a worker; ``handlers`` by kind (read at each job), ``ended``: called after each."""
        self.name = f"{socket.gethostname()}:{os.getpid()}:{next(_numbers)}"
        self._engine = engine
        self._handlers = handlers
        self._silent_s = silent_s
        self._tell_end = ended
        self._wake = Event()
        self._ended = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to work, in a daemon thread; what a dead process left is taken up too."""
        self._thread = Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that there may be a job now."""
        self._wake.set()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End after the step under way; the job it was in waits again, for whoever comes next."""
        self.end()
        self.join(timeout_s)

    def end(self) -> None:
        """Say that it is to end; wait for nothing."""
        self._ended.set()
        self._wake.set()

    def join(self, timeout_s: float) -> None:
        """Wait until it has ended, no longer than ``timeout_s``."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _work(self) -> None:
        idle_s = IDLE_S
        while not self._ended.is_set():
            try:
                found = self.work_once()
                idle_s = IDLE_S
            except GetuError as error:
                # The database is away: jobs wait in it, and so do we, longer each time.
                logger.info("no jobs to be had: %s", error)
                found, idle_s = False, min(60.0, idle_s * 2)
            if not found:
                self._wake.wait(idle_s)
                self._wake.clear()

    def work_once(self) -> bool:
        """Take one job and do it; tell whether there was one."""
        with session(self._engine, system()) as c:
            job = jobs.take_job(c, self._handlers, self.name, self._silent_s)
        if job is None:
            return False
        began = time.monotonic()
        run = _Run()
        beat = Thread(target=self._beat, args=(job, run), name="jobs-beat", daemon=True)
        beat.start()
        try:
            state, result, message = self._do(job, run)
        finally:
            run.over.set()
            beat.join()
        with session(self._engine, system()) as c:
            if state == "cancelled" and self._ended.is_set():
                jobs.give_back(c, self.name)
            elif not jobs.finish(c, job.id, self.name, state, result=result, message=message):
                logger.warning("job %s was somebody else's when it was done here", job.id)
        event(
            "job", id=job.id, kind=job.kind, state=state, tries=job.tries,
            ms=round((time.monotonic() - began) * 1000),
        )  # fmt: skip
        self._tell_end()
        return True

    def _do(self, job: Job, run: _Run) -> tuple[str, Mapping[str, object] | None, str | None]:
        def say(progress: float, about: Mapping[str, object]) -> None:
            run.progress, run.about = progress, about

        def cancelled() -> bool:
            return run.stop.is_set() or self._ended.is_set()

        try:
            who = of_job(job.made_by, job.role, job.scope)
            with acting(replace(who, origin=f"job {job.id}")):
                return "done", self._handlers[job.kind](job, say, cancelled), None
        except Cancelled:
            return "cancelled", None, None
        except GetuError as error:
            if isinstance(error, ServerError):
                logger.error("job %s (%s): %s", job.id, job.kind, error)  # noqa: TRY400
            return "failed", {"error": type(error).__name__}, error.said.line()
        except Exception:
            logger.exception("job %s (%s) failed", job.id, job.kind)
            return "failed", None, UNEXPECTED.line()

    def _beat(self, job: Job, run: _Run) -> None:
        while not run.over.wait(BEAT_S):
            try:
                with session(self._engine, system()) as c:
                    message = json.dumps(dict(run.about), ensure_ascii=False)
                    if not jobs.report(c, job.id, self.name, run.progress, message):
                        run.stop.set()
            except ServerError as error:
                logger.info("no sign of life of job %s: %s", job.id, error)
