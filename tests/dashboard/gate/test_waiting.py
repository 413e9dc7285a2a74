"""While the database is gone a page says so and asks again; programs get the sentence."""

from __future__ import annotations

from typing import Any, NoReturn

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from dashboard.web.bodies import MARK

pytestmark = pytest.mark.database


@pytest.fixture
def client(app: Any, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return a client of a program whose database has gone after its start."""

    def gone(*_: object) -> NoReturn:
        said = psycopg.OperationalError('connection to server on socket "/nowhere" failed')
        raise OperationalError("", {}, said)

    monkeypatch.setattr(Engine, "begin", gone)
    found: FlaskClient = app.server.test_client()
    return found


@pytest.mark.parametrize("path", ["/", "/planner", "/coverage", "/data"])
def test_a_page_without_a_database_waits_for_it(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"}, query_string={"lang": "zh"})
    assert answer.status_code == 503
    assert answer.mimetype == "text/html"
    assert "数据库没有响应" in answer.text
    assert 'http-equiv="refresh"' in answer.text
    assert "nowhere" not in answer.text


def test_a_program_without_a_database_gets_the_sentence(client: FlaskClient) -> None:
    draft = {"name": "甲", "source": {"kind": "in_force"}}
    for answer in (
        client.get("/layers/grids?county=522301"),
        client.post("/api/planner/522301/drafts", json=draft, headers={MARK: "1"}),
        client.get("/health"),
    ):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert "nowhere" not in answer.text
