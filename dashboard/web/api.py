"""The one way to make an API: its guard, its bounds, and what a refusal looks like.

1. A number in an address that the database cannot hold, and a county that is none, are not found.
2. A body is bounded before it is read; an upload has its own bound.
3. Whatever changes something needs the header ``X-Getu``: a foreign page cannot send it without
   asking this program first, and this program never agrees.
4. One table (``STATUS``) says which exception is which status.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from logging import getLogger

from flask import Blueprint, Flask, Response, jsonify, request

from dashboard.text.refusals import reader, refusal
from dashboard.web.bodies import MARK, foreign, refused
from layers.kit.errors import (
    ConflictError,
    ForbiddenError,
    GetuError,
    InputError,
    KeyReusedError,
    NotFoundError,
    ServerError,
)

logger = getLogger(__name__)

STATUS: tuple[tuple[type[GetuError], int], ...] = (
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (KeyReusedError, 422),
    (InputError, 400),
    (ServerError, 503),
    (GetuError, 500),
)
"""From exception to status; the first that fits."""
LARGEST_ID = 2**62
MOST_BODY = 8 * 1024 * 1024
READING = ("GET", "HEAD", "OPTIONS")
Faults = Callable[[InputError], Mapping[str, object]]
"""What an API tells of an input's faults beside ``error``; it may say ``error`` itself."""


def make_api(
    name: str,
    *,
    most_body: int = MOST_BODY,
    most_upload: int | None = None,
    uploads: Collection[str] = (),
    faults: Faults | None = None,
) -> Blueprint:
    """Return a guarded blueprint under ``/api/<name>``.

    ``most_body``, ``most_upload``: bytes of a body, and of one that brings a file; a body brings a
    file when it is a form of parts, or, where the API names them, goes to one of its ``uploads``
    (names of views).
    """
    api = Blueprint(name, __name__, url_prefix=f"/api/{name}")
    takes_files = {f"{name}.{view}" for view in uploads}

    @api.before_request
    def guard() -> Response | None:
        values = request.view_args or {}
        if any(isinstance(v, int) and v >= LARGEST_ID for v in values.values()):
            raise NotFoundError("there is nothing by that number")
        county = values.get("county", "0")
        if not (county.isascii() and county.isdecimal() and len(county) <= 12):
            raise NotFoundError("county {county!r} is not loaded", county=county[:20])
        parts = (request.mimetype or "").startswith("multipart/")
        is_upload = request.endpoint in takes_files if takes_files else parts
        request.max_content_length = most_upload if is_upload and most_upload else most_body
        if request.method in READING or request.headers.get(MARK):
            return None
        return foreign(name)

    if faults is not None:

        @api.errorhandler(InputError)
        def refuse(error: InputError) -> Response:
            answer = jsonify({"error": refusal(error, reader()), **faults(error)})
            answer.status_code = status_of(error)
            return answer

    return api


def status_of(error: GetuError) -> int:
    """Return the status of an exception."""
    return next(code for kind, code in STATUS if isinstance(error, kind))


def add_refusals(server: Flask) -> None:
    """Answer every exception of this program with its status and its sentence."""

    @server.errorhandler(GetuError)
    def refuse(error: GetuError) -> Response:
        status = status_of(error)
        if status >= 500 and not getattr(error, "details", None):  # which ``refusal`` logs
            logger.error("%s: %s", request.path, error)
        return refused(status, error)
