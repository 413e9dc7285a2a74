"""Streets taken away, to be written anew with what a file adds to them."""

from __future__ import annotations

from sqlalchemy import Connection, delete

from data.ground import tables


def remove_streets(c: Connection, county_code: str) -> None:
    """Remove every street edge and junction of a county."""
    for table in (tables.street_edge, tables.street_node):
        c.execute(delete(table).where(table.c.code.startswith(county_code, autoescape=True)))
