"""What nobody walks across from a door to its street: water, walls and rails of a county."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, text


def walking_barriers(c: Connection, county: str, srid: int) -> NDArray[np.object_]:
    """Return lines and polygons in ``srid``; what runs on bridges or in tunnels is not stored."""
    rows = c.execute(
        text(
            """
            SELECT ST_AsBinary(ST_Transform(g.geom, CAST(:srid AS integer))) AS geometry
            FROM (
                SELECT code, geom FROM barrier UNION ALL SELECT code, geom FROM water
            ) g
            WHERE lies_in(g.code, :county)
            """
        ),
        {"county": f"{county}%", "srid": srid},
    ).all()
    if not rows:
        return np.empty(0, object)
    shapes: NDArray[np.object_] = shapely.from_wkb([bytes(row.geometry) for row in rows])
    return shapes
