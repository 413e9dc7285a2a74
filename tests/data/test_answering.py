"""Who answers for a place on a day is one value, whoever asks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.duty.read_answering import answering, posts_of
from data.engine import transaction
from data.grids.read import grid_detail
from data.plans.read_exports import chiefs
from tests.demonstration import Loaded


@pytest.mark.database
def test_pages_exports_and_changes_name_the_same_people(liping: Loaded) -> None:
    plan = liping.value("SELECT max(plan_id) FROM plan_community WHERE in_force_from < now()")
    grids = liping.rows("SELECT grid_id FROM plan_grid WHERE plan_id = :plan", plan=plan)
    ids = [row["grid_id"] for row in grids]
    with transaction(liping.engine) as c:
        named = chiefs(c, plan, liping.as_of)
        everyone = answering(c, liping.as_of, grids=ids)
        assert named, "a demonstration has grid workers"
        for grid in ids:
            own = [post for post in everyone if post.grid_id == grid and post.is_held]
            assert sorted(named[grid].split("、") if own else []) == sorted(
                f"{post.title} {post.holder}" for post in own
            )
            shown = grid_detail(c, liping.code, grid, liping.as_of).posts
            assert [post for post in shown if post.grid_id == grid] == [
                post for post in everyone if post.grid_id == grid
            ]


@pytest.mark.database
def test_before_anybody_held_a_post_it_is_vacant_and_there(liping: Loaded) -> None:
    grids = [row["id"] for row in liping.rows("SELECT id FROM grid")]
    with transaction(liping.engine) as c:
        today = answering(c, liping.as_of, grids=grids)
        before = answering(c, liping.as_of - timedelta(4000), grids=grids)
    assert any(post.is_held for post in today)
    assert not any(post.is_held for post in before)
    assert [post.id for post in posts_of(before)] == [post.id for post in posts_of(today)]


@pytest.mark.database
def test_of_grids_first_then_of_larger_places(liping: Loaded) -> None:
    (row,) = liping.rows(
        "SELECT pg.grid_id, d.id, d.parent_id FROM plan_grid pg"
        " JOIN division d ON d.id = pg.community_id ORDER BY pg.grid_id LIMIT 1"
    )
    with transaction(liping.engine) as c:
        found = answering(
            c, liping.as_of, grids=[row["grid_id"]], divisions=[row["id"], row["parent_id"]]
        )
    lengths = [len(post.code) for post in found]
    assert lengths == sorted(lengths, reverse=True)
    assert [post.grid_id is None for post in found] == sorted(p.grid_id is None for p in found)
