"""The other counties of the acceptance table: what was published is declared, and made."""

from __future__ import annotations

import pytest
import shapely

from data.sample.counties.declared import COUNTIES
from data.sample.organisations import Duty, make_duty
from data.sample.town import Town
from tests.data.sample.conftest import KEYS, stripes

# key: subdistricts, communities, grids, workers — 0 where the county published no number
PUBLISHED = {
    "chishui": (3, 17, 203, 0),
    "tianzhu": (0, 0, 0, 0),
    "jinping": (0, 0, 38, 123),
    "renhuai": (1, 0, 113, 0),
    "xishui": (0, 0, 179, 335),
    "kaili": (9, 34, 102, 0),
    "danzhai": (0, 4, 75, 75),
    "majiang": (0, 5, 0, 0),
    "yinjiang": (0, 0, 173, 506),  # workers: "more than 500"
    "songtao": (0, 0, 102, 0),
}


@pytest.fixture(scope="module")
def duties(towns: dict[str, Town]) -> dict[str, Duty]:
    made = {}
    for key in KEYS:
        town = towns[key]
        declared = bool(COUNTIES[key].structure.areas)
        areas = stripes(town, dict(town.areas_by_community), "片区") if declared else None
        grids = stripes(town, dict(town.grids_by_community), "网格")
        made[key] = make_duty(COUNTIES[key], town, grids, areas)
    return made


@pytest.mark.parametrize("key", sorted(PUBLISHED))
def test_published_structure_is_declared(key: str) -> None:
    structure, duty = COUNTIES[key].structure, COUNTIES[key].duty
    workers = duty.workers or duty.workers_per_grid * structure.grids
    made = (len(structure.subdistricts), len(structure.communities), structure.grids, workers)
    assert all(told in (0, have) for told, have in zip(PUBLISHED[key], made, strict=True))


@pytest.mark.parametrize("key", sorted(COUNTIES))
def test_declared_households_fit_into_the_grids(key: str) -> None:
    county = COUNTIES[key]
    structure, policy = county.structure, county.policy
    units, most = structure.grids, policy.households_max
    if structure.areas:
        units, most = structure.areas, policy.area_households_max or most
    # every community may waste most of one unit
    assert structure.households <= 0.9 * most * units
    assert len(set(structure.communities)) == len(structure.communities)
    assert 4544 + round((county.lon - 105) / 3) == county.srid


@pytest.mark.parametrize("key", KEYS)
def test_workers_and_chiefs_are_as_declared(duties: dict[str, Duty], key: str) -> None:
    county = COUNTIES[key]
    kinds = duties[key].posts["kind"].value_counts()
    grids, duty = county.structure.grids, county.duty
    assert kinds["grid_chief"] == grids * duty.chiefs_per_grid
    assert kinds["grid_worker"] == (duty.workers or grids * duty.workers_per_grid)


@pytest.mark.parametrize("key", KEYS)
def test_organisations_of_a_total_serve_every_grid_they_should(
    duties: dict[str, Duty], towns: dict[str, Town], key: str
) -> None:
    county, rows = COUNTIES[key], duties[key].organisations
    for group in county.duty.organisations:
        if not group.total:
            continue
        mine = rows[rows["kind"] == group.kind]
        assert len(mine) == group.total
        assert mine["name"].is_unique
        if group.level == "grid":
            served = [code for codes in mine["grid_codes"] for code in codes]
            assert len(served) == len(set(served)) == (group.subjects or county.structure.grids)


@pytest.mark.parametrize("key", KEYS)
def test_stations_of_daily_life_are_as_many_as_declared(towns: dict[str, Town], key: str) -> None:
    county, town = COUNTIES[key], towns[key]
    own = town.stations[town.stations["tier"].isna()]
    for _category, word, count in county.stations.exact:
        assert own["name"].str.contains(word).sum() == count
    for category in county.stations.each_community:
        mine = own[[c == [category] for c in own["categories"]]]
        assert sorted(mine["community_code"]) == sorted(town.grids_by_community)
    places = [
        int(s.removeprefix("学位").removesuffix("个").replace(",", ""))
        for services in own["services"]
        for s in services
        if s.startswith("学位")
    ]
    assert sum(places) == county.stations.school_places


@pytest.mark.parametrize("key", KEYS)
def test_roads_lead_out_of_the_town(towns: dict[str, Town], key: str) -> None:
    town = towns[key]
    county = town.divisions.geometry.iloc[0]
    outside = town.streets[~town.streets.intersects(county.buffer(-1))]
    outside = outside[outside.length > 250]
    assert len(outside) >= 2
    assert set(outside["class"]) <= {"street", "lane"}
    west, south, east, north = town.lands.total_bounds
    rim = shapely.box(west, south, east, north).exterior
    assert (outside.distance(rim) < 60).sum() >= 1


@pytest.mark.parametrize("key", KEYS)
def test_land_cover_leaves_no_hole_around_the_town(towns: dict[str, Town], key: str) -> None:
    town = towns[key]
    e = town.elevation
    rows, columns = e.values.shape
    extent = shapely.box(e.west, e.north - rows * e.cell_y, e.west + columns * e.cell_x, e.north)
    around = extent.difference(town.divisions.geometry.iloc[0].buffer(30))
    covered = shapely.union_all([*town.lands.geometry, *town.water.geometry])
    # what is left are the balks between terraces and the banks of the river
    assert covered.intersection(around).area > 0.93 * around.area
    assert shapely.get_num_coordinates(town.lands.geometry.values).sum() < 30_000


@pytest.mark.parametrize("key", KEYS)
def test_streams_wind(towns: dict[str, Town], key: str) -> None:
    streams = towns[key].water[towns[key].water["kind"] == "stream"]
    for shape in streams.geometry:
        length = shape.length / 2  # a narrow strip: two banks
        if length > 600:
            box = shapely.get_coordinates(shapely.oriented_envelope(shape))
            reach = shapely.length(shapely.linestrings(box[[0, 2]]))  # its diagonal
            assert length > 1.06 * reach


def test_puzzles_of_the_table_are_solved() -> None:
    # 松桃: 73 party groups and 29 branches serve 102 grids, no gap
    groups = COUNTIES["songtao"].duty.organisations
    assert sum(g.total for g in groups) == COUNTIES["songtao"].structure.grids == 102
    # 印江: 14 service centres of two tiers, 21 positions, 21 branches
    yinjiang = COUNTIES["yinjiang"]
    assert len(yinjiang.structure.subdistricts) + len(yinjiang.structure.communities) == 14
    # 仁怀: 39 shops, 10 hubs, 120 stations for outdoor workers
    counts = {word: n for _, word, n in COUNTIES["renhuai"].stations.exact}
    assert (counts["平价店"], counts["心枢纽"], counts["户外劳动者驿站"]) == (39, 10, 120)
