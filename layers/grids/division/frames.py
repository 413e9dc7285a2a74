"""From frames of plots and neighbours to a division's problem."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from layers.grids.division.problem import Problem
from layers.kit.ground.barriers import barrier_code


def make_problem(
    plots: gpd.GeoDataFrame,
    neighbours: pd.DataFrame,
    households: ArrayLike,
    *,
    estate: ArrayLike | None = None,
    building: ArrayLike | None = None,
    locked: ArrayLike | None = None,
    persons: ArrayLike | None = None,
) -> Problem:
    """Return the problem of a community's plots.

    ``plots``: polygons in a metric CRS, any index. ``neighbours``: ``a``, ``b`` (index values of
    plots), ``shared_m``, ``barrier`` (name). ``households`` … ``persons``: one value a plot in the
    frame's order; ``estate`` any whole numbers, -1 for none; ``locked`` as ``Problem`` says.
    """
    shapes = np.asarray(plots.geometry.array, dtype=object)
    centre = shapely.get_coordinates(shapely.centroid(shapes))
    counts = np.asarray(households, np.int64)
    position = pd.Series(np.arange(len(plots), dtype=np.int32), index=plots.index)
    n = len(plots)

    def chosen(values: ArrayLike | None, fallback: Any, kind: Any) -> NDArray[Any]:
        return np.full(n, fallback, kind) if values is None else np.asarray(values, kind)

    return Problem(
        households=counts,
        area_m2=shapely.area(shapes),
        perimeter_m=shapely.length(shapes),
        x=centre[:, 0],
        y=centre[:, 1],
        a=position.loc[neighbours["a"]].to_numpy(np.int32),
        b=position.loc[neighbours["b"]].to_numpy(np.int32),
        shared_m=neighbours["shared_m"].to_numpy(np.float64),
        barrier=np.array([barrier_code(name) for name in neighbours["barrier"]], np.int8),
        estate=chosen(estate, -1, np.int32),
        building=counts > 0 if building is None else np.asarray(building, np.bool_),
        locked=chosen(locked, -1, np.int32),
        persons=None if persons is None else np.asarray(persons, np.int64),
    )


def tessellation_problem(plots: gpd.GeoDataFrame, borders: pd.DataFrame) -> Problem:
    """Return the problem of a stored tessellation; its ``estate`` counts estates by sorted id.

    ``plots``: ``id``, ``estate_id``, ``households``, ``persons``, ``buildings``, polygons in a
    metric CRS. ``borders``: ``plot_a``, ``plot_b`` (ids of plots), ``shared_m``, ``barrier``.
    """
    estate = pd.to_numeric(plots["estate_id"]).astype("Int64").astype("category")
    return make_problem(
        plots.set_index("id"),
        borders.rename(columns={"plot_a": "a", "plot_b": "b"}),
        _counts(plots["households"]),
        estate=estate.cat.codes.to_numpy(np.int32),
        building=(plots["buildings"] > 0).to_numpy(),
        persons=_counts(plots["persons"]),
    )


def _counts(column: pd.Series) -> NDArray[np.int64]:
    """Unknown counts weigh nothing in a division; the quality page says that they are unknown."""
    return pd.to_numeric(column).fillna(0).to_numpy(np.int64)


def sum_by_plot(plot_of: pd.Series, values: pd.Series, plots: int) -> NDArray[np.int64]:
    """Add up a value per building (index as in ``plot_of``) over plots; unknown adds nothing.

    Buildings on one footprint share a plot, so the tessellation's ``plot_of`` decides.
    """
    known = values.reindex(plot_of.index).fillna(0).to_numpy(np.int64)
    return np.bincount(plot_of.to_numpy(np.int64), known, plots).astype(np.int64)


def estate_by_plot(plot_of: pd.Series, estate: pd.Series, plots: int) -> NDArray[np.int32]:
    """Return each plot's estate as a number, -1 for none; names may be of any kind."""
    names = estate.reindex(plot_of.index)
    named = names.notna() & (names.astype(str).str.strip() != "")
    numbers, _ = pd.factorize(names[named])
    result = np.full(plots, -1, np.int32)
    result[plot_of[named.to_numpy()].to_numpy(np.int64)] = numbers
    return result
