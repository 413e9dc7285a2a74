"""The files that ``getu coverage`` and ``getu site`` read and write. No database.

Every fault of a file is found before anything is refused. Rows count from 1. Column names are
matched without regard to case.
"""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from data.importers.reading.faults import Faults
from data.importers.reading.shapes.vector import read_vector
from data.importers.reading.shapes.vector_file import ReadOptions
from data.importers.reading.tables.headers import Names
from layers.kit import crs as reference
from layers.kit.errors import InputError, Message
from layers.kit.findings import Finding
from layers.kit.ground.ways import is_known, street_class

POINTS = ("Point", "MultiPoint")
AREAS = ("Polygon", "MultiPolygon")
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.0*)?")
LINES = ("LineString", "MultiLineString")
_NAMES = Names.of(
    {
        **dict.fromkeys(("households", "estate", "community", "class", "highway"), ()),
        "id": ("building_id", "external_id", "station_id", "site_id", "code"),
    }
)
WHOLE_FILE = {
    "crs_missing": Message("declares no reference system: say which with --crs EPSG:n"),
    "file_missing": Message("does not exist: check the path"),
    "file_without_rows": Message("has no rows: check what was exported"),
    "file_refers": Message("only points to other files or the network: give the data file itself"),
    "file_unreadable": Message("cannot be read: export it again as a GeoPackage"),
    "layer_several": Message(
        "has several layers ({layers}): call the one to be read buildings, streets, "
        "stations or candidates, or give a file with one layer"
    ),
}


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A vector file as read: its frame, how its coordinates are meant, and harmless findings.

    ``frame`` has the file's own coordinates, ``id`` (the file's, else the row number) and the
    columns that the reader promises. ``findings`` are warnings and infos.
    """

    frame: gpd.GeoDataFrame
    source: reference.SourceCrs
    findings: tuple[Finding, ...] = ()

    def measured(self, srid: int) -> gpd.GeoDataFrame:
        """Return the frame in the measuring CRS ``srid`` (metres); a file that is in it already
        keeps its numbers.
        """
        if self.source.shift is None and self.source.crs.to_epsg() == srid:
            return self.frame.set_crs(srid, allow_override=True)
        degrees = reference.file_to_storage(self.frame.geometry.values, self.source)
        return self.frame.set_geometry(
            gpd.GeoSeries(
                reference.to_measuring(degrees, srid), index=self.frame.index, crs=f"EPSG:{srid}"
            )
        )

    def lonlat_bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north in degrees."""
        degrees = reference.file_to_storage(self.frame.geometry.values, self.source)
        west, south, east, north = shapely.total_bounds(degrees)
        return float(west), float(south), float(east), float(north)

    def output_crs(self) -> CRS:
        """Return the CRS of outputs: the file's own; true degrees for GCJ-02 and BD-09."""
        return CRS.from_epsg(4490) if self.source.shift else self.source.crs

    def output_geometry(self) -> NDArray[np.object_]:
        """Return the geometry in ``output_crs``."""
        shapes: NDArray[np.object_] = np.asarray(self.frame.geometry.values, dtype=object)
        return reference.file_to_storage(shapes, self.source) if self.source.shift else shapes


def read_buildings(path: Path, crs: str | None = None, weight: str | None = None) -> LayerFile:
    """Read building polygons or points with a ``households`` column.

    ``households`` becomes float, NaN where the file is silent (a warning: unknown is not 0), and
    so does the column ``weight``, which counts instead of households where it is named.
    Raises InputError with every fault when a count is no whole number ≥ 0 or a shape is missing.
    """
    frame, source = _read(path, crs, "buildings", (*AREAS, *POINTS))
    column = _column(frame, "households")
    if column is None:
        raise InputError(
            "{name}: buildings need a column households (found: {frame})",
            [Finding("column_missing", field="households")],
            name=path.name,
            frame=_names(frame),
        )
    faults, count = _whole_numbers(frame[column], "households")
    weights = count
    if weight is not None:
        more, weights = _whole_numbers(frame[asked_column(frame, weight, path)], weight)
        faults += more
    ids, notes = _ids(frame, ("id", "building_id", "external_id"))
    if faults:
        raise InputError(
            "{name}: {count} rows cannot be used", faults, name=path.name, count=len(faults)
        )
    unknown = np.flatnonzero(np.isnan(count))
    if len(unknown):
        notes.append(
            Finding("households_unknown", "warning", row=int(unknown[0]) + 1, field=column,
                    values={"rows": len(unknown)})
        )  # fmt: skip
    result = gpd.GeoDataFrame(
        {"id": ids, "households": count, "weight": weights}, geometry=frame.geometry.values
    )
    return LayerFile(result, source, tuple(notes))


