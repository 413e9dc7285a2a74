"""Vector files and tables as they are: columns, geometry, reference system. Nothing is judged."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from data.importers.reading.child.confined import Bounds, confined
from data.importers.reading.faults import Faults
from data.importers.reading.shapes.geojson import check_geojson
from data.importers.reading.source_files import check_file, open_zip, shapefile_encoding
from data.importers.reading.tables.worksheets import MAX_ROWS, TABLES, read_worksheet
from layers.kit.crs import SourceCrs, parse_crs
from layers.kit.errors import CrsError

MAX_VERTICES: Final = 50_000_000
LON_NAMES: Final = ("lon", "lng", "long", "longitude", "x", "经度")
LAT_NAMES: Final = ("lat", "latitude", "y", "纬度")
_REFERENCES: Final = (b"<ogrvrt", b"<vrtdataset", b"<ogrwfs", b"<ogroapif", b"<ogccsw", b"<gdal_w")
CRS_NAMES: Final = ("crs", "坐标系")
Place = Literal["needed", "optional", "none"]
"""Whether a kind's rows need a place, may have one, or have none."""

# GML may name a schema on the network; nothing here leaves the machine.
pyogrio.set_gdal_config_options({"GML_DOWNLOAD_SCHEMA": "NO", "GML_SKIP_RESOLVE_ELEMS": "ALL"})


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file: ``crs`` overrides what it declares; ``columns`` maps ours to theirs."""

    crs: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    layer: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class VectorFile:
    """A file's records: ``table`` (their columns, order of the file) and ``geometry`` (array of
    shapely, None where absent) in ``source``. ``used``: their columns that became coordinates.
    """

    name: str
    table: pd.DataFrame
    geometry: NDArray[np.object_]
    source: SourceCrs
    used: tuple[str, ...] = ()


@confined()
def read_vector(
    path: Path, options: ReadOptions, faults: Faults, place: Place = "needed"
) -> VectorFile:
    """Read anything GDAL reads, a zipped one, or a CSV/XLSX table with coordinates.

    ``place``: whether coordinates must be there. A table may name its reference system in a
    column ``crs`` (坐标系), as templates and exports do.

    Row-wise faults are added to ``faults``; raises ``InputError`` (with all of them) when the
    file as a whole cannot be used: unreadable, without a reference system, too big, several
    layers and none chosen.
    """
    check_file(path)
    refuse_references(path, faults)
    if path.suffix.lower() in TABLES:
        sheet = read_worksheet(path, faults, sheet=options.layer, encoding=options.encoding)
        if sheet.table.empty:
            faults.add("file_without_rows")
            faults.stop()
        return _from_columns(path, sheet.table, options, faults, place)
    if path.suffix.lower() in (".geojson", ".json") and not check_geojson(path, faults):
        faults.stop()
    inner = open_zip(path) if path.suffix.lower() == ".zip" else None
    address = f"/vsizip/{path}/{inner}" if inner else str(path)
    encoding = options.encoding
    if encoding is None and address.lower().endswith(".shp"):
        encoding = shapefile_encoding(path, inner)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # GDAL's; ours are findings
            layer = _layer(address, options, faults)
            info = pyogrio.read_info(address, layer=layer, encoding=encoding)
            if info["features"] > MAX_ROWS:
                faults.add("file_rows", rows=int(info["features"]), most=MAX_ROWS)
                faults.stop()
            meta, _, wkb, columns = pyogrio.raw.read(
                address, layer=layer, encoding=encoding, datetime_as_string=True
            )
    except (DataSourceError, DataLayerError, FeatureError, UnicodeError, ValueError) as error:
        reason = " ".join(str(error).replace(address, path.name).split())
        faults.add("file_unreadable", reason=reason[:200])
        faults.stop()
        raise
    rows = len(wkb) if wkb is not None else len(columns[0]) if columns else 0
    table = pd.DataFrame(dict(zip(meta["fields"], columns, strict=True)), index=range(rows))
    if not rows:
        faults.add("file_without_rows")
        faults.stop()
    if wkb is None:
        return _from_columns(path, table, options, faults, place)
    if place == "none":
        return _placeless(path, table)
    geometry = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    for row in np.flatnonzero(
        [w is not None and g is None for w, g in zip(wkb, geometry, strict=True)]
    ):
        faults.add("geometry_broken", row=int(row) + 1, field="geometry")
    _check_size(geometry, faults)
    return VectorFile(path.name, table, geometry, _source(meta["crs"], options, faults))


@confined(Bounds(seconds=1, seconds_per_mb=0.05))
def layer_names(path: Path) -> tuple[str, ...]:
    """Return the names of a file's layers; none where it has none. Raises ``InputError``."""
    faults = Faults(path.name)
    check_file(path)
    refuse_references(path, faults)
    try:
        return tuple(str(name) for name in pyogrio.list_layers(path)[:, 0])
    except (DataSourceError, DataLayerError, UnicodeError, ValueError):
        return ()  # its reader says why


