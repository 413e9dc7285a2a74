"""``--as streets``: lines that people walk along; they connect at shared vertices only."""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection

from data.importers.columns import Column, choice_of
from data.importers.coordinates import LINES, place
from data.importers.county_state import STORAGE_SRID
from data.importers.kinds import (
    Context,
    Prepared,
    kept_rows,
    read_values,
    skipped_note,
    take,
)
from data.importers.notes import Note
from data.importers.osm_tags import STREET_CLASS
from data.importers.vector import read_vector
from data.read.terrain import read_elevation
from data.write.county import touch
from data.write.ground import write_streets
from layers.kit.crs import to_measuring

CLASSES: Final = ("main_street", "street", "lane", "path", "steps", "service", "track")
COLUMNS: Final = (
    Column("class", "choice", ("highway", "fclass", "类别", "道路等级"), choices=choice_of(
        *CLASSES, **STREET_CLASS, 主干道="main_street", 次干道="main_street", 支路="street",
        道路="street", 街="street", 巷="lane", 步道="path", 小路="path", 台阶="steps",
        梯步="steps", 内部路="service", 机耕道="track")),
    Column("name", aliases=("名称", "道路名称")),
    Column("bridge", "flag", ("桥",)),
    Column("tunnel", "flag", ("隧道",)),
    Column("oneway", "flag", ("单行",)),
    Column("layer", "number", least=-5, most=5),
    Column("external_id", aliases=("id", "osm_id", "编号")),
)  # fmt: skip


def read(context: Context) -> Prepared:
    """Read streets; multi-part lines become one street a part."""
    faults, options, state = context.faults, context.options, context.state
    file = read_vector(context.path, options.reading, faults)
    notes: list[Note] = []
    values = read_values(file, COLUMNS, context, notes)
    lines = place(file, LINES, faults, county=state.outline)
    faults.stop(skip_rows=options.skip_faulty_rows)

    rows = kept_rows(faults, len(lines))
    parts, owner = shapely.get_parts(lines[rows], return_index=True)
    if "class" not in values or None in values["class"]:
        unknown = sum(v is None for v in values.get("class", [None] * len(lines)))
        notes.append(Note("fallback.street_class", {"rows": unknown}))
    own = take(take(values, rows), owner)
    nothing: list[Any] = [None] * len(owner)
    columns = {
        "name": own.get("name", nothing),
        "class": [v or "street" for v in own.get("class", nothing)],
        "bridge": [bool(v) for v in own.get("bridge", nothing)],
        "tunnel": [bool(v) for v in own.get("tunnel", nothing)],
        "oneway": [bool(v) for v in own.get("oneway", nothing)],
        "layer": [int(v or 0) for v in own.get("layer", nothing)],
        "external_id": own.get("external_id", nothing),
    }
    frame = gpd.GeoDataFrame(
        pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in columns.items()}),
        geometry=list(parts),
        crs=STORAGE_SRID,
    )
    notes += skipped_note(faults, options.skip_faulty_rows)

    def write(c: Connection) -> int:
        if state.srid is None:
            raise ValueError("a county that is not loaded has no measuring CRS")
        measured = to_measuring(np.asarray(frame.geometry, dtype=object), state.srid)
        metres = frame.set_geometry(list(measured), crs=state.srid)
        edges = write_streets(c, state.code, metres, state.srid, read_elevation(c, state.code))
        touch(c, state.code)
        return edges

    return Prepared(len(lines), {"streets": len(frame)}, tuple(notes), write)
