"""Which buildings polygons settle and which they leave in doubt: the pure part."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.grids.cases.claims import Case, Settlement, assign_plots, find_cases, may_claim
from layers.grids.division.problem import Problem
from layers.grids.plan.assignment import PlotGraph, all_pieces, make_plot_graph
from tests.properties import examples


def boxes(*bounds: tuple[float, float, float, float]) -> np.ndarray:
    return np.array([shapely.box(*b) for b in bounds], object)


HOUSE = (0, 0, 10, 10)  # 100 m²


def only(found: Settlement) -> Case:
    (case,) = found.cases
    assert found.settled.tolist() == [-1]
    return case


def test_a_building_in_one_polygon_is_settled() -> None:
    found = find_cases(boxes(HOUSE), [8], boxes((-5, -5, 20, 20), (20, 0, 30, 10)))
    assert found.settled.tolist() == [0]
    assert found.cases == ()


def test_a_border_through_a_building_splits_it_and_its_households() -> None:
    # 7 of 10 m lie in the first: 70 %, 70 m², 7 of 10 households.
    case = only(find_cases(boxes(HOUSE), [10], boxes((-5, -5, 7, 20), (7, -5, 20, 20))))
    assert case.kind == "split"
    assert [(c.claimant, c.share, c.area_m2, c.households) for c in case.claims] == [
        (0, 0.7, 70.0, 7),
        (1, 0.3, 30.0, 3),
    ]
    assert case.proposal == 0


def test_two_polygons_over_the_same_ground_overlap() -> None:
    case = only(find_cases(boxes(HOUSE), [10], boxes((-5, -5, 8, 20), (-5, -5, 20, 20))))
    assert case.kind == "overlap"
    assert [(c.claimant, c.share) for c in case.claims] == [(1, 1.0), (0, 0.8)]
    assert [c.households for c in case.claims] == [10, 8]


def test_a_building_in_no_polygon_goes_to_the_nearest() -> None:
    polygons = boxes((30, 0, 40, 10), (-14, 0, -4, 10))  # 20 m and 4 m away
    case = only(find_cases(boxes(HOUSE), [10], polygons))
    assert case.kind == "none"
    assert [(c.claimant, c.distance_m, c.share) for c in case.claims] == [
        (1, 4.0, 0.0),
        (0, 20.0, 0.0),
    ]


def test_less_than_half_of_a_building_settles_nothing() -> None:
    case = only(find_cases(boxes(HOUSE), [10], boxes((-9, 0, 4, 10), (18, 0, 20, 10))))
    assert case.kind == "partly"
    assert [(c.claimant, c.share, c.distance_m) for c in case.claims] == [
        (0, 0.4, 0.0),
        (1, 0.0, 8.0),
    ]


def test_the_noise_of_coordinates_makes_no_case() -> None:
    # 0.04 m of 10 m: 0.4 % of the footprint.
    found = find_cases(boxes(HOUSE), [10], boxes((-5, -5, 9.96, 20), (9.96, -5, 20, 20)))
    assert found.settled.tolist() == [0]


def test_entrances_tell_the_households_where_they_are_known() -> None:
    polygons = boxes((-5, -5, 7, 20), (7, -5, 20, 20))
    doors = {0: np.array([shapely.Point(8, 5), shapely.Point(9, 5)], object)}
    case = only(find_cases(boxes(HOUSE), [10], polygons, doors))
    # 70 % of the footprint, yet both entrances lie in the other part.
    assert [(c.claimant, c.households) for c in case.claims] == [(0, 0), (1, 10)]


def test_unknown_households_stay_unknown() -> None:
    case = only(find_cases(boxes(HOUSE), [None], boxes((-5, -5, 7, 20), (7, -5, 20, 20))))
    assert [c.households for c in case.claims] == [None, None]


def test_equal_shares_go_to_more_households_then_to_the_first() -> None:
    polygons = boxes((-5, -5, 5, 20), (5, -5, 20, 20))
    assert only(find_cases(boxes(HOUSE), [10], polygons)).proposal == 0
    door = {0: np.array([shapely.Point(9, 5)], object)}
    assert only(find_cases(boxes(HOUSE), [10], polygons, door)).proposal == 1


def test_a_polygon_claims_in_its_own_community_only() -> None:
    towns = boxes((0, 0, 100, 100), (100, 0, 200, 100))
    codes = ["522601001001", "522601001002"]
    polygons = boxes((10, 0, 104, 50), (60, 0, 140, 50), (98, 0, 150, 90), (900, 0, 950, 50))
    # By its larger part; both hold a fifth or more; its code says the first; elsewhere.
    labels = ["a", "b", "522601001001007", "c"]
    assert may_claim(polygons, labels, towns, codes).tolist() == [
        [True, False],
        [True, True],
        [True, False],
        [False, False],
    ]


# ---- plots -----------------------------------------------------------------------------------


def row_of_plots(n: int, households: list[int]) -> tuple[PlotGraph, np.ndarray]:
    """n plots of 10 × 10 m in a row, each beside the next."""
    shapes = boxes(*[(10 * i, 0, 10 * i + 10, 10) for i in range(n)])
    ones, edge = np.full(n, 100.0), np.arange(n - 1, dtype=np.int32)
    problem = Problem(
        households=np.array(households, np.int64),
        area_m2=ones,
        perimeter_m=np.full(n, 40.0),
        x=np.arange(n) * 10.0 + 5,
        y=np.full(n, 5.0),
        a=edge,
        b=edge + 1,
        shared_m=np.full(n - 1, 10.0),
        barrier=np.zeros(n - 1, np.int8),
        estate=np.full(n, -1, np.int32),
        building=np.array(households) > 0,
    )
    point = np.column_stack([problem.x, problem.y])
    return make_plot_graph(problem, (np.array(households) > 0).astype(np.int64), point), shapes


def test_land_follows_its_larger_share_and_says_how_much_moved() -> None:
    graph, shapes = row_of_plots(4, [5, 0, 0, 6])
    # The border runs at 16 m: 6 m of the second plot to the first grid, 4 m to the second.
    polygons = boxes((0, 0, 16, 10), (16, 0, 40, 10))
    done = assign_plots(
        graph, shapes, polygons, np.array([0, 3]), np.array([0, 1]), np.array([5, 6])
    )
    assert done.group.tolist() == [0, 0, 1, 1]
    assert done.cut.tolist() == [1]
    assert done.moved_m2.tolist() == [40.0]  # 4 m × 10 m
    assert done.buildings_m2 == 0


def test_a_ruling_against_the_polygon_moves_the_buildings_land() -> None:
    graph, shapes = row_of_plots(2, [5, 6])
    polygons = boxes((0, 0, 10, 10), (10, 0, 20, 10))
    done = assign_plots(
        graph, shapes, polygons, np.array([0, 1]), np.array([1, 1]), np.array([5, 6])
    )
    assert done.group.tolist() == [1, 1]
    assert done.buildings_m2 == 100.0


def test_buildings_on_one_plot_go_with_most_of_the_households() -> None:
    graph, shapes = row_of_plots(2, [9, 1])
    polygons = boxes((0, 0, 5, 10), (5, 0, 20, 10))
    done = assign_plots(
        graph, shapes, polygons, np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([3, 6, 1])
    )
    assert done.group.tolist() == [1, 1]
    assert done.shared.tolist() == [0]


def test_land_under_no_polygon_joins_the_grid_beside_it() -> None:
    graph, shapes = row_of_plots(3, [5, 0, 6])
    polygons = boxes((0, 0, 9, 10), (25, 0, 30, 10))
    done = assign_plots(
        graph, shapes, polygons, np.array([0, 2]), np.array([0, 1]), np.array([5, 6])
    )
    assert done.orphans.tolist() == [1]
    assert done.group[1] in (0, 1)
    assert all(len(pieces) == 1 for pieces in all_pieces(graph, done.group).values())


# ---- what always holds -----------------------------------------------------------------------

coordinate = st.integers(-20, 120)
size = st.integers(1, 70)
polygon = st.tuples(coordinate, coordinate, size, size).map(
    lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@settings(max_examples=examples(120))
@given(st.lists(polygon, min_size=1, max_size=8), st.lists(st.integers(0, 60), max_size=12))
def test_every_building_is_settled_or_a_case_and_no_household_is_lost(
    polygons: list[shapely.Polygon], households: list[int]
) -> None:
    n = len(households)
    footprints = boxes(*[(9 * i, 5 * i, 9 * i + 7, 5 * i + 6) for i in range(n)])
    claimants = np.array(polygons, object)
    found = find_cases(footprints, households, claimants)
    in_doubt = [case.building for case in found.cases]
    settled = np.flatnonzero(found.settled >= 0).tolist()
    assert sorted(settled + in_doubt) == list(range(n))
    assert sum(households[b] for b in settled) + sum(households[b] for b in in_doubt) == sum(
        households
    )
    for b in settled:
        covered = shapely.area(shapely.intersection(footprints[b], claimants[found.settled[b]]))
        assert covered >= 0.5 * 42 - 1e-9  # half of 7 m × 6 m
    for case in found.cases:
        shares = [c.share for c in case.claims]
        assert shares == sorted(shares, reverse=True)
        assert case.proposal == case.claims[0].claimant
        real = [c for c in case.claims if c.share > 0]
        assert {"none": 0, "partly": 1}.get(case.kind, len(real)) == len(real)
        if case.kind == "split":
            assert sum(c.households or 0 for c in real) <= households[case.building]


@settings(max_examples=examples(80))
@given(st.lists(polygon, min_size=1, max_size=6), st.lists(st.integers(0, 40), min_size=2,
       max_size=10), st.randoms(use_true_random=False))  # fmt: skip
def test_any_rulings_make_a_whole_plan(
    polygons: list[shapely.Polygon], households: list[int], random: object
) -> None:
    n = len(households)
    graph, shapes = row_of_plots(n, households)
    claimants = np.array(polygons, object)
    given_to = np.array([random.randrange(len(polygons)) for _ in range(n)])  # type: ignore[attr-defined]
    done = assign_plots(
        graph, shapes, claimants, np.arange(n), given_to, np.array(households, np.int64)
    )
    assert done.group.tolist() == given_to.tolist()
    loads = np.bincount(done.group, households, len(polygons))
    assert loads.sum() == sum(households)


@pytest.mark.real_data
def test_broken_coverages_settle_or_leave_in_doubt_every_building(shared_data: Path) -> None:
    known = shared_data / "geos_coverage" / "coverage_and_validity_cases.json"
    seen = 0
    for case in json.loads(known.read_text(encoding="utf-8")):
        shapes = shapely.from_wkt(case["wkt"])
        shapes = shapes[np.isin(shapely.get_type_id(shapes), (3, 6))]
        shapes = shapes[np.isfinite(shapely.bounds(shapes)).all(axis=1)]
        shapes = shapely.make_valid(shapes, method="structure")
        shapes = shapes[shapely.area(shapes) > 0]
        if not len(shapes):
            continue
        # Sixteen houses over the case, whatever its size.
        west, south, east, north = shapely.total_bounds(shapes)
        wide, high = (east - west) / 4, (north - south) / 4
        if wide < 4 or high < 4:
            continue
        houses = boxes(
            *[
                (
                    west + i * wide,
                    south + j * high,
                    west + (i + 0.9) * wide,
                    south + (j + 0.9) * high,
                )
                for i in range(4)
                for j in range(4)
            ]
        )
        found = find_cases(houses, [3] * 16, shapes)
        assert int((found.settled >= 0).sum()) + len(found.cases) == 16
        seen += 1
    assert seen == 55
