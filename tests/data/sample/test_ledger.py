"""The year of demands: rates to the printed digit, plausible in time and space."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
import shapely

from data.sample.counties.declared import COUNTIES
from data.sample.life.ledger import STEPS
from data.sample.town import Town
from tests.data.sample.conftest import KEYS


def counted(demands: pd.DataFrame) -> pd.DataFrame:
    return demands[~demands["state"].isin(["merged", "withdrawn"])]


def test_chishui_completes_87_5_percent_and_satisfies_99_1(chishui: Town) -> None:
    demands = chishui.demands
    assert len(demands) == 18_036
    accepted = counted(demands)
    closed = int((accepted["state"] == "closed").sum())
    # (18,036 − 210 merged − 106 withdrawn) = 17,720; 15,505 / 17,720 = 0.875
    assert len(accepted) == 17_720
    assert f"{closed / len(accepted):.1%}" == "87.5%"
    # and with those not yet accepted left out as well
    assert f"{closed / int((accepted['state'] != 'received').sum()):.1%}" == "87.5%"
    rated = demands[demands["satisfied"].notna()]
    assert f"{rated['satisfied'].astype(bool).mean():.1%}" == "99.1%"


def test_rainbow_community_splits_direct_and_departments(sansui: Town) -> None:
    code = sansui.divisions.set_index("name")["code"]["彩虹社区"]
    home = sansui.buildings.set_index("id")["community_code"]
    mine = sansui.demands[home.reindex(sansui.demands["building_id"]).to_numpy() == code]
    by = mine["handled_by"].value_counts()
    # ~2,500 = ~1,300 + ~1,200, ~2,400 of them solved
    assert (len(mine), by["direct"], by["department"]) == (2_534, 1_322, 1_212)
    assert 2_400 <= int((mine["state"] == "closed").sum()) < 2_500


@pytest.mark.parametrize("key", KEYS)
def test_demands_fill_one_year_that_ends_at_as_of(towns: dict[str, Town], key: str) -> None:
    last = COUNTIES[key].as_of
    received = towns[key].demands["received_at"]
    assert received.min().date() >= last - timedelta(days=364)
    assert received.max().date() <= last
    assert received.is_monotonic_increasing
    closed = towns[key].demands["closed_at"]
    done = closed.notna()
    assert (closed[done] > received[done]).all()
    assert closed.max().date() <= last
    finished = towns[key].demands["state"].isin(["closed", "merged", "withdrawn"])
    assert (done == finished).all()


def test_the_year_has_a_rhythm(chishui: Town) -> None:
    demands = chishui.demands
    week = demands["received_at"].dt.day_of_week.value_counts()
    assert week[[5, 6]].mean() < 0.8 * week[[0, 1, 2, 3, 4]].mean()
    month = demands["received_at"].dt.month
    flood = month[demands["category"] == "防汛排涝"]
    ice = month[demands["category"] == "雪凝除冰"]
    assert flood.isin([5, 6, 7]).mean() > 0.6
    assert ice.isin([12, 1, 2]).mean() > 0.8


def test_people_without_management_ask_more_often(chishui: Town) -> None:
    persons = chishui.counts[chishui.counts["measure"] == "persons"]
    persons = persons.set_index("building_id")["value"]
    scattered = chishui.buildings.loc[chishui.buildings["estate_id"].isna(), "id"]
    asked = chishui.demands["building_id"].isin(scattered).mean()
    assert asked > 1.4 * persons.reindex(scattered).sum() / persons.sum()


@pytest.mark.parametrize("key", KEYS)
def test_a_demand_lies_at_its_building(towns: dict[str, Town], key: str) -> None:
    town = towns[key]
    shape = town.buildings.set_index("id").geometry.reindex(town.demands["building_id"]).values
    assert float(shapely.distance(shape, town.demands.geometry.values).max()) < 30


@pytest.mark.parametrize("key", KEYS)
def test_histories_lead_to_the_state(towns: dict[str, Town], key: str) -> None:
    demands, events = towns[key].demands, towns[key].demand_events
    assert demands["external_id"].is_unique
    assert set(events["external_id"]) == set(demands["external_id"])
    last = events.groupby("external_id", sort=False)["step"].last()
    assert (last.reindex(demands["external_id"]).to_numpy() == demands["state"].to_numpy()).all()
    assert (events.groupby("external_id")["at"].is_monotonic_increasing).all()
    rank = events["step"].map({s: k for k, s in enumerate((*STEPS, "merged", "withdrawn"))})
    later = events["external_id"].eq(events["external_id"].shift())
    assert (rank.diff()[later] > 0).all()


@pytest.mark.parametrize("key", KEYS)
def test_organisations_of_demands_exist(towns: dict[str, Town], key: str) -> None:
    town = towns[key]
    assert set(town.demands["organisation_id"]) <= set(town.organisations["id"])
    parents = set(town.organisations["parent_id"].dropna())
    assert parents <= set(town.organisations["id"])


def test_unrated_demands_have_no_score(chishui: Town) -> None:
    demands = chishui.demands
    unrated = demands["satisfied"].isna()
    assert demands.loc[unrated, "score"].isna().all()
    assert demands.loc[~unrated, "score"].between(1, 5).all()
    assert np.isclose(demands.loc[~unrated, "satisfied"].astype(float).mean(), 0.991, atol=5e-4)
    assert COUNTIES["chishui"].as_of == date(2026, 10, 31)
