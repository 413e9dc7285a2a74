"""``--as borders``: borders of communities that need not fit each other; kept as a case set."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
from sqlalchemy import Connection

from data.importers.judging.county_state import STORAGE_SRID
from data.importers.judging.kind import Context, ImportScript, kept_rows, read_values, skipped_note
from data.importers.kinds.grids import left_in, store, together
from data.importers.reading.columns import Column
from data.importers.reading.notes import Note
from data.importers.reading.shapes.coordinates import POLYGONS, place
from data.importers.reading.shapes.vector import read_vector

COLUMNS: Final = (
    Column("code", "code", ("代码", "社区代码", "区划代码", "xzqdm", "division_code")),
    Column("name", aliases=("名称", "社区", "社区名称", "xzqmc", "mc")),
)


def read(context: Context) -> ImportScript:
    """Read borders of communities that the county has, by code or by name.

    Communities that the file leaves out are claimants with the border that stands. Invalid rings
    are mended; slivers and polygons of other towns are left out, with a warning.
    """
    faults, options, state = context.faults, context.options, context.state
    file = read_vector(context.path, options.reading(COLUMNS), faults)
    notes: list[Note] = []
    values = read_values(file, COLUMNS, context, notes)
    shapes = left_in(place(file, POLYGONS, faults), context)
    count = len(shapes)
    codes = values.get("code") or [None] * count
    names = values.get("name") or [None] * count
    by_name = dict(zip(state.community_names, state.community_codes, strict=True))
    found: list[str | None] = []
    for row in range(count):
        code = codes[row] or by_name.get(names[row] or "")
        if code not in state.community_codes and shapes[row] is not None:
            said = str(codes[row] or names[row] or "–")
            faults.add("community_unknown", row=row + 1, field="code", found=said[:60])
        found.append(code)
    faults.stop(skip_rows=options.skip_faulty_rows)

    rows = [int(i) for i in kept_rows(faults, count) if shapes[i] is not None]
    frame = together(
        gpd.GeoDataFrame(
            {"label": [found[i] for i in rows], "is_stored": [False] * len(rows)},
            geometry=[shapes[i] for i in rows],
            crs=STORAGE_SRID,
        )
    )
    brought = set(frame["label"])
    left = [at for at, code in enumerate(state.community_codes) if code not in brought]
    labels = [*frame["label"], *(state.community_codes[at] for at in left)]
    named = dict(zip(state.community_codes, state.community_names, strict=True))
    every = gpd.GeoDataFrame(
        {
            "label": labels,
            "name": [named[code] for code in labels],
            "is_stored": [*frame["is_stored"], *(True for _ in left)],
        },
        geometry=[*frame.geometry, *(np.asarray(state.communities, object)[left])],
        crs=STORAGE_SRID,
    )
    notes += skipped_note(faults, options.skip_faulty_rows)

    def write(c: Connection) -> int:
        store(c, context, "borders", every)
        return len(frame)

    return ImportScript(count, {"community": len(frame)}, tuple(notes), write)
