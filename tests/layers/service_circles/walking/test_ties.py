import numpy as np
import pytest
import shapely

from layers.service_circles.walking.network import build_network
from layers.service_circles.walking.ties import anchors_of, doors_of, tie
from tests.layers.service_circles.towns import hills, lattice, streets


def test_the_door_is_the_footprint_s_point_nearest_to_the_street():
    network = build_network(streets([(0, 0), (100, 0)]))
    ties = tie([shapely.box(40, 10, 60, 30)], network)
    assert ties.door_y.tolist() == [10.0]
    assert ties.offset_m.tolist() == [10.0]
    assert 40 <= ties.along_m[0] <= 60


def test_beyond_200_m_a_building_is_untied_and_at_200_m_it_is_tied():
    network = build_network(streets([(0, 0), (100, 0)]))
    ties = tie(shapely.points([(50, 200.0), (50, 200.1)]), network)
    assert ties.untied.tolist() == [False, True]
    assert np.isnan(ties.along_m[1])


def test_a_building_over_the_street_has_no_offset():
    network = build_network(streets([(0, 0), (100, 0)]))
    ties = tie([shapely.box(40, -10, 60, 10)], network)
    assert ties.offset_m.tolist() == [0.0]


def test_missing_and_empty_shapes_are_untied():
    network = build_network(streets([(0, 0), (100, 0)]))
    assert tie([None, shapely.Point(), shapely.Point(5, 5)], network).edge.tolist() == [-1, -1, 0]
    assert len(tie([], network)) == 0


def test_of_equally_near_edges_the_lowest_number_is_taken():
    network = build_network(streets([(0, 0), (100, 0)], [(0, 20), (100, 20)]))
    assert tie([shapely.Point(50, 10)], network).edge.tolist() == [0]


def test_ties_are_where_shapely_says():
    network = build_network(lattice(8))
    draw = np.random.default_rng(2)
    points = shapely.points(draw.uniform(-100, 700, (200, 2)))
    ties = tie(points, network)
    union = shapely.union_all(network.geometry)
    distance = shapely.distance(points, union)
    assert (ties.untied == (distance > 200)).all()
    assert ties.offset_m[~ties.untied] == pytest.approx(distance[~ties.untied])


def test_a_tie_at_an_end_takes_no_time_or_the_whole_edge():
    network = build_network(streets([(0, 0), (100, 0)]), hills)
    places = anchors_of(network, tie(shapely.points([(-10, 0), (110, 0)]), network))
    assert places.forward_s.tolist() == [0.0, network.forward_s[0]]
    assert places.backward_s.tolist() == [0.0, network.backward_s[0]]
    assert places.offset_s == pytest.approx(10 / 1.1)


def test_doors_are_listed_by_edge_and_untied_ones_nowhere():
    network = build_network(streets([(0, 0), (100, 0)], [(0, 500), (100, 500)]))
    doors = doors_of(network, tie(shapely.points([(5, 499), (5, 250), (5, 1), (9, 1)]), network))
    listed = [doors.order[a:b].tolist() for a, b in zip(doors.start, doors.start[1:], strict=False)]
    assert listed == [[2, 3], [0]]
    assert len(doors) == 4
