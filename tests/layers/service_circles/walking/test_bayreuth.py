"""The real extract with its real elevation."""

import numpy as np
import pytest
import rasterio
import shapely

from layers.kit.ground.elevation import Elevation
from layers.service_circles.areas import lay_raster, station_areas
from layers.service_circles.walking.compute import nearest, reaches
from layers.service_circles.walking.faults import judge_streets
from layers.service_circles.walking.network import build_network
from layers.service_circles.walking.slopes import HeightOf
from layers.service_circles.walking.ties import anchors_of, doors_of, tie
from tests.layers.service_circles import bayreuth
from tests.layers.service_circles.towns import oracle_seconds

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def town(shared_data):
    streets, buildings, stations = bayreuth.read(shared_data)
    with rasterio.open(shared_data / "osm_bayreuth" / "bayreuth_srtm.tif") as raster:
        grid = raster.transform
        elevation = Elevation(
            raster.read(1).astype(np.float32), grid.c, grid.f, grid.a, -grid.e, raster.crs.to_epsg()
        )
    network = build_network(streets, HeightOf(elevation, bayreuth.SRID))
    homes = tie(buildings.geometry.values, network)
    places = anchors_of(network, tie(stations.geometry.values[:20], network))
    return network, homes, places


def test_the_extract_becomes_a_network_with_heights_everywhere(town):
    network, homes, _ = town
    assert len(network.u) > 3000
    assert network.findings == ()
    assert 285 <= network.z.min() < network.z.max() <= 608
    assert homes.untied.sum() < 0.01 * len(homes)
    assert (homes.offset_m[~homes.untied] >= 0).all()


def test_coverage_of_real_buildings_equals_networkx_household_by_household(town):
    network, homes, places = town
    few = homes.take(np.arange(0, len(homes), 9))
    expected = oracle_seconds(network, anchors_of(network, few), places.take(range(4)))
    for s, found in enumerate(reaches(network, doors_of(network, few), places.take(range(4)), 900)):
        assert found.doors.tolist() == np.flatnonzero(np.round(expected[:, s], 3) <= 900).tolist()


def test_slopes_change_who_is_covered_and_flat_land_does_not(town):
    network, homes, places = town
    doors = doors_of(network, homes)
    up = nearest(network, doors, places, 900.0).station >= 0
    back = nearest(network, doors, places, 900.0, "from_station").station >= 0
    both = nearest(network, doors, places, 1800.0, "round_trip").station >= 0
    assert (up != back).sum() > 0
    assert not (both & ~up & ~back).any()


def test_drawn_areas_of_real_streets_are_valid_and_agree_with_the_doors(town):
    network, homes, places = town
    raster = lay_raster(network)
    doors = shapely.points(homes.door_x, homes.door_y)
    wrong = covered = 0
    for s, found in enumerate(reaches(network, doors_of(network, homes), places, 900.0)):
        five, fifteen = station_areas(network, raster, places.one(s), [300.0, 900.0])
        assert five.is_valid
        assert fifteen.is_valid
        assert five.difference(fifteen).area < 1e-3
        truth = np.zeros(len(homes), bool)
        truth[found.doors] = True
        wrong += int((shapely.contains(fifteen, doors) != truth).sum())
        covered += len(found.doors)
    assert wrong / covered <= 0.015


def test_real_islands_are_listed(town):
    islands = [f for f in judge_streets(town[0]) if f.code == "street_island"]
    assert islands
    assert all(f.geometry.length > 0 for f in islands)
