"""Which lines are streets to walk along, and of what class: one table for every reader.

The import of OpenStreetMap, ``--as streets`` and the commands on files judge alike by it:

1. ``highway`` (``_link`` follows its road) or our own ``class`` gives the class; what is not in
   the table is no street to walk along: motorways, what is not built yet or no longer there,
   and words that nobody here knows (``is_known`` tells those apart).
2. An area is walked across only where it is pedestrian.
3. ``foot`` = no or private closes a street, and so does ``access`` = no unless ``foot`` opens it.
   Private access alone does not: people live along such streets.
4. A motor road is closed unless ``foot`` opens it.
5. A service road that is an alley is a lane.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CLASSES: Final = ("main_street", "street", "lane", "path", "steps", "service", "track")
# highway=… → class of street. ``_link`` roads follow their road. Missing here = not a street.
STREET_CLASS: Final[Mapping[str, str]] = {
    "trunk": "main_street",
    "primary": "main_street",
    "secondary": "main_street",
    "tertiary": "street",
    "unclassified": "street",
    "residential": "street",
    "living_street": "street",
    "pedestrian": "street",
    "road": "street",
    "alley": "lane",
    "service": "service",
    "track": "track",
    "path": "path",
    "footway": "path",
    "cycleway": "path",
    "bridleway": "path",
    "corridor": "path",
    "steps": "steps",
}
# Words of Chinese files.
WORDS: Final[Mapping[str, str]] = {
    "主干道": "main_street",
    "次干道": "main_street",
    "支路": "street",
    "道路": "street",
    "街": "street",
    "巷": "lane",
    "步道": "path",
    "小路": "path",
    "台阶": "steps",
    "梯步": "steps",
    "内部路": "service",
    "机耕道": "track",
}
# Nobody walks along these, and who wants to cross needs a bridge: a wall to walkers.
MOTORWAYS: Final = ("motorway", "motorway_link")
# Known words of ``highway`` that are no street to walk along.
NO_STREETS: Final = (
    "motorway", "construction", "proposed", "planned", "abandoned", "razed", "disused", "raceway",
    "busway", "bus_guideway", "escape", "elevator", "platform", "rest_area", "services",
    "via_ferrata", "bus_stop", "no",
)  # fmt: skip
OPEN: Final = ("yes", "designated")

_CLASS_OF: Final[Mapping[str, str]] = {**{c: c for c in CLASSES}, **WORDS, **STREET_CLASS}


def is_known(word: str) -> bool:
    """Tell whether a value of ``highway`` or ``class`` is one that the table judges."""
    plain = _plain(word)
    return plain in _CLASS_OF or plain in NO_STREETS


def class_of(word: str) -> str | None:
    """Return the class that a value of ``highway`` or ``class`` stands for (1), else None."""
    return _CLASS_OF.get(_plain(word))


def street_class(tags: Mapping[str, str]) -> str | None:
    """Return the class of a walkable street, or None for what nobody may or can walk along.

    ``tags``: ``highway`` (or our own class under that name) with, where they are known,
    ``access``, ``foot``, ``motorroad``, ``service`` and ``area``, as in OpenStreetMap.
    """
    highway = _plain(tags.get("highway", ""))
    street = _CLASS_OF.get(highway)
    if street is None or (tags.get("area") == "yes" and highway != "pedestrian"):
        return None
    foot, access = tags.get("foot"), tags.get("access")
    if foot in ("no", "private") or (access == "no" and foot not in (*OPEN, "permissive")):
        return None
    if tags.get("motorroad") == "yes" and foot not in OPEN:
        return None
    if highway == "service" and tags.get("service") == "alley":
        return "lane"
    return street


def _plain(word: str) -> str:
    return word.strip().lower().removesuffix("_link")
