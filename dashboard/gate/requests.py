"""The gate of a server: one ``before_request`` for every address."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from dash import Dash
from flask import Flask, Response, g, request

from dashboard.gate.callbacks import check_callback
from dashboard.gate.hosts import is_ours, is_own_change
from dashboard.gate.refusals import CALLBACKS, add_last_refusals
from dashboard.gate.rights import ENDPOINTS
from dashboard.gate.strict_json import StrictJson, is_text
from dashboard.settings import Settings
from dashboard.web.api import MOST_BODY, READING
from dashboard.web.bodies import MARK, refused
from layers.kit.errors import Message, NotFoundError

ANY_PAGE: Final = "/<path:path>"
MOST_SMALL: Final = 200_000
# Bytes of a body, enforced while it is read, whatever its header says. Addresses under /api have
# bounds of their own (dashboard/web/api.py), which are set after these.
MOST: Final = {CALLBACKS: MOST_BODY}
# Addresses that programs ask: what is not there is said to them in JSON, and not by a page.
OF_PROGRAMS: Final = (
    *("/api", "/ogc", "/tiles", "/layers", "/rows", "/grids", "/coverage/", "/data/", "/assets"),
    *("/static", "/_", "/health"),
)
HEADERS: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}


def add_gate(app: Dash, settings: Settings, paths: Collection[str]) -> None:
    """Close an application's server. ``paths``: the addresses of its pages."""
    server: Flask = app.server
    server.json = StrictJson(server)
    names = (*settings.hosts, settings.host.lower())

    @server.before_request
    def gate() -> Response | None:
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
        return _refuse_change(host or "") or _refuse_entry() or _refuse_callback(app)

    @server.after_request
    def say(answer: Response) -> Response:
        if answer.status_code == 200 and g.get("no_page"):
            answer.status_code = 404
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    add_last_refusals(server)


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


def _refuse_entry() -> Response | None:
    right = ENDPOINTS.get(request.endpoint or "")
    if right == "nobody":
        raise NotFoundError("there is nothing at {path}", path=request.path[:200])
    if right is None:
        return refused(403, Message("{path} is open to nobody", {"path": request.path[:200]}))
    return None


def _refuse_callback(app: Dash) -> Response | None:
    if request.endpoint == CALLBACKS and request.method not in READING:
        check_callback(request.get_json(silent=True), app.callback_map)
    return None
