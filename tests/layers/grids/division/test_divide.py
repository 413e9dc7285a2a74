from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.grids.division.divide import (
    Options,
    divide,
    even_two,
    lower_bound,
    split_in_two,
)
from layers.grids.division.measures import measure
from layers.grids.division.problem import packing_bound, pieces
from layers.kit.errors import Cancelled, InputError
from tests.layers.grids.towns import breaches, lattice
from tests.properties import examples

QUICK = {"effort": 0.1}


def loads(problem, assignment):
    return np.bincount(assignment, problem.households)


def codes(answer):
    return [finding.code for finding in answer.findings]


@st.composite
def towns(draw):
    """Any lattice up to 6 × 6 with holes, empty land and buildings up to twice the limit."""
    height, width = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    limit = draw(st.integers(1, 400))
    household = st.one_of(st.just(0), st.integers(0, 2 * limit))
    rows = draw(
        st.lists(
            st.lists(household, min_size=width, max_size=width), min_size=height, max_size=height
        )
    )
    spots = [(r, c) for r in range(height) for c in range(width)]
    missing = draw(st.sets(st.sampled_from(spots), max_size=len(spots) // 3))
    missing -= {spots[0]}
    return lattice(rows, missing=tuple(missing)), limit


@settings(max_examples=examples(100), suppress_health_check=list(HealthCheck))
@given(
    towns(),
    st.sampled_from([None, "fewest", "balanced", "round"]),
    st.one_of(st.none(), st.integers(1, 12)),
)
def test_any_town_and_any_limit_give_an_unbroken_plan(town, prefer, grids):
    problem, limit = town
    answer = divide(problem, Options(limit, prefer=prefer, grids=grids, **QUICK))
    assert breaches(problem, answer.assignment, limit) == []
    assert answer.grids == len(set(answer.assignment.tolist())) >= answer.lower_bound
    assert loads(problem, answer.assignment).sum() == problem.households.sum()
    if grids is not None and answer.grids != grids:
        assert "grids_not_reached" in codes(answer)


@settings(max_examples=examples(40))
@given(towns(), st.integers(0, 3))
def test_the_same_seed_gives_the_same_plan(town, seed):
    problem, limit = town
    options = Options(limit, seed=seed, **QUICK)
    first, second = divide(problem, options), divide(problem, options)
    assert (first.assignment == second.assignment).all()


def test_lower_bound_counts_oversize_buildings_and_rounds_the_rest_up():
    problem = lattice([[350, 200, 150, 0, 251]])
    # one building over 300, then ceil((200 + 150 + 0 + 251) / 300) = ceil(601 / 300) = 3
    assert lower_bound(problem, 300) == 1 + 3


def test_packing_bound_sees_that_two_buildings_of_160_do_not_share_a_grid():
    sizes = np.array([160] * 7)
    assert math.ceil(sizes.sum() / 300) == 4
    assert packing_bound(sizes, 300) == 7


def test_packing_bound_never_exceeds_what_first_fit_needs():
    rng = np.random.default_rng(5)
    for _ in range(300):
        sizes = rng.integers(0, 301, rng.integers(1, 12))
        bins: list[int] = []
        for size in sorted(sizes, reverse=True):
            fit = next((i for i, load in enumerate(bins) if load + size <= 300), None)
            if fit is None:
                bins.append(size)
            else:
                bins[fit] += size
        assert math.ceil(sizes.sum() / 300) <= max(packing_bound(sizes, 300), 1)
        assert packing_bound(sizes, 300) <= max(len(bins), 1)


def test_nine_buildings_of_100_fill_three_grids_to_the_brim():
    answer = divide(lattice([[100] * 3] * 3), Options(300, prefer="fewest"))
    assert answer.grids == answer.lower_bound == 3
    assert loads(lattice([[100] * 3] * 3), answer.assignment).tolist() == [300, 300, 300]


def test_a_building_over_the_limit_is_a_grid_of_its_own_with_a_warning():
    problem = lattice([[10, 10, 10], [10, 450, 10], [10, 10, 10]])
    answer = divide(problem, Options(300))
    grid = answer.assignment[4]
    assert (answer.assignment == grid).sum() == 1
    found = [f for f in answer.findings if f.code == "building_over_limit"]
    assert [(f.severity, f.values["households"]) for f in found] == [("warning", 450)]


def test_land_that_only_an_oversize_building_reaches_is_its_own_grid_and_said():
    """[100] [450] [0]: the park in the east touches only the tower."""
    answer = divide(lattice([[100, 450, 0]]), Options(300))
    assert answer.grids == 3
    assert "grid_without_households" in codes(answer)
    assert "bound_not_reachable" in codes(answer)  # 2 by households, 3 by the land


def test_each_piece_of_a_community_is_divided_by_itself():
    problem = lattice([[100, 100, 0, 100, 100]], missing=((0, 2),))
    answer = divide(problem, Options(300, prefer="fewest"))
    # 400 households would fit in two grids; two islands of 200 need one each
    assert answer.grids == 2
    assert answer.assignment[0] == answer.assignment[1] != answer.assignment[2]


def test_a_border_follows_the_street_and_not_the_middle():
    """12 columns of 10 plots, a street after column 4: 50 | 70 plots of 4 households, limit 300."""
    problem = lattice([[4] * 12] * 10, street_after_column=4)
    answer = divide(problem, Options(300, grids=2))
    west = answer.assignment.reshape(10, 12)[:, :5]
    east = answer.assignment.reshape(10, 12)[:, 5:]
    assert len(set(west.ravel())) == len(set(east.ravel())) == 1
    assert measure(problem, answer.assignment, 300).street_share == 1.0


def test_an_estate_that_fits_stays_whole():
    estate = np.full((8, 8), -1)
    estate[2:6, 2:6] = 7  # 16 buildings of 15 = 240 households in the middle
    households = np.where(estate == 7, 15, 5)
    problem = lattice(households.tolist(), estate=estate)
    answer = divide(problem, Options(300, prefer="round"))
    assert len(set(answer.assignment[problem.estate == 7].tolist())) == 1


def test_estates_stay_whole_where_the_number_of_grids_allows_it_and_else_are_cut():
    """6 × 6 plots of 25: nine estates of 2 × 2, 100 each. Three make a grid of 300."""
    estate = np.arange(6)[:, None] // 2 * 3 + np.arange(6)[None, :] // 2
    problem = lattice([[25] * 6] * 6, estate=estate)
    answer = divide(problem, Options(300, prefer="fewest"))
    assert answer.grids == 3
    assert measure(problem, answer.assignment, 300).estates_split == 0
    # at a limit of 225 two estates make 200: nine estates would need five grids, 900 / 225 is four
    tight = divide(problem, Options(225, prefer="fewest"))
    assert tight.grids == 4
    assert measure(problem, tight.assignment, 225).estates_split > 0


def test_an_exact_number_of_grids_is_met_with_a_loose_limit_and_even_loads():
    problem = lattice([[5] * 12] * 12)  # 720 households
    for wanted in (3, 4, 7, 12):
        answer = divide(problem, Options(520, grids=wanted))
        assert answer.grids == wanted
        assert breaches(problem, answer.assignment, 520) == []
        mean = 720 / wanted
        assert loads(problem, answer.assignment).min() >= 0.4 * mean


def test_more_grids_than_plots_cannot_be_had_and_it_is_said():
    answer = divide(lattice([[5, 5]]), Options(300, grids=5))
    assert answer.grids == 2
    assert "grids_not_reached" in codes(answer)


def test_balanced_loads_differ_less_than_an_eighth():
    problem = lattice([[7] * 14] * 14)  # 1372 households: 5 grids of 274
    answer = divide(problem, Options(300, prefer="balanced"))
    load = loads(problem, answer.assignment)
    assert load.max() - load.min() <= load.mean() / 8


def test_locked_grids_stay_as_they_are():
    locked = np.full((6, 6), -1)
    locked[:2, :2] = 9
    locked[4:, 4:] = 3
    problem = lattice([[20] * 6] * 6, locked=locked)
    answer = divide(problem, Options(300))
    for position, number in enumerate((3, 9)):  # in the order of their numbers
        mine = problem.locked == number
        assert (answer.assignment[mine] == position).all()
        assert (answer.assignment[~mine] != position).all()


def test_a_community_without_households_is_one_grid():
    answer = divide(lattice([[0, 0], [0, 0]]), Options(300))
    assert answer.grids == 1
    assert codes(answer) == ["grid_without_households"]


def test_one_building_and_no_plot_at_all_are_communities_too():
    assert divide(lattice([[5]])).grids == 1
    assert divide(lattice([[500]])).assignment.tolist() == [0]
    assert divide(lattice([[5]], missing=((0, 0),))).grids == 0


def test_a_limit_that_every_building_exceeds_gives_a_grid_each():
    answer = divide(lattice([[5, 6, 7]]), Options(1))
    assert answer.grids == 3
    assert codes(answer) == ["building_over_limit"] * 3


def test_small_grids_are_avoided_where_a_floor_is_wished():
    problem = lattice([[10] * 10] * 10)  # 1000 households
    answer = divide(problem, Options(300, households_min=200, prefer="round"))
    assert loads(problem, answer.assignment).min() >= 200


def test_two_halves_of_a_split_grid_are_even_and_whole():
    problem = lattice([[10] * 8] * 4)
    assignment = np.zeros(32, np.int32)
    result = split_in_two(problem, assignment, 0, Options(300))
    assert sorted(set(result.tolist())) == [0, 1]
    assert breaches(problem, result, 300) == []
    assert abs(int(loads(problem, result)[0]) - 160) <= 20


def test_a_grid_far_over_the_limit_is_still_split_into_two_and_not_more():
    problem = lattice([[100] * 5] * 2)  # 1000 households
    result = split_in_two(problem, np.zeros(10, np.int32), 0, Options(300))
    assert sorted(set(result.tolist())) == [0, 1]


def test_a_grid_of_one_plot_cannot_be_split():
    with pytest.raises(InputError):
        split_in_two(lattice([[400]]), np.zeros(1, np.int32), 0)


def test_evening_two_grids_touches_no_third_and_keeps_numbers_where_most_stays():
    problem = lattice([[10] * 12] * 2)
    assignment = np.repeat([[0] * 2 + [1] * 6 + [2] * 4], 2, axis=0).ravel().astype(np.int32)
    result = even_two(problem, assignment, 0, 1)
    assert (result[assignment == 2] == 2).all()
    assert loads(problem, result).tolist() == [80, 80, 80]  # (40 + 120) / 2
    assert result[0] == 0


def test_grids_that_do_not_touch_cannot_be_evened():
    problem = lattice([[10] * 6])
    with pytest.raises(InputError):
        even_two(problem, np.array([0, 0, 1, 1, 2, 2], np.int32), 0, 2)


def test_progress_rises_to_one_and_cancel_stops():
    problem = lattice([[9] * 12] * 12)
    shares: list[float] = []
    divide(problem, Options(300, **QUICK), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    with pytest.raises(Cancelled):
        divide(problem, Options(300), cancel=lambda: len(shares) > 0)


def test_all_faults_of_a_problem_are_reported_together():
    from layers.grids.division.divide import Problem

    with pytest.raises(InputError) as caught:
        Problem(
            households=np.array([1, -2]),
            area_m2=np.array([1.0, np.nan]),
            perimeter_m=np.ones(2),
            x=np.zeros(2),
            y=np.zeros(2),
            a=np.array([0], np.int32),
            b=np.array([5], np.int32),
            shared_m=np.ones(1),
        )
    message = str(caught.value)
    assert "fewer than 0" in message
    assert "area_m2" in message
    assert "b names a plot outside" in message


def test_measures_of_two_halves_are_worked_by_hand():
    """2 × 4 plots of 20 m in two squares of 40 m, a street between them."""
    problem = lattice([[10, 20, 30, 40]] * 2, street_after_column=1)
    halves = np.array([0, 0, 1, 1] * 2, np.int32)
    found = measure(problem, halves, 100)
    # 4π · 1600 / 160² = 0.785; border 40 m, all on the street, weighted 20; √(3200 · 2) = 80
    assert found.polsby_popper_mean == pytest.approx(math.pi / 4)
    assert (found.border_m, found.street_share, found.weighted_border_m) == (40, 1, 20)
    assert found.weighted_cut == pytest.approx(20 / 80)
    assert (found.largest, found.smallest, found.over_limit, found.in_pieces) == (140, 60, 1, 0)


def test_one_grid_in_two_gives_two_with_households() -> None:
    """Two buildings side by side at one end of empty land: 40 + 60 households, 20 empty plots."""
    problem = lattice([[40, 60, *[0] * 20]])
    result = split_in_two(problem, np.zeros(22, np.int32), 0, Options(300))
    assert sorted(np.bincount(result, problem.households).astype(int)) == [40, 60]


@given(st.data())
@settings(max_examples=examples(40), suppress_health_check=list(HealthCheck))
def test_halves_of_a_grid_are_both_inhabited_and_whole(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 4)), data.draw(st.integers(2, 6))
    counts = data.draw(
        st.lists(
            st.lists(st.sampled_from([0, 0, 0, 1, 5, 400]), min_size=columns, max_size=columns),
            min_size=rows, max_size=rows,
        )
    )  # fmt: skip
    problem = lattice(counts)
    inhabited = np.count_nonzero(problem.households)
    start = np.zeros(rows * columns, np.int32)
    if inhabited < 2:
        with pytest.raises(InputError, match="on one plot"):
            split_in_two(problem, start, 0, Options(300))
        return
    result = split_in_two(problem, start, 0, Options(300))
    assert set(np.unique(result)) == {0, 1}
    for half in (0, 1):
        assert problem.households[result == half].sum() > 0
        assert len(pieces(problem, result == half)) == 1
