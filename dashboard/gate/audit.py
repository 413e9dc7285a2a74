"""What a request leaves in the audit beside its own deeds, in a transaction of its own.

1. Who was not let in (403), and what a person with a scope asked for by number and did not find.
2. Who took data along in a file.
3. Nothing, where a change left an entry; a change that left none is a fault of ours, and said so.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from logging import getLogger
from threading import Lock
from typing import Final

from flask import Flask, Response, g, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dashboard.access.principal import ALL, Principal
from dashboard.access.rights import ENDPOINTS, Right
from dashboard.web.api import READING
from data.access.actions import Action
from data.access.audit import listen, record
from data.engine import session
from layers.kit.errors import GetuError

logger = getLogger(__name__)

CHANGING: Final = frozenset[Right](("work", "plan", "move", "approve", "administer", "system"))
"""Rights of addresses that change something: what they do leaves an entry."""
LEAVES_NONE: Final[Mapping[str, str]] = {
    "households.look_at": "a file is looked at; nothing of it is kept",
}
"""Addresses with such a right that leave none, and why."""
DOWNLOADS: Final = frozenset(
    """
    files.export planner.export planner.attachment papers.file
    coverage_export coverage_visits data_quality_file
    """.split()  # noqa: SIM905
)
"""Addresses by which data go along as a file."""
MOST_A_MINUTE: Final = 30


class Refusals:
    """Counts what each was refused in the last minute: a flood is cut off, its begin is kept."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._times: dict[str, deque[float]] = {}
        self._lock = Lock()

    def is_kept(self, actor: str, now: float) -> bool:
        """Tell whether one more of somebody is kept."""
        with self._lock:
            if len(self._times) > 2000:
                self._times.clear()
            times = self._times.setdefault(actor, deque(maxlen=MOST_A_MINUTE))
            if len(times) == MOST_A_MINUTE and now - times[0] < 60:
                return False
            times.append(now)
            return True


def add_audit(server: Flask, engine: Engine) -> None:
    """Hear what every request of a server leaves, and add what is not its own to say."""
    refusals = Refusals()

    @server.after_request
    def leave(answer: Response) -> Response:
        who = g.get("principal")
        if not isinstance(who, Principal) or not request.endpoint:
            return answer
        status, endpoint = answer.status_code, request.endpoint
        action = action_of(status, endpoint, who)
        if action is None:
            check(status, endpoint, g.get("heard"))
        elif action == "download.made" or refusals.is_kept(who.actor, time.monotonic()):
            _leave(engine, who, action, status)
        return answer


def action_of(status: int, endpoint: str, who: Principal) -> Action | None:
    """Return what an answer means for the audit beside what the request entered itself."""
    if status == 403:
        return "access.denied"
    if status == 404 and who.scope != ALL and request.view_args:
        return "access.not_found"
    if status == 200 and endpoint in DOWNLOADS and request.method == "GET":
        return "download.made"
    return None


def check(status: int, endpoint: str, heard: list[str] | None) -> None:
    """Complain of a change that was made and left nothing."""
    changes = request.method not in READING and ENDPOINTS.get(endpoint) in CHANGING
    if changes and status < 400 and not heard and endpoint not in LEAVES_NONE:
        complain(endpoint)


def complain(endpoint: str) -> None:
    """Say that an address changed something and left no entry. Tests raise here."""
    logger.error("%s left nothing in the audit", endpoint)


def hear() -> None:
    """Begin to hear what this request enters."""
    g.heard = listen()


def _leave(engine: Engine, who: Principal, action: Action, status: int) -> None:
    values = request.view_args or {}
    county = str(values.get("county") or request.args.get("county") or "")
    code = county if county.isascii() and county.isdecimal() and len(county) <= 15 else ""
    told = {
        "endpoint": request.endpoint,
        "method": request.method,
        "status": status,
        "of": {k: v for k, v in values.items() if isinstance(v, int)},
    }
    try:
        with session(engine, who) as c:
            record(c, action, code, f"address:{request.path[:120]}", told)
    except (GetuError, SQLAlchemyError) as error:
        logger.warning("%s of %s is not in the audit: %s", action, request.endpoint, error)
