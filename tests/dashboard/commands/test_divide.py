from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from dashboard.commands import main
from tests.layers.grids.towns import square_town

ROW = {
    "community", "households", "grids", "lower_bound", "max_households", "over_cap",
    "oversize_buildings", "contiguous", "seamless", "polsby_popper_mean", "seconds",
}  # fmt: skip


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """100 houses of 10 households in EPSG:4545, in one file."""
    square_town(10, 10, 10).to_file(tmp_path / "houses.gpkg")
    return tmp_path


def divide(folder: Path, *more: str, houses: str = "houses.gpkg") -> int:
    return main(
        ["divide", "--buildings", str(folder / houses), "--out", str(folder / "plan.gpkg"),
         "--report", str(folder / "report.json"), "--quiet", *more]
    )  # fmt: skip


def report(folder: Path) -> dict:
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def layer(folder: Path, name: str) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(folder / "plan.gpkg", layer=name)


def test_a_plan_and_its_report_have_the_promised_layers_and_fields(town):
    assert divide(town, "--households-max", "300") == 0
    listed = {name for name, _ in pyogrio.list_layers(town / "plan.gpkg")}
    assert listed == {"grids", "plots", "communities", "buildings"}
    found = report(town)
    (row,) = found["communities"]
    assert set(row) == ROW
    # 100 · 10 = 1000 households; ceil(1000 / 300) = 4
    assert (row["households"], row["lower_bound"], row["grids"]) == (1000, 4, 4)
    assert row["max_households"] <= 300
    assert (row["over_cap"], row["oversize_buildings"]) == (0, 0)
    assert row["contiguous"] is row["seamless"] is True
    assert set(found["totals"]) == ROW - {"community"} | {"communities"}
    grids, plots = layer(town, "grids"), layer(town, "plots")
    assert {"code", "community", "households", "buildings"} <= set(grids.columns)
    assert {"building_id", "grid_code", "households"} <= set(plots.columns)
    assert grids["code"].tolist() == ["1001", "1002", "1003", "1004"]
    assert grids["households"].sum() == plots["households"].sum() == 1000
    assert grids["buildings"].sum() == 100
    assert grids.crs.to_epsg() == plots.crs.to_epsg() == 4545
    counted = plots.groupby("grid_code")["households"].sum()
    assert counted.to_dict() == dict(zip(grids["code"], grids["households"], strict=True))


def test_the_plan_passes_the_independent_check(town, capsys):
    divide(town)
    certificate = town / "certificate.json"
    assert main(["check", str(town / "plan.gpkg"), "--report", str(certificate)]) == 0
    assert json.loads(certificate.read_text(encoding="utf-8"))["passed"] is True
    assert main(["check", str(town / "plan.gpkg"), "--households-max", "200"]) == 1
    assert "grid_over_limit" in capsys.readouterr().out


def test_check_finds_what_was_done_to_a_plan(town, capsys):
    divide(town)
    grids = layer(town, "grids")
    grids.loc[0, "geometry"] = shapely.buffer(grids.geometry[0], -2)
    moved = grids[["code", "households", "geometry"]]
    moved.assign(geometry=moved.translate(200, 0)).to_file(town / "other.gpkg", layer="grids")
    houses = str(town / "houses.gpkg")
    written = town / "other.json"
    check = ["check", str(town / "other.gpkg"), "--buildings", houses, "--report", str(written)]
    assert main(check) == 1
    found = {f["code"] for f in json.loads(written.read_text(encoding="utf-8"))["findings"]}
    assert {"building_outside_plan", "households_differ"} <= found
    grids.to_file(town / "plan.gpkg", layer="grids")
    assert main(["check", str(town / "plan.gpkg")]) == 1
    shown = capsys.readouterr().out
    assert "error: gap" in shown
    assert "grid_differs_from_plots" in shown


def test_the_same_seed_gives_the_same_file_content(town):
    divide(town, "--seed", "5")
    first = layer(town, "plots")
    divide(town, "--seed", "5")
    assert layer(town, "plots").equals(first)


def test_a_file_in_degrees_gives_a_plan_in_degrees(town):
    degrees = pyogrio.read_dataframe(town / "houses.gpkg").to_crs(4326)
    degrees.to_file(town / "houses.geojson")
    assert divide(town, houses="houses.geojson") == 0
    assert layer(town, "grids").crs.to_epsg() == 4326
    assert main(["check", str(town / "plan.gpkg")]) == 0
    assert report(town)["totals"]["grids"] == 4


