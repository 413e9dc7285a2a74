"""What ``getu coverage`` and ``getu site`` read beside streets: barriers and entrances. No
database. Rows count from 1; column names are matched without regard to case.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np

from data.importers.commands.coverage_files import (
    AREAS,
    LINES,
    POINTS,
    LayerFile,
    _column,
    _ids,
    _read,
)
from data.importers.osm.tags import barrier_kind

_SAYS: Final = ("kind", "barrier", "railway", "waterway", "natural", "water", "landuse", "highway")
_MORE: Final = ("bridge", "tunnel", "service", "motorroad")
PASSABLE: Final = frozenset({
    *("gate", "lift_gate", "swing_gate", "sliding_gate", "kissing_gate", "hampshire_gate"),
    *("entrance", "bollard", "block", "cycle_barrier", "stile", "turnstile", "toll_booth"),
    *("kerb", "border_control", "sally_port", "height_restrictor", "jersey_barrier", "no"),
})  # fmt: skip
"""Values of OSM's ``barrier`` that people on foot pass."""

_STEPPED_OVER: Final = ("ditch", "drain")


def read_barriers(path: Path, crs: str | None = None) -> LayerFile:
    """Read water, walls and rails (lines, polygons) that nobody walks across.

    In a file without any of OSM's columns, or ``kind``, every row bars. Else a row bars by what it
    says: gates, ditches, and what runs on a bridge or in a tunnel do not. Points are passed over.
    """
    frame, source = _read(path, crs, "barriers", (*LINES, *AREAS, *POINTS))
    columns = {name: _column(frame, name) for name in (*_SAYS, *_MORE)}
    rows: list[dict[str, str]] = [{} for _ in range(len(frame))]
    for name, column in columns.items():
        for row, value in zip(rows, [] if column is None else frame[column], strict=False):
            if isinstance(value, str) and value.strip():
                row[name] = value.strip().lower()
            elif value in (1, True):
                row[name] = "yes"
    tagged = any(columns[name] is not None for name in _SAYS)
    bars = [not tagged or _bars(row) for row in rows]
    keep = np.array(bars, bool) & ~frame.geom_type.isin(POINTS).to_numpy()
    shapes = np.asarray(frame.geometry.values, dtype=object)[keep]
    return LayerFile(gpd.GeoDataFrame({"row": np.flatnonzero(keep) + 1}, geometry=shapes), source)


def _bars(tags: Mapping[str, str]) -> bool:
    if any(tags.get(name, "no") != "no" for name in ("bridge", "tunnel")):
        return False
    if "kind" in tags:
        return tags["kind"] not in PASSABLE
    if "barrier" in tags:
        return tags["barrier"] not in PASSABLE
    if "waterway" in tags:
        return tags["waterway"] not in _STEPPED_OVER
    if tags.get("natural") == "water" or "water" in tags or tags.get("landuse") == "reservoir":
        return True
    return barrier_kind(tags) is not None


def read_entrances(path: Path, crs: str | None = None) -> LayerFile:
    """Read points of doors; ``building`` is the id of the building, if the file has it."""
    frame, source = _read(path, crs, "entrances", POINTS)
    column = _column(frame, "building_id") or _column(frame, "building")
    ids, _ = _ids(frame, () if column is None else (column.lower(),))
    named = column is not None and frame[column].notna().all()
    result = gpd.GeoDataFrame(
        {"building": [str(value) if named else None for value in ids]},
        geometry=np.asarray(frame.geometry.values, dtype=object),
    )
    return LayerFile(result, source)
