"""The queue of jobs and its workers: no job twice, none lost, each one stoppable."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import Engine, text

from dashboard.jobs.lanes import AT_ONCE, Jobs
from dashboard.jobs.worker import Cancel, Say, Worker
from data.engine import transaction
from data.jobs import read as read
from data.jobs import write as write
from data.jobs.write import Job
from data.server import Server
from layers.kit.errors import Cancelled, InputError, NotFoundError
from tests.conftest import ROOT

pytestmark = pytest.mark.database
KIND = "sleep"


def create(engine: Engine, **request: Any) -> int:
    with transaction(engine) as c:
        return write.create_job(c, "522301", KIND, request, "甲")


def take(engine: Engine, worker: str, silent_s: float = 15.0) -> Job | None:
    with transaction(engine) as c:
        return write.take_job(c, [KIND], worker, silent_s)


def state(engine: Engine, job_id: int) -> Mapping[str, Any]:
    with transaction(engine) as c:
        return asdict(read.job(c, job_id))


def silence(engine: Engine, job_id: int) -> None:
    """Let a job look as if its worker had died a minute ago."""
    with transaction(engine) as c:
        c.execute(
            text("UPDATE job SET alive_at = now() - interval '1 minute' WHERE id = :id"),
            {"id": job_id},
        )


def wait_for(engine: Engine, job_id: int, wanted: str, within_s: float = 90.0) -> None:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if state(engine, job_id)["state"] == wanted:
            return
        time.sleep(0.05)
    raise AssertionError(f"the job is {state(engine, job_id)['state']}, not {wanted}")


def test_workers_that_take_at_the_same_time_never_get_the_same_job(program: Engine) -> None:
    made = {create(program) for _ in range(12)}
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda n: take(program, f"w{n}"), range(16)))
    found = [job.id for job in taken if job is not None]
    assert sorted(found) == sorted(made)  # 16 asked, 12 jobs: each once, four went away empty


def test_the_oldest_job_comes_first(program: Engine) -> None:
    first, _ = create(program), create(program)
    job = take(program, "w")
    assert job is not None
    assert job.id == first


def test_a_job_of_a_silent_worker_is_taken_up_once_and_then_has_failed(program: Engine) -> None:
    made = create(program)
    assert take(program, "first") is not None
    assert take(program, "second") is None  # the first one is alive
    silence(program, made)
    again = take(program, "second")
    assert again is not None
    assert (again.id, again.tries) == (made, 2)
    silence(program, made)
    assert take(program, "third") is None
    ended = state(program, made)
    assert ended["state"] == "failed"
    assert "twice" in ended["message"]


def test_a_clock_that_is_put_back_leaves_no_job_behind(program: Engine) -> None:
    made = create(program)
    assert take(program, "first") is not None
    with transaction(program) as c:
        c.execute(text("UPDATE job SET alive_at = now() + interval '1 hour'"))
    again = take(program, "second")
    assert again is not None
    assert again.id == made


def test_a_worker_that_lost_its_job_can_neither_report_nor_finish_it(program: Engine) -> None:
    made = create(program)
    take(program, "slow")
    silence(program, made)
    take(program, "quick")
    with transaction(program) as c:
        assert not write.report(c, made, "slow", 0.9, None)
        assert not write.finish(c, made, "slow", "done", result={"by": "slow"})
        assert write.finish(c, made, "quick", "done", result={"by": "quick"})
        assert read.job_result(c, made) == {"by": "quick"}


def test_a_waiting_job_is_cancelled_at_once(program: Engine) -> None:
    made = create(program)
    with transaction(program) as c:
        write.request_cancel(c, made)
    assert state(program, made)["state"] == "cancelled"
    assert take(program, "w") is None
    with transaction(program) as c, pytest.raises(NotFoundError):
        read.job_result(c, made)


def test_a_worker_does_jobs_and_keeps_what_they_return(program: Engine) -> None:
    def double(job: Job, say: Say, cancel: Cancel) -> Mapping[str, Any]:
        say(0.5, {"half": True})
        return {"twice": 2 * job.request["n"]}

    worker = Worker(program, {KIND: double})
    made = create(program, n=21)
    assert worker.work_once()
    assert not worker.work_once()
    with transaction(program) as c:
        assert read.job_result(c, made) == {"twice": 42}


@pytest.mark.parametrize(
    ("error", "said"),
    [(InputError("the grid is locked"), "the grid is locked"), (ZeroDivisionError("x"), "log")],
)
def test_a_job_that_fails_says_why_and_the_worker_goes_on(
    program: Engine, error: Exception, said: str
) -> None:
    def fail(job: Job, say: Say, cancel: Cancel) -> Mapping[str, Any]:
        if job.request["n"] == 1:
            raise error
        return {}

    worker = Worker(program, {KIND: fail})
    bad, good = create(program, n=1), create(program, n=2)
    assert worker.work_once()
    assert worker.work_once()
    ended = state(program, bad)
    assert ended["state"] == "failed"
    assert said in ended["message"]
    assert "ZeroDivision" not in ended["message"]
    assert state(program, good)["state"] == "done"


def test_a_running_job_hears_that_it_is_cancelled(program: Engine) -> None:
    begun = Event()

    def patient(job: Job, say: Say, cancel: Cancel) -> Mapping[str, Any]:
        begun.set()
        while not cancel():
            time.sleep(0.02)
        raise Cancelled("stopped")

    worker = Worker(program, {KIND: patient})
    made = create(program)
    worker.start()
    try:
        assert begun.wait(90)
        with transaction(program) as c:
            write.request_cancel(c, made)
        wait_for(program, made, "cancelled")
    finally:
        worker.stop()


def test_a_worker_that_is_stopped_gives_its_job_back(program: Engine) -> None:
    begun = Event()

    def patient(job: Job, say: Say, cancel: Cancel) -> Mapping[str, Any]:
        begun.set()
        while not cancel():
            time.sleep(0.02)
        raise Cancelled("stopped")

    worker = Worker(program, {KIND: patient})
    made = create(program)
    worker.start()
    assert begun.wait(90)
    worker.stop()
    assert state(program, made)["state"] == "waiting"
    assert state(program, made)["tries"] == 0


PROCESS = """
import sys, time
from data.engine import program_engine
from data.server import Server
from dashboard.jobs.lanes import AT_ONCE, Jobs
from dashboard.jobs.worker import Worker

