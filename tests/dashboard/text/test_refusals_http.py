"""Refused requests over HTTP: Chinese in a Chinese page, English where English is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from dashboard.web.bodies import MARK
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
# Two English words in a row; single ones are names and codes (GeoJSON, utf-8, document_number).
ENGLISH = re.compile(r"\b[A-Za-z]{2,} [A-Za-z]{2,}\b")
REFUSED = [
    ("GET", "/layers/nothing?county={code}", None),
    ("GET", "/layers/grids?county=999999", None),
    ("GET", "/layers/grids?county={code}&as_of=yesterday", None),
    ("GET", "/api/planner/999999", None),
    ("GET", "/api/planner/drafts/999999999", None),
    ("POST", "/api/planner/{code}/drafts", {"name": "甲", "source": {"kind": "x"}}),
    ("POST", "/api/planner/{code}/drafts", {}),
    ("DELETE", "/api/planner/waivers/999999999", None),
    ("GET", "/api/planner/compare?a=1", None),
    ("GET", "/api/division/jobs/999999999", None),
    ("POST", "/api/division/{code}/jobs", {"what": "x"}),
    ("POST", "/api/division/{code}/jobs", {"what": "divide", "prefer": [], "seeds": [-1]}),
    ("GET", "/api/buildings/{code}?bbox=1", None),
    ("GET", "/api/buildings/{code}/999999999", None),
    ("POST", "/api/buildings/{code}/edits", {"kind": "x"}),
    ("POST", "/api/buildings/{code}/undo", {"by": "nobody here"}),
    ("POST", "/api/counts/{code}/999999999", {"households": 1}),
    ("POST", "/api/counts/{code}/1", {}),
    ("GET", "/api/sheets/{code}/999999999/picture", None),
    ("GET", "/api/cases/sets/999999999", None),
    ("POST", "/api/cases/{code}", None),
    ("GET", "/api/households/uploads/999999999", None),
    ("POST", "/api/households/{code}/look", None),
    ("GET", "/api/files/jobs/999999999", None),
    ("GET", "/api/files/{code}/export/nothing.csv", None),
    ("GET", "/data/quality?county={code}&months=x", None),
    ("GET", "/data/quality/rows?county={code}&check=nothing", None),
    ("GET", "/coverage/answer?county={code}&minutes=x", None),
    ("GET", "/coverage/export.nothing?county={code}", None),
    ("POST", "/coverage/try", {"county": "{code}", "operations": [{"kind": "x"}]}),
]


@pytest.fixture(scope="module")
def client(liping: Loaded) -> Iterator[FlaskClient]:
    app = create_app(read_settings({}), liping.server)
    yield app.server.test_client()
    close_app(app)


def said(
    client: FlaskClient, code: str, method: str, address: str, body: object, lang: str, mark: bool
) -> tuple[int, str | None]:
    where = address.format(code=code)
    where += f"{'&' if '?' in where else '?'}lang={lang}"
    headers = {MARK: "test"} if mark else {}
    answer = client.open(where, method=method, json=body, headers=headers)
    told = answer.get_json(silent=True)
    return answer.status_code, told.get("error") if isinstance(told, dict) else None


@pytest.mark.parametrize(("method", "address", "body"), REFUSED)
def test_a_refusal_is_in_the_language_of_the_page(
    client: FlaskClient, liping: Loaded, method: str, address: str, body: object
) -> None:
    status, chinese = said(client, liping.code, method, address, body, "zh", True)
    assert 400 <= status < 500
    assert chinese is not None
    assert re.search("[一-鿿]", chinese)
    assert not ENGLISH.search(chinese)
    _, english = said(client, liping.code, method, address, body, "en", True)
    assert english is not None
    assert ENGLISH.search(english)


@pytest.mark.parametrize(
    "address", sorted({a for m, a, _ in REFUSED if m != "GET" and a.startswith("/api")})
)
def test_a_change_from_elsewhere_is_refused_in_the_language_of_the_page(
    client: FlaskClient, liping: Loaded, address: str
) -> None:
    status, chinese = said(client, liping.code, "POST", address, {}, "zh", False)
    assert status in (403, 405)
    assert status == 405 or (chinese is not None and not ENGLISH.search(chinese))
