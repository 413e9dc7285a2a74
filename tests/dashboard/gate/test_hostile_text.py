"""Whatever text comes to whatever address, the answer is never 500.

Addresses, their parameters and the fields of bodies are found in the URL map, in the map of
callbacks and in the sources, so that a new one is tried by itself.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from dashboard.application import close_app, create_app
from dashboard.gate.requests import CALLBACKS
from dashboard.settings import read_settings
from dashboard.web.bodies import MARK
from tests.conftest import ROOT
from tests.dashboard.gate.addresses import Tried, every_address
from tests.dashboard.gate.hostile import KNOWN, VALUES, WORDS
from tests.demonstration import Loaded, load
from tests.properties import examples

pytestmark = pytest.mark.database
_NAMED = re.compile(
    r"""(?:values|form|args|said|body|params|sent|asked|about)(?:\.get\(|\[)"(\w+)\""""
    r"""|(?:sentence|whole|whole_or_none|wholes|day|line)\(\w+(?:\.\w+)?, "(\w+)\""""
)


@cache
def fields() -> tuple[str, ...]:
    """Return the names that the program reads out of what is sent."""
    found = {"county", "kind", "bbox", "limit", "offset", "lang"}
    for folder in ("dashboard", "layers"):
        for file in (ROOT / folder).rglob("*.py"):
            for pair in _NAMED.findall(file.read_text(encoding="utf-8")):
                found.update(name for name in pair if name)
    return tuple(sorted(found))


@pytest.fixture(scope="module")
def loaded(new_database: Any) -> Iterator[Loaded]:
    """Return a county that may be broken: writes that are accepted are written."""
    made = load(new_database, "liping")
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def app(loaded: Loaded) -> Iterator[Any]:
    made = create_app(read_settings({}), loaded.server)
    yield made
    close_app(made)


@pytest.fixture(scope="module")
def client(app: Any) -> FlaskClient:
    return app.server.test_client()


@pytest.fixture(scope="module")
def addresses(app: Any, client: FlaskClient, loaded: Loaded) -> tuple[Tried, ...]:
    """Return every address of this county, with numbers of what is there."""
    marked = {"headers": {MARK: "1"}}
    code, given = loaded.code, {}
    draft = client.post(
        f"/api/planner/{code}/drafts",
        json={"name": "甲", "source": {"kind": "in_force"}},
        **marked,
    )
    given["plan_id"] = draft.get_json()["id"]
    table = client.post(
        f"/api/files/{code}/uploads?kind=stations&name=a.csv",
        data="名称,类别,经度,纬度\n甲,medical,105.5,26.5\n".encode(),
        **marked,
    )
    given["upload_id"] = table.get_json()["id"]

    def value(rule: Any, name: str, is_number: bool) -> Any:
        if name in ("county", "place"):
            return loaded.code
        if is_number:
            return given.get(name, 1)
        return {"suffix": "json", "key": "grids", "revision": "1"}.get(name, "x")

    return tuple(every_address(app, value))


def assert_no_failure(answer: TestResponse, what: object) -> None:
    assert answer.status_code < 500, (what, answer.get_data(as_text=True)[:300])


def ask(client: FlaskClient, one: Tried, **sent: Any) -> TestResponse:
    return client.open(one.path, method=one.method, headers={MARK: "1"}, **sent)


def test_the_fields_are_found() -> None:
    assert {"by", "name", "limit", "encoding", "operations", "minutes"} <= set(fields())
    assert len(fields()) > 60


def test_every_known_text_comes_to_every_address(
    client: FlaskClient, loaded: Loaded, addresses: tuple[Tried, ...]
) -> None:
    """A request brings a text for each field; after a few rounds every text was brought."""
    names = fields()
    rounds = -(-len(KNOWN) // len(names))
    for turn, one in enumerate(addresses):
        for nth in range(rounds):
            texts = [KNOWN[(turn + nth * len(names) + k) % len(KNOWN)] for k in range(len(names))]
            some = dict(zip(names, texts, strict=True))
            sent: dict[str, Any] = {"query_string": {**some, "county": loaded.code}}
            if one.method != "GET":
                sent["json"] = some
            assert_no_failure(ask(client, one, **sent), (one, nth))


def test_every_gap_of_an_address_takes_any_text(app: Any, client: FlaskClient) -> None:
    turn = count()
    for text in KNOWN:
        kept = text.replace("/", "") or "x"

        def value(rule: Any, name: str, is_number: bool, kept: str = kept) -> Any:
            return 10**18 if is_number else kept

        for one in every_address(app, value):
            if next(turn) % 10 == 0:
                answer = client.open(one.path, method=one.method, headers={MARK: "1"}, json={})
                assert_no_failure(answer, (one.endpoint, text[:40]))


@settings(max_examples=examples(150), suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_invented_parameters_and_bodies_are_refused_or_answered(
    client: FlaskClient, loaded: Loaded, addresses: tuple[Tried, ...], data: st.DataObject
) -> None:
    one = data.draw(st.sampled_from(addresses))
    names = st.sampled_from(fields())
    query = data.draw(st.dictionaries(names, WORDS, max_size=4))
    sent: dict[str, Any] = {"query_string": {"county": loaded.code, **query}}
    if one.method != "GET":
        body = data.draw(st.dictionaries(names, VALUES, max_size=12))
        sent |= {"data": json.dumps(body), "content_type": "application/json"}
    assert_no_failure(ask(client, one, **sent), (one, query, sent.get("data")))


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_invented_forms_are_refused_or_answered(
    client: FlaskClient, loaded: Loaded, addresses: tuple[Tried, ...], data: st.DataObject
) -> None:
    one = data.draw(st.sampled_from([a for a in addresses if a.method != "GET"]))
    form = data.draw(st.dictionaries(st.sampled_from(fields()), WORDS, max_size=5))
    name = data.draw(WORDS)
    content = data.draw(
        st.sampled_from((b"", b"a,b\n1,2", b"PK\3\4", b"%PDF-", b"\x89PNG\r\n\x1a\n"))
    )
    form_and_file = {**form, "file": (io.BytesIO(content), name)}
    answer = ask(client, one, data=form_and_file, content_type="multipart/form-data")
    assert_no_failure(answer, (one, form, name[:40]))


@settings(max_examples=examples(150), suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_callbacks_take_any_value(app: Any, client: FlaskClient, data: st.DataObject) -> None:
    called = {k: v for k, v in app.callback_map.items() if v.get("callback")}
    output = data.draw(st.sampled_from(sorted(called)))

    def parts(declared: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**part, "value": data.draw(VALUES)} for part in declared]

    inputs, state = called[output]["inputs"], called[output]["state"]
    body = {
        "output": output,
        "outputs": outputs_of(output),
        "inputs": parts(inputs),
        "state": parts(state),
        "changedPropIds": [f"{p['id']}.{p['property']}" for p in inputs[:1]],
    }
    sent = json.dumps(body)
    answer = client.post(CALLBACKS, data=sent, content_type="application/json")
    assert_no_failure(answer, sent)


def outputs_of(output: str) -> Any:
    """Return the outputs as the browser would name them."""
    several = output.startswith("..")
    named = output.strip(".").split("...") if several else [output]
    found = []
    for one in named:
        name, _, what = one.partition("@")[0].rpartition(".")
        found.append({"id": json.loads(name) if name.startswith("{") else name, "property": what})
    return found if several else found[0]


@pytest.mark.parametrize(
    "encoding", ["punycode", "idna", "rot13", "base64", "undefined", "x", "\0"]
)
def test_a_file_is_looked_at_in_encodings_that_are_none(
    client: FlaskClient, addresses: tuple[Tried, ...], encoding: str
) -> None:
    (look,) = [one for one in addresses if one.endpoint == "files.look"]
    answer = client.get(look.path, query_string={"encoding": encoding})
    assert 400 <= answer.status_code < 500
    assert answer.get_json()["error"]


@pytest.mark.parametrize("kind", [[], {}, None, 5, ["stations"], "\ud800"])
def test_a_kind_that_is_none_is_refused(
    client: FlaskClient, addresses: tuple[Tried, ...], kind: Any
) -> None:
    (judge,) = [one for one in addresses if one.endpoint == "files.judge"]
    sent = json.dumps({"kind": kind})
    answer = ask(client, judge, data=sent, content_type="application/json")
    assert answer.status_code == 400
