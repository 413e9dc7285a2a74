"""A plan as files for a GIS: GeoPackage, shapefile, GeoJSON, and buildings as CSV."""

from __future__ import annotations

import csv
import io
import math
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from data.exporters.few_frames import HIDDEN
from layers.kit import few
from layers.kit.tables.cells import FORMULA_SIGNS

# Shapefile field names: ASCII, at most ten characters.
SHORT = {
    "code": "code",
    "community": "comm_code",
    "community_name": "comm_name",
    "number": "number",
    "name": "name",
    "type": "type",
    "area": "area_name",
    "households": "households",
    "persons": "persons",
    "buildings": "buildings",
    "area_m2": "area_m2",
}
CSV_COLUMNS = ("building", "external_id", "community", "grid", "name", "number", "households")


def geopackage(layers: Mapping[str, gpd.GeoDataFrame]) -> bytes:
    """Return a GeoPackage with these layers, as they are (EPSG:4490)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.gpkg"
        for name, frame in layers.items():
            pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=path.exists())
        return path.read_bytes()


def shapefile(grids: gpd.GeoDataFrame, encoding: str) -> bytes:
    """Return a zip of the grids' shapefile in ``encoding`` (UTF-8 or GBK), with its .cpg."""
    hidden = [HIDDEN] if HIDDEN in grids else []
    frame = grids[[*SHORT, *hidden, "geometry"]].rename(columns=SHORT)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.shp"
        pyogrio.write_dataframe(frame, path, driver="ESRI Shapefile", encoding=encoding)
        path.with_suffix(".cpg").write_text(encoding, encoding="ascii")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(Path(folder).iterdir()):
                archive.write(file, file.name)
        return packed.getvalue()


def geojson(grids: gpd.GeoDataFrame) -> bytes:
    """Return the grids as GeoJSON (EPSG:4326, CGCS2000 taken as equal; 8 decimals)."""
    frame = grids.drop(columns="grid_id").set_crs(4326, allow_override=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.geojson"
        pyogrio.write_dataframe(
            frame, path, driver="GeoJSON", COORDINATE_PRECISION=8, WRITE_NAME="NO"
        )
        return path.read_bytes()


def building_table(buildings: gpd.GeoDataFrame) -> bytes:
    """Return buildings and their grids as CSV: UTF-8 with a mark, so that Excel reads it.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    hidden = buildings[HIDDEN] if HIDDEN in buildings else [None] * len(buildings)
    for row, gone in zip(buildings[list(CSV_COLUMNS)].itertuples(index=False), hidden, strict=True):
        cells = [_cell(value) for value in row]
        writer.writerow([*cells[:-1], few.SAID] if gone else cells)
    return file.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    # An unknown count.
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        return f"'{value}"
    return value
