"""The proof of a siting answer: in the background, stored, stopped by whoever asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from dashboard.pages.coverage.siting import proofs as proofs_module
from dashboard.pages.coverage.siting.proofs import Proofs
from dashboard.services import make_services
from data.engine import transaction
from data.stations import write_sitings as sitings
from layers.coverage_gaps.answers.gaps import Question
from layers.coverage_gaps.sitings import Problem, SitingQuestion, answer_at_once, pose
from layers.kit.errors import NotFoundError
from tests.dashboard.pages.coverage.conftest import board_of
from tests.demonstration import Loaded

pytestmark = pytest.mark.database


def posed(loaded: Loaded) -> tuple[Problem, int]:
    board = board_of(loaded)
    asked = SitingQuestion(Question(minutes=2), 2)
    problem = pose(board, board.answer(asked.question), asked, np.empty(0, object))
    stored = {"number": 2, "minutes": "2"}
    with transaction(loaded.engine) as c:
        number = sitings.ask_siting(
            c, loaded.code, loaded.query().revision, stored, answer_at_once(problem)
        )
    return problem, number


@contextmanager
def working(loaded: Loaded) -> Iterator[Proofs]:
    """Give the proofs of a process whose workers work."""
    services = make_services(loaded.engine)
    proofs = Proofs(services)
    services.jobs.start()
    try:
        yield proofs
    finally:
        services.jobs.stop()


def ended(loaded: Loaded, number: int) -> sitings.Siting:
    until = time.monotonic() + 90
    while found(loaded, number).state == "running" and time.monotonic() < until:
        time.sleep(0.05)
    return found(loaded, number)


def wait_until_taken(loaded: Loaded, number: int) -> None:
    asked = "SELECT j.state FROM siting s JOIN job j ON j.id = s.job_id WHERE s.id = :n"
    until = time.monotonic() + 90
    while loaded.value(asked, n=number) == "waiting" and time.monotonic() < until:
        time.sleep(0.05)


def found(loaded: Loaded, number: int) -> sitings.Siting:
    with transaction(loaded.engine) as c:
        return sitings.siting(c, loaded.code, number)


def test_a_proof_ends_with_the_proven_answer(spare_liping: Loaded) -> None:
    problem, number = posed(spare_liping)
    assert found(spare_liping, number).state == "running"
    with working(spare_liping) as proofs:
        proofs.keep(number, problem)
        done = ended(spare_liping, number)
    assert done.state == "done"
    assert done.answer is not None
    assert done.answer["proved"]


def test_another_process_may_stop_a_proof_and_the_first_answer_stays(
    spare_liping: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, number = posed(spare_liping)

    def slow(_: Problem, stop: Callable[[], bool]) -> Any:
        until = time.monotonic() + 90
        while not stop() and time.monotonic() < until:
            time.sleep(0.05)

    monkeypatch.setattr(proofs_module, "prove", slow)
    with working(spare_liping):
        wait_until_taken(spare_liping, number)
        with transaction(spare_liping.engine) as c:
            sitings.cancel_siting(c, spare_liping.code, number)
        stopped = ended(spare_liping, number)
    assert stopped.state == "cancelled"
    assert stopped.answer == answer_at_once(problem)


def test_a_proof_whose_process_died_is_known_to_be_lost(spare_liping: Loaded) -> None:
    _, number = posed(spare_liping)
    with transaction(spare_liping.engine) as c:
        c.execute(text("UPDATE job SET state = 'running', alive_at = now() - interval '1 minute'"))
    assert found(spare_liping, number).is_lost
    assert found(spare_liping, number).goes_on  # the next worker that is free takes it up
    with transaction(spare_liping.engine) as c:
        c.execute(text("DELETE FROM job"))  # forgotten after a week
    assert found(spare_liping, number).is_lost
    assert not found(spare_liping, number).goes_on
    with pytest.raises(NotFoundError):
        found(spare_liping, number + 1)


def test_a_proof_that_waits_is_cancelled_at_once(spare_liping: Loaded) -> None:
    problem, number = posed(spare_liping)
    with transaction(spare_liping.engine) as c:
        sitings.cancel_siting(c, spare_liping.code, number)
    stopped = found(spare_liping, number)
    assert (stopped.state, stopped.answer) == ("cancelled", answer_at_once(problem))
    with working(spare_liping):
        assert spare_liping.value("SELECT count(*) FROM job WHERE state = 'waiting'") == 0


def test_a_proof_whose_program_ends_in_good_order_is_begun_again_by_the_next(
    spare_liping: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, number = posed(spare_liping)

    def endless(_: Problem, stop: Callable[[], bool]) -> Any:
        while not stop():
            time.sleep(0.02)

    with monkeypatch.context() as patched:
        patched.setattr(proofs_module, "prove", endless)
        with working(spare_liping):
            wait_until_taken(spare_liping, number)
    assert found(spare_liping, number).state == "running"
    with working(spare_liping):  # another process: it has not posed the problem yet
        done = ended(spare_liping, number)
    assert done.state == "done"
    assert done.answer is not None
    assert done.answer["proved"]
