"""KML as it is written: placemarks with their fields in any language, and the folders they are in.

GDAL turns Chinese names of fields into underscores.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from lxml import etree
from numpy.typing import NDArray

from data.importers.reading.faults import Faults
from data.importers.reading.text.visible import visible

_PART: Final = re.compile(r"[\s]+")
_LEAST: Final = {"Point": 1, "LineString": 2, "LinearRing": 4}


@dataclass(frozen=True, slots=True)
class Placemarks:
    """``table``: name, description and every field; ``geometry`` in degrees, None where absent.

    ``folders``: of the file, ``folder``: of each row ("" outside of any).
    """

    table: pd.DataFrame
    geometry: NDArray[np.object_]
    folders: tuple[str, ...]
    folder: tuple[str, ...]


def read_placemarks(data: bytes, faults: Faults) -> Placemarks:
    """Return the placemarks of a KML. Raises ``InputError`` where it is broken, or only a link.

    A placemark whose coordinates cannot be read is a fault of its row.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        faults.add("xml_broken", line=error.lineno or 1)
        faults.stop()
        raise
    rows: list[dict[str, str | None]] = []
    shapes: list[Any] = []
    folder: list[str] = []
    for placemark in root.iter("{*}Placemark"):
        rows.append(_fields(placemark))
        shape, whole = _shape(placemark)
        shapes.append(shape)
        if not whole:
            faults.add("geometry_broken", row=len(rows), field="geometry")
        folder.append(_folder(placemark))
    if not rows and next(root.iter("{*}NetworkLink"), None) is not None:
        faults.add("file_refers")
        faults.stop()
    columns = dict.fromkeys(name for row in rows for name in row)
    table = pd.DataFrame(
        {n: pd.Series([row.get(n) for row in rows], dtype=object) for n in columns},
        index=range(len(rows)),
    )
    geometry = np.full(len(rows), None, dtype=object)
    geometry[:] = shapes
    return Placemarks(table, geometry, tuple(dict.fromkeys(filter(None, folder))), tuple(folder))


def _fields(placemark: Any) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in ("name", "description", "address", "phoneNumber"):
        own = placemark.find(f"{{*}}{name}")
        if own is not None or name == "name":
            found[name] = _text(own)
    for data in placemark.iterfind("{*}ExtendedData/{*}Data"):
        shown = _text(data.find("{*}displayName"))
        found[shown or visible(data.get("name") or "") or "-"] = _text(data.find("{*}value"))
    for data in placemark.iterfind("{*}ExtendedData/{*}SchemaData/{*}SimpleData"):
        found[visible(data.get("name") or "") or "-"] = _text(data)
    return found


def _text(element: Any) -> str | None:
    return None if element is None else visible("".join(element.itertext())) or None


def _folder(placemark: Any) -> str:
    above = next(placemark.iterancestors("{*}Folder"), None)
    return "" if above is None else _text(above.find("{*}name")) or ""


def _shape(element: Any) -> tuple[Any, bool]:
    """Return the shape under an element, None without any, and whether all of it could be read."""
    parts: list[Any] = []
    whole = True
    for child in element:
        kind = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if kind in ("Point", "LineString"):
            xy = _positions(child)
            fine = xy is not None and len(xy) >= _LEAST[kind]
            if fine:
                parts.append(shapely.Point(xy[0]) if kind == "Point" else shapely.LineString(xy))
            whole &= fine
        elif kind == "Polygon":
            polygon = _polygon(child)
            parts += [polygon] if polygon is not None else []
            whole &= polygon is not None
        elif kind == "MultiGeometry":
            inner, fine = _shape(child)
            parts += list(shapely.get_parts(inner)) if inner is not None else []
            whole &= fine
    if not whole or not parts:
        return None, whole
    return (parts[0] if len(parts) == 1 else _collected(parts)), True


def _collected(parts: list[Any]) -> Any:
    kinds = {part.geom_type for part in parts}
    make = {"Point": shapely.multipoints, "LineString": shapely.multilinestrings,
            "Polygon": shapely.multipolygons}  # fmt: skip
    return make[kinds.pop()](parts) if len(kinds) == 1 else shapely.geometrycollections(parts)


def _polygon(element: Any) -> Any:
    outer = element.find("{*}outerBoundaryIs/{*}LinearRing")
    rings = [r for b in element.iterfind("{*}innerBoundaryIs") for r in b.iterfind("{*}LinearRing")]
    read = [None if r is None else _ring(r) for r in (outer, *rings)]
    if any(r is None for r in read):
        return None
    return shapely.Polygon(read[0], read[1:])


def _ring(element: Any) -> Any:
    xy = _positions(element)
    if xy is None or len(xy) < 3:
        return None
    closed = xy if (xy[0] == xy[-1]).all() else np.vstack((xy, xy[:1]))
    return closed if len(closed) >= _LEAST["LinearRing"] else None


def _positions(element: Any) -> Any:
    """Return the positions of ``coordinates`` (n × 2), None where they are no numbers."""
    own = element.find("{*}coordinates")
    text = "" if own is None else re.sub(r"\s*,\s*", ",", "".join(own.itertext()).strip())
    try:
        found = [[float(n) for n in part.split(",")[:2]] for part in _PART.split(text) if part]
    except ValueError:
        return None
    if not found or any(len(position) != 2 for position in found):
        return None
    return np.array(found, np.float64)
