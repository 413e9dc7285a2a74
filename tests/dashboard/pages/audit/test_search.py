"""The page of the audit: what it finds, by pages; what it lets nobody see."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.access.principal import INSIDE, signed_in
from dashboard.application import close_app, create_app
from dashboard.pages.audit.routes import ON_A_PAGE, PAGE
from dashboard.settings import read_settings
from data.access.audit import record
from data.access.read_audit import AuditSearch, entries
from data.engine import session
from layers.kit.principal import system
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
COUNT = ON_A_PAGE * 2 + 7


@pytest.fixture(scope="module")
def app(liping: Loaded) -> Iterator[Any]:
    with session(liping.engine, system()) as c:
        for number in range(COUNT):
            by = "张三" if number % 2 else "李四"
            told = {"name": f"n{number}"}
            record(c, "plan.renamed", liping.code, f"plan:{number % 3}", told, by=by)
        record(c, "session.refused", "", None, {"why": "<script>alert(1)</script>"}, by="=1+1")
        record(c, "plan.deleted", "529901", "plan:77", by="别县人")
    made = create_app(read_settings({}), liping.server)
    yield made
    close_app(made)


def auditor(app: Any, scope: str = "52") -> FlaskClient:
    client: FlaskClient = app.server.test_client()
    client.environ_base[INSIDE] = signed_in("审计员", "auditor", scope)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh"
    return client


def shown(html: str) -> list[str]:
    return re.findall(r"名称：(n\d+)", html)


def test_pages_hold_every_entry_once_the_last_first(app: Any) -> None:
    client, address, found = auditor(app), f"{PAGE}?action=plan.renamed&actor=", list[str]()
    while address:
        html = client.get(address).get_data(as_text=True)
        found += shown(html)
        older = re.search(r'rel="next" href="([^"]+)"', html)
        address = older[1].replace("&amp;", "&") if older else ""
    assert found == [f"n{n}" for n in reversed(range(COUNT))]


def test_the_address_holds_what_is_looked_for(app: Any) -> None:
    client = auditor(app)
    html = client.get(f"{PAGE}?actor=张三&subject=plan:1&since=2020-01-01").get_data(as_text=True)
    wanted = [f"n{n}" for n in reversed(range(COUNT)) if n % 2 and n % 3 == 1][:ON_A_PAGE]
    assert shown(html) == wanted
    assert 'value="张三"' in html
    assert 'value="plan:1"' in html
    assert "plan:1" in html and "plan:10" not in html  # noqa: PT018
    empty = client.get(f"{PAGE}?until=2020-01-01").get_data(as_text=True)
    assert "没有符合条件的记录" in empty
    assert "<table" not in empty


def test_an_entry_is_told_in_words_and_found_by_them(app: Any, liping: Loaded) -> None:
    client = auditor(app)
    page = client.get(f"{PAGE}?subject=方案 1").get_data(as_text=True)
    assert 'title="plan:1">方案 1</a>' in page
    assert "plan:2" not in page
    assert f'兴义市 <span class="login">{liping.code}</span>' in page
    viewer = app.server.test_client()
    viewer.environ_base |= {INSIDE: signed_in("王看", "viewer", "52")}
    viewer.get(PAGE)
    refused = client.get(f"{PAGE}?action=access.denied").get_data(as_text=True)
    assert "要求：查看" in refused
    assert "endpoint" not in refused
    english = client.get(f"{PAGE}?action=access.denied&lang=en").get_data(as_text=True)
    assert "asked to: read" in english


def test_what_an_entry_holds_is_text(app: Any) -> None:
    html = auditor(app).get(f"{PAGE}?action=session.refused").get_data(as_text=True)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_an_auditor_of_a_county_sees_it_and_what_is_of_none(app: Any, liping: Loaded) -> None:
    client = auditor(app, liping.code)
    html = client.get(PAGE).get_data(as_text=True)
    assert "别县人" not in html
    assert "张三" in html
    assert client.get(f"{PAGE}?action=session.refused").get_data(as_text=True).count("<tr") > 1
    assert "别县人" in auditor(app).get(f"{PAGE}?action=plan.deleted").get_data(as_text=True)


@pytest.mark.parametrize(
    "asked",
    ["since=yesterday", "until=9999-12-31", "code=52'", "action=nothing", "before=1.x",
     "before=99999999999999999.1", "actor=%00", "since=0001-01-01"],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_said(app: Any, asked: str) -> None:
    answer = auditor(app).get(f"{PAGE}?{asked}")
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert "日期写成" in answer.get_data(as_text=True)


def test_the_file_holds_what_is_looked_for_runs_nothing_and_is_itself_an_entry(
    app: Any, liping: Loaded
) -> None:
    client = auditor(app)
    answer = client.get(f"{PAGE}.csv?action=plan.renamed&code={liping.code}")
    lines = answer.get_data(as_text=True).splitlines()
    assert answer.mimetype == "text/csv"
    assert len(lines) == 1 + COUNT
    head = "\ufeff时间（UTC+08:00）,人员,角色,角色（代号）,"
    assert lines[0].startswith(head)
    row = dict(zip(lines[0].split(","), next(csv.reader(lines[1:2])), strict=True))
    assert (row["操作"], row["操作（代号）"]) == ("方案改名", "plan.renamed")
    assert (row["对象"], row["对象（代号）"]) == ("方案 0", "plan:0")
    assert (row["详情"], row["详情（代号）"]) == ("名称：n0", '{"name": "n0"}')
    assert "+" not in row[head[:-1].split(",")[0]]  # the zone is said once, in the head
    assert "'=1+1" in client.get(f"{PAGE}.csv?action=session.refused").get_data(as_text=True)
    with session(liping.engine, system()) as c:
        noted = entries(c, AuditSearch(action="audit.exported"), 2)[1]
    assert (noted.actor, noted.role) == ("审计员", "auditor")
    assert noted.detail == {"action": "plan.renamed", "code": liping.code}
    assert client.get(f"{PAGE}.csv?code=x").status_code == 400


def test_the_auditor_signs_out_here_and_comes_back_from_the_own_account(app: Any) -> None:
    page = auditor(app).get(PAGE).text
    assert 'action="/sign-out' in page
    assert 'href="/account' in page


@pytest.mark.parametrize("path", [PAGE, "/people"])
def test_a_page_that_is_not_for_somebody_says_so_as_a_page(app: Any, path: str) -> None:
    client = app.server.test_client()
    client.environ_base |= {INSIDE: signed_in("王看", "viewer", "52")}
    for accepted, kind in (("text/html", "text/html"), ("application/json", "application/json")):
        answer = client.get(path, headers={"Accept": accepted}, query_string={"lang": "zh"})
        assert (answer.status_code, answer.mimetype) == (403, kind)
    page = client.get(path, headers={"Accept": "text/html"}, query_string={"lang": "zh"}).text
    assert "这一页不对您开放" in page
    assert 'href="/?lang=zh"' in page
