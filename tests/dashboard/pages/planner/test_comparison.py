"""Two plans compared: buildings, households and posts that change grid, and all their rows."""

from __future__ import annotations

import pytest

from tests.dashboard.pages.planner.conftest import Planner

pytestmark = pytest.mark.database


def posts_of(planner: Planner, grid: int) -> int:
    return int(
        planner.loaded.value("SELECT count(*) FROM post WHERE grid_id = :grid", grid=grid) or 0
    )


def test_posts_of_a_merged_grid_go_to_its_heir(planner: Planner) -> None:
    in_force = planner.get(f"/{planner.county}")["communities"][0]["in_force"]
    draft = planner.draft()
    plot, other = planner.border(draft)
    own = planner.state(draft)["assignment"][plot]
    planner.operate(draft, "merge", 1, grids=[own, other], to=other)
    found = planner.get(f"/compare?a={in_force}&b={draft}")
    posts = posts_of(planner, own)
    # 栗坪: one chief and three workers a grid.
    assert posts == 4
    assert found["moved"]["workers"] == posts
    assert found["moved"]["unstaffed"] == 0
    (row,) = [r for r in found["from_to"] if r["from_id"] == own]
    assert (row["to_id"], row["workers"]) == (other, posts)
    assert row["households"] == found["moved"]["households"]


def test_a_new_grid_has_no_post_yet(planner: Planner) -> None:
    in_force = planner.get(f"/{planner.county}")["communities"][0]["in_force"]
    draft = planner.draft()
    plot, _ = planner.border(draft)
    planner.operate(draft, "new_grid", 1, plots=[plot], to=-1)
    found = planner.get(f"/compare?a={in_force}&b={draft}")
    assert found["moved"]["workers"] == 0
    assert found["moved"]["unstaffed"] == 1


def test_a_plan_compared_with_itself_moves_nobody(planner: Planner) -> None:
    in_force = planner.get(f"/{planner.county}")["communities"][0]["in_force"]
    found = planner.get(f"/compare?a={in_force}&b={in_force}")
    assert found["from_to"] == []
    assert found["moved"] == {
        "plots": 0, "buildings": 0, "households": 0, "persons": 0, "area_m2": 0, "workers": 0,
        "unstaffed": 0,
    }  # fmt: skip
