from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.grids.division.divide import Options, divide
from layers.grids.division.repair import repair
from layers.kit.errors import InputError
from tests.layers.grids.towns import breaches, lattice
from tests.properties import examples


def found(answer, code):
    return [dict(f.values) for f in answer.findings if f.code == code]


def in_force(rows: list[list[int]]) -> np.ndarray:
    return np.array(rows, np.int32).ravel()


@st.composite
def plans(draw):
    """Any lattice up to 4 × 5 and any assignment, however broken."""
    height, width = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    limit = draw(st.integers(20, 300))
    size = height * width
    loads = draw(st.lists(st.integers(0, limit + 20), min_size=size, max_size=size))
    grids = draw(st.lists(st.integers(-1, 4), min_size=size, max_size=size))
    _, numbered = np.unique(grids, return_inverse=True)
    shift = 1 if -1 in grids else 0
    problem = lattice(np.array(loads).reshape(height, width).tolist())
    return problem, (numbered - shift).astype(np.int32), limit


@settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
@given(plans())
def test_any_plan_is_in_order_after_a_repair(plan):
    problem, assignment, limit = plan
    answer = repair(problem, assignment, Options(limit))
    assert breaches(problem, answer.assignment, limit) == []
    assert answer.moved_households <= int(problem.households.sum())


def test_a_plan_in_order_is_not_touched():
    problem = lattice([[9] * 10] * 10)
    plan = divide(problem, Options(300, prefer="fewest")).assignment
    answer = repair(problem, plan, Options(300))
    assert (answer.assignment == plan).all()
    assert answer.moved_households == 0
    assert found(answer, "plots_moved") == []


def test_one_building_moves_where_one_is_enough():
    """Grid 0 holds 310, grid 1 holds 150: moving one house of 10 over the border will do."""
    problem = lattice([[100, 100, 100, 10, 50, 100]])
    answer = repair(problem, in_force([[0, 0, 0, 0, 1, 1]]), Options(300))
    assert answer.assignment.tolist() == [0, 0, 0, 1, 1, 1]
    assert answer.moved_households == 10
    assert found(answer, "plots_moved") == [
        {"from": 0, "to": 1, "plots": 1, "households": 10, "reason": "over_limit"}
    ]


def test_households_move_in_a_chain_through_a_full_neighbour():
    """310 | 300 | 200: ten households cross each border; grid 1 only makes room."""
    problem = lattice([[150, 150, 10, 140, 150, 10, 100, 100]])
    answer = repair(problem, in_force([[0, 0, 0, 1, 1, 1, 2, 2]]), Options(300))
    assert answer.assignment.tolist() == [0, 0, 1, 1, 1, 2, 2, 2]
    reasons = {move["from"]: move["reason"] for move in found(answer, "plots_moved")}
    assert reasons == {0: "over_limit", 1: "makes_room"}


def test_a_grid_is_added_where_no_neighbour_has_room():
    problem = lattice([[150, 150, 150, 150, 150, 150]])
    answer = repair(problem, in_force([[0, 0, 0, 1, 1, 1]]), Options(300))
    assert answer.grids == 3  # 900 households
    assert breaches(problem, answer.assignment, 300) == []


def test_a_broken_grid_keeps_its_heavier_piece():
    """0 0 1 1 0: the last house is cut off from grid 0 and joins grid 1."""
    problem = lattice([[50, 50, 50, 50, 20]])
    answer = repair(problem, in_force([[0, 0, 1, 1, 0]]), Options(300))
    assert answer.assignment.tolist() == [0, 0, 1, 1, 1]
    (move,) = found(answer, "plots_moved")
    assert (move["households"], move["reason"]) == (20, "in_pieces")


def test_a_building_over_the_limit_leaves_its_grid():
    problem = lattice([[20, 20, 400]])
    answer = repair(problem, in_force([[0, 0, 0]]), Options(300))
    assert answer.grids == 2
    assert answer.assignment[0] == answer.assignment[1] != answer.assignment[2]
    assert answer.assignment[2] == 0  # the number stays with most households: 400 against 40
    assert answer.moved_households == 40


def test_plots_without_a_grid_join_a_neighbour():
    problem = lattice([[50, 0, 50]])
    answer = repair(problem, in_force([[0, -1, 1]]), Options(300))
    assert answer.grids == 2
    assert found(answer, "plots_moved")[0]["reason"] == "unassigned"


def test_that_fewer_grids_would_do_is_made_and_not_guessed():
    problem = lattice([[25] * 12] * 2)  # 600 households in 4 grids; 2 would do
    plan = np.repeat([[0, 1, 2, 3]], 2, axis=0).repeat(3, axis=1).ravel().astype(np.int32)
    answer = repair(problem, plan, Options(300))
    assert found(answer, "fewer_grids_possible") == [{"grids": 4, "possible": 2}]


def test_locked_grids_are_not_touched():
    locked = np.full((2, 6), -1)
    locked[:, :3] = 0
    problem = lattice([[60] * 6] * 2, locked=locked)
    plan = in_force([[0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1]])  # both hold 360
    answer = repair(problem, plan, Options(300))
    assert (answer.assignment[plan == 0] == 0).all()
    assert answer.grids == 3


def test_a_plan_for_other_plots_is_refused():
    with pytest.raises(InputError):
        repair(lattice([[1, 2]]), np.zeros(3, np.int32))


def test_growth_of_a_town_moves_little_more_than_what_is_too_much():
    rng = np.random.default_rng(3)
    problem = lattice(rng.integers(3, 16, (18, 18)).tolist())
    plan = divide(problem, Options(300, prefer="round")).assignment
    grown = problem.households.copy()
    grown[rng.random(len(grown)) < 0.05] += 12
    now = dataclasses.replace(problem, households=grown)
    too_much = np.maximum(0, np.bincount(plan, grown) - 300).sum()
    answer = repair(now, plan, Options(300))
    assert breaches(now, answer.assignment, 300) == []
    assert answer.moved_households <= 4 * too_much + 20
