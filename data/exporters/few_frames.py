"""Layers for a GIS without counts of 1 and 2 households, where whoever asks may not see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import pandas as pd

from layers.kit import few

HIDDEN: Final = "hidden"
"""The column that says in words what is hidden in a row: a number may stand in the others only."""


def hidden_words(names: Sequence[str]) -> str:
    """Return what stands in ``HIDDEN`` where these columns are hidden."""
    return f"{few.SAID}：{'、'.join(names)}"


def veil_frame(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame as whoever asks may see it: such counts are empty, and ``hidden`` says so.

    A frame of somebody who sees them, or without such counts, is returned as it is.
    """
    if not few.hides():
        return frame
    names = [name for name in frame.columns if name in few.COUNTS | few.BESIDE]
    told = [few.row(row) for row in frame[names].to_dict("records")]
    gone = [[name for name in names if row[name] == few.MARK] for row in told]
    if not any(gone):
        return frame
    made = frame.copy()
    for name in names:
        values = [None if row[name] == few.MARK else row[name] for row in told]
        made[name] = pd.array(pd.to_numeric(pd.Series(values, dtype=object)), dtype="Float64")
        if (made[name].dropna() % 1 == 0).all():
            made[name] = made[name].astype("Int64")
    made[HIDDEN] = [hidden_words(fields) if fields else None for fields in gone]
    return made
