"""The files that ``getu hotspots`` reads: demands with a place, and areas. No database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.importers.commands.coverage_files import (
    AREAS,
    LayerFile,
    _ids,
    _read,
    _said,
    _whole_numbers,
    asked_column,
)
from data.importers.reading.faults import Faults
from data.importers.reading.shapes.vector import read_vector
from data.importers.reading.shapes.vector_file import ReadOptions
from layers.kit.errors import InputError
from layers.kit.findings import Finding

Every = Literal["day", "week", "month", "quarter", "year"]
EVERY: tuple[Every, ...] = get_args(Every)
_OF_PANDAS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}


@dataclass(frozen=True, slots=True)
class DemandFile:
    """Demands as read. ``layer``: those with a place (``id``); ``days``: when each was received.

    ``rows``: how many the file has, ``placeless``: of which no place is known.
    """

    layer: LayerFile
    days: NDArray[np.datetime64] | None
    rows: int
    placeless: int


def read_areas(path: Path, crs: str | None, households: str | None) -> LayerFile:
    """Read polygons with an ``id``; ``households`` names the column of their households, if any.

    The frame has ``id``, geometry and, where asked, ``households`` (float, NaN where the file is
    silent). Raises InputError with every fault.
    """
    frame, source = _read(path, crs, "areas", AREAS)
    ids, notes = _ids(frame, ("id", "code", "grid", "area_id", "external_id"))
    result = gpd.GeoDataFrame({"id": ids}, geometry=np.asarray(frame.geometry.values, object))
    if households is not None:
        column = asked_column(frame, households, path)
        faults, count = _whole_numbers(frame[column], column)
        if faults:
            raise InputError(
                "{name}: {count} rows cannot be used", faults, name=path.name, count=len(faults)
            )
        result["households"] = count
        unknown = np.flatnonzero(np.isnan(count))
        if len(unknown):
            notes.append(
                Finding("area_households_unknown", "warning", row=int(unknown[0]) + 1, field=column,
                        values={"rows": len(unknown)})
            )  # fmt: skip
    return LayerFile(result, source, tuple(notes))


def read_demands(path: Path, crs: str | None, time: str | None) -> DemandFile:
    """Read demands with a place each; ``time`` names the column of the day or moment received.

    Rows without a place, and those at 0, 0 (which is what some systems write for it), are counted
    and left out with a warning; so are rows whose time cannot be read. A moment is taken by the
    clock that it is written in. Raises InputError with every fault of the whole file.
    """
    faults = Faults(path.name)
    try:
        read = read_vector(path, ReadOptions(crs=crs), faults)
    except InputError as error:
        raise _said(error, path.name) from error
    faults.stop()
    shapes = np.asarray(shapely.force_2d(read.geometry), dtype=object)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    shapes[there] = shapely.point_on_surface(shapes[there])
    x, y = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
    x[there], y[there] = shapely.get_x(shapes[there]), shapely.get_y(shapes[there])
    notes = list(faults.findings)
    at_zero = there & (x == 0) & (y == 0)
    off = np.zeros(len(shapes), bool)
    if read.source.is_geographic:
        off = there & ((np.abs(x) > 180) | (np.abs(y) > 90))
    placeless = ~there | at_zero | off
    for code, rows in (
        ("demand_without_place", ~there),
        ("demand_at_zero", at_zero),
        ("demand_off_the_globe", off),
    ):
        notes += _left_out(code, rows)
    days, kept = None, ~placeless
    frame = gpd.GeoDataFrame(read.table, geometry=shapes)
    if time is not None:
        column = asked_column(frame, time, path)
        days, unread = _days(frame[column])
        notes += _left_out("demand_without_time", unread & kept, column)
        kept &= ~unread
        days = days[kept]
    ids, repeated = _ids(frame, ("id", "external_id", "unique_key", "code"))
    layer = gpd.GeoDataFrame({"id": ids}, geometry=shapes)[kept].reset_index(drop=True)
    found = LayerFile(layer, read.source, (*notes, *repeated))
    return DemandFile(found, days, len(shapes), int(placeless.sum()))


def _left_out(code: str, rows: NDArray[np.bool_], field: str | None = None) -> list[Finding]:
    """Return one warning that names the first row, where there is any."""
    positions = np.flatnonzero(rows)
    if len(positions) == 0:
        return []
    values = {"rows": len(positions)}
    return [Finding(code, "warning", row=int(positions[0]) + 1, field=field, values=values)]


def _days(column: pd.Series) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Return the days of a column as its own clock writes them, and which cannot be read."""
    texts = column.astype("string").str.strip()
    head = texts.str.extract(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})").astype("float")
    compact = texts.str.extract(r"^(\d{4})(\d{2})(\d{2})(?:\D|$)").astype("float")
    parts = head.fillna(compact)
    read = pd.to_datetime(
        {"year": parts[0], "month": parts[1], "day": parts[2]}, errors="coerce"
    ).to_numpy("datetime64[D]")
    return read, np.isnat(read)


def periods(days: NDArray[np.datetime64], every: Every) -> tuple[NDArray[np.int64], list[date]]:
    """Return the period of each day, from 0, and the first day of every period; weeks begin on
    Monday. Periods between the first and the last are all there, also those without a demand.
    """
    of = pd.PeriodIndex(days, freq=_OF_PANDAS[every])
    first, last = of.min(), of.max()
    starts = [period.start_time.date() for period in pd.period_range(first, last)]
    return of.asi8 - first.ordinal, starts
