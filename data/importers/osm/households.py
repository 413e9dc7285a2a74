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
from data.importers.reading.text.visible import half_width

LEVELS_DEFAULT: Final = 2
LEVELS_MAX: Final = 60
FLATS_MAX: Final = 5000
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

    0. What lies underground, and where cars stand: other; nobody lives there.
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
        if osm_tags.is_underground(own) or own.get("amenity") in osm_tags.NOBODY_INSIDE:  # 0
            said = "other"
        elif said is None:
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
    flats = np.array([flats_of(t.get("building:flats")) for t in tags], np.int64)
    below = np.array([osm_tags.is_underground(t) for t in tags], bool)
    reported = (flats >= 0) & ~below
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
    levels = np.array([levels_of(t.get("building:levels")) for t in tags], np.int64)
    levels[levels == 0] = 1  # only a roof storey is written as 0
    estimated = levels < 0
    for i in np.flatnonzero(estimated).tolist():
        height = _height(tags[i].get("height", ""))
        if height > 0:
            levels[i] = min(max(round(height / LEVEL_HEIGHT_M), 1), LEVELS_MAX)
        else:
            kind = tags[i]["building"]
            single = osm_tags.BUILDING_USE.get(kind) == "other"
            default = 1 if single else LEVELS_DEFAULT
            levels[i] = osm_tags.LEVELS_BY_BUILDING.get(kind, default)
    return levels, estimated


def _height(text: str) -> int:
    return _whole(re.sub(r"\s*(?:m|米)$", "", half_width(text).strip()), 400)


def levels_of(text: str | None) -> int:
    """Return the levels that a map writes; -1 where it is not known what it means.

    Several (5;6) or a range (5-6) are the highest; 6+1 is six and a loft; 6层, １０ and 六 are
    numbers as well. Half a level counts whole. What is over ``LEVELS_MAX`` is no number of levels.
    """
    plain = half_width(text or "").strip().lower()
    parts = [p.strip() for p in re.split(r"[;,/、~至到]|(?<=[\d层f])\s*[-–—]\s*(?=\d)", plain)]
    found = []
    for part in filter(None, parts):
        bare = re.sub(r"\s*(?:层|楼|f|floors?|levels?|storeys?)$", "", part)
        bare = re.sub(r"\s*\+\s*[\d.]+$", "", bare)
        number = (
            _chinese(bare) if re.fullmatch(f"[{_DIGITS}十]+", bare) else _whole(bare, LEVELS_MAX)
        )
        if number < 0 or number > LEVELS_MAX:
            return -1
        found.append(number)
    return max(found, default=-1)


_DIGITS: Final = "零一二三四五六七八九"


def _chinese(text: str) -> int:
    """Return a number up to 99 that is written in Chinese; -1 for one that is not."""
    match = re.fullmatch(f"([{_DIGITS}]?)(十?)([{_DIGITS}]?)", text.replace("两", "二"))
    if match is None or (not match[2] and match[1] and match[3]):
        return -1
    tens, ten, ones = match.groups()
    if not ten:
        return _DIGITS.index(tens or ones) if tens or ones else -1
    return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)


def flats_of(text: str | None) -> int:
    """Return the dwellings that a map writes: 12, 12户, flats 1-12; -1 where it is not known."""
    plain = re.sub(r"\s*(?:户|套|间|flats?|units?)$", "", half_width(text or "").strip().lower())
    between = re.fullmatch(r"(\d{1,4})\s*[-–—~至]\s*(\d{1,4})", plain)
    if between:
        count = int(between[2]) - int(between[1]) + 1
        return count if 0 < count <= FLATS_MAX else -1
    return _whole(plain, FLATS_MAX)


def _whole(text: str | None, most: int) -> int:
    """Return a number from 0 to ``most``, rounded up; -1 when the text is none."""
    if not text or not re.fullmatch(r"\d{1,6}(\.\d{1,4})?", text.strip()):
        return -1
    value = int(np.ceil(float(text)))
    return value if value <= most else -1
