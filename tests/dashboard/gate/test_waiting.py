"""While the database is gone a page says so and asks again; programs get the sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from dashboard.web.bodies import MARK
from data.server import Server

NOWHERE = "postgresql+psycopg://getu_program@/getu?host=%2Fnowhere%2Fat%2Fall"


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    made = create_app(read_settings({}), Server(NOWHERE, NOWHERE, embedded=False))
    yield made.server.test_client()
    close_app(made)


@pytest.mark.parametrize("path", ["/", "/planner", "/coverage", "/data"])
def test_a_page_without_a_database_waits_for_it(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"}, query_string={"lang": "zh"})
    assert answer.status_code == 503
    assert answer.mimetype == "text/html"
    assert "数据库没有响应" in answer.text
    assert 'http-equiv="refresh"' in answer.text
    assert "nowhere" not in answer.text


def test_a_program_without_a_database_gets_the_sentence(client: FlaskClient) -> None:
    for answer in (
        client.get("/layers/grids?county=522301"),
        client.post("/api/planner/522301/drafts", json={}, headers={MARK: "1"}),
        client.get("/health"),
    ):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert "nowhere" not in answer.text
