"""``--as grids``: a layer of grid polygons that need not follow plots; kept as a case set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.cases.write import create_set
from data.importers.judging.county_state import STORAGE_SRID
from data.importers.judging.kind import Context, ImportScript, kept_rows, read_values, skipped_note
from data.importers.reading.columns import Column
from data.importers.reading.faults import Faults
from data.importers.reading.notes import Note
from data.importers.reading.shapes.coordinates import POLYGONS, place
from data.importers.reading.shapes.vector import layer_names, read_vector
from data.importers.reading.source_files import sha256
from layers.kit.crs import to_measuring

COLUMNS: Final = (
    Column("code", aliases=("grid_code", "grid", "网格编码", "网格代码", "编码", "代码")),
    Column("name", aliases=("grid_name", "网格名称", "名称")),
    Column("upstream_code", aliases=("platform_code", "平台编码", "上级平台编码")),
)
SLIVER_M: Final = 0.2  # parts narrower than this everywhere are left over from drawing
NAME_MAX: Final = 120


def read(context: Context) -> ImportScript:
    """Read grid polygons; several records of one code are one grid.

    Invalid rings are mended and named. Left out with a warning: slivers, and polygons of other
    towns; when every polygon lies elsewhere that is an error.
    """
    faults, options = context.faults, context.options
    reading = replace(options.reading(COLUMNS), layer=options.layer or grids_layer(context.path))
    file = read_vector(context.path, reading, faults)
    notes: list[Note] = []
    values = read_values(file, COLUMNS, context, notes)
    shapes = place(file, POLYGONS, faults)
    count = len(shapes)
    codes = values.get("code") or [None] * count
    check_scientific(codes, faults)
    labels = [code or f"#{row}" for row, code in enumerate(codes, start=1)]
    shapes = left_in(shapes, context)
    faults.stop(skip_rows=options.skip_faulty_rows)

    rows = [int(i) for i in kept_rows(faults, count) if shapes[i] is not None]
    frame = gpd.GeoDataFrame(
        {
            "label": [labels[i] for i in rows],
            "name": [(values.get("name") or [None] * count)[i] for i in rows],
            "upstream_code": [(values.get("upstream_code") or [None] * count)[i] for i in rows],
        },
        geometry=[shapes[i] for i in rows],
        crs=STORAGE_SRID,
    )
    frame = together(frame)
    notes += skipped_note(faults, options.skip_faulty_rows)
    counts = {"grid_polygons": len(frame)}
    return ImportScript(count, counts, tuple(notes), lambda c: store(c, context, "grids", frame))


def grids_layer(path: Path) -> str | None:
    """Return the layer ``grids`` of a GeoPackage that has one, as our own exports do."""
    if path.suffix.lower() != ".gpkg":
        return None
    return "grids" if "grids" in layer_names(path) else None


def check_scientific(codes: list[str | None], faults: Faults) -> None:
    """Add a fault for every code that a spreadsheet has turned into a number."""
    for row, code in enumerate(codes, start=1):
        if code is not None and "e+" in code.lower() and code[0].isdigit():
            faults.add("code_scientific", row=row, field="code", found=code[:60])


def left_in(shapes: NDArray[np.object_], context: Context) -> NDArray[np.object_]:
    """Return the polygons (EPSG:4490) without slivers and without those of other towns (None)."""
    faults, state = context.faults, context.state
    out = shapes.copy()
    known = np.flatnonzero([g is not None for g in shapes])
    if not len(known) or state.srid is None:
        return out
    metric = to_measuring(shapes[known], state.srid)
    for row, shape in zip(known, metric, strict=True):
        parts = shapely.get_parts(shapely.make_valid(shape, method="structure"))
        wide = ~shapely.is_empty(shapely.buffer(parts, -SLIVER_M / 2, join_style="mitre"))
        if wide.all():
            continue
        slivers = int((~wide).sum())
        faults.add(
            "grid_sliver", row=int(row) + 1, field="geometry", severity="warning", parts=slivers
        )
        own = shapely.get_parts(shapely.make_valid(shapes[row], method="structure"))
        out[row] = shapely.union_all(own[wide]) if wide.any() else None
    if state.outline is None:
        return out
    drawn = np.array([i for i in known if out[i] is not None], np.int64)
    shapely.prepare(state.outline)
    inside = shapely.intersects(state.outline, out[drawn])
    if len(drawn) and not inside.any():
        turned = shapely.transform(out[drawn], lambda xy: xy[:, ::-1])
        if shapely.intersects(state.outline, turned).any():
            faults.add("axes_swapped", field="geometry", rows=len(drawn))
        else:
            km = round(float(shapely.distance(state.outline, out[drawn]).min()) * 111.32, 1)
            faults.add("all_elsewhere", field="geometry", km=km)
        return out
    for row in drawn[~inside]:
        faults.add("grid_elsewhere", row=int(row) + 1, field="geometry", severity="warning")
        out[row] = None
    return out


def together(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row a label, in the order of first appearance; its first name counts."""
    if frame.empty or frame["label"].is_unique:
        return frame.reset_index(drop=True)
    return frame.dissolve("label", as_index=False, sort=False, aggfunc="first")


def store(c: Connection, context: Context, kind: str, frame: gpd.GeoDataFrame) -> int:
    """Store the polygons as a case set without cases yet; return how many."""
    options = context.options
    create_set(
        c,
        county=context.state.code,
        kind=kind,
        name=(options.name or context.path.stem)[:NAME_MAX],
        file_name=context.path.name,
        sha256=sha256(context.path),
        made_by=options.made_by,
        claimants=frame,
        srid=STORAGE_SRID,
    )
    return len(frame)
