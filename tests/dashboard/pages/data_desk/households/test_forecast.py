"""What estates under construction bring: worked by hand, and what must always hold."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from layers.households.forecast import Expectation, Load, forecast, share_out

DAY = date(2026, 10, 31)


def estate(number: int, households: int, on: date, **weights: float) -> Expectation:
    grids = {int(k[1:]): w for k, w in weights.items()}
    return Expectation(number, f"小区{number}", "社区", "building", households, 0, on, grids)


def load(grid: int, households: int, plots: int = 9) -> Load:
    return Load(grid, f"第{grid}网格", "社区", households, plots)


def test_an_estate_fills_its_grid_over_the_limit_in_its_month() -> None:
    """266 + 140 = 406 > 300."""
    (month,) = forecast([estate(1, 140, date(2027, 9, 30), g3=1.0)], [load(3, 266)], 300, DAY)
    assert month.first == date(2027, 9, 1)
    assert [(f.load.grid_id, f.before, f.after, f.over) for f in month.fillings] == [
        (3, 266, 406, True)
    ]


def test_the_next_month_starts_from_what_was_delivered_before() -> None:
    """200 + 60 = 260; then 260 + 60 = 320 > 300: the second estate is the one that tips it."""
    months = forecast(
        [estate(2, 60, date(2027, 6, 1), g1=1.0), estate(1, 60, date(2027, 3, 1), g1=1.0)],
        [load(1, 200)],
        300,
        DAY,
    )
    assert [[(f.before, f.after, f.over) for f in m.fillings] for m in months] == [
        [(200, 260, False)],
        [(260, 320, True)],
    ]


def test_a_grid_that_exceeds_already_does_not_newly_exceed() -> None:
    (month,) = forecast([estate(1, 5, date(2027, 1, 1), g1=1.0)], [load(1, 301)], 300, DAY)
    assert not month.fillings[0].over


def test_a_building_that_is_a_grid_of_its_own_is_no_breach() -> None:
    (month,) = forecast([estate(1, 400, date(2027, 1, 1), g1=1.0)], [load(1, 0, plots=1)], 300, DAY)
    assert not month.fillings[0].over


def test_what_is_counted_already_does_not_come_again() -> None:
    counted = Expectation(1, "小区", "社区", "delivered", 100, 70, date(2027, 1, 1), {1: 1.0})
    full = Expectation(2, "小区", "社区", "delivered", 100, 130, date(2027, 1, 1), {1: 1.0})
    assert (counted.brings, full.brings) == (30, 0)


def test_what_is_overdue_comes_this_month_and_is_said() -> None:
    (month,) = forecast([estate(1, 9, date(2026, 5, 1), g1=1.0)], [load(1, 0)], 300, DAY)
    assert (month.first, month.late) == (date(2026, 10, 1), {1})


def test_households_in_no_grid_are_said_and_not_lost() -> None:
    (month,) = forecast([estate(1, 9, date(2027, 5, 1)), estate(2, 7, date(2027, 5, 2), g8=1.0)],
                        [load(1, 0)], 300, DAY)  # fmt: skip
    assert month.nowhere == 16
    assert month.fillings == ()


def test_whole_households_are_shared_out_largest_remainders_first() -> None:
    """10 × 1/3 = 3.33 each: the rest of one goes to the first of equals."""
    assert share_out(10, {7: 1.0, 5: 1.0, 6: 1.0}) == {5: 4, 6: 3, 7: 3}
    assert share_out(10, {}) == {}
    assert share_out(10, {1: 0.0}) == {}


@given(
    st.integers(0, 5000),
    st.dictionaries(st.integers(1, 9), st.floats(1e-9, 1e3), min_size=1, max_size=6),
)
def test_sharing_out_keeps_the_sum_and_is_within_one_of_the_exact_share(
    households: int, weights: dict[int, float]
) -> None:
    shares = share_out(households, weights)
    assert sum(shares.values()) == households
    whole = sum(weights.values())
    for key, share in shares.items():
        assert abs(share - households * weights[key] / whole) < 1 + 1e-6


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 40), st.integers(1, 3)), max_size=8))
def test_a_forecast_conserves_households(found: list[tuple[int, int, int]]) -> None:
    expected = [
        estate(i, households, date(2026, 10, 1).replace(year=2026 + months // 12), **{f"g{g}": 1.0})
        for i, (households, months, g) in enumerate(found)
    ]
    months = forecast(expected, [load(g, 100) for g in (1, 2)], 300, DAY)
    brought = sum(e.brings for e in expected)
    added = sum(f.after - f.before for m in months for f in m.fillings)
    assert added + sum(m.nowhere for m in months) == brought
