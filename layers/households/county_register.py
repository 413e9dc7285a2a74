"""The register of a county's buildings, from the database."""

from __future__ import annotations

from sqlalchemy import Connection

from data.households import read
from layers.households.matching.register import Building, Register, make_register


def read_register(c: Connection, county: str) -> Register:
    """Return the county's buildings as matching knows them, rulings and aliases included."""
    places = read.place_names(c, county)
    buildings = (
        Building(
            b.id, b.community, b.estate, b.number, b.name,
            tuple(b.addresses), tuple(b.aliases), b.external_id,
        )
        for b in read.known_buildings(c, county)
    )  # fmt: skip
    communities = {p.code: p.name for p in places if p.kind == "community"}
    others = [p.name for p in places if p.kind != "community"]
    return make_register(buildings, communities, others, read.rulings(c, county))
