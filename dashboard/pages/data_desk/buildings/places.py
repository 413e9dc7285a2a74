"""Where a building is that is called so, over HTTP (``/api/places``)."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from dashboard.services import Services
from dashboard.web.bodies import sentence
from data.buildings.read_places import find_buildings
from data.engine import transaction
from layers.kit.errors import NotFoundError

MOST_FOUND = 12


def add_place_routes(server: Flask, services: Services) -> None:
    """Add ``GET /api/places/<county>?q=``: buildings by name, number, estate, address, alias."""

    @server.get("/api/places/<county>")
    def places(county: str) -> Response:
        if not county.isdecimal():
            raise NotFoundError("county {county!r} is not loaded", county=county[:20])
        words = sentence(request.args, "q", most=60) or ""
        with transaction(services.engine) as c:
            return jsonify(found=find_buildings(c, county, words, MOST_FOUND))
