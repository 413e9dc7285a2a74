"""How a county says that people walk: limits, sources, slopes; there and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from layers.kit.errors import InputError
from layers.service_circles.travel.profiles import make_profiles, next_own, read_profile
from layers.service_circles.travel.response import DRIVABLE
from layers.service_circles.walking.compute import nearest, reaches
from layers.service_circles.walking.network import ADULT, build_network, turned, with_profile
from layers.service_circles.walking.ties import anchors_of, doors_of, tie
from tests.layers.service_circles.towns import hills, lattice

WALK: dict[str, Any] = {
    "key": "elderly", "title": "", "flat_speed_m_s": 0.7, "off_street_speed_m_s": 0.6,
    "steps_factor": 2, "has_slopes": True, "source": "实测",
}  # fmt: skip
DRIVE: dict[str, Any] = {
    "key": "vehicle", "off_street_speed_m_s": 1.0, "start_s": 90, "source": "消防大队",
    "speeds_km_h": dict.fromkeys(DRIVABLE, 25),
}  # fmt: skip


def test_a_countys_figures_stand_before_the_defaults_and_the_policys_speed_is_the_adults() -> None:
    plain = make_profiles((), 1.2)
    assert plain.walker("adult").flat_speed_m_s == plain.walker("adult").off_street_speed_m_s == 1.2
    own = {**WALK, "key": "own1", "title": "推婴儿车"}
    made = make_profiles([read_profile(WALK), read_profile(own), read_profile(DRIVE)], 1.2)
    assert made.walker("elderly").steps_factor == 2
    assert made.walker("own1").source == "实测"
    assert made.titles == {"own1": "推婴儿车"}
    assert made.vehicle.start_s == 90
    assert made.vehicle.speeds_km_h["lane"] == 25
    with pytest.raises(InputError):
        made.walker("own2")


@pytest.mark.parametrize(
    "wrong",
    [{"key": "dog"}, {"flat_speed_m_s": 0}, {"flat_speed_m_s": "fast"}, {"flat_speed_m_s": None},
     {"off_street_speed_m_s": 9}, {"steps_factor": 0.1}, {"source": "  "},
     {"key": "own1", "title": " "}, {"flat_speed_m_s": float("nan")}],
)  # fmt: skip
def test_a_walker_that_nobody_could_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        read_profile({**WALK, **wrong})


@pytest.mark.parametrize(
    "wrong",
    [{"speeds_km_h": {}}, {"speeds_km_h": dict.fromkeys(DRIVABLE, 200)}, {"start_s": 10_000},
     {"source": ""}],
)  # fmt: skip
def test_a_vehicle_that_nobody_could_drive_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        read_profile({**DRIVE, **wrong})


def test_own_profiles_are_numbered_and_bounded() -> None:
    assert next_own(["adult", "own1", "own3"]) == "own4"
    with pytest.raises(InputError):
        next_own([f"own{n}" for n in range(1, 9)])


def test_without_slopes_both_directions_take_the_same_seconds() -> None:
    steep = build_network(lattice(6), hills)
    flat = with_profile(steep, replace(ADULT, has_slopes=False))
    assert np.allclose(flat.forward_s, flat.length_m / ADULT.flat_speed_m_s)
    assert np.array_equal(flat.forward_s, flat.backward_s)
    assert not np.allclose(steep.forward_s, steep.backward_s)


def test_a_turned_network_answers_the_other_direction() -> None:
    network = build_network(lattice(8), hills)
    draw = np.random.default_rng(2)
    homes, stands = (tie(shapely.points(draw.uniform(0, 600, (n, 2))), network) for n in (80, 6))
    back = turned(network)
    there = nearest(back, doors_of(back, homes), anchors_of(back, stands))
    away = nearest(
        network, doors_of(network, homes), anchors_of(network, stands), direction="from_station"
    )
    assert np.array_equal(there.walk_s, away.walk_s, equal_nan=True)
    assert np.array_equal(there.station, away.station)


def test_there_and_back_is_the_least_sum_over_all_stations_however_far() -> None:
    network = build_network(lattice(30, step_m=220.0), hills)
    draw = np.random.default_rng(5)
    # Both stations in one corner: the other corner is two hours away.
    homes = tie(shapely.points(draw.uniform(0, 6500, (150, 2))), network)
    stands = tie(shapely.points(draw.uniform(0, 600, (3, 2))), network)
    doors, places = doors_of(network, homes), anchors_of(network, stands)
    least = np.full(len(doors), np.inf)
    for one in reaches(network, doors, places, np.inf, "round_trip"):
        least[one.doors] = np.minimum(least[one.doors], one.walk_s)
    found = nearest(network, doors, places, direction="round_trip")
    assert np.array_equal(np.nan_to_num(found.walk_s, nan=np.inf), least)
    assert np.nanmax(found.walk_s) > 7200
