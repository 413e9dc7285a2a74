"""Who answers for what, once grids are known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.sample.counties.county import LeaderGroup
from data.sample.counties.declared import COUNTIES
from data.sample.organisations import Duty, make_duty
from data.sample.town import Town
from tests.data.sample.conftest import stripes


@pytest.fixture(scope="module")
def chishui_duty(chishui: Town) -> Duty:
    grids = stripes(chishui, dict(chishui.grids_by_community), "网格")
    return make_duty(COUNTIES["chishui"], chishui, grids)


@pytest.fixture(scope="module")
def sansui_duty(sansui: Town) -> Duty:
    grids = stripes(sansui, dict(sansui.grids_by_community), "网格")
    areas = stripes(sansui, dict(sansui.areas_by_community), "片区")
    return make_duty(COUNTIES["sansui"], sansui, grids, areas)


def test_chishui_leaders_cover_the_grids(chishui_duty: Duty) -> None:
    # 15 leaders on 30 grids; 37 people cover all 203
    posts = chishui_duty.posts[chishui_duty.posts["kind"] == "leader_assignment"]
    leaders = posts[posts["title"] == "市领导联系网格"]
    others = posts[posts["title"] == "干部包保网格"]
    assert (leaders["person_id"].nunique(), leaders["subject_code"].nunique()) == (15, 30)
    assert (others["person_id"].nunique(), others["subject_code"].nunique()) == (37, 203)


def test_chishui_grid_stations_are_being_tried_out(chishui_duty: Duty, chishui: Town) -> None:
    stations = chishui_duty.stations
    assert len(stations) == 203
    assert set(stations["tier"]) == {"grid"}
    # 203 · (0.42 open, 0.50 planned, 0.08 suspended) = 85 + 102 + 16
    assert stations["state"].value_counts().to_dict() == {
        "planned": 102,
        "open": 85,
        "suspended": 16,
    }
    assert not set(stations["external_id"]) & set(chishui.stations["external_id"])
    assert list(stations.columns) == list(chishui.stations.columns)


def test_sansui_area_chiefs_are_27_and_6_and_17(sansui_duty: Duty) -> None:
    posts = sansui_duty.posts[sansui_duty.posts["kind"] == "area_chief"]
    assert posts["subject_code"].nunique() == len(posts) == 78
    people = sansui_duty.people.set_index("id")
    office = people["organisation_id"].reindex(posts["person_id"].unique())
    name = sansui_duty.organisations.set_index("id")["name"]
    counts = name.reindex(office).value_counts().to_dict()
    assert counts == {"三穗县县级领导": 27, "三穗县县委组织部": 6, "三穗县街道": 17}


def test_rainbow_community_has_its_branches_groups_and_stewards(
    sansui_duty: Duty, sansui: Town
) -> None:
    code = sansui.divisions.set_index("name")["code"]["彩虹社区"]
    own = sansui_duty.organisations[sansui_duty.organisations["code"] == code]
    assert own["kind"].value_counts().to_dict() == {"party_group": 15, "party_branch": 2}
    stewards = sansui_duty.posts[sansui_duty.posts["kind"] == "building_steward"]
    assert len(stewards) == 50
    home = sansui.buildings.set_index("id")["community_code"]
    assert set(home.reindex(stewards["subject_code"].astype(int))) == {code}


def test_liping_has_one_chief_and_three_workers_a_grid(liping: Town) -> None:
    duty = make_duty(
        COUNTIES["liping"], liping, stripes(liping, dict(liping.grids_by_community), "网格")
    )
    assert duty.posts["kind"].value_counts().to_dict() == {"grid_worker": 36, "grid_chief": 12}
    assert len(duty.stations) == 0


def test_ids_continue_those_of_the_town(chishui_duty: Duty, chishui: Town) -> None:
    ids = [*chishui.organisations["id"], *chishui_duty.organisations["id"]]
    assert ids == list(range(1, len(ids) + 1))
    assert set(chishui_duty.people["organisation_id"]) <= set(ids)
    assert set(chishui_duty.posts["person_id"]) == set(chishui_duty.people["id"])


def test_the_order_of_grids_does_not_matter(liping: Town) -> None:
    grids = stripes(liping, dict(liping.grids_by_community), "网格")
    one = make_duty(COUNTIES["liping"], liping, grids)
    two = make_duty(COUNTIES["liping"], liping, grids.iloc[::-1])
    assert one.posts.equals(two.posts)
    assert one.people.equals(two.people)


def test_leaders_of_communities_answer_for_divisions(liping: Town) -> None:
    # 5 people for one community: nobody is without, and the post names a division
    group = LeaderGroup("leader_assignment", "联系社区", "县级领导", "县处级", 5, "community", 1)
    county = COUNTIES["liping"]
    county = replace(county, duty=replace(county.duty, leaders=(group,)))
    duty = make_duty(county, liping, stripes(liping, dict(liping.grids_by_community), "网格"))
    posts = duty.posts[duty.posts["kind"] == "leader_assignment"]
    assert set(posts["subject"]) == {"division"}
    assert set(posts["subject_code"]) == set(liping.grids_by_community)
    assert posts["person_id"].nunique() == 5
