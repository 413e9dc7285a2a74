"""Sharing out whole numbers by weight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.sample.valley.divisions import apportion

WEIGHTS = st.lists(st.floats(0.0, 1e6), min_size=1, max_size=40)


@given(WEIGHTS, st.integers(0, 5000), st.integers(0, 3))
def test_shares_sum_exactly_and_respect_the_least(
    weights: list[float], rest: int, least: int
) -> None:
    total = rest + least * len(weights)
    shares = apportion(np.array(weights), total, least)
    assert int(shares.sum()) == total
    assert int(shares.min()) >= least


def test_largest_remainders_win() -> None:
    # 10 · (5, 3, 1)/9 = 5.56, 3.33, 1.11 → 5 + 3 + 1 = 9, the tenth goes to .56
    assert apportion(np.array([5.0, 3.0, 1.0]), 10).tolist() == [6, 3, 1]


def test_too_few_to_give_everyone_the_least_is_an_error() -> None:
    with pytest.raises(ValueError, match="cannot give 3 parts"):
        apportion(np.ones(3), 5, 2)
