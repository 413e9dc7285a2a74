"""Siting on a loaded county against brute force, and orders of visits."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.engine import transaction
from data.stations.read_coverage import public_lands
from layers.coverage_gaps.answers.gaps import Question
from layers.coverage_gaps.answers.visits import length_of, walking_order
from layers.coverage_gaps.candidates import CandidateFilter
from layers.coverage_gaps.sitings import (
    Problem,
    SitingQuestion,
    answer_at_once,
    pose,
    prove,
    read_siting,
)
from layers.coverage_gaps.store import Board
from layers.kit.errors import InputError
from tests.dashboard.pages.coverage.conftest import board_of
from tests.demonstration import Loaded
from tests.properties import examples

NOTHING = np.empty(0, object)


@pytest.fixture(scope="module")
def board(liping: Loaded) -> Board:
    return board_of(liping)


def never() -> bool:
    return False


def ask(
    board: Board, number: int, goal: str = "cover", minutes: float = 2, **values: object
) -> Problem:
    question = Question(minutes=minutes)
    sought = {k: values.pop(k) for k in ("where", "area", "picked") if k in values}
    where = CandidateFilter(*([sought.pop("where")] if "where" in sought else []), **sought)  # type: ignore[arg-type]
    asked = SitingQuestion(question, number, goal, where, **values)  # type: ignore[arg-type]
    return pose(board, board.answer(question), asked, NOTHING)


def best_of(problem: Problem, number: int) -> int:
    """The most households covered by any choice of sites, by trying them all."""
    most = 0
    for sites in combinations(range(len(problem.reached)), number):
        covered = problem.served.copy()
        for site in sites:
            covered[problem.reached[site]] = True
        most = max(most, int(problem.weight[covered].sum()))
    return most


@pytest.mark.database
@pytest.mark.parametrize("number", [1, 2, 3])
def test_no_other_choice_covers_more_than_the_proven_one(board: Board, number: int) -> None:
    problem = ask(board, number)
    answer = prove(problem, never)
    assert answer["proved"]
    assert answer["after"] == answer["bound"] == best_of(problem, number)
    assert answer["after"] >= answer_at_once(problem)["after"]
    assert answer["sites"][-1]["sum"] == answer["after"]
    assert answer["before"] + sum(s["gain"] for s in answer["sites"]) == answer["after"]


@pytest.mark.database
def test_everyone_within_reach_with_the_fewest(board: Board) -> None:
    problem = ask(board, 20, "all", minutes=4)
    answer = prove(problem, never)
    assert answer["proved"]
    assert answer["after"] == answer["reachable"]
    fewer = len(answer["sites"]) - 1
    assert fewer <= 3  # few enough to try all of them
    assert fewer == 0 or best_of(problem, fewer) < answer["reachable"]


@pytest.mark.database
def test_least_walking_walks_less_than_before_and_than_the_first_answer(board: Board) -> None:
    problem = ask(board, 2, "distance")
    first, answer = answer_at_once(problem), prove(problem, never)
    assert answer["proved"]
    assert answer["mean_after_s"] < answer["mean_before_s"]
    assert answer["mean_after_s"] <= first["mean_after_s"]


@pytest.mark.database
def test_existing_stations_that_may_move_never_cover_less(board: Board) -> None:
    kept = prove(ask(board, 1), never)
    moved = prove(ask(board, 1, is_movable=True), never)
    assert moved["after"] >= kept["after"]
    assert moved["before"] == kept["before"]


@pytest.mark.database
def test_candidates_of_a_drawn_area_and_of_picked_buildings_lie_there(board: Board) -> None:
    facts = board.facts[0]
    x, y, d = facts.lon, facts.lat, 2e-4
    area = ((x - d, y - d), (x + d, y - d), (x + d, y + d), (x - d, y + d))
    drawn = ask(board, 1, where="drawn", area=area)
    inside = [f for f in board.facts if abs(f.lon - x) <= d and abs(f.lat - y) <= d]
    assert len(drawn.reached) == len(inside)
    assert len(ask(board, 1, where="picked", picked=(int(facts.id),)).reached) == 1


@pytest.mark.database
def test_public_land_gives_candidates(board: Board, liping: Loaded) -> None:
    with transaction(liping.engine) as c:
        lands = public_lands(c, liping.code, board.srid)
    question = Question(minutes=2)
    asked = SitingQuestion(question, 1, where=CandidateFilter("public"))
    problem = pose(board, board.answer(question), asked, lands)
    assert len(problem.reached) >= len(lands) > 0


@pytest.mark.parametrize(
    "values",
    [{"number": 0}, {"number": 21}, {"number": "many"}, {"number": 1, "where": "moon"},
     {"number": 1, "where": "drawn"}, {"number": 1, "where": "picked"},
     {"number": 1, "goal": "profit"}],
)  # fmt: skip
def test_a_siting_question_without_an_answer_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(InputError):
        read_siting(Question(), values)


def test_existing_stations_of_several_services_cannot_move() -> None:
    asked = Question(services=("party", "medical"))
    assert read_siting(asked, {"number": 1}).question.circles == (("party",), ("medical",))
    with pytest.raises(InputError):
        read_siting(asked, {"number": 1, "is_movable": True})


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=12))
@settings(max_examples=examples(60))
def test_an_order_visits_every_place_once_and_never_walks_more_than_the_order_given(
    places: list[tuple[int, int]],
) -> None:
    xy = np.array(places, float)
    seconds = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    order = walking_order(seconds, 0)
    assert sorted(order) == list(range(len(places)))
    assert order[0] == 0
    nearest_first = [0]
    while len(nearest_first) < len(places):
        left = set(range(len(places))) - set(nearest_first)
        nearest_first.append(min(left, key=lambda p: (seconds[nearest_first[-1], p], p)))
    assert length_of(seconds, order) <= length_of(seconds, nearest_first) + 1e-6
