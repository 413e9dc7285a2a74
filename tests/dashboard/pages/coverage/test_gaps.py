"""Gaps on a street where every walk is known: 1 m/s, a door of 10 households every 100 m."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.coverage_gaps.answers.gaps import (
    Gaps,
    Question,
    Site,
    band_letters,
    draw_circle,
    is_asked,
    join_circles,
    read_question,
)
from layers.coverage_gaps.answers.scenario import check_operation, fold, next_key, try_out
from layers.coverage_gaps.answers.sums import circle_on_paper, sum_up, total
from layers.kit.errors import InputError
from tests.dashboard.pages.coverage.conftest import Street, station
from tests.properties import examples


def answer(street: Street, sites: list[Site], question: Question) -> Gaps:
    circles = []
    for services in question.circles:
        asked = [s for s in sites if is_asked(s, services, question)]
        circles.append(draw_circle(street.walkers, asked, street.place, services, question.limit_s))
    return join_circles(question, circles, street.walkers.untied)


def test_a_station_covers_the_doors_within_its_seconds_and_900_is_inside(street: Street) -> None:
    gaps = answer(street, [station("1", 0.0)], Question(minutes=15))
    # 15 min at 1 m/s = 900 m: doors at 0 … 900 m are 10 doors of 10 households.
    whole = total(gaps, street.people, "", "")
    assert whole.households - whole.outside == 100
    assert whole.untied == 10
    assert whole.within == (220, 100, 0)


def test_letters_tell_bands_outside_far_and_untied_apart(street: Street) -> None:
    letters = band_letters(answer(street, [station("1", 0.0)], Question(minutes=10)))
    # 5 min = 300 m: doors 0–3; 10 min = 600 m: doors 4–6; up to 20 min: 7–12; then far; untied.
    assert letters == "0000" + "111" + "oooooo" + "f" * 18 + "u"


def test_two_stations_are_counted_as_two_within_reach(street: Street) -> None:
    gaps = answer(street, [station("1", 0.0), station("2", 500.0)], Question(minutes=5))
    # 300 m around 0 and 500: doors 0–3 and 2–8 → 2 doors twice, 7 once.
    assert total(gaps, street.people, "", "").within == (230, 70, 20)


def test_a_living_circle_needs_every_service(street: Street) -> None:
    clinic = station("2", 400.0, categories=("medical",))
    question = Question(minutes=5, services=("party", "medical"))
    gaps = answer(street, [station("1", 0.0), clinic], question)
    # Party: doors 0–3; clinic: doors 1–7 → both: 1, 2, 3.
    assert np.flatnonzero(gaps.covered).tolist() == [1, 2, 3]
    assert gaps.within[:9].tolist() == [1, 2, 2, 2, 1, 1, 1, 1, 0]
    assert gaps.walk_s[3] == 300.0


def test_own_division_serves_its_own_grid_only(street: Street) -> None:
    bound = station("1", 1400.0, rule="own_division")
    gaps = answer(street, [bound], Question(minutes=5))
    # 300 m around 1,400 m is doors 11–17, of which 11–14 are in the station's grid.
    assert np.flatnonzero(gaps.covered).tolist() == [11, 12, 13, 14]
    assert gaps.circles[0].station[20] == -1


def test_who_comes_to_the_house_covers_its_grid_at_home(street: Street) -> None:
    home = station("1", 0.0, rule="comes_to_the_house")
    gaps = answer(street, [home], Question(minutes=5))
    assert np.flatnonzero(gaps.covered).tolist() == list(range(15))
    assert gaps.walk_s[14] == 0.0


def test_an_untied_door_is_never_covered(street: Street) -> None:
    everywhere = [
        station(str(i), 100.0 * i, code="522624", rule=rule)
        for i, rule in enumerate(("nearest", "own_division", "comes_to_the_house"))
    ]
    assert not answer(street, everywhere, Question(minutes=60)).covered[31]


def test_groups_are_sorted_by_households_outside_and_unknown_counts_stay_unknown(
    street: Street,
) -> None:
    gaps = answer(street, [station("1", 0.0)], Question(minutes=15))
    group = np.where(street.x < 1500, 0, 1).astype(np.int32)
    first, second = sum_up(gaps, street.people, group, [("a", "西"), ("b", "东")])
    # East: 16 doors on the street and the untied one, all outside; west: 15 doors, 5 outside.
    assert (first.key, first.outside, first.untied) == ("b", 170, 10)
    assert (second.key, second.outside, second.elderly_outside) == ("a", 50, 10)
    assert first.children_outside is None
    assert second.children_outside == 5


def test_a_circle_on_paper_is_a_straight_line(street: Street) -> None:
    inside = circle_on_paper([station("1", 0.0)], street.x, np.zeros(32), 300.0)
    assert np.flatnonzero(inside).tolist() == [0, 1, 2, 3]


def test_opening_hours_choose_the_stations(street: Street) -> None:
    weekday = station("1", 0.0, hours=((1, "09:00", "17:00"),))
    assert is_asked(weekday, ("party",), Question(weekday=1, clock="10:00"))
    assert not is_asked(weekday, ("party",), Question(weekday=7, clock="10:00"))
    assert not is_asked(station("2", 0.0), ("party",), Question(weekday=1, clock="10:00"))


@pytest.mark.parametrize(
    "values",
    [{"minutes": "0"}, {"minutes": "x"}, {"minutes": "121"}, {"minutes": "nan"},
     {"services": "casino"}, {"way": "by_dog"}, {"tier": "moon"},
     {"weekday": "8", "clock": "10:00"}, {"weekday": "1"}, {"weekday": "1", "clock": "26:00"}],
)  # fmt: skip
def test_a_question_without_an_answer_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(InputError):
        read_question(values)


places = st.lists(st.integers(0, 30), max_size=5)


@given(places, st.integers(1, 20), st.integers(1, 20))
@settings(max_examples=examples(60))
def test_more_minutes_and_more_stations_never_lose_a_door(
    at: list[int], few: int, more: int
) -> None:
    street = _street()
    sites = [station(str(i), 100.0 * x) for i, x in enumerate(at)]
    low, high = sorted((few, more))
    shorter = answer(street, sites, Question(minutes=low)).covered
    longer = answer(street, sites, Question(minutes=high)).covered
    wider = answer(street, [*sites, station("x", 1500.0)], Question(minutes=low)).covered
    assert not (shorter & ~longer).any()
    assert not (shorter & ~wider).any()


_STREETS: list[Street] = []


def _street() -> Street:
    if not _STREETS:
        _STREETS.append(Street())
    return _STREETS[0]


moves = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(0, 3), st.integers(0, 3000)),
        st.tuples(st.just("close"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("open"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("add"), st.just(0), st.integers(0, 3000)),
        st.tuples(st.just("categories"), st.integers(0, 3), st.integers(0, 1)),
    ),
    max_size=6,
)


@given(moves)
@settings(max_examples=examples(80))
def test_trying_out_equals_computing_anew_after_any_operations(
    listed: list[tuple[str, int, int]],
) -> None:
    street = _street()
    sites = [
        station("0", 200.0),
        station("1", 1300.0, rule="own_division"),
        station("2", 2600.0, categories=("medical",)),
        station("3", 700.0, state="planned", categories=("medical", "service_station")),
    ]
    question = Question(minutes=8, services=("party", "medical"))
    gaps = answer(street, sites, question)
    operations: list[dict[str, object]] = []
    for kind, key, value in listed:
        one: dict[str, object] = {"kind": kind, "key": str(key)}
        if kind == "add":
            one |= {"key": next_key(operations), "name": "新", "lon": float(value), "lat": 0.0}
        if kind == "move":
            one |= {"lon": float(value), "lat": 0.0}
        if kind in ("add", "categories"):
            one["categories"] = ["medical" if value % 2 else "service_station"]
        operations.append(one)
    after = list(fold(sites, operations, "522624").sites)
    tried = try_out(street.walkers, gaps, after, street.place)
    anew = answer(street, after, question).covered
    assert tried.covered.tolist() == anew.tolist()
    assert tried.effect.gained.tolist() == np.flatnonzero(anew & ~gaps.covered).tolist()
    assert tried.effect.lost.tolist() == np.flatnonzero(~anew & gaps.covered).tolist()


def test_operations_on_a_station_that_is_gone_are_said_to_be_lost() -> None:
    folded = fold([], [{"kind": "close", "key": "7"}], "522624")
    assert folded.sites == ()
    assert len(folded.lost) == 1


@pytest.mark.parametrize(
    "operation",
    [{"kind": "burn", "key": "1"}, {"kind": "close", "key": "'; DROP"},
     {"kind": "move", "key": "1"},
     {"kind": "move", "key": "1", "lon": 500, "lat": 0},
     {"kind": "add", "key": "n1", "lon": 1, "lat": 1, "categories": []},
     {"kind": "hours", "key": "1", "hours": [[8, "09:00", "17:00"]]},
     {"kind": "hours", "key": "1", "hours": [["x", 1]]},
     {"kind": "hours", "key": "1", "hours": [3]},
     {"kind": "move", "key": "1", "lon": float("nan"), "lat": 0}],
)  # fmt: skip
def test_operations_that_cannot_be_carried_out_are_refused(operation: dict[str, object]) -> None:
    with pytest.raises(InputError):
        check_operation(operation, ("medical",))
