"""What one building holds, said by hand, over HTTP (``/api/counts``)."""

from __future__ import annotations

from flask import Flask, Response, jsonify

from dashboard.access.principal import present
from dashboard.services import Services
from dashboard.web.api import make_api
from dashboard.web.bodies import body, day, who, whole_or_none
from data.engine import session
from data.households.write_single_counts import count_building
from data.plans import read as plans
from layers.kit import clock
from layers.kit.errors import InputError

MOST = 100_000


def add_count_routes(server: Flask, services: Services) -> None:
    """Add ``POST /api/counts/<county>/<building>`` ``{households, persons, as_of, by}``.

    Households are those that the county's limit counts. What is left out is not changed.
    """
    api = make_api("counts", most_body=100_000)

    @api.post("/<county>/<int:building>")
    def count(county: str, building: int) -> Response:
        values = body()
        as_of = day(values, "as_of") or clock.today()
        given = {name: whole_or_none(values, name) for name in ("households", "persons")}
        if not all(v is None or 0 <= v <= MOST for v in given.values()):
            raise InputError("households and persons must be 0 to {most}", most=MOST)
        if all(v is None for v in given.values()):
            raise InputError("say households or persons")
        with session(services.engine, present()) as c:
            measure = str(plans.policy(c, county).household_measure)
            named = {measure: given["households"], "persons": given["persons"]}
            counts = {name: value for name, value in named.items() if value is not None}
            snapshot = count_building(c, county, building, counts, as_of, who(values))
        return jsonify(snapshot=snapshot)

    server.register_blueprint(api)
