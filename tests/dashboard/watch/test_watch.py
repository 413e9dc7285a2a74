"""Health and figures tell nothing private; the log tells who did what, and nothing of anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from logging import getLogger
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.application import close_app, create_app
from dashboard.events import KEPT, Journal, event, keep_events
from dashboard.settings import read_settings
from dashboard.web.bodies import MARK
from data.backups.keeping import note
from data.engine import STATEMENT_TIMEOUT_S
from tests.dashboard.gate.addresses import every_address
from tests.demonstration import Loaded, NewDatabase, load

pytestmark = pytest.mark.database
# A resident, as careless people paste one into any field.
PRIVATE = ("张三丰", "13800138000", "522624199001011234", "栗坪路88号附7号")
SENT = "·".join(PRIVATE)


@pytest.fixture(scope="module")
def app(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    loaded = load(new_database, "liping")  # to be written to, by whatever the addresses do
    home = tmp_path_factory.mktemp("watched")
    settings = read_settings({"GETU_HOME": str(home), "GETU_BACKUP_DIR": str(home / "backups")})
    (home / "backups").mkdir()
    made = create_app(settings, loaded.server)
    yield made
    close_app(made)
    loaded.engine.dispose()
    getLogger("getu.events").handlers.clear()


@pytest.fixture(scope="module")
def home(app: Any) -> Path:
    folder: Path = app.server.extensions["getu_backups"].folder
    return folder.parent


@pytest.fixture
def client(app: Any, home: Path) -> FlaskClient:
    keep_events(home / "events.log")  # another application of this process has its own file
    return app.server.test_client()


def lines(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "events.log").read_text().splitlines()]


def figures(client: FlaskClient) -> dict[str, float]:
    found = {}
    for line in client.get("/metrics").text.splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def test_health_says_that_it_lives_and_that_it_is_ready(client: FlaskClient) -> None:
    assert client.get("/health/live").get_json() == {"status": "ok"}
    assert client.get("/health/ready").get_json() == {"status": "ok"}


def test_it_lives_without_a_database_and_is_not_ready(
    client: FlaskClient, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = app.server.extensions["getu"]
    monkeypatch.setattr("dashboard.watch.routes.session", refuse)
    monkeypatch.setattr("dashboard.watch.metrics.session", refuse)
    assert services is not None
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "secret" not in answer.text
    assert figures(client)["getu_database_up"] == 0


def refuse(*_: object) -> Any:
    from layers.kit.errors import Message, ServerError

    raise ServerError("the database does not answer: try again in a minute", Message("secret"))


def test_figures_count_requests_jobs_and_the_age_of_backups(
    client: FlaskClient, home: Path
) -> None:
    client.get("/health/live")
    before = figures(client)
    client.get("/health/live")
    note(home / "backups", backed_up_at="2026-01-01T00:00:00+00:00", failed="x")
    after = figures(client)
    live = 'getu_requests_total{endpoint="health_live",status="200"}'
    assert after[live] == before[live] + 1
    assert after["getu_database_up"] == 1
    assert after["getu_backup_age_seconds"] > 0
    assert after["getu_backup_failed"] == 1
    assert any(name.startswith("getu_resident_bytes") and v > 1e6 for name, v in after.items())
    assert 'getu_pool_connections{state="used"}' in after
    note(home / "backups", failed=None)
    assert STATEMENT_TIMEOUT_S > 1


def test_figures_are_for_this_machine_or_for_a_token(
    client: FlaskClient, liping: Loaded, tmp_path: Path
) -> None:
    elsewhere = {"REMOTE_ADDR": "10.1.2.3"}
    assert client.get("/metrics", environ_base=elsewhere).status_code == 404
    settings = read_settings({
        "GETU_HOME": str(tmp_path), "GETU_METRICS_TOKEN": "hush", "GETU_SIGN_IN": "on",
    })  # fmt: skip
    made = create_app(settings, liping.server)
    other = made.server.test_client()
    for headers, status in (
        ({}, 404),
        ({"Authorization": "Bearer wrong"}, 404),
        ({"Authorization": "Bearer hush"}, 200),
        ({"Authorization": "Bearer hush", "X-Forwarded-For": "10.1.2.3"}, 200),
    ):
        assert other.get("/metrics", headers=headers).status_code == status, headers
    close_app(made)


def test_behind_a_proxy_nobody_is_this_machine(liping: Loaded, tmp_path: Path) -> None:
    settings = read_settings({"GETU_HOME": str(tmp_path), "GETU_SIGN_IN": "on"})
    made = create_app(settings, liping.server)
    other = made.server.test_client()
    assert other.get("/metrics").status_code == 200
    assert other.get("/metrics", headers={"X-Forwarded-For": "10.1.2.3"}).status_code == 404
    close_app(made)


def test_nothing_that_people_send_is_in_any_log(
    app: Any, client: FlaskClient, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Names, telephones, identity numbers and doors, in every address, query, body and header."""
    body = dict.fromkeys(
        ("name", "reason", "comment", "by", "address", "text", "title", "q", "kind", "login"), SENT
    )
    tried = 0
    for one in every_address(app):
        if one.endpoint in ("set_up_sent",):
            continue
        for sent in ({"json": body}, {"json": [SENT]}, {"data": body}):
            client.open(
                one.path, method=one.method, query_string={"q": SENT, "county": SENT},
                headers={MARK: "1", "User-Agent": SENT.encode().hex(), "X-Request-Id": "x"}, **sent,
            )  # fmt: skip
            tried += 1
    client.get(f"/{SENT}")
    client.get(f"/set-up/{SENT}")
    client.post("/sign-in", data={"login": SENT, "password": SENT}, headers={MARK: "1"})
    assert tried > 300
    written = (home / "events.log").read_text() + caplog.text
    assert [part for part in PRIVATE if part in written] == []
    requests = [line for line in lines(home) if line["event"] == "request"]
    assert len(requests) > 300
    assert {key for line in requests for key in line} <= {
        *("at", "event", "id", "method", "endpoint", "callback", "status", "ms", "who"),
    }


def test_a_request_has_an_id_that_its_answer_names(client: FlaskClient, home: Path) -> None:
    answer = client.get("/health/live")
    assert lines(home)[-1]["id"] == answer.headers["X-Request-Id"]
    given = "0123456789abcdef"
    assert (
        client.get("/health/live", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given
    )


def test_a_log_that_is_full_begins_anew_and_a_full_disk_costs_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = getLogger("getu.events")
    before = list(logger.handlers)
    monkeypatch.setattr("dashboard.events.MOST_BYTES", 300)
    logger.handlers[:] = [Journal(tmp_path / "events.log")]
    try:
        for n in range(60):
            event("request", id=str(n))
        logger.handlers[:] = [Journal(tmp_path / "nowhere" / "events.log")]
        event("request", id="lost")
    finally:
        logger.handlers[:] = before
    kept = sorted(p.name for p in tmp_path.glob("events.log*"))
    assert kept == ["events.log", *(f"events.log.{n}" for n in range(1, KEPT + 1))] or kept == [
        f"events.log.{n}" for n in range(1, KEPT + 1)
    ]
    assert all(path.stat().st_size < 500 for path in tmp_path.glob("events.log*"))


def test_administrators_are_told_of_a_backup_that_failed(client: FlaskClient, home: Path) -> None:
    note(home / "backups", backed_up_at="2026-01-01T00:00:00+00:00", failed="no room")
    assert "备份没有成功：no room" in client.get("/").text
    client.set_cookie("getu_role", "viewer")
    assert "备份没有成功" not in client.get("/").text
