"""A file's geometry: the right kind, in the right place, in EPSG:4490."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from data.importers.reading.faults import Faults
from data.importers.reading.shapes.vector_file import VectorFile
from layers.kit.crs import SourceCrs, datum_accuracy_m, file_to_storage
from layers.kit.errors import CrsError
from layers.kit.findings import Severity

Shapes = NDArray[np.object_]

POINTS: Final = ("Point",)
LINES: Final = ("LineString", "MultiLineString")
POLYGONS: Final = ("Polygon", "MultiPolygon")
KIND_WORDS: Final = {
    "Point": "点",
    "MultiPoint": "多点",
    **dict.fromkeys(("LineString", "MultiLineString", "LinearRing"), "线"),
    **dict.fromkeys(("Polygon", "MultiPolygon"), "面"),
    "GeometryCollection": "几何集合",
}
WHY_INVALID: Final = {
    "Self-intersection": "边界自相交",
    "Ring Self-intersection": "边界与自身相接",
    "Hole lies outside shell": "洞在轮廓之外",
    "Holes are nested": "洞中有洞",
    "Nested holes": "洞中有洞",
    "Nested shells": "轮廓相套",
    "Interior is disconnected": "内部被分成几块",
    "Too few points in geometry component": "点太少",
    "Invalid Coordinate": "坐标不是数",
    "Duplicate Rings": "边界重复",
}
"""What the geometry library says of a shape that is none, in Chinese."""
NULL_ISLAND_DEG: Final = 1e-6
DATUM_DOUBT_M: Final = 5.0
MANY_OUTSIDE: Final = 0.2


def place(
    file: VectorFile,
    kinds: Sequence[str],
    faults: Faults,
    *,
    county: Any = None,
    optional: bool = False,
) -> Shapes:
    """Return the geometries in EPSG:4490; None where unusable (and the row has a fault).

    ``kinds``: geometry types that the import can use. ``county``: outline in EPSG:4490; rows
    outside it are faults. ``optional``: a missing place (also 0,0) is a warning and stays None.
    Checked: 1. missing; 2. kind; 3. finite; 4. 0,0; 5. degrees that are none, metres that are
    degrees; 6. outside the CRS; 7. invalid polygons; 8. outside the county, or axes swapped.
    """
    geometry = file.geometry.copy()
    usable = np.array([g is not None and not g.is_empty for g in geometry], bool)
    severity: Severity = "warning" if optional else "error"
    for row in np.flatnonzero(usable):
        geometry[row] = _alone(geometry[row], kinds)
    broken = faults.rows_of("geometry", *file.used)  # said already: not missing too
    missing = [i for i in np.flatnonzero(~usable) if int(i) + 1 not in broken]
    faults.rows("geometry_missing", missing, field="geometry", severity=severity)  # 1
    for row in np.flatnonzero(usable):
        if geometry[row].geom_type not in kinds:  # 2
            usable[row] = False
            found = geometry[row].geom_type
            faults.add(
                "geometry_kind",
                row=int(row) + 1,
                field="geometry",
                found=found,
                found_zh=KIND_WORDS.get(found, found),
                wanted=" / ".join(kinds),
                wanted_zh="、".join(dict.fromkeys(KIND_WORDS[k] for k in kinds)),
            )
    box = shapely.bounds(geometry)
    finite = np.isfinite(box).all(axis=1)
    faults.rows("geometry_not_finite", np.flatnonzero(usable & ~finite), field="geometry")  # 3
    usable &= finite
    zero = usable & (np.abs(np.nan_to_num(box, nan=1.0)) <= NULL_ISLAND_DEG).all(axis=1)
    faults.rows("coordinates_zero", np.flatnonzero(zero), field="geometry", severity=severity)  # 4
    usable &= ~zero
    usable &= _plausible(file.source, box, usable, faults)  # 5
    placed = np.full(len(geometry), None, dtype=object)
    if usable.any():
        placed[usable] = file_to_storage(geometry[usable], file.source)
    box = shapely.bounds(placed)
    lost = usable & ~(np.isfinite(box).all(axis=1) & _degrees(box))
    faults.rows(  # 6
        "coordinates_outside_crs", np.flatnonzero(lost), field="geometry", crs=file.source.name
    )
    placed[lost] = None
    _doubt_datum(file.source, faults)
    _check_valid(placed, faults)  # 7
    if county is not None:
        _check_county(placed, county, faults)  # 8
    return placed


def _alone(shape: Any, kinds: Sequence[str]) -> Any:
    """Return the only part of a shape of many where that is wanted: a MultiPoint of one point."""
    if shape.geom_type in kinds or shapely.get_num_geometries(shape) != 1:
        return shape
    part = shapely.get_geometry(shape, 0)
    return part if part.geom_type in kinds else shape


def _as_written(box: NDArray[np.float64]) -> tuple[str, str]:
    """Return a box's first corner as somebody would look for it in their file: not rounded."""
    return f"{float(box[0]):.9g}", f"{float(box[1]):.9g}"


