"""The lanes of this process: workers side by side, so that short work never waits behind long.

1. A kind of job belongs to one lane; a lane does so many jobs at once, the oldest first.
2. Whoever asks wakes the lanes; whoever waits for an end is woken by it, or looks again by
   himself, since another process may have done the job.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Condition
from typing import Literal, TypeVar, get_args

from sqlalchemy import Engine

from dashboard.jobs.worker import Handler, Worker
from data.jobs.write import SILENT_S
from layers.kit.errors import ServerError

LaneName = Literal["long", "proofs", "papers"]
AT_ONCE: Mapping[LaneName, int] = {"long": 1, "proofs": 2, "papers": 2}
"""``long``: divisions and imports, minutes each; ``proofs``: of siting, a minute at most each;
``papers``: files that somebody waits for, a moment or some seconds each."""
LOOK_AGAIN_S = 0.25
STOP_S = 5.0
WAIT_S = 1800.0
V = TypeVar("V")


class Jobs:
    """The workers of one process, by lane. Kinds are added before ``start``."""

    def __init__(self, engine: Engine, silent_s: float = SILENT_S) -> None:
        self._ended = Condition()
        self._is_over = False
        self._handlers: dict[LaneName, dict[str, Handler]] = {n: {} for n in get_args(LaneName)}
        self._workers = {
            lane: [
                Worker(engine, self._handlers[lane], silent_s, self._tell_end)
                for _ in range(AT_ONCE[lane])
            ]
            for lane in self._handlers
        }

    def add(self, kind: str, handler: Handler, lane: LaneName) -> None:
        """Do jobs of a kind in a lane."""
        self._handlers[lane][kind] = handler

    def start(self) -> None:
        """Begin to work, in daemon threads; what a dead process left is taken up too."""
        for lane, workers in self._workers.items():
            if self._handlers[lane]:
                for worker in workers:
                    worker.start()

    def wake(self) -> None:
        """Say that there may be a job now."""
        for worker in self._all():
            worker.wake()

    def stop(self) -> None:
        """End after the steps under way; jobs that were begun wait again, for who comes next."""
        self._is_over = True
        for worker in self._all():
            worker.end()
        until = time.monotonic() + STOP_S
        for worker in self._all():
            worker.join(max(0.0, until - time.monotonic()))
        self._tell_end()

    def wait_for(self, look: Callable[[], V | None], most_s: float = WAIT_S) -> V:
        """Return what ``look`` finds, as soon as it finds something.

        Raises ServerError after ``most_s``, or when the program ends.
        """
        until = time.monotonic() + most_s
        while True:
            found = look()
            if found is not None:
                return found
            if self._is_over:
                raise ServerError("the program is ending: ask again in a moment")
            if time.monotonic() > until:
                raise ServerError("this takes too long: ask again, or for one community")
            with self._ended:
                self._ended.wait(LOOK_AGAIN_S)

    def _all(self) -> list[Worker]:
        return [worker for workers in self._workers.values() for worker in workers]

    def _tell_end(self) -> None:
        with self._ended:
            self._ended.notify_all()
