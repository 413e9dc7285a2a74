"""Estates under construction over HTTP: what is expected of them, and which grids they fill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from flask import Blueprint, Response, jsonify

from dashboard.access.principal import present
from dashboard.services import Services
from dashboard.web.bodies import body, day, sentence, who, whole_or_none
from data.divisions import read_counties as counties
from data.engine import session
from data.households.read_estates import estates
from layers.households.expectations import EstateExpectation, expect, months
from layers.households.forecast import Month
from layers.kit.errors import InputError


def add_estate_routes(api: Blueprint, services: Services) -> None:
    """Add the forecast and the form that changes what it rests on."""

    @api.get("/<county>/forecast")
    def forecast(county: str) -> Response:
        """Return the months in which estates are delivered, and every estate."""
        with session(services.engine, present()) as c:
            head = counties.county(c, county)
            found, limit = months(c, county, head.data_as_of)
            rows = estates(c, county)
        return jsonify(
            day=head.data_as_of.isoformat(),
            limit=limit,
            months=[_month(m) for m in found],
            estates=[
                {
                    "id": e.id,
                    "name": e.name,
                    "community": e.community,
                    "life": e.life,
                    "households": e.expected_households,
                    "on": e.expected_on.isoformat() if e.expected_on else None,
                }
                for e in rows
            ],
        )

    @api.post("/<county>/estates/<int:estate_id>")
    def change(county: str, estate_id: int) -> Response:
        """Say what is expected of an estate."""
        values = body()
        seen = values.get("seen")
        if not isinstance(seen, dict):
            raise InputError("seen must be what was expected before")
        with session(services.engine, present()) as c:
            expect(c, county, estate_id, _expected(values), _expected(seen), who(values))
        return jsonify(done=True)


def _expected(values: Mapping[str, object]) -> EstateExpectation:
    life = sentence(values, "life", needed=True, most=20) or ""
    return EstateExpectation(whole_or_none(values, "households"), day(values, "on"), life)


class EstateMonth(TypedDict):
    """An estate whose households come in a month; ``late``: they came after it."""

    id: int
    name: str
    community: str | None
    on: str
    brings: int
    late: bool


class GridMonth(TypedDict):
    """A grid that fills: households before and after, and whether that is over the limit."""

    id: int
    name: str
    community: str | None
    before: int
    after: int
    over: bool


class MonthValue(TypedDict):
    """A month of the forecast. ``nowhere``: households of estates that lie in no grid."""

    month: str
    nowhere: int
    estates: list[EstateMonth]
    grids: list[GridMonth]


def _month(month: Month) -> MonthValue:
    return {
        "month": f"{month.first:%Y-%m}",
        "nowhere": month.nowhere,
        "estates": [
            {
                "id": e.estate_id,
                "name": e.name,
                "community": e.community,
                "on": e.on.isoformat(),
                "brings": e.brings,
                "late": e.estate_id in month.late,
            }
            for e in month.estates
        ],
        "grids": [
            {
                "id": f.load.grid_id,
                "name": f.load.name,
                "community": f.load.community,
                "before": f.before,
                "after": f.after,
                "over": f.over,
            }
            for f in month.fillings
        ],
    }
