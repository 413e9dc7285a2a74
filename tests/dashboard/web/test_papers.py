"""Papers over HTTP: by their old addresses as before, by the queue where that is preferred."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.access.principal import INSIDE, signed_in
from dashboard.application import close_app, create_app
from dashboard.exports.coverage_tables import coverage_bytes
from dashboard.exports.plan import export_plan
from dashboard.settings import read_settings
from data.engine import transaction
from tests.demonstration import Loaded

pytestmark = pytest.mark.database


MARK = {"X-Getu": "papers"}
LATER = {"Prefer": "respond-async"}


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
