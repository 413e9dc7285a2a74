"""Every address passes one gate: host, origin, size, entry in the table; nothing answers 500."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.access.rights import ENDPOINTS
from dashboard.gate.requests import CALLBACKS, MOST_SMALL
from dashboard.web.api import READING
from dashboard.web.bodies import MARK
from tests.dashboard.gate.addresses import every_address

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def client(app: Any) -> FlaskClient:
    return app.server.test_client()


def test_every_endpoint_is_entered_and_nothing_else(app: Any) -> None:
    there = {rule.endpoint for rule in app.server.url_map.iter_rules()}
    assert there - set(ENDPOINTS) == set(), "enter them in dashboard/gate/rights.py"
    assert set(ENDPOINTS) - there == set(), "these are no addresses any more"


def test_an_address_that_is_not_entered_is_refused(
    app: Any, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = {k: v for k, v in ENDPOINTS.items() if k != "health"}
    monkeypatch.setattr("dashboard.gate.requests.ENDPOINTS", entered)
    answer = client.get("/health")
    assert answer.status_code == 403
    assert answer.get_json()["error"] == "/health is open to nobody"


def test_another_host_gets_nothing_at_any_address(app: Any, client: FlaskClient) -> None:
    tried = 0
    for one in every_address(app):
        for host in ("evil.example", "127.0.0.1.evil.example:8050"):
            answer = client.open(one.path, method=one.method, headers={"Host": host})
            assert answer.status_code == 421, one
            tried += 1
    assert tried > 200


def test_a_foreign_page_changes_nothing_at_any_address(app: Any, client: FlaskClient) -> None:
    tried = 0
    for one in every_address(app):
        if one.method in READING:
            continue
        for headers in (
            {"Origin": "http://evil.example", "X-Getu": "1"},
            {"Sec-Fetch-Site": "cross-site", "X-Getu": "1"},
            {"Origin": "null"},
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/x-www-form-urlencoded"},
        ):
            answer = client.open(one.path, method=one.method, data=b"{}", headers=headers)
            assert answer.status_code == 403, (one, headers)
            tried += 1
    assert tried > 200


class _Endless(io.RawIOBase):
    """A body without an end; counts what was read of it."""

    def __init__(self) -> None:
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.given += len(buffer)
        buffer[:] = b" " * len(buffer)
        return len(buffer)


@pytest.mark.parametrize("claimed", [None, "17"])
@pytest.mark.parametrize("path", ["/api/coverage/try", CALLBACKS])
def test_a_body_is_bounded_whatever_its_header_says(
    client: FlaskClient, path: str, claimed: str | None
) -> None:
    body = _Endless()
    answer = client.post(
        path,
        content_type="application/json",
        headers={MARK: "1"},
        environ_overrides={
            "wsgi.input": body,
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": claimed or "",
        },
    )
    assert answer.status_code in (400, 413)
    assert answer.get_json()["error"]
    assert body.given < 20 * 2**20


@pytest.mark.parametrize("path", ["/api/coverage/try", CALLBACKS])
def test_a_body_that_says_it_is_too_large_is_not_read(client: FlaskClient, path: str) -> None:
    body = _Endless()
    answer = client.post(
        path,
        content_type="application/json",
        headers={MARK: "1"},
        environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": str(MOST_SMALL * 1000)},
    )
    assert answer.status_code == 413
    assert body.given == 0


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/planner/more",
        "/ogc/522301/nothing",
        "/ogc/collections/grids/nothing/more",
        "/api/nothing",
        "/api/planner/522301/nothing/at/all",
        "/tiles/522301",
        "/layers",
        "/static/x.js",
        "/_reload-hash",
        "/assets/nothing.js",
        "/_dash-component-suites/dash/nothing.js",
        "/_dash-component-suites/os/path.py",
        "/%00",
        "/a%00b",
        "/../../etc/passwd",
        "/assets/../../etc/passwd",
        "/assets/%2e%2e/%2e%2e/settings.py",
    ],
)
def test_an_unknown_address_is_not_found(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.get_json()["error"]


def test_a_person_sees_a_page_that_says_it_is_not_there(client: FlaskClient) -> None:
    answer = client.get("/nothing", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "/nothing" in answer.get_data(as_text=True)
    assert client.get("/api/nothing", headers={"Accept": "text/html"}).is_json


def test_a_method_that_is_not_for_an_address_is_said(client: FlaskClient) -> None:
    answer = client.put("/health", json={})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.get_json()["error"] == "PUT is not for this address"


SHOW = {
    "output": "page.children",
    "outputs": {"id": "page", "property": "children"},
    "inputs": [
        {"id": "address", "property": "pathname", "value": "/"},
        {"id": "address", "property": "search", "value": ""},
    ],
    "changedPropIds": ["address.pathname"],
}


@pytest.mark.parametrize(
    "body",
    [
        None, 5, "x", [], {}, {"output": 5}, {"output": "nothing.children"}, {"output": ["page"]},
        {"output": "selected.data"},  # drawn in the browser: there is nothing to call here
        SHOW | {"inputs": "x"}, SHOW | {"inputs": []}, SHOW | {"inputs": [5, 5]},
        SHOW | {"inputs": [{"id": "address"}, {"id": "address"}]},
        SHOW | {"inputs": [{"id": ["x"], "property": "pathname"}, {}]},
        SHOW | {"changedPropIds": 5}, SHOW | {"changedPropIds": [None]},
        SHOW | {"outputs": 5}, SHOW | {"outputs": [{"id": 5, "property": "x"}]},
        SHOW | {"state": [{"id": "x", "property": "y"}]},
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_to_a_callback_is_refused(
    client: FlaskClient, body: Any
) -> None:
    sent = json.dumps(body)
    answer = client.post(CALLBACKS, data=sent, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["error"]


def test_every_answer_keeps_other_sites_away(client: FlaskClient) -> None:
    for path in ("/", "/health", "/nothing", "/layers/grids?county=522301"):
        headers = client.get(path).headers
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
