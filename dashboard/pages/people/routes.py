"""``/people``: accounts, for whoever administers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request
from sqlalchemy import Engine
from werkzeug.wrappers import Response as Answer

from dashboard.access.principal import ROLES, present
from dashboard.gate.sign_in import SESSION, origin
from dashboard.gate.strict_json import is_text
from dashboard.pages.people import rendering
from dashboard.pages.people.batch import add_batch
from dashboard.pages.people.rendering import (
    PAGE,
    Slip,
    refuse_demonstration,
)
from dashboard.people import accounts
from dashboard.people.accounts import AccountOrder
from dashboard.plain_pages.rendering import reader_language
from dashboard.text import text
from data.people.read import Account
from layers.kit.errors import GetuError, InputError

STATES = ("open", "invited", "locked", "closed")
MOST_FIELD = 200


def add_people(server: Flask, engine: Engine, *, theme: str, roles: Sequence[str]) -> None:
    """Add the pages. ``theme``: address of the script that sets the theme.

    ``roles``: those that may be given.
    """
    api = Blueprint("accounts", __name__, url_prefix=PAGE)
    _add_list(api, engine, theme, roles)
    add_batch(api, engine, theme, roles)
    _add_one(api, engine, theme, roles)
    _add_changes(api, engine, theme, roles)
    server.register_blueprint(api)


def _add_list(api: Blueprint, engine: Engine, theme: str, roles: Sequence[str]) -> None:
    def page(said: GetuError | None = None, **typed: str) -> Response:
        found, scopes = accounts.listed(engine, present())
        names = {one.code: one.name for one in scopes}
        sought = {name: request.args.get(name, "")[:80] for name in ("find", "role", "state")}
        shown = [one for one in found if _is_sought(one, names.get(one.code, ""), sought)]
        return rendering.page(
            "list.html",
            theme,
            said=said,
            accounts=shown,
            total=len(found),
            names=names,
            scopes=scopes,
            every_role=ROLES,
            roles=roles,
            states=STATES,
            sought=sought,
            typed={"login": "", "name": "", "role": "", "scope": "", **typed},
            own=_own(engine),
        )

    @api.get("")
    def every() -> Response:
        return page()

    @api.post("")
    def add() -> Response:
        typed = {name: _field(name) for name in ("login", "name", "role", "scope")}
        try:
            refuse_demonstration()
            token = accounts.add(engine, present(), AccountOrder(**typed), roles)
        except GetuError as error:
            return page(error, **typed)
        return _linked(engine, theme, typed["login"], token)


def _add_one(api: Blueprint, engine: Engine, theme: str, roles: Sequence[str]) -> None:
    @api.get("/<login>")
    def one(login: str) -> Response:
        done = request.args.get("done", "")
        words = text(f"people.done.{done}", reader_language()) if done in DONE else ""
        return _one(engine, theme, roles, login, done=words)

    @api.post("/<login>")
    def change(login: str) -> Response | Answer:
        order = AccountOrder(login, _field("name"), _field("role"), _field("scope"))

        def act() -> None:
            accounts.change(engine, present(), _own(engine), order, roles)

        return _acted(engine, theme, roles, login, "changed", act)


DONE = ("changed", "closed", "ended", "unlocked", "stepped")


def _add_changes(api: Blueprint, engine: Engine, theme: str, roles: Sequence[str]) -> None:
    @api.post("/<login>/link")
    def link(login: str) -> Response:
        try:
            refuse_demonstration()
            token = accounts.renew_link(engine, present(), _own(engine), login)
        except GetuError as error:
            return _one(engine, theme, roles, login, said=error)
        return _linked(engine, theme, login, token)

    @api.post("/<login>/close")
    def close(login: str) -> Response | Answer:
        def act() -> None:
            accounts.close(engine, present(), _own(engine), login)

        return _acted(engine, theme, roles, login, "closed", act)

    @api.post("/<login>/step")
    def step(login: str) -> Response | Answer:
        def act() -> None:
            accounts.reset_second_step(engine, present(), _own(engine), login)

        return _acted(engine, theme, roles, login, "stepped", act)

    @api.post("/<login>/end")
    def end(login: str) -> Response | Answer:
        def act() -> None:
            accounts.end_sessions(engine, present(), login)

        return _acted(engine, theme, roles, login, "ended", act)

    @api.post("/<login>/unlock")
    def unlock(login: str) -> Response | Answer:
        def act() -> None:
            accounts.unlock(engine, present(), login)

        return _acted(engine, theme, roles, login, "unlocked", act)


def _acted(
    engine: Engine,
    theme: str,
    roles: Sequence[str],
    login: str,
    done: str,
    act: Callable[[], None],
) -> Response | Answer:
    """Do it and show the account again; refused, show it with the reason."""
    try:
        refuse_demonstration()
        act()
    except GetuError as error:
        return _one(engine, theme, roles, login, said=error)
    asked = f"&lang={reader_language()}" if request.args.get("lang") else ""
    return redirect(f"{PAGE}/{login}?done={done}{asked}", 303)


def _one(engine: Engine, theme: str, roles: Sequence[str], login: str, **more: Any) -> Response:
    account = accounts.one(engine, present(), login)
    _, scopes = accounts.listed(engine, present())
    return rendering.page(
        "one.html",
        theme,
        account=account,
        names={one.code: one.name for one in scopes},
        scopes=scopes,
        roles=roles if account.role in roles else (*roles, account.role),
        own=_own(engine),
        **more,
    )


def _linked(engine: Engine, theme: str, login: str, token: str) -> Response:
    """Show a set-up link, this once: what is kept of it is a hash."""
    account = accounts.one(engine, present(), login)
    slip = Slip(account.login, account.name, f"{origin()}/set-up/{token}")
    return rendering.page("link.html", theme, slips=[slip])


def _own(engine: Engine) -> str | None:
    token = request.cookies.get(SESSION)
    return accounts.own_login(engine, token) if token else None


def _is_sought(one: Account, scope: str, sought: dict[str, str]) -> bool:
    find = sought["find"].strip().lower()
    told = f"{one.login} {one.name} {one.code} {scope}".lower()
    return find in told and sought["role"] in ("", one.role) and sought["state"] in ("", one.state)


def _field(name: str) -> str:
    value = request.form.get(name, "")
    if not is_text(value) or len(value) > MOST_FIELD:
        raise InputError("what was sent holds characters that are no text")
    return value.strip()
