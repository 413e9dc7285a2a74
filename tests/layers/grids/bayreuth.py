"""The real extract north of Bayreuth (OpenStreetMap, ODbL) as frames of one community."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

EXTRACT = (
    Path(__file__).resolve().parents[4]
    / "shared"
    / "data"
    / "osm_bayreuth"
    / "north-bayreuth.osm.pbf"
)

CLASS_OF_HIGHWAY = {
    "motorway": "main_street",
    "trunk": "main_street",
    "primary": "main_street",
    "secondary": "main_street",
    "tertiary": "street",
    "residential": "street",
    "unclassified": "street",
    "living_street": "lane",
    "track": "track",
    "service": "service",
    "footway": "path",
    "path": "path",
    "cycleway": "path",
    "steps": "steps",
}


def bayreuth() -> tuple[Any, gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return community (hull + 50 m), buildings, streets and water in EPSG:32632."""
    import osmium

    wkb = osmium.geom.WKBFactory()
    buildings: list[tuple[int, Any]] = []
    streets: list[tuple[str, bool, Any]] = []
    water: list[tuple[str, Any]] = []
    for item in osmium.FileProcessor(str(EXTRACT)).with_locations().with_areas():
        if item.is_area():
            if "building" in item.tags:
                buildings.append((item.id, wkb.create_multipolygon(item)))
            elif item.tags.get("natural") == "water":
                water.append(("lake", wkb.create_multipolygon(item)))
            elif item.tags.get("waterway") == "riverbank":
                water.append(("river", wkb.create_multipolygon(item)))
        elif item.is_way() and "highway" in item.tags:
            kind = CLASS_OF_HIGHWAY.get(item.tags["highway"], "street")
            tunnel = item.tags.get("tunnel") == "yes"
            streets.append((kind, tunnel, wkb.create_linestring(item)))
        elif item.is_way() and item.tags.get("waterway") in {"river", "stream"}:
            water.append((item.tags["waterway"], wkb.create_linestring(item)))

    def frame(rows: list[Any], columns: list[str]) -> gpd.GeoDataFrame:
        shapes = shapely.from_wkb([bytes.fromhex(row[-1]) for row in rows])
        values = [row[:-1] for row in rows]
        found = gpd.GeoDataFrame(values, columns=columns, geometry=shapes, crs=4326)
        return found.to_crs(32632)

    houses = frame(buildings, ["id"]).set_index("id")
    hull = shapely.convex_hull(shapely.geometrycollections(houses.geometry.array))
    return (
        shapely.buffer(hull, 50),
        houses,
        frame(streets, ["class", "tunnel"]),
        frame(water, ["kind"]),
    )