def read_streets(path: Path, crs: str | None = None) -> LayerFile:
    """Read streets: lines with, if the file has them, class or OSM's highway, access, foot,
    service, motorroad, area (``layers/kit/ground/ways.py`` judges them), bridge, tunnel, layer.

    Streets that nobody may walk are left out, with an info; so are those of a class that is not
    known, each word with a warning that names its first row. One-way rules are for vehicles and
    are not read. ``row`` is the file's row from 1.
    """
    frame, source = _read(path, crs, "streets", LINES)
    result = gpd.GeoDataFrame({"row": np.arange(1, len(frame) + 1)}, geometry=frame.geometry.values)
    words = street_words(frame)
    tags = [{"highway": word} for word in words]
    for name in ("access", "foot", "service", "motorroad", "area"):
        column = _column(frame, name)
        for of_row, value in zip(tags, [] if column is None else frame[column], strict=False):
            if isinstance(value, str):
                of_row[name] = value.strip().lower()
    known = [street_class(of_row) for of_row in tags]
    walkable = np.array([v is not None for v in known], bool)
    result["class"] = [v or "street" for v in known]
    notes = []
    for word in dict.fromkeys(word for word in words if not is_known(word)):
        rows = [row for row, other in enumerate(words, start=1) if other == word]
        values = {"value": word, "rows": len(rows)}
        notes.append(Finding("street_class_unknown", "warning", row=rows[0], values=values))
    for name in ("bridge", "tunnel"):
        column = _column(frame, name)
        result[name] = _structures(frame[column]) if column is not None else False
    layer = _column(frame, "layer")
    result["layer"] = (
        0 if layer is None else pd.to_numeric(frame[layer], errors="coerce").fillna(0).astype(int)
    )
    closed = int((~walkable).sum()) - sum(not is_known(word) for word in words)
    if closed:
        notes.append(Finding("street_not_walkable", "info", values={"rows": closed}))
    return LayerFile(result[walkable].reset_index(drop=True), source, tuple(notes))


def street_words(frame: gpd.GeoDataFrame) -> list[str]:
    """Return what each row says its street is: ``class``, else ``highway``; street if neither."""
    words = ["street"] * len(frame)
    for name in ("highway", "class"):
        column = _column(frame, name)
        for row, value in enumerate([] if column is None else frame[column]):
            if isinstance(value, str) and value.strip():
                words[row] = value
    return words


def read_stations(path: Path, crs: str | None = None, label: str = "stations") -> LayerFile:
    """Read stations or candidate sites: points, or areas whose inner point is taken."""
    frame, source = _read(path, crs, label, (*POINTS, *AREAS), may_be_empty=True)
    ids, notes = _ids(frame, ("id", "station_id", "site_id", "external_id", "code"))
    shapes = shapely.point_on_surface(np.asarray(frame.geometry.values, dtype=object))
    return LayerFile(gpd.GeoDataFrame({"id": ids}, geometry=shapes), source, tuple(notes))


