from concurrent.futures import ThreadPoolExecutor

import numpy as np
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from layers.service_circles.walking.compute import nearest, reach, reaches
from layers.service_circles.walking.network import Network, build_network
from layers.service_circles.walking.ties import anchors_of, doors_of, tie
from tests.layers.service_circles.towns import (
    hills,
    lattice,
    one,
    oracle_seconds,
    points,
    small_towns,
    streets,
)
from tests.properties import examples

quick = settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])


def town(size=14, seed=1, doors=400, stations=12, height=hills):
    network = build_network(lattice(size, seed=seed), height)
    draw = np.random.default_rng(seed)
    side = size * 80.0
    homes = tie(shapely.points(draw.uniform(-50, side, (doors, 2))), network)
    places = tie(shapely.points(draw.uniform(0, side, (stations, 2))), network)
    return network, doors_of(network, homes), anchors_of(network, places)


def scipy_nodes(network: Network, node: int, turned: bool) -> np.ndarray:
    best: dict[tuple[int, int], float] = {}
    for u, v, f, b in zip(network.u, network.v, network.forward_s, network.backward_s, strict=True):
        for a, c, w in ((u, v, f), (v, u, b)):
            best[a, c] = min(best.get((a, c), np.inf), w)
    (rows, columns), weights = zip(*best, strict=True), list(best.values())
    size = (len(network.x), len(network.x))
    graph = coo_matrix((weights, (rows, columns)), size).tocsr()
    return dijkstra(graph.T if turned else graph, indices=node)


def test_times_to_a_station_on_a_node_equal_scipy_on_the_reversed_graph():
    network = build_network(lattice(14), hills)
    every_node = tie(shapely.points(network.x, network.y), network)
    doors = doors_of(network, every_node)
    station = anchors_of(network, every_node.take([37]))
    for direction, turned in (("to_station", True), ("from_station", False)):
        got = nearest(network, doors, station, direction=direction).walk_s
        expected = scipy_nodes(network, 37, turned)
        assert (np.isnan(got) == np.isinf(expected)).all()
        assert np.nanmax(np.abs(got - np.where(np.isinf(expected), np.nan, expected))) <= 0.001


def test_times_of_buildings_equal_networkx_with_every_door_as_a_node():
    network, doors, stations = town(size=8, doors=120, stations=5)
    expected = oracle_seconds(network, doors.places, stations)
    for s, found in enumerate(reaches(network, doors, stations, 900.0)):
        inside = np.flatnonzero(np.round(expected[:, s], 3) <= 900.0)
        assert found.doors.tolist() == inside.tolist()
        assert np.abs(found.walk_s - expected[inside, s]).max(initial=0) <= 0.001


def test_one_station_alone_has_the_same_reach_as_among_all():
    network, doors, stations = town()
    for direction in ("to_station", "from_station", "round_trip"):
        for s, found in enumerate(reaches(network, doors, stations, 600.0, direction)):
            alone = reach(network, doors, one(stations, s), 600.0, direction)
            assert (found.doors == alone.doors).all()
            assert (found.walk_s == alone.walk_s).all()


def test_the_nearest_station_is_the_least_of_all_reaches():
    network, doors, stations = town()
    for direction in ("to_station", "from_station", "round_trip"):
        least = np.full(len(doors), np.inf)
        for found in reaches(network, doors, stations, 900.0, direction):
            least[found.doors] = np.minimum(least[found.doors], found.walk_s)
        got = nearest(network, doors, stations, 900.0, direction)
        assert (np.nan_to_num(got.walk_s, nan=np.inf) == least).all()
        assert ((got.station >= 0) == np.isfinite(least)).all()


def test_exactly_900_seconds_is_inside_and_a_millisecond_more_is_not():
    # 990 m at 1.1 m/s = 900 s; 990.0011 m = 900.001 s.
    network = build_network(streets([(0, 0), (2000, 0)]))
    homes = tie(shapely.points([(990.0, 0), (990.0011, 0), (990.0004, 0)]), network)
    station = anchors_of(network, tie([shapely.Point(0, 0)], network))
    found = reach(network, doors_of(network, homes), station, 900.0)
    assert found.doors.tolist() == [0, 2]
    assert found.walk_s.tolist() == [900.0, 900.0]  # 990.0004 / 1.1 = 900.00036 → 900.000


def test_two_doors_on_one_edge_walk_straight_between_them():
    # A long loop: from 40 m to 60 m along it is 20 m, and never once around.
    network = build_network(streets([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]))
    homes = tie(shapely.points([(40, 0), (0, 40)]), network)
    station = anchors_of(network, tie([shapely.Point(60, 0)], network))
    got = nearest(network, doors_of(network, homes), station).walk_s
    # 20 m; and from (0, 40) by the closing corner: 40 + 60 = 100 m.
    assert got.tolist() == [round(20 / 1.1, 3), round(100 / 1.1, 3)]


def test_off_street_metres_are_walked_at_the_off_street_speed():
    network = build_network(streets([(0, 0), (500, 0)]))
    homes = tie(shapely.points([(200, 30)]), network)
    station = anchors_of(network, tie([shapely.Point(100, -20)], network))
    got = nearest(network, doors_of(network, homes), station).walk_s
    assert got.tolist() == [round((30 + 100 + 20) / 1.1, 3)]


def test_no_stations_cover_nobody():
    network, doors, stations = town(stations=3)
    nobody = nearest(network, doors, one(stations, 3), 900.0)
    assert (nobody.station == -1).all()
    assert np.isnan(nobody.walk_s).all()
    assert reaches(network, doors, one(stations, 3), 900.0) == ()


