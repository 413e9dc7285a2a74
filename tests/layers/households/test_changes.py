"""What a table would change, worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from layers.households.changes import Change, Member, compare, crossing, doubts

DAY = date(2026, 11, 30)


def member(grid: int, building: int, plots: int = 5) -> Member:
    return Member(grid, building, plots, f"52038100100100{grid}", grid, None, "河滨社区")


def test_missing_is_not_zero() -> None:
    changes = compare({1: 10, 2: 20, 3: 30}, {1: 12, 2: 20, 4: 5})
    assert changes == [
        Change(1, 10, 12, "more"),
        Change(2, 20, 20, "same"),
        Change(3, 30, 30, "not_in_file"),  # keeps its 30
        Change(4, None, 5, "new"),
    ]
    assert [c.change for c in changes] == [2, 0, 0, 5]


def test_an_empty_building_is_zero() -> None:
    assert compare({1: 10}, {1: 0}) == [Change(1, 10, 0, "less")]


def test_grids_cross_the_limit_in_both_directions() -> None:
    # grid 1: 290 + 10 = 300 → 296 + 10 = 306; grid 2: 305 → 299; grid 3: one plot, not judged
    changes = compare({1: 290, 2: 10, 3: 305, 4: 310}, {1: 296, 3: 299, 4: 400})
    members = [member(1, 1), member(1, 2), member(2, 3), member(3, 4, plots=1)]
    newly, no_longer = crossing(members, changes, 300)
    assert [(g.grid_id, g.before, g.after) for g in newly] == [(1, 300, 306)]
    assert [(g.grid_id, g.before, g.after) for g in no_longer] == [(2, 305, 299)]


def said(changes: list[Change], **values: object) -> list[str]:
    told = {
        "newest": date(2026, 10, 31), "said_titles": [], "rows": 10, "elsewhere": 0,
        "unplaced": 0, "same_file": None, "others_open": [], **values,
    }  # fmt: skip
    return [f.code for f in doubts(changes, DAY, **told)]  # type: ignore[arg-type]


SOUND = compare({1: 100, 2: 100}, {1: 101, 2: 100})


@pytest.mark.parametrize(
    ("changes", "values", "code"),
    [
        (SOUND, {"same_file": "2026-10-31"}, "households_same_file"),
        (compare({1: 5}, {1: 5}), {}, "households_nothing_new"),
        (SOUND, {"newest": date(2026, 12, 31)}, "households_older"),
        (SOUND, {"said_titles": ["住户表（2025年11月）"]}, "households_other_month"),
        (SOUND, {"said_titles": ["2026.10.xlsx"]}, "households_other_month"),
        (compare({1: 100, 2: 100}, {1: 79, 2: 80}), {}, "households_drop"),  # 159 of 200
        (SOUND, {"elsewhere": 6}, "households_elsewhere"),  # of 10 rows
        (SOUND, {"others_open": ["乙"]}, "households_also_open"),
    ],
)
def test_a_wrong_table_is_noticed(
    changes: list[Change], values: dict[str, object], code: str
) -> None:
    assert said(changes, **values) == [code]


def test_a_sound_table_raises_no_doubt() -> None:
    assert said(SOUND, said_titles=["住户表（2026年11月）", "11月.xlsx"], elsewhere=5) == []
    # 160 of 200 is a fifth, not more; unplaced households are not lost
    assert said(compare({1: 100, 2: 100}, {1: 80, 2: 80})) == []
    assert said(compare({1: 100, 2: 100}, {1: 40, 2: 80}), unplaced=50) == []
