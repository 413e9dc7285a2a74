"""Uses of buildings and their households, estimated where a map does not say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from data.importers.osm import tags as osm_tags
from data.importers.osm.tags import Tags

LEVELS_DEFAULT: Final = 2
LEVELS_MAX: Final = 60
LEVEL_HEIGHT_M: Final = 3.0
DWELLING_SHARE: Final = 0.6  # of footprint × levels: without walls, stairs, barns, shops
DWELLING_M2: Final = 110.0  # floor area of one household
HOUSE_MIN_M2: Final = 50.0  # smaller without a word about it: a shed
HOUSE_MAX_M2: Final = 2000.0  # larger without a word about it: a hall

Polygons = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Per building: ``use``, ``levels``, ``levels_estimated``, ``households`` and whether the map
    itself gave the number of dwellings (``reported``)."""

    use: list[str]
    levels: NDArray[np.int64]
    levels_estimated: NDArray[np.bool_]
    households: NDArray[np.int64]
    reported: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What tells a building's use: areas and points with their tags, in the same CRS."""

    areas: Polygons
    area_tags: Sequence[Tags]
    points: Polygons
    point_tags: Sequence[Tags]


def estimate_occupancy(
    buildings: Polygons, tags: Sequence[Tags], around: Surroundings
) -> Occupancy:
    """Return use, levels and households of each building (polygons in metres).

    1. ``building=house`` and the like say it; ``building=yes`` is judged by 2-4.
    2. An institution on it, in it or around it (school grounds): public. Industrial land: industry.
    3. 50-2,000 m²: dwelling; smaller is a shed, larger a hall (other).
    4. A shop or surgery in a dwelling: mixed, without its ground floor.
    5. households = round(footprint × levels × 0.6 ÷ 110), at least 1 in a dwelling; none in
       other uses. ``building:flats`` replaces the estimate.
    """
    area = shapely.area(buildings)
    public, industry, business = _judged_by_surroundings(buildings, tags, around)
    levels, estimated = _levels(tags)
    use = []
    for i, own in enumerate(tags):
        said = osm_tags.BUILDING_USE.get(own["building"])  # 1
        if said is None:
            if public[i]:  # 2
                said = "public"
            elif industry[i]:
                said = "industry"
            else:  # 3
                said = "dwelling" if HOUSE_MIN_M2 <= area[i] <= HOUSE_MAX_M2 else "other"
        if said == "dwelling" and business[i]:  # 4
            said = "mixed"
        use.append(said)
    kinds = np.array(use, dtype=object)
    floors = np.where(kinds == "mixed", np.maximum(levels - 1, 0), levels)
    lived_in = np.isin(kinds, ("dwelling", "mixed")) & (floors > 0)
    households = np.rint(area * floors * DWELLING_SHARE / DWELLING_M2).astype(np.int64)
    households = np.where(lived_in, np.maximum(households, 1), 0)  # 5
    flats = np.array([_whole(t.get("building:flats"), 5000) for t in tags], np.int64)
    reported = flats >= 0
    return Occupancy(use, levels, estimated, np.where(reported, flats, households), reported)


def _judged_by_surroundings(
    buildings: Polygons, tags: Sequence[Tags], around: Surroundings
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    public = np.array([_is_institution(t) for t in tags], bool)
    business = np.array([_is_business(t) for t in tags], bool)
    industry = np.zeros(len(buildings), bool)
    inside = shapely.point_on_surface(buildings)
    building, area = shapely.STRtree(around.areas).query(inside, predicate="intersects")
    for b, a in zip(building, area, strict=True):
        other = around.area_tags[a]
        if "building" in other:
            continue
        public[b] |= _is_institution(other)
        industry[b] |= other.get("landuse") in osm_tags.NOBODY_LIVES
    building, point = shapely.STRtree(around.points).query(buildings, predicate="intersects")
    for b, p in zip(building, point, strict=True):
        public[b] |= _is_institution(around.point_tags[p])
        business[b] |= _is_business(around.point_tags[p])
    return public, industry, business


def _is_institution(tags: Tags) -> bool:
    return tags.get("amenity") in osm_tags.INSTITUTIONS


def _is_business(tags: Tags) -> bool:
    return tags.get("amenity") in osm_tags.BUSINESSES or bool({"shop", "office"} & tags.keys())


def _levels(tags: Sequence[Tags]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    levels = np.array([_whole(t.get("building:levels"), LEVELS_MAX) for t in tags], np.int64)
    levels[levels == 0] = 1  # only a roof storey is written as 0
    estimated = levels < 0
    for i in np.flatnonzero(estimated).tolist():
        height = _whole(re.sub(r"\s*m$", "", tags[i].get("height", "")), 400)
        if height > 0:
            levels[i] = min(max(round(height / LEVEL_HEIGHT_M), 1), LEVELS_MAX)
        else:
            kind = tags[i]["building"]
            single = osm_tags.BUILDING_USE.get(kind) == "other"
            default = 1 if single else LEVELS_DEFAULT
            levels[i] = osm_tags.LEVELS_BY_BUILDING.get(kind, default)
    return levels, estimated


def _whole(text: str | None, most: int) -> int:
    """Return a number from 0 to ``most``, rounded up; -1 when the text is none."""
    if not text or not re.fullmatch(r"\d{1,6}(\.\d{1,4})?", text.strip()):
        return -1
    value = int(np.ceil(float(text)))
    return value if value <= most else -1
