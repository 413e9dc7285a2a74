"""Divisions, and grids in force, as they are imported."""

from __future__ import annotations

from sqlalchemy import Connection

from data.exporters.tables import Rows
from data.files.read_records import division_records, grids_in_force
from data.importers.judging.county_state import read_county_state
from data.importers.kinds.divisions import COLUMNS
from data.importers.kinds.grids import COLUMNS as GRID_COLUMNS


def export_divisions(c: Connection, county: str) -> Rows:
    """Return the county's divisions with their borders, from the county down."""
    zone = read_county_state(c, county).zone
    return Rows("divisions", COLUMNS, division_records(c, county), "polygon", zone)


def export_grids(c: Connection, county: str) -> Rows:
    """Return the grids of the plans in force."""
    zone = read_county_state(c, county).zone
    return Rows("grids", GRID_COLUMNS, grids_in_force(c, county), "polygon", zone)
