from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.grids.plan.numbering import (
    grid_centroids,
    grid_code,
    kept_numbers,
    new_numbers,
    reading_order,
)
from layers.kit.errors import InputError

points = st.lists(
    st.tuples(st.integers(-5000, 5000), st.integers(-5000, 5000)), min_size=1, max_size=40
)


def test_rows_run_west_to_east_and_then_north_to_south():
    r"""
    1   2   3      y = 200
      4   5  6     y = 100, a little askew
    7   8   9      y = 0
    """
    x = [0, 100, 200, 20, 110, 190, 0, 100, 200]
    y = [200, 205, 195, 100, 110, 95, 0, 5, -5]
    assert reading_order(x, y).tolist() == list(range(9))


def test_a_single_street_of_grids_is_numbered_from_the_west():
    assert reading_order([300, 100, 200], [0, 0, 0]).tolist() == [1, 2, 0]


@given(points)
def test_reading_order_is_a_permutation(found):
    x, y = zip(*found, strict=True)
    assert sorted(reading_order(x, y).tolist()) == list(range(len(found)))


def test_new_numbers_start_past_every_number_ever_used():
    assert new_numbers([100, 0], [0, 0], 2, used=[3, 7]).tolist() == [9, 8]


def test_centroids_are_weighted_by_area():
    east, north = grid_centroids([0, 10], [0, 0], [1, 3], np.array([0, 0]))
    assert (east[0], north[0]) == (7.5, 0)  # (0 · 1 + 10 · 3) / 4


def test_a_code_stays_with_the_grid_that_keeps_most_households():
    # grid 0 (number 4) had 10 + 20 + 30; 30 go on as grid 0, 10 + 20 = 30 and the land as grid 1
    before = np.array([0, 0, 0, 1], np.int32)
    after = np.array([1, 1, 0, 2], np.int32)
    numbers = kept_numbers(before, after, [4, 9], [10, 19, 30, 5], [1] * 4, range(4), [0] * 4)
    assert numbers.tolist() == [4, 10, 9]  # 30 > 29; the other part gets a new number past 9


def test_numbers_of_dropped_grids_are_not_given_again():
    before = np.array([0, 1, 2], np.int32)
    merged = np.array([0, 0, 0], np.int32)
    numbers = kept_numbers(before, merged, [1, 2, 3], [5, 9, 7], [1] * 3, range(3), [0] * 3)
    assert numbers.tolist() == [2]
    apart = np.array([0, 1, 2], np.int32)
    again = kept_numbers(merged, apart, [2], [5, 9, 7], [1] * 3, range(3), [0] * 3, used=[1, 2, 3])
    assert again.tolist() == [4, 2, 5]


def test_land_decides_between_grids_without_households():
    before = np.array([0, 0, 0], np.int32)
    after = np.array([0, 1, 1], np.int32)
    numbers = kept_numbers(before, after, [6], [0, 0, 0], [5, 3, 3], range(3), [0] * 3)
    assert numbers.tolist() == [7, 6]  # 5 m² against 3 + 3


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 90)), min_size=1),
)
def test_kept_numbers_are_distinct_and_old_ones_come_from_the_plan_before(rows):
    before, after, households = (np.array(column) for column in zip(*rows, strict=True))
    after = np.unique(after, return_inverse=True)[1].astype(np.int32)
    place = np.arange(len(rows))
    numbers = kept_numbers(
        before.astype(np.int32), after, [2, 4, 6, 8], households, np.ones(len(rows)), place, place
    )
    assert len(set(numbers.tolist())) == len(numbers)
    assert all(number in (2, 4, 6, 8) or number > 8 for number in numbers)


def test_a_grid_code_is_the_community_and_three_digits():
    assert grid_code("522624001003", 7) == "522624001003007"
    with pytest.raises(InputError):
        grid_code("522624001003", 1000)
