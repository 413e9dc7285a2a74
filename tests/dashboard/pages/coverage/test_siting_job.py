"""The proof of a siting answer: in the background, stored, stopped by whoever asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import BoundedSemaphore, Thread
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from dashboard.pages.coverage.siting import callbacks as siting_callbacks
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
    with transaction(loaded.engine) as c:
        number = sitings.ask_siting(
            c, loaded.code, loaded.query().revision, {"number": 2}, answer_at_once(problem)
        )
    return problem, number


def found(loaded: Loaded, number: int) -> sitings.Siting:
    with transaction(loaded.engine) as c:
        return sitings.siting(c, loaded.code, number)


def test_a_proof_ends_with_the_proven_answer(spare_liping: Loaded) -> None:
    problem, number = posed(spare_liping)
    assert found(spare_liping, number).state == "running"
    siting_callbacks._work(make_services(spare_liping.engine), BoundedSemaphore(1), number, problem)
    done = found(spare_liping, number)
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

    monkeypatch.setattr(siting_callbacks, "prove", slow)
    services = make_services(spare_liping.engine)
    work = Thread(
        target=siting_callbacks._work, args=(services, BoundedSemaphore(1), number, problem)
    )
    work.start()
    with transaction(spare_liping.engine) as c:
        sitings.cancel_siting(c, spare_liping.code, number)
    work.join(10)
    assert not work.is_alive()
    stopped = found(spare_liping, number)
    assert stopped.state == "cancelled"
    assert stopped.answer == answer_at_once(problem)


def test_a_proof_whose_process_died_is_known_to_be_lost(spare_liping: Loaded) -> None:
    _, number = posed(spare_liping)
    with transaction(spare_liping.engine) as c:
        c.execute(text("UPDATE siting SET alive_at = now() - interval '1 minute'"))
    assert found(spare_liping, number).is_lost
    with pytest.raises(NotFoundError):
        found(spare_liping, number + 1)
