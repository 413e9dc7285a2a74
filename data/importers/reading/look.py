"""A first look at a file: what it holds, its columns, its first rows, before anything is judged."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from data.importers.reading.child.confined import confined
from data.importers.reading.columns import Column, match_columns
from data.importers.reading.faults import Faults
from data.importers.reading.shapes.geojson import check_geojson
from data.importers.reading.shapes.vector import (
    CRS_NAMES,
    LAT_NAMES,
    LON_NAMES,
    VectorFile,
    refuse_references,
)
from data.importers.reading.source_files import check_file, open_zip, shapefile_encoding
from data.importers.reading.tables.worksheets import TABLES, read_worksheet
from layers.kit.crs import parse_crs

FIRST_ROWS: Final = 6


@dataclass(frozen=True, slots=True)
class Look:
    """What is in a file. ``layers``: sheets or layers to choose from, ``layer`` the one looked at.

    ``matched``: ours → theirs, as far as names tell. ``crs``: what the file says of itself, None
    when nothing. ``is_table``: places are columns; ``rows``: None when not counted.
    """

    is_table: bool
    layers: tuple[str, ...] = ()
    layer: str | None = None
    columns: tuple[str, ...] = ()
    first: tuple[tuple[str | None, ...], ...] = ()
    matched: dict[str, str] = field(default_factory=dict)
    crs: str | None = None
    rows: int | None = None
    encoding: str | None = None


@confined()
def look_at(
    path: Path, columns: Sequence[Column], *, layer: str | None = None, encoding: str | None = None
) -> Look:
    """Look at a file of rows. Raises ``InputError`` when it cannot be read at all."""
    faults = Faults(path.name)
    check_file(path)
    refuse_references(path, faults)
    if path.suffix.lower() in TABLES:
        return _look_at_table(path, columns, layer, encoding, faults)
    return _look_at_layer(path, columns, layer, encoding, faults)


def _look_at_table(
    path: Path, columns: Sequence[Column], layer: str | None, encoding: str | None, faults: Faults
) -> Look:
    sheet = read_worksheet(path, faults, sheet=layer, encoding=encoding)
    table = sheet.table
    names = tuple(str(c) for c in table.columns)
    lower = {n.strip().lower(): n for n in reversed(names)}
    matched = _matched(path, table, columns)
    for ours, theirs in (("lon", LON_NAMES), ("lat", LAT_NAMES)):
        found = next((lower[n] for n in theirs if n in lower), None)
        if found is not None:
            matched[ours] = found
    crs = next((lower[n] for n in CRS_NAMES if n in lower), None)
    said = [v for v in table[crs].tolist() if v.strip()] if crs is not None else []
    return Look(
        True,
        sheet.sheets,
        layer or (sheet.sheets[0] if sheet.sheets else None),
        names,
        tuple(tuple(_short(v) for v in row) for row in table.head(FIRST_ROWS).to_numpy()),
        matched,
        said[0] if said else None,
        len(table),
        encoding,
    )


def _look_at_layer(
    path: Path, columns: Sequence[Column], layer: str | None, encoding: str | None, faults: Faults
) -> Look:
    if path.suffix.lower() in (".geojson", ".json") and not check_geojson(path, faults):
        faults.stop()
    inner = open_zip(path) if path.suffix.lower() == ".zip" else None
    address = f"/vsizip/{path}/{inner}" if inner else str(path)
    if encoding is None and address.lower().endswith(".shp"):
        encoding = shapefile_encoding(path, inner)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            found = pyogrio.list_layers(address)
            layers = tuple(str(name) for name, kind in found if kind is not None) or tuple(
                str(name) for name, _ in found
            )
            chosen = layer or (layers[0] if layers else None)
            info = pyogrio.read_info(address, layer=chosen, encoding=encoding)
            frame = pyogrio.read_dataframe(
                address, layer=chosen, encoding=encoding, max_features=FIRST_ROWS,
                read_geometry=False, datetime_as_string=True,
            )  # fmt: skip
    except (DataSourceError, DataLayerError, FeatureError, UnicodeError, ValueError) as error:
        reason = " ".join(str(error).replace(address, path.name).split())
        faults.add("file_unreadable", reason=reason[:200])
        faults.stop()
        raise
    return Look(
        False,
        layers,
        chosen,
        tuple(str(c) for c in frame.columns),
        tuple(tuple(_short(v) for v in row) for row in frame.to_numpy()),
        _matched(path, frame, columns),
        parse_crs(info["crs"]).name if info["crs"] else None,
        int(info["features"]) if info["features"] >= 0 else None,
        encoding,
    )


def _matched(path: Path, table: Any, columns: Sequence[Column]) -> dict[str, str]:
    file = VectorFile(path.name, table, table.index.to_numpy(object), parse_crs("EPSG:4490"))
    return match_columns(file, columns, {}, Faults(path.name))


def _short(value: Any) -> str | None:
    if value is None or value != value:  # NaN
        return None
    whole = isinstance(value, float) and value.is_integer()  # a column of numbers with gaps
    text = str(int(value) if whole else value).strip()
    return text[:60] if text else None
