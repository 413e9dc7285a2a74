"""What a file of records is when it is read, and how it is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.importers.reading.faults import Faults
from data.importers.reading.tables.headers import Names
from layers.kit.crs import SourceCrs, parse_crs
from layers.kit.errors import CrsError

Place = Literal["needed", "optional", "none"]
"""Whether a kind's rows need a place, may have one, or have none."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file: ``crs`` overrides what it declares; ``columns`` maps ours to theirs.

    ``names``: how our columns may be called, by which a table's header is found.
    """

    crs: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    layer: str | None = None
    encoding: str | None = None
    names: Names = field(default_factory=lambda: Names.of({}))


@dataclass(frozen=True, slots=True)
class VectorFile:
    """A file's records: ``table`` (their columns, order of the file) and ``geometry`` (array of
    shapely, None where absent) in ``source``. ``used``: their columns that became coordinates.
    ``doubled``: names of columns that are there several times.
    """

    name: str
    table: pd.DataFrame
    geometry: NDArray[np.object_]
    source: SourceCrs
    used: tuple[str, ...] = ()
    doubled: frozenset[str] = frozenset()


def placeless(path: Path, table: pd.DataFrame, doubled: frozenset[str] = frozenset()) -> VectorFile:
    """Return a table whose rows have no place."""
    geometry = np.full(len(table), None, dtype=object)
    return VectorFile(path.name, table, geometry, parse_crs("EPSG:4490"), (), doubled)


def source_of(declared: str | None, options: ReadOptions, faults: Faults) -> SourceCrs:
    """Return what coordinates are in: what is said to the reader, else what the file declares."""
    text = options.crs or declared
    if not text:
        faults.add("crs_missing")
        faults.stop()
    try:
        return parse_crs(str(text))
    except CrsError as error:
        faults.extend(error.findings)
        faults.stop()
        raise