def test_a_station_far_from_any_street_covers_nobody_and_harms_no_other():
    network, doors, stations = town(stations=3)
    far = anchors_of(network, tie([shapely.Point(-3000, 0)], network))
    assert far.edge[0] == -1
    assert len(reach(network, doors, far, 900.0).doors) == 0
    both = [
        np.concatenate([getattr(far, name), getattr(stations, name)])
        for name in ("edge", "forward_s", "backward_s", "offset_s")
    ]
    with_far = nearest(network, doors, type(far)(*both), 900.0)
    alone = nearest(network, doors, stations, 900.0)
    assert np.array_equal(with_far.walk_s, alone.walk_s, equal_nan=True)
    assert (with_far.station == np.where(alone.station < 0, -1, alone.station + 1)).all()


def test_of_two_stations_at_one_place_the_first_is_named():
    network, doors, stations = town(stations=1)
    twice = type(stations)(
        *(np.tile(getattr(stations, n), 2) for n in ("edge", "forward_s", "backward_s", "offset_s"))
    )
    assert set(nearest(network, doors, twice).station.tolist()) <= {-1, 0}


def test_a_household_beyond_a_gap_in_the_streets_is_unreachable():
    network = build_network(streets([(0, 0), (100, 0)], [(100.5, 0), (200, 0)]))
    homes = tie(shapely.points([(50, 0), (150, 0)]), network)
    station = anchors_of(network, tie([shapely.Point(0, 0)], network))
    got = nearest(network, doors_of(network, homes), station)
    assert got.station.tolist() == [0, -1]
    assert np.isnan(got.walk_s[1])


@quick
@given(small_towns(), points, points)
def test_any_small_town_agrees_with_networkx(frame, homes, places):
    network = build_network(frame, hills)
    doors = doors_of(network, tie(shapely.points(homes), network))
    stations = anchors_of(network, tie(shapely.points(places), network))
    expected = oracle_seconds(network, doors.places, stations)
    got = nearest(network, doors, stations)
    least = expected.min(axis=1)
    assert (np.isnan(got.walk_s) == np.isinf(least)).all()
    some = np.isfinite(least)
    assert np.abs(got.walk_s[some] - least[some]).max(initial=0) <= 0.001
    named = expected[np.flatnonzero(some), got.station[some]]
    assert np.abs(named - least[some]).max(initial=0) <= 1e-6


@quick
@given(small_towns(), points, points)
def test_five_minutes_lie_within_ten_and_ten_within_fifteen(frame, homes, places):
    network = build_network(frame, hills)
    doors = doors_of(network, tie(shapely.points(homes), network))
    stations = anchors_of(network, tie(shapely.points(places), network))
    five, ten, fifteen = (
        set(np.flatnonzero(nearest(network, doors, stations, s).station >= 0).tolist())
        for s in (300.0, 600.0, 900.0)
    )
    assert five <= ten <= fifteen


@quick
@given(small_towns(), points, points)
def test_turning_the_land_upside_down_swaps_the_directions(frame, homes, places):
    up = build_network(frame, hills)
    down = build_network(frame, lambda x, y: -hills(x, y))
    times = []
    for network, direction in ((up, "to_station"), (down, "from_station")):
        doors = doors_of(network, tie(shapely.points(homes), network))
        stations = anchors_of(network, tie(shapely.points(places), network))
        times.append(nearest(network, doors, stations, direction=direction).walk_s)
    assert np.allclose(*times, rtol=0, atol=0.001, equal_nan=True)


@quick
@given(small_towns(), points, points, st.tuples(st.floats(0, 300), st.floats(0, 300)))
def test_one_station_more_never_loses_a_household(frame, homes, places, new):
    network = build_network(frame, hills)
    doors = doors_of(network, tie(shapely.points(homes), network))
    before = nearest(network, doors, anchors_of(network, tie(shapely.points(places), network)))
    after = nearest(
        network, doors, anchors_of(network, tie(shapely.points([*places, new]), network))
    )
    assert (
        np.nan_to_num(after.walk_s, nan=np.inf) <= np.nan_to_num(before.walk_s, nan=np.inf)
    ).all()


@quick
@given(small_towns(), points, points, st.data())
def test_one_street_more_never_loses_a_household_that_keeps_its_door(frame, homes, places, data):
    # A new street between two old nodes; doors and stations stay tied where they were.
    network = build_network(frame)
    a, b = (data.draw(st.integers(0, len(network.x) - 1)) for _ in "ab")
    line = [(network.x[a], network.y[a]), (network.x[a] + 7, network.y[b] + 911)]
    line.append((network.x[b], network.y[b]))
    longer = build_network(streets(*[g.coords for g in frame.geometry], line))
    home_ties, place_ties = (tie(shapely.points(p), network) for p in (homes, places))
    # Streets are numbered in their order, so the old edges come first and keep their numbers.
    assert (longer.length_m[: len(network.u)] == network.length_m).all()
    before = nearest(network, doors_of(network, home_ties), anchors_of(network, place_ties))
    after = nearest(longer, doors_of(longer, home_ties), anchors_of(longer, place_ties))
    old, new = (np.nan_to_num(n.walk_s, nan=np.inf) for n in (before, after))
    assert (new <= old).all()


def test_searches_in_several_threads_do_not_disturb_each_other():
    network, doors, stations = town()
    expected = reaches(network, doors, stations, 600.0)
    with ThreadPoolExecutor(4) as pool:
        again = list(
            pool.map(
                lambda s: reach(network, doors, stations.one(s % len(stations)), 600.0), range(96)
            )
        )
    for s, found in enumerate(again):
        assert np.array_equal(found.doors, expected[s % len(stations)].doors)
        assert np.array_equal(found.walk_s, expected[s % len(stations)].walk_s)
