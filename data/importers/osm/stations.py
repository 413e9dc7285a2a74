"""Amenities of an extract as stations (the stated mapping is in ``osm_tags``)."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import shapely

from data.importers.osm import tags as osm_tags
from data.importers.osm.communities import Communities
from data.importers.osm.extract import Extract, Feature
from data.importers.osm.shapes import Shapes, frame_of, near_features
from data.importers.osm.tags import Tags
from data.importers.reading.notes import Note
from data.importers.reading.opening_hours import parse_opening_hours

SAME_STATION_M: Final = 150.0


def find_stations(
    extract: Extract, communities: Communities, srid: int, notes: list[Note]
) -> gpd.GeoDataFrame:
    """Return amenities as stations inside the county: one point each, the same place once."""
    found = [f for f in (*extract.areas, *extract.nodes) if osm_tags.station_category(f.tags)]
    own, geometry = near_features(found, communities.county, srid)
    points = shapely.point_on_surface(geometry)
    keep = _distinct(own, geometry, points)
    doubles = len(own) - len(keep)
    own, points = [own[i] for i in keep], points[keep]
    leaf = communities.frame[communities.frame["kind"] == "community"]
    inside, area = shapely.STRtree(leaf.geometry.to_numpy()).query(points, predicate="intersects")
    community = dict(zip(inside[::-1], leaf["code"].to_numpy()[area[::-1]], strict=True))
    called = dict(zip(leaf["code"], leaf["name"], strict=True))
    names = [_station_name(f.tags, called.get(community.get(i))) for i, f in enumerate(own)]
    unnamed = sum("name" not in f.tags and "operator" not in f.tags for f in own)
    hours = [parse_opening_hours(f.tags.get("opening_hours")) for f in own]
    unread = sum(h is None and "opening_hours" in f.tags for h, f in zip(hours, own, strict=True))
    values = {"stations": len(own), "unnamed": unnamed, "doubles": doubles, "hours_unread": unread}
    notes.append(Note("fallback.osm_stations", values))
    columns = {
        "external_id": [f.ref for f in own],
        "name": names,
        "tier": [None] * len(own),
        "categories": [[osm_tags.station_category(f.tags)] for f in own],
        "state": ["open"] * len(own),
        "community_code": [community.get(i) for i in range(len(own))],
        "grid_code": [None] * len(own),
        "rooms": [None] * len(own),
        "services": [[] for _ in own],
        "phone": [f.tags.get("phone") or f.tags.get("contact:phone") for f in own],
        "hours": [h or [] for h in hours],
    }
    return frame_of(columns, points, srid)


def _station_name(tags: Tags, community: str | None) -> str:
    """Return the name on the map, else what it is and where: ``soccer (Harsdorf)``."""
    written = tags.get("name") or tags.get("name:en") or tags.get("operator")
    if written:
        return written
    keys = ("sport", "amenity", "healthcare", "leisure", "shop", "office")
    what = next(tags[key] for key in keys if key in tags).split(";")[0].replace("_", " ")
    return f"{what} ({community})" if community else what


def _distinct(features: list[Feature], geometry: Shapes, points: Shapes) -> list[int]:
    """Return the positions to keep: an area before a node in it, one of a name within 150 m."""
    category = [osm_tags.station_category(f.tags) for f in features]
    dropped: set[int] = set()
    near, other = shapely.STRtree(points).query(points, "dwithin", distance=SAME_STATION_M)
    for i, j in zip(near, other, strict=True):
        if i >= j or i in dropped or category[i] != category[j]:
            continue
        first, second = features[i].tags.get("name"), features[j].tags.get("name")
        same = first is not None and first == second
        if same or (
            features[j].ref.startswith("node")
            and second in (None, first)
            and geometry[i].intersects(points[j])
        ):
            dropped.add(j)
    return [i for i in range(len(features)) if i not in dropped]
