"""Rivers and lakes as areas: what people do not cross."""

from __future__ import annotations

import geopandas as gpd
import shapely
from sqlalchemy import Connection, text


def water_areas(c: Connection, county: str, srid: int) -> gpd.GeoDataFrame:
    """Return a county's water that has an area, in ``srid`` (m); brooks that are lines are not."""
    rows = c.execute(
        text(
            """
            SELECT ST_AsBinary(ST_Transform(geom, CAST(:srid AS integer))) FROM water
            WHERE lies_in(code, :county) AND ST_Dimension(geom) = 2
            """
        ),
        {"county": f"{county}%", "srid": srid},
    ).scalars()
    return gpd.GeoDataFrame(geometry=[shapely.from_wkb(bytes(row)) for row in rows], crs=srid)
