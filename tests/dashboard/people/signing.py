"""Accounts made and people signed in, for the tests of the gate."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine

from dashboard.access.principal import command
from dashboard.people import accounts
from dashboard.people.accounts import AccountOrder
from dashboard.people.second_factor import STEP_S, code_at

PASSWORD = "xK7pQ2mN9v-格"
HTML = {"Accept": "text/html"}
HERE = {"Origin": "http://localhost", "Accept-Language": "en"}


def new_account(engine: Engine, login: str, name: str, role: str, code: str) -> str:
    return accounts.add(engine, command(), AccountOrder(login, name, role, code))


def new_link(engine: Engine, login: str) -> str:
    return accounts.renew_link(engine, command(), None, login)


def close(engine: Engine, login: str) -> None:
    accounts.close(engine, command(), None, login)


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD, **more: str) -> Any:
    form = {"login": login, "password": password, **more}
    return client.post("/sign-in", data=form, headers=HERE)


def secret_on(page: str) -> bytes:
    """Return the secret that a page of the second step shows."""
    shown = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert shown, page
    return base64.b32decode(shown[1].replace(" ", ""))


def code_of(secret: bytes, later: int = 0) -> str:
    """Return the code of this half minute, or of a later one."""
    return code_at(secret, int(time.time()) // STEP_S + later)


def send_code(client: FlaskClient, code: str) -> Any:
    return client.post("/sign-in/code", data={"code": code}, headers=HERE)


@dataclass(frozen=True)
class Factor:
    """A second step as it was set up. ``step``: the half minute of the code that was used."""

    secret: bytes
    step: int
    recovery: list[str]


def set_factor_up(client: FlaskClient) -> Factor:
    """Pass the second step for the first time."""
    secret = secret_on(client.get("/sign-in").text)
    step = int(time.time()) // STEP_S
    done = send_code(client, code_at(secret, step))
    assert done.status_code == 200, done.text
    return Factor(secret, step, re.findall(r"<li><code>([a-z0-9-]+)</code>", done.text))


def sign_in_whole(client: FlaskClient, login: str, role: str) -> FlaskClient:
    """Sign a new person in, by both steps where the role asks for them."""
    assert sign_in(client, login).status_code == 303
    if role in ("approver", "admin"):
        set_factor_up(client)
    return client
