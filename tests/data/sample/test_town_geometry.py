"""The land: nothing overlaps, nothing is cut, everything is reached."""

from __future__ import annotations

import hashlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from data.sample.counties.declared import COUNTIES
from data.sample.town import Town, make_town
from data.sample.valley.streets import HALF_WIDTH_M
from tests.data.sample.conftest import KEYS


@pytest.mark.parametrize("key", KEYS)
def test_buildings_are_valid_and_never_overlap(towns: dict[str, Town], key: str) -> None:
    shapes = towns[key].buildings.geometry.values
    assert shapely.is_valid(shapes).all()
    assert (shapely.area(shapes) >= 25).all()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (a == b).all()


@pytest.mark.parametrize("key", KEYS)
def test_buildings_keep_off_streets_and_water(towns: dict[str, Town], key: str) -> None:
    town = towns[key]
    tree = shapely.STRtree(town.buildings.geometry.values)
    width = np.array([HALF_WIDTH_M[c] for c in town.streets["class"]])
    road = shapely.buffer(town.streets.geometry.values, width)
    assert tree.query(road, predicate="intersects").shape[1] == 0
    assert tree.query(town.water.geometry.values, predicate="intersects").shape[1] == 0


@pytest.mark.parametrize("key", KEYS)
def test_communities_tile_the_town(towns: dict[str, Town], key: str) -> None:
    divisions = towns[key].divisions
    shapes = divisions[divisions["kind"] == "community"].geometry.values
    county = divisions.geometry.iloc[0]
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert all(shape.geom_type == "Polygon" for shape in shapes)
    union = shapely.union_all(shapes)
    assert union.geom_type == "Polygon"
    assert not union.interiors  # no hole that a coverage check would not see
    assert union.symmetric_difference(county).area < 1e-6
    upper = divisions[divisions["kind"] == "subdistrict"].geometry.values
    assert shapely.union_all(upper).symmetric_difference(county).area < 1e-6


@pytest.mark.parametrize("key", KEYS)
def test_no_building_crosses_a_community_border(towns: dict[str, Town], key: str) -> None:
    town = towns[key]
    shape = town.divisions.set_index("code").geometry
    own = shape.reindex(town.buildings["community_code"]).values
    assert shapely.contains_properly(own, town.buildings.geometry.values).all()


@pytest.mark.parametrize("key", KEYS)
def test_estates_hold_their_buildings(towns: dict[str, Town], key: str) -> None:
    town = towns[key]
    shape = town.estates.set_index("id").geometry
    mine = town.buildings[town.buildings["estate_id"].notna()]
    held = shapely.contains(shape.reindex(mine["estate_id"]).values, mine.geometry.values)
    assert held.all()


@pytest.mark.parametrize("key", KEYS)
def test_streets_are_one_network_joined_at_shared_vertices(
    towns: dict[str, Town], key: str
) -> None:
    lines = towns[key].streets.geometry.values
    assert shapely.is_simple(lines).all()
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    _, node = np.unique(shapely.get_coordinates(ends), axis=0, return_inverse=True)
    u, v = np.split(node.ravel(), 2)
    n = int(node.max()) + 1
    graph = coo_matrix((np.ones(len(u)), (u, v)), shape=(n, n))
    assert connected_components(graph, directed=False)[0] == 1
    # no two streets cross without a shared vertex
    a, _ = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert len(a) == 0
    assert set(towns[key].streets["class"]) <= set(HALF_WIDTH_M) - {"border"}


@pytest.mark.parametrize("key", KEYS)
def test_every_dwelling_is_within_reach_of_a_street(towns: dict[str, Town], key: str) -> None:
    town = towns[key]
    tree = shapely.STRtree(town.streets.geometry.values)
    _, away = tree.query_nearest(
        town.buildings.geometry.values, return_distance=True, all_matches=False
    )
    assert float(away.max()) <= 75


@pytest.mark.parametrize("key", KEYS)
def test_elevation_covers_the_town_with_a_margin(towns: dict[str, Town], key: str) -> None:
    town = towns[key]
    e = town.elevation
    rows, columns = e.values.shape
    west, south, east, north = town.divisions.total_bounds
    assert e.west < west - 100
    assert e.west + columns * e.cell_x > east + 100
    assert e.north > north + 100
    assert e.north - rows * e.cell_y < south - 100
    assert np.isfinite(e.values).all()
    centre = shapely.centroid(town.buildings.geometry.values)
    height = e.sample(shapely.get_x(centre), shapely.get_y(centre))
    assert float(np.ptp(height)) < 160  # the town lies in the valley, not on the ridges


@pytest.mark.parametrize("key", KEYS)
def test_the_town_lies_at_its_county_seat(towns: dict[str, Town], key: str) -> None:
    county = COUNTIES[key]
    there = towns[key].divisions.geometry.iloc[[0]].centroid.to_crs(4490).iloc[0]
    assert abs(there.x - county.lon) < 0.03
    assert abs(there.y - county.lat) < 0.03


def digest(town: Town) -> str:
    """Hash all frames of a town, geometry as WKB."""
    found = hashlib.sha256()
    for name in sorted(Town.__slots__):
        part = getattr(town, name)
        if isinstance(part, gpd.GeoDataFrame):
            found.update(b"".join(part.geometry.to_wkb()))
            part = pd.DataFrame(part.drop(columns="geometry"))
        if isinstance(part, pd.DataFrame):
            found.update(part.to_csv().encode())
        elif hasattr(part, "values") and not isinstance(part, dict):
            found.update(part.values.tobytes())
        else:
            found.update(repr(part).encode())
    return found.hexdigest()


@pytest.mark.parametrize("key", ["sansui", "liping"])
def test_the_same_declaration_gives_the_same_town(towns: dict[str, Town], key: str) -> None:
    np.random.seed(1)  # a global state that must not matter
    assert digest(make_town(COUNTIES[key])) == digest(towns[key])
