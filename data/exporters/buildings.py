"""Buildings with their newest counts, as they are imported."""

from __future__ import annotations

from sqlalchemy import Connection

from data.exporters.tables import Rows
from data.importers.buildings import COLUMNS
from data.importers.county_state import read_county_state
from data.read.records import building_records


def export_buildings(c: Connection, county: str) -> Rows:
    """Return every building that stands."""
    zone = read_county_state(c, county).zone
    return Rows("buildings", COLUMNS, building_records(c, county), "polygon", zone)
