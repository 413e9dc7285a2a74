"""``--as osm``: an OpenStreetMap extract becomes a town (frames of docs/frames.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.importers.osm import tags as osm_tags
from data.importers.osm.communities import Communities, find_communities
from data.importers.osm.extract import Extract, Feature, Progress, read_extract, shapes
from data.importers.osm.households import (
    DWELLING_M2,
    DWELLING_SHARE,
    LEVELS_DEFAULT,
    Occupancy,
    Surroundings,
    estimate_occupancy,
)
from data.importers.osm.outlines import listed
from data.importers.osm.shapes import Shapes, frame_of, measured, near_features
from data.importers.osm.stations import find_stations
from data.importers.osm.tags import Tags
from data.importers.reading.notes import Note
from layers.kit.crs import measuring_srid, to_measuring
from layers.kit.errors import InputError
from layers.kit.findings import Finding
from layers.kit.ground.ways import street_class
from layers.kit.words import Words

AROUND_M: Final = 1000.0  # streets and water this far outside the county are kept
LAKE_M2: Final = 20_000.0
FOOTPRINT_MIN_M2: Final = 1.0


@dataclass(frozen=True, slots=True)
class OsmTown:
    """The frames of an extract in ``srid``, and what was estimated to make them.

    ``county``: outline. ``counts``: ``building`` (position in ``buildings``), ``measure``,
    ``value``, ``confidence``. ``newest``: day of the last edit, None where the file has no dates.
    """

    srid: int
    name: str | None
    county: Any
    divisions: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    counts: pd.DataFrame
    streets: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    lands: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    notes: tuple[Note, ...]
    objects: int
    newest: date | None


def read_osm(path: Path, county_code: str, progress: Progress) -> OsmTown:
    """Read an extract whole. Raises ``InputError`` when it holds no buildings or no streets."""
    extract = read_extract(path, progress)
    footprints = [f for f in extract.areas if _is_building(f.tags)]
    streets = [f for f in extract.lines if street_class(f.tags)]
    missing = [
        Finding("osm_without", values={"file": path.name, "what": what})
        for what, found in (("building", footprints), ("highway", streets))
        if not found
    ]
    if missing:
        raise InputError(
            "{name} has no {what}", missing, name=path.name, what=missing[0].values["what"]
        )
    progress(f"{len(footprints):,} buildings, {len(streets):,} streets")
    lonlat = shapely.get_coordinates(shapely.centroid(shapes(footprints)))
    srid = measuring_srid(*(float(v) for v in np.median(lonlat, axis=0)))

    notes: list[Note] = []
    refs, tags, polygons = _footprints(footprints, srid, notes)
    communities = find_communities(extract, polygons, county_code, srid)
    notes += communities.notes
    inside = communities.member >= 0
    refs = [r for r, ok in zip(refs, inside, strict=True) if ok]
    tags = [t for t, ok in zip(tags, inside, strict=True) if ok]
    polygons, member = polygons[inside], communities.member[inside]
    codes = communities.frame["code"].to_numpy(object)[member]

    around = _surroundings(extract, srid)
    occupancy = estimate_occupancy(polygons, tags, around)
    buildings = _buildings(refs, tags, polygons, codes, occupancy, around, srid)
    counts = _counts(occupancy)
    notes += _occupancy_notes(occupancy, tags)
    near = shapely.buffer(communities.county, AROUND_M)
    stations = find_stations(extract, communities, srid, notes)
    town = OsmTown(
        srid=srid,
        name=_name(extract, communities, srid),
        county=communities.county,
        divisions=communities.frame,
        buildings=buildings,
        counts=counts,
        streets=_streets(streets, near, srid),
        barriers=_barriers(extract, near, srid),
        water=_water(extract, near, srid),
        lands=_lands(extract, communities.county, srid),
        stations=stations,
        notes=(*notes, *_broken_notes(extract)),
        objects=extract.objects,
        newest=extract.newest.date() if extract.newest else None,
    )
    progress(f"{len(town.stations):,} stations, {len(town.water):,} waters")
    return town


def _is_building(tags: Tags) -> bool:
    return tags.get("building", "no") not in osm_tags.NOT_A_BUILDING


# ---- buildings -------------------------------------------------------------------------------


def _footprints(
    features: list[Feature], srid: int, notes: list[Note]
) -> tuple[list[str], list[Tags], Shapes]:
    """Return one polygon a building: parts apart, repaired, without slivers and doubles."""
    whole = to_measuring(shapes(features), srid)
    invalid = ~shapely.is_valid(whole)
    whole = np.where(invalid, shapely.make_valid(whole), whole)
    parts, owner = shapely.get_parts(whole, return_index=True)
    usable = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) >= FOOTPRINT_MIN_M2)
    parts, owner = parts[usable], owner[usable]
    _, first = np.unique(shapely.to_wkb(shapely.normalize(parts)), return_index=True)
    doubles = len(parts) - len(first)
    first.sort()
    parts, owner = parts[first], owner[first]
    many = np.bincount(owner, minlength=len(features)) > 1
    seen: dict[int, int] = {}
    refs = []
    for i in owner:
        seen[i] = seen.get(i, 0) + 1
        refs.append(f"{features[i].ref}#{seen[i]}" if many[i] else features[i].ref)
    if invalid.any() or doubles:
        values = {"repaired": int(invalid.sum()), "doubles": doubles}
        notes.append(Note("fallback.osm_footprints", values))
    return refs, [features[i].tags for i in owner], parts


def _buildings(
    refs: list[str],
    tags: Sequence[Tags],
    polygons: Shapes,
    codes: NDArray[np.object_],
    occupancy: Occupancy,
    around: Surroundings,
    srid: int,
) -> gpd.GeoDataFrame:
    addresses = [[a] if (a := _address(t)) else [] for t in tags]
    points = [i for i, t in enumerate(around.point_tags) if "addr:housenumber" in t]
    tree = shapely.STRtree(around.points[points])
    for b, p in zip(*tree.query(polygons, predicate="intersects"), strict=True):
        found = _address(around.point_tags[points[p]])
        if found and found not in addresses[b]:
            addresses[b].append(found)
    columns = {
        "id": range(len(refs)),
        "community_code": codes,
        "estate_id": [None] * len(refs),
        "name": [t.get("name") for t in tags],
        "number": [t.get("addr:housenumber") for t in tags],
        "life": ["building" if t["building"] == "construction" else "occupied" for t in tags],
        "use": occupancy.use,
        "levels": occupancy.levels.tolist(),
        "levels_estimated": occupancy.levels_estimated.tolist(),
        "address": [a[0] if a else None for a in addresses],
        "aliases": [_aliases(t) + a[1:] for t, a in zip(tags, addresses, strict=True)],
        "external_id": refs,
    }
    return frame_of(columns, polygons, srid)


def _address(tags: Tags) -> str | None:
    if "addr:full" in tags:
        return tags["addr:full"]
    street = tags.get("addr:street") or tags.get("addr:place")
    number = tags.get("addr:housenumber")
    if not street or not number:
        return None
    if any("\u4e00" <= letter <= "\u9fff" for letter in street):
        return f"{street}{number}" if number.endswith("号") else f"{street}{number}号"
    return f"{street} {number}"


def _aliases(tags: Tags) -> list[str]:
    names: list[str] = []
    for key in ("alt_name", "old_name", "loc_name", "short_name", "name:zh", "name:en"):
        names += [n.strip() for n in tags.get(key, "").split(";") if n.strip()]
    return [n for n in dict.fromkeys(names) if n != tags.get("name")]


def _counts(occupancy: Occupancy) -> pd.DataFrame:
    """Households twice: the dwellings estimated, and as many resident households in them."""
    position = np.arange(len(occupancy.use))
    reported = np.where(occupancy.reported, "reported", "estimated")
    dwellings = pd.DataFrame(
        {"building": position, "measure": "dwellings", "value": occupancy.households,
         "confidence": reported}
    )  # fmt: skip
    resident = dwellings.assign(measure="resident", confidence="estimated")
    return pd.concat([resident, dwellings], ignore_index=True)


def _occupancy_notes(occupancy: Occupancy, tags: Sequence[Tags]) -> list[Note]:
    plain = sum(t["building"] not in osm_tags.BUILDING_USE for t in tags)
    lived_in = occupancy.households > 0
    return [
        Note(
            "fallback.osm_households",
            {
                "households": int(occupancy.households.sum()),
                "buildings": int(lived_in.sum()),
                "reported": int(occupancy.reported.sum()),
                "share_percent": round(DWELLING_SHARE * 100),
                "dwelling_m2": int(DWELLING_M2),
            },
        ),
        Note("fallback.osm_use", {"plain": plain, "buildings": len(tags)}),
        Note(
            "fallback.osm_levels",
            {
                "estimated": int(occupancy.levels_estimated.sum()),
                "buildings": len(tags),
                "levels": LEVELS_DEFAULT,
            },
        ),
    ]


def _surroundings(extract: Extract, srid: int) -> Surroundings:
    areas = [
        f
        for f in extract.areas
        if f.tags.get("amenity") in osm_tags.INSTITUTIONS
        or f.tags.get("landuse") in osm_tags.NOBODY_LIVES
    ]
    return Surroundings(
        measured(areas, srid),
        [f.tags for f in areas],
        measured(extract.nodes, srid),
        [f.tags for f in extract.nodes],
    )


# ---- ground ----------------------------------------------------------------------------------


def _streets(features: list[Feature], near: Any, srid: int) -> gpd.GeoDataFrame:
    own, lines = near_features(features, near, srid)
    columns = {
        "id": range(len(own)),
        "name": [f.tags.get("name") or f.tags.get("ref") for f in own],
        "class": [street_class(f.tags) for f in own],
        "bridge": [osm_tags.is_set(f.tags, "bridge") for f in own],
        "tunnel": [osm_tags.is_set(f.tags, "tunnel") for f in own],
        "oneway": [
            f.tags.get("oneway") in ("yes", "true", "1", "-1")
            or f.tags.get("junction") == "roundabout"
            for f in own
        ],
        "layer": [_layer(f.tags.get("layer")) for f in own],
        "external_id": [f.ref for f in own],
    }
    return frame_of(columns, lines, srid)


def _layer(text: str | None) -> int:
    try:
        return max(min(int(text or 0), 5), -5)
    except ValueError:
        return 0


def _barriers(extract: Extract, near: Any, srid: int) -> gpd.GeoDataFrame:
    wanted = [f for f in extract.lines if osm_tags.barrier_kind(f.tags)]
    own, lines = near_features(wanted, near, srid)
    columns = {
        "kind": [osm_tags.barrier_kind(f.tags) for f in own],
        "name": [f.tags.get("name") or f.tags.get("ref") for f in own],
    }
    return frame_of(columns, lines, srid)


def _water(extract: Extract, near: Any, srid: int) -> gpd.GeoDataFrame:
    kinds, names, geometry = [], [], []
    wanted = [f for f in extract.lines if osm_tags.water_line_kind(f.tags)]
    own, lines = near_features(wanted, near, srid)
    for f, line in zip(own, lines, strict=True):
        kinds.append(osm_tags.water_line_kind(f.tags))
        names.append(f.tags.get("name"))
        geometry.append(line)
    wanted = [f for f in extract.areas if osm_tags.water_area_kind(f.tags)]
    own, areas = near_features(wanted, near, srid)
    for f, part in _polygons(own, areas):
        kind = osm_tags.water_area_kind(f.tags)
        kinds.append("pond" if kind == "lake" and part.area < LAKE_M2 else kind)
        names.append(f.tags.get("name"))
        geometry.append(part)
    return frame_of({"kind": kinds, "name": names}, geometry, srid)


def _lands(extract: Extract, county: Any, srid: int) -> gpd.GeoDataFrame:
    wanted = [f for f in extract.areas if osm_tags.land_kind(f.tags) and not _is_building(f.tags)]
    own, areas = near_features(wanted, county, srid)
    rows = _polygons(own, areas)
    columns = {
        "kind": [osm_tags.land_kind(f.tags) for f, _ in rows],
        "name": [f.tags.get("name") for f, _ in rows],
    }
    return frame_of(columns, [part for _, part in rows], srid)


def _polygons(features: list[Feature], areas: Shapes) -> list[tuple[Feature, Any]]:
    """Return each polygon of each area, repaired."""
    whole = np.where(shapely.is_valid(areas), areas, shapely.make_valid(areas))
    parts, owner = shapely.get_parts(whole, return_index=True)
    usable = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 0)
    return [(features[i], p) for i, p in zip(owner[usable], parts[usable], strict=True)]


# ---- the county ------------------------------------------------------------------------------


def _name(extract: Extract, communities: Communities, srid: int) -> str | None:
    """Return the name of the smallest named border that holds the whole county, if any."""
    borders = [
        f
        for f in extract.areas
        if f.tags.get("boundary") == "administrative" and f.tags.get("name")
    ]
    areas = measured(borders, srid)
    core = communities.county.buffer(-1.0)
    holding = [i for i, a in enumerate(areas) if shapely.contains(a, core)]
    if not holding:
        return None
    return borders[min(holding, key=lambda i: float(shapely.area(areas[i])))].tags["name"]


def _broken_notes(extract: Extract) -> list[Note]:
    notes = []
    if extract.broken:
        values = {"ways": extract.broken.get("way", 0), "areas": extract.broken.get("area", 0)}
        notes.append(Note("fallback.osm_incomplete", values))
    own = extract.outlines
    if own.crossing or own.closed:
        mended: Words = {"crossing": len(own.crossing), "closed": len(own.closed),
                         "names": listed([*own.crossing, *own.closed])}  # fmt: skip
        notes.append(Note("fallback.osm_outlines_mended", mended))
    if own.lost:
        lost: Words = {"buildings": len(own.lost), "names": listed(own.lost)}
        notes.append(Note("fallback.osm_outlines_lost", lost))
    return notes
