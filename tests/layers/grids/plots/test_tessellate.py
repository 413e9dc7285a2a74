"""Plots of small towns whose answer can be worked out by hand (metres, EPSG:4545)."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon, box

from layers.grids.plots.blocks import LAND_MAX_LENGTH_M, LAND_MAX_M2, OPEN_M
from layers.grids.plots.tessellate import Tessellation, neighbours_of, tessellate
from layers.kit.errors import InputError
from tests.layers.grids.plot_checks import assert_sound


def frame(shapes: list[Any], **columns: list[Any]) -> gpd.GeoDataFrame:
    index = columns.pop("index", None)
    return gpd.GeoDataFrame(columns, geometry=shapes, index=index, crs=4545)


def plots_of(
    community: Any,
    shapes: list[Any],
    streets: list[Any] | None = None,
    water: list[Any] | None = None,
    **more: Any,
) -> Tessellation:
    """Tessellate and check every invariant."""
    buildings = frame(shapes, index=more.pop("index", None))
    classes = more.pop("classes", None) or ["street"] * len(streets or [])
    lines = frame(streets, **{"class": classes}) if streets else None
    areas = frame(water, kind=["river"] * len(water)) if water else None
    result = tessellate(community, buildings, lines, areas, **more)
    assert_sound(result, buildings, community)
    return result


def codes(result: Tessellation) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.row) for finding in result.findings]


def barrier_between(result: Tessellation, one: Any, other: Any) -> tuple[str, float] | None:
    """The barrier and length between the plots of two buildings."""
    ends = sorted((result.plot_of[one], result.plot_of[other]))
    pairs = result.neighbours.set_index(["a", "b"])
    if tuple(ends) not in pairs.index:
        return None
    row = pairs.loc[tuple(ends)]
    return row["barrier"], row["shared_m"]


def test_houses_on_both_sides_meet_at_the_middle_of_the_street() -> None:
    street = LineString([(-5, 20), (45, 20)])
    result = plots_of(
        box(0, 0, 40, 40), [box(15, 5, 25, 15), box(15, 24, 25, 34)], [street], index=["s", "n"]
    )
    # 40 m × 20 m each, though the line half-way between the houses would be y = 19.5.
    assert result.plots.area.tolist() == pytest.approx([800, 800], abs=1e-3)
    assert barrier_between(result, "s", "n") == ("street", pytest.approx(40))


def test_neighbours_on_one_side_of_a_street_are_parted_by_nothing() -> None:
    houses = [box(5, 5, 15, 15), box(25, 5, 35, 15)]
    result = plots_of(box(0, 0, 40, 20), houses, [LineString([(-5, 0.5), (45, 0.5)])])
    # Half-way between x = 15 and x = 25 is x = 20: 20 m × 20 m each.
    assert result.plots.area.tolist() == pytest.approx([400, 400], abs=1)
    assert barrier_between(result, 0, 1) == ("none", pytest.approx(20, abs=0.1))


def test_a_dead_end_does_not_split_a_block() -> None:
    result = plots_of(box(0, 0, 40, 40), [box(15, 15, 25, 25)], [LineString([(-1, 5), (30, 5)])])
    assert result.plots["kind"].tolist() == ["building"]


def test_a_path_and_a_tunnel_do_not_bound_blocks() -> None:
    across = LineString([(-5, 5), (45, 5)])
    path = plots_of(box(0, 0, 40, 40), [box(15, 15, 25, 25)], [across], classes=["path"])
    assert len(path.plots) == 1
    tunnel = frame([across], **{"class": ["main_street"], "tunnel": [True]})
    result = tessellate(box(0, 0, 40, 40), frame([box(15, 15, 25, 25)]), tunnel, None)
    assert len(result.plots) == 1


def test_streets_that_cross_without_a_shared_vertex_part_four_blocks() -> None:
    houses = [box(x, y, x + 10, y + 10) for x in (10, 40) for y in (10, 40)]
    cross = [LineString([(-5, 30), (65, 30)]), LineString([(30, -5), (30, 65)])]
    result = plots_of(box(0, 0, 60, 60), houses, cross, classes=["street", "main_street"])
    assert result.plots.area.tolist() == pytest.approx([900] * 4, abs=1e-3)
    assert barrier_between(result, 0, 1) == ("street", pytest.approx(30))
    assert barrier_between(result, 0, 2) == ("main_street", pytest.approx(30))
    assert barrier_between(result, 0, 3) is None  # they touch in a corner only


def test_a_building_on_a_street_is_not_cut_and_goes_to_its_larger_side() -> None:
    street = LineString([(-5, 20), (45, 20)])
    result = plots_of(box(0, 0, 40, 40), [box(15, 12, 25, 24), box(5, 28, 35, 36)], [street])
    # South: 40 × 20, and the 10 × 4 that reaches over the street.
    assert result.plots.area[result.plot_of[0]] == pytest.approx(840, abs=1e-3)


def test_the_plots_of_touching_houses_meet_at_their_common_wall() -> None:
    result = plots_of(box(0, 0, 40, 20), [box(8, 5, 20, 15), box(20, 5, 26, 15)])
    wall = LineString([(20, 5), (20, 15)])
    shapes = result.plots.geometry
    assert all(shape.boundary.buffer(1e-6).covers(wall) for shape in shapes)


def test_a_river_is_cut_at_bridges_and_parts_its_banks() -> None:
    river = box(-10, 40, 130, 60)
    bridge = LineString([(60, -5), (60, 105)])
    houses = [box(20, 15, 40, 30), box(20, 70, 40, 85), box(80, 15, 95, 30), box(80, 70, 95, 85)]
    result = plots_of(box(0, 0, 120, 100), houses, [bridge], [river])
    rivers = result.plots.query("kind == 'river'")
    assert rivers.area.tolist() == pytest.approx([1200, 1200], abs=1e-3)  # 60 m × 20 m
    west, east = sorted(rivers.index, key=lambda at: rivers.geometry[at].centroid.x)
    between = result.neighbours.set_index(["a", "b"])["barrier"]
    assert between[tuple(sorted((west, east)))] == "street"
    assert between[tuple(sorted((west, result.plot_of[0])))] == "water"
    assert barrier_between(result, 0, 1) is None
    assert barrier_between(result, 0, 2) == ("street", pytest.approx(40))


def test_a_long_river_without_bridges_is_cut_into_street_lengths() -> None:
    result = plots_of(box(0, 0, 1100, 100), [], None, [box(-10, 40, 1200, 60)])
    rivers = result.plots.query("kind == 'river'").geometry
    # 1100 → 550 → 275 m, at most 300.
    assert sorted(rivers.length) == pytest.approx([2 * (275 + 20)] * 4, rel=1e-6)


def test_rail_and_wall_bound_plots_and_are_named() -> None:
    houses = [box(5, 5, 15, 15), box(25, 5, 35, 15), box(45, 5, 55, 15)]
    lines = [LineString([(18, -5), (18, 25)]), LineString([(42, -5), (42, 25)])]
    barriers = frame(lines, kind=["rail", "wall"])
    result = plots_of(box(0, 0, 60, 20), houses, barriers=barriers)
    assert barrier_between(result, 0, 1) == ("rail", pytest.approx(20))
    assert barrier_between(result, 1, 2) == ("wall", pytest.approx(20))


def test_open_land_round_a_lone_house_is_not_the_house_s() -> None:
    result = plots_of(box(0, 0, 400, 400), [box(195, 195, 205, 205)])
    house = result.plots.geometry[result.plot_of[0]]
    # A circle around the house's corners at most, and not cut to the wall either.
    assert shapely.hausdorff_distance(house, Point(200, 200)) < 5 * 2**0.5 + OPEN_M + 1
    assert house.area > 50 * 50
    assert result.plots["kind"].value_counts().to_dict() == {"land": 4, "building": 1}


def test_a_community_without_buildings_is_land_of_moderate_pieces() -> None:
    result = plots_of(box(0, 0, 1000, 700), [], [LineString([(-5, 300), (1005, 300)])])
    assert set(result.plots["kind"]) == {"land"}
    assert result.plots["building"].isna().all()
    assert result.plots.area.max() <= LAND_MAX_M2
    assert max(shape.length for shape in result.plots.geometry) < 4 * LAND_MAX_LENGTH_M


def test_a_thin_strip_between_carriageways_is_no_plot() -> None:
    roads = [LineString([(-5, 20), (205, 20)]), LineString([(-5, 24), (205, 24)])]
    houses = [box(x, y, x + 20, y + 10) for y in (5, 30) for x in (20, 90, 160)]
    result = plots_of(box(0, 0, 200, 44), houses, roads)
    assert set(result.plots["kind"]) == {"building"}
    south = result.plots.area[result.plot_of[:3]].sum()
    # The 4 m × 200 m between the carriageways go whole to one side.
    assert south == pytest.approx(200 * 20, abs=1e-3) or south == pytest.approx(4800, abs=1e-3)


def test_a_house_does_not_own_a_verge_for_more_than_fifty_metres() -> None:
    roads = [LineString([(-5, 18), (505, 18)])]
    result = plots_of(box(0, 0, 500, 60), [box(10, 4, 22, 14), box(240, 30, 252, 40)], roads)
    south = result.plots.geometry[result.plot_of[0]]
    assert south.bounds[2] <= 22 + 2 * OPEN_M + 1
    assert set(result.plots["kind"]) == {"building", "land"}


def test_a_park_is_a_plot_and_no_house_grows_into_it() -> None:
    park = box(50, 0, 120, 60)
    lands = frame([park, box(0, 0, 50, 60)], kind=["park", "farmland"])
    result = plots_of(box(0, 0, 120, 60), [box(35, 20, 48, 40)], lands=lands)
    assert result.plots.query("kind == 'park'").area.tolist() == pytest.approx([70 * 60], abs=1e-3)
    assert result.plots.geometry[result.plot_of[0]].intersection(park).area < 1e-3


def test_a_park_that_only_touches_a_block_in_a_corner_harms_nothing() -> None:
    streets = [LineString([(-5, 30), (65, 30)]), LineString([(30, -5), (30, 65)])]
    lands = frame([box(30, 30, 60, 60)], kind=["park"])
    result = plots_of(box(0, 0, 60, 60), [box(5, 5, 15, 15)], streets, lands=lands)
    assert result.plots["kind"].value_counts().to_dict() == {"land": 2, "building": 1, "park": 1}


def test_land_covered_by_two_larger_buildings_leaves_nothing_of_a_third() -> None:
    # The two larger ones meet inside the third; floating overlays once left it whole.
    left, right = box(0, 0, 20.1, 20), box(20.1, 0, 41, 20)
    result = plots_of(box(-5, -5, 50, 30), [left, right, box(15, 5, 25, 15)])
    assert result.plot_of[2] in {result.plot_of[0], result.plot_of[1]}
    assert (result.plots["kind"] == "building").sum() == 2


def test_towers_on_a_podium_share_its_plot() -> None:
    podium, towers = box(10, 10, 50, 40), [box(12, 12, 22, 22), box(35, 25, 52, 38)]
    result = plots_of(box(0, 0, 60, 50), [towers[0], podium, towers[1]], index=["t1", "p", "t2"])
    assert result.plots["building"].tolist() == ["p"]
    assert result.plot_of.to_dict() == {"t1": 0, "p": 0, "t2": 0}
    assert codes(result) == [("building_overlaps", 1), ("building_overlaps", 3)]
    assert result.findings[0].subject == "t1"
    assert result.findings[0].values == {"other": "p", "overlap_m2": 100, "shares_plot": True}


def test_overlapping_land_goes_to_the_larger_building() -> None:
    small, large = box(30, 10, 40, 20), box(10, 10, 32, 30)
    result = plots_of(box(0, 0, 50, 40), [small, large])
    assert result.plots.geometry[result.plot_of[1]].buffer(1e-6).covers(large)
    assert result.findings[0].values == {"other": "1", "overlap_m2": 20, "shares_plot": False}


def test_a_record_entered_twice_keeps_its_households_on_the_one_plot() -> None:
    house = box(10, 10, 20, 20)
    turned = Polygon([(20, 20), (10, 20), (10, 10), (20, 10)])
    result = plots_of(box(0, 0, 30, 30), [house, turned])
    assert codes(result) == [("building_duplicate", 2)]
    assert result.plot_of.tolist() == [0, 0]


def test_a_point_is_a_small_square() -> None:
    result = plots_of(box(0, 0, 40, 20), [Point(10, 10), Point(30, 10)])
    assert codes(result) == [("building_is_point", 1), ("building_is_point", 2)]
    assert result.plots.geometry[result.plot_of[0]].buffer(1e-6).covers(box(8, 8, 12, 12))


def test_broken_footprints_are_mended_and_reported() -> None:
    bow_tie = Polygon([(5, 5), (15, 15), (15, 5), (5, 15)])
    sliver = Polygon([(30, 10), (34, 10.001), (34, 10)])
    flat = Polygon([(45, 10), (48, 10), (45, 10)])
    result = plots_of(box(0, 0, 60, 20), [bow_tie, sliver, None, flat, Polygon()])
    assert codes(result) == [
        ("building_in_parts", 1),
        ("building_invalid", 1),
        ("building_too_small", 2),
        ("building_without_geometry", 3),
        ("building_invalid", 4),
        ("building_too_small", 4),
        ("building_without_geometry", 5),
    ]
    assert result.plot_of.index.tolist() == [0, 1, 3]


def test_buildings_beyond_or_across_the_border_are_left_out_or_clipped() -> None:
    across = box(35, 10, 45, 20)
    result = plots_of(box(0, 0, 40, 40), [box(100, 0, 110, 10), across, box(5, 5, 9, 9)])
    assert codes(result) == [("building_outside_community", 1), ("building_crosses_boundary", 2)]
    assert result.findings[1].values == {"share_inside": 0.5}
    assert result.plots.geometry[result.plot_of[1]].buffer(1e-6).covers(box(35, 10, 40, 20))


def test_the_parts_of_one_building_are_tied_without_touching_another() -> None:
    parts = MultiPolygon([box(5, 5, 12, 15), box(20, 5, 26, 15)])
    result = plots_of(box(0, 0, 30, 20), [parts])
    assert codes(result) == [("building_in_parts", 1)]
    assert result.findings[0].values == {"parts": 2, "apart_m2": 0.0}
    walled = plots_of(box(0, 0, 30, 20), [parts, box(14, -1, 18, 21)])
    # Another building lies all across: the larger part (7 × 10) stands, 6 × 10 m² stay apart.
    assert walled.findings[0].values == {"parts": 2, "apart_m2": 60.0}


def test_a_community_of_two_pieces_and_one_with_a_hole_are_tiled() -> None:
    pieces = MultiPolygon([box(0, 0, 50, 50), box(80, 0, 130, 50)])
    result = plots_of(pieces, [box(20, 20, 30, 30), box(95, 20, 110, 30)])
    assert len(result.neighbours) == 0
    ring = box(0, 0, 100, 100) - box(40, 40, 60, 60)
    assert len(plots_of(ring, [box(10, 10, 20, 20), box(55, 65, 70, 80)]).plots) >= 2


def test_an_empty_community_is_refused() -> None:
    with pytest.raises(InputError, match="boundary"):
        tessellate(Polygon(), frame([]), None, None)


def test_progress_rises_to_one() -> None:
    told: list[float] = []
    plots_of(box(0, 0, 40, 40), [box(5, 5, 10, 10)], progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_half_a_metre_of_common_border_makes_neighbours() -> None:
    cells = [box(0, 0, 10, 10), box(10, 9.5, 20, 20), box(10, -10, 20, 0.4)]
    areas = frame(cells, index=["a", "b", "c"])
    found = neighbours_of(areas, None, None, None)
    assert found.values.tolist() == [["a", "b", pytest.approx(0.5), "none"]]


def test_official_cells_that_end_at_the_kerb_have_the_street_between_them() -> None:
    # Vertices do not match and the border lies 4 m beside the centre line.
    cells = frame([box(0, 0, 100, 50), box(0, 50, 40, 100), box(40, 50, 100, 100)])
    street = frame([LineString([(-5, 54), (105, 54)])], **{"class": ["street"]})
    found = neighbours_of(cells, street, None, None)
    assert found["barrier"].tolist() == ["street", "street", "none"]
    assert found["shared_m"].tolist() == pytest.approx([40, 60, 50])


def test_cells_parted_in_the_middle_of_a_river_have_water_between_them() -> None:
    cells = frame([box(0, 0, 100, 50), box(0, 50, 100, 100)])
    river = frame([box(-5, 35, 105, 65)], kind=["river"])
    assert neighbours_of(cells, None, river, None)["barrier"].tolist() == ["water"]


def test_plots_are_numbered_from_north_to_south_whatever_the_order_of_rows() -> None:
    houses = [box(x, y, x + 6, y + 8) for x in (5, 20, 35) for y in (5, 25)]
    one = plots_of(box(0, 0, 50, 40), houses, index=list("abcdef"))
    other = plots_of(box(0, 0, 50, 40), houses[::-1], index=list("fedcba"))
    assert one.plots["building"].tolist() == other.plots["building"].tolist()
    assert shapely.equals_exact(one.plots.geometry.array, other.plots.geometry.array).all()
    tops = one.plots.bounds["maxy"].to_numpy()
    assert (np.diff(tops) <= 1e-6).all()