def write_layers(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Write a GeoPackage; it appears whole under its name, or not at all."""
    _replace(path, lambda part: _write_parts(part, layers))


def write_report(path: Path, report: Mapping[str, Any]) -> None:
    """Write a JSON report; it appears whole under its name, or not at all."""
    text = json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    _replace(path, lambda part: part.write_text(text, encoding="utf-8"))


def _write_parts(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    for name, frame in layers.items():
        pyogrio.write_dataframe(
            frame, path, layer=name, driver="GPKG", append=path.exists(),
            geometry_type="Unknown" if len(set(frame.geom_type)) > 1 else None,
        )  # fmt: skip


def _replace(path: Path, write: Any) -> None:
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".getu-") as folder:
            part = Path(folder) / path.name
            write(part)
            part.replace(path)
    except (OSError, pyogrio.errors.DataSourceError) as error:
        raise InputError(
            "cannot write {path}: its folder is not there, is full, or is not yours to write in",
            path=path,
        ) from error


def _read(
    path: Path, crs: str | None, label: str, shapes: Sequence[str], *, may_be_empty: bool = False
) -> tuple[gpd.GeoDataFrame, reference.SourceCrs]:
    """Read a file, of several layers the one named like ``label``; refuse what cannot be used."""
    faults = Faults(path.name)
    try:
        layer = label if label in _layers(path) else None
        read = read_vector(path, ReadOptions(crs=crs, layer=layer, names=_NAMES), faults)
    except InputError as error:
        if may_be_empty and {f.code for f in error.findings} == {"file_without_rows"}:
            empty = gpd.GeoDataFrame(geometry=[], crs=reference.STORAGE_SRID)
            return empty, reference.parse_crs(f"EPSG:{reference.STORAGE_SRID}")
        raise _said(error, path.name) from error
    faults.stop()
    values = shapely.force_2d(read.geometry)
    frame = gpd.GeoDataFrame(read.table, geometry=values)
    source = read.source
    if len(frame) == 0 and not may_be_empty:
        raise InputError("{name}: has no rows", name=path.name)
    kinds = frame.geom_type.to_numpy()
    bounds = shapely.bounds(values)
    said = faults.rows_of("geometry", *read.used)  # a faulty place is not missing too
    missing = [row for row in np.flatnonzero(_no_shape(values)) if int(row) + 1 not in said]
    faults.rows("geometry_missing", missing, field="geometry")
    for row in np.flatnonzero(~_no_shape(values) & ~np.isin(kinds, shapes)):
        faults.add("geometry_wrong_kind", row=int(row) + 1, field="geometry",
                   kind=str(kinds[row]), wanted=" / ".join(shapes))  # fmt: skip
    if source.is_geographic:
        low, high = bounds[:, :2], bounds[:, 2:]
        off = (np.abs(low) > (180, 90)).any(axis=1) | (np.abs(high) > (180, 90)).any(axis=1)
        faults.rows("coordinates_not_degrees", np.flatnonzero(off), field="geometry",
                    crs=source.name)  # fmt: skip
    faults.stop()
    return frame, source


def _said(error: InputError, name: str) -> InputError:
    """Return an error whose own message says what to do, where one fault stops the whole file."""
    if len(error.findings) != 1 or error.findings[0].code not in WHOLE_FILE:
        return error
    fault = error.findings[0]
    return InputError(
        "{name} {whole_file}",
        error.findings,
        name=name,
        whole_file=Message(WHOLE_FILE[fault.code].sentence, fault.values),
    )


def _layers(path: Path) -> list[str]:
    """Return the names of a GeoPackage's layers; none for other files."""
    if path.suffix.lower() != ".gpkg" or not path.is_file():
        return []
    try:
        return [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    except pyogrio.errors.DataSourceError:
        return []


def _no_shape(values: NDArray[np.object_]) -> NDArray[np.bool_]:
    missing: NDArray[np.bool_] = shapely.is_missing(values) | shapely.is_empty(values)
    return missing


def _column(frame: pd.DataFrame, name: str) -> str | None:
    for column in frame.columns:
        if str(column).lower() == name:
            return str(column)
    return None


def asked_column(frame: gpd.GeoDataFrame, name: str, path: Path) -> str:
    """Return the column that an option names, in any case. Raises InputError where none is so."""
    column = _column(frame, name.lower())
    if column is None:
        raise InputError(
            "{name}: has no column {column} (found: {frame})",
            [Finding("column_missing", field=name)],
            name=path.name,
            column=name,
            frame=_names(frame),
        )
    return column


def _names(frame: gpd.GeoDataFrame) -> str:
    return ", ".join(str(c) for c in frame.columns if c != frame.geometry.name) or "none"


def _whole_numbers(column: Any, name: str) -> tuple[list[Finding], NDArray[np.float64]]:
    """Return counts as numbers, NaN where the file is silent; text such as ``50.0``, ``５０`` or
    ``1,200`` is a number.
    """
    number = np.full(len(column), np.nan)
    faults = []
    for row, value in enumerate(column.tolist()):
        text = "" if value is None or pd.isna(value) else _digits(value)
        if not text:
            continue
        try:
            number[row] = float(text)
        except ValueError:
            number[row] = np.inf
        is_count = np.isfinite(number[row]) and number[row] >= 0 and number[row] % 1 == 0
        if isinstance(value, bool) or not is_count:
            given = str(value).strip()
            faults.append(Finding("not_a_count", row=row + 1, field=name, values={"value": given}))
    return faults, number


def _digits(value: object) -> str:
    """Return a cell's text with plain digits, without what cannot be seen."""
    text = unicodedata.normalize("NFKC", str(value))
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Zs", "Cc"))
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def _ids(frame: gpd.GeoDataFrame, names: Sequence[str]) -> tuple[Any, list[Finding]]:
    """Return the file's ids as text or whole numbers, else row numbers from 1.

    Where some rows have none, these are called by their row: ``#3``.
    """
    column = next((c for name in names if (c := _column(frame, name)) is not None), None)
    if column is None or frame[column].isna().all():
        return np.arange(1, len(frame) + 1), []
    values = frame[column]
    if values.isna().any():
        whole = pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all()
        texts = values.astype("Int64") if whole else values
        values = pd.Series(
            [f"#{row}" if pd.isna(v) else str(v) for row, v in enumerate(texts, start=1)],
            dtype=object, index=frame.index,
        )  # fmt: skip
    if pd.api.types.is_float_dtype(values) and (values % 1 == 0).all():
        values = values.astype(np.int64)
    if not pd.api.types.is_integer_dtype(values):
        values = values.astype(str)
    notes = [
        Finding("id_repeated", "warning", row=int(row) + 1, field=column,
                values={"value": str(values.iloc[row])})
        for row in np.flatnonzero(values.duplicated())
    ]  # fmt: skip
    return values.to_numpy(), notes


def _structures(column: Any) -> NDArray[np.bool_]:
    """Return which rows say bridge or tunnel; any of OSM's kinds (viaduct, culvert …) counts."""
    # One walks through a passage under a house, and past its doors, on the ground.
    no = {"", "no", "false", "f", "0", "0.0", "n", "none", "nan", "<na>", "building_passage"}
    return np.array([str(value).strip().lower() not in no for value in column], bool)
