"""Counts of the demonstration towns equal what the counties declared."""

from __future__ import annotations

import pandas as pd
import pytest

from data.sample.counties.county import LABEL, SOURCE
from data.sample.counties.declared import COUNTIES
from data.sample.town import Town
from layers.kit.ids import clean_code, kind_of
from tests.data.sample.conftest import KEYS


def measure(town: Town, name: str) -> pd.Series:
    rows = town.counts[town.counts["measure"] == name]
    return rows.set_index("building_id")["value"]


def households_by_community(town: Town) -> dict[str, int]:
    code = town.buildings.set_index("id")["community_code"]
    resident = measure(town, "resident")
    return resident.groupby(code.reindex(resident.index)).sum().to_dict()


def test_chishui_has_three_subdistricts_and_seventeen_communities(chishui: Town) -> None:
    kinds = chishui.divisions["kind"].value_counts()
    assert kinds.to_dict() == {"community": 17, "subdistrict": 3, "county": 1}


def test_chishui_grids_are_143_before_and_203_in_force(chishui: Town) -> None:
    assert sum(chishui.grids_before_by_community.values()) == 143
    assert sum(chishui.grids_by_community.values()) == 203
    assert all(
        chishui.grids_before_by_community[c] <= n for c, n in chishui.grids_by_community.items()
    )


def test_every_community_fits_into_its_grids(chishui: Town, liping: Town) -> None:
    # households ≤ 0.9 · 300 · grids, so that any sensible division stays within the limit
    for town in (chishui, liping):
        for code, households in households_by_community(town).items():
            assert households <= 0.9 * 300 * town.grids_by_community[code]
            assert households >= 200 * town.grids_by_community[code]


def test_the_grids_before_were_too_large_for_the_limit_of_today(chishui: Town) -> None:
    # 47,846 / 143 = 334.6 households a grid then, 47,846 / 203 = 235.7 now
    households = int(measure(chishui, "resident").sum())
    assert households == 47_846
    assert households / 143 > 300 > households / 203
    policy = COUNTIES["chishui"].policy
    for code, n in households_by_community(chishui).items():
        assert n <= 0.9 * policy.households_max_before * chishui.grids_before_by_community[code]


def test_unmanaged_compounds_scattered_buildings_and_their_residents(chishui: Town) -> None:
    estates = chishui.estates
    unmanaged = estates[[m is False for m in estates["has_property_management"]]]
    assert len(unmanaged) == 26
    assert set(unmanaged["kind"]) == {"compound"}
    estate = chishui.buildings["estate_id"]
    scattered = estate.isna()
    assert int(scattered.sum()) == 576
    there = chishui.buildings.loc[scattered | estate.isin(unmanaged["id"]), "id"]
    # "more than 18,000" people
    assert 18_000 < int(measure(chishui, "persons").reindex(there).fillna(0).sum()) < 18_100


def test_no_building_exceeds_the_limit_and_few_come_near(chishui: Town) -> None:
    resident = measure(chishui, "resident")
    assert int(resident.max()) <= 298
    assert int((resident > 200).sum()) <= 40


def test_chishui_keeps_service_centres_of_two_tiers(chishui: Town) -> None:
    tiers = chishui.stations["tier"].value_counts()
    assert tiers.to_dict() == {"community": 17, "subdistrict": 3}


def test_sansui_has_78_areas_of_at_most_300_households(sansui: Town) -> None:
    assert sum(sansui.areas_by_community.values()) == 78
    assert sum(sansui.grids_by_community.values()) == 156
    for code, households in households_by_community(sansui).items():
        assert households <= 0.9 * 300 * sansui.areas_by_community[code]


def test_rainbow_community_has_a_grid_numbered_15(sansui: Town) -> None:
    names = sansui.divisions.set_index("name")["code"]
    assert sansui.grids_by_community[names["彩虹社区"]] >= 15


def test_liping_is_exact(liping: Town) -> None:
    # 2,672 households, 12,068 persons, 59 buildings, 121 units, 12 grids: 222.7 a grid
    assert len(liping.buildings) == 59
    assert len(liping.entrances) == 121
    assert int(measure(liping, "resident").sum()) == 2_672
    assert int(measure(liping, "persons").sum()) == 12_068
    assert liping.grids_by_community == {"522301001001": 12}


@pytest.mark.parametrize("key", KEYS)
def test_counts_of_a_building_agree(towns: dict[str, Town], key: str) -> None:
    wide = towns[key].counts.pivot_table(index="building_id", columns="measure", values="value")
    assert (wide["resident"] + wide["vacant"] == wide["dwellings"]).all()
    assert (wide["persons"] >= wide["resident"]).all()
    assert (wide["elderly"] + wide["children"] + wide["employed"] <= wide["persons"]).all()
    assert (wide["rented"] <= wide["resident"]).all()
    assert (wide["floating_population"] <= wide["persons"]).all()
    assert 2.5 < wide["persons"].sum() / wide["resident"].sum() < 4.6


@pytest.mark.parametrize("key", KEYS)
def test_codes_are_clean_and_name_their_kind(towns: dict[str, Town], key: str) -> None:
    divisions = towns[key].divisions
    for row in divisions.itertuples():
        assert clean_code(row.code) == row.code
        assert kind_of(row.code) == row.kind
    assert divisions["code"].is_unique
    assert divisions["name"].is_unique


@pytest.mark.parametrize("key", KEYS)
def test_every_declared_figure_is_published_with_date_and_source(
    towns: dict[str, Town], key: str
) -> None:
    county, figures = COUNTIES[key], towns[key].published_figures
    assert len(figures) == len(county.figures)
    assert set(figures["source"]) <= {SOURCE}
    assert set(figures["as_of"]) <= {county.as_of}
    assert county.name_note == LABEL
    assert set(towns[key].counts["source"]) == {LABEL}


def test_chishui_funnel_is_published_and_marked_approximate(chishui: Town) -> None:
    rows = chishui.published_figures.set_index("key")
    assert rows["value"][["problems_raised", "measures_agreed", "problems_solved"]].tolist() == [
        1800,
        472,
        1200,
    ]
    assert rows["is_approx"][["problems_raised", "measures_agreed"]].tolist() == [True, False]


@pytest.mark.parametrize("key", KEYS)
def test_unknown_is_none_and_never_nan(towns: dict[str, Town], key: str) -> None:
    for name in Town.__slots__:
        frame = getattr(towns[key], name)
        if not isinstance(frame, pd.DataFrame):
            continue
        for column in frame.columns.difference(["geometry", "closed_at"]):
            unknown = frame.loc[frame[column].isna(), column]
            assert all(value is None for value in unknown), (name, column)
