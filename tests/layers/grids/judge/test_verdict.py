from __future__ import annotations

import ast
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from layers.grids.judge import geometry as judge_geometry
from layers.grids.judge import verdict as judge_module
from layers.grids.judge.verdict import PlanParts, judge

CRS = 4545
HOUSE = 12.0


def plan(
    assignment: list[list[str]], households: int | list[list[int]] = 10
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame, BaseGeometry]:
    """Return grids, plots of 20 m (first row in the north), houses in them and the community."""
    codes = np.array(assignment)
    load = np.broadcast_to(np.array(households), codes.shape).ravel()
    row, column = (index.ravel() for index in np.indices(codes.shape))
    west, south = 500_000.0 + 20 * column, 2_950_000.0 - 20 * row
    squares = shapely.box(west, south, west + 20, south + 20)
    houses = shapely.box(west + 4, south + 4, west + 4 + HOUSE, south + 4 + HOUSE)
    plots = gpd.GeoDataFrame({"grid": codes.ravel(), "households": load}, geometry=squares, crs=CRS)
    grids = plots.dissolve("grid", aggfunc="sum", method="coverage").reset_index()
    grids = grids.rename(columns={"grid": "code"})
    buildings = gpd.GeoDataFrame({"households": load}, geometry=houses, crs=CRS)
    return grids, plots, buildings, shapely.union_all(squares)


def judged(grids, plots, buildings, community, limit=300, **kwargs):
    return judge(PlanParts("c", grids, plots, buildings, community), limit, **kwargs)


def codes(verdict, severity=None):
    return [f.code for f in verdict.findings if severity in (None, f.severity)]


def test_a_sound_plan_passes_every_check_and_gets_a_certificate():
    verdict = judged(*plan([["a", "a", "b"], ["a", "b", "b"]]))
    assert verdict.passed
    assert codes(verdict) == []
    stated = verdict.certificate
    assert (stated["grids"], stated["plots"], stated["households"]) == (2, 6, 60)
    assert stated["max_households"] == 30
    assert set(stated["checks"].values()) == {"passed"}
    # three squares of 20 m in an L: 4π · 1200 / 160² = 0.589
    assert stated["polsby_popper_mean"] == pytest.approx(0.589, abs=1e-3)


def test_a_grid_of_two_plots_over_the_limit_is_an_error_and_one_plot_a_warning():
    parts = plan([["a", "a", "b"]], [[200, 101, 450]])
    verdict = judged(*parts)
    assert codes(verdict, "error") == ["grid_over_limit"]
    assert codes(verdict, "warning") == ["building_over_limit"]
    assert (verdict.certificate["over_cap"], verdict.certificate["oversize_buildings"]) == (1, 1)


def test_exactly_the_limit_is_within_it():
    assert judged(*plan([["a", "a"]], [[200, 100]])).passed


def test_a_grid_in_two_pieces_fails_on_geometry_and_on_neighbours():
    verdict = judged(*plan([["a", "b", "a"]]))
    assert codes(verdict) == ["grid_in_pieces", "grid_not_connected"]
    assert judged(*plan([["a", "b", "a"]]), allowed_pieces={"a": 2}).passed


def test_plots_that_meet_in_a_corner_are_not_neighbours():
    verdict = judged(*plan([["a", "b"], ["b", "a"]]))
    assert codes(verdict).count("grid_not_connected") == 2


def test_a_gap_inside_a_valid_coverage_is_found():
    """a a a / a _ a / a a a, the hole in no grid: a valid coverage, but not all of the land."""
    grids, plots, buildings, community = plan([["a"] * 3, ["a", "h", "a"], ["a"] * 3])
    keep = grids["code"] == "a"
    rest = plots[plots["grid"] == "a"].reset_index(drop=True)
    verdict = judged(grids[keep], rest, buildings.drop(index=4), community)
    assert shapely.coverage_is_valid(np.asarray(grids[keep].geometry.array))
    assert codes(verdict) == ["gap"]
    assert verdict.findings[0].geometry.area == pytest.approx(400)


