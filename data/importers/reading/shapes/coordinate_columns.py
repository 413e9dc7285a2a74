"""Tables whose rows have their place in columns: longitude, latitude, maybe a reference system."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.importers.reading.faults import Faults
from data.importers.reading.shapes.vector_file import (
    Place,
    ReadOptions,
    VectorFile,
    placeless,
    source_of,
)
from data.importers.reading.tables.headers import CRS_NAMES, LAT_NAMES, LON_NAMES
from data.importers.reading.text.visible import folded, half_width, unit_less, visible
from layers.kit.tables.worksheets import CELL_ERRORS

_TURNED: Final = re.compile(r"^(?:东经|北纬|[EeNn])?\s*([-+]?\d+(?:\.\d+)?)\s*[°度]?\s*[EeNn]?$")


def from_columns(
    path: Path,
    table: pd.DataFrame,
    options: ReadOptions,
    faults: Faults,
    place: Place,
    doubled: frozenset[str] = frozenset(),
) -> VectorFile:
    """Return a table with the points that two of its columns hold."""
    if place == "none":
        return placeless(path, table, doubled)
    lon, lat = (
        _coordinate_column(table, options.columns.get(key), names)
        for key, names in (("lon", LON_NAMES), ("lat", LAT_NAMES))
    )
    if lon is None or lat is None:
        listed = ", ".join(map(str, table.columns))
        if place == "optional" and not {"lon", "lat"} & set(options.columns):
            faults.add("coordinates_absent", severity="warning", columns=listed)
            return placeless(path, table, doubled)
        faults.add("coordinates_missing", columns=listed)
        faults.stop()
    for name in {lon, lat} & doubled:
        faults.add("column_doubled", field=name)
    x, y = _numbers(table[lon], str(lon), faults), _numbers(table[lat], str(lat), faults)
    known = np.isfinite(x) & np.isfinite(y)
    geometry = np.full(len(table), None, dtype=object)
    geometry[known] = shapely.points(x[known], y[known])
    named, declared = _declared(table, faults)
    source = source_of(declared, options, faults)
    return VectorFile(path.name, table, geometry, source, (str(lon), str(lat), *named), doubled)


def _declared(table: pd.DataFrame, faults: Faults) -> tuple[tuple[str, ...], str | None]:
    """Return the column that names the rows' reference system, and what it says."""
    column = _coordinate_column(table, None, CRS_NAMES)
    if column is None:
        return (), None
    said = table[column].astype("string").str.strip().fillna("")
    known = said[said != ""]
    if known.empty:
        return (column,), None
    first = str(known.iloc[0])
    others = np.flatnonzero(((said != "") & (said.str.lower() != first.lower())).to_numpy(bool))
    for row in others:
        faults.add(
            "crs_differs", row=int(row) + 1, field=column, found=str(said.iloc[row]), first=first
        )
    return (column,), first


def _coordinate_column(
    table: pd.DataFrame, mapped: str | None, names: tuple[str, ...]
) -> str | None:
    by_name = {folded(str(c)): str(c) for c in reversed(table.columns)}
    for name in (mapped,) if mapped else names:
        if folded(name) in by_name:
            return by_name[folded(name)]
    if mapped:
        return None
    bare = {unit_less(str(c)): str(c) for c in reversed(table.columns)}
    return next((bare[folded(name)] for name in names if folded(name) in bare), None)


def _numbers(values: pd.Series, name: str, faults: Faults) -> NDArray[np.float64]:
    texts = values.astype("string").fillna("").map(lambda v: half_width(visible(v)))
    plain = texts.str.replace(_TURNED, r"\1", regex=True)
    numbers = pd.to_numeric(plain.where(plain != ""), errors="coerce").to_numpy(
        np.float64, na_value=np.nan
    )
    bad = (texts != "").to_numpy(bool) & ~np.isfinite(numbers)
    for row in np.flatnonzero(bad):
        found = str(texts.iloc[row])
        if found.upper() in CELL_ERRORS:
            code = "cell_error"
        else:
            degrees = bool(re.search(r"[°′'\"NSEWnsew度分秒]", found))
            code = "coordinate_in_minutes" if degrees else "not_a_number"
        faults.add(code, row=int(row) + 1, field=name, found=found[:40])
    return numbers
