"""Every API is guarded alike: foreign changes, numbers and counties that are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from dashboard.web.api import READING, add_refusals, make_api
from dashboard.web.bodies import MARK
from layers.kit.errors import ConflictError, InputError, NotFoundError, ServerError
from layers.kit.findings import Finding
from tests.demonstration import Loaded


@pytest.fixture(scope="module")
def client(liping: Loaded) -> Iterator[FlaskClient]:
    app = create_app(read_settings({}), liping.server)
    yield app.server.test_client()
    close_app(app)


@pytest.mark.database
def test_every_change_under_api_is_refused_without_the_header(client: FlaskClient) -> None:
    app = client.application
    tried = 0
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if not rule.rule.startswith("/api"):
                continue
            values = dict.fromkeys(rule.arguments, 1)
            _, address = rule.build(values) or ("", "")
            for method in sorted((rule.methods or set()) - set(READING)):
                answer = client.open(address, method=method, json={})
                assert answer.status_code == 403, (method, rule.rule)
                tried += 1
    assert tried > 40


@pytest.mark.database
def test_every_address_under_api_comes_from_the_factory(client: FlaskClient) -> None:
    for rule in client.application.url_map.iter_rules():
        if rule.rule.startswith("/api"):
            assert "." in rule.endpoint, rule.rule
            own = client.application.blueprints[rule.endpoint.split(".")[0]]
            guards = own.before_request_funcs[None]
            assert any(guard.__module__ == "dashboard.web.api" for guard in guards), rule.rule


def _small() -> FlaskClient:
    server = Flask("small")
    add_refusals(server)

    def faults(error: InputError) -> dict[str, Any]:
        return {"findings": [finding.code for finding in error.findings]}

    api = make_api("small", most_body=100, most_upload=1000, faults=faults)

    @api.post("/<county>/<int:number>")
    def change(county: str, number: int) -> str:
        kinds = {
            1: InputError("say households or persons", [Finding("scan_missing")]),
            2: NotFoundError("there is nothing by that number"),
            3: ConflictError("there is nothing by that number"),
            4: ServerError("there is nothing by that number"),
        }
        if number in kinds:
            raise kinds[number]
        return str(len(request.get_data()))

    server.register_blueprint(api)
    return server.test_client()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/small/522631/0", 200),
        ("/api/small/522631/1", 400),
        ("/api/small/522631/2", 404),
        ("/api/small/522631/3", 409),
        ("/api/small/522631/4", 503),
        ("/api/small/abc/0", 404),
        ("/api/small/%00/0", 404),
        ("/api/small/٣٤/0", 404),  # digits, but not of a code
        (f"/api/small/522631/{2**62}", 404),
    ],
)
def test_an_exception_has_one_status(path: str, status: int) -> None:
    assert _small().post(path, headers={MARK: "1"}).status_code == status


def test_an_input_that_is_refused_tells_its_faults() -> None:
    answer = _small().post("/api/small/522631/1", headers={MARK: "1"})
    assert answer.get_json()["findings"] == ["scan_missing"]
    assert answer.get_json()["error"]


def test_a_body_is_bounded_and_a_file_has_its_own_bound() -> None:
    client = _small()
    assert client.post("/api/small/5/0", data=b"x" * 101, headers={MARK: "1"}).status_code == 413
    form = {"name": "x" * 500}
    kind = "multipart/form-data"
    sent = client.post("/api/small/5/0", data=form, content_type=kind, headers={MARK: "1"})
    assert sent.status_code == 200
