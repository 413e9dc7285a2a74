"""The job that proves a siting answer: its problem posed again, its end written to the question."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TypedDict

from dashboard.access.principal import present
from dashboard.jobs.worker import Cancel, Say
from dashboard.pages.coverage.board import board_of
from dashboard.services import Services
from data.engine import session
from data.jobs.write import Job
from data.stations import write_sitings as sitings
from data.stations.read_coverage import public_lands
from layers.coverage_gaps.figures import asked
from layers.coverage_gaps.sitings import Problem, SitingAnswer, pose, prove, read_siting
from layers.kit.errors import Cancelled
from layers.kit.json import JsonObject, parsed
from layers.kit.kept import BoundedStore


class SitingRequest(TypedDict):
    """What a job was asked: the number of the siting question."""

    siting: int


class Proofs:
    """The proofs of one process. ``keep`` spares it the posing of a problem that it has posed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._posed: BoundedStore[int, Problem] = BoundedStore(4)
        services.jobs.add(sitings.JOB, self.work, "proofs")

    def keep(self, number: int, problem: Problem) -> None:
        """Keep the problem of a question until its job begins."""
        self._posed.keep(number, problem)

    def posed(self, county: str, question: JsonObject) -> Problem:
        """Return a stored question as a problem on the data as they stand. Raises GetuError."""
        services = self._services
        board = board_of(services, county)
        wanted = read_siting(asked(question), question)
        with session(services.engine, present()) as c:
            lands = public_lands(c, county, board.srid)
        return pose(board, board.answer(wanted.question), wanted, lands)

    def work(self, job: Job, say: Say, cancel: Cancel) -> Mapping[str, object]:
        """Prove an answer and store how that ended; stop when asked to, with what is known."""
        number = parsed(SitingRequest, job.request, "job.request")["siting"]
        began = time.monotonic()

        def end(state: str, answer: SitingAnswer | None) -> None:
            with session(self._services.engine, present()) as c:
                sitings.end_siting(c, number, state, answer, time.monotonic() - began)

        try:
            with session(self._services.engine, present()) as c:
                found = sitings.siting(c, job.code, number)
            problem = self._posed.take(number) or self.posed(job.code, found.question)
            say(0.0, {"proving": number})
            answer = prove(problem, cancel)
        except Exception:
            end("failed", None)
            raise
        is_proved = bool(answer and answer["proved"])
        if is_proved or not cancel():
            end("done", answer)
            return {"siting": number, "proved": is_proved}
        if self._is_unwanted(job, number):
            end("cancelled", answer)
        raise Cancelled  # or the program ends: then the next one begins again

    def _is_unwanted(self, job: Job, number: int) -> bool:
        with session(self._services.engine, present()) as c:
            return sitings.siting(c, job.code, number).cancel_asked
