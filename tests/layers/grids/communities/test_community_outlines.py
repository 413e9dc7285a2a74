"""Outlines made from plots: old vertices, the line between, and who else needs a vertex."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.grids.communities.outlines import matched, outlines, with_vertices
from tests.properties import examples

UNIT = 1e-3  # degrees, about 100 m


def boxes(*corners: tuple[float, float, float, float]) -> np.ndarray:
    return np.array([shapely.box(*(UNIT * v for v in c)) for c in corners], object)


def points(*xy: tuple[float, float]) -> np.ndarray:
    return UNIT * np.array(xy, np.float64)


def test_a_vertex_on_an_edge_is_inserted_and_one_beside_it_is_not() -> None:
    (square,) = boxes((0, 0, 2, 2))
    changed = with_vertices(square, points((1, 0), (1, 1), (5, 5), (0, 0)))
    assert len(changed.exterior.coords) == len(square.exterior.coords) + 1
    assert changed.equals(square)


def test_the_outline_of_a_part_has_the_old_vertices_and_none_that_only_plots_have() -> None:
    # ┌──┬──┬──┐  Three plots of a community 3 × 1; the two in the west stay. At x = 1 only plots
    # │0 │0 │1 │  have a vertex; at x = 2 the line between the parts ends.
    # └──┴──┴──┘
    plots = boxes((0, 0, 1, 1), (1, 0, 2, 1), (2, 0, 3, 1))
    (old,) = boxes((0, 0, 3, 1))
    found = outlines(plots, np.array([0, 0, 1]), [old])
    assert sorted(map(tuple, np.round(found.ends / UNIT, 9).tolist())) == [(2, 0), (2, 1)]
    west = shapely.get_coordinates(found.parts[0]) / UNIT
    assert 1.0 not in np.round(west[:, 0], 9)
    assert shapely.coverage_is_valid(np.array(found.parts, object))
    # A neighbour in the south gets the vertex at (2, 0), and tiles with both.
    (south,) = boxes((0, -1, 3, 0))
    together = np.array([*found.parts, with_vertices(south, found.ends)], object)
    assert shapely.coverage_is_valid(together)
    assert not shapely.coverage_is_valid(np.array([*found.parts, south], object))


def test_plots_on_both_sides_of_a_border_get_each_others_vertices() -> None:
    # In the west one plot is 2 high, in the east two are 1 high each: a T at (1, 1).
    west, east = boxes((0, 0, 1, 2)), boxes((1, 0, 2, 1), (1, 1, 2, 2))
    assert not shapely.coverage_is_valid(np.concatenate([west, east]))
    one, two = matched(west, east)
    assert shapely.coverage_is_valid(np.concatenate([one, two]))
    assert (
        shapely.area(np.concatenate([one, two])).sum()
        == shapely.area(np.concatenate([west, east])).sum()
    )


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(st.integers(2, 6), st.integers(2, 6), st.data())
def test_any_division_of_a_lattice_tiles_it(height: int, width: int, data: st.DataObject) -> None:
    plots = boxes(*((x, y, x + 1, y + 1) for y in range(height) for x in range(width)))
    part = np.array([data.draw(st.integers(0, 1)) for _ in plots])
    part[0], part[-1] = 0, 1
    (old,) = boxes((0, 0, width, height))
    found = outlines(plots, part, [old])
    parts = np.array(found.parts, object)
    assert shapely.is_valid(parts).all()
    assert shapely.coverage_is_valid(parts)
    assert shapely.union_all(parts).symmetric_difference(old).area < 1e-12 * old.area
