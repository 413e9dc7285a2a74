"""Papers through the queue: shared, cancelled, kept within bounds, lost with a program and begun
again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from dashboard.jobs.lanes import Jobs
from dashboard.jobs.papers import PaperOrder, Papers, Ticket
from data.engine import transaction
from data.exporters.pages import Step, pdf_of
from data.jobs import files, write
from data.jobs.files import JobFile
from layers.kit.errors import Cancelled, ConflictError, InputError, NotFoundError
from layers.kit.json import JsonObject

pytestmark = pytest.mark.database
KIND = "test_paper"
COUNTY = "522301"


@dataclass
class Press:
    """Makes papers: each waits until it is let go, and says how often it has begun."""

    begun: Event = field(default_factory=Event)
    go: Event = field(default_factory=Event)
    times: int = 0

    def make(self, _: Connection, county: str, request: JsonObject, step: Step) -> JobFile:
        self.times += 1
        self.begun.set()
        while not self.go.is_set():
            step(0.5)
            time.sleep(0.01)
        if request.get("refuse"):
            raise InputError("encoding must be utf-8 or gbk")
        return JobFile("纸.txt", "text/plain", f"{county} {request['n']}".encode())


@contextmanager
def papers_of(engine: Engine, press: Press, *, silent_s: float = 15.0) -> Iterator[Papers]:
    """Give the papers of a process of its own, with its workers."""
    jobs = Jobs(engine, silent_s)
    papers = Papers(engine, jobs)
    papers.add(KIND, press.make)
    jobs.start()
    try:
        yield papers
    finally:
        press.go.set()
        jobs.stop()


def wanted(n: int = 1, rests_on: str = "1", **more: Any) -> PaperOrder:
    return PaperOrder(KIND, COUNTY, {"n": n, **more}, rests_on)


def askers(engine: Engine, job: int) -> int:
    with transaction(engine) as c:
        asked = "SELECT cardinality(askers) FROM job WHERE id = :id"
        return int(c.execute(text(asked), {"id": job}).scalar_one())


def reaches(papers: Papers, ticket: Ticket, state: str) -> None:
    until = time.monotonic() + 90
    while papers.standing(ticket.job).state != state:
        assert time.monotonic() < until, papers.standing(ticket.job)
        time.sleep(0.02)


def test_two_askers_of_the_same_paper_share_one_job_and_other_data_are_another(
    program: Engine,
) -> None:
    press = Press()
    with papers_of(program, press) as papers, ThreadPoolExecutor(2) as pool:
        one = papers.ask(wanted())
        assert press.begun.wait(90)
        two = papers.ask(wanted())  # it runs already
        assert (one.job, one.asker) != (two.job, two.asker)
        assert one.job == two.job
        assert papers.ask(wanted(rests_on="2")).job != one.job  # somebody changed the data
        assert papers.ask(wanted(n=2)).job not in (one.job, two.job)
        waits = [pool.submit(copy_context().run, papers.get, wanted()) for _ in range(2)]
        until = time.monotonic() + 90
        while askers(program, one.job) < 4 and time.monotonic() < until:
            time.sleep(0.02)
        assert askers(program, one.job) == 4  # two who asked, two who wait
        press.go.set()
        assert {w.result(90).content for w in waits} == {b"522301 1"}
        assert papers.file(one.job).content == b"522301 1"
    assert press.times == 3


def test_a_paper_is_cancelled_when_the_last_who_waits_leaves(program: Engine) -> None:
    press = Press()
    with papers_of(program, press) as papers:
        one, two = papers.ask(wanted()), papers.ask(wanted())
        assert press.begun.wait(90)
        papers.leave(one)
        papers.leave(one)  # twice is once
        assert papers.standing(two.job).state == "running"
        with transaction(program) as c:
            assert not c.execute(
                text("SELECT cancel_requested FROM job WHERE id = :id"), {"id": two.job}
            ).scalar_one()
        papers.leave(two)
        # Who comes now begins anew, and does not get what is being given up.
        three = papers.ask(wanted())
        assert three.job != two.job
        reaches(papers, two, "cancelled")
        with pytest.raises(NotFoundError):
            papers.file(two.job)
        press.go.set()
        reaches(papers, three, "done")
        assert papers.file(three.job).content == b"522301 1"


def test_more_papers_than_anybody_waits_for_are_refused(
    program: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "MOST_WAITING", 2)
    with papers_of(program, Press()) as papers:
        for n in range(3):
            papers.ask(wanted(n))
        with pytest.raises(ConflictError):
            papers.ask(wanted(3))


def test_who_waits_gets_the_exception_of_the_making(program: Engine) -> None:
    press = Press()
    press.go.set()
    with papers_of(program, press) as papers:
        with pytest.raises(InputError) as refused:
            papers.get(wanted(refuse=True))
        assert str(refused.value) == "encoding must be utf-8 or gbk"
        assert papers.get(wanted()).name == "纸.txt"  # the worker goes on


def test_a_file_is_not_given_before_it_is_made(program: Engine) -> None:
    press = Press()
    with papers_of(program, press) as papers:
        ticket = papers.ask(wanted())
        with pytest.raises(ConflictError):
            papers.file(ticket.job)
        with pytest.raises(NotFoundError):
            papers.standing(ticket.job + 1)


def test_a_paper_of_a_program_that_ends_is_made_by_the_next(program: Engine) -> None:
    press, after = Press(), Press()
    after.go.set()
    with papers_of(program, press) as papers:
        ticket = papers.ask(wanted())
        assert press.begun.wait(90)
        papers._jobs.stop()
        assert papers.standing(ticket.job).state == "waiting"
        with papers_of(program, after) as others:
            reaches(others, ticket, "done")
            assert others.file(ticket.job).content == b"522301 1"


def test_a_paper_of_a_program_that_was_killed_is_begun_again(program: Engine) -> None:
    press, after = Press(), Press()
    after.go.set()
    with papers_of(program, press) as papers:
        ticket = papers.ask(wanted())
        assert press.begun.wait(90)
        with transaction(program) as c:  # as a process leaves it that was killed a minute ago
            c.execute(
                text(
                    "UPDATE job SET worker = 'gone', alive_at = now() - interval '1 minute'"
                    " WHERE id = :id"
                ),
                {"id": ticket.job},
            )
        press.go.set()  # the other worker of this process may be the one who takes it up
        with papers_of(program, after) as others:
            reaches(others, ticket, "done")
            assert others.standing(ticket.job).tries == 2


def test_two_workers_who_keep_the_file_of_one_job_at_once_are_both_served(
    program: Engine,
) -> None:
    press = Press()
    press.go.set()
    with papers_of(program, press) as papers, ThreadPoolExecutor(1) as pool:
        ticket = papers.ask(wanted())
        reaches(papers, ticket, "done")

        def keep(content: bytes) -> None:
            with transaction(program) as c:
                files.keep_file(c, COUNTY, ticket.job, JobFile("纸.txt", "text/plain", content))

        with transaction(program) as c:
            c.execute(text("DELETE FROM job_file"))
        with transaction(program) as first:
            files.keep_file(first, COUNTY, ticket.job, JobFile("纸.txt", "text/plain", b"one"))
            second = pool.submit(keep, b"two")
            with pytest.raises(TimeoutError):  # it waits for the first
                second.result(0.5)
        second.result(90)
        assert papers.file(ticket.job).content == b"two"


def test_kept_files_stay_within_their_bound_and_the_oldest_go_first(
    program: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 20)
    press = Press()
    press.go.set()
    with papers_of(program, press) as papers:  # 8 bytes each: two have room
        made = [papers.ask(wanted(n)) for n in (1, 2)]
        for ticket in made:
            reaches(papers, ticket, "done")
        third = papers.ask(wanted(3))
        reaches(papers, third, "done")
        with pytest.raises(NotFoundError):
            papers.file(made[0].job)
        assert papers.file(made[1].job).content == b"522301 2"
        assert papers.file(third.job).content == b"522301 3"
        with pytest.raises(InputError):
            papers.get(wanted(10**20))  # larger than everything may be


def test_files_go_after_a_day(program: Engine) -> None:
    press = Press()
    press.go.set()
    with papers_of(program, press) as papers:
        old = papers.ask(wanted())
        reaches(papers, old, "done")
        with transaction(program) as c:
            c.execute(text("UPDATE job_file SET made_at = now() - interval '25 hours'"))
        papers.get(wanted(2))
        with pytest.raises(NotFoundError):
            papers.file(old.job)


def test_a_pdf_is_given_up_between_two_of_its_pages() -> None:
    heard: list[float] = []

    def step(share: float) -> None:
        heard.append(share)
        if len(heard) == 3:
            raise Cancelled

    page = "<section style='break-after: page'>格</section>"
    with pytest.raises(Cancelled):
        pdf_of(page * 8, step, 8)
    assert heard == pytest.approx([0.1, 0.2, 0.3])
    assert pdf_of(page).startswith(b"%PDF")  # and nobody is stopped after that
