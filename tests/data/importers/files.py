"""Files as people send them, written for one test each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin
from sqlalchemy import Connection, Engine, text

from data.engine import transaction
from data.importers.judging.kind import ImportOptions
from data.importers.reading.faults import Faults
from data.importers.reading.shapes.coordinates import LINES, POINTS, POLYGONS, place
from data.importers.reading.shapes.vector import read_vector
from data.importers.reading.shapes.vector_file import ReadOptions, VectorFile
from data.importers.run import ImportSummary, run_import
from layers.kit.errors import InputError
from layers.kit.findings import Finding

COUNTY = "522624"  # 三穗
WEST, SOUTH = 108.66, 26.94  # corner of the square town of these tests
STEP = 0.01  # degrees: about 1 km


def square(x: float, y: float, size: float = 0.0002) -> Any:
    return shapely.box(x, y, x + size, y + size)


def communities() -> gpd.GeoDataFrame:
    """Two communities side by side, each 0.01° square: a shared border at 108.67."""
    return gpd.GeoDataFrame(
        {"code": ["522624001001", "522624001002"], "name": ["东门社区", "西门社区"]},
        geometry=[
            shapely.box(WEST, SOUTH, WEST + STEP, SOUTH + STEP),
            shapely.box(WEST + STEP, SOUTH, WEST + 2 * STEP, SOUTH + STEP),
        ],
        crs=4490,
    )


def write(frame: gpd.GeoDataFrame, path: Path) -> Path:
    frame.to_file(path, engine="pyogrio")
    return path


def geojson(path: Path, rows: list[tuple[dict[str, Any], Any]]) -> Path:
    """Write rows of (properties, geometry) as GeoJSON."""
    features = [
        {"type": "Feature", "properties": p, "geometry": json.loads(shapely.to_geojson(g))}
        for p, g in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def table(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_text("\n".join(lines) + "\n", encoding)
    return path


def raster(path: Path, *, crs: str = "EPSG:4326", value: float = 500.0) -> Path:
    """Write heights that rise 1 m a column from the west, 0.001° cells around the town."""
    values = np.tile(value + np.arange(80, dtype=np.float32), (60, 1))
    place = from_origin(WEST - 0.03, SOUTH + 0.04, 0.001, 0.001)
    with rasterio.open(
        path, "w", driver="GTiff", width=80, height=60, count=1, dtype="float32", crs=crs,
        transform=place,
    ) as file:  # fmt: skip
        file.write(values, 1)
    return path


def load_town(program: Engine | Connection, folder: Path) -> None:
    """Import the two communities, so that other kinds have a county."""
    path = write(communities(), folder / "communities.gpkg")
    run_import(program, "divisions", path, COUNTY, ImportOptions(name="三穗县"))


def rows(program: Engine | Connection, sql: str) -> list[tuple[Any, ...]]:
    if isinstance(program, Connection):
        return [tuple(r) for r in program.execute(text(sql))]
    with transaction(program) as c:
        return [tuple(r) for r in c.execute(text(sql))]


def number(program: Engine | Connection, table_name: str) -> int:
    return int(rows(program, f"SELECT count(*) FROM {table_name}")[0][0])


def refused(
    program: Engine | Connection, kind: str, path: Path, county: str = COUNTY, **options: Any
) -> tuple[Finding, ...]:
    """Return the findings of an import that has to be refused."""
    try:
        run_import(program, kind, path, county, ImportOptions(**options))
    except InputError as error:
        return error.findings
    raise AssertionError(f"{path.name} was not refused")


def done(
    program: Engine | Connection, kind: str, path: Path, county: str = COUNTY, **options: Any
) -> ImportSummary:
    return run_import(program, kind, path, county, ImportOptions(**options))


def codes(findings: tuple[Finding, ...], severity: str = "error") -> set[str]:
    return {f.code for f in findings if f.severity == severity}


def houses(folder: Path, *properties: dict, name: str = "houses.geojson") -> Path:
    """Write houses in a row from the west community into the east one."""
    return geojson(
        folder / name,
        [(p, square(WEST + 0.002 + 0.003 * n, SOUTH + 0.005)) for n, p in enumerate(properties)],
    )


ANY = (*POINTS, *LINES, *POLYGONS)


def read(path: Path, **options: object) -> tuple[VectorFile, Faults]:
    faults = Faults(path.name)
    return read_vector(path, ReadOptions(**options), faults), faults  # type: ignore[arg-type]


def placed(path: Path, kinds=ANY, county=None, optional=False, **options: object):
    file, faults = read(path, **options)
    return place(file, kinds, faults, county=county, optional=optional), faults
