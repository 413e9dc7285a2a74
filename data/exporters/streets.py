"""Streets as they are imported: one line from junction to junction."""

from __future__ import annotations

from sqlalchemy import Connection

from data.exporters.tables import Rows
from data.importers.county_state import read_county_state
from data.importers.streets import COLUMNS
from data.read.records import street_records


def export_streets(c: Connection, county: str) -> Rows:
    """Return every street of a county."""
    zone = read_county_state(c, county).zone
    return Rows("streets", COLUMNS, street_records(c, county), "line", zone)
