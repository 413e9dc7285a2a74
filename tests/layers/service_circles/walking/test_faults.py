import numpy as np
import shapely

from layers.service_circles.walking.faults import judge_stations, judge_streets, parts_of
from layers.service_circles.walking.network import build_network
from layers.service_circles.walking.ties import tie
from tests.layers.service_circles.towns import streets


def codes(frame):
    return [f.code for f in judge_streets(build_network(frame)) if f.code != "street_island"]


def test_a_crossing_without_a_shared_vertex_is_found_with_both_rows():
    found = judge_streets(build_network(streets([(0, 0), (100, 0)], [(50, -50), (50, 50)])))
    crossing = found[0]
    assert (crossing.code, crossing.row, crossing.values["other_row"]) == ("street_crossing", 1, 2)
    assert crossing.geometry.equals(shapely.Point(50, 0))


def test_bridges_tunnels_and_other_layers_may_cross():
    lines = ([(0, 0), (100, 0)], [(50, -50), (50, 50)])
    assert codes(streets(*lines, bridge=[True, False])) == []
    assert codes(streets(*lines, tunnel=[False, True])) == []
    assert codes(streets(*lines, layer=[0, 1])) == []


def test_a_shared_vertex_is_no_crossing():
    assert codes(streets([(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)])) == []


def test_an_end_that_stops_short_of_a_street_is_found():
    found = codes(streets([(0, 0), (100, 0)], [(50, 0.3), (50, 50)]))
    assert found == ["street_end_near"]
    assert codes(streets([(0, 0), (100, 0)], [(50, 3), (50, 50)])) == []


def test_islands_are_found_but_not_the_main_part():
    network = build_network(streets([(0, 0), (500, 0)], [(0, 90), (40, 90)], [(0, 200), (30, 200)]))
    islands = [f for f in judge_streets(network) if f.code == "street_island"]
    assert [(f.row, f.values["length_m"]) for f in islands] == [(2, 40), (3, 30)]
    part, length_m = parts_of(network)
    assert part.tolist() == [0, 1, 2]
    assert length_m.tolist() == [500.0, 40.0, 30.0]


def test_stations_in_the_river_and_doubled_stations_are_found():
    network = build_network(streets([(0, 0), (100, 0)]))
    points = np.array([shapely.Point(*p) for p in ((5, 0), (5, 3000), (5, 120), (5, 0))])
    found = judge_stations(tie(points, network), points)
    assert [(f.code, f.row) for f in found] == [
        ("station_untied", 2),
        ("station_off_street", 3),
        ("station_same_place", 4),
    ]
