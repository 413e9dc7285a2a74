"""Grids of a community that is split: every plot once, in one piece, nobody over the limit anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.grids.communities.parts import Land, check_parts, pieces, regroup, tidy
from layers.kit.errors import InputError
from tests.layers.grids.towns import lattice
from tests.properties import examples

LIMIT = 300


def land(rows: list[list[int]], grids: list[list[int]]) -> Land:
    problem = lattice(rows)
    n = len(problem.households)
    return Land(
        problem.households,
        np.array(grids, np.int64).ravel(),
        np.zeros(n, np.int64),
        problem.a.astype(np.int64),
        problem.b.astype(np.int64),
        problem.shared_m,
    )


def test_a_grid_that_is_cut_stays_with_most_of_its_households() -> None:
    # Grid 7 holds 100 + 100 | 90: 200 stay, 90 go; beside it grid 8 holds 100 + 110 = 210.
    town = land([[100, 100, 90], [50, 100, 110]], [[7, 7, 7], [9, 8, 8]])
    after = np.array([0, 0, 1, 0, 0, 1])
    done = regroup(town, after, LIMIT)
    assert done.grid[:2].tolist() == [7, 7]
    # Grid 8 keeps the 110 (the larger part); the 90 of grid 7 join it: 200 ≤ 300.
    assert done.grid[[2, 5]].tolist() == [8, 8]
    # The 100 of grid 8 in the west: grid 9 has 50 and a border of 20 m, grid 7 has 200 and 20 m;
    # both have room, equal borders go to the higher id.
    assert done.grid[[3, 4]].tolist() == [9, 9]
    assert [(c.grid, c.into, c.households) for c in done.cuts] == [(8, 9, 100), (7, 8, 90)]


def test_what_finds_no_room_becomes_a_new_grid() -> None:
    town = land([[250, 200], [40, 290]], [[7, 7], [7, 8]])
    done = regroup(town, np.array([0, 1, 0, 1]), LIMIT)
    # 200 of grid 7 go east, where grid 8 has 290: 490 > 300.
    assert done.grid.tolist() == [7, -2, 7, 8]
    assert [(c.into, c.households) for c in done.cuts] == [(-2, 200)]


def test_land_without_households_needs_no_room() -> None:
    town = land([[250, 0], [40, 300]], [[7, 7], [7, 8]])
    assert regroup(town, np.array([0, 1, 0, 1]), LIMIT).grid.tolist() == [7, 8, 7, 8]


def test_cut_off_land_without_households_goes_along() -> None:
    town = land([[0, 10, 10], [10, 10, 10]], [[7, 7, 8], [7, 7, 8]])
    # The two plots around the corner leave; the corner itself would hang on nothing.
    after = np.array([0, 1, 0, 1, 0, 0])
    assert tidy(town, after).tolist() == [1, 1, 0, 1, 0, 0]


def test_a_community_in_separate_pieces_is_refused() -> None:
    town = land([[10, 10, 10]], [[7, 7, 7]])
    with pytest.raises(InputError, match="separate pieces"):
        check_parts(town, np.array([0, 1, 0]), 2)


def test_a_community_left_without_land_is_refused() -> None:
    with pytest.raises(InputError, match="without any land"):
        check_parts(land([[10, 10]], [[7, 7]]), np.array([1, 1]), 2)


def test_nothing_chosen_is_refused() -> None:
    with pytest.raises(InputError, match="nothing is chosen"):
        check_parts(land([[10, 10]], [[7, 7]]), np.array([0, 0]), 2)


@st.composite
def towns(draw: st.DrawFn) -> tuple[Land, np.ndarray]:
    height, width = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    rows = [
        [draw(st.sampled_from([0, 0, 10, 60, 150])) for _ in range(width)] for _ in range(height)
    ]
    # Grids as vertical stripes, so that each is one piece.
    stripe = draw(st.integers(1, 3))
    grids = [[10 + column // stripe for column in range(width)] for _ in range(height)]
    town = land(rows, grids)
    after = np.array([draw(st.integers(0, 1)) for _ in range(height * width)])
    return town, after


@settings(max_examples=examples(200), suppress_health_check=list(HealthCheck))
@given(towns())
def test_every_plot_has_one_grid_in_one_community_and_one_piece(
    case: tuple[Land, np.ndarray],
) -> None:
    town, after = case
    before = {g: int(town.households[town.grid == g].sum()) for g in set(town.grid.tolist())}
    done = regroup(town, after, LIMIT)
    assert (done.grid != -1).all()
    count = pieces(town, done.grid)
    for g in set(done.grid.tolist()):
        plots = done.grid == g
        assert len(set(after[plots].tolist())) == 1
        assert len(set(count[plots].tolist())) == 1
        households = int(town.households[plots].sum())
        source = {c.grid for c in done.cuts if c.into == g}
        most = max([before.get(g, 0), LIMIT, *(before[s] for s in source)])
        assert households <= most
    untouched = [g for g in before if len(set(after[town.grid == g].tolist())) == 1]
    for g in untouched:
        assert (done.grid[town.grid == g] == g).all()
