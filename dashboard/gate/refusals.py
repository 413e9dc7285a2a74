"""What a request gets that fails otherwise than by an exception of this program."""

from __future__ import annotations

from logging import getLogger
from typing import Final

from dash.exceptions import DependencyException
from flask import Flask, Response, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from dashboard.web.api import status_of
from dashboard.web.bodies import refused
from data.engine import refused_statement
from layers.kit.errors import Message

logger = getLogger(__name__)
CALLBACKS: Final = "/_dash-update-component"
UNREADABLE = Message("what was sent cannot be read: load the page again")
# What Python raises when a callback is given a value of another kind than its page sends.
_WRONG_VALUE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)


def add_last_refusals(server: Flask) -> None:
    """Answer Flask's own refusals, the database's, and the unexpected, with a sentence each."""

    @server.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response | HTTPException:
        status = error.code or 500
        if error.response is not None or status < 400:
            return error  # a redirect
        return _with_headers(refused(status, _said(status)), error)

    @server.errorhandler(DBAPIError)
    def refuse_statement(error: DBAPIError) -> Response:
        said = refused_statement(error)
        if said is None:
            return unexpected(error)
        # Neither the address nor what the database says: both may hold what somebody sent.
        state = getattr(error.orig, "sqlstate", None)
        logger.warning("%s: refused by the database (%s)", request.endpoint, state)
        return refused(status_of(said), said)

    @server.errorhandler(DependencyException)
    def refuse_script(_error: DependencyException) -> Response:
        return refused(404, _said(404))

    @server.errorhandler(UnicodeEncodeError)
    def refuse_text(error: UnicodeEncodeError) -> Response:
        logger.warning("%s: %s", request.endpoint, type(error).__name__)
        return refused(400, Message("what was sent holds characters that are no text"))

    @server.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        logger.error("%s %s failed", request.method, request.endpoint, exc_info=error)
        if request.endpoint == CALLBACKS and isinstance(error, _WRONG_VALUE):
            return refused(400, UNREADABLE)
        return refused(500, Message("something unexpected happened: the program's log has it"))


def _said(status: int) -> Message:
    if status == 404:
        return Message("there is nothing at {path}", {"path": request.path[:200]})
    if status == 405:
        return Message("{method} is not for this address", {"method": request.method})
    if status == 413:
        return Message("what was sent is too large for this address")
    return UNREADABLE


def _with_headers(answer: Response, error: HTTPException) -> Response:
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer
