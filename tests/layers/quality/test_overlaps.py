from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from layers.quality.overlaps import Overlap, overlaps


def shapes(*found: Any) -> Any:
    array = np.empty(len(found), object)
    array[:] = found
    return array


def test_a_building_drawn_twice_is_a_twin() -> None:
    a, b = shapely.box(0, 0, 10, 10), shapely.box(0.2, 0, 10.2, 10)
    # 9.8 × 10 = 98 shared; the union has 102: 0.96
    (found,) = overlaps(shapes(a, b))
    assert (found.a, found.b, found.kind) == (0, 1, "twin")
    assert abs(found.area_m2 - 98) < 1e-9


def test_two_buildings_that_cut_each_other_are_found_and_a_tower_on_its_podium_is_not() -> None:
    podium, tower = shapely.box(0, 0, 40, 40), shapely.box(10, 10, 20, 20)
    cutting = shapely.box(38, 0, 58, 10)  # 2 × 10 = 20 m² of its 200
    assert overlaps(shapes(podium, tower, cutting)) == [Overlap(0, 2, 20.0, "cut")]


def test_party_walls_do_not_overlap() -> None:
    a, b = shapely.box(0, 0, 10, 10), shapely.box(9.95, 0, 20, 10)  # 0.05 × 10 = 0.5 m²
    assert overlaps(shapes(a, b)) == []


def test_missing_empty_and_broken_footprints_are_no_error() -> None:
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    found = overlaps(shapes(None, shapely.Polygon(), bow_tie, shapely.box(4, -1, 40, 11)))
    assert [(o.a, o.b) for o in found] == []  # the bow-tie lies mostly inside: hosted
    assert overlaps(shapes()) == []
