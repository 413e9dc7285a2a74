"""Streets within reach: the last one ends where the time does."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings

from layers.service_circles.travel.response import CRUISER, lay_roads
from layers.service_circles.travel.streets import lines_of, reached_streets
from layers.service_circles.travel.way import Travel, by_vehicle, on_foot
from layers.service_circles.walking.network import ADULT, build_network
from layers.service_circles.walking.ties import Ties, tie
from tests.layers.service_circles.towns import hills, lattice, points, small_towns, streets
from tests.properties import examples

WALK_1 = replace(ADULT, flat_speed_m_s=1.0, off_street_speed_m_s=1.0)


def test_a_street_is_drawn_as_far_as_the_time_allows() -> None:
    network = build_network(
        streets([(0, 0), (500, 0), (1000, 0)], [(500, 0), (500, 300)]), None, WALK_1
    )
    stations = tie(shapely.points([(400.0, 20.0)]), network)
    (found,) = reached_streets(on_foot(network), on_foot(network).stations(stations), [220.0])
    # 20 s off the street leave 200 m: 200–600 on the long one, 100 m of the other.
    reached = shapely.union_all(lines_of(network, found))
    assert reached.length == pytest.approx(500.0)
    assert reached.bounds == pytest.approx((200.0, 0.0, 600.0, 100.0))


def test_there_and_back_is_half_as_far_on_the_flat() -> None:
    network = build_network(streets([(0, 0), (1000, 0)]), None, WALK_1)
    stations = tie(shapely.points([(500.0, 0.0)]), network)
    travel = on_foot(network, is_round_trip=True)
    short, long = reached_streets(travel, travel.stations(stations), [200.0, 5000.0])
    assert shapely.total_bounds(lines_of(network, short)).tolist() == [400.0, 0.0, 600.0, 0.0]
    assert shapely.length(lines_of(network, long)).sum() == 1000.0


def _check(travel: Travel, walking_edges: int, homes: Ties, stations: Ties, limit_s: float) -> None:
    """Points on streets are drawn exactly where a door on the street is within the limit."""
    places = travel.stations(stations)
    (found,) = reached_streets(travel, places, [limit_s])
    network = travel.network
    edges = np.arange(walking_edges, dtype=np.int32)
    share = np.array([0.02, 0.31, 0.5, 0.77, 0.98])
    edge = np.repeat(edges, len(share))
    along = np.tile(share, len(edges)) * network.length_m[edge]
    nothing = np.zeros(len(edge))
    spots = Ties(edge, along, nothing, *(np.full(len(edge), np.nan) for _ in range(4)))
    if travel.roads is None:
        seconds = travel.nearest(travel.doors(spots), places).walk_s
    else:  # where a vehicle can stand: the driven twin alone
        turned = replace(travel, roads=None)
        seconds = turned.nearest(turned.doors(spots), replace(places, on_foot=None), 1e5).walk_s
    seconds = np.nan_to_num(seconds, nan=np.inf)
    drawn = np.zeros(len(edge), bool)
    for e, a, b in zip(found.edge, found.start_m, found.end_m, strict=True):
        drawn |= (edge == e) & (along >= a - 1e-9) & (along <= b + 1e-9)
    sure = np.abs(seconds - limit_s) > 0.01
    assert (drawn[sure] == (seconds <= limit_s)[sure]).all()


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])
@given(small_towns(), points)
def test_what_is_drawn_is_what_a_door_on_the_street_would_say(
    frame: gpd.GeoDataFrame, stands: list[tuple[float, float]]
) -> None:
    network = build_network(frame, hills)
    stations = tie(shapely.points(stands), network)
    for limit_s in (20.0, 90.0):
        _check(on_foot(network), len(network.u), stations, stations, limit_s)
        travel = on_foot(network, is_round_trip=True)
        _check(travel, len(network.u), stations, stations, 2 * limit_s)


def test_driven_streets_are_those_that_a_vehicle_reaches() -> None:
    draw = np.random.default_rng(3)
    frame = lattice(8, seed=3)
    frame["class"] = draw.choice(["street", "lane", "steps"], len(frame))
    frame["oneway"] = draw.random(len(frame)) < 0.3
    roads = lay_roads(build_network(frame, hills), CRUISER)
    stations = tie(shapely.points(draw.uniform(0, 600, (3, 2))), roads.network)
    for limit_s in (70.0, 100.0):
        _check(by_vehicle(roads), roads.first_walked, stations, stations, limit_s)
