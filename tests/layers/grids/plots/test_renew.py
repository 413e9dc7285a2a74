"""Plots made anew around an edit, against a tessellation from scratch."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from layers.grids.plots.renew import Ground, Pieces, parents, retessellate, with_vertices
from layers.grids.plots.tessellate import tessellate
from layers.kit.crs import to_measuring, to_storage
from tests.properties import examples

SRID = 4545
X, Y = 500_000.0, 2_980_000.0  # somewhere in Guizhou
SIDE = 240.0
Plots = tuple[NDArray[Any], list[int | None]]


def community() -> Any:
    return shapely.box(X, Y, X + SIDE, Y + SIDE)


def houses() -> gpd.GeoDataFrame:
    """Return 36 houses of 14 m by 10 m in blocks of a street every 80 m."""
    shapes = [
        shapely.box(X + 14 + 40 * i, Y + 12 + 40 * j, X + 28 + 40 * i, Y + 22 + 40 * j)
        for i in range(6)
        for j in range(6)
    ]
    return gpd.GeoDataFrame({"id": range(36)}, geometry=shapes, crs=SRID)


def ground() -> Ground:
    lines = [
        line
        for at in (80, 160)
        for line in (
            shapely.LineString([(X + at, Y - 9), (X + at, Y + SIDE + 9)]),
            shapely.LineString([(X - 9, Y + at), (X + SIDE + 9, Y + at)]),
        )
    ]
    streets = gpd.GeoDataFrame({"class": ["street"] * 4}, geometry=lines, crs=SRID)
    return Ground(streets, None, None, None)


@pytest.fixture(scope="module")
def stored() -> Plots:
    """Return the town's plots as the database keeps them."""
    around = ground()
    made = tessellate(community(), houses(), around.streets, None)
    shapes = to_storage(np.asarray(made.plots.geometry.array, object), SRID)
    names = [None if b is None else int(b) for b in made.plots["building"]]
    return shapes, names


def pieces(stored: NDArray[Any]) -> Pieces:
    metric = np.asarray(to_measuring(stored, SRID), object)
    return Pieces(stored, metric, np.zeros(len(stored), bool))


@settings(
    max_examples=examples(25),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
@given(
    st.floats(6, SIDE - 30), st.floats(6, SIDE - 30), st.floats(5, 22), st.floats(5, 22),
    st.floats(-45, 45), st.integers(-1, 35),
)  # fmt: skip
def test_the_town_is_tiled_and_plots_away_from_the_edit_are_the_same(
    stored: Plots, x: float, y: float, width: float, depth: float, turn: float, gone: int
) -> None:
    shapes, names = stored
    drawn = shapely.affinity.rotate(shapely.box(X + x, Y + y, X + x + width, Y + y + depth), turn)
    town = houses()
    before = town.geometry.iloc[gone] if gone >= 0 else None
    own = [f for f in (drawn, before) if f is not None]
    all_ = pieces(shapes)
    seeds = np.zeros(len(shapes), bool)
    for f in own:
        seeds |= shapely.intersects(all_.metric, f)
    taken = seeds.copy()
    for at in np.flatnonzero(seeds):
        common = shapely.length(shapely.intersection(all_.metric, all_.metric[at]))
        taken |= common >= 0.5
    region = shapely.coverage_union_all(all_.metric[taken])
    beside = ~taken & shapely.intersects(all_.metric, region)
    inside = [b for b, t in zip(names, taken, strict=True) if t and b is not None and b != gone]
    buildings = gpd.GeoDataFrame(
        {"id": [*inside, 99]},
        geometry=[*town.geometry.loc[inside], drawn],
        index=[*inside, 99],
        crs=SRID,
    )
    patch = retessellate(
        region, pieces(shapes[taken]), pieces(shapes[beside]), buildings, ground(), SRID
    )
    assert patch is not None
    outer = shapes[beside].copy()
    for at, shape in patch.adjusted.items():
        # Only vertices were added, on edges straight in metres: in degrees those are bent by up
        # to a tenth of a millimetre. 1e-13 square degrees are about 10 cm².
        assert shape.symmetric_difference(outer[at]).area < 1e-13
        outer[at] = shape
    whole = np.concatenate((patch.stored, outer, shapes[~taken & ~beside]))
    assert shapely.is_valid(whole).all()
    assert shapely.coverage_is_valid(whole)
    metric = to_measuring(whole, SRID)
    assert abs(shapely.area(metric).sum() - SIDE * SIDE) < 1e-4
    assert set(patch.plot_of) >= set(inside)
    for building, plot in patch.plot_of.items():
        footprint = buildings.geometry.loc[building]
        others = buildings.geometry.drop(building)
        if not others.intersects(footprint).any():
            cut = footprint.intersection(community()).difference(metric[plot])
            assert cut.area < 1e-3
    # Borders: what a look at the whole town from scratch says of these plots.
    size = len(patch.stored)
    listed = {(a, b) for a, b in zip(patch.neighbours["a"], patch.neighbours["b"], strict=True)}
    for a in range(size):
        common = shapely.length(shapely.intersection(metric[: size + len(outer)], metric[a]))
        near = {int(b) for b in np.flatnonzero(common >= 0.51) if b > a}
        far = {int(b) for b in np.flatnonzero(common < 0.49)}
        assert near <= {b for one, b in listed if one == a}
        assert not far & {b for one, b in listed if one == a}


def test_what_an_edit_did_not_change_comes_from_itself(stored: Plots) -> None:
    shapes, names = stored
    old = pieces(shapes)
    order = np.arange(len(shapes))[::-1]
    found = parents(old, names, pieces(shapes[order]), [names[i] for i in order])
    assert (found == order).all()


def test_a_new_plot_comes_from_the_plot_that_holds_its_larger_share() -> None:
    halves = np.array([shapely.box(X, Y, X + 10, Y + 10), shapely.box(X + 10, Y, X + 30, Y + 10)])
    new = np.array([shapely.box(X, Y, X + 16, Y + 10), shapely.box(X + 16, Y, X + 30, Y + 10)])
    old = Pieces(to_storage(halves, SRID), halves, np.zeros(2, bool))
    now = Pieces(to_storage(new, SRID), new, np.zeros(2, bool))
    # 16 m: 10 of the first, 6 of the second; the other lies in the second whole.
    assert parents(old, [None, None], now, [None, None]).tolist() == [0, 1]
    # A building keeps its plot's grid wherever its land goes, unless the edit moved it.
    assert parents(old, [7, 8], now, [8, None]).tolist() == [1, 1]
    assert parents(old, [7, 8], now, [8, None], changed={8}).tolist() == [0, 1]


def test_vertices_are_added_on_edges_in_order() -> None:
    square = np.array([shapely.box(0, 0, 10, 10)], object)
    points = np.array([[10.0, 7.0], [10.0, 2.0], [5.0, 5.0], [10.0, 10.0], [0.0, 4.0]])
    (grown,), touched = with_vertices(square, points)
    assert touched.tolist() == [True]
    assert grown.equals(square[0])
    assert shapely.get_num_coordinates(grown) == 5 + 3  # the inner point and the corner are none
    assert shapely.is_valid(grown)
