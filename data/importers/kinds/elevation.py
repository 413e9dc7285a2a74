"""``--as elevation``: heights from a GeoTIFF, clipped to the county."""

from __future__ import annotations

import math
from logging import getLogger
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
import shapely
from rasterio.enums import Resampling
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.transform import from_origin
from rasterio.warp import calculate_default_transform, reproject
from rasterio.windows import Window, from_bounds
from sqlalchemy import Connection

from data.divisions.write_county import touch
from data.ground.write import refresh_street_elevation, write_elevation
from data.importers.judging.kind import Context, ImportScript
from data.importers.reading.child.confined import Bounds, confined
from data.importers.reading.faults import Faults
from data.importers.reading.notes import Note
from data.importers.reading.source_files import check_file
from layers.kit.crs import parse_crs, to_measuring, transform
from layers.kit.errors import CrsError, InputError
from layers.kit.ground.elevation import Elevation

logger = getLogger(__name__)

MARGIN_M: Final = 2000.0
CELLS_MAX: Final = 25_000_000
LOWEST_M, HIGHEST_M = -500.0, 9000.0
_STRIP_CELLS: Final = 1_000_000


def read(context: Context) -> ImportScript:
    """Read band 1 as metres. North-up rasters keep their own cells; others are resampled."""
    faults, state = context.faults, context.state
    check_file(context.path, max_bytes=20_000_000_000)
    if state.outline is None or state.srid is None:
        faults.add("county_without_border", county=state.code)
        faults.stop()
    elevation, notes = read_elevation_file(
        context.path, state.outline, state.srid or 0, context.options.crs, faults
    )
    rows, columns = elevation.values.shape
    counts = {"rows": rows, "columns": columns}

    def write(c: Connection) -> int:
        write_elevation(c, state.code, elevation)
        refresh_street_elevation(c, state.code, state.srid or 0)
        touch(c, state.code)
        return 1

    return ImportScript(rows * columns, counts, tuple(notes), write)


# Measured: CELLS_MAX cells need 1.7 s and 275 MB, resampled 3.4 s and 335 MB.
@confined(Bounds(seconds=6, memory_mb=500, memory_mb_per_mb=30, most_memory_mb=4000))
def read_elevation_file(
    path: Path, outline: Any, srid: int, crs: str | None, faults: Faults
) -> tuple[Elevation, list[Note]]:
    """Return the heights around ``outline`` (EPSG:4490) and what has to be said about them.

    ``srid``: the county's measuring CRS, into which a raster is resampled (bilinear) that is
    turned, or whose CRS has no EPSG code. ``crs`` overrides what the file declares. Raises
    ``InputError`` when the raster is none, lies elsewhere, is too big, or holds no heights.
    """
    try:
        with rasterio.Env(GDAL_CACHEMAX=64), rasterio.open(path, driver="GTiff") as raster:
            return _read(raster, path.name, outline, srid, crs, faults)
    except (RasterioIOError, RasterioError, ValueError, MemoryError) as error:
        logger.info("%s: %s", path.name, error)  # the library's sentence is for the log
        faults.add("file_unreadable")
        faults.stop()
        raise InputError("{name} cannot be read", name=path.name) from error


def _read(
    raster: Any, name: str, outline: Any, srid: int, crs: str | None, faults: Faults
) -> tuple[Elevation, list[Note]]:
    declared = raster.crs.to_wkt() if raster.crs else None
    if not (crs or declared):
        faults.add("crs_missing")
    elif raster.width < 2 or raster.height < 2:
        faults.add("raster_too_small", columns=raster.width, rows=raster.height)
    elif not (np.isfinite(raster.transform).all() and raster.transform.determinant):
        faults.add("file_unreadable")
    faults.stop()
    try:
        source = parse_crs(str(crs or declared))
    except CrsError as error:
        faults.extend(error.findings)
        faults.stop()
        raise
    if source.shift:
        faults.add("raster_shifted", crs=source.name)
        faults.stop()
    epsg = source.crs.to_epsg()
    around = shapely.buffer(
        to_measuring(np.array([outline], dtype=object), srid)[0], MARGIN_M, quad_segs=2
    )
    affine = raster.transform
    north_up = affine.b == 0 and affine.d == 0 and affine.a > 0 and affine.e < 0
    if north_up and epsg:
        elevation = _own_cells(raster, name, around, srid, epsg, faults)
    else:
        elevation = _resampled(raster, name, around, srid, source.crs.to_wkt(), faults)
    return elevation, _notes(elevation, around, srid)


