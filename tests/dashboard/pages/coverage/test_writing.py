"""What the coverage page writes goes by addresses: scenarios, siting questions, walkers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from dashboard.access.principal import INSIDE, signed_in
from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from dashboard.web.bodies import MARK
from data.engine import transaction
from tests.demonstration import Loaded, NewDatabase, load

pytestmark = pytest.mark.database
PLACE = {"kind": "add", "lon": 106.61, "lat": 26.58}


class Desk:
    """The API of one county as a role sees it."""

    def __init__(self, app: Any, loaded: Loaded, role: str) -> None:
        self.client: FlaskClient = app.server.test_client()
        self.client.environ_base[INSIDE] = signed_in("李四", role, loaded.code)
        self.base = f"/api/coverage/{loaded.code}"
        self.loaded = loaded

    def post(self, path: str, status: int = 200, *, method: str = "POST", **body: Any) -> Any:
        answer = self.client.open(self.base + path, method=method, json=body, headers={MARK: "1"})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.client.get(self.base + path)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def audit(self) -> list[tuple[str, str]]:
        with transaction(self.loaded.engine) as c:
            rows = c.execute(text("SELECT action, actor FROM audit_entry ORDER BY id"))
            return [(str(action), str(actor)) for action, actor in rows]


@pytest.fixture(scope="module")
def loaded(new_database: NewDatabase) -> Iterator[Loaded]:
    made = load(new_database, "liping")
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def app(loaded: Loaded) -> Iterator[Any]:
    made = create_app(read_settings({}), loaded.server)
    yield made
    close_app(made)


@pytest.fixture
def staff(app: Any, loaded: Loaded) -> Desk:
    return Desk(app, loaded, "staff")


@pytest.fixture
def planner(app: Any, loaded: Loaded) -> Desk:
    return Desk(app, loaded, "planner")


def test_a_scenario_is_made_changed_and_adopted_by_who_signed_in(staff: Desk) -> None:
    made = staff.post("/scenarios", 201)["scenario"]
    assert re.search(r"\d", made["title"])
    assert made["operations"] == []
    path = f"/scenarios/{made['id']}"
    one = staff.post(f"{path}/operations", version=made["version"], operations=[PLACE])["scenario"]
    assert [o["kind"] for o in one["operations"]] == ["add"]
    # Sent twice, done once: the second names a version that is gone.
    again = staff.post(f"{path}/operations", 409, version=made["version"], operations=[PLACE])
    assert "scenario" in again["error"] or "方案" in again["error"]
    back = staff.post(f"{path}/undo", version=one["version"])["scenario"]
    assert (back["operations"], back["total"]) == ([], 1)
    forth = staff.post(f"{path}/redo", version=back["version"])["scenario"]
    assert len(forth["operations"]) == 1
    staff.post(f"{path}/adopt", 400, version=forth["version"], by="张三", reason=" ")
    done = staff.post(f"{path}/adopt", version=forth["version"], by="张三", reason="东边没有站")
    assert done["scenario"] is None
    assert made["title"] in done["said"]
    assert staff.audit()[-1] == ("scenario.adopted", "李四")  # not who the browser says
    staff.post(f"{path}/discard", 409, version=forth["version"])
    assert made["id"] not in [s["id"] for s in staff.get("/scenarios")["scenarios"]]


def test_what_is_no_scenario_is_refused(staff: Desk) -> None:
    made = staff.post("/scenarios", 201, title="试")["scenario"]
    path = f"/scenarios/{made['id']}/operations"
    for body in (
        {"operations": [PLACE]},
        {"version": made["version"], "operations": []},
        {"version": made["version"], "operations": "x"},
        {"version": made["version"], "operations": [7]},
        {"version": made["version"], "operations": [{"kind": "burn", "key": "1"}]},
        {"version": made["version"], "operations": [PLACE], "category": "palace"},
        {"version": made["version"], "operations": [PLACE], "more": 1},
        {"version": str(made["version"]), "operations": [PLACE]},
    ):
        staff.post(path, 400, **body)
    staff.post("/scenarios/999999999/undo", 404, version=1)
    staff.post("/scenarios", 400, title="长" * 61)
    other = staff.client.post("/api/coverage/110101/scenarios", json={}, headers={MARK: "1"})
    assert other.status_code == 404
    assert staff.get("/scenarios")["scenarios"][-1]["version"] == made["version"]


def test_a_siting_question_is_asked_followed_and_tried_out(staff: Desk) -> None:
    question = {"minutes": "2", "services": "party", "profile": "adult"}
    form = {"goal": "cover", "number": 2, "where": "doors", "keep": "keep"}
    number = staff.post("/sitings", 201, question=question, **form)["id"]
    found = staff.get(f"/sitings/{number}")
    assert len(found["answer"]["sites"]) == 2
    stopped = staff.post(f"/sitings/{number}/cancel")
    assert stopped["answer"]["sites"] == found["answer"]["sites"]
    made = staff.post(f"/sitings/{number}/scenario", 201, services="party")["scenario"]
    assert [o["lon"] for o in made["operations"]] == [s["lon"] for s in found["answer"]["sites"]]
    assert made["operations"][0]["categories"] == ["service_station"]
    drawn = staff.post("/sitings", 400, question=question, **{**form, "where": "drawn"})
    assert drawn["error"]
    staff.post("/sitings", 400, question={**question, "at": 5}, **form)
    staff.post("/sitings", 400, question=question, **{**form, "number": 0})
    staff.get("/sitings/999999999", 404)


def test_walkers_of_a_county_are_written_by_who_plans(staff: Desk, planner: Desk) -> None:
    values = {
        "title": "推婴儿车", "flat_speed_m_s": 0.9, "off_street_speed_m_s": 0.7,
        "steps_factor": 4, "has_slopes": True, "source": "本县实测",
    }  # fmt: skip
    staff.post("/profiles", 403, **values)
    staff.post("/profiles/adult", 403, method="PUT", **values)
    key = planner.post("/profiles", 201, **values)["key"]
    assert re.fullmatch(r"own\d+", key)
    for _ in range(2):
        assert planner.post(f"/profiles/{key}", method="PUT", **values)["key"] == key
    planner.post(f"/profiles/{key}", 400, method="PUT", **{**values, "flat_speed_m_s": 40})
    planner.post("/profiles/own77", 400, method="PUT", **values)
    planner.post("/profiles/nobody/remove", 400)
    assert planner.post(f"/profiles/{key}/remove")["key"] == "adult"
    assert planner.audit()[-1] == ("profile.removed", "李四")
