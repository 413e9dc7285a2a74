"""A page's HTML: its words at once, its layout with it, one script for all of Dash."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import brotli
import pytest
from dash import dcc, html
from flask.testing import FlaskClient

from dashboard.application import close_app, create_app
from dashboard.components.plain import plain
from dashboard.settings import read_settings
from dashboard.shell import Shell
from tests.demonstration import Loaded

HOLDER = re.compile(r'<script id="first-answers" type="application/json">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def app(liping: Loaded) -> Iterator[Shell]:
    made = create_app(read_settings({}), liping.server)
    yield made
    close_app(made)


@pytest.fixture(scope="module")
def client(app: Shell) -> FlaskClient:
    return app.server.test_client()


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.text


def answers(text: str) -> dict[str, Any]:
    found = HOLDER.search(text)
    assert found
    return dict(json.loads(found[1]))


def props(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, list):
        for one in part:
            yield from props(one)
    if isinstance(part, dict) and "props" in part:
        yield part["props"]
        yield from props(part["props"].get("children"))


@pytest.mark.database
@pytest.mark.parametrize("address", ["/", "/planner", "/coverage", "/data"])
def test_the_layout_comes_with_the_page(client: FlaskClient, address: str) -> None:
    text = page(client, f"{address}?lang=en")
    layout = answers(text)["_dash-layout"]
    where = next(p for p in props(layout) if p.get("id") == "url")
    assert (where["pathname"], where["search"]) == (address, "?lang=en")
    assert any(p.get("className") == "desk" for p in props(layout))
    assert len(re.findall(r'<script src="/_dash-component-suites/', text)) == 1


@pytest.mark.database
def test_figures_stand_in_the_html(client: FlaskClient, liping: Loaded) -> None:
    text = page(client, "/?lang=en")
    view = text[text.index('id="first-view"') : text.index('id="react-entry-point"')]
    facts = len(re.findall(r'class="fact tone', view))
    assert facts > 5
    said = answers(text)["_dash-layout"]
    inspector = next(p for p in props(said) if p.get("id") == "inspector")
    assert len([p for p in props(inspector["children"]) if "fact" in str(p.get("className"))]) > 5
    assert 'id="map"' not in view  # ids belong to the live page


@pytest.mark.database
def test_an_address_stays_text(client: FlaskClient) -> None:
    text = page(client, "/?county=</script><script>alert(1)</script>&x=<b>")
    assert "<script>alert" not in text
    assert "<b>&x" not in text
    assert answers(text)["_dash-layout"]


@pytest.mark.database
def test_a_page_that_cannot_be_made_is_asked_for_by_callback(
    app: Shell, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: str, search: str) -> Any:
        raise RuntimeError(path, search)

    monkeypatch.setattr(app, "page_of", fail)
    layout = answers(page(client, "/"))["_dash-layout"]
    where = next(p for p in props(layout) if p.get("id") == "url")
    assert "pathname" not in where


@pytest.mark.database
def test_every_callback_names_what_some_page_has(app: Shell) -> None:
    """What the browser checked at each visit: ids that no layout holds."""
    app._setup_server()
    known = {
        json.dumps(c.id, sort_keys=True) if isinstance(c.id, dict) else c.id
        for c in app.validation_layout._traverse()
        if getattr(c, "id", None)
    }
    asked = set()
    for callback in app._callback_list:
        for part in (*callback["inputs"], *callback["state"]):
            if not part.get("allow_optional") and not str(part["id"]).startswith("{"):
                asked.add(part["id"])
        for output in callback["output"].strip(".").split("..."):
            name = output.rpartition(".")[0].partition("@")[0]
            if not name.startswith("{"):
                asked.add(name)
    assert asked - known == set()


@pytest.mark.database
def test_dashs_scripts_are_one_and_kept(client: FlaskClient) -> None:
    found = re.search(r'src="(/_dash-component-suites/getu/[^"]+)"', page(client, "/"))
    assert found
    answer = client.get(found[1], headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
    script = brotli.decompress(answer.data)
    assert b"DashRenderer" in script
    assert b"webpackChunkdash_core_components" in script
    # Parts that only some pages use lie beside it, for their loaders.
    beside = client.get(found[1].rsplit("/", 1)[0] + "/async-datepicker.js", follow_redirects=True)
    assert beside.status_code == 200
    assert client.get(found[1].rsplit("/", 1)[0] + "/nothing.js").status_code == 404


def test_plain_text_is_escaped_and_leaves_out_ids() -> None:
    part = html.Div(
        [
            html.P("<b>", title='"', id="x"),
            html.Span("unseen", hidden=True),
            dcc.Dropdown(options=[{"label": "A&B", "value": 1}], value=1),
            dcc.Checklist(options=[{"label": "on", "value": 1}], value=[1], className="switch"),
            None,
            3,
        ],
        className="a",
        style={"zIndex": 2},
    )
    assert plain(part) == (
        '<div class="a" style="z-index:2"><p title="&quot;">&lt;b&gt;</p>'
        '<div class="first-dropdown ">A&amp;B</div>'
        '<div class="switch"><label><input type="checkbox" disabled checked>on</label></div>3</div>'
    )
