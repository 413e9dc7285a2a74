"""What routes beside the APIs answer: payloads that browsers keep by their revision."""

from __future__ import annotations

import hashlib

from flask import Response, g, request

from dashboard.access.principal import present
from layers.kit import few
from layers.kit.errors import NotFoundError
from layers.kit.layer import Payload

YEAR_S = 365 * 24 * 3600


def refuse_nul(*values: str) -> None:
    """Raise NotFoundError for text that PostgreSQL cannot hold."""
    if any("\0" in value for value in values):
        raise NotFoundError("the address holds a NUL character: nothing is called so")


def respond(payload: Payload, *, lasting: bool) -> Response:
    """Return a payload; ``lasting``: its address names the revision that stands.

    A browser keeps such a one without asking again on demonstration alone: what a person may see
    changes with the person, and ends with the session.
    """
    answer = Response(payload.body, mimetype=payload.media_type, headers=dict(payload.headers))
    # Hidden or not, the body may be the same until it leaves: the mark tells the two apart, or a
    # browser would show what it kept of somebody who saw more.
    mark = b"few" if few.hides() else b""
    answer.set_etag(hashlib.blake2b(payload.body, digest_size=12, key=mark).hexdigest())
    g.is_veiled = payload.is_veiled
    answer.vary.add("Cookie")
    is_demonstration = present().is_demonstration
    if lasting and is_demonstration:
        answer.headers["Cache-Control"] = f"private, max-age={YEAR_S}, immutable"
    else:
        answer.headers["Cache-Control"] = "no-cache" if is_demonstration else "private, no-cache"
    answer.make_conditional(request)
    return answer
