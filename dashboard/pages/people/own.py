"""``/account``: one's own account: password, second step, where one is signed in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, redirect, request
from sqlalchemy import Engine
from werkzeug.wrappers import Response as Answer

from dashboard.access.principal import present
from dashboard.gate.sign_in import SESSION, SIGN_IN, after_step, caller, field, with_session
from dashboard.pages.people import rendering
from dashboard.pages.people.browsers import browser_name
from dashboard.people import sessions
from dashboard.plain_pages.rendering import reader_language
from dashboard.text import text
from data.divisions.read_scopes import names_of
from data.engine import people_session
from layers.kit.errors import GetuError

PAGE = "/account"


def add_own(server: Flask, engine: Engine, *, theme: str) -> None:
    """Add the page. ``theme``: address of the script that sets the theme."""
    api = Blueprint("own", __name__, url_prefix=PAGE)

    def token() -> str:
        return request.cookies.get(SESSION, "")

    def page(**more: Any) -> Response | Answer:
        mine = sessions.own(engine, token())
        if mine is None:
            return redirect(f"{SIGN_IN}?next={PAGE}", 303)
        code = mine.account.code
        with people_session(engine, present()) as c:
            scope = names_of(c, [code]).get(code, "")
        return rendering.page(
            "own.html", theme, mine=mine, scope=scope, browser_name=browser_name, **more
        )

    @api.get("")
    def show() -> Response | Answer:
        is_done = request.args.get("done") == "ended"
        return page(done=text("people.done.ended", reader_language()) if is_done else "")

    @api.post("")
    def change() -> Response | Answer:
        try:
            step = sessions.change_password(
                engine, token(), field("present"), field("password"), field("again"), caller()
            )
        except GetuError as error:
            return page(said=error)
        answer = redirect(f"{PAGE}?lang={reader_language()}", 303)
        return with_session(answer, step)

    @api.post("/end")
    def end() -> Answer:
        sessions.end_own_session(engine, token(), field("session"))
        return redirect(f"{PAGE}?done=ended&lang={reader_language()}", 303)

    @api.post("/factor")
    def begin_factor() -> Response | Answer:
        try:
            return after_step(sessions.ask_for_factor(engine, token(), field("present"), caller()))
        except GetuError as error:
            return page(said=error)

    server.register_blueprint(api)
