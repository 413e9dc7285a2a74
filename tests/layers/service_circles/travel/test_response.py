"""Vehicles that come to a door: against networkx with every place as a node, and by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.coverage_gaps.answers.way import find_ways
from layers.kit.errors import InputError
from layers.service_circles.travel.response import CRUISER, DRIVABLE, VehicleProfile, lay_roads
from layers.service_circles.travel.way import Travel, by_vehicle
from layers.service_circles.walking.network import Network, build_network
from layers.service_circles.walking.ties import Ties, tie
from tests.layers.service_circles.towns import CRS, hills, lattice, points, small_towns, streets
from tests.properties import examples

CLASSES = (*DRIVABLE, "path", "steps")
quick = settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])


def classed(frame: gpd.GeoDataFrame, seed: int, oneway: float = 0.3) -> gpd.GeoDataFrame:
    draw = np.random.default_rng(seed)
    frame = frame.copy()
    frame["class"] = draw.choice(CLASSES, len(frame))
    frame.loc[frame.index[0], "class"] = "street"
    frame["oneway"] = draw.random(len(frame)) < oneway
    return frame


def answers(travel: Travel, homes: Ties, stations: Ties, limit_s: float) -> np.ndarray:
    """Return seconds (door, station), infinite beyond the limit."""
    doors, places = travel.doors(homes), travel.stations(stations)
    seconds = np.full((len(homes), len(stations)), np.inf)
    for s, found in enumerate(travel.reaches(doors, places, limit_s)):
        seconds[found.doors, s] = found.walk_s
    return seconds


def oracle(
    walking: Network, vehicle: VehicleProfile, homes: Ties, at: Ties, afoot: Ties
) -> np.ndarray:
    """The same by networkx: nodes driven to and walked to, every door and station a node.

    ``at``: the stations' ties to driven streets, ``afoot``: to any, both in numbers of the walking
    network's own edges.
    """
    graph = nx.DiGraph()

    def link(a: object, b: object, seconds: float) -> None:
        if not graph.has_edge(a, b) or graph[a][b]["weight"] > seconds:
            graph.add_edge(a, b, weight=seconds)

    for node in range(len(walking.x)):
        link(("driven", node), ("walked", node), 0.0)
    for e in range(len(walking.u)):
        u, v, length = int(walking.u[e]), int(walking.v[e]), float(walking.length_m[e])
        here = [d for d in range(len(homes)) if homes.edge[d] == e]
        forward, backward = walking.seconds_at(np.full(len(here), e, np.int32), homes.along_m[here])
        stops = [(0.0, 0.0, ("walked", u))]
        some = [s for s in range(len(afoot)) if afoot.edge[s] == e]
        out_f, out_b = walking.seconds_at(np.full(len(some), e, np.int32), afoot.along_m[some])
        stops += sorted(
            [
                (float(f), float(b), ("spot", d))
                for f, b, d in zip(forward, backward, here, strict=True)
            ]
            + [
                (float(f), float(b), ("gate", s))
                for f, b, s in zip(out_f, out_b, some, strict=True)
            ]
        )
        stops.append((float(walking.forward_s[e]), float(walking.backward_s[e]), ("walked", v)))
        for a, b in pairwise(stops):
            link(a[2], b[2], b[0] - a[0])
            link(b[2], a[2], b[1] - a[1])
        kind = str(walking.street_class[e])
        if kind not in DRIVABLE:
            continue
        pace = 3.6 / vehicle.speeds_km_h[kind]
        stands = [s for s in range(len(at)) if at.edge[s] == e]
        marks: list[tuple[float, object]] = [(0.0, ("driven", u))]
        marks += sorted(
            [(float(homes.along_m[d]), ("stop", d)) for d in here]
            + [(float(at.along_m[s]), ("station", s)) for s in stands]
        )
        marks.append((length, ("driven", v)))
        for (a_m, a_node), (b_m, b_node) in pairwise(marks):
            link(a_node, b_node, (b_m - a_m) * pace)
            if not walking.oneway[e]:
                link(b_node, a_node, (b_m - a_m) * pace)
    seconds = np.full((len(homes), len(at)), np.inf)
    for s in range(len(at)):
        if ("station", s) not in graph:
            continue
        found = nx.single_source_dijkstra_path_length(graph, ("station", s))
        on_foot = nx.single_source_dijkstra_path_length(graph, ("gate", s))
        pace = walking.profile.off_street_speed_m_s
        gate = vehicle.start_s + float(afoot.offset_m[s]) / pace
        out = float(at.offset_m[s]) / (vehicle.speeds_km_h["service"] / 3.6) + vehicle.start_s
        for d in range(len(homes)):
            best = min(found.get(("spot", d), np.inf), found.get(("stop", d), np.inf)) + out
            best = min(best, gate + on_foot.get(("spot", d), np.inf))
            seconds[d, s] = best + float(homes.offset_m[d]) / pace
    return seconds


def town(seed: int, size: int = 7) -> tuple[Network, Ties, np.ndarray]:
    network = build_network(classed(lattice(size, seed=seed), seed), hills)
    draw = np.random.default_rng(seed)
    homes = tie(shapely.points(draw.uniform(-40, size * 80.0, (60, 2))), network)
    return network, homes, draw.uniform(0, size * 80.0, (5, 2))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_vehicles_come_when_networkx_says(seed: int) -> None:
    network, homes, stands = town(seed)
    roads = lay_roads(network, CRUISER)
    stations = tie(shapely.points(stands), roads.network)
    own = replace(stations, edge=np.flatnonzero(roads.driven >= 0)[stations.edge].astype(np.int32))
    afoot = tie(shapely.points(stands), network)
    expected = oracle(network, CRUISER, homes, own, afoot)
    got = answers(by_vehicle(roads), homes, stations, 1e5)
    assert (np.isinf(got) == np.isinf(expected)).all()
    known = ~np.isinf(got)
    assert known.sum() > 50
    assert np.abs(got[known] - expected[known]).max() <= 0.002


def test_a_street_by_hand() -> None:
    # 600 m of street at 30 km/h = 8⅓ m/s, then 110 m of steps at 1.1 m/s on the flat.
    frame = streets([(0, 0), (600, 0)], [(600, 0), (600, 110)])
    frame["class"] = ["street", "steps"]
    network = build_network(frame)
    roads = lay_roads(network, CRUISER)
    homes = tie(shapely.points([(300.0, 0.0), (600.0, 110.0), (300.0, 11.0)]), network)
    stations = tie(shapely.points([(0.0, 0.0)]), roads.network)
    (seconds,) = answers(by_vehicle(roads), homes, stations, 3600.0).T
    # 60 s to departure; 300 / 8⅓ = 36 s; 600 / 8⅓ = 72 s and 110 / 1.1 = 100 s; 11 / 1.1 = 10 s.
    assert seconds.tolist() == [96.0, 232.0, 106.0]
    (way,) = find_ways(by_vehicle(roads), homes.take([1]), stations)
    assert way.is_back
    assert way.walk_s == 232.0
    assert way.length_m == pytest.approx(710.0)
    assert way.steps_m == pytest.approx(110.0)


def test_a_one_way_street_is_driven_one_way_and_walked_both() -> None:
    # A square of 400 m, one way round; the station stands 100 m along its first side.
    ring = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    frame = streets(*([a, b] for a, b in pairwise(ring)))
    frame["class"], frame["oneway"] = "street", True
    network = build_network(frame)
    roads = lay_roads(network, CRUISER)
    stations = tie(shapely.points([(50.0, 0.0)]), roads.network)
    homes = tie(shapely.points([(100.0, 50.0), (40.0, 0.0)]), network)
    (seconds,) = answers(by_vehicle(roads), homes, stations, 3600.0).T
    pace = 3.6 / 30
    # 100 m ahead. The door 10 m behind: 390 m round, or 50 m on to the corner and 60 m back on
    # foot, but on foot from the station it is only 10 m.
    assert seconds[0] == pytest.approx(60 + 100 * pace, abs=1e-3)
    assert seconds[1] == pytest.approx(60 + 10 / 1.1, abs=1e-3)


@quick
@given(small_towns(), points, points, st.integers(0, 9))
def test_one_more_station_or_one_way_less_never_comes_later(
    frame: gpd.GeoDataFrame, homes: list[tuple[float, float]], stands: list, seed: int
) -> None:
    frame = classed(frame, seed, oneway=0.5)
    free = frame.assign(oneway=False)
    times = []
    for given_streets in (frame, free):
        network = build_network(given_streets)
        roads = lay_roads(network, CRUISER)
        travel = by_vehicle(roads)
        doors = tie(shapely.points(homes), network)
        stations = tie(shapely.points(stands), roads.network)
        seconds = answers(travel, doors, stations, 7200.0)
        all_of_them = travel.nearest(travel.doors(doors), travel.stations(stations), 7200.0)
        least = np.nan_to_num(all_of_them.walk_s, nan=np.inf)
        assert np.allclose(least, seconds.min(axis=1))
        times.append(least)
    assert (times[1] <= times[0] + 1e-6).all()


def test_in_a_town_of_steps_no_vehicle_comes() -> None:
    frame = gpd.GeoDataFrame(
        {"class": ["steps"]}, geometry=[shapely.LineString([(0, 0), (50, 0)])], crs=CRS
    )
    network = build_network(frame)
    roads = lay_roads(network, CRUISER)
    stations = tie(shapely.points([(0.0, 0.0)]), roads.network)
    assert stations.untied.all()
    assert np.isinf(answers(by_vehicle(roads), stations, stations, 900.0)).all()


def test_a_vehicle_without_speed_is_refused() -> None:
    with pytest.raises(InputError):
        VehicleProfile({"street": 30.0}, 1.1, 0.0, "")


def test_a_station_at_ones_own_door_is_there_on_foot() -> None:
    # 150 m of steps lead to the door; the vehicle would have to come round by them too.
    frame = streets([(0, 0), (600, 0)], [(600, 0), (600, 150)])
    frame["class"] = ["street", "steps"]
    network = build_network(frame)
    roads = lay_roads(network, CRUISER)
    homes = tie(shapely.points([(600.0, 150.0)]), network)
    stations = tie(shapely.points([(600.0, 139.0)]), roads.network)
    (seconds,) = answers(by_vehicle(roads), homes, stations, 3600.0).T
    assert seconds.tolist() == [70.0]  # 60 s to departure, 11 m at 1.1 m/s
    (way,) = find_ways(by_vehicle(roads), homes, stations)
    assert (way.walk_s, round(way.length_m)) == (70.0, 11)
