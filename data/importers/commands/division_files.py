"""The files that ``getu divide`` and ``getu check`` read. No database.

Column names are matched without regard to case; rows count from 1; every fault of a file is found
before anything is refused.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Proj

from data.importers.commands.coverage_files import (
    AREAS,
    LINES,
    POINTS,
    LayerFile,
    _column,
    _ids,
    _names,
    _read,
    _structures,
    _whole_numbers,
    street_words,
)
from layers.kit import crs as reference
from layers.kit.errors import CrsError, InputError
from layers.kit.findings import Finding
from layers.kit.ground.ways import MOTORWAYS, class_of
from layers.kit.ids import clean_code

SCALE_TOLERANCE = 0.002
"""A metric CRS whose scale at a place is this true is measured in as it is."""

_HELD_SHARE = 0.9
"""A polygon of which others cover so much is the division that they are parts of."""

PLAN_LAYERS = ("grids", "plots", "buildings", "communities")


def measuring_crs(source: reference.SourceCrs, lon: float, lat: float) -> CRS:
    """Return the CRS to measure in at a place (degrees): the file's own where it is in metres and
    true to scale there, so that a plan keeps the file's numbers; else the county's measuring CRS.
    """
    crs = source.crs
    if source.shift is None and crs.is_projected:
        metric = all(abs(axis.unit_conversion_factor - 1) < 1e-9 for axis in crs.axis_info)
        scale = Proj(crs).get_factors(lon, lat)
        factors = (scale.meridional_scale, scale.parallel_scale)
        if metric and all(abs(factor - 1) < SCALE_TOLERANCE for factor in factors):
            return crs
    return CRS.from_epsg(reference.measuring_srid(lon, lat))


def in_crs(file: LayerFile, crs: CRS) -> gpd.GeoDataFrame:
    """Return a file's frame in ``crs``; coordinates that are in it already are not touched."""
    if file.source.shift is None and file.source.crs == crs:
        return file.frame.set_crs(crs, allow_override=True)
    degrees = reference.file_to_storage(file.frame.geometry.values, file.source)
    shapes = gpd.GeoSeries(degrees, index=file.frame.index, crs=reference.STORAGE_SRID)
    return file.frame.set_geometry(shapes.to_crs(crs))


def read_buildings(path: Path, crs: str | None = None) -> LayerFile:
    """Read buildings or areas with ``households`` and, if the file has them, estate and community.

    Frame: ``id``, ``households`` (float, NaN where the file is silent), ``estate``, ``community``,
    ``waiver`` (text or None), geometry. Raises ``InputError`` with every fault.
    """
    frame, source = _read(path, crs, "buildings", (*AREAS, *POINTS))
    column = _column(frame, "households")
    if column is None:
        raise InputError(
            "{name}: buildings need a column households (found: {frame})",
            [Finding("column_missing", field="households")],
            name=path.name,
            frame=_names(frame),
        )
    faults, count = _whole_numbers(frame[column], "households")
    ids, notes = _ids(frame, ("id", "building_id", "external_id", "osm_id", "fid"))
    if faults:
        raise InputError(
            "{name}: {count} rows cannot be used", faults, name=path.name, count=len(faults)
        )
    unknown = np.isnan(count)
    if unknown.any():
        notes.append(
            Finding(
                "households_unknown",
                "warning",
                row=int(np.flatnonzero(unknown)[0]) + 1,
                field=column,
                values={"rows": int(unknown.sum())},
            )
        )
    result = gpd.GeoDataFrame(
        {
            "id": ids,
            "households": count,
            "estate": _texts(frame, ("estate", "estate_id", "estate_name")),
            "community": _texts(frame, ("community", "community_code", "community_id")),
            "waiver": _texts(frame, ("waiver",)),
        },
        geometry=np.asarray(frame.geometry.values, dtype=object),
    )
    return LayerFile(result, source, tuple(notes))


