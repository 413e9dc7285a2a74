"""Whom a station may serve, and when it is open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.kit.errors import InputError
from layers.service_circles.rules import clock_minutes, is_open, may_serve, own_doors
from layers.service_circles.walking.compute import Reach

WEEK = tuple((day, "09:00", "17:00") for day in range(1, 6))


@pytest.mark.parametrize(
    ("weekday", "clock", "expected"),
    [(1, "09:00", True), (1, "08:59", False), (5, "16:59", True), (5, "17:00", False),
     (7, "10:00", False)],
)  # fmt: skip
def test_a_station_is_open_from_its_opening_minute_to_before_its_closing_one(
    weekday: int, clock: str, expected: bool
) -> None:
    assert is_open(WEEK, weekday, clock) is expected


def test_hours_past_midnight_reach_into_the_next_day_and_from_sunday_into_monday() -> None:
    late = ((7, "20:00", "02:00"),)
    assert is_open(late, 7, "23:00")
    assert is_open(late, 1, "01:59")
    assert not is_open(late, 1, "02:00")
    assert not is_open(late, 7, "01:00")


def test_a_station_without_hours_is_not_known_to_be_open() -> None:
    assert not is_open((), 3, "10:00")


@pytest.mark.parametrize("written", ["10", "24:30", "ab:cd", "10:75", ""])
def test_what_is_not_a_time_of_day_is_refused(written: str) -> None:
    with pytest.raises(InputError):
        clock_minutes(written)


CODES = np.array(["522624001001001", "522624001001002", "522624001002001"], object)


def test_own_division_keeps_the_doors_of_that_division_only() -> None:
    reached = Reach(np.array([0, 1, 2], np.int32), np.array([10.0, 20.0, 30.0]))
    own = own_doors("522624001001", CODES)
    served = may_serve("own_division", reached, own, np.zeros(3, bool))
    assert served.doors.tolist() == [0, 1]
    assert served.walk_s.tolist() == [10.0, 20.0]


def test_who_comes_to_the_house_serves_its_division_without_a_walk_but_no_untied_door() -> None:
    nobody = Reach(np.empty(0, np.int32), np.empty(0))
    untied = np.array([False, True, False])
    served = may_serve("comes_to_the_house", nobody, own_doors("522624001001", CODES), untied)
    assert served.doors.tolist() == [0]
    assert served.walk_s.tolist() == [0.0]


@given(st.sets(st.integers(0, 2)), st.sampled_from(["5226", "522624001001", "522624001002001"]))
def test_a_rule_never_adds_a_door_that_the_walk_does_not_reach(doors: set[int], code: str) -> None:
    reached = Reach(np.array(sorted(doors), np.int32), np.zeros(len(doors)))
    served = may_serve("own_division", reached, own_doors(code, CODES), np.zeros(3, bool))
    assert set(served.doors.tolist()) <= doors
