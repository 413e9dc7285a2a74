"""Heights from rasters of any orientation, against a plane that is known everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from data.importers.kinds.elevation import read_elevation_file
from data.importers.reading.faults import Faults
from layers.kit.crs import to_measuring, transform
from layers.kit.errors import InputError

OUTLINE = shapely.box(108.66, 26.94, 108.68, 26.95)  # about 2 × 1.1 km
CENTRE = shapely.get_coordinates(to_measuring(np.array([OUTLINE.centroid], dtype=object), 4545))[0]


def plane(x, y):
    """Rise 20 m a kilometre to the east and 10 m to the north, 800 m at the centre."""
    return 800 + 0.02 * (x - CENTRE[0]) + 0.01 * (y - CENTRE[1])


def raster(path: Path, place: Affine, size: int, *, hole: bool = False) -> Path:
    column, row = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    x, y = place * (column, row)
    values = plane(x, y).astype(np.float32)
    if hole:
        values[: size // 2] = -9999
    with rasterio.open(
        path, "w", driver="GTiff", width=size, height=size, count=1, dtype="float32",
        crs="EPSG:4545", transform=place, nodata=-9999,
    ) as file:  # fmt: skip
        file.write(values, 1)
    return path


def north_up(cell: float, size: int) -> Affine:
    half = cell * size / 2
    return Affine(cell, 0, CENTRE[0] - half, 0, -cell, CENTRE[1] + half)


def read(path: Path):
    return read_elevation_file(path, OUTLINE, 4545, None, Faults(path.name))


def heights_at_town(elevation):
    x, y = CENTRE[0] + np.linspace(-900, 900, 19), CENTRE[1] + np.linspace(-500, 500, 19)
    px, py = transform(x, y, 4545, elevation.srid)
    return elevation.sample(px, py), plane(x, y)


def test_a_north_up_raster_keeps_its_cells_and_is_clipped(tmp_path: Path) -> None:
    elevation, notes = read(raster(tmp_path / "r.tif", north_up(30, 400), 400))  # 12 × 12 km
    found, expected = heights_at_town(elevation)
    assert found == pytest.approx(expected, abs=1e-2)
    assert (elevation.cell_x, elevation.srid) == (30, 4545)
    # 1.98 km + 2 × 2 km = 5.98 km = 199.5 cells, at most two more at the edges
    assert elevation.values.shape[1] in (200, 201)
    assert {n.code for n in notes} == {"note.elevation"}


def test_a_turned_raster_is_resampled_into_the_measuring_crs(tmp_path: Path) -> None:
    turned = Affine.translation(*CENTRE) @ Affine.rotation(25) @ Affine.scale(30, -30)
    turned = turned @ Affine.translation(-300, -300)
    elevation, _ = read(raster(tmp_path / "r.tif", turned, 600))
    found, expected = heights_at_town(elevation)
    assert elevation.srid == 4545
    assert found == pytest.approx(expected, abs=0.3)  # bilinear twice on 30 m cells


def test_what_a_raster_leaves_out_is_said(tmp_path: Path) -> None:
    elevation, notes = read(raster(tmp_path / "r.tif", north_up(30, 400), 400, hole=True))
    assert np.isnan(elevation.values).any()
    partial = next(n for n in notes if n.code == "fallback.elevation_partial")
    assert 40 < partial.values["percent"] < 60  # the northern half has no data


def test_a_raster_without_a_place_is_refused(tmp_path: Path) -> None:
    path = raster(tmp_path / "r.tif", north_up(30, 20), 20)
    with rasterio.open(path, "r+") as file:
        file.transform = Affine(0.0, 0, 1, 0, 0.0, 1)
    with pytest.raises(InputError):
        read(path)
