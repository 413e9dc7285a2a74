"""Where a building is that is called so, over HTTP (``/api/places``)."""

from __future__ import annotations

from dataclasses import asdict

from flask import Flask, Response, jsonify, request

from dashboard.access.principal import present
from dashboard.services import Services
from dashboard.web.api import make_api
from dashboard.web.bodies import sentence
from data.buildings.read_places import find_buildings
from data.engine import session

MOST_FOUND = 12


def add_place_routes(server: Flask, services: Services) -> None:
    """Add ``GET /api/places/<county>?q=``: buildings by name, number, estate, address, alias."""
    api = make_api("places")

    @api.get("/<county>")
    def places(county: str) -> Response:
        words = sentence(request.args, "q", most=60) or ""
        with session(services.engine, present()) as c:
            return jsonify(found=[asdict(b) for b in find_buildings(c, county, words, MOST_FOUND)])

    server.register_blueprint(api)
