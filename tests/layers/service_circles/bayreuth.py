"""The real extract north of Bayreuth as frames in EPSG:32632, read with osmium alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import osmium
import shapely

SRID = 32632
CLASSES = {"steps": "steps", "track": "track", "service": "service", "footway": "path",
           "path": "path", "cycleway": "path"}  # fmt: skip
NOT_WALKED = {"motorway", "motorway_link", "proposed", "construction", "abandoned"}


@cache
def read(folder: Path) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return streets, buildings (households estimated from the footprint) and amenities."""
    path = folder / "osm_bayreuth" / "north-bayreuth.osm.pbf"
    streets, buildings, stations = [], [], []
    for item in osmium.FileProcessor(path).with_locations():
        if item.is_node():
            if "amenity" in item.tags:
                stations.append(shapely.Point(item.lon, item.lat))
            continue
        if not item.is_way():
            continue
        nodes = [(n.lon, n.lat) for n in item.nodes if n.location.valid()]
        kind = item.tags.get("highway")
        if kind and kind not in NOT_WALKED and len(nodes) > 1:
            streets.append(
                {"class": CLASSES.get(kind, "street"), "bridge": "bridge" in item.tags,
                 "tunnel": "tunnel" in item.tags, "geometry": shapely.LineString(nodes)}
            )  # fmt: skip
        elif "building" in item.tags and item.is_closed() and len(nodes) > 3:
            buildings.append({"geometry": shapely.Polygon(nodes)})
    frames = [
        gpd.GeoDataFrame(rows, geometry="geometry", crs=4326).to_crs(SRID)
        for rows in (streets, buildings, [{"geometry": p} for p in stations])
    ]
    frames[1]["households"] = (frames[1].area / 150).round().clip(1).astype(int)
    return frames[0], frames[1], frames[2]
