"""Small files that went wrong: what divide and check say of them is true, and is written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from dashboard.commands import main
from dashboard.text import number

CASES = Path(__file__).parent / "cases" / "division"


def case(name: str) -> str:
    return str(CASES / f"{name}.geojson")


def run(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run a command with a report; return its exit code and the report."""
    written = folder / "report.json"
    written.unlink(missing_ok=True)
    code = main([*arguments, "--report", str(written)])
    return code, json.loads(written.read_text(encoding="utf-8"))


def divided(folder: Path, buildings: str, *more: str) -> tuple[int, dict[str, Any]]:
    plan = str(folder / "plan.gpkg")
    return run(folder, "divide", "--buildings", buildings, "--out", plan, "--quiet", *more)


def checked(folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    return run(folder, "check", *(more or (str(folder / "plan.gpkg"),)))


def by_code(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {finding["code"]: finding for finding in report["findings"]}


def layer(folder: Path, name: str) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(folder / "plan.gpkg", layer=name)


def checks(report: dict[str, Any], at: int = 0) -> dict[str, str]:
    return report["certificates"][at]["checks"]


def write(path: Path, shapes: list[Any], **columns: Any) -> str:
    gpd.GeoDataFrame(columns, geometry=shapes, crs=4545).to_file(path)
    return str(path)


def box(west: float, south: float, east: float, north: float) -> Any:
    """A rectangle in metres from a place in the county."""
    return shapely.box(500_000 + west, 2_950_000 + south, 500_000 + east, 2_950_000 + north)


@pytest.mark.parametrize("said", ["50.0", "50", " 50 ", "５０", "1,250"])
def test_numbers_that_are_text_are_numbers(said: str, tmp_path: Path) -> None:
    file = json.loads(Path(case("text1")).read_text(encoding="utf-8"))
    file["features"][0]["properties"]["households"] = said
    (tmp_path / "f.geojson").write_text(json.dumps(file), encoding="utf-8")
    expected = 1250 if "," in said else 50
    limit = ("--households-max", "2000")
    code, report = checked(tmp_path, str(tmp_path / "f.geojson"), *limit)
    assert (code, report["certificates"][0]["households"]) == (0, expected)
    code, report = divided(tmp_path, str(tmp_path / "f.geojson"), *limit)
    assert (code, report["totals"]["households"]) == (0, expected)


def test_unknown_households_leave_the_limit_open(tmp_path: Path, capsys: Any) -> None:
    code, report = checked(tmp_path, case("unknown1"))
    assert (code, report["passed"]) == (1, False)
    assert checks(report)["limit"] == "not known"
    assert by_code(report)["households_unknown"]["subject"] == "01"
    assert "limit not known" in capsys.readouterr().out
    assert main(["check", case("unknown1"), "--lang", "zh"]) == 1
    assert "上限无法确定" in capsys.readouterr().out


def test_a_division_with_unknown_households_says_so_to_the_end(tmp_path: Path) -> None:
    _, report = divided(tmp_path, case("unknown1"))
    assert checks(report)["limit"] == "not known"
    # Unknown is not "no households".
    assert set(by_code(report)) == {"households_unknown"}
    code, report = checked(tmp_path)
    assert (code, checks(report)["limit"]) == (1, "not known")


def test_what_is_over_the_limit_already_fails_whatever_else_is_unknown(tmp_path: Path) -> None:
    shapes = [box(0, 0, 50, 50), box(50, 0, 100, 50), box(100, 0, 150, 50)]
    plots = gpd.GeoDataFrame(
        {"grid_code": ["a", "a", "a"], "households": [200, 150, None]}, geometry=shapes, crs=4545
    )
    grids = gpd.GeoDataFrame(
        {"code": ["a"], "households": [350]}, geometry=[box(0, 0, 150, 50)], crs=4545
    )
    grids.to_file(tmp_path / "p.gpkg", layer="grids")
    plots.to_file(tmp_path / "p.gpkg", layer="plots")
    code, report = checked(tmp_path, str(tmp_path / "p.gpkg"))
    assert (code, checks(report)["limit"]) == (1, "failed")
    assert {"grid_over_limit", "households_unknown"} <= set(by_code(report))
    code, report = checked(tmp_path, str(tmp_path / "p.gpkg"), "--households-max", "400")
    assert (code, checks(report)["limit"]) == (1, "not known")


def test_without_a_border_seams_are_not_checked_and_holes_are_found(tmp_path: Path) -> None:
    code, report = checked(tmp_path, case("hole"))
    found = by_code(report)["gap"]
    assert (code, checks(report)["seamless"]) == (1, "not checked")
    # A hole of 100 m by 100 m.
    assert (found["values"]["area_m2"], found["values"]["width_m"]) == (10_000, 100)
    code, report = checked(tmp_path, case("hole"), "--boundary", case("hole_boundary"))
    assert (code, checks(report)["seamless"]) == (1, "failed")
    assert by_code(report)["gap"]["values"]["area_m2"] == 10_000


def test_without_a_border_a_strip_between_grids_is_found(tmp_path: Path, capsys: Any) -> None:
    code, report = checked(tmp_path, case("gap"))
    found = by_code(report)["gap"]
    assert (code, checks(report)["seamless"]) == (1, "not checked")
    # 0.05 m wide, 100 m long
    assert found["values"]["area_m2"] == pytest.approx(5)
    assert found["values"]["width_m"] == pytest.approx(0.05)
    assert "5 m², 0.05 m at the widest" in capsys.readouterr().out
    assert number(0.05) == "0.05"


@pytest.mark.parametrize(("width", "found"), [(0.005, False), (0.3, True), (4, True), (60, False)])
def test_gaps_between_grids_by_their_width(width: float, found: bool, tmp_path: Path) -> None:
    shapes = [box(0, 0, 100, 100), box(100 + width, 0, 200 + width, 100)]
    plan = write(tmp_path / "f.gpkg", shapes, code=["a", "b"], households=[1, 2])
    _, report = checked(tmp_path, plan)
    assert ("gap" in by_code(report)) is found


def test_a_notch_in_the_outer_border_is_no_gap(tmp_path: Path) -> None:
    """Two grids that meet in a V: their common border ends at its bottom."""
    west = shapely.Polygon([(0, 0), (100, 0), (100, 60), (94, 100), (0, 100)])
    east = shapely.Polygon([(100, 0), (200, 0), (200, 100), (106, 100), (100, 60)])
    there = list(shapely.transform([west, east], lambda xy: xy + np.array([500_000, 2_950_000])))
    plan = write(tmp_path / "f.gpkg", there, code=["a", "b"], households=[1, 2])
    code, report = checked(tmp_path, plan)
    assert (code, report["findings"]) == (0, [])


@pytest.mark.parametrize("name", ["pair_0", "pair_1mm"])
def test_areas_that_nearly_touch_are_one_grid(name: str, tmp_path: Path) -> None:
    for units in ("areas", "auto"):
        code, report = divided(tmp_path, case(name), "--units", units)
        assert (code, report["totals"]["grids"]) == (0, 1)
        assert checked(tmp_path)[0] == 0


@pytest.mark.parametrize(("apart", "grids"), [(0.001, 1), (0.3, 1), (0.5, 1), (0.51, 2), (2.0, 2)])
def test_areas_touch_up_to_half_a_metre(apart: float, grids: int, tmp_path: Path) -> None:
    shapes = [box(0, 0, 100, 100), box(30, 100 + apart, 180, 200)]
    areas = write(tmp_path / "f.gpkg", shapes, id=["a", "b"], households=[20, 20])
    code, report = divided(tmp_path, areas, "--units", "areas")
    assert (code, report["totals"]["grids"]) == (0, grids)
    # What was divided so passes the judge, who knows nothing of it.
    assert checked(tmp_path)[0] == 0


def test_areas_that_meet_in_a_corner_do_not_touch(tmp_path: Path) -> None:
    shapes = [box(0, 0, 100, 100), box(100.3, 100.3, 200, 200)]
    areas = write(tmp_path / "f.gpkg", shapes, id=["a", "b"], households=[20, 20])
    assert divided(tmp_path, areas, "--units", "areas")[1]["totals"]["grids"] == 2


@pytest.mark.parametrize("name", ["areas_polygon", "areas_multipolygon"])
def test_areas_of_several_parts_have_neighbours(name: str, tmp_path: Path) -> None:
    code, report = divided(tmp_path, case(name))
    # 12 areas of 50 households: 600 / 300 = 2
    assert (code, report["totals"]["grids"], report["totals"]["lower_bound"]) == (0, 2, 2)
    assert report["options"]["units"] == "areas"
    assert report["totals"]["contiguous"] is True
    assert checked(tmp_path)[0] == 0


def test_the_lower_bound_counts_pieces(tmp_path: Path, capsys: Any) -> None:
    """Three islands of 10 households: one grid would do by households, three there must be."""
    shapes = [box(0, 0, 50, 50), box(500, 0, 550, 50), box(1000, 0, 1050, 50)]
    areas = write(tmp_path / "f.gpkg", shapes, id=[1, 2, 3], households=[10, 10, 10])
    _, report = divided(tmp_path, areas, "--units", "areas")
    assert (report["totals"]["grids"], by_code(report)["bound_not_reachable"]["reachable"]) == (
        3,
        3,
    )
    assert "(at least 3)" in capsys.readouterr().out


def two(folder: Path, how: str) -> tuple[int, dict[str, Any]]:
    buildings = case("two_communities_buildings")
    return divided(folder, buildings, "--boundary", case(f"two_communities_{how}"))


def share_every_vertex(grids: gpd.GeoDataFrame) -> bool:
    """GEOS as the oracle: a coverage is valid when edges match to the last digit."""
    return bool(shapely.coverage_is_valid(np.asarray(grids.geometry.array, dtype=object)))


def test_communities_that_overlap_are_said_and_nothing_stands_in_two_grids(
    tmp_path: Path, capsys: Any
) -> None:
    code, report = two(tmp_path, "overlap")
    found = by_code(report)["communities_overlap"]
    # A strip of 20 m along 160 m.
    assert (code, found["area_m2"], found["width_m"]) == (1, 3200, 20)
    assert "3,200 m²" in capsys.readouterr().out
    grids, plots = layer(tmp_path, "grids"), layer(tmp_path, "plots")
    for shapes in (grids, plots):
        united = shapely.union_all(np.asarray(shapes.geometry.array))
        assert shapes.area.sum() == pytest.approx(united.area)
        assert share_every_vertex(shapes)
    buildings = layer(tmp_path, "buildings")
    cuts = shapely.intersection(
        np.asarray(buildings.geometry.array)[:, None], np.asarray(grids.geometry.array)[None, :]
    )
    assert ((shapely.area(cuts) > 1e-3).sum(axis=1) == 1).all()
    assert report["totals"]["households"] == 384
    code, again = checked(tmp_path)
    found = by_code(again)["communities_overlap"]
    assert (code, found["values"]["area_m2"], set(by_code(again))) == (
        1, 3200, {"communities_overlap"},
    )  # fmt: skip
    assert [checks(again, at)["seamless"] for at in (0, 1)] == ["failed", "failed"]


def test_land_between_communities_is_said(tmp_path: Path) -> None:
    code, report = two(tmp_path, "gap")
    found = by_code(report)["communities_gap"]
    # 4 m wide, 160 m long
    assert (code, found["area_m2"], found["width_m"]) == (1, 640, 4)
    assert found["communities"] == ["A", "B"]
    code, again = checked(tmp_path)
    assert (code, by_code(again)["communities_gap"]["values"]["area_m2"]) == (1, 640)


def test_grids_of_two_communities_that_overlap_are_said(tmp_path: Path) -> None:
    shapes = [box(0, 0, 100, 100), box(90, 0, 200, 100)]
    plan = write(
        tmp_path / "f.gpkg", shapes, code=["1", "1"], households=[1, 2], community=["A", "B"]
    )
    house = write(tmp_path / "h.gpkg", [box(91, 10, 99, 20)], households=[3], community=["A"])
    code, report = checked(tmp_path, plan, "--buildings", house)
    found = by_code(report)
    assert (code, found["communities_overlap"]["values"]["area_m2"]) == (1, 1000)
    # It stands in a grid of each.
    assert found["building_cut"]["values"]["grids"] == ["1", "B 1"]
    assert checks(report)["nothing_cut"] == "failed"


def neighbours(folder: Path, **more: Any) -> tuple[str, str]:
    """Two communities beside each other; a house of A reaches 3 m into B. Plan, houses."""
    shapes = [box(0, 0, 100, 100), box(100, 0, 200, 100)]
    plan = write(
        folder / "f.gpkg", shapes, code=["1", "2"], households=[5, 6], community=["A", "B"]
    )
    houses = [box(150, 10, 160, 20), box(91, 10, 103, 20)]
    names = {"households": [6, 5], "community": ["B", "A"], **more}
    return plan, write(folder / "h.gpkg", houses, **names)


def test_a_building_across_a_border_is_cut_unless_that_is_waived(tmp_path: Path) -> None:
    plan, houses = neighbours(tmp_path)
    code, report = checked(tmp_path, plan, "--buildings", houses)
    found = by_code(report)["building_cut"]
    assert (code, found["severity"], found["row"]) == (1, "error", 2)
    assert [c["checks"]["nothing_cut"] for c in report["certificates"]] == ["failed", "passed"]
    plan, houses = neighbours(tmp_path, waiver=[None, "王主任：两社区共用一栋，按门厅归甲"])
    code, report = checked(tmp_path, plan, "--buildings", houses)
    found = by_code(report)["building_cut"]
    assert (code, found["severity"]) == (0, "warning")
    assert "王主任" in found["sentence"]
    assert [c["checks"]["nothing_cut"] for c in report["certificates"]] == ["passed", "passed"]


def test_a_building_across_the_outer_border_is_cut_too(tmp_path: Path) -> None:
    plan = write(tmp_path / "f.gpkg", [box(0, 0, 100, 100)], code=["1"], households=[5])
    house = write(tmp_path / "h.gpkg", [box(91, 10, 103, 20)], households=[5])
    code, report = checked(tmp_path, plan, "--buildings", house)
    found = by_code(report)["building_across_border"]
    assert (code, found["values"]["area_m2"], checks(report)["nothing_cut"]) == (1, 30, "failed")


def test_what_divide_could_not_keep_whole_its_certificate_calls_cut(tmp_path: Path) -> None:
    boundary = write(
        tmp_path / "b.gpkg", [box(0, 0, 100, 100), box(100, 0, 200, 100)], name=["A", "B"]
    )
    houses = [box(20, 20, 40, 40), box(91, 60, 103, 70), box(150, 20, 170, 40)]
    houses = write(tmp_path / "h.gpkg", houses, households=[5, 6, 7])
    code, report = divided(tmp_path, houses, "--boundary", boundary)
    assert code == 0  # a warning: the border was given
    assert "building_crosses_boundary" in by_code(report)
    assert checks(report)["nothing_cut"] == "failed"
    code, report = checked(tmp_path)
    found = by_code(report)["building_cut"]
    assert (code, found["row"]) == (1, 2)


def test_who_stands_on_no_grid_and_communities_without_one_are_found(tmp_path: Path) -> None:
    plan, _ = neighbours(tmp_path)
    houses = write(
        tmp_path / "h.gpkg", [box(10, 10, 20, 20), box(900, 900, 910, 910), box(120, 5, 130, 9)],
        households=[5, 9, 6], community=["A", "乙", "B"],
    )  # fmt: skip
    lands = [box(0, 0, 100, 100), box(100, 0, 200, 100), box(0, 100, 200, 150)]
    boundary = write(tmp_path / "b.gpkg", lands, name=["A", "B", "C"])
    code, report = checked(tmp_path, plan, "--buildings", houses, "--boundary", boundary)
    found = by_code(report)
    assert code == 1
    assert found["building_outside_plan"]["row"] == 2
    assert found["community_without_grids"]["subject"] == "C"


def test_neighbours_of_a_town_share_every_vertex(tmp_path: Path) -> None:
    """Three communities with slanting borders and streets that end on them."""
    rng = np.random.default_rng(7)
    at = [(x, y) for x in range(15, 400, 25) for y in range(15, 300, 25)]
    size = rng.uniform(8, 14, len(at))
    houses = [box(x, y, x + s, y + s) for (x, y), s in zip(at, size, strict=True)]
    cut = shapely.Polygon([(0, 0), (137.3, 0), (151.7, 310), (0, 310)])
    rest = shapely.difference(shapely.box(0, 0, 420, 310), cut)
    south = shapely.Polygon([(0, 0), (420, 0), (420, 161.9), (0, 143.1)])
    lands = [cut, shapely.intersection(rest, south), shapely.difference(rest, south)]
    lands = list(shapely.transform(lands, lambda xy: xy + np.array([500_000.25, 2_950_000.75])))
    boundary = write(tmp_path / "b.gpkg", lands, name=["甲", "乙", "丙"])
    buildings = write(tmp_path / "h.gpkg", houses, households=[9] * len(at))
    streets = write(
        tmp_path / "s.gpkg",
        [shapely.LineString([(500_000, 2_950_000 + y), (500_420, 2_950_020 + y)])
         for y in range(0, 300, 75)],
        highway=["residential"] * 4,
    )  # fmt: skip
    _, report = divided(tmp_path, buildings, "--boundary", boundary, "--streets", streets)
    assert {row["seamless"] for row in report["communities"]} == {True}
    assert not {"communities_overlap", "communities_gap", "borders_do_not_match"} & set(
        by_code(report)
    )
    for name in ("grids", "plots", "communities"):
        assert share_every_vertex(layer(tmp_path, name)), name
    assert "borders_do_not_match" not in by_code(checked(tmp_path)[1])
    # In degrees as well: every vertex is moved alike.
    degrees = layer(tmp_path, "grids").to_crs(4490)
    assert share_every_vertex(degrees)


def test_divisions_of_all_levels_in_one_layer_give_communities(tmp_path: Path) -> None:
    """As ``getu export divisions`` writes them: county, subdistrict, communities."""
    whole, west, east = box(0, 0, 200, 100), box(0, 0, 100, 100), box(100, 0, 200, 100)
    rows = {
        "code": ["522624", "522624001", "522624001001", "522624001002"],
        "name": ["三穗县", "八弓街道", "甲社区", "乙社区"],
    }
    boundary = write(tmp_path / "b.gpkg", [whole, whole, west, east], **rows)
    houses = [box(20, 20, 40, 40), box(150, 20, 170, 40)]
    buildings = write(
        tmp_path / "h.gpkg", houses, households=[5, 7], community=["甲社区", "乙社区"]
    )
    code, report = divided(tmp_path, buildings, "--boundary", boundary)
    assert code == 0
    assert [(r["community"], r["households"]) for r in report["communities"]] == [
        ("522624001001", 5), ("522624001002", 7),
    ]  # fmt: skip
    assert by_code(report)["boundary_levels"]["rows"] == 2
    assert checked(tmp_path, str(tmp_path / "plan.gpkg"), "--boundary", boundary)[0] == 0
    # Without codes the land tells.
    boundary = write(tmp_path / "n.gpkg", [whole, west, east], name=["街道", "甲社区", "乙社区"])
    code, report = divided(tmp_path, buildings, "--boundary", boundary)
    assert [r["community"] for r in report["communities"]] == ["甲社区", "乙社区"]


@pytest.mark.parametrize("command", ["divide", "check"])
def test_bad_rows_are_listed_and_the_report_is_written(
    command: str, tmp_path: Path, capsys: Any
) -> None:
    shapes = [box(100 * k, 0, 100 * k + 100, 100) for k in range(4)]
    file = write(
        tmp_path / "f.gpkg", shapes,
        id=list("abcd"), code=list("1234"), households=["-4", "2.5", "12", "十二"],
    )  # fmt: skip
    for lang, word in (("en", "is not a whole number"), ("zh", "不是整数户数")):
        arguments = (
            ("divide", "--buildings", file, "--out", str(tmp_path / "p.gpkg"))
            if command == "divide"
            else ("check", file)
        )
        code, report = run(tmp_path, *arguments, "--lang", lang)
        assert code == 2
        assert [(f["row"], f["code"]) for f in report["findings"]] == [
            (row, "not_a_count") for row in (1, 2, 4)
        ]
        assert all(word in f["sentence"] for f in report["findings"])
        printed = capsys.readouterr().err
        assert printed.count(word) == 3
        assert report["error"] in printed


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    bad = write(tmp_path / "h.gpkg", [box(0, 0, 9, 9)], households=["x"])
    point = write(tmp_path / "s.gpkg", [shapely.Point(500_000, 2_950_000)], kind=["street"])
    code, report = divided(tmp_path, bad, "--streets", point)
    assert code == 2
    assert {f["code"] for f in report["findings"]} == {"not_a_count", "geometry_wrong_kind"}
    assert {f["of_file"] for f in report["findings"]} == {"buildings", "streets"}
