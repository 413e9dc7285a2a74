"""A plan by hand: moves, gestures and findings on towns small enough to count."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from layers.grids.plan.assignment import (
    Load,
    Move,
    Plan,
    PlotGraph,
    apply_moves,
    make_plan,
    make_plot_graph,
)
from layers.grids.plan.gestures import dissolve, gather, inside_ring, left_of_line, merge, split
from layers.grids.plan.overlay import lay_over
from layers.grids.plan.stroke import Mend, Rules, Stroke, disagreement, plan_findings, stroke_moves
from layers.kit.errors import InputError
from tests.layers.grids.towns import SIDE_M, lattice


def graph_of(rows: list[list[int]], estate: object = None) -> PlotGraph:
    problem = lattice(rows, estate=estate)
    buildings = (problem.households > 0).astype(np.int64)
    return make_plot_graph(problem, buildings, np.column_stack([problem.x, problem.y]) + SIDE_M / 2)


def strip() -> Plan:
    """
    plots       0   1   2   3   4   5
    households  100 90  80  70  60  50
    grid        A   A   A   B   B   B       A = 1: 270, B = 2: 180
    """
    return make_plan(graph_of([[100, 90, 80, 70, 60, 50]]), np.array([1, 1, 1, 2, 2, 2]))


# ---- moves ------------------------------------------------------------------------------------


def test_a_move_takes_households_from_one_grid_and_gives_them_to_the_other() -> None:
    after = apply_moves(strip(), [Move(3, 2, 1)])
    assert after.loads == {1: Load(340, 0, 4, 4), 2: Load(110, 0, 2, 2)}  # 270 + 70, 180 - 70


def test_the_plan_that_was_moved_from_stays_as_it_was() -> None:
    plan = strip()
    apply_moves(plan, [Move(3, 2, 1)])
    assert plan.grid.tolist() == [1, 1, 1, 2, 2, 2]
    assert plan.loads[1].households == 270


def test_a_grid_that_gives_its_last_plot_is_gone() -> None:
    after = apply_moves(strip(), [Move(p, 2, 1) for p in (3, 4, 5)])
    assert set(after.loads) == set(after.pieces) == {1}


@pytest.mark.parametrize(
    ("moves", "said"),
    [
        ([Move(6, 1, 2)], "not in this community of 6 plots"),
        ([Move(-1, 1, 2)], "not in this community of 6 plots"),
        ([Move(0, 2, 1)], "not in the grid that they should leave"),
        ([Move(0, 1, 2), Move(0, 1, 3)], "moves twice"),
        ([Move(0, 1, 1)], "into the grid that they are in"),
    ],
)
def test_moves_that_do_not_fit_the_plan_are_refused(moves: list[Move], said: str) -> None:
    with pytest.raises(InputError, match=said):
        apply_moves(strip(), moves)


# ---- gestures ---------------------------------------------------------------------------------


def test_the_source_filter_lets_only_its_grids_give() -> None:
    plan = make_plan(graph_of([[10, 10, 10]]), np.array([1, 2, 3]))
    assert gather(plan, [0, 1, 2], 3, only_from={1}) == (Move(0, 1, 3),)


def test_a_stroke_outside_the_community_is_refused() -> None:
    with pytest.raises(InputError, match="outside this community"):
        gather(strip(), [2, 6], 1)


def test_a_stroke_that_moves_nothing_says_so() -> None:
    with pytest.raises(InputError, match="nothing to move"):
        stroke_moves(strip(), Stroke("brush", (0,), 1), 300)


def test_a_lasso_that_crosses_itself_holds_what_it_winds_around_once() -> None:
    """A bow tie over four plots in a row, points at x = 10, 30, 50, 70.

    It crosses itself at x = 40: plots 0 and 3 lie in its wings; with even-odd nothing is twice in.
    """
    graph = graph_of([[1, 1, 1, 1]])
    ring = [(0.0, -20.0), (80.0, 40.0), (80.0, -20.0), (0.0, 40.0)]
    assert inside_ring(graph, ring).tolist() == [0, 1, 2, 3]
    double = [(0.0, 0.0), (20.0, 0.0), (20.0, 20.0), (0.0, 20.0)] * 2
    assert inside_ring(graph, double).tolist() == []  # wound twice around plot 0: outside


def test_a_line_gives_the_smaller_side_to_the_new_grid() -> None:
    # Points at x = 10, 30, 50; a line at x = 20: 100 households left of it, 90 + 80 right.
    moves = split(strip(), 1, [(20.0, 50.0), (20.0, -50.0)], -1)
    assert moves == (Move(0, 1, -1),)


def test_a_short_line_is_prolonged() -> None:
    assert split(strip(), 1, [(20.0, 11.0), (20.0, 9.0)], -1) == (Move(0, 1, -1),)


def test_a_line_that_misses_is_refused() -> None:
    with pytest.raises(InputError, match="does not divide"):
        split(strip(), 1, [(200.0, 50.0), (200.0, -50.0)], -1)


@pytest.mark.parametrize("turns", range(8))
def test_sides_of_a_line_do_not_depend_on_its_direction(turns: int) -> None:
    angle = turns * math.pi / 4 + 0.1
    line = [(-math.cos(angle), -math.sin(angle)), (math.cos(angle), math.sin(angle))]
    left = (-math.sin(angle), math.cos(angle))
    points = np.array([left, (-left[0], -left[1])]) * 30
    assert left_of_line(points, line).tolist() == [True, False]


def test_merging_keeps_the_grid_with_most_households() -> None:
    assert {(m.source, m.target) for m in merge(strip(), [2, 1])} == {(2, 1)}
    assert {(m.source, m.target) for m in merge(strip(), [1, 2], 2)} == {(1, 2)}


def test_dissolving_fills_neighbours_that_have_room_first() -> None:
    """
    households  250  40  30  100       limit 300
    grid        A    C   C   B
    Plot 1 fits A (250 + 40), plot 2 fits B (100 + 30); both do.
    """
    plan = make_plan(graph_of([[250, 40, 30, 100]]), np.array([1, 3, 3, 2]))
    assert dissolve(plan, 3, 300) == (Move(1, 3, 1), Move(2, 3, 2))
    # At a limit of 280 plot 1 finds no room in A, and follows plot 2 into B.
    assert dissolve(plan, 3, 280) == (Move(1, 3, 2), Move(2, 3, 2))


def test_what_finds_no_room_goes_along_the_longest_border_all_the_same() -> None:
    plan = make_plan(graph_of([[290, 40]]), np.array([1, 2]))
    assert dissolve(plan, 2, 300) == (Move(1, 2, 1),)


def test_the_only_grid_cannot_be_dissolved() -> None:
    plan = make_plan(graph_of([[1, 2]]), np.array([1, 1]))
    with pytest.raises(InputError, match="no unlocked grid lies beside"):
        dissolve(plan, 1, 300)


# ---- findings ---------------------------------------------------------------------------------


def test_exactly_the_limit_is_not_over_it() -> None:
    assert plan_findings(strip(), Rules(270)) == []
    (found,) = plan_findings(strip(), Rules(269))
    assert (found.code, found.grid, found.values["over"]) == ("grid_over_limit", 1, 1)


def test_a_building_of_400_households_is_a_grid_of_its_own_with_a_warning() -> None:
    plan = make_plan(graph_of([[400, 10]]), np.array([1, 2]))
    (found,) = plan_findings(plan, Rules(300))
    assert (found.code, found.severity) == ("building_over_limit", "warning")


def test_a_cut_off_piece_comes_with_its_mend() -> None:
    """
    households  10  20  30  41       A is cut by B; its lesser piece is plot 0 (10 households)
    grid        A   B   A   A
    """
    plan = make_plan(graph_of([[10, 20, 30, 41]]), np.array([1, 2, 1, 1]))
    (found,) = plan_findings(plan, Rules(300))
    assert (found.code, found.grid, found.plots) == ("grid_in_pieces", 1, (0,))
    assert found.mend == Mend(2, (0,), 10, 1)


def test_an_estate_that_fits_one_grid_and_is_cut_is_told() -> None:
    plan = make_plan(graph_of([[10, 20, 30]], estate=[[0, 0, -1]]), np.array([1, 2, 2]))
    (found,) = plan_findings(plan, Rules(300, estates=["和平小区"]))
    assert found.values == {"estate": "和平小区", "grids": 2, "households": 30}


def test_a_dedicated_grid_may_be_empty_of_households_and_knows_no_minimum() -> None:
    plan = make_plan(graph_of([[0, 20]]), np.array([1, 2]))
    codes = {f.code: f.grid for f in plan_findings(plan, Rules(300, 50, dedicated={1}))}
    assert codes == {"dedicated_without_households": 1, "grid_below_minimum": 2}


def test_an_empty_community_has_no_findings() -> None:
    plan = make_plan(graph_of([[0, 0]]), np.array([1, 1]))
    assert plan_findings(plan, Rules(300)) == []


def test_another_count_in_the_browser_is_reported() -> None:
    assert disagreement(strip(), {1: 270, 2: 181, 9: 5}) == {2: (181, 180), 9: (5, 0)}


# ---- foreign polygons -------------------------------------------------------------------------


def test_plots_go_to_the_polygon_that_covers_most_of_them() -> None:
    """Plots of 20 m at x = 0, 20, 40, 60; polygons to x = 25 and from x = 25 to 60.

    Plot 1 (20..40) lies 5 m in the first and 15 m in the second: it goes to the second, and
    5 x 20 = 100 m2 move. Plot 3 lies under none: it joins its neighbour; 400 m2 without a grid.
    """
    graph = graph_of([[1, 2, 3, 4]])
    shapes = shapely.box(np.arange(4) * 20.0, 0, np.arange(4) * 20.0 + 20, 20)
    polygons = np.array([shapely.box(0, 0, 25, 20), shapely.box(25, 0, 60, 20)], object)
    laid = lay_over(graph, shapes, polygons)
    assert laid is not None
    assert laid.group.tolist() == [0, 1, 1, 1]
    assert (laid.cut.tolist(), laid.moved_m2.tolist()) == ([1], [pytest.approx(100)])
    assert laid.orphans.tolist() == [3]
    assert laid.without_grid_m2 == pytest.approx(400)
    assert laid.overlap_m2 == pytest.approx(0)


def test_overlapping_polygons_are_measured() -> None:
    graph = graph_of([[1, 2]])
    shapes = shapely.box(np.arange(2) * 20.0, 0, np.arange(2) * 20.0 + 20, 20)
    polygons = np.array([shapely.box(0, 0, 30, 20), shapely.box(20, 0, 40, 20)], object)
    laid = lay_over(graph, shapes, polygons)
    assert laid is not None
    assert laid.overlap_m2 == pytest.approx(200)  # 20..30 twice, 20 m high


def test_polygons_elsewhere_touch_nothing() -> None:
    graph = graph_of([[1, 2]])
    shapes = shapely.box(np.arange(2) * 20.0, 0, np.arange(2) * 20.0 + 20, 20)
    assert lay_over(graph, shapes, np.array([shapely.box(900, 0, 930, 20)], object)) is None
