"""The gate of a server: one ``before_request`` for every address."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from dash import Dash
from flask import Flask, Response, g, redirect, request
from sqlalchemy import Engine
from werkzeug.wrappers import Response as Answer

from dashboard.access.principal import (
    INSIDE,
    Principal,
    demonstrator,
    from_here,
    kept_apart,
    lacking,
)
from dashboard.access.rights import CALLBACKS as CALLBACK_RIGHTS
from dashboard.access.rights import ENDPOINTS, Right
from dashboard.gate.audit import add_audit, hear
from dashboard.gate.callbacks import check_callback, function_of
from dashboard.gate.free_space import FreeSpace
from dashboard.gate.hosts import is_ours, is_own_change
from dashboard.gate.refusals import CALLBACKS, add_last_refusals
from dashboard.gate.sign_in import ROLE, SESSION, SIGN_IN, add_sign_in, refusal_page
from dashboard.gate.strict_json import StrictJson, is_text
from dashboard.gate.waiting import add_waiting
from dashboard.people.second_factor import Vault, read_vault
from dashboard.people.sessions import principal_of
from dashboard.settings import Settings
from dashboard.web.api import MOST_BODY, READING
from dashboard.web.bodies import MARK, refused
from layers.kit import few
from layers.kit.errors import Message, NotFoundError

ANY_PAGE: Final = "/<path:path>"
OFFICES: Final[tuple[tuple[str, Right], ...]] = (
    ("/people", "administer"),
    ("/admin/audit", "audit"),
)
KNOWING: Final = ("sign_in", "own.show", "own.change", "own.end", "own.begin_factor")
"""Open addresses that nevertheless show whoever signed in something of their own."""
PAGES: Final = (
    *("/", ANY_PAGE, "accounts.every", "accounts.one", "accounts.batch", "audit.search"),
)
"""Endpoints that people open: whoever may not is told by a page, a program in JSON."""
MOST_SMALL: Final = 200_000
# Bytes of a body, enforced while it is read, whatever its header says. Addresses under /api have
# bounds of their own (dashboard/web/api.py), which are set after these.
MOST: Final = {CALLBACKS: MOST_BODY, "accounts.batch_sent": 2_000_000}
# Addresses that programs ask: what is not there is said to them in JSON, and not by a page.
OF_PROGRAMS: Final = (
    *("/api", "/ogc", "/tiles", "/layers", "/rows", "/grids", "/coverage/", "/data/", "/assets"),
    *("/static", "/_", "/health", "/metrics"),
)
OF_PROXIES: Final = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host")
HEADERS: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}


def add_gate(
    app: Dash, settings: Settings, paths: Collection[str], engine: Engine, theme: str
) -> None:
    """Close an application's server. ``paths``: the addresses of its pages.

    ``theme``: address of the script that sets the theme of the gate's own pages.
    """
    server: Flask = app.server
    server.json = StrictJson(server)
    names = (*settings.hosts, settings.host.lower())
    is_demonstration = not settings.needs_sign_in
    space = FreeSpace(settings)

    @server.before_request
    def gate() -> Response | Answer | None:
        hear()
        host = request.environ.get("HTTP_HOST")
        if not is_ours(host, names):
            said = Message("{host} is no address of this program", {"host": (host or "-")[:100]})
            return refused(421, said)
        if not is_text(request.path):
            raise NotFoundError("the address holds a NUL character: nothing is called so")
        if request.url_rule is None:
            return None  # Flask says why: there is no such address, or not for this method
        request.max_content_length = MOST.get(request.endpoint or "", MOST_SMALL)
        if request.endpoint == ANY_PAGE and request.path not in paths:
            _refuse_page()
        if is_demonstration and any(request.headers.get(name) for name in OF_PROXIES):
            return refused(403, Message("behind a proxy people sign in: set GETU_SIGN_IN=on"))
        if ENDPOINTS.get(request.endpoint or "") != "open" or request.endpoint in KNOWING:
            found = _principal(engine, is_demonstration=is_demonstration)
            if found is not None and settings.administrators_apart:
                found = kept_apart(found)
            g.principal = None if found is None else from_here(found)
            few.ask(found is not None and not found.sees_few)
        return (
            _refuse_change(host or "")
            or _refuse_entry(theme)
            or _to_own_page()
            or _refuse_callback(app, space)
            or (None if _is_callback() else space.refusal(ENDPOINTS.get(request.endpoint or "")))
        )

    @server.after_request
    def say(answer: Response) -> Response:
        if answer.status_code == 200 and g.get("no_page"):
            answer.status_code = 404
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if request.scheme == "https":  # by certificate files: nginx says it by itself
            answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return answer

    add_audit(server, engine)
    add_last_refusals(server)
    add_waiting(server, theme, ("/", ANY_PAGE))

    @cache
    def vault() -> Vault:
        return read_vault(settings.database.paths.root)

    key = None if is_demonstration else vault
    add_sign_in(server, engine, key, settings.openid, theme=theme)


def _principal(engine: Engine, *, is_demonstration: bool) -> Principal | None:
    inside = request.environ.get(INSIDE)  # by WSGI alone: no header has such a name
    if isinstance(inside, Principal):
        return inside
    if is_demonstration:
        return demonstrator(request.cookies.get(ROLE))
    token = request.cookies.get(SESSION)
    return principal_of(engine, token) if token else None


def _refuse_page() -> None:
    """Let a person see that there is no such page, by a page; tell a program. NotFoundError."""
    path = request.path
    if path.startswith(OF_PROGRAMS) or not request.accept_mimetypes.accept_html:
        raise NotFoundError("there is nothing at {path}", path=path[:200])
    g.no_page = True


def _refuse_change(host: str) -> Response | None:
    if request.method in READING:
        return None
    if is_own_change(request.headers, host, MARK, is_json=request.is_json):
        return None
    return refused(403, Message("a change must come from a page of this program"))


def _refuse_entry(theme: str) -> Response | Answer | None:
    right = ENDPOINTS.get(request.endpoint or "")
    if right == "nobody":
        raise NotFoundError("there is nothing at {path}", path=request.path[:200])
    if right is None:
        return refused(403, Message("{path} is open to nobody", {"path": request.path[:200]}))
    refusal = _refuse_right(right)
    is_page = request.method in READING and request.endpoint in PAGES
    if is_page and g.get("lacks") and request.accept_mimetypes.accept_html:
        return refusal_page(g.lacks, theme)
    return refusal


def _to_own_page() -> Answer | None:
    """Send who may see no page of a county to the one of their office."""
    if request.endpoint not in ("/", ANY_PAGE) or g.get("no_page") or g.principal.may("read"):
        return None
    own = next((path for path, right in OFFICES if g.principal.may(right)), SIGN_IN)
    return redirect(own, 303)


def _refuse_right(right: Right) -> Response | Answer | None:
    """Refuse what the one who asks may not do; who is nobody yet is asked to sign in."""
    if right == "open":
        return None
    who = g.get("principal")
    if not isinstance(who, Principal):
        if request.method == "GET" and request.endpoint in PAGES:
            return redirect(f"{SIGN_IN}?next={quote(request.full_path.rstrip('?'))}", 303)
        return refused(401, Message("sign in first: open {path}", {"path": SIGN_IN}))
    if who.may(right):
        return None
    g.lacks = lacking(who, right)
    return refused(403, g.lacks)


def _is_callback() -> bool:
    return request.endpoint == CALLBACKS and request.method not in READING


def _refuse_callback(app: Dash, space: FreeSpace) -> Response | Answer | None:
    if not _is_callback():
        return None
    sent: Any = request.get_json(silent=True)
    output = check_callback(sent, app.callback_map)
    function = function_of(app.callback_map[output])
    g.callback = function
    right = CALLBACK_RIGHTS.get(function)
    if right is None:
        return refused(403, Message("{path} is open to nobody", {"path": function}))
    return _refuse_right(right) or space.refusal(right)
