"""Signing in and out: sessions on the server, lock-out, links that work once, roles to try."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from dashboard.application import close_app, create_app
from dashboard.people import sessions
from dashboard.settings import read_settings
from data.engine import transaction
from data.people import read
from data.people.attempts import MOST_FAILURES
from layers.kit.errors import ConflictError, InputError, NotFoundError
from tests.dashboard.people.signing import (
    HERE,
    HTML,
    PASSWORD,
    close,
    new_account,
    new_link,
    sign_in,
    sign_in_whole,
)
from tests.demonstration import Loaded

pytestmark = pytest.mark.database


@pytest.fixture
def browser_of(app: Any, loaded: Loaded, logins: Any) -> Callable[..., tuple[FlaskClient, str]]:
    """Return a function that makes a person and signs them in: a client and the login."""

    def make(role: str = "planner") -> tuple[FlaskClient, str]:
        login = next(logins)
        token = new_account(loaded.engine, login, f"{login} 的名字", role, loaded.code)
        sessions.set_up(loaded.engine, token, PASSWORD, PASSWORD)
        return sign_in_whole(app.server.test_client(), login, role), login

    return make


def test_without_a_session_nothing_is_read(app: Any, loaded: Loaded) -> None:
    client = app.server.test_client()
    page = client.get(f"/planner?county={loaded.code}", headers=HTML)
    assert page.status_code == 303
    assert page.headers["Location"] == f"/sign-in?next=/planner%3Fcounty%3D{loaded.code}"
    for path in (f"/layers/grids?county={loaded.code}", "/ogc", f"/api/planner/{loaded.code}"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer.get_json()["error"] == "sign in first: open /sign-in"
    assert client.get("/health").status_code == 200
    form = client.get("/sign-in", headers={"Accept-Language": "zh-CN"})
    assert "密码" in form.text
    assert form.headers["Cache-Control"] == "no-store"


def test_a_person_signs_in_works_and_signs_out(loaded: Loaded, browser_of: Any) -> None:
    client, login = browser_of()
    assert f"{login} 的名字" in client.get("/", headers=HTML).text
    assert client.get(f"/api/planner/{loaded.code}").status_code == 200
    cookie = client.get_cookie("getu_session")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    with transaction(loaded.engine) as c:
        kept = c.execute(text("SELECT token_sha256 FROM user_session")).scalars().all()
    assert cookie.value.encode() not in [bytes(k) for k in kept]
    assert sessions.kept(cookie.value) in [bytes(k) for k in kept]
    client.post("/sign-out", data={"where": "here"}, headers=HERE)
    client.set_cookie("getu_session", cookie.value)  # whoever copied it has nothing of it
    assert client.get(f"/api/planner/{loaded.code}").status_code == 401


def test_signing_out_everywhere_ends_the_sessions_of_other_machines(
    app: Any, loaded: Loaded, browser_of: Any
) -> None:
    client, login = browser_of()
    other, third = app.server.test_client(), app.server.test_client()
    assert sign_in(other, login).status_code == 303
    assert sign_in(third, login).status_code == 303
    third.post("/sign-out", data={"where": "here"}, headers=HERE)
    assert other.get("/ogc").status_code == 200
    client.post("/sign-out", data={"where": "everywhere"}, headers=HERE)
    assert other.get("/ogc").status_code == 401


def test_a_new_password_and_a_closed_account_end_every_session(
    loaded: Loaded, browser_of: Any
) -> None:
    client, login = browser_of()
    token = new_link(loaded.engine, login)
    assert client.get("/ogc").status_code == 401
    assert sign_in(client, login).status_code == 401
    sessions.set_up(loaded.engine, token, PASSWORD, PASSWORD)
    assert sign_in(client, login).status_code == 303
    close(loaded.engine, login)
    assert client.get("/ogc").status_code == 401
    assert sign_in(client, login).status_code == 401


def test_a_session_that_nobody_uses_ends(loaded: Loaded, browser_of: Any) -> None:
    for column, ago in (("seen_at", read.IDLE_H), ("ends_at", 0)):
        client, _ = browser_of()
        with transaction(loaded.engine) as c:
            c.execute(
                text(f"UPDATE user_session SET {column} = now() - make_interval(hours => :h)"),
                {"h": ago},
            )
        assert client.get("/ogc").status_code == 401


def test_whoever_guesses_is_locked_out_in_every_process(
    app: Any, loaded: Loaded, browser_of: Any
) -> None:
    _, login = browser_of()
    clients = [app.server.test_client() for _ in range(MOST_FAILURES + 3)]
    with ThreadPoolExecutor(4) as pool:  # at once: none slips through between count and look
        answers = list(pool.map(lambda client: sign_in(client, login, "wrong-1234567"), clients))
    said = [answer.text for answer in answers]
    assert {answer.status_code for answer in answers} == {401}
    assert sum("too many failed attempts" in one for one in said) == 3
    locked = sign_in(app.server.test_client(), login)
    assert locked.status_code == 401
    assert "too many failed attempts" in locked.text
    with transaction(loaded.engine) as c:
        c.execute(
            text("UPDATE sign_in_attempt SET at = at - interval '16 minutes' WHERE login = :l"),
            {"l": login},
        )
    assert sign_in(app.server.test_client(), login).status_code == 303


def test_a_login_that_is_nobodys_is_refused_and_locked_alike(app: Any) -> None:
    client = app.server.test_client()
    said = [sign_in(client, "no.body", "wrong-1234567").text for _ in range(MOST_FAILURES + 1)]
    assert all("the login or the password is wrong" in one for one in said[:-1])
    assert "too many failed attempts" in said[-1]


def test_a_set_up_link_works_once(app: Any, loaded: Loaded, logins: Any) -> None:
    login = next(logins)
    token = new_account(loaded.engine, login, "", "staff", loaded.code)
    client = app.server.test_client()
    assert login in client.get(f"/set-up/{token}").text
    for password, again in (("short", "short"), (PASSWORD, PASSWORD + "x"), (login * 3, login * 3)):
        form = {"password": password, "again": again}
        assert client.post(f"/set-up/{token}", data=form, headers=HERE).status_code == 400
    form = {"password": PASSWORD, "again": PASSWORD}
    done = client.post(f"/set-up/{token}", data=form, headers=HERE)
    assert done.status_code == 303
    assert client.get("/ogc").status_code == 200  # and signed in
    assert client.get(f"/set-up/{token}").status_code == 404
    assert client.post(f"/set-up/{token}", data=form, headers=HERE).status_code == 404
    assert client.get("/set-up/" + "x" * 43).status_code == 404


def test_the_first_administrator_gets_a_link_until_there_is_one(loaded: Loaded) -> None:
    first = sessions.first_link(loaded.engine)
    again = sessions.first_link(loaded.engine)
    assert first
    assert again
    assert sessions.invited(loaded.engine, first) is None  # the later one holds
    sessions.set_up(loaded.engine, again, PASSWORD, PASSWORD)
    assert sessions.first_link(loaded.engine) is None


def test_accounts_that_cannot_be_are_refused(loaded: Loaded, logins: Any) -> None:
    login = next(logins)
    new_account(loaded.engine, login, "甲", "viewer", loaded.code)
    with pytest.raises(ConflictError):
        new_account(loaded.engine, login, "乙", "admin", loaded.code)
    for wrong in ("A", "has space", "", "x" * 60, "-x"):
        with pytest.raises(InputError):
            new_account(loaded.engine, wrong, "甲", "viewer", loaded.code)
    for scope in ("", "%", "52%", "~", "5" * 16):
        with pytest.raises(InputError):
            new_account(loaded.engine, next(logins), "甲", "viewer", scope)
    with pytest.raises(NotFoundError):
        new_link(loaded.engine, "nobody.here")


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/planner?county=1", "/planner?county=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_on_to_this_program_only(
    app: Any, browser_of: Any, asked: str, led: str
) -> None:
    _, login = browser_of()
    answer = sign_in(app.server.test_client(), login, next=asked)
    assert answer.headers["Location"] == led


def test_a_foreign_page_can_sign_nobody_in(app: Any, browser_of: Any) -> None:
    _, login = browser_of()
    form = {"login": login, "password": PASSWORD}
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        answer = app.server.test_client().post("/sign-in", data=form, headers=headers)
        assert answer.status_code == 403
        assert "Set-Cookie" not in answer.headers


def test_behind_tls_the_session_is_sent_by_tls_only(app: Any, browser_of: Any) -> None:
    _, login = browser_of()
    client = app.server.test_client()
    answer = client.post(
        "/sign-in",
        data={"login": login, "password": PASSWORD},
        headers={**HERE, "X-Forwarded-Proto": "https"},
    )
    assert re.search(r"getu_session=.*; Secure", answer.headers["Set-Cookie"])


# ---- who did it -------------------------------------------------------------------------------


def test_who_did_it_is_who_signed_in_whatever_the_browser_says(
    loaded: Loaded, browser_of: Any
) -> None:
    client, login = browser_of("planner")
    made = client.post(
        f"/api/planner/{loaded.code}/drafts",
        json={"name": "草案", "by": "别人", "source": {"kind": "in_force"}},
        headers={"X-Getu": "1"},
    )
    assert made.status_code == 201, made.text
    assert made.get_json()["made_by"] == f"{login} 的名字"


def test_a_viewer_may_not_change_and_reads_why(loaded: Loaded, browser_of: Any) -> None:
    client, _ = browser_of("viewer")
    answer = client.post(
        f"/api/planner/{loaded.code}/drafts?lang=zh",
        json={"name": "草案", "source": {"kind": "in_force"}},
        headers={"X-Getu": "1"},
    )
    assert answer.status_code == 403
    assert answer.get_json()["error"] == "您的角色（领导）不能做这件事：没有“编制方案”的权限"


# ---- the demonstration ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demonstration(loaded: Loaded) -> Iterator[Any]:
    made = create_app(read_settings({}), loaded.server)
    yield made
    close_app(made)


def test_on_demonstration_a_role_is_chosen_and_holds(demonstration: Any, loaded: Loaded) -> None:
    client = demonstration.server.test_client()
    chooser = client.get("/sign-in?lang=zh").text
    for name in ("领导", "网格业务员", "社区工作者", "审批人", "管理员", "全部权限"):
        assert name in chooser
    draft = {"name": "草案", "by": "甲", "source": {"kind": "in_force"}}

    def drafts() -> int:
        address = f"/api/planner/{loaded.code}/drafts"
        return int(client.post(address, json=draft, headers={"X-Getu": "1"}).status_code)

    assert drafts() == 201
    client.post("/role", data={"role": "viewer"}, headers=HERE)
    assert drafts() == 403
    assert "领导" in client.get("/", headers=HTML).text
    client.post("/role", data={"role": "all"}, headers=HERE)
    assert drafts() == 201
    assert client.post("/role", data={"role": "root"}, headers=HERE).status_code == 400
    assert client.post("/role", data={"role": "admin"}).status_code == 403


def test_roles_are_for_this_machine_only(demonstration: Any, app: Any) -> None:
    client = demonstration.server.test_client()
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        answer = client.get("/sign-in", headers={name: "10.0.0.9"})
        assert answer.status_code == 403  # a proxy: whoever asks sits elsewhere
    for host in ("10.0.0.5:8050", "desk.county.cn"):
        assert client.post("/role", data={"role": "all"}, headers={"Host": host}).status_code == 421
    # With accounts, a role that a browser says is nothing.
    signed = app.server.test_client()
    signed.post("/role", data={"role": "admin"}, headers=HERE)
    assert signed.get("/ogc").status_code == 401


def test_who_plans_sends_up_and_who_approves_decides(loaded: Loaded, browser_of: Any) -> None:
    planner, _ = browser_of("planner")
    approver, approves = browser_of("approver")
    made = planner.post(
        f"/api/planner/{loaded.code}/drafts",
        json={"name": "送审稿", "source": {"kind": "in_force"}},
        headers={"X-Getu": "1"},
    )
    address = f"/api/planner/drafts/{made.get_json()['id']}/stages"

    def go(client: FlaskClient, stage: str, **more: str) -> int:
        sent = {"stage": stage, "by": "别人", **more}
        return int(client.post(address, json=sent, headers={"X-Getu": "1"}).status_code)

    number = {"document_number": "演〔2026〕9号"}
    assert go(approver, "征求意见") == 403
    assert go(planner, "征求意见") == 200
    assert go(planner, "送审") == 200
    assert go(planner, "批复", **number) == 403
    assert go(approver, "批复", **number) == 200
    assert go(planner, "启用", in_force_from="2031-01-01") == 403
    assert go(approver, "启用", in_force_from="2031-01-01") == 200
    history = approver.get(address.removesuffix("/stages")).get_json()["history"]
    assert history[-1]["by"] == f"{approves} 的名字"
