"""The pages of the gate: signing in by two steps, a role on demonstration, setting a password."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from flask import Flask, Response, g, redirect, request
from sqlalchemy import Engine
from werkzeug.wrappers import Response as Answer

from dashboard.access.principal import ROLES, present
from dashboard.components.qr import drawn_code
from dashboard.gate.strict_json import is_text
from dashboard.people import openid, sessions
from dashboard.people.second_factor import Vault, address_of, written
from dashboard.people.sessions import Caller, Step
from dashboard.plain_pages.rendering import plain_page, reader_language
from dashboard.settings import OpenId, is_loopback
from data.people.second_factor import DEVICE_DAYS
from data.people.write import Browser
from layers.kit.errors import GetuError, InputError, NotFoundError, ServerError

SESSION: Final = "getu_session"
ROLE: Final = "getu_role"
ALL: Final = "all"
SIGN_IN: Final = "/sign-in"
CARRIED: Final = "getu_openid"
DEVICE: Final = "getu_device"
A = TypeVar("A", bound=Answer)
MOST_AGENT: Final = 200


def add_sign_in(
    server: Flask,
    engine: Engine,
    vault: Callable[[], Vault] | None,
    provider: OpenId | None,
    *,
    theme: str,
) -> None:
    """Add the gate's own pages. ``theme``: address of the script that sets the theme.

    ``vault``: gives the key of second steps; None on demonstration, where nobody signs in.
    ``provider``: who signs people in instead of passwords, if anybody does.
    """

    def page(kind: str, status: int = 200, **values: Any) -> Response:
        return _page(kind, theme, status, **{"by_provider": provider is not None, **values})

    _add_provider(server, engine, vault, provider, page)

    @server.get(SIGN_IN)
    def sign_in() -> Response:
        who = g.get("principal")  # nobody, before they sign in
        if vault is None:
            return page("roles", roles=(ALL, *ROLES), chosen=present().role or ALL)
        if who is not None:
            people_ = "/people" if who.may("administer") else ""
            goes_on = any(who.may(right) for right in ("read", "administer", "audit"))
            return page("inside", name=who.name, chosen=who.role, people=people_, goes_on=goes_on)
        return _step(engine, vault(), theme) or page("sign_in")

    @server.post(SIGN_IN)
    def sign_in_sent() -> Response | Answer:
        if vault is None:
            return redirect(SIGN_IN, 303)
        login, password = field("login"), field("password")
        try:
            step = sessions.sign_in(
                engine, login, password, caller(), guarded_only=provider is not None
            )
        except InputError as error:
            return page("sign_in", 401, said=error, login=login[:80])
        return after_step(step)

    @server.post("/sign-in/code")
    def second_step() -> Response | Answer:
        if vault is None:
            return redirect(SIGN_IN, 303)
        token = request.cookies.get(SESSION, "")
        try:
            step = sessions.take_step(engine, vault(), token, field("code"), caller())
        except InputError as error:
            return _step(engine, vault(), theme, error) or page("sign_in", 401, said=error)
        if not step.codes:
            return after_step(step)
        answer = page("recovery", codes=step.codes)
        return with_session(answer, step)

    @server.post("/sign-out")
    def sign_out() -> Answer:
        token = request.cookies.get(SESSION, "")
        sessions.sign_out(engine, token, everywhere=field("where") == "everywhere")
        answer = redirect(SIGN_IN, 303)
        answer.delete_cookie(SESSION)
        # What the browser kept of the pages that this person saw goes too.
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    @server.post("/role")
    def choose_role() -> Answer:
        role = field("role")
        if role not in (ALL, *ROLES):
            raise InputError("choose one of {listed}", listed=", ".join((ALL, *ROLES)))
        answer = redirect(next_page(), 303)
        answer.set_cookie(ROLE, role, httponly=True, samesite="Strict")
        return answer

    @server.get("/set-up/<token>")
    def set_up(token: str) -> Response:
        account = sessions.invited(engine, token)
        if account is None:
            void = InputError("this link was used or is over: ask for a new one")
            return page("void", 404, said=void)
        return page("set_up", login=account.login, action=f"/set-up/{quote(token)}")

    @server.post("/set-up/<token>")
    def set_up_sent(token: str) -> Response | Answer:
        account = sessions.invited(engine, token)
        password = field("password")
        try:
            sessions.set_up(engine, token, password, field("again"))
        except InputError as error:
            if account is None:
                return page("void", 400, said=error)
            asked = {"login": account.login, "action": f"/set-up/{quote(token)}"}
            return page("set_up", 400, said=error, **asked)
        assert account is not None
        try:
            step = sessions.sign_in(
                engine, account.login, password, caller(), guarded_only=provider is not None
            )
        except InputError as error:  # the password is set; where people sign in, it is not asked
            return page("sign_in", 200, said=error)
        return after_step(step)


def _add_provider(
    server: Flask,
    engine: Engine,
    vault: Callable[[], Vault] | None,
    provider: OpenId | None,
    page: Callable[..., Response],
) -> None:
    """Add the way to a provider of sign-ins and back."""

    def back() -> str:
        return f"{origin()}/sign-in/openid/back"

    def asked() -> tuple[OpenId, Vault]:
        if provider is None or vault is None:
            raise NotFoundError("there is nothing at {path}", path=request.path)
        return provider, vault()

    @server.get("/sign-in/openid")
    def leave() -> Response | Answer:
        settings, key = asked()
        try:
            address, carried = openid.leave(settings, key, back(), next_page())
        except ServerError as error:
            return page("sign_in", 503, said=error)
        answer = redirect(address, 303)
        answer.set_cookie(
            CARRIED,
            carried,
            max_age=openid.CARRIED_S,
            path="/sign-in/openid",
            httponly=True,
            samesite="Lax",
            secure=is_tls(),
        )
        return answer

    @server.get("/sign-in/openid/back")
    def come_back() -> Response | Answer:
        settings, key = asked()
        carried = request.cookies.get(CARRIED, "")
        try:
            sent = {name: value for name, value in request.args.items() if is_text(value)}
            step, onwards = openid.come_back(engine, settings, key, back(), carried, sent, caller())
        except InputError as error:
            return page("sign_in", 400, said=error)
        except ServerError as error:
            return page("sign_in", 503, said=error)
        answer = after_step(step, onwards)
        answer.delete_cookie(CARRIED, path="/sign-in/openid")
        return answer


def _step(
    engine: Engine, vault: Vault, theme: str, said: GetuError | None = None
) -> Response | None:
    """Return the page of the step that a browser is at, None where it is at none."""
    found = sessions.begun(engine, request.cookies.get(SESSION, ""))
    if found is None:
        return None
    account, needs = found
    status = 401 if said else 200
    if needs == "code":
        return _page("code", theme, status, said=said, login=account.login)
    secret = sessions.offer(engine, vault, account)
    drawn = drawn_code(address_of(secret, account.login))
    return _page(
        "factor", theme, status, said=said, login=account.login, qr=drawn, secret=written(secret),
        is_needed=sessions.needs_factor(account),
    )  # fmt: skip


def caller() -> Caller:
    """Return where a request comes from. A proxy on this machine says for whom it asks."""
    address = request.remote_addr or ""
    said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    if said and is_loopback(address):
        # What is no address counts as the proxy's own.
        with suppress(ValueError):
            address = str(ipaddress.ip_address(said))
    agent = "".join(c for c in request.user_agent.string if c.isprintable())[:MOST_AGENT]
    return Caller(Browser(address, agent), request.cookies.get(DEVICE, ""))


def after_step(step: Step, onwards: str | None = None) -> Answer:
    """Send a browser on: to the second step, else to where it wanted to go."""
    onwards = next_page() if onwards is None else onwards
    if step.needs is None:
        return with_session(redirect(onwards, 303), step)
    asked = {"next": onwards, "lang": request.args.get("lang", "")}
    return with_session(
        redirect(f"{SIGN_IN}?{urlencode({k: v for k, v in asked.items() if v})}", 303), step
    )


def field(name: str) -> str:
    """Return a field of the form that was sent. Raises InputError for what is no text."""
    value = request.form.get(name, "")
    if not is_text(value) or len(value) > 1000:
        raise InputError("what was sent holds characters that are no text")
    return value


def next_page() -> str:
    """Return where to go on: an address of this program, else the first page."""
    found = request.values.get("next", "/")
    inside = found.startswith("/") and not found.startswith(("//", "/\\")) and found.isprintable()
    return found if inside and "\\" not in found else "/"


def is_tls() -> bool:
    """Tell whether the browser came by TLS: nginx says by which way, else the connection."""
    return request.headers.get("X-Forwarded-Proto", request.scheme) == "https"


def origin() -> str:
    """Return this program's address as the reader's browser knows it."""
    return f"{'https' if is_tls() else 'http'}://{request.host}"


def with_session(answer: A, step: Step) -> A:
    """Give a browser the tokens of a step."""
    secure = is_tls()
    answer.set_cookie(SESSION, step.token, httponly=True, samesite="Lax", secure=secure)
    if step.device:
        answer.set_cookie(
            DEVICE,
            step.device,
            max_age=DEVICE_DAYS * 86_400,
            httponly=True,
            samesite="Lax",
            secure=secure,
        )
    return answer


def refusal_page(said: GetuError, theme: str) -> Response:
    """Tell whoever opens a page that is not for them why, and the way back."""
    return _page("refused", theme, 403, said=said)


def _page(
    kind: str, theme: str, status: int, *, said: GetuError | None = None, **values: Any
) -> Response:
    other = "en" if reader_language() == "zh" else "zh"
    return plain_page(
        Path(__file__).parent,
        "sign_in.html",
        theme,
        status,
        said=said,
        other=urlencode({"lang": other, "next": next_page()}),
        **{"kind": kind, "login": "", "next": next_page(), **values},
    )