def test_overlap_and_land_outside_are_found():
    grids, _, _, community = plan([["a", "b"]])
    grids.loc[0, "geometry"] = shapely.buffer(grids.geometry[0], 1, join_style="mitre")
    found = codes(judged(grids, None, None, community))
    assert "grids_overlap" in found
    assert "outside_community" in found


def test_a_grid_that_differs_from_its_plots_is_found():
    grids, plots, buildings, community = plan([["a", "a", "b"]])
    plots.loc[1, "grid"] = "b"
    found = codes(judged(grids, plots, buildings, community))
    assert found.count("grid_differs_from_plots") == 2
    assert found.count("households_differ") == 2


def test_households_that_are_lost_are_found():
    grids, plots, buildings, community = plan([["a", "b"]])
    buildings.loc[0, "households"] = 11
    verdict = judged(grids, plots, buildings, community)
    assert [(f.code, f.values) for f in verdict.findings] == [
        ("households_differ", {"stated": 20, "counted": 21})
    ]


def test_plots_without_a_grid_or_of_an_unknown_one_are_found():
    grids, plots, _, _ = plan([["a", "a", "b"]])
    plots["grid"] = [None, "x", "b"]
    found = codes(judged(grids, plots, None, None))
    assert "plot_unassigned" in found
    assert "plot_unknown_grid" in found
    assert "grid_empty" in found


def test_a_building_cut_in_two_is_found_but_a_wall_on_the_border_is_not():
    grids, plots, _, community = plan([["a", "b"]])
    west = 500_020.0
    on_border = shapely.box(west - 10, 2_950_004, west, 2_950_010)
    across = shapely.box(west - 3, 2_950_012, west + 3, 2_950_018)
    rounded = shapely.box(west - 5, 2_950_000, west + 0.001, 2_950_003)  # a millimetre over
    cut = gpd.GeoDataFrame(geometry=[on_border, across, rounded], crs=CRS)
    verdict = judged(grids, plots, cut, community)
    assert [(f.code, f.row) for f in verdict.findings] == [("building_cut", 2)]


def test_a_footprint_that_overlaps_its_neighbour_is_no_cut():
    grids, plots, _, community = plan([["a", "b"]])
    west = 500_020.0
    neighbour = shapely.box(west, 2_950_004, west + 8, 2_950_016)
    into_it = shapely.box(west - 8, 2_950_004, west + 1, 2_950_016)
    both = gpd.GeoDataFrame(geometry=[neighbour, into_it], crs=CRS)
    verdict = judged(grids, plots, both, community)
    assert verdict.passed
    assert codes(verdict) == ["buildings_overlap"]


def test_repeated_codes_and_invalid_shapes_are_found():
    grids, _, _, _ = plan([["a", "b"]])
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    grids["code"] = ["a", "a"]
    grids.loc[1, "geometry"] = bow
    found = codes(judged(grids, None, None, None))
    assert "code_repeated" in found
    assert "geometry_invalid" in found


def test_the_certificate_depends_on_borders_and_not_on_row_order():
    grids, plots, buildings, community = plan([["a", "a", "b"]])
    turned = judged(grids.iloc[::-1], plots.iloc[::-1], buildings, community).certificate
    assert turned["digest"] == judged(grids, plots, buildings, community).certificate["digest"]
    other = judged(*plan([["a", "b", "b"]])).certificate
    assert other["digest"] != turned["digest"]


def test_the_judge_shares_no_code_with_the_solver():
    imported = {
        node.module
        for module in (judge_module, judge_geometry)
        for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert {name for name in imported if name.split(".")[0] in {"layers", "data", "dashboard"}} == {
        "layers.grids.judge.geometry",
        "layers.kit.findings",
    }