def test_column_names_are_matched_without_case_and_points_serve_as_buildings(town):
    frame = square_town(6, 6, 10)
    frame = frame.set_geometry(frame.centroid).rename(columns={"households": "HouseHolds"})
    frame.to_file(town / "points.gpkg")
    assert divide(town, houses="points.gpkg") == 0
    assert report(town)["totals"]["households"] == 360


def test_communities_by_column_are_divided_each_by_itself(town):
    frame = square_town(10, 10, 10)
    frame["community"] = np.where(
        frame.geometry.centroid.x < 500_100, "522624001001", "522624001002"
    )
    frame.to_file(town / "two.gpkg")
    whole = shapely.box(499_990, 2_949_990, 500_210, 2_950_210)
    west, east = (
        shapely.box(499_990, 2_949_990, 500_097, 2_950_210),
        shapely.box(500_097, 2_949_990, 500_210, 2_950_210),
    )
    boundary = gpd.GeoDataFrame(
        {"code": ["522624001001", "522624001002"]}, geometry=[west, east], crs=4545
    )
    boundary.to_file(town / "boundary.gpkg")
    assert divide(town, "--boundary", str(town / "boundary.gpkg"), houses="two.gpkg") == 0
    rows = report(town)["communities"]
    assert [(r["community"], r["households"], r["lower_bound"]) for r in rows] == [
        ("522624001001", 500, 2), ("522624001002", 500, 2),
    ]  # fmt: skip
    grids = layer(town, "grids")
    assert shapely.union_all(grids.geometry.array).symmetric_difference(whole).area < 1e-3
    assert grids["code"].str.len().eq(15).all()


def test_communities_whose_hulls_overlap_share_the_land_out(town):
    frame = square_town(10, 10, 10)
    odd = (frame.geometry.centroid.x + frame.geometry.centroid.y) % 200 < 100
    frame["community"] = np.where(
        frame.geometry.centroid.x + 0.3 * (frame.geometry.centroid.y - 2_950_000) < 500_130,
        "a",
        "b",
    )
    assert odd.any()
    frame.to_file(town / "two.gpkg")
    assert divide(town, houses="two.gpkg") == 0
    communities = layer(town, "communities")
    first, second = communities.geometry
    assert first.intersection(second).area < 1e-3
    assert main(["check", str(town / "plan.gpkg")]) == 0


def test_without_column_the_boundary_polygon_decides_and_crossing_is_said(town):
    boundary = gpd.GeoDataFrame(
        {"name": ["西社区", "东社区"]},
        geometry=[  # the line runs through the sixth column of houses: 4 of 12 m in the west
            shapely.box(499_990, 2_949_990, 500_104, 2_950_210),
            shapely.box(500_104, 2_949_990, 500_210, 2_950_210),
        ],
        crs=4545,
    )
    boundary.to_file(town / "boundary.gpkg")
    assert divide(town, "--boundary", str(town / "boundary.gpkg")) == 0
    found = report(town)
    assert {r["community"]: r["households"] for r in found["communities"]} == {
        "西社区": 500, "东社区": 500,
    }  # fmt: skip
    crossing = [f for f in found["findings"] if f["code"] == "building_crosses_boundary"]
    assert len(crossing) == 10


def test_a_building_outside_every_boundary_is_an_error_and_the_rest_is_divided(town):
    boundary = gpd.GeoDataFrame(
        geometry=[shapely.box(499_990, 2_949_990, 500_177, 2_950_210)], crs=4545
    )
    boundary.to_file(town / "boundary.gpkg")
    assert divide(town, "--boundary", str(town / "boundary.gpkg")) == 1
    found = report(town)
    outside = [f["row"] for f in found["findings"] if f["code"] == "building_outside_boundary"]
    assert outside == list(range(10, 101, 10))
    assert found["totals"]["households"] == 900


def test_polygons_that_tile_are_used_as_they_are(town):
    frame = square_town(8, 8, 40)
    frame.geometry = shapely.buffer(frame.centroid, 10, cap_style="square")
    frame.loc[9, "households"] = 900
    frame.to_file(town / "blocks.gpkg")
    assert divide(town, houses="blocks.gpkg") == 0
    found = report(town)
    assert found["options"]["units"] == "areas"
    assert len(layer(town, "plots")) == 64
    assert found["totals"]["oversize_buildings"] == 1
    assert divide(town, "--units", "buildings", houses="blocks.gpkg") == 0


