"""Rows of one kind as files that can be imported again unchanged: XLSX, CSV, GeoPackage, GeoJSON.

The columns are the importer's own. Tables are written in the reader's language; layers for a GIS
carry our own names and words, whatever the language.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any, Final, Literal

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from data.exporters.few_frames import HIDDEN, hidden_words
from data.importers.judging.county_state import STORAGE_SRID
from data.importers.reading.columns import Column
from layers.kit import few
from layers.kit.tables.cells import escaped

Shape = Literal["point", "line", "polygon", "none"]
STORED_CRS: Final = f"EPSG:{STORAGE_SRID}"
PLACE: Final = {
    "zh": ("经度", "纬度", "坐标系"),
    "en": ("lon", "lat", "crs"),
}
FLAGS: Final = {"zh": ("否", "是"), "en": ("no", "yes")}
MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "gpkg": "application/geopackage+sqlite3",
    "geojson": "application/geo+json",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """What an export holds: the importer's ``columns``, a dict a row, what is drawn.

    ``zone``: in which moments are written. ``geometry`` of a row is in EPSG:4490.
    """

    kind: str
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]]
    shape: Shape
    zone: tzinfo

    @property
    def formats(self) -> tuple[str, ...]:
        """Return the formats that hold these rows without loss."""
        if self.shape == "none":
            return ("xlsx", "csv")
        return ("xlsx", "csv", "gpkg", "geojson") if self.shape == "point" else ("gpkg", "geojson")


def header(columns: Sequence[Column], shape: Shape, lang: str) -> list[str]:
    """Return the names that stand over the columns of a table."""
    names = [c.chinese if lang == "zh" else c.name for c in columns]
    return [*names, *PLACE[lang]] if shape == "point" else names


def table_rows(export: Rows, lang: str) -> list[list[Any]]:
    """Return the rows of a table: text, numbers, None; the last three are the place."""
    words = {c.name: c.words(lang) for c in export.columns}
    found = []
    for row in export.rows:
        told = few.row(row, few.SAID if lang == "zh" else few.MARK)
        cells = [
            cell(told.get(c.name), c, words[c.name], export.zone, lang) for c in export.columns
        ]
        if export.shape == "point":
            point = row.get("geometry")
            cells += [None, None, None] if point is None else [point.x, point.y, STORED_CRS]
        found.append(cells)
    return found


def cell(value: Any, column: Column, words: Mapping[str, str], zone: tzinfo, lang: str) -> Any:
    """Return a value as its column is read again."""
    if value is None:
        return None
    if column.type == "choices":
        return ";".join(words.get(v, v) for v in value) or None
    if column.type == "choice":
        return words.get(value, value)
    if column.type == "flag":
        return FLAGS[lang][bool(value)]
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return value


def csv_bytes(export: Rows, lang: str) -> bytes:
    """Return the rows as CSV: UTF-8 with a mark, so that spreadsheets read it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header(export.columns, export.shape, lang))
    for row in table_rows(export, lang):
        writer.writerow(["" if v is None else escaped(v) if isinstance(v, str) else v for v in row])
    return out.getvalue().encode("utf-8-sig")


def _told(export: Rows) -> tuple[list[Mapping[str, Any]], list[str | None]]:
    """Return rows as whoever asks may see them, and what is hidden of each in words."""
    rows: list[Mapping[str, Any]] = []
    gone: list[str | None] = []
    for row in export.rows:
        told = few.row(row)
        hidden = [name for name, value in told.items() if value == few.MARK]
        rows.append({**told, **dict.fromkeys(hidden)})
        gone.append(hidden_words(hidden) if hidden else None)
    return rows, gone


def layer_bytes(export: Rows, driver: Literal["GPKG", "GeoJSON"]) -> bytes:
    """Return the rows as a layer: EPSG:4490, GeoJSON as 4326 (CGCS2000 is taken as equal)."""
    columns: dict[str, Any] = {}
    rows, gone = _told(export)
    for column in export.columns:
        values = [cell(row.get(column.name), column, {}, export.zone, "en") for row in rows]
        if column.type == "whole":
            columns[column.name] = pd.array(values, dtype="Int64")
        elif column.type == "number":
            columns[column.name] = pd.array(values, dtype="Float64")
        else:
            columns[column.name] = pd.Series(values, dtype=object)
    if any(gone):
        columns[HIDDEN] = pd.Series(gone, dtype=object)
    shapes = [row.get("geometry") for row in rows]
    if export.shape == "polygon":
        shapes = [
            shapely.MultiPolygon([s]) if isinstance(s, shapely.Polygon) else s for s in shapes
        ]
    srid = STORAGE_SRID if driver == "GPKG" else 4326
    frame = gpd.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs=srid)
    options: dict[str, Any] = {}
    if driver == "GeoJSON":
        options = {"COORDINATE_PRECISION": 15, "WRITE_NAME": "NO"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{export.kind}.{driver.lower()}"
        pyogrio.write_dataframe(frame, path, layer=export.kind, driver=driver, **options)
        return path.read_bytes()