def _box(around: Any, srid: int, epsg: int) -> tuple[float, float, float, float]:
    ring = shapely.get_coordinates(shapely.segmentize(shapely.envelope(around), 1000.0))
    x, y = transform(ring[:, 0], ring[:, 1], srid, epsg)
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _own_cells(
    raster: Any, name: str, around: Any, srid: int, epsg: int, faults: Faults
) -> Elevation:
    box = _box(around, srid, epsg)
    window = from_bounds(*box, transform=raster.transform)
    left, top = max(math.floor(window.col_off), 0), max(math.floor(window.row_off), 0)
    right = min(math.ceil(window.col_off + window.width), raster.width)
    bottom = min(math.ceil(window.row_off + window.height), raster.height)
    if right - left < 2 or bottom - top < 2:
        faults.add("raster_elsewhere")
        faults.stop()
    _check_cells((right - left) * (bottom - top), faults)
    values = _heights(raster, Window(left, top, right - left, bottom - top), faults)
    t = raster.transform
    return Elevation(values, t.c + left * t.a, t.f + top * t.e, t.a, -t.e, epsg, name)


def _resampled(
    raster: Any, name: str, around: Any, srid: int, wkt: str, faults: Faults
) -> Elevation:
    target, _, _ = calculate_default_transform(
        wkt, f"EPSG:{srid}", raster.width, raster.height, *raster.bounds
    )
    cell = float(target.a)
    west, south, east, north = shapely.bounds(around)
    columns, rows = (
        max(math.ceil((east - west) / cell), 2),
        max(math.ceil((north - south) / cell), 2),
    )
    _check_cells(max(rows * columns, raster.width * raster.height), faults)
    values = np.full((rows, columns), np.nan, np.float32)
    band = _heights(raster, Window(0, 0, raster.width, raster.height), faults)
    reproject(
        band,
        values,
        src_transform=raster.transform,
        src_crs=wkt,
        src_nodata=np.nan,
        dst_transform=from_origin(west, north, cell, cell),
        dst_crs=f"EPSG:{srid}",
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    if np.isnan(values).all():
        faults.add("raster_elsewhere")
        faults.stop()
    return Elevation(values, float(west), float(north), cell, cell, srid, name)


def _check_cells(cells: int, faults: Faults) -> None:
    if cells > CELLS_MAX:
        faults.add("raster_too_big", cells=cells, most=CELLS_MAX)
        faults.stop()


def _heights(raster: Any, window: Window, faults: Faults) -> Any:
    """Return float32 heights with NaN for holes (no data, -32768 of SRTM, NaN).

    Read in strips, so that what a small file unpacks to is held once.
    """
    columns, rows = int(window.width), int(window.height)
    heights = np.empty((rows, columns), np.float32)
    step = max(1, _STRIP_CELLS // columns)
    lowest, highest = np.inf, -np.inf
    for row in range(0, rows, step):
        part = Window(window.col_off, window.row_off + row, columns, min(step, rows - row))
        strip = heights[row : row + step]
        strip[:] = np.ma.filled(raster.read(1, window=part, masked=True).astype(np.float32), np.nan)
        strip[strip <= -32000] = np.nan
        known = strip[np.isfinite(strip)]
        if known.size:
            lowest, highest = min(lowest, float(known.min())), max(highest, float(known.max()))
            if lowest < LOWEST_M or highest > HIGHEST_M:
                faults.add("raster_not_heights", lowest=lowest, highest=highest)
                faults.stop()
    if lowest > highest:
        faults.add("raster_empty")
        faults.stop()
    return heights


def _notes(elevation: Elevation, around: Any, srid: int) -> list[Note]:
    """Say the size of a cell, and how much of the county the raster leaves out."""
    west, south, east, north = shapely.bounds(shapely.buffer(around, -MARGIN_M))
    x, y = np.meshgrid(np.linspace(west, east, 60), np.linspace(south, north, 60))
    inside = shapely.contains_xy(around, x.ravel(), y.ravel())
    px, py = transform(x.ravel()[inside], y.ravel()[inside], srid, elevation.srid)
    unknown = float(np.isnan(elevation.sample(px, py)).mean())
    middle = np.array([[(west + east) / 2, (south + north) / 2]])
    cx, cy = transform(middle[:, 0], middle[:, 1], srid, elevation.srid)
    there = transform(cx + elevation.cell_x, cy, elevation.srid, srid)
    cell_m = round(float(np.hypot(there[0] - middle[:, 0], there[1] - middle[:, 1])[0]), 1)
    known = elevation.values[np.isfinite(elevation.values)]
    values = {
        "cell_m": cell_m,
        "lowest_m": round(float(known.min())),
        "highest_m": round(float(known.max())),
    }
    notes = [Note("note.elevation", values)]
    if unknown > 0.001:
        notes.append(Note("fallback.elevation_partial", {"percent": round(unknown * 100, 1)}))
    return notes