def forever(job, say, cancel):
    print("begun", flush=True)
    time.sleep(600)

engine = program_engine(Server(sys.argv[1], sys.argv[1], embedded=True))
Worker(engine, {"sleep": forever}).work_once()
"""


def test_a_job_whose_process_is_killed_is_done_by_the_next(
    program: Engine, database: Server
) -> None:
    made = create(program)
    with subprocess.Popen(
        [sys.executable, "-c", PROCESS, database.program_url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert state(program, made)["state"] == "running"
        os.kill(process.pid, signal.SIGKILL)

    def tries(job: Job, say: Say, cancel: Cancel) -> Mapping[str, Any]:
        return {"tries": job.tries}

    worker = Worker(program, {KIND: tries}, silent_s=50.0)
    assert not worker.work_once()  # it may yet be alive
    silence(program, made)
    assert worker.work_once()
    with transaction(program) as c:
        assert read.job_result(c, made) == {"tries": 2}


def test_a_paper_and_a_proof_do_not_wait_behind_a_long_import(program: Engine) -> None:
    begun, let_go = Event(), Event()

    def long(job: Job, say: Say, cancel: Cancel) -> Mapping[str, Any]:
        begun.set()
        let_go.wait(90)
        return {}

    def short(job: Job, say: Say, cancel: Cancel) -> Mapping[str, Any]:
        return {}

    lanes = Jobs(program)
    lanes.add(KIND, long, "long")
    lanes.add("proof", short, "proofs")
    lanes.add("paper", short, "papers")
    lanes.start()
    try:
        first, second = create(program), create(program)
        lanes.wake()
        assert begun.wait(90)
        with transaction(program) as c:
            behind = [write.create_job(c, "522301", k, {}, "甲") for k in ("proof", "paper")]
        lanes.wake()
        for one in behind:
            wait_for(program, one, "done")
        assert state(program, first)["state"] == "running"
        assert state(program, second)["state"] == "waiting"  # its lane does one at a time
        let_go.set()
        wait_for(program, second, "done")
    finally:
        let_go.set()
        lanes.stop()


def test_a_lane_does_as_many_jobs_at_once_as_it_says(program: Engine) -> None:
    together = Barrier(AT_ONCE["papers"])

    def paper(job: Job, say: Say, cancel: Cancel) -> Mapping[str, Any]:
        together.wait(90)  # none ends before all of them have begun
        return {}

    lanes = Jobs(program)
    lanes.add(KIND, paper, "papers")
    made = [create(program) for _ in range(AT_ONCE["papers"])]
    lanes.start()
    try:
        for one in made:
            wait_for(program, one, "done")
        assert not together.broken
    finally:
        lanes.stop()


def test_who_waits_for_a_job_is_woken_by_its_end(program: Engine) -> None:
    lanes = Jobs(program)
    lanes.add(KIND, lambda *_: {"n": 7}, "papers")
    made = create(program)

    def look() -> Mapping[str, Any] | None:
        found = state(program, made)
        return found if found["state"] == "done" else None

    lanes.start()
    try:
        assert lanes.wait_for(look)["progress"] == 1
    finally:
        lanes.stop()
