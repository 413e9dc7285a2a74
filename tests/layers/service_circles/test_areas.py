import numpy as np
import pytest
import shapely

from layers.kit.errors import InputError
from layers.service_circles.areas import all_stations_areas, lay_raster, station_areas
from layers.service_circles.walking.compute import nearest, reaches
from layers.service_circles.walking.network import build_network
from layers.service_circles.walking.ties import anchors_of, doors_of, tie
from tests.layers.service_circles.towns import hills, lattice, streets

LIMITS = [300.0, 600.0, 900.0]


@pytest.fixture(scope="module")
def town():
    network = build_network(lattice(30, seed=5), hills)
    draw = np.random.default_rng(5)
    # Houses stand 3 to 25 m beside a street.
    street = draw.integers(0, len(network.u), 6000)
    spot = shapely.line_interpolate_point(
        network.geometry[street], draw.random(6000), normalized=True
    )
    turn, away_m = draw.uniform(0, 2 * np.pi, 6000), draw.uniform(3, 25, 6000)
    xy = shapely.get_coordinates(spot) + np.stack([np.cos(turn), np.sin(turn)], 1) * away_m[:, None]
    homes = tie(shapely.points(xy), network)
    places = anchors_of(network, tie(shapely.points(draw.uniform(0, 2400, (6, 2))), network))
    return network, lay_raster(network), homes, places


def test_areas_are_valid_and_five_lies_within_ten_within_fifteen(town):
    network, raster, _, places = town
    for s in range(len(places)):
        five, ten, fifteen = station_areas(network, raster, places.one(s), LIMITS)
        assert all(area.is_valid and area.area > 0 for area in (five, ten, fifteen))
        assert five.difference(ten).area < 1e-3
        assert ten.difference(fifteen).area < 1e-3
        assert five.area < ten.area < fifteen.area


def test_the_area_of_all_stations_contains_each_one_s(town):
    network, raster, _, places = town
    union = all_stations_areas(network, raster, places, LIMITS)
    for s in range(len(places)):
        for whole, own in zip(
            union, station_areas(network, raster, places.one(s), LIMITS), strict=True
        ):
            assert own.difference(whole).area < 1e-3


def test_drawn_areas_agree_with_the_doors_to_a_hundredth_and_a_half(town):
    network, raster, homes, places = town
    lists = reaches(network, doors_of(network, homes), places, 900.0)
    doors = shapely.points(homes.door_x, homes.door_y)
    wrong = covered = 0
    for s, found in enumerate(lists):
        truth = np.zeros(len(homes), bool)
        truth[found.doors] = True
        drawn = shapely.contains(station_areas(network, raster, places.one(s), [900.0])[0], doors)
        wrong += int((drawn != truth).sum())
        covered += int(truth.sum())
    assert covered > 4000
    assert wrong / covered <= 0.015


def test_on_one_straight_street_the_area_ends_where_900_seconds_do():
    # 990 m along the street, both ways: the area spans 1,980 m but for a cell's interpolation.
    network = build_network(streets([(0, 0), (3000, 0)]))
    station = anchors_of(network, tie([shapely.Point(1500, 0)], network))
    (area,) = station_areas(network, lay_raster(network), station, [900.0])
    west, south, east, north = area.bounds
    assert (west, east) == pytest.approx((510, 2490), abs=3)
    assert (south, north) == pytest.approx((-200, 200), abs=25)  # where ties end, to a cell


def test_a_station_without_street_has_an_empty_area(town):
    network, raster, homes, _ = town
    far = anchors_of(network, tie([shapely.Point(-5000, 0)], network))
    assert [a.is_empty for a in station_areas(network, raster, far, LIMITS)] == [True] * 3
    nobody = all_stations_areas(network, raster, far.take([]), LIMITS)
    assert [a.is_empty for a in nobody] == [True] * 3
    assert np.isnan(nearest(network, doors_of(network, homes), far.take([])).walk_s).all()


def test_limits_may_come_in_any_order(town):
    network, raster, _, places = town
    up = station_areas(network, raster, places.one(0), [300.0, 900.0])
    down = station_areas(network, raster, places.one(0), [900.0, 300.0])
    assert [a.area for a in up] == [a.area for a in reversed(down)]


def test_streets_across_half_a_continent_are_refused():
    network = build_network(streets([(0, 0), (900_000, 900_000)]))
    with pytest.raises(InputError, match="draw a smaller area"):
        lay_raster(network)
