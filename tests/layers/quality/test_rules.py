"""The score: worked by hand, and what must always hold."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.quality.rules import CHECKS, KEYS, Figure, months_old, score, together

figures = st.dictionaries(
    st.sampled_from(KEYS),
    st.integers(0, 50).flatmap(
        lambda base: st.integers(0, base).map(lambda wrong: Figure(wrong, base))
    ),
)


def test_the_weights_are_a_hundred() -> None:
    assert sum(check.weight for check in CHECKS) == 100


def test_a_score_is_the_weighted_share_of_what_is_right() -> None:
    """25 × 3/4 + 15 × 9/10 = 18.75 + 13.5 = 32.25 of 40 → 80.625, cut to 80.6."""
    made = score({"uncounted": Figure(1, 4), "unplaced": Figure(10, 100)})
    assert made.points == 80.6
    # 25 × 1/4 ÷ 40 = 15.625 points; 15 × 1/10 ÷ 40 = 3.75 points
    assert [(p.key, p.costs) for p in made.next_steps] == [
        ("uncounted", pytest.approx(15.625)),
        ("unplaced", pytest.approx(3.75)),
    ]


def test_a_check_without_anything_to_look_at_is_left_out() -> None:
    assert score({"uncounted": Figure(1, 2), "off_network": Figure(0, 0)}).points == 50.0
    assert score({"uncounted": Figure(0, 0)}).points is None
    assert score({}).points is None


def test_levels_are_shown_and_never_scored() -> None:
    assert score({"uncounted": Figure(0, 9), "levels": Figure(9, 9)}).points == 100.0


def test_nearly_all_right_is_not_a_hundred() -> None:
    assert score({"uncounted": Figure(1, 1_000_000)}).points == 99.9


def test_more_wrong_than_there_is_leaves_nothing_right() -> None:
    assert Figure(5, 3).share == 0.0


@given(figures)
def test_a_score_is_within_bounds_and_its_costs_are_what_is_missing(
    found: dict[str, Figure],
) -> None:
    made = score(found)
    if made.points is None:
        assert not any(found[k].base for k in found if k != "levels")
        return
    assert 0 <= made.points <= 100
    missing = sum(part.costs for part in made.parts)
    assert made.points == pytest.approx(100 - missing, abs=0.1 + 1e-6)


@given(figures, st.sampled_from(KEYS))
def test_mending_something_never_lowers_the_score(found: dict[str, Figure], key: str) -> None:
    before = score(found)
    if key not in found or not found[key].wrong:
        return
    after = score({**found, key: Figure(found[key].wrong - 1, found[key].base)})
    assert after.points is None or before.points is None or after.points >= before.points


@given(st.lists(figures, max_size=4))
def test_places_together_count_what_they_count_alone(several: list[dict[str, Figure]]) -> None:
    whole = together(several)
    for key in KEYS:
        alone = [f[key] for f in several if key in f]
        if alone:
            assert whole[key] == Figure(sum(f.wrong for f in alone), sum(f.base for f in alone))


@pytest.mark.parametrize(
    ("counted", "day", "months"),
    [
        (date(2026, 7, 31), date(2026, 10, 31), 3),
        (date(2026, 7, 31), date(2026, 10, 30), 2),
        (date(2026, 1, 31), date(2026, 2, 28), 1),  # the last day of a month is a month later
        (date(2026, 1, 30), date(2026, 2, 27), 0),
        (date(2025, 12, 15), date(2026, 12, 15), 12),
        (date(2026, 12, 1), date(2026, 11, 1), 0),
    ],
)
def test_months_are_whole_months(counted: date, day: date, months: int) -> None:
    assert months_old(counted, day) == months
