"""Features of an extract as geometry arrays and frames in metres."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.importers.osm.extract import Feature, shapes
from layers.kit.crs import to_measuring

Shapes = NDArray[np.object_]


def frame_of(columns: dict[str, Any], geometry: Any, srid: int) -> gpd.GeoDataFrame:
    """Return a frame of columns (None stays None) with geometry in ``srid``."""
    frame = pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in columns.items()})
    return gpd.GeoDataFrame(frame, geometry=list(geometry), crs=f"EPSG:{srid}")


def measured(features: list[Feature], srid: int) -> Shapes:
    """Return the features' geometries in ``srid``."""
    return to_measuring(shapes(features), srid) if features else np.empty(0, dtype=object)


def near_features(features: list[Feature], area: Any, srid: int) -> tuple[list[Feature], Shapes]:
    """Return the features that touch an area (in ``srid``), with their geometries."""
    geometry = measured(features, srid)
    shapely.prepare(area)
    keep = shapely.intersects(area, geometry)
    return [f for f, ok in zip(features, keep, strict=True) if ok], geometry[keep]
