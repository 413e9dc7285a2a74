"""Four bounds of a grid of 100 m by 100 m, counted by hand."""

from __future__ import annotations

import shapely

from layers.grids.papers.four_bounds import SIDES, Bound, four_bounds, landmarks

GRID = shapely.box(0, 0, 100, 100)


def test_each_side_is_named_after_the_street_or_river_beside_it() -> None:
    marks = landmarks(
        [("人民路", shapely.LineString([(-50, 110), (150, 110)])),
         ("西环路", shapely.LineString([(-8, -50), (-8, 150)]))],
        [("清水河", shapely.box(-50, -40, 150, -10))],
    )  # fmt: skip
    bounds = four_bounds(GRID, marks, {"第2网格": shapely.box(100, 0, 200, 100)})
    assert bounds == {
        "north": (Bound("street", "人民路"),),
        "east": (Bound("grid", "第2网格"),),
        "south": (Bound("water", "清水河"),),
        "west": (Bound("street", "西环路"),),
    }


def test_a_street_across_or_too_far_names_nothing() -> None:
    marks = landmarks(
        [("横街", shapely.LineString([(50, 100), (50, 200)])),
         ("远路", shapely.LineString([(-50, 130), (150, 130)]))],
        [],
    )  # fmt: skip
    assert four_bounds(GRID, marks, {})["north"] == (Bound("border", ""),)


def test_two_streets_share_a_side_and_the_longer_comes_first() -> None:
    marks = landmarks(
        [("短街", shapely.LineString([(0, 105), (35, 105)])),
         ("长街", shapely.LineString([(35, 105), (100, 105)]))],
        [],
    )  # fmt: skip
    assert [b.name for b in four_bounds(GRID, marks, {})["north"]] == ["长街", "短街"]


def test_a_street_along_less_than_a_quarter_gives_way() -> None:
    marks = landmarks([("小巷", shapely.LineString([(0, 105), (20, 105)]))], [])
    assert four_bounds(GRID, marks, {})["north"] == (Bound("border", ""),)


def test_nothing_named_anywhere_is_the_border_on_every_side() -> None:
    bounds = four_bounds(GRID, landmarks([("", GRID)], []), {})
    assert bounds == dict.fromkeys(SIDES, (Bound("border", ""),))
