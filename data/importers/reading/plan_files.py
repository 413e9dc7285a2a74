"""Grid layers and building-to-grid tables, as planners bring them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from data.importers.reading.child.confined import confined
from data.importers.reading.content import content_of
from data.importers.reading.faults import Faults
from data.importers.reading.shapes.coordinates import POLYGONS, place
from data.importers.reading.shapes.vector import layer_names, read_vector
from data.importers.reading.shapes.vector_file import ReadOptions
from data.importers.reading.tables.headers import Names
from data.importers.reading.tables.worksheets import read_worksheet
from data.importers.reading.text.visible import folded
from layers.kit.errors import InputError

CODE_NAMES = ("code", "grid_code", "grid", "网格编码", "网格代码")
NAME_NAMES = ("name", "grid_name", "网格名称")
BUILDING_NAMES = ("building", "building_id", "楼栋号（系统）")
EXTERNAL_NAMES = ("external_id", "楼栋编号")
MOST_ROWS = 500_000
_NAMES = Names.of({"code": CODE_NAMES, "building": BUILDING_NAMES, "external": EXTERNAL_NAMES})


@dataclass(frozen=True)
class GridFile:
    """A file of grids: ``polygons`` (EPSG:4490, ``code``, ``name``) or ``table``: grid by building.

    Keys of ``table``: ("id", "12") by our own id, ("external", "F-012") by the file's.
    """

    polygons: gpd.GeoDataFrame | None = None
    table: Mapping[tuple[str, str], str] | None = None


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    plain = [folded(name) for name in header]
    return next((plain.index(folded(n)) for n in names if folded(n) in plain), None)


@confined()
def read_grid_file(path: Path, crs: str | None) -> GridFile:
    """Read grids from a GIS layer or a CSV. Raises InputError with every fault."""
    faults = Faults(path.name)
    if content_of(path).kind == "table":
        return GridFile(table=_read_table(path, faults))
    layer = None
    if path.suffix.lower() == ".gpkg":
        names = layer_names(path)
        if not names:
            raise InputError("{name} cannot be read as a GeoPackage", name=path.name)
        layer = "grids" if "grids" in names else None
    file = read_vector(path, ReadOptions(crs=crs, layer=layer), faults)
    geometry = place(file, POLYGONS, faults)
    faults.stop()
    column = next((n for n in CODE_NAMES if n in file.table.columns), None)
    codes = (
        [f"#{row + 1}" for row in range(len(geometry))]
        if column is None
        else [str(v) for v in file.table[column]]
    )
    called = next((n for n in NAME_NAMES if n in file.table.columns), None)
    names_said = [""] * len(codes) if called is None else file.table[called].fillna("").map(str)
    frame = gpd.GeoDataFrame({"code": codes, "name": names_said}, geometry=geometry, crs=4490)
    # Several records of one code are the pieces of one grid.
    return GridFile(polygons=frame.dissolve("code", as_index=False))


def _read_table(path: Path, faults: Faults) -> dict[tuple[str, str], str]:
    """Read a table of buildings and grids as text, so that leading zeros stay."""
    sheet = read_worksheet(path, faults, names=_NAMES)
    faults.stop()
    rows = sheet.table
    header = [str(name) for name in rows.columns]
    grid = _column(header, CODE_NAMES)
    building = _column(header, BUILDING_NAMES)
    external = _column(header, EXTERNAL_NAMES)
    if grid is None or (building is None and external is None):
        raise InputError(
            "{name} needs the columns building (or external_id) and grid; it has {columns}",
            name=path.name,
            columns=", ".join(header[:12]),
        )
    if not 1 <= len(rows) <= MOST_ROWS:
        raise InputError(
            "{name} needs a header and 1 to {most_rows:,} rows", name=path.name, most_rows=MOST_ROWS
        )
    for name in {header[at] for at in (grid, building, external) if at is not None}:
        if name in sheet.doubled:
            faults.add("column_doubled", field=name)
    table: dict[tuple[str, str], str] = {}
    first: dict[tuple[str, str], int] = {}
    for row, cells in enumerate(rows.to_numpy(object).tolist(), start=1):
        cells = [cell.removeprefix("'") for cell in cells]
        if not cells[grid]:
            faults.add("value_missing", row=row, field=header[grid])
            continue
        keys = []
        if building is not None and cells[building]:
            keys.append(("id", cells[building]))
        elif external is not None and cells[external]:
            keys.append(("external", cells[external]))
        else:
            faults.add("value_missing", row=row, field=header[building or 0])
        for key in keys:
            if key in table:
                faults.add(
                    "value_repeated", row=row, field=header[grid], found=key[1], other=first[key]
                )
            table[key], first[key] = cells[grid], row
    faults.stop()
    return table
