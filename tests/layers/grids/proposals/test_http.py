"""Automatic division over HTTP, and two programs over one database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard.pages.planner.division.routes import add_division_routes
from dashboard.pages.planner.routes import add_planner_routes
from dashboard.services import make_services
from dashboard.web.routes import add_routes
from data.engine import program_engine
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
MARK = {"X-Getu": "planner"}
FEWEST = {"what": "divide", "prefer": ["fewest"]}


@contextmanager
def program_of(town: Loaded) -> Iterator[FlaskClient]:
    """Give a client of a web process of its own, with its worker."""
    server = Flask(__name__)
    services = make_services(program_engine(town.server, pool_size=4))
    add_routes(server, services)
    add_planner_routes(server, services)
    add_division_routes(server, services)
    services.jobs.start()
    try:
        yield server.test_client()
    finally:
        services.jobs.stop()
        services.engine.dispose()


@pytest.fixture(scope="module")
def client(town: Loaded) -> Iterator[FlaskClient]:
    with program_of(town) as made:
        yield made


def ask(client: FlaskClient, town: Loaded, **body: Any) -> dict[str, Any]:
    answer = client.post(
        f"/api/division/{town.code}/jobs", json={**FEWEST, "by": "甲", **body}, headers=MARK
    )
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def end(client: FlaskClient, job: int, lang: str = "zh") -> dict[str, Any]:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        found: dict[str, Any] = client.get(f"/api/division/jobs/{job}?lang={lang}").get_json()
        if found["state"] not in ("waiting", "running"):
            return found
        time.sleep(0.1)
    raise AssertionError("the job does not end")


def test_a_division_is_asked_for_followed_and_drawn_into_a_new_draft(
    client: FlaskClient, town: Loaded
) -> None:
    job = ask(client, town)
    assert (job["state"], job["by"]) == ("waiting", "甲")
    done = end(client, job["id"])
    assert (done["state"], done["progress"]) == ("done", 1.0)
    (candidate,) = done["result"]["candidates"]
    assert "targets" not in candidate["communities"][0]  # figures and outlines only
    draft = client.post(
        f"/api/planner/{town.code}/drafts",
        json={"name": "自动", "by": "甲", "source": {"kind": "in_force"}},
        headers=MARK,
    ).get_json()["id"]
    choice = {"candidate": 0, "draft": draft, "by": "甲", "token": "t"}
    answer = client.post(f"/api/division/jobs/{job['id']}/choice", json=choice, headers=MARK)
    (change,) = answer.get_json()["changes"]
    assert change["plots"] > 0
    detail = client.get(f"/api/planner/drafts/{draft}").get_json()
    assert detail["totals"]["grids"] == candidate["measures"]["grids"]
    again = client.post(f"/api/division/jobs/{job['id']}/choice", json=choice, headers=MARK)
    assert again.status_code == 200  # the answer was lost, the choice was not
    assert client.get(f"/api/planner/drafts/{draft}").get_json()["operations"] == 1


def test_explanations_come_in_the_language_asked_for(client: FlaskClient, town: Loaded) -> None:
    job = ask(client, town)["id"]

    def said(lang: str) -> list[str]:
        (candidate,) = end(client, job, lang)["result"]["candidates"]
        return [f["message"] for f in candidate["findings"]]

    assert any("个网格就够，现有 12 个" in sentence for sentence in said("zh"))
    assert any("grids would do, there are 12" in sentence for sentence in said("en"))


def test_a_job_of_one_program_is_seen_and_cancelled_by_another(
    client: FlaskClient, town: Loaded
) -> None:
    with program_of(town) as other:
        job = ask(client, town, prefer=["fewest", "round", "balanced"], seeds=[0, 1, 2, 3])["id"]
        listed = other.get(f"/api/division/{town.code}/jobs").get_json()["jobs"]
        assert job in [one["id"] for one in listed]
        other.post(f"/api/division/jobs/{job}/cancel", json={}, headers=MARK)
        assert end(client, job)["state"] == "cancelled"
        assert end(other, ask(other, town)["id"])["state"] == "done"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"what": "conquer"}, 400),
        ({"prefer": ["cheapest"]}, 400),
        ({"prefer": [["fewest"]]}, 400),
        ({"seeds": [-1]}, 400),
        ({"seeds": "0"}, 400),
        ({"keep_estates": "much"}, 400),
        ({"keep_estates": float("nan")}, 400),
        ({"keep_locked": 1}, 400),
        ({"what": "split", "grids": [1]}, 400),
        ({"draft": 999}, 404),
        ({"communities": [999]}, 404),
    ],
)
def test_what_cannot_be_done_is_refused_before_it_waits(
    client: FlaskClient, town: Loaded, body: dict[str, Any], status: int
) -> None:
    jobs = town.value("SELECT count(*) FROM job")
    answer = client.post(f"/api/division/{town.code}/jobs", json={**FEWEST, **body}, headers=MARK)
    assert answer.status_code == status
    assert answer.get_json()["error"]
    assert town.value("SELECT count(*) FROM job") == jobs


def test_a_foreign_page_cannot_ask_and_unknown_things_are_not_found(
    client: FlaskClient, town: Loaded
) -> None:
    assert client.post(f"/api/division/{town.code}/jobs", json=FEWEST).status_code == 403
    assert client.post("/api/division/999999/jobs", json=FEWEST, headers=MARK).status_code == 404
    assert client.get("/api/division/jobs/999999").status_code == 404
    answer = client.post(
        "/api/division/jobs/999999/choice", json={"candidate": 0, "draft": 1}, headers=MARK
    )
    assert answer.status_code == 404
