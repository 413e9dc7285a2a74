"""Accounts as an administrator keeps them: on the page and by the command."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import text

from dashboard.access.principal import command
from dashboard.application import close_app, create_app
from dashboard.commands.user import list_rows
from dashboard.intake.people_book import read_people
from dashboard.people import accounts, sessions
from dashboard.people.accounts import AccountOrder
from dashboard.settings import read_settings
from data.engine import transaction
from layers.kit.errors import ConflictError
from tests.dashboard.people.signing import HERE, HTML, PASSWORD, new_account, sign_in, sign_in_whole
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
LINK = re.compile(r'value="(http://localhost/set-up/([^"]+))"')


@pytest.fixture(scope="module")
def administrator(app: Any, loaded: Loaded) -> FlaskClient:
    return client_of(app, loaded, "chief", "admin", loaded.code)


def client_of(app: Any, loaded: Loaded, login: str, role: str, code: str) -> FlaskClient:
    token = new_account(loaded.engine, login, f"{login} 的名字", role, code)
    sessions.set_up(loaded.engine, token, PASSWORD, PASSWORD)
    return sign_in_whole(app.server.test_client(), login, role)


def send(client: FlaskClient, path: str, **form: str) -> Any:
    return client.post(path, data=form, headers=HERE)


def test_a_person_is_added_with_a_division_by_name_and_gets_a_link_once(
    administrator: FlaskClient, app: Any, loaded: Loaded
) -> None:
    _, scopes = accounts.listed(loaded.engine, command())
    names = [one.name for one in scopes]
    town = next(one for one in scopes if one.kind == "subdistrict" and names.count(one.name) == 1)
    form = {"login": "li.na", "name": "李娜", "role": "staff", "scope": town.name}
    made = send(administrator, "/people", **form)
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    assert made.headers["Referrer-Policy"] == "same-origin"  # a form's Origin must be ours
    assert '<svg viewBox="' in made.text  # whole at any size
    link = LINK.search(made.text)
    assert link
    assert accounts.one(loaded.engine, command(), "li.na").code == town.code
    seen = administrator.get("/people?find=李娜&lang=zh").text
    assert "等待设置密码" in seen
    assert town.name in seen
    person = app.server.test_client()
    sent = {"password": PASSWORD, "again": PASSWORD}
    assert person.post(f"/set-up/{link[2]}", data=sent, headers=HERE).status_code == 303
    assert "waiting for set-up" not in administrator.get("/people/li.na?lang=en").text
    again = send(administrator, "/people", **form)
    assert again.status_code == 409
    assert "there is a user li.na already" in again.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"login": "Li Na"}, "a login has 2 to 40 small letters"),
        ({"name": ""}, ""),
        ({"name": "x" * 41}, "a name has 1 to 40"),
        ({"role": "root"}, "choose one of"),
        ({"scope": "天上"}, "no division is called 天上"),
        ({"scope": "52"}, "52 is outside of your own scope"),
        ({"scope": ""}, "no division is called -"),
        ({"name": "\0"}, "characters that are no text"),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_what_was_typed_stays(
    administrator: FlaskClient, loaded: Loaded, wrong: dict[str, str], said: str
) -> None:
    form = {"login": "wang.wu", "name": "王五", "role": "staff", "scope": loaded.code, **wrong}
    answer = send(administrator, "/people", **form)
    if not said:  # without a name the login stands for it
        assert answer.status_code == 200
        send(administrator, "/people/wang.wu/close")
        return
    assert answer.status_code == 400
    assert said in answer.text
    if "\0" not in form["name"]:
        assert f'value="{form["login"]}"' in answer.text


def test_role_and_scope_change_and_end_what_the_old_ones_began(
    administrator: FlaskClient, app: Any, loaded: Loaded
) -> None:
    person = client_of(app, loaded, "zhao", "viewer", loaded.code)
    form = {"name": "赵六", "role": "viewer", "scope": loaded.code}
    assert send(administrator, "/people/zhao", **form).status_code == 303
    assert person.get("/ogc").status_code == 200  # a new name alone ends nothing
    assert send(administrator, "/people/zhao", **{**form, "role": "planner"}).status_code == 303
    assert person.get("/ogc").status_code == 401
    found = accounts.one(loaded.engine, command(), "zhao")
    assert (found.name, found.role, found.sessions) == ("赵六", "planner", 0)


def test_closing_resetting_and_ending_sessions_take_access_at_once(
    administrator: FlaskClient, app: Any, loaded: Loaded
) -> None:
    person = client_of(app, loaded, "qian", "planner", loaded.code)
    page = administrator.get("/people/qian?lang=zh").text
    assert page.count("<details>") == 3  # each asks once more, and says what will happen
    assert send(administrator, "/people/qian/end").status_code == 303
    assert person.get("/ogc").status_code == 401
    assert sign_in(person, "qian").status_code == 303
    link = LINK.search(send(administrator, "/people/qian/link").text)
    assert link
    assert person.get("/ogc").status_code == 401
    sessions.set_up(loaded.engine, link[2], PASSWORD, PASSWORD)
    assert sign_in(person, "qian").status_code == 303
    unused = LINK.search(send(administrator, "/people/qian/link").text)
    assert unused
    assert send(administrator, "/people/qian/close").status_code == 303
    assert sessions.invited(loaded.engine, unused[2]) is None
    assert sign_in(person, "qian").status_code == 401
    assert "closed" in administrator.get("/people/qian?lang=en").text
    opened = LINK.search(send(administrator, "/people/qian/link").text)
    assert opened
    sessions.set_up(loaded.engine, opened[2], PASSWORD, PASSWORD)
    assert sign_in(person, "qian").status_code == 303


def test_an_administrator_shuts_neither_himself_nor_the_last_one_out(
    administrator: FlaskClient, loaded: Loaded
) -> None:
    for act in ("close", "link"):
        answer = send(administrator, f"/people/chief/{act}")
        assert answer.status_code == 409
        assert "this is your own account" in answer.text
    form = {"name": "主任", "role": "viewer", "scope": loaded.code}
    assert send(administrator, "/people/chief", **form).status_code == 409
    narrow = {**form, "role": "admin", "scope": loaded.code + "001"}
    assert "not yours to narrow" in send(administrator, "/people/chief", **narrow).text
    with pytest.raises(ConflictError, match="the last administrator"):
        accounts.close(loaded.engine, command(), None, "chief")
    assert administrator.get("/people").status_code == 200


def test_an_administrator_of_a_town_keeps_the_accounts_of_that_town(
    app: Any, administrator: FlaskClient, loaded: Loaded
) -> None:
    town = loaded.code + "001"
    there = client_of(app, loaded, "town.chief", "admin", town)
    assert "chief 的名字" in there.get("/people?lang=en").text
    assert 'href="/people/chief?' not in there.get("/people?lang=en").text
    assert there.get("/people/chief").status_code == 404
    assert send(there, "/people/chief/close").status_code == 404
    form = {"login": "wider", "name": "甲", "role": "admin", "scope": loaded.code}
    assert "outside of your own scope" in send(there, "/people", **form).text
    assert send(there, "/people", **{**form, "scope": town + "002"}).status_code == 200


def test_who_was_locked_out_is_seen_and_let_in(
    administrator: FlaskClient, app: Any, loaded: Loaded
) -> None:
    person = client_of(app, loaded, "sun", "viewer", loaded.code)
    stranger = app.server.test_client()
    for _ in range(6):
        sign_in(stranger, "sun", "wrong-1234567")
    assert "locked until" in administrator.get("/people/sun?lang=en").text
    assert 'href="/people/sun?' in administrator.get("/people?state=locked&lang=en").text
    assert sign_in(stranger, "sun").status_code == 401
    assert send(administrator, "/people/sun/unlock").status_code == 303
    assert sign_in(stranger, "sun").status_code == 303
    assert person.get("/ogc").status_code == 200


def test_the_command_lists_what_the_page_lists(administrator: FlaskClient, loaded: Loaded) -> None:
    rows = list_rows(*accounts.listed(loaded.engine, command()), "zh")
    chief = next(row for row in rows if row.startswith("chief"))
    assert "管理员" in chief
    assert loaded.code in chief
    assert "可登录" in chief
    page = administrator.get("/people?lang=zh").text
    assert f"共 {len(rows)} 个" in page


def test_whoever_is_not_signed_in_is_asked_to_and_led_back(app: Any) -> None:
    audit = app.server.test_client().get("/admin/audit", headers=HTML)
    assert (audit.status_code, audit.location) == (303, "/sign-in?next=/admin/audit")
    answer = app.server.test_client().get("/people", headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/people"


def test_on_demonstration_nothing_is_kept(loaded: Loaded) -> None:
    made = create_app(read_settings({}), loaded.server)
    try:
        client = made.server.test_client()
        assert "GETU_SIGN_IN=on" in client.get("/people?lang=en").text
        form = {"login": "nobody", "name": "甲", "role": "admin", "scope": loaded.code}
        assert send(client, "/people", **form).status_code == 409
    finally:
        close_app(made)


def test_what_an_administrator_does_is_in_the_audit_under_his_name(
    administrator: FlaskClient, app: Any, loaded: Loaded
) -> None:
    client_of(app, loaded, "zhou", "viewer", loaded.code)
    form = {"name": "周", "role": "planner", "scope": loaded.code}
    send(administrator, "/people/zhou", **form)
    send(administrator, "/people/zhou/link")
    send(administrator, "/people/zhou/close")
    with transaction(loaded.engine) as c:
        rows = c.execute(
            text(
                """SELECT a.action, a.actor, a.code, a.detail FROM audit_entry a
                JOIN app_user u ON a.subject = 'user:' || u.id
                WHERE u.login = 'zhou' ORDER BY a.id"""
            )
        ).all()
    assert [row.action for row in rows] == [
        *("user.added", "user.password_set", "session.begun"),
        *("user.changed", "user.link_made", "user.closed"),
    ]
    assert [row.actor for row in rows[3:]] == ["chief 的名字"] * 3
    assert {row.code for row in rows} == {loaded.code}
    assert rows[3].detail["was"] == {"role": "viewer", "scope": loaded.code}


# ---- many at once -----------------------------------------------------------------------------


def book(
    *rows: tuple[Any, ...], head: tuple[str, ...] = ("姓名", "账号", "角色", "负责范围")
) -> bytes:
    made = Workbook()
    made.active.append(head)
    for row in rows:
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def upload(client: FlaskClient, content: bytes, name: str = "名单.xlsx") -> Any:
    form = {"file": (io.BytesIO(content), name)}
    return client.post("/people/import?lang=zh", data=form, headers=HERE)


def test_a_list_adds_everybody_and_gives_a_slip_for_each(
    administrator: FlaskClient, app: Any, loaded: Loaded
) -> None:
    _, scopes = accounts.listed(loaded.engine, command())
    town = next(one for one in scopes if one.kind == "subdistrict")
    content = book(
        ("甲一", "batch.1", "社区工作者", int(loaded.code)),
        ("乙二", "batch.2", "planner", f"{town.code} {town.name}"),
        (None, None, None, None),
        ("丙三", "batch.3", "Leader", town.code),
    )
    done = upload(administrator, content)
    assert done.status_code == 200, done.text
    links = LINK.findall(done.text)
    assert len(links) == done.text.count("<svg") == 3
    made = [accounts.one(loaded.engine, command(), f"batch.{n}") for n in (1, 2, 3)]
    assert [(one.role, one.code) for one in made] == [
        ("staff", loaded.code),
        ("planner", town.code),
        ("viewer", town.code),
    ]
    assert sessions.invited(loaded.engine, links[2][1]) is not None


def test_every_fault_of_a_list_is_said_with_its_row_and_nobody_is_added(
    administrator: FlaskClient, loaded: Loaded
) -> None:
    before = len(accounts.listed(loaded.engine, command())[0])
    content = book(
        ("好人", "batch.good", "社区工作者", loaded.code),
        ("甲", "Bad Login", "所长", "天上"),
        ("乙", "batch.good", "社区工作者", "52"),
        ("=1+1", "chief", "社区工作者", loaded.code),
    )
    done = upload(administrator, content)
    assert done.status_code == 400
    rows = re.findall(r"<tr><td>(\d+)</td><td>(.*?)</td></tr>", done.text)
    assert [row for row, _ in rows] == ["3", "3", "3", "4", "4", "5"]
    assert "不在您自己的负责范围" in rows[3][1]
    assert "第 2 行已经有了" in rows[4][1]
    assert "已有账号 chief" in rows[5][1]
    assert len(accounts.listed(loaded.engine, command())[0]) == before


def test_what_is_no_list_is_refused_and_says_what_to_do(administrator: FlaskClient) -> None:
    for content, name, said in (
        (b"PK\x03\x04 broken", "名单.xlsx", "名单.xlsx"),
        (book(("甲", "x1"), head=("姓名", "账号")), "名单.xlsx", "缺少列：角色, 负责范围"),
        (book(), "名单.xlsx", "一个人也没有"),
        (b"#!/bin/sh", "run.sh", "run.sh"),
    ):
        answer = upload(administrator, content, name)
        assert answer.status_code == 400
        assert said in answer.text


def test_the_empty_list_holds_the_roles_and_the_divisions(
    administrator: FlaskClient, loaded: Loaded, tmp_path: Path
) -> None:
    got = administrator.get("/people/template.xlsx?lang=zh")
    found = load_workbook(io.BytesIO(got.data))
    assert [cell.value for cell in found["人员"][1]] == ["姓名", "账号", "角色", "负责范围"]
    choices = [[cell.value for cell in row] for row in found["选项"]]
    assert "社区工作者" in {row[0] for row in choices}
    assert any(str(row[3]).startswith(loaded.code) for row in choices)
    file = tmp_path / "filled.xlsx"
    found["人员"].append(["甲", "filled", "审批人", loaded.code])
    found.save(file)
    assert read_people(file, "filled.xlsx") == {
        2: AccountOrder("filled", "甲", "approver", loaded.code)
    }