def _degrees(box: NDArray[np.float64]) -> NDArray[np.bool_]:
    most = np.array([180.0, 90.0, 180.0, 90.0])
    return np.logical_and.reduce(np.abs(box) <= most, axis=1)


def _plausible(
    source: SourceCrs, box: NDArray[np.float64], usable: NDArray[np.bool_], faults: Faults
) -> NDArray[np.bool_]:
    """Compare the size of the numbers with what the CRS is written in; one fault a file."""
    fine = np.ones(len(box), bool)
    if not usable.any():
        return fine
    degrees = _degrees(box)
    if source.is_geographic:
        swapped = usable & ~degrees & _degrees(box[:, [1, 0, 3, 2]])
        wrong = usable & ~degrees & ~swapped
        if swapped.sum() > 0.5 * usable.sum():
            faults.add("axes_swapped", field="geometry", rows=int(swapped.sum()))
        else:
            wrong |= swapped
        if wrong.sum() > 0.5 * usable.sum():
            first = box[np.flatnonzero(wrong)[0]]
            x, y = _as_written(first)
            faults.add("coordinates_not_degrees", field="geometry", crs=source.name, x=x, y=y)
        else:
            for row in np.flatnonzero(wrong):
                x, y = _as_written(box[row])
                faults.add("coordinate_range", row=int(row) + 1, field="geometry", x=x, y=y)
        return degrees
    if (usable & degrees).sum() > 0.5 * usable.sum():
        faults.add("coordinates_are_degrees", field="geometry", crs=source.name)
        return ~degrees
    return fine


def _doubt_datum(source: SourceCrs, faults: Faults) -> None:
    try:
        accuracy = datum_accuracy_m(source)
    except CrsError:
        accuracy = None
    if accuracy is None or accuracy > DATUM_DOUBT_M:
        faults.add("datum_uncertain", severity="warning", field="crs", crs=source.name)


def _check_valid(placed: Shapes, faults: Faults) -> None:
    """Repair polygons that cross themselves where a polygon remains; say so."""
    known = np.array([g is not None for g in placed], bool)
    area = np.isin(shapely.get_type_id(placed), (3, 6))
    for row in np.flatnonzero(known & area & ~shapely.is_valid(placed)):
        reason = str(shapely.is_valid_reason(placed[row])).split("[")[0].strip()
        said: dict[str, Any] = {"reason": reason, "reason_zh": WHY_INVALID.get(reason, "图形无效")}
        parts = shapely.get_parts(shapely.make_valid(placed[row]))
        polygons = [p for p in shapely.get_parts(parts) if p.geom_type in POLYGONS and p.area > 0]
        if polygons:
            placed[row] = shapely.union_all(polygons)
            faults.add(
                "geometry_repaired",
                row=int(row) + 1,
                field="geometry",
                severity="warning",
                **said,
            )
        else:
            placed[row] = None
            faults.add("geometry_invalid", row=int(row) + 1, field="geometry", **said)


def _check_county(placed: Shapes, county: Any, faults: Faults) -> None:
    """Rows must touch the county. When most would after swapping x and y, say that instead."""
    rows = np.flatnonzero([g is not None for g in placed])
    if not len(rows):
        return
    shapely.prepare(county)
    outside = rows[~shapely.intersects(county, placed[rows])]
    if not len(outside):
        return
    turned = shapely.transform(placed[outside], lambda xy: xy[:, ::-1])
    if len(outside) > 0.5 * len(rows) and shapely.intersects(county, turned).mean() > 0.5:
        faults.add("axes_swapped", field="geometry", rows=len(outside))
        return
    if len(outside) >= 5 and len(outside) > MANY_OUTSIDE * len(rows):
        faults.add("many_outside", severity="warning", field="geometry", rows=len(rows),
                   outside=len(outside))  # fmt: skip
    distance = shapely.distance(county, placed[outside])
    for row, far in zip(outside, distance, strict=True):
        km = max(0.1, round(float(far) * 111.32, 1))  # what is shown has one digit
        faults.add("outside_county", row=int(row) + 1, field="geometry", km=km)