def read_streets(path: Path, crs: str | None = None) -> LayerFile:
    """Read lines: ``class``, ``bridge``, ``tunnel``, and ``kind``: street, or rail or wall where
    the file (OpenStreetMap's railway, barrier) says so: those bar but are not streets.
    """
    frame, source = _read(path, crs, "streets", LINES)
    highway = _column(frame, "highway")
    result = gpd.GeoDataFrame(geometry=np.asarray(frame.geometry.values, dtype=object))
    # Grids follow motorways too, though nobody walks along them.
    result["class"] = [
        "main_street" if word in MOTORWAYS else class_of(word) or "street"
        for word in street_words(frame)
    ]
    for name in ("bridge", "tunnel"):
        column = _column(frame, name)
        result[name] = _structures(frame[column]) if column is not None else False
    rail, wall = _column(frame, "railway"), _column(frame, "barrier")
    is_rail = frame[rail].notna().to_numpy() if rail is not None else np.zeros(len(frame), bool)
    is_wall = frame[wall].notna().to_numpy() if wall is not None else np.zeros(len(frame), bool)
    if highway is not None:
        no_street = (is_rail | is_wall) & frame[highway].isna().to_numpy()
    else:
        no_street = is_rail | is_wall
    result["kind"] = np.where(no_street, np.where(is_rail, "rail", "wall"), "street")
    return LayerFile(result, source)


def read_boundary(path: Path, crs: str | None = None) -> LayerFile:
    """Read community polygons: ``name`` is the file's community, code, name or id, else None.

    ``also`` is its name where it has a code besides. Of divisions in one layer (county,
    subdistrict, community, as ``getu export divisions`` writes them) the lowest level is read.
    """
    frame, source = _read(path, crs, "boundary", AREAS)
    names = _texts(frame, ("community", "community_code", "code", "name", "id"))
    result = gpd.GeoDataFrame(
        {"name": names, "also": _texts(frame, ("name", "community_name"))},
        geometry=np.asarray(frame.geometry.values, dtype=object),
    )
    above = _holds_others(result)
    notes = []
    if above.any():
        notes.append(Finding("boundary_levels", "info", values={"rows": int(above.sum())}))
        result = result[~above].reset_index(drop=True)
    named = result["name"].notna()
    if result["name"][named].duplicated().any():  # several rows of one community are its pieces
        alone = result[~named]
        result = result[named].dissolve(by="name", as_index=False)
        result = gpd.GeoDataFrame(pd.concat([result, alone], ignore_index=True))
    return LayerFile(result, source, tuple(notes))