def test_estates_in_a_column_stay_whole(town):
    frame = square_town(10, 10, 8)
    x = (frame.geometry.centroid.x - 500_006) / 20
    y = (frame.geometry.centroid.y - 2_950_006) / 20
    inside = x.round().between(3, 6) & y.round().between(3, 6)
    frame["estate"] = np.where(inside, "桂花苑", None)
    frame.to_file(town / "estate.gpkg")
    assert divide(town, "--prefer", "round", houses="estate.gpkg") == 0
    lived = layer(town, "buildings")
    mine = pd.Series(np.where(inside)[0] + 1)
    assert lived[lived["id"].isin(mine)]["grid_code"].nunique() == 1


def test_files_without_crs_are_refused_until_it_is_said(town, capsys):
    frame = pyogrio.read_dataframe(town / "houses.gpkg")
    frame.crs = None
    frame.to_file(town / "bare.shp")
    assert divide(town, houses="bare.shp") == 2
    error = capsys.readouterr().err
    assert "--crs" in error
    assert len(error.strip().splitlines()) == 1
    assert divide(town, "--crs", "EPSG:4545", houses="bare.shp") == 0


def test_bad_counts_are_all_named_and_nothing_is_written(town, capsys):
    frame = pyogrio.read_dataframe(town / "houses.gpkg")
    frame["households"] = frame["households"].astype(object)
    frame.loc[[1, 4], "households"] = ["many", "-3"]
    frame["households"] = frame["households"].astype(str)
    frame.to_file(town / "bad.gpkg")
    assert divide(town, houses="bad.gpkg") == 2
    error = capsys.readouterr().err
    assert "2 rows" in error
    assert not (town / "plan.gpkg").exists()


def test_missing_files_columns_and_folders_are_one_line_each(town, capsys):
    pyogrio.read_dataframe(town / "houses.gpkg")[["geometry"]].to_file(town / "empty.gpkg")
    for arguments in (
        ["divide", "--buildings", str(town / "no.gpkg"), "--out", str(town / "p.gpkg")],
        ["divide", "--buildings", str(town / "empty.gpkg"), "--out", str(town / "p.gpkg")],
        ["divide", "--buildings", str(town / "houses.gpkg"), "--out", str(town / "no" / "p.gpkg")],
        ["check", str(town / "no.gpkg")],
        ["check", str(town / "houses.gpkg")],
    ):
        assert main(arguments) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_unknown_households_are_a_warning_and_not_zero_silently(town):
    frame = pyogrio.read_dataframe(town / "houses.gpkg")
    frame["households"] = frame["households"].astype(float)
    frame.loc[3, "households"] = np.nan
    frame.to_file(town / "unknown.gpkg")
    assert divide(town, houses="unknown.gpkg") == 0
    assert "households_unknown" in [f["code"] for f in report(town)["findings"]]
    assert layer(town, "buildings")["households"].isna().sum() == 1


def test_duplicates_and_overlaps_of_footprints_keep_all_households(town):
    frame = square_town(5, 5, 10)
    twice = frame.iloc[[7]].assign(id=900)
    shifted = frame.iloc[[12]].assign(id=901, geometry=frame.geometry.iloc[[12]].translate(3, 0))
    gpd.GeoDataFrame(pd.concat([frame, twice, shifted])).to_file(town / "double.gpkg")
    assert divide(town, houses="double.gpkg") == 0
    assert report(town)["totals"]["households"] == 270
    assert layer(town, "plots")["households"].sum() == 270


@pytest.mark.real_data
@pytest.mark.parametrize(("limit", "oversize", "bound"), [(300, 515, 601), (3000, 0, 111)])
def test_san_francisco_block_groups_are_areas(shared_data, tmp_path, limit, oversize, bound):
    # 515 block groups over 300; 332,955 households in all: ceil(332955 / 3000) = 111
    source = shared_data / "sanfrancisco" / "blockgroups.shp"
    code = main(
        ["divide", "--buildings", str(source), "--crs", "EPSG:4326", "--households-max",
         str(limit), "--out", str(tmp_path / "plan.gpkg"),
         "--report", str(tmp_path / "report.json"), "--quiet"]
    )  # fmt: skip
    assert code == 0
    totals = report(tmp_path)["totals"]
    assert totals["households"] == 332_955
    assert (totals["oversize_buildings"], totals["lower_bound"]) == (oversize, bound)
    assert totals["over_cap"] == 0
    assert totals["contiguous"] is totals["seamless"] is True
    assert main(["check", str(tmp_path / "plan.gpkg"), "--households-max", str(limit)]) == 0
