"""A first look at a file: what it holds, its columns, its first rows, before anything is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from data.importers.reading.child.confined import confined
from data.importers.reading.columns import Column, match_columns, names_of
from data.importers.reading.content import Content, content_of
from data.importers.reading.faults import Faults
from data.importers.reading.shapes.drawings import areas_by_layer
from data.importers.reading.shapes.kml import read_placemarks
from data.importers.reading.shapes.vector import (
    gdal_encoding,
    layer_source,
    quiet,
    refuse_references,
    shapefile_table,
    unreadable,
)
from data.importers.reading.shapes.vector_file import ReadOptions, VectorFile
from data.importers.reading.tables.headers import Names
from data.importers.reading.tables.worksheets import read_worksheet
from layers.kit.crs import parse_crs

FIRST_ROWS: Final = 6


@dataclass(frozen=True, slots=True)
class Look:
    """What is in a file. ``layers``: sheets or layers to choose from, ``layer`` the one looked at,
    None where several would do: the first is shown, and the user chooses.

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
    content = content_of(path)
    refuse_references(path, faults)
    if content.kind == "table":
        return _look_at_table(path, columns, layer, encoding, faults)
    if content.kind == "drawing":
        return _look_at_drawing(path, columns, layer, faults)
    if content.kind == "kml":
        return _look_at_placemarks(path, content, columns, layer, faults)
    return _look_at_layer(path, content, columns, layer, encoding, faults)


def _look_at_table(
    path: Path, columns: Sequence[Column], layer: str | None, encoding: str | None, faults: Faults
) -> Look:
    sheet = read_worksheet(
        path, faults, sheet=layer, encoding=encoding, names=names_of(columns), any_sheet=True
    )
    table = sheet.table
    names = tuple(str(c) for c in table.columns)
    matched = _matched(path, table, columns)
    known = {n: Names.of({}).find(n) for n in names}
    for ours in ("lon", "lat"):
        found = next((n for n in names if known[n] == ours), None)
        if found is not None:
            matched[ours] = found
    crs = next((n for n in names if known[n] == "crs"), None)
    said = [v for v in table[crs].tolist() if v.strip()] if crs is not None else []
    return Look(
        True,
        sheet.sheets,
        sheet.sheet if sheet.is_sure else None,
        names,
        tuple(tuple(_short(v) for v in row) for row in table.head(FIRST_ROWS).to_numpy()),
        matched,
        said[0] if said else None,
        len(table),
        encoding or sheet.encoding,
    )


def _look_at_drawing(
    path: Path, columns: Sequence[Column], layer: str | None, faults: Faults
) -> Look:
    """Look at a drawing: its own layers that have areas, which is what can be imported of it."""
    found = areas_by_layer(path, ReadOptions(crs="EPSG:4490"), faults)
    layers = tuple(name for name, _ in found.counts)
    chosen = layer if layer in layers else (layers[0] if layers else None)
    own = found.file.table[found.layers == chosen]
    return _look_of(
        path,
        own.head(FIRST_ROWS),
        columns,
        layers,
        chosen if layer is not None or len(layers) == 1 else None,
        None,
        dict(found.counts).get(chosen or ""),
    )


def _look_at_placemarks(
    path: Path, content: Content, columns: Sequence[Column], layer: str | None, faults: Faults
) -> Look:
    found = read_placemarks(content.read(), faults)
    rows = len(found.table) if layer is None else found.folder.count(layer)
    first = found.table[[layer in (None, f) for f in found.folder]].head(FIRST_ROWS)
    crs = parse_crs("EPSG:4326").name
    return _look_of(path, first, columns, found.folders, layer, crs, rows)


def _look_at_layer(
    path: Path,
    content: Content,
    columns: Sequence[Column],
    layer: str | None,
    encoding: str | None,
    faults: Faults,
) -> Look:
    source, _ = layer_source(content, encoding, faults)
    own = shapefile_table(content, encoding, faults)
    seen = own.encoding if own is not None else None
    try:
        with quiet(content):
            found = pyogrio.list_layers(source)
            layers = tuple(str(name) for name, kind in found if kind is not None) or tuple(
                str(name) for name, _ in found
            )
            chosen = layer or (layers[0] if layers else None)
            if isinstance(source, bytes):  # JSON: one layer, under a name of the moment
                layers, chosen = (), None
            info = pyogrio.read_info(source, layer=chosen, encoding=gdal_encoding(own))
            frame = pyogrio.read_dataframe(
                source, layer=chosen, encoding=gdal_encoding(own), max_features=FIRST_ROWS,
                read_geometry=False, datetime_as_string=True,
            )  # fmt: skip
    except (DataSourceError, DataLayerError, FeatureError, UnicodeError, ValueError) as error:
        unreadable(error, faults)
        raise
    if own is not None and own.is_whole:
        frame = own.table.head(FIRST_ROWS)
    rows = int(info["features"]) if info["features"] >= 0 else None
    crs = parse_crs(info["crs"]).name if info["crs"] else None
    return _look_of(path, frame, columns, layers, chosen, crs, rows, seen or encoding)


def _look_of(
    path: Path,
    frame: pd.DataFrame,
    columns: Sequence[Column],
    layers: tuple[str, ...],
    layer: str | None,
    crs: str | None,
    rows: int | None,
    encoding: str | None = None,
) -> Look:
    return Look(
        False,
        layers,
        layer,
        tuple(str(c) for c in frame.columns),
        tuple(tuple(_short(v) for v in row) for row in frame.to_numpy(object)),
        _matched(path, frame, columns),
        crs,
        rows,
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
