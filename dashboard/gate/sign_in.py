"""The pages of the gate: signing in, choosing a role on demonstration, setting a password."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from flask import Flask, Response, g, redirect, request
from jinja2 import Environment, Template
from sqlalchemy import Engine
from werkzeug.wrappers import Response as Answer

from dashboard.access.principal import ROLES, present
from dashboard.components.sign import SIGN
from dashboard.gate import people
from dashboard.gate.strict_json import is_text
from dashboard.text import Language, language, text
from dashboard.text.refusals import refusal
from layers.kit.errors import GetuError, InputError

SESSION: Final = "getu_session"
ROLE: Final = "getu_role"
ALL: Final = "all"
SIGN_IN: Final = "/sign-in"
ROLE_WORDS: Final = (("name", "role"), ("may", "may"))
WORDS: Final = (
    *("people.title", "people.sign_in", "people.login", "people.password", "people.forgotten"),
    *("people.inside", "people.go_on", "people.sign_out", "people.sign_out_everywhere"),
    *("people.set_up", "people.password_rules", "people.new_password", "people.again"),
    *(
        "people.keep_accounts",
        "people.set_password",
        "people.choose_role",
        "people.demonstration",
        "desk.other_language",
    ),
)


def add_sign_in(server: Flask, engine: Engine, *, theme: str, is_demonstration: bool) -> None:
    """Add the gate's own pages. ``theme``: address of the script that sets the theme."""

    def page(kind: str, status: int = 200, **values: Any) -> Response:
        return _page(kind, theme, status, **values)

    @server.get(SIGN_IN)
    def sign_in() -> Response:
        who = g.get("principal")  # nobody, before they sign in
        if is_demonstration:
            return page("roles", roles=(ALL, *ROLES), chosen=present().role or ALL)
        if who is not None:
            people_ = "/people" if who.may("administer") else ""
            return page("inside", name=who.name, chosen=who.role, people=people_)
        return page("sign_in")

    @server.post(SIGN_IN)
    def sign_in_sent() -> Response | Answer:
        if is_demonstration:
            return redirect(SIGN_IN, 303)
        login, password = _field("login"), _field("password")
        try:
            token = people.sign_in(engine, login, password)
        except InputError as error:
            return page("sign_in", 401, said=error, login=login[:80])
        return _with_session(redirect(_next(), 303), token)

    @server.post("/sign-out")
    def sign_out() -> Answer:
        token = request.cookies.get(SESSION, "")
        people.sign_out(engine, token, everywhere=_field("where") == "everywhere")
        answer = redirect(SIGN_IN, 303)
        answer.delete_cookie(SESSION)
        # What the browser kept of the pages that this person saw goes too.
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    @server.post("/role")
    def choose_role() -> Answer:
        role = _field("role")
        if role not in (ALL, *ROLES):
            raise InputError("choose one of {listed}", listed=", ".join((ALL, *ROLES)))
        answer = redirect(_next(), 303)
        answer.set_cookie(ROLE, role, httponly=True, samesite="Strict")
        return answer

    @server.get("/set-up/<token>")
    def set_up(token: str) -> Response:
        account = people.invited(engine, token)
        if account is None:
            void = InputError("this link was used or is over: ask for a new one")
            return page("void", 404, said=void)
        return page("set_up", login=account.login, action=f"/set-up/{quote(token)}")

    @server.post("/set-up/<token>")
    def set_up_sent(token: str) -> Response | Answer:
        account = people.invited(engine, token)
        password = _field("password")
        try:
            people.set_up(engine, token, password, _field("again"))
        except InputError as error:
            login = account.login if account else ""
            return page("set_up", 400, said=error, login=login, action=f"/set-up/{quote(token)}")
        assert account is not None
        signed = people.sign_in(engine, account.login, password)
        return _with_session(redirect("/", 303), signed)


def _field(name: str) -> str:
    value = request.form.get(name, "")
    if not is_text(value) or len(value) > 1000:
        raise InputError("what was sent holds characters that are no text")
    return value


def _next() -> str:
    """Return where to go on: an address of this program, else the first page."""
    found = request.values.get("next", "/")
    inside = found.startswith("/") and not found.startswith(("//", "/\\")) and found.isprintable()
    return found if inside and "\\" not in found else "/"


def _with_session(answer: Answer, token: str) -> Answer:
    # nginx says by which way the browser came; without it, the connection is not encrypted.
    secure = request.headers.get("X-Forwarded-Proto", request.scheme) == "https"
    answer.set_cookie(SESSION, token, httponly=True, samesite="Lax", secure=secure)
    return answer


@cache
def _template() -> Template:
    source = Path(__file__).with_name("sign_in.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True).from_string(source)


def _page(
    kind: str, theme: str, status: int, *, said: GetuError | None = None, **values: Any
) -> Response:
    asked = request.args.get("lang")
    lang: Language = language(asked or request.accept_languages.best_match(("zh", "en")))

    filled = {"name": "", "login": "", **values}
    words = {key.rpartition(".")[2]: text(key, lang, filled) for key in WORDS}
    roles_of = {
        role: {name: text(f"people.{key}.{role}", lang) for name, key in ROLE_WORDS}
        for role in (ALL, *ROLES)
    }
    other = "en" if lang == "zh" else "zh"
    made = _template().render(
        {"login": "", "next": _next(), **values},
        kind=kind,
        lang=lang,
        words=words,
        roles_of=roles_of,
        said=refusal(said, lang) if said else "",
        sign=SIGN,
        theme=theme,
        other_language=f"?lang={other}&next={quote(_next())}",
    )
    answer = Response(made, status, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    return answer
