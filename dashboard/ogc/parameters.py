"""Parameters of ``/ogc`` requests: read strictly, since a filter that is not understood would
otherwise answer with everything (OGC 17-069r4, requirement 7: unknown parameters are refused)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite

from dashboard.ogc.crs import CRS84, is_latitude_first, read_crs, swapped_box
from data.grids.read_ogc import Box, GridQuery
from layers.kit.errors import InputError

LIMIT_DEFAULT = 100
LIMIT_MAX = 5000
OFFSET_MAX = 2**53
ITEM_PARAMETERS = (
    *("bbox", "bbox-crs", "county", "crs", "datetime", "f", "limit", "offset", "within"),
)  # fmt: skip
OPEN = ("", "..")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a collection that is asked for; ``crs``: of its coordinates."""

    wanted: GridQuery
    limit: int
    offset: int
    crs: str = CRS84


def read_page(values: Mapping[str, str], place: str) -> Page:
    """Return what an items request asks for. ``place``: the division code of its address, or "".

    Raises InputError for a parameter that is unknown or that cannot be read.
    """
    refuse_unknown(values, ITEM_PARAMETERS)
    first, last = read_days(values.get("datetime", ""))
    wanted = GridQuery(
        within=read_within(values, place),
        boxes=read_boxes(_box(values)),
        first=first,
        last=last,
        at_data_day="datetime" not in values,
    )
    limit = read_number("limit", _clamped(values.get("limit")), LIMIT_DEFAULT, least=1)
    offset = read_number("offset", values.get("offset"), 0, least=0)
    return Page(wanted, min(limit, LIMIT_MAX), offset, read_crs("crs", values.get("crs")))


def _clamped(limit: str | None) -> str | None:
    """Return a limit; one of more digits than any number of features has is the most."""
    return str(LIMIT_MAX) if limit and re.fullmatch(r"[0-9]{17,200}", limit) else limit


def _box(values: Mapping[str, str]) -> str:
    """Return ``bbox`` in CRS84. Raises InputError for a system without a box, or not served."""
    box = values.get("bbox", "")
    if "bbox-crs" not in values:
        return box
    crs = read_crs("bbox-crs", values["bbox-crs"])
    if not box:
        raise InputError("bbox-crs tells of a bbox: there is none")
    return swapped_box(box) if is_latitude_first(crs) else box


def refuse_unknown(values: Mapping[str, str], known: tuple[str, ...]) -> None:
    """Raise InputError for parameters that are not known or hold nothing, and for another format
    than JSON (a page for people is made before)."""
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise InputError(f"unknown parameter {', '.join(unknown)}: use {', '.join(known)}")
    empty = sorted(name for name, value in values.items() if not value.strip())
    if empty:
        raise InputError(f"{', '.join(empty)} holds nothing: leave it out, or give a value")
    if values.get("f", "json") not in ("json", "geojson", "application/geo+json"):
        raise InputError(f"f={values['f']} is not served: only json")


def read_number(name: str, value: str | None, default: int, *, least: int) -> int:
    """Return a whole number. Raises InputError."""
    if value is None:
        return default
    if not re.fullmatch(r"[0-9]{1,16}", value) or not least <= int(value) <= OFFSET_MAX:
        raise InputError(f"{name}={value} is not a whole number of at least {least}")
    return int(value)


def read_within(values: Mapping[str, str], place: str) -> str:
    """Return the division code that everything must begin with, "" for all.

    ``county`` and ``within`` narrow the place of the address; two that exclude each other are
    refused, since the answer would be empty by mistake.
    """
    found = place
    for name in ("county", "within"):
        value = values.get(name, "")
        if not value:
            continue
        if not re.fullmatch(r"[0-9]{2,15}", value):
            raise InputError(f"{name}={value} is not a division code: digits only")
        if not (value.startswith(found) or found.startswith(value)):
            raise InputError(f"{name}={value} does not lie in {found}")
        found = max(found, value, key=len)
    return found


def read_boxes(value: str) -> tuple[Box, ...]:
    """Return the boxes of ``bbox``: west,south,east,north in degrees, or six with heights.

    West greater than east crosses the antimeridian and gives two. Raises InputError.
    """
    if not value:
        return ()
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(isfinite(n) for n in numbers):
        raise InputError(f"bbox={value}: write west,south,east,north in degrees")
    half = len(numbers) // 2
    west, south, east, north = numbers[0], numbers[1], numbers[half], numbers[half + 1]
    if south > north or abs(south) > 90 or abs(north) > 90:
        raise InputError(f"bbox={value}: south must not lie north of north, both within ±90")
    # Clients widen a view beyond the world; PostGIS would fail on such a box.
    west, east = max(west, -180.0), min(east, 180.0)
    if west > 180 or east < -180:
        raise InputError(f"bbox={value}: west and east must lie within ±180")
    if west <= east:
        return ((west, south, east, north),)
    return ((west, south, 180.0, north), (-180.0, south, east, north))


def read_days(value: str) -> tuple[date | None, date | None]:
    """Return first and last day of ``datetime``: a day, a moment, or an interval.

    Days are what the data know; of a moment its date counts. Raises InputError.
    """
    if not value:
        return None, None
    parts = value.split("/")
    if len(parts) > 2 or (len(parts) == 1 and value in OPEN) or all(p in OPEN for p in parts):
        raise InputError(f"datetime={value}: write a day, or first/last with .. for open")
    days = [None if part in OPEN else _day(part) for part in parts]
    first, last = days[0], days[-1]
    if first is not None and last is not None and first > last:
        raise InputError(f"datetime={value}: the first day must not come after the last")
    return first, last


def _day(value: str) -> date:
    try:
        return datetime.fromisoformat(value).date()
    except ValueError as error:
        raise InputError(f"datetime={value} is not a day: write YYYY-MM-DD") from error
