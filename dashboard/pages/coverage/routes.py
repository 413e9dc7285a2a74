"""Routes of the coverage page: what its script draws, what it tries out, what is exported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, jsonify, request

from dashboard.desk import Desk
from dashboard.http import _refuse_nul, _respond
from dashboard.pages.coverage.trial import trial
from data.engine import transaction
from data.read import counties
from data.read.coverage import footprints
from layers.coverage_gaps.drawing import answer_payload, buildings_payload
from layers.coverage_gaps.gaps import Question, read_question
from layers.coverage_gaps.store import Board
from layers.kit.errors import InputError
from layers.kit.layer import Payload

VERSION = 1
ASKED = ("minutes", "services", "profile", "tier", "weekday", "clock")
BODY_MAX = 200_000


def board_of(desk: Desk, county: str) -> Board:
    """Return the county's board as it stands. Raises NotFoundError."""
    with transaction(desk.engine) as c:
        return desk.boards.get(c, counties.query(c, county))


def asked(values: Mapping[str, Any]) -> Question:
    """Read the question of a request. Raises InputError."""
    return read_question({k: str(values[k]) for k in ASKED if values.get(k)})


def add_routes(server: Flask, desk: Desk) -> None:
    """Add the page's routes to a Flask server."""

    @server.get("/coverage/buildings")
    def coverage_buildings() -> Response:
        county = request.args.get("county", "")
        _refuse_nul(county)
        board = board_of(desk, county)

        def make() -> Payload:
            with transaction(desk.engine) as c:
                return buildings_payload(board, *footprints(c, county))

        key = ("coverage_buildings", VERSION, county, board.revision)
        lasting = request.args.get("v") == str(board.revision)
        return _respond(desk.cache.get(key, make), lasting=lasting)

    @server.get("/coverage/answer")
    def coverage_answer() -> Response:
        values = request.args.to_dict()
        _refuse_nul(*values.values())
        county = values.get("county", "")
        question = asked(values)
        board = board_of(desk, county)
        key = ("coverage_answer", VERSION, county, board.revision, question)
        made = desk.cache.get(key, lambda: answer_payload(board, board.answer(question)))
        return _respond(made, lasting=values.get("v") == str(board.revision))

    @server.post("/coverage/try")
    def coverage_try() -> Response:
        """Answer what operations would change; nothing is written."""
        if (request.content_length or 0) > BODY_MAX:
            raise InputError("too many changes at once")
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not isinstance(body.get("operations"), list):
            raise InputError("the request is not a scenario")
        county = str(body.get("county", ""))
        _refuse_nul(county)
        board = board_of(desk, county)
        question = asked(body.get("question") or {})
        return jsonify(trial(board, question, body["operations"], whole=bool(body.get("whole"))))
