"""Routes of the coverage page: what its script draws, what it tries out, what is exported."""

from __future__ import annotations

from typing import Any, cast

from flask import Flask, Response, jsonify, request

from dashboard.access.principal import present
from dashboard.pages.coverage.board import board_of
from dashboard.pages.coverage.papers import add_coverage_papers, coverage_paper, visit_paper
from dashboard.pages.coverage.profiles.routes import add_profile_routes
from dashboard.pages.coverage.siting.proofs import Proofs
from dashboard.pages.coverage.siting.routes import add_siting_routes
from dashboard.pages.coverage.what_if.routes import add_scenario_routes
from dashboard.pages.coverage.what_if.trial import trial
from dashboard.services import Services
from dashboard.web.answers import refuse_nul, respond
from dashboard.web.api import make_api
from dashboard.web.bodies import body
from dashboard.web.papers import answer, fresh
from data.engine import session
from data.jobs.files import JobFile
from data.stations.read_coverage import footprints
from layers.coverage_gaps.drawing import (
    DRAWINGS,
    Drawing,
    answer_payload,
    buildings_payload,
)
from layers.coverage_gaps.figures import asked
from layers.kit.errors import InputError
from layers.kit.layer import Payload

VERSION = 1
BODY_MAX = 200_000


def add_routes(server: Flask, services: Services) -> None:
    """Add the page's routes to a Flask server."""
    _add_api(server, services)

    @server.get("/coverage/buildings")
    def coverage_buildings() -> Response:
        county = request.args.get("county", "")
        refuse_nul(county)
        board = board_of(services, county)

        def make() -> Payload:
            with session(services.engine, present()) as c:
                return buildings_payload(board, *footprints(c, county))

        key = ("coverage_buildings", VERSION, county, board.scope, board.doors_version)
        lasting = request.args.get("v") == board.doors_version
        return respond(services.kept(key, make), lasting=lasting)

    @server.get("/coverage/answer")
    def coverage_answer() -> Response:
        values = request.args.to_dict()
        refuse_nul(*values.values())
        county = values.get("county", "")
        question = asked(values)
        board = board_of(services, county)
        drawing = _drawing(values.get("drawing"))
        key = ("coverage_answer", VERSION, county, board.scope, board.version, question, drawing)
        made = services.kept(key, lambda: answer_payload(board, board.answer(question), drawing))
        # Never from a browser's memory: the data may have changed since it was asked last.
        return respond(made, lasting=False)

    add_coverage_papers(services)

    @server.get("/coverage/export.<suffix>")
    def coverage_export(suffix: str) -> Response:
        """Write what is shown: the same answer, the same order."""
        values = request.args.to_dict()
        refuse_nul(*values.values())
        return answer(services, coverage_paper(services, suffix, values), _file)

    @server.get("/coverage/visits.<suffix>")
    def coverage_visits(suffix: str) -> Response:
        """Write the visit sheet of a grid."""
        values = request.args.to_dict()
        refuse_nul(*values.values())
        return answer(services, visit_paper(services, suffix, values), _file)


def _add_api(server: Flask, services: Services) -> None:
    """Add ``/api/coverage``; a trial has its older address too, with the same guard."""
    api = make_api("coverage", most_body=BODY_MAX)
    before = make_api("coverage_before_api", most_body=BODY_MAX)

    def coverage_try() -> Response:
        """Answer what operations would change; nothing is written."""
        values = body()
        question, operations = values.get("question") or {}, values.get("operations")
        if not isinstance(question, dict) or not isinstance(operations, list):
            raise InputError("the request is not a scenario")
        if not all(isinstance(one, dict) for one in operations):
            raise InputError("the request is not a scenario")
        county = str(values.get("county", ""))
        refuse_nul(county)
        board = board_of(services, county)
        drawing = _drawing(values.get("drawing")) if values.get("whole") else None
        return jsonify(trial(board, asked(question), operations, drawing))

    for one in (api, before):
        one.post("/try")(coverage_try)
    add_scenario_routes(api, services)
    add_siting_routes(api, services, Proofs(services))
    add_profile_routes(api, services)
    server.register_blueprint(api)
    server.register_blueprint(before, url_prefix="/coverage")


def _drawing(value: Any) -> Drawing:
    """Read what is to be drawn. Raises InputError."""
    if (value or "areas") not in DRAWINGS:
        raise InputError("there is no drawing {value}", value=value)
    return cast(Drawing, value or "areas")


def _file(made: JobFile) -> Response:
    answer = Response(made.content, mimetype=made.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return fresh(answer)
