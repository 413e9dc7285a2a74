"""The structure of a GeoJSON file (RFC 7946), checked before GDAL reads what it can of it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, Final

from data.importers.reading.faults import Faults

LINT_BYTES: Final = 64_000_000  # a larger file is left to GDAL alone
EXACT: Final = 2**53  # a float holds every whole number up to here
DEPTH: Final = {
    "Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2,
    "MultiPolygon": 3,
}  # fmt: skip
TYPES: Final = ("FeatureCollection", "Feature", *DEPTH, "GeometryCollection")
_OF_OTHERS: Final = {
    "FeatureCollection": ("coordinates", "geometries", "geometry", "properties"),
    "Feature": ("coordinates", "geometries", "features"),
    **dict.fromkeys((*DEPTH, "GeometryCollection"), ("geometry", "properties", "features")),
}


def check_geojson(text: str, faults: Faults) -> bool:
    """Add every structural fault with its feature's row; False when nothing can be read at all.

    Errors: what GDAL would drop or misread in silence. Infos: what it reads as meant.
    """
    doubled: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        doubled.extend(k for k, n in Counter(k for k, _ in pairs).items() if n > 1)
        return dict(pairs)

    try:
        root = json.loads(text, object_pairs_hook=members)
    except json.JSONDecodeError as error:
        faults.add("json_broken", line=error.lineno, column=error.colno)
        return False
    except (ValueError, RecursionError):  # a number of over 4,300 digits; nested too deeply
        faults.add("json_broken", line=1, column=1)
        return False
    for name in dict.fromkeys(doubled):
        faults.add("json_doubled", field=name)
    before = faults.errors
    _Checker(faults).root(root)
    return faults.errors == before and not doubled


def exact_numbers(text: str, columns: Iterable[str], rows: int) -> dict[str, list[Any]]:
    """Return those columns whose whole numbers a float would not hold, with all of their digits.

    ``rows``: how many features were read; nothing where the text has another number of them.
    """
    root = json.loads(text)
    features = root.get("features", [root]) if isinstance(root, dict) else []
    if len(features) != rows:
        return {}
    own = [f.get("properties") or {} for f in features]
    found = {name: [p.get(name) for p in own] for name in columns}
    return {
        name: [str(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in values]
        for name, values in found.items()
        if any(isinstance(v, int) and abs(v) > EXACT for v in values)
    }


class _Checker:
    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.row: int | None = None
        self.told: set[str] = set()

    def say(self, code: str, field: str, **values: Any) -> None:
        self.faults.add(code, row=self.row, field=field, **values)

    def hint(self, code: str, field: str) -> None:
        """Mention once a file: such things repeat in every feature."""
        if code not in self.told:
            self.told.add(code)
            self.faults.add(code, row=self.row, field=field, severity="info")

    def root(self, value: Any) -> None:
        if not isinstance(value, dict):
            self.say("geojson_not_object", "type", found=_shown(value))
            return
        kind = value.get("type")
        if kind == "FeatureCollection":
            self.members(value, kind)
            features = value.get("features")
            if not isinstance(features, list):
                self.say("geojson_member", "features", expected="[…]", found=_shown(features))
                return
            for number, feature in enumerate(features, start=1):
                self.row = number
                self.feature(feature)
        elif kind == "Feature":
            self.row = 1
            self.feature(value)
        else:
            self.row = 1 if isinstance(kind, str) and kind in TYPES else None
            self.geometry(value, "type")

    def members(self, value: dict[str, Any], kind: str) -> None:
        foreign = [name for name in _OF_OTHERS[kind] if name in value]
        if foreign:
            self.say("geojson_foreign", foreign[0], type=kind)
        box = value.get("bbox")
        if box is not None and not (
            isinstance(box, list) and len(box) in (4, 6) and all(_is_number(n) for n in box)
        ):
            self.say("geojson_bbox", "bbox", found=_shown(box))

    def feature(self, value: Any) -> None:
        if not isinstance(value, dict) or value.get("type") != "Feature":
            found = value.get("type") if isinstance(value, dict) else value
            self.say("geojson_type", "type", found=_shown(found), expected="Feature")
            return
        self.members(value, "Feature")
        properties = value.get("properties")
        if properties is not None and not isinstance(properties, dict):
            self.say("geojson_member", "properties", expected="{…}", found=_shown(properties))
        if "id" in value and not isinstance(value["id"], str | int | float):
            self.say("geojson_member", "id", expected="text / number", found=_shown(value["id"]))
        if "geometry" not in value:
            self.say("geojson_member", "geometry", expected="{…}", found="-")
        elif value["geometry"] is not None:
            self.geometry(value["geometry"], "geometry")

    def geometry(self, value: Any, field: str, *, nested: bool = False) -> None:
        if not isinstance(value, dict):
            self.say("geojson_member", field, expected="{…}", found=_shown(value))
            return
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in (*DEPTH, "GeometryCollection"):
            self.say("geojson_type", "type", found=_shown(kind), expected=", ".join(TYPES[2:]))
            return
        self.members(value, kind)
        if kind != "GeometryCollection":
            self.coordinates(value.get("coordinates"), kind)
            return
        parts = value.get("geometries")
        if not isinstance(parts, list):
            self.say("geojson_member", "geometries", expected="[…]", found=_shown(parts))
            return
        if nested or len(parts) == 1:
            self.hint("geojson_collection", "geometries")
        for part in parts:
            self.geometry(part, "geometries", nested=True)

    def coordinates(self, value: Any, kind: str) -> None:
        if not isinstance(value, list):
            self.say("geojson_member", "coordinates", expected="[…]", found=_shown(value))
        elif kind == "Polygon":
            self.each(value, self.ring_at)
        elif kind == "MultiPolygon":
            self.each(value, lambda polygon, _: self.each(polygon, self.ring_at))
        elif kind == "MultiLineString":
            self.each(value, lambda line, _: self.line(line, 2))
        elif kind == "LineString":
            self.line(value, 2)
        elif kind == "MultiPoint":
            self.line(value, 0)
        else:
            self.position(value)

    def each(self, value: Any, check: Callable[[Any, int], object]) -> None:
        if not isinstance(value, list):
            self.say("geojson_member", "coordinates", expected="[…]", found=_shown(value))
            return
        for number, part in enumerate(value):
            check(part, number)

    def line(self, value: Any, least: int) -> bool:
        if not isinstance(value, list):
            self.say("geojson_position", "coordinates", found=_shown(value))
            return False
        if len(value) < least:
            self.say("geojson_short", "coordinates", found=len(value), least=least)
            return False
        positions = [self.position(p) for p in value]  # all of them, to report all
        return all(positions)

    def ring_at(self, ring: Any, number: int) -> None:
        if not self.line(ring, 4):
            return
        if ring[0] != ring[-1]:
            self.say("geojson_ring_open", "coordinates")
        twice_area = math.fsum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
        if (twice_area < 0) == (number == 0):
            self.hint("geojson_winding", "coordinates")

    def position(self, value: Any) -> bool:
        fine = isinstance(value, list) and len(value) >= 2 and all(_is_number(n) for n in value)
        if not fine:
            self.say("geojson_position", "coordinates", found=_shown(value))
            return False
        if len(value) > 3:
            self.hint("geojson_dimensions", "coordinates")
        if any(isinstance(n, float) and abs(n * 1e9 - round(n * 1e9)) > 1e-2 for n in value[:2]):
            self.hint("geojson_precision", "coordinates")
        return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _shown(value: Any) -> str:
    return "-" if value is None else json.dumps(value, ensure_ascii=False)[:60]
