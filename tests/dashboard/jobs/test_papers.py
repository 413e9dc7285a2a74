"""Papers through the queue: shared, cancelled, kept within bounds, lost with a program and begun
again; by their old addresses as before.
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
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, text

from dashboard.access.principal import INSIDE, signed_in
from dashboard.application import close_app, create_app
from dashboard.exports.coverage_tables import coverage_bytes
from dashboard.exports.plan import export_plan
from dashboard.jobs.lanes import Jobs
from dashboard.jobs.papers import PaperOrder, Papers, Ticket
from dashboard.settings import read_settings
from data.engine import transaction
from data.exporters.pages import Step, pdf_of
from data.jobs import files, write
from data.jobs.files import JobFile
from layers.kit.errors import Cancelled, ConflictError, InputError, NotFoundError
from layers.kit.json import JsonObject
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
KIND = "test_paper"
COUNTY = "522301"
MARK = {"X-Getu": "papers"}
LATER = {"Prefer": "respond-async"}


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


# ---- over HTTP ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(liping: Loaded) -> Iterator[FlaskClient]:
    app = create_app(read_settings({}), liping.server)
    yield app.server.test_client()
    close_app(app)


def test_a_paper_is_theirs_who_asked_for_it(client: FlaskClient, liping: Loaded) -> None:
    address = f"/api/planner/plans/{plan_of(liping)}/export/csv"

    def as_(name: str) -> dict[str, Any]:
        return {"environ_base": {INSIDE: signed_in(name, "staff", liping.code)}}

    asked = client.get(address, headers=LATER, **as_("王敏"))
    assert asked.status_code == 202
    paper = asked.headers["Location"]
    assert client.get(paper, **as_("王敏")).status_code == 200
    for other in (as_("李雷"), {}):  # a colleague of the same county; who knows the number only
        assert client.get(paper, **other).status_code == 404
        assert client.get(f"{paper}/file", **other).status_code == 404
        sent = {"asker": asked.get_json()["asker"]}
        assert client.post(f"{paper}/cancel", json=sent, headers=MARK, **other).status_code == 404
    # Who asks for the same has it too: as the same job, or as one of their own.
    again = client.get(address, headers=LATER, **as_("李雷")).headers["Location"]
    assert client.get(again, **as_("李雷")).status_code == 200
    assert client.get(address, **as_("王敏")).status_code == 200
    left = client.post(f"{paper}/cancel", json=sent, headers=MARK, **as_("王敏"))
    assert left.get_json()["state"] in ("done", "cancelled")


def plan_of(town: Loaded) -> int:
    return int(town.value("SELECT min(id) FROM plan"))


def test_old_addresses_of_plans_answer_with_the_same_bytes_and_headers(
    client: FlaskClient, liping: Loaded
) -> None:
    plan = plan_of(liping)
    for form in ("csv", "geojson", "pdf", "png"):
        answer = client.get(f"/api/planner/plans/{plan}/export/{form}")
        with transaction(liping.engine) as c:
            made = export_plan(c, liping.code, form, plan)
        assert answer.status_code == 200
        assert answer.mimetype == made.media_type
        assert answer.headers["Cache-Control"] == "no-store"
        assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
        if form == "pdf":
            assert answer.data.startswith(b"%PDF")
        else:
            assert answer.data == made.content


def test_old_addresses_of_coverage_answer_with_the_same_bytes_and_headers(
    client: FlaskClient, liping: Loaded
) -> None:
    answer = client.get(f"/coverage/export.csv?county={liping.code}&minutes=3&by=communities")
    with transaction(liping.engine) as c:
        made = coverage_bytes(c, liping.code, {"minutes": "3"}, "csv", "communities")
    assert answer.data == made
    head = answer.headers["Content-Disposition"]
    assert head.startswith(f'attachment; filename="coverage-{liping.code}-')
    assert head.endswith('.csv"')


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/planner/plans/{plan}/export/dwg", 400),
        ("/api/planner/plans/{plan}/export/shp?encoding=big5", 400),
        ("/api/planner/plans/{plan}/export/pdf?community=999999", 404),
        ("/api/planner/plans/{plan}/export/pdf?community=x", 400),
        ("/api/planner/plans/999999/export/pdf", 404),
        ("/coverage/visits.pdf?county={code}&grid=999999", 404),
        ("/coverage/visits.pdf?county=999999&grid=1", 404),
        ("/coverage/visits.docx?county={code}&grid=1", 404),
        ("/coverage/export.xlsx?county={code}&minutes=0", 400),
    ],
)
def test_old_addresses_refuse_with_the_same_statuses(
    client: FlaskClient, liping: Loaded, address: str, status: int
) -> None:
    asked = address.format(plan=plan_of(liping), code=liping.code)
    answer = client.get(f"{asked}{'&' if '?' in asked else '?'}lang=zh")
    assert answer.status_code == status
    assert answer.get_json()["error"]


def test_who_prefers_it_gets_the_job_then_how_far_it_is_then_the_file(
    client: FlaskClient, liping: Loaded
) -> None:
    address = f"/api/planner/plans/{plan_of(liping)}/export/docx?lang=zh"
    asked = client.get(address, headers=LATER)
    assert asked.status_code == 202
    assert asked.headers["Preference-Applied"] == "respond-async"
    value = asked.get_json()
    assert asked.headers["Location"] == f"/api/papers/{value['id']}"
    assert value["message"] in ("排队中，轮到就开始", "正在生成")
    until = time.monotonic() + 90
    while value["state"] not in ("done", "failed") and time.monotonic() < until:
        time.sleep(0.05)
        value = client.get(f"/api/papers/{value['id']}?lang=zh").get_json()
        assert 0 <= value["progress"] <= 1
    assert value["state"] == "done"
    file = client.get(f"/api/papers/{value['id']}/file")
    assert file.data.startswith(b"PK")
    assert file.headers["Content-Disposition"].endswith(".docx")


def test_a_failure_says_why_in_the_readers_language(client: FlaskClient, liping: Loaded) -> None:
    asked = client.get(
        f"/coverage/visits.pdf?county={liping.code}&grid=999999&lang=zh", headers=LATER
    ).get_json()
    until = time.monotonic() + 90
    while asked["state"] != "failed" and time.monotonic() < until:
        time.sleep(0.05)
        asked = client.get(f"/api/papers/{asked['id']}?lang=zh").get_json()
    assert asked["message"] == "这里没有网格 999999"


def test_giving_up_needs_the_mark_and_the_token_of_who_asked(
    client: FlaskClient, liping: Loaded
) -> None:
    asked = client.get(f"/api/planner/plans/{plan_of(liping)}/export/pdf", headers=LATER).get_json()
    cancel = f"/api/papers/{asked['id']}/cancel"
    assert client.post(cancel, json={"asker": asked["asker"]}).status_code == 403
    assert client.post(cancel, json={}, headers=MARK).status_code == 400
    client.post(cancel, json={"asker": "somebody else"}, headers=MARK)
    assert not liping.value("SELECT cancel_requested FROM job WHERE id = :id", id=asked["id"])
    client.post(cancel, json={"asker": asked["asker"]}, headers=MARK)
    state, wish = (
        liping.value(f"SELECT {what} FROM job WHERE id = :id", id=asked["id"])
        for what in ("state", "cancel_requested")
    )
    assert wish or state == "done"
