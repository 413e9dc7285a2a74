"""One's own account, and attempts that lock nobody else out."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from dashboard.people import sessions
from data.engine import transaction
from data.people.attempts import MOST_FAILURES, Source, begin_attempt, delay_s, end_attempt
from layers.kit.errors import InputError
from tests.dashboard.people.signing import HERE, PASSWORD, new_account, new_link, sign_in
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
NEW = "Bq4-tZ9vLm2w"


@pytest.fixture
def login(loaded: Loaded, logins: Any) -> str:
    made = next(logins)
    token = new_account(loaded.engine, made, "王敏", "planner", loaded.code)
    sessions.set_up(loaded.engine, token, PASSWORD, PASSWORD)
    return str(made)


def at(app: Any, address: str) -> FlaskClient:
    """Return a browser at an address."""
    client: FlaskClient = app.server.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def change(client: FlaskClient, present: str, password: str, again: str | None = None) -> Any:
    form = {"present": present, "password": password, "again": again or password}
    return client.post("/account", data=form, headers=HERE)


def test_a_stranger_locks_nobody_out(app: Any, login: str) -> None:
    mine, stranger = at(app, "10.0.0.5"), at(app, "10.0.0.66")
    assert sign_in(mine, login).status_code == 303
    for _ in range(MOST_FAILURES + 2):
        sign_in(stranger, login, "wrong-1234567")
    assert "too many failed attempts" in sign_in(stranger, login).text
    # The same machine without its cookies, at an address that is known; and the device elsewhere.
    assert sign_in(at(app, "10.0.0.5"), login).status_code == 303
    mine.environ_base["REMOTE_ADDR"] = "10.0.0.66"
    assert sign_in(mine, login).status_code == 303


def test_many_strange_addresses_are_slowed_down_together(loaded: Loaded, logins: Any) -> None:
    login = next(logins)

    def attempt(source: Source) -> int:
        with transaction(loaded.engine) as c:
            return begin_attempt(c, login, source)

    with transaction(loaded.engine) as c:
        end_attempt(c, begin_attempt(c, login, Source("10.1.0.1")))
    for n in range(MOST_FAILURES):
        attempt(Source(f"10.2.0.{n}"))
    attempt(Source("device 7", is_known=True))
    for n in range(MOST_FAILURES + 2):
        with transaction(loaded.engine) as c:  # as if a minute had passed
            c.execute(
                text("UPDATE sign_in_attempt SET at = at - interval '1 min' WHERE login = :login"),
                {"login": login},
            )
        attempt(Source(f"10.3.0.{n}"))
    with pytest.raises(InputError, match="try again in 60 seconds"):
        attempt(Source("10.2.0.99"))
    attempt(Source("device 7", is_known=True))
    attempt(Source("10.1.0.1"))  # signed in from here before


def test_each_failure_doubles_the_wait_of_strangers() -> None:
    waits = [delay_s(MOST_FAILURES + n) for n in range(9)]
    assert waits == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert delay_s(10_000) == 60


def test_a_proxy_on_this_machine_says_who_asks_and_nobody_else_does(app: Any, login: str) -> None:
    near, far = at(app, "127.0.0.1"), at(app, "10.0.0.9")
    said = {"X-Forwarded-For": "203.0.113.5, 10.0.0.77"}
    for client in (near, far):
        form = {"login": login, "password": PASSWORD}
        assert client.post("/sign-in", data=form, headers={**HERE, **said}).status_code == 303
    shown = near.get("/account?lang=en").text
    assert "<b>10.0.0.77</b>" in shown
    assert "<b>10.0.0.9</b>" in shown
    assert "203.0.113.5" not in shown


def test_a_new_password_ends_the_other_sessions_and_renews_this_one(app: Any, login: str) -> None:
    mine, other = app.server.test_client(), app.server.test_client()
    sign_in(mine, login)
    sign_in(other, login)
    before = mine.get_cookie("getu_session").value
    assert change(mine, "wrong-1234567", NEW).status_code == 400
    assert change(mine, PASSWORD, NEW, "another-12345").status_code == 400
    assert change(mine, PASSWORD, "1234567890").status_code == 400
    assert other.get("/ogc").status_code == 200
    assert change(mine, PASSWORD, NEW).status_code == 303
    assert mine.get_cookie("getu_session").value != before
    assert mine.get("/ogc").status_code == 200
    assert other.get("/ogc").status_code == 401
    assert sign_in(other, login).status_code == 401
    assert sign_in(other, login, NEW).status_code == 303


def test_the_last_five_passwords_cannot_be_taken_again(
    app: Any, loaded: Loaded, login: str
) -> None:
    client = app.server.test_client()
    sign_in(client, login)
    used = [PASSWORD, *(f"Bq{n}-tZ9vLm2w" for n in range(5))]
    for old, new in pairwise(used):
        assert change(client, old, new).status_code == 303
    for past in used[1:]:
        assert "your password before" in change(client, used[-1], past).text
    assert change(client, used[-1], PASSWORD).status_code == 303  # the sixth is forgotten
    token = new_link(loaded.engine, login)
    with pytest.raises(InputError, match="your password before"):
        sessions.set_up(loaded.engine, token, used[-1], used[-1])


def test_sessions_are_listed_and_ended_one_by_one(app: Any, login: str) -> None:
    mine, other = at(app, "10.0.0.1"), at(app, "10.0.0.2")
    sign_in(mine, login)
    sign_in(other, login)
    page = mine.get("/account?lang=en").text
    assert page.count("<li>") == 2
    number = page.split('name="session" value="')[1].split('"')[0]
    stranger = at(app, "10.0.0.3")
    stranger.post("/account/end", data={"session": number}, headers=HERE)
    assert other.get("/ogc").status_code == 200
    for wrong in ("", "x", "9" * 40):
        assert mine.post("/account/end", data={"session": wrong}, headers=HERE).status_code == 303
    mine.post("/account/end", data={"session": number}, headers=HERE)
    assert other.get("/ogc").status_code == 401
    assert mine.get("/ogc").status_code == 200
