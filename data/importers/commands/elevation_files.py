"""The elevation that ``getu coverage`` and ``getu site`` read. No database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from pyproj import CRS
from rasterio.windows import Window, from_bounds

from layers.kit import crs as reference
from layers.kit.errors import CrsError, InputError
from layers.kit.ground.elevation import Elevation

ELEVATION_CELLS_MAX = 100_000_000
_RING_CELLS = 2  # around the town, so that bilinear reading has its neighbours


def read_elevation(path: Path, bounds: tuple[float, float, float, float]) -> Elevation | None:
    """Read the part of a GeoTIFF around ``bounds`` (west, south, east, north in degrees).

    None where the raster does not touch the town. Voids (nodata) become NaN. Raises InputError
    for rasters without CRS or north-up grid, or finer than memory allows.
    """
    try:
        with rasterio.open(path) as raster:
            return _read_window(raster, path, bounds)
    except rasterio.RasterioIOError as error:
        raise InputError(
            "{name}: cannot be read as a raster: give a GeoTIFF", name=path.name
        ) from error


def _read_window(
    raster: Any, path: Path, bounds: tuple[float, float, float, float]
) -> Elevation | None:
    srid = CRS.from_user_input(raster.crs).to_epsg() if raster.crs else None
    if srid is None:
        raise CrsError(
            "{name}: the elevation has no EPSG reference system; add one first", name=path.name
        )
    grid = raster.transform
    if grid.b or grid.d or grid.a <= 0 or grid.e >= 0:
        raise InputError("{name}: the elevation is not north-up; warp it first", name=path.name)
    edge = shapely.segmentize(shapely.box(*bounds), 0.01)
    lon, lat = shapely.get_coordinates(edge).T
    x, y = reference.transform(lon, lat, 4326, srid)
    around = from_bounds(x.min(), y.min(), x.max(), y.max(), grid)
    column, row = int(np.floor(around.col_off)), int(np.floor(around.row_off))
    part = Window(
        column - _RING_CELLS, row - _RING_CELLS,
        int(np.ceil(around.width)) + 2 * _RING_CELLS + 1,
        int(np.ceil(around.height)) + 2 * _RING_CELLS + 1,
    )  # fmt: skip
    whole = Window(0, 0, raster.width, raster.height)
    try:
        part = part.intersection(whole)
    except rasterio.errors.WindowError:
        return None
    if part.width * part.height > ELEVATION_CELLS_MAX:
        raise InputError("{name}: the town needs {width} × {height} cells; "
                         "resample the elevation to 5 m or more",
                         name=path.name, width=part.width, height=part.height)  # fmt: skip
    values = raster.read(1, window=part, masked=True).astype(np.float32).filled(np.nan)
    values[~np.isfinite(values) | (values < -1000) | (values > 10000)] = np.nan
    return Elevation(
        values, grid.c + part.col_off * grid.a, grid.f + part.row_off * grid.e, grid.a, -grid.e,
        srid, path.name,
    )  # fmt: skip
