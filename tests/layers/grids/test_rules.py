"""How full a grid is, and what is over its limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.grids.rules import limit_findings
from layers.kit.load import LOAD_CLASSES, load_class


@pytest.mark.parametrize(
    ("households", "expected"),
    [
        (0, "load-50"),
        (150, "load-50"),  # 150 / 300 = exactly 50%
        (151, "load-80"),
        (240, "load-80"),  # exactly 80%
        (241, "load-100"),
        (300, "load-100"),  # exactly the limit is not over it
        (301, "load-over"),
        (10_000, "load-over"),
    ],
)
def test_the_class_of_a_load_by_a_limit_of_300(households: int, expected: str) -> None:
    assert load_class(households, 300) == expected


@given(st.integers(0, 5_000), st.integers(1, 1_000))
def test_a_load_is_over_exactly_when_it_exceeds_the_limit(households: int, limit: int) -> None:
    assert (load_class(households, limit) == "load-over") == (households > limit)


@given(st.integers(0, 5_000), st.integers(1, 1_000))
def test_one_more_household_never_lowers_the_class(households: int, limit: int) -> None:
    order = LOAD_CLASSES.index
    assert order(load_class(households, limit)) <= order(load_class(households + 1, limit))


def test_a_grid_over_the_limit_is_an_error_and_one_building_over_it_a_warning() -> None:
    found = limit_findings(["a", "b", "c", "d"], [300, 301, 900, 450], [5, 2, 1, 9], 300)
    assert [(f.code, f.severity, f.subject, f.values["over"]) for f in found] == [
        ("grid_over_limit", "error", "d", 150),  # the worst error first
        ("grid_over_limit", "error", "b", 1),
        ("building_over_limit", "warning", "c", 600),
    ]


def test_a_plan_within_its_limit_has_no_findings() -> None:
    assert limit_findings(["a"], [300], [2], 300) == []
