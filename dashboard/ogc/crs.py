"""Reference systems of ``/ogc`` (OGC 18-058r1, Part 2): longitude first, or as EPSG orders 4490.

What is kept is CGCS2000, which WGS84 is taken for: between the systems only the order of the axes
differs. CRS84 is longitude, latitude; EPSG:4490 and EPSG:4326 are latitude, longitude.
"""

from __future__ import annotations

import json
import re
from typing import Final

import shapely
from shapely.geometry import mapping

from layers.kit.errors import InputError
from layers.kit.json import Geometry

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CGCS2000: Final = "http://www.opengis.net/def/crs/EPSG/0/4490"
WGS84: Final = "http://www.opengis.net/def/crs/EPSG/0/4326"
KNOWN: Final = (CRS84, CGCS2000, WGS84)
_WRITTEN: Final = re.compile(
    r"\[?(?:http://www\.opengis\.net/def/crs/|urn:ogc:def:crs:)?(?P<of>OGC|EPSG)"
    r"(?:/[\d.]*/|:[\d.]*:|:)(?P<name>CRS84|4490|4326)\]?",
    re.IGNORECASE,
)


def read_crs(name: str, value: str | None) -> str:
    """Return the system that a parameter names, CRS84 where it is left out. Raises InputError.

    Written as an address, a URN, or ``EPSG:4490`` (in brackets or not).
    """
    if value is None:
        return CRS84
    found = _WRITTEN.fullmatch(value)
    ends = "" if found is None else f"/{found['of'].upper()}/{found['name'].upper()}"
    for known in KNOWN:
        of, own = known.split("/")[-3], known.rsplit("/", 1)[-1]
        if ends == f"/{of}/{own}":
            return known
    raise InputError(
        "{name}={value} is not served: {known}", name=name, value=value, known=", ".join(KNOWN)
    )


def is_latitude_first(crs: str) -> bool:
    """Tell whether a system's first axis is latitude."""
    return crs != CRS84


def swapped_box(value: str) -> str:
    """Return a ``bbox`` that is written latitude first (south,west,north,east) as one of CRS84."""
    parts = value.split(",")
    half = len(parts) // 2
    if len(parts) not in (4, 6):
        return value  # refused by who reads it
    return ",".join(
        (parts[1], parts[0], *parts[2:half], parts[half + 1], parts[half], *parts[half + 2 :])
    )


def swapped(geometry: Geometry) -> Geometry:
    """Return a GeoJSON geometry with its axes exchanged."""
    shape = shapely.from_geojson(json.dumps(geometry))
    turned: Geometry = mapping(shapely.transform(shape, lambda xy: xy[:, ::-1]))
    return turned
