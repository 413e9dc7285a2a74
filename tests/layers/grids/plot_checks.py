"""What must hold for every tessellation, checked by code that shares nothing with it."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.grids.plots.footprints import OVERLAP_REPORTED_M2
from layers.grids.plots.tessellate import Tessellation

STEP_M = 2.0**-26
"""Overlays of the checks round to this: at 3.5e7 m plain ones of GEOS 3.14 invent 1.5 m² now and
then (of two shapes whose common walls agree to 1e-8 m)."""


def assert_tiles(shapes: Any, community: Any) -> None:
    """Valid one-piece polygons that cover the community without gap or overlap."""
    assert (shapely.get_type_id(shapes) == 3).all()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert abs(shapely.area(shapes).sum() - community.area) <= 1e-9 * community.area
    union = shapely.coverage_union_all(shapes)
    assert shapely.hausdorff_distance(union.boundary, community.boundary) <= 1e-6


def assert_no_building_cut(
    result: Tessellation, buildings: gpd.GeoDataFrame, community: Any
) -> None:
    """Every repaired footprint lies in its plot, every building in the community has one plot."""
    plots = result.plots
    names = result.footprints.index
    own = plots.geometry.array[result.plot_of[names].to_numpy()]
    beyond = shapely.difference(result.footprints.array, own, grid_size=STEP_M)
    # Half a lattice step along the walls.
    assert shapely.area(beyond).max(initial=0.0) <= 1e-6
    # What nothing was found against is judged as it came.
    found = {finding.row for finding in result.findings if finding.row}
    found |= {
        buildings.index.get_loc(_index_of(finding.values["other"], buildings)) + 1
        for finding in result.findings
        if "other" in finding.values
    }
    plain = [at for at in range(len(buildings)) if at + 1 not in found]
    own = plots.geometry.array[result.plot_of[buildings.index[plain]].to_numpy()]
    raw = shapely.intersection(buildings.geometry.array[plain], community)
    beyond = shapely.difference(raw, own, grid_size=STEP_M)
    assert shapely.area(beyond).max(initial=0.0) <= OVERLAP_REPORTED_M2
    owners = plots["building"].dropna()
    assert owners.is_unique
    assert set(owners) == set(names)
    assert (plots["kind"] == "building").sum() == len(names)
    outside = {"building_outside_community", "building_without_geometry"}
    gone = {finding.row for finding in result.findings if finding.code in outside}
    assert len(result.plot_of) == len(buildings) - len(gone)


def _index_of(name: str, buildings: gpd.GeoDataFrame) -> Any:
    """The index value that a finding names."""
    return next(value for value in buildings.index if str(value) == name)


def assert_neighbours(result: Tessellation) -> None:
    """Pairs are ordered, unique, and have the length that the plots' common border has."""
    pairs = result.neighbours
    assert (pairs["a"] < pairs["b"]).all()
    assert not pairs.duplicated(["a", "b"]).any()
    assert (pairs["shared_m"] >= 0.5).all()
    assert pairs["barrier"].isin(["none", "street", "main_street", "rail", "water", "wall"]).all()
    shapes = result.plots.geometry.array
    a, b = shapes[pairs["a"].to_numpy()], shapes[pairs["b"].to_numpy()]
    common = shapely.length(shapely.intersection(shapely.boundary(a), shapely.boundary(b)))
    assert np.abs(common - pairs["shared_m"].to_numpy()).max(initial=0.0) < 1e-3


def assert_sound(result: Tessellation, buildings: gpd.GeoDataFrame, community: Any) -> None:
    """All of it."""
    assert list(result.plots.index) == list(range(len(result.plots)))
    assert set(result.plots["kind"]) <= {"building", "road", "river", "park", "land"}
    assert_tiles(np.asarray(result.plots.geometry.array, dtype=object), community)
    assert_no_building_cut(result, buildings, community)
    assert_neighbours(result)
