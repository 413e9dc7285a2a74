"""Accounts made and people signed in, for the tests of the gate."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine

from dashboard.access.principal import command
from dashboard.gate import accounts
from dashboard.gate.accounts import AccountOrder

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
