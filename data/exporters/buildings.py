"""Buildings with their newest counts, as they are imported."""

from __future__ import annotations

from sqlalchemy import Connection

from data.exporters.tables import Rows
from data.files.read_records import building_records
from data.importers.judging.county_state import read_county_state
from data.importers.kinds.buildings.footprints import COLUMNS


def export_buildings(c: Connection, county: str) -> Rows:
    """Return every building that stands."""
    zone = read_county_state(c, county).zone
    return Rows("buildings", COLUMNS, building_records(c, county), "polygon", zone)
