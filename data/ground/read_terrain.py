"""The terrain of a county."""

from __future__ import annotations

import zlib

import numpy as np
from sqlalchemy import Connection, select

from data.ground import tables
from layers.kit.ground.elevation import Elevation


def read_elevation(c: Connection, county_code: str) -> Elevation | None:
    """Return the county's terrain, or None when there is none."""
    table = tables.elevation
    row = c.execute(select(table).where(table.c.code == county_code)).first()
    if row is None:
        return None
    heights = np.frombuffer(zlib.decompress(row.heights), np.float32)
    return Elevation(
        heights.reshape(row.rows, row.columns),
        row.west,
        row.north,
        row.cell_x,
        row.cell_y,
        row.srid,
        row.source,
    )
