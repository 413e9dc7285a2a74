"""``/health`` and ``/metrics``, and one line for each request."""

from __future__ import annotations

import hmac
import re
import time
from secrets import token_hex
from typing import Final

from flask import Flask, Response, g, jsonify, request

from dashboard.access.principal import Principal, system
from dashboard.events import event, keep_events
from dashboard.gate.hosts import is_loopback_address
from dashboard.gate.requests import OF_PROXIES
from dashboard.services import Services
from dashboard.settings import Settings
from dashboard.watch.metrics import Metrics
from data.divisions import read_counties as counties
from data.engine import session
from layers.kit.errors import NotFoundError

ID: Final = "X-Request-Id"
_ID: Final = re.compile(r"[0-9a-f]{16,32}")
TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"


def add_watch(server: Flask, settings: Settings, services: Services) -> None:
    """Add the addresses. Call it before the gate is added: time is taken from the first moment."""
    metrics = Metrics(services, settings.backups)
    keep_events(settings.events)

    @server.before_request
    def begin() -> None:
        g.began = time.monotonic()
        asked = request.headers.get(ID, "")
        g.request_id = asked if _ID.fullmatch(asked) else token_hex(8)

    @server.after_request
    def end(answer: Response) -> Response:
        if "began" not in g:
            return answer
        seconds = time.monotonic() - g.began
        endpoint = request.endpoint or "none"
        who = g.get("principal")
        callback = g.get("callback")
        metrics.count(endpoint, answer.status_code, seconds, callback)
        event(
            "request", id=g.request_id, method=request.method, endpoint=endpoint,
            callback=callback, status=answer.status_code, ms=round(seconds * 1000, 1),
            who=who.login if isinstance(who, Principal) else None,
        )  # fmt: skip
        answer.headers[ID] = g.request_id
        return answer

    @server.get("/health/live")
    def health_live() -> Response:
        """Answer while the process can answer at all: restart it when this does not."""
        return jsonify(status="ok")

    @server.get("/health/ready")
    def health_ready() -> Response:
        """Answer while the database answers too: send nobody here when this does not (503)."""
        with session(services.engine, system()) as c:
            counties.county_count(c)
        return jsonify(status="ok")

    @server.get("/metrics")
    def metrics_() -> Response:
        if not _may_see(settings.metrics_token):
            raise NotFoundError("there is nothing at {path}", path=request.path)
        answer = Response(metrics.written(), content_type=TEXT)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _may_see(token: str | None) -> bool:
    """Tell whether who asks has the token; without one, whether it is this machine itself."""
    if token:
        sent = request.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())
    if any(request.headers.get(name) for name in OF_PROXIES):
        return False
    return is_loopback_address(request.remote_addr)