def _holds_others(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell which rows are divisions that other rows are parts of: by code, else by their land."""
    codes = [clean_code(name) for name in frame["name"]]
    above = np.zeros(len(frame), bool)
    if all(codes) and len({len(code) for code in codes if code}) > 1:
        known = sorted(str(code) for code in codes)
        for row, code in enumerate(map(str, codes)):
            at = bisect_right(known, code)
            above[row] = at < len(known) and known[at].startswith(code)
        return above
    shapes = np.asarray(frame.geometry.array, dtype=object)
    shapes = np.where(
        shapely.is_valid(shapes), shapes, shapely.make_valid(shapes, method="structure")
    )
    area = shapely.area(shapes)
    outer, inner = shapely.STRtree(shapely.point_on_surface(shapes)).query(
        shapes, predicate="intersects"
    )
    for row in range(len(frame)):
        parts = inner[(outer == row) & (inner != row)]
        parts = parts[area[parts] < area[row] * (1 - 1e-6)]
        if len(parts):
            held = shapely.intersection(shapely.union_all(shapes[parts]), shapes[row])
            above[row] = held.area >= _HELD_SHARE * area[row]
    return above


def read_water(path: Path, crs: str | None = None) -> LayerFile:
    """Read rivers, streams and lakes: polygons or lines; ``kind`` from the file, else by shape."""
    frame, source = _read(path, crs, "water", (*AREAS, *LINES))
    column = _column(frame, "kind") or _column(frame, "waterway")
    shapes = np.asarray(frame.geometry.values, dtype=object)
    by_shape = np.where(frame.geom_type.isin(AREAS), "lake", "river")
    kind = by_shape if column is None else frame[column].where(frame[column].notna(), by_shape)
    return LayerFile(gpd.GeoDataFrame({"kind": np.asarray(kind)}, geometry=shapes), source)


def read_plan(
    path: Path, crs: str | None = None
) -> tuple[dict[str, gpd.GeoDataFrame], reference.SourceCrs]:
    """Read the layers of a plan file; ``grids`` must be there, the others may be.

    A file with a single layer of any name is read as grids. Columns are renamed to lower case.
    Households are floats, NaN where unknown; codes and communities are text. Raises ``InputError``
    with every fault, and where nothing can be judged.
    """
    if not path.exists():
        raise InputError("plan: there is no file {path}", path=path)
    try:
        listed = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    except (pyogrio.errors.DataSourceError, ValueError) as error:
        raise InputError(
            "{name}: cannot be read as a map file: export it again as a GeoPackage", name=path.name
        ) from error
    by_name = {name.lower(): name for name in listed}
    if "grids" not in by_name and len(listed) == 1:
        by_name = {"grids": listed[0]}
    if "grids" not in by_name:
        raise InputError(
            "{name}: has no layer grids (layers: {listed})",
            name=path.name,
            listed=", ".join(listed) or "none",
        )
    layers: dict[str, gpd.GeoDataFrame] = {}
    source = reference.parse_crs(crs) if crs is not None else None
    for name in PLAN_LAYERS:
        if name not in by_name:
            continue
        frame = pyogrio.read_dataframe(path, layer=by_name[name], force_2d=True)
        if source is None:
            if frame.crs is None:
                raise CrsError(
                    "{name}: declares no reference system; say which with --crs EPSG:n",
                    name=path.name,
                )
            source = reference.parse_crs(frame.crs.to_wkt())
        layers[name] = _plan_layer(frame)
    if source is None:
        raise InputError("{name}: has no layer that can be judged", name=path.name)
    missing = [name for name in ("code", "households") if name not in layers["grids"].columns]
    if missing:
        raise InputError(
            "{name}: layer {layer} needs {listed} (found: {frame})",
            [Finding("column_missing", field=name) for name in missing],
            name=path.name,
            layer="grids",
            listed=", ".join(missing),
            frame=_names(layers["grids"]),
        )
    faults = [fault for name, frame in layers.items() for fault in _counted(frame, name)]
    faults += _no_areas(layers["grids"])
    if faults:
        raise InputError(
            "{name}: {count} rows cannot be used", faults, name=path.name, count=len(faults)
        )
    return layers, source


def _plan_layer(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer with columns in lower case, and what names things as text."""
    frame = frame.rename(
        columns={c: str(c).lower() for c in frame.columns if c != frame.geometry.name}
    )
    for column in ("code", "grid_code", "grid", "community", "name"):
        if column in frame.columns:
            frame[column] = _texts(frame, (column,))
    return frame


def _counted(frame: gpd.GeoDataFrame, layer: str) -> list[Finding]:
    """Make a layer's households numbers, NaN where unknown; return what is none."""
    if "households" not in frame.columns:
        return []
    faults, frame["households"] = _whole_numbers(frame["households"], "households")
    return [replace(fault, subject=layer) for fault in faults]


def _no_areas(grids: gpd.GeoDataFrame) -> list[Finding]:
    """Return the rows of grids whose shape is no area; a missing one is for the judge."""
    kinds = grids.geom_type.to_numpy()
    return [
        Finding(
            "geometry_wrong_kind",
            row=int(row) + 1,
            field="geometry",
            subject="grids",
            values={"kind": str(kinds[row]), "wanted": " / ".join(AREAS)},
        )
        for row in np.flatnonzero(~np.isin(kinds, AREAS) & grids.geometry.notna().to_numpy())
    ]


def _texts(frame: pd.DataFrame, names: tuple[str, ...]) -> Any:
    """Return the first of these columns as text, None where empty; ``3.0`` becomes ``3``."""
    column = next((c for name in names if (c := _column(frame, name)) is not None), None)
    result = np.full(len(frame), None, dtype=object)
    if column is None:
        return result
    values = frame[column]
    if pd.api.types.is_float_dtype(values):
        whole = values.dropna()
        if (whole % 1 == 0).all():
            values = values.astype("Int64")
    for row, value in enumerate(values):
        text = "" if pd.isna(value) else str(value).strip()
        result[row] = text or None
    return result
