"""What OpenStreetMap's tags mean here: the stated tables of ``--as osm`` (docs/importing.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from layers.kit.ground.ways import MOTORWAYS

Tags = Mapping[str, str]

# building=… → use. ``yes`` and what is not listed is decided by what lies around it.
BUILDING_USE: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("house", "detached", "semidetached_house", "terrace", "apartments", "residential",
         "bungalow", "farm", "cabin", "static_caravan", "villa", "ger"), "dwelling"),
    **dict.fromkeys(("dormitory", "barracks"), "dormitory"),
    **dict.fromkeys(("retail", "commercial", "supermarket", "kiosk", "shop", "hotel"), "shop"),
    **dict.fromkeys(
        ("school", "kindergarten", "hospital", "church", "chapel", "cathedral", "mosque",
         "temple", "synagogue", "monastery", "shrine", "public", "civic", "government",
         "university", "college", "train_station", "transportation", "fire_station", "townhall",
         "sports_hall", "sports_centre", "stadium", "library", "museum", "toilets"), "public"),
    **dict.fromkeys(("industrial", "warehouse", "factory", "manufacture", "works"), "industry"),
    **dict.fromkeys(
        ("garage", "garages", "carport", "shed", "hut", "roof", "greenhouse", "barn", "stable",
         "farm_auxiliary", "cowshed", "sty", "hangar", "service", "transformer_tower", "silo",
         "storage_tank", "ruins", "construction", "bunker", "container", "grandstand", "tower",
         "water_tower", "bridge", "office", "parking", "allotment_house", "boathouse"), "other"),
}  # fmt: skip
NOT_A_BUILDING: Final = ("no", "entrance")

LEVELS_BY_BUILDING: Final[Mapping[str, int]] = {
    "apartments": 4,
    "dormitory": 4,
    "residential": 3,
    "bungalow": 1,
    "static_caravan": 1,
}

_LANDS: Final[Mapping[str, Mapping[str, str]]] = {
    "amenity": {
        **dict.fromkeys(("school", "kindergarten", "college", "university"), "school"),
        "hospital": "hospital",
        "marketplace": "market",
        "grave_yard": "cemetery",
        "parking": "parking",
    },
    "healthcare": {"hospital": "hospital"},
    "place": {"square": "square"},
    "leisure": {
        **dict.fromkeys(("park", "garden", "common", "playground", "nature_reserve"), "park"),
        **dict.fromkeys(("pitch", "golf_course", "track"), "grass"),
    },
    "landuse": {
        "forest": "forest",
        **dict.fromkeys(
            ("farmland", "farm", "farmyard", "orchard", "vineyard", "allotments", "paddy",
             "plant_nursery", "greenhouse_horticulture", "aquaculture"), "farmland"),
        **dict.fromkeys(("meadow", "grass", "village_green", "recreation_ground"), "grass"),
        "cemetery": "cemetery",
        **dict.fromkeys(("industrial", "quarry", "landfill", "port"), "industry"),
        "railway": "rail",
    },
    "natural": {
        "wood": "forest",
        **dict.fromkeys(("grassland", "scrub", "heath"), "grass"),
    },
}  # fmt: skip

_STATIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "amenity": {
        "townhall": "service_centre",
        "community_centre": "service_station",
        **dict.fromkeys(("hospital", "clinic", "doctors", "health_post"), "medical"),
        "pharmacy": "pharmacy",
        **dict.fromkeys(("nursing_home", "retirement_home"), "elderly_care"),
        "school": "school",
        **dict.fromkeys(("kindergarten", "childcare"), "kindergarten"),
        "marketplace": "market",
        "toilets": "toilet",
        "library": "library",
        "police": "police",
        "fire_station": "fire",
        "post_office": "post",
        "bank": "bank",
    },
    "healthcare": {
        **dict.fromkeys(("hospital", "clinic", "doctor", "centre"), "medical"),
        "pharmacy": "pharmacy",
    },
    "shop": {"supermarket": "market"},
    "office": {"government": "service_centre"},
    "leisure": dict.fromkeys(
        ("pitch", "sports_centre", "sports_hall", "fitness_centre", "fitness_station"), "fitness"
    ),
}
# An institution of this kind fills its building; nobody is counted as living there.
INSTITUTIONS: Final = (
    "school", "kindergarten", "college", "university", "hospital", "clinic", "townhall", "police",
    "fire_station", "library", "place_of_worship", "community_centre", "public_building",
    "social_facility", "nursing_home", "monastery", "courthouse", "prison",
)  # fmt: skip
# Cars stand in it, or nobody is meant to be in it at all.
NOBODY_INSIDE: Final = (
    "parking", "parking_space", "bicycle_parking", "motorcycle_parking", "fuel", "shelter",
)  # fmt: skip
_BELOW: Final = re.compile(r"地下(?!河)|负[一二三1-9]层|人防|underground")
# A business of this kind takes the ground floor; people live above it.
BUSINESSES: Final = (
    "restaurant", "cafe", "pub", "bar", "fast_food", "bank", "pharmacy", "doctors", "dentist",
    "veterinary", "post_office", "childcare",
)  # fmt: skip
NOBODY_LIVES: Final = ("industrial", "railway", "quarry", "landfill", "military", "port")
_ELDERLY: Final = ("nursing_home", "assisted_living", "group_home", "day_care")

PLACES: Final = ("city", "town", "village", "suburb", "quarter")
SMALL_PLACES: Final = ("hamlet", "neighbourhood")

POLYGON_KEYS: Final = (
    "building", "natural", "landuse", "leisure", "amenity", "waterway", "boundary", "place",
    "healthcare", "shop", "office",
)  # fmt: skip


def is_underground(tags: Tags) -> bool:
    """Tell whether a building lies below the ground: a garage, a shelter; nobody lives there."""
    if tags.get("location") in ("underground", "subsurface", "indoor;underground"):
        return True
    if tags.get("parking") == "underground" or tags.get("building") == "underground":
        return True
    below = any(
        re.fullmatch(r"-\d+(\.\d+)?(;\s*-\d+(\.\d+)?)*", tags.get(key, "").strip())
        for key in ("layer", "level")
    )
    stands = re.match(r"[1-9]", tags.get("building:levels", ""))
    if below and not stands:
        return True
    if tags.get("building:levels") == "0" and tags.get("building:levels:underground", "0") != "0":
        return True
    return bool(_BELOW.search(tags.get("name", ""))) and not stands


def barrier_kind(tags: Tags) -> str | None:
    """Return rail or wall, or None. Bridges and tunnels stop nobody below or above them."""
    if is_set(tags, "bridge") or is_set(tags, "tunnel"):
        return None
    if tags.get("railway") in ("rail", "light_rail", "narrow_gauge"):
        return None if tags.get("service") in ("yard", "siding", "spur") else "rail"
    if tags.get("highway") in MOTORWAYS or tags.get("barrier") in ("wall", "city_wall"):
        return "wall"
    return "wall" if tags.get("motorroad") == "yes" and "highway" in tags else None


def water_area_kind(tags: Tags) -> str | None:
    """Return river, lake or pond for an area of water; ``lake`` is decided by size later."""
    if tags.get("waterway") == "riverbank" or tags.get("water") in ("river", "canal", "stream"):
        return "river"
    if tags.get("natural") == "water" or tags.get("landuse") == "reservoir":
        return "lake"
    return "pond" if tags.get("landuse") == "basin" else None


def water_line_kind(tags: Tags) -> str | None:
    """Return river or stream for a line. Ditches are stepped over, culverts are under ground."""
    if is_set(tags, "tunnel"):
        return None
    return {"river": "river", "canal": "river", "stream": "stream"}.get(tags.get("waterway", ""))


def land_kind(tags: Tags) -> str | None:
    """Return the kind of land of an area, or None."""
    if tags.get("highway") == "pedestrian":
        return "square" if tags.get("area") == "yes" else None
    return _first(_LANDS, tags)


def station_category(tags: Tags) -> str | None:
    """Return the category of a service that anyone may use, or None."""
    if tags.get("access") in ("private", "no") or "disused" in tags or "abandoned" in tags:
        return None
    if tags.get("amenity") == "social_facility":
        meant = tags.get("social_facility:for", "")
        old = "senior" in meant or (not meant and tags.get("social_facility") in _ELDERLY)
        return "elderly_care" if old else None
    return _first(_STATIONS, tags)


def is_set(tags: Tags, key: str) -> bool:
    """Tell whether a yes/no tag is present and not ``no``."""
    return tags.get(key, "no") != "no"


def _first(table: Mapping[str, Mapping[str, str]], tags: Tags) -> str | None:
    for key, values in table.items():
        found = values.get(tags.get(key, ""))
        if found:
            return found
    return None
