import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.service_circles.walking.network import build_network
from layers.service_circles.walking.segments import near_order, nearest_edges
from layers.service_circles.walking.ties import tie
from tests.layers.service_circles.towns import lattice, small_towns, streets
from tests.properties import examples


@settings(max_examples=examples(80))
@given(
    small_towns(),
    st.lists(st.tuples(st.floats(-900, 1200), st.floats(-900, 1200)), min_size=1, max_size=12),
    st.floats(1, 700),
)
def test_the_bucket_search_finds_the_distance_that_shapely_finds(frame, points, max_m):
    lines = frame.geometry.values
    at = np.array(points)
    edge, distance_m, along_m = nearest_edges(lines, at[:, 0].copy(), at[:, 1].copy(), max_m)
    for p, point in enumerate(shapely.points(at)):
        least = shapely.distance(lines, point).min()
        if edge[p] < 0:
            assert least > max_m * (1 - 1e-9)
            continue
        assert distance_m[p] == pytest.approx(least, abs=1e-6)
        assert shapely.distance(lines[edge[p]], point) == pytest.approx(least, abs=1e-6)
        spot = shapely.line_interpolate_point(lines[edge[p]], along_m[p])
        assert shapely.distance(spot, point) == pytest.approx(least, abs=1e-6)


def test_it_ties_points_as_the_tree_does():
    network = build_network(lattice(12))
    x, y = (
        axis.ravel()
        for axis in np.meshgrid(np.arange(-300, 1300, 37.0), np.arange(-300, 1300, 41.0))
    )
    edge, distance_m, along_m = nearest_edges(network.geometry, x, y, 200.0)
    ties = tie(shapely.points(x, y), network)
    assert ((edge < 0) == ties.untied).all()
    assert distance_m == pytest.approx(ties.offset_m, nan_ok=True, abs=1e-9)
    same = edge == ties.edge
    assert same.mean() > 0.99  # the rest lies at a junction, equally far from several edges
    assert along_m[same] == pytest.approx(ties.along_m[same], nan_ok=True, abs=1e-6)


def test_nothing_to_search_finds_nothing():
    assert nearest_edges(np.empty(0, object), np.zeros(1), np.zeros(1), 9.0)[0].tolist() == [-1]
    lines = streets([(0, 0), (9, 0)]).geometry.values
    assert len(nearest_edges(lines, np.empty(0), np.empty(0), 9.0)[0]) == 0


def test_morton_order_keeps_neighbours_together():
    x, y = (axis.ravel() * 1.0 for axis in np.meshgrid(np.arange(32), np.arange(32)))
    order = near_order(x, y)
    assert sorted(order.tolist()) == list(range(1024))
    step = np.hypot(np.diff(x[order]), np.diff(y[order]))
    assert np.median(step) == 1.0
    assert near_order(np.zeros(3), np.zeros(3)).tolist() == [0, 1, 2]
