"""Vector files and tables as they are: columns, geometry, reference system. Nothing is judged."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from data.importers.reading.child.confined import Bounds, confined
from data.importers.reading.content import Content, beside, content_of
from data.importers.reading.faults import Faults
from data.importers.reading.shapes.attributes import Attributes, read_attributes
from data.importers.reading.shapes.coordinate_columns import from_columns
from data.importers.reading.shapes.geojson import EXACT, LINT_BYTES, check_geojson, exact_numbers
from data.importers.reading.shapes.kml import read_placemarks
from data.importers.reading.shapes.vector_file import (
    Place,
    ReadOptions,
    VectorFile,
    placeless,
    source_of,
)
from data.importers.reading.tables.texts import decoded_text
from data.importers.reading.tables.worksheets import MAX_ROWS, read_worksheet
from data.importers.reading.text.encodings import looked_for

logger = getLogger(__name__)

MAX_VERTICES: Final = 50_000_000
_REFERENCES: Final = (b"<ogrvrt", b"<vrtdataset", b"<ogrwfs", b"<ogroapif", b"<ogccsw", b"<gdal_w")
_OTHER_JSON: Final = (".geojsonl", ".geojsons", ".topojson", ".jsonl")
_DRAWING_UTF8: Final = re.compile(rb"\$ACADVER\s+1\s+AC10(?:2[1-9]|[3-9]\d)")

# GML may name a schema on the network; nothing here leaves the machine.
pyogrio.set_gdal_config_options({"GML_DOWNLOAD_SCHEMA": "NO", "GML_SKIP_RESOLVE_ELEMS": "ALL"})


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
    content = content_of(path)
    refuse_references(path, faults)
    if content.kind == "table":
        names = options.names.with_mapping(options.columns)
        sheet = read_worksheet(
            path, faults, sheet=options.layer, encoding=options.encoding, names=names
        )
        if sheet.table.empty:
            faults.add("file_without_rows")
            faults.stop()
        return from_columns(path, sheet.table, options, faults, place, sheet.doubled)
    geometry: NDArray[np.object_] | None
    declared: str | None = "EPSG:4326"
    if content.kind == "kml":
        table, geometry = _placemarks(content, options, faults)
    else:
        table, geometry, declared = _layer_of(content, options, faults)
    if not len(table):
        faults.add("file_without_rows")
        faults.stop()
    if geometry is None:
        return from_columns(path, table, options, faults, place)
    if place == "none":
        return placeless(path, table)
    _check_size(geometry, faults)
    return VectorFile(path.name, table, geometry, source_of(declared, options, faults))


def _placemarks(
    content: Content, options: ReadOptions, faults: Faults
) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    found = read_placemarks(content.read(), faults)
    if options.layer is None or not found.folders:
        return found.table, found.geometry
    if options.layer not in found.folders:
        faults.add("layer_unknown", layer=options.layer, layers=", ".join(found.folders))
        faults.stop()
    own = np.array([folder == options.layer for folder in found.folder], bool)
    return found.table[own].reset_index(drop=True), found.geometry[own]


def _layer_of(
    content: Content, options: ReadOptions, faults: Faults
) -> tuple[pd.DataFrame, NDArray[np.object_] | None, str | None]:
    """Return the columns, the shapes (None where the layer has none) and the CRS of a layer.

    Row-wise faults: shapes that are broken. Raises ``InputError`` for what GDAL cannot read.
    """
    source, text = layer_source(content, options.encoding, faults)
    own = shapefile_table(content, options.encoding, faults)
    try:
        with quiet(content):
            layer = _layer(source, options, faults)
            info = pyogrio.read_info(source, layer=layer, encoding=gdal_encoding(own))
            if info["features"] > MAX_ROWS:
                faults.add("file_rows", rows=int(info["features"]), most=MAX_ROWS)
                faults.stop()
            meta, _, wkb, columns = pyogrio.raw.read(
                source, layer=layer, encoding=gdal_encoding(own), datetime_as_string=True,
                columns=[] if own is not None and own.is_whole else None,
            )  # fmt: skip
            rows = len(wkb) if wkb is not None else len(columns[0]) if columns else 0
            table = pd.DataFrame(dict(zip(meta["fields"], columns, strict=True)), index=range(rows))
            if own is None:
                _keep_digits(table, meta, source, layer, text)
    except (DataSourceError, DataLayerError, FeatureError, UnicodeError, ValueError) as error:
        unreadable(error, faults)
        raise
    if own is not None and own.is_whole:
        if len(own.table) != rows:  # shapes and rows that do not belong together
            unreadable(ValueError(f"{len(own.table)} rows, {rows} shapes"), faults)
        table = own.table
    if wkb is None:
        return table, None, None
    geometry = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    broken = [w is not None and g is None for w, g in zip(wkb, geometry, strict=True)]
    faults.rows("geometry_broken", np.flatnonzero(broken), field="geometry")
    return table, geometry, meta["crs"]


def gdal_encoding(own: Attributes | None) -> str | None:
    """Return what GDAL is to read text as: a table that is ours is not read by it at all."""
    if own is None:
        return None
    return "ISO-8859-1" if own.is_whole else own.encoding


def layer_source(
    content: Content, encoding: str | None, faults: Faults
) -> tuple[str | bytes, str | None]:
    """Return what GDAL is to open, and the text of JSON that was checked.

    GeoJSON is UTF-8; what is not (GBK, UTF-16) is handed on as such. Raises ``InputError``.
    """
    if content.kind != "json" or _size(content) > LINT_BYTES:
        return content.address, None
    data = content.read()
    text, found = decoded_text(data, encoding, faults)
    is_one = Path(content.name).suffix.lower() not in _OTHER_JSON
    if is_one and not check_geojson(text, faults):
        faults.stop()
    plain = found == "UTF-8" and not data.startswith(b"\xef\xbb\xbf")
    return (content.address if plain else text.encode("utf-8")), text if is_one else None


def _size(content: Content) -> int:
    return content.path.stat().st_size if content.inner is None else 0


def shapefile_table(content: Content, encoding: str | None, faults: Faults) -> Attributes | None:
    """Return the attribute table beside a .shp, None for other files and where there is none."""
    name = content.inner or content.path.name
    if content.kind != "layers" or not name.lower().endswith(".shp"):
        return None
    data, said = beside(content, ".dbf"), beside(content, ".cpg")
    if data is None:
        return None
    word = said[:40].decode("ascii", "replace").strip() if said is not None else None
    return read_attributes(data, word, encoding, faults)


@contextmanager
def quiet(content: Content) -> Iterator[None]:
    """Read without GDAL's warnings (ours are findings), a drawing's text as it really is.

    From R2007 on drawings are UTF-8 whatever code page they name; older ones are looked at.
    """
    wanted = None
    if content.kind == "drawing":
        data = content.read()
        seen = looked_for(data.split(b"\n"))
        wanted = "UTF-8" if _DRAWING_UTF8.search(data[:4096]) and seen == "UTF-8" else seen
        wanted = {"GBK": "CP936", "BIG5": "CP950"}.get(wanted or "", wanted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        pyogrio.set_gdal_config_options({"DXF_ENCODING": wanted})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({"DXF_ENCODING": None})


def unreadable(error: Exception, faults: Faults) -> None:
    """Refuse a file that a library cannot read; its sentence is for the log, not for the user."""
    logger.info("%s: %s", faults.file, " ".join(str(error).split())[:300])
    faults.add("file_unreadable")
    faults.stop()


def _keep_digits(
    table: pd.DataFrame, meta: Any, source: str | bytes, layer: str | None, text: str | None
) -> None:
    """Put whole numbers back that became floats and lost digits, beside an empty cell or alone."""
    large = [
        str(name)
        for name in table.columns
        if table[name].dtype == np.float64 and (table[name].abs() > EXACT).any()
    ]
    if not large:
        return
    if text is not None:
        for name, values in exact_numbers(text, large, len(table)).items():
            table[name] = pd.Series(values, dtype=object)
        return
    kinds = dict(zip(meta["fields"], meta["dtypes"], strict=True))
    for name in large:
        if not str(kinds[name]).startswith(("int", "uint")) or layer is None:
            continue
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        _, _, _, (values,) = pyogrio.raw.read(
            source, sql=f'SELECT CAST("{quoted}" AS character(40)) AS v FROM "{layer}"',
            sql_dialect="OGRSQL", read_geometry=False,
        )  # fmt: skip
        if len(values) == len(table):
            table[name] = pd.Series(values, dtype=object)


@confined(Bounds(seconds=1, seconds_per_mb=0.05))
def layer_names(path: Path) -> tuple[str, ...]:
    """Return the names of a file's layers; none where it has none. Raises ``InputError``."""
    faults = Faults(path.name)
    content = content_of(path)
    refuse_references(path, faults)
    if content.kind == "table":
        return ()
    try:
        return tuple(str(name) for name in pyogrio.list_layers(content.address)[:, 0])
    except (DataSourceError, DataLayerError, UnicodeError, ValueError):
        return ()  # its reader says why


def refuse_references(path: Path, faults: Faults) -> None:
    """Refuse files that only point elsewhere: GDAL would open other files, or the network."""
    if path.is_dir():
        return
    with path.open("rb") as file:
        head = file.read(4096).lower()
    if any(mark in head for mark in _REFERENCES):
        faults.add("file_refers", suffix=path.suffix or "-")
        faults.stop()


def _layer(address: str | bytes, options: ReadOptions, faults: Faults) -> str | None:
    if isinstance(address, bytes):
        return None  # JSON has one, under a name that changes from call to call
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


def _check_size(geometry: NDArray[np.object_], faults: Faults) -> None:
    vertices = int(shapely.get_num_coordinates(geometry).sum())
    if vertices > MAX_VERTICES:
        faults.add("file_vertices", vertices=vertices, most=MAX_VERTICES)
        faults.stop()