def refuse_references(path: Path, faults: Faults) -> None:
    """Refuse files that only point elsewhere: GDAL would open other files, or the network."""
    with path.open("rb") as file:
        head = file.read(4096).lower()
    if any(mark in head for mark in _REFERENCES):
        faults.add("file_refers", suffix=path.suffix or "-")
        faults.stop()


def _layer(address: str, options: ReadOptions, faults: Faults) -> str | None:
    layers = pyogrio.list_layers(address)
    names = [str(name) for name in layers[:, 0]]
    if options.layer is not None:
        if options.layer not in names:
            faults.add("layer_unknown", layer=options.layer, layers=", ".join(names))
            faults.stop()
        return options.layer
    drawn = [str(name) for name, kind in layers if kind is not None]
    if len(drawn) > 1:
        faults.add("layer_several", layers=", ".join(drawn))
        faults.stop()
    return drawn[0] if drawn else (names[0] if names else None)


def _source(declared: str | None, options: ReadOptions, faults: Faults) -> SourceCrs:
    text = options.crs or declared
    if not text:
        faults.add("crs_missing")
        faults.stop()
    try:
        return parse_crs(str(text))
    except CrsError as error:
        faults.extend(error.findings)
        faults.stop()
        raise


def _check_size(geometry: NDArray[np.object_], faults: Faults) -> None:
    vertices = int(shapely.get_num_coordinates(geometry).sum())
    if vertices > MAX_VERTICES:
        faults.add("file_vertices", vertices=vertices, most=MAX_VERTICES)
        faults.stop()


# ---- tables with coordinate columns ----------------------------------------------------------


def _placeless(path: Path, table: pd.DataFrame) -> VectorFile:
    geometry = np.full(len(table), None, dtype=object)
    return VectorFile(path.name, table, geometry, parse_crs("EPSG:4490"))


def _from_columns(
    path: Path, table: pd.DataFrame, options: ReadOptions, faults: Faults, place: Place
) -> VectorFile:
    if place == "none":
        return _placeless(path, table)
    lon, lat = (
        _coordinate_column(table, options.columns.get(key), names)
        for key, names in (("lon", LON_NAMES), ("lat", LAT_NAMES))
    )
    if lon is None or lat is None:
        listed = ", ".join(map(str, table.columns))
        if place == "optional" and not {"lon", "lat"} & set(options.columns):
            faults.add("coordinates_absent", severity="warning", columns=listed)
            return _placeless(path, table)
        faults.add("coordinates_missing", columns=listed)
        faults.stop()
    x, y = _numbers(table[lon], str(lon), faults), _numbers(table[lat], str(lat), faults)
    known = np.isfinite(x) & np.isfinite(y)
    geometry = np.full(len(table), None, dtype=object)
    geometry[known] = shapely.points(x[known], y[known])
    named, declared = _declared(table, faults)
    source = _source(declared, options, faults)
    return VectorFile(path.name, table, geometry, source, (str(lon), str(lat), *named))


def _declared(table: pd.DataFrame, faults: Faults) -> tuple[tuple[str, ...], str | None]:
    """Return the column that names the rows' reference system, and what it says."""
    column = _coordinate_column(table, None, CRS_NAMES)
    if column is None:
        return (), None
    said = table[column].astype("string").str.strip().fillna("")
    known = said[said != ""]
    if known.empty:
        return (column,), None
    first = str(known.iloc[0])
    others = np.flatnonzero(((said != "") & (said.str.lower() != first.lower())).to_numpy(bool))
    for row in others:
        faults.add(
            "crs_differs", row=int(row) + 1, field=column, found=str(said.iloc[row]), first=first
        )
    return (column,), first


def _coordinate_column(
    table: pd.DataFrame, mapped: str | None, names: tuple[str, ...]
) -> str | None:
    by_lower = {str(c).strip().lower(): str(c) for c in reversed(table.columns)}
    for name in (mapped.lower(),) if mapped else names:
        if name in by_lower:
            return by_lower[name]
    return None


def _numbers(values: pd.Series, name: str, faults: Faults) -> NDArray[np.float64]:
    texts = values.astype("string").str.strip().fillna("")
    numbers = pd.to_numeric(texts.where(texts != ""), errors="coerce").to_numpy(
        np.float64, na_value=np.nan
    )
    bad = (texts != "").to_numpy(bool) & ~np.isfinite(numbers)
    for row in np.flatnonzero(bad):
        degrees = bool(re.search(r"[°′'\"NSEWnsew度分秒]", texts.iloc[row]))
        code = "coordinate_in_minutes" if degrees else "not_a_number"
        faults.add(code, row=int(row) + 1, field=name, found=str(texts.iloc[row])[:40])
    return numbers
