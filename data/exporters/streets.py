"""Streets as they are imported: one line from junction to junction."""

from __future__ import annotations

from sqlalchemy import Connection

from data.exporters.tables import Rows
from data.files.read_records import street_records
from data.importers.judging.county_state import read_county_state
from data.importers.kinds.streets import COLUMNS


def export_streets(c: Connection, county: str) -> Rows:
    """Return every street of a county."""
    zone = read_county_state(c, county).zone
    return Rows("streets", COLUMNS, street_records(c, county), "line", zone)
