"""Footprints under the hand: cutting, strips, joining, sharing out."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate, translate

from layers.buildings import shapes
from tests.properties import examples

slab = shapely.box(0, 0, 48, 12)


@given(st.floats(20, 90), st.floats(8, 18), st.floats(-180, 180), st.integers(2, 8), st.booleans())
@settings(max_examples=examples(60))
def test_strips_tile_the_footprint_in_equal_areas(
    length: float, depth: float, turn: float, count: int, bent: bool
) -> None:
    shape = shapely.box(0, 0, length, depth)
    if bent:
        shape = shape.union(shapely.box(0, 0, depth, 2 * depth))
    shape = rotate(shape, turn)
    parts = shapes.strips(shape, count)
    assert len(parts) == count
    assert [p.area for p in parts] == pytest.approx([shape.area / count] * count, rel=1e-3)
    assert shapely.union_all(parts).symmetric_difference(shape).area < 1e-6
    assert sum(p.area for p in parts) == pytest.approx(shape.area, rel=1e-9)


def test_strips_are_counted_from_the_west_and_else_from_the_north() -> None:
    east = [p.centroid.x for p in shapes.strips(slab, 4)]
    assert east == pytest.approx([6, 18, 30, 42], abs=0.01)  # 48 m ÷ 4 = 12 m each
    upright = rotate(slab, 90, origin=(0, 0))  # stands from y = 0 to y = 48
    north = [p.centroid.y for p in shapes.strips(upright, 4)]
    assert north == pytest.approx([42, 30, 18, 6], abs=0.01)


@given(st.floats(1, 47), st.floats(-40, 40))
@settings(max_examples=examples(60))
def test_cut_parts_make_up_the_footprint_and_share_their_cut(at: float, lean: float) -> None:
    line = rotate(shapely.LineString([(at, -30), (at, 42)]), lean)
    parts = shapes.cut(slab, line)
    assert sum(p.area for p in parts) == pytest.approx(slab.area, rel=1e-9)
    if len(parts) == 2:
        assert parts[0].area >= parts[1].area
        assert shapely.coverage_is_valid(np.array(parts, object))


@pytest.mark.parametrize(
    "line",
    [
        shapely.LineString([(60, -5), (60, 20)]),  # beside
        shapely.LineString([(10, 3), (10, 9)]),  # inside, touches no wall
        shapely.LineString([(10, -5), (10, 9)]),  # ends inside
        shapely.LineString([(0, -5), (0, 20)]),  # along the wall
    ],
)
def test_a_line_that_does_not_cross_cuts_nothing(line: shapely.LineString) -> None:
    assert shapes.cut(slab, line) == [slab]


def test_touching_footprints_join_and_others_do_not() -> None:
    beside = translate(slab, 48, 0)
    whole = shapes.joined([slab, beside])
    assert whole is not None
    assert whole.area == pytest.approx(2 * 48 * 12)
    nearly = translate(slab, 48.03, 0)  # 3 cm: hands do not draw closer
    closed = shapes.joined([slab, nearly])
    assert closed is not None
    assert closed.area == pytest.approx(2 * 48 * 12 + 0.03 * 12, abs=0.01)
    assert shapes.joined([slab, translate(slab, 48.2, 0)]) is None
    assert shapes.joined([slab, translate(slab, 48, 12)]) is None  # a corner only


@given(st.integers(0, 5000), st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_sharing_out_keeps_the_sum_and_is_within_one_of_the_share(
    value: int, weights: list[float]
) -> None:
    parts = shapes.shared_out(value, weights)
    assert sum(parts) == value
    total = sum(weights)
    exact = [value * w / total if total > 0 else value / len(weights) for w in weights]
    assert all(abs(p - e) < 1 + 1e-6 for p, e in zip(parts, exact, strict=True))


def test_a_door_goes_along_with_a_turned_footprint_and_to_the_wall_of_a_new_one() -> None:
    door = shapely.Point(10, 0)
    turned = rotate(translate(slab, 5, 7), 33, origin=(0, 0))
    there = rotate(translate(door, 5, 7), 33, origin=(0, 0))
    assert shapes.follow(door, slab, turned).distance(there) < 1e-9
    shorter = shapely.Polygon([(20, 0), (48, 0), (48, 12), (30, 14), (20, 12)])
    assert shapes.follow(door, slab, shorter).equals(shapely.Point(20, 0))


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (None, "shape_missing"),
        (shapely.Polygon(), "shape_missing"),
        (shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)]), "shape_crosses_itself"),
        (shapely.box(0, 0, 1.9, 2.1), "shape_too_small"),  # 3.99 m²
        (shapely.box(0, 0, 1000, 100.1), "shape_too_large"),  # 100,100 m²
    ],
)
def test_what_is_no_footprint_is_named(shape: shapely.Geometry | None, code: str) -> None:
    assert [f.code for f in shapes.shape_faults(shape)] == [code]


def test_a_crossing_is_named_with_its_place() -> None:
    bow = shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])
    (fault,) = shapes.shape_faults(bow)
    assert fault.geometry is not None
    assert fault.geometry.equals(shapely.Point(2, 2))
