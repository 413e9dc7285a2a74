import json

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from dashboard.commands import main
from layers.kit.crs import wgs84_to_gcj02

ORIGIN = (500_000.0, 3_150_000.0)  # near 108°E, 28.5°N in EPSG:4545


def at(x, y):
    return (ORIGIN[0] + x, ORIGIN[1] + y)


@pytest.fixture
def files(tmp_path):
    """One street of 3 km; a station at its start; houses at 100, 990, 991 and 5,000 m.

    At 1.1 m/s: 100 m = 90.909 s, 990 m = 900 s, 991 m = 900.909 s; the last has no street
    within 200 m.
    """
    streets = gpd.GeoDataFrame(
        {"highway": ["residential"]},
        geometry=[shapely.LineString([at(0, 0), at(3000, 0)])],
        crs=4545,
    )
    homes = gpd.GeoDataFrame(
        {"ID": ["a", "b", "c", "d"], "Households": [10, 20, 30, 40]},
        geometry=[shapely.Point(at(x, 0)) for x in (100, 990, 991, 5000)],
        crs=4545,
    )
    stations = gpd.GeoDataFrame({"id": [7]}, geometry=[shapely.Point(at(0, 0))], crs=4545)
    for name, frame in (("streets", streets), ("buildings", homes), ("stations", stations)):
        frame.to_file(tmp_path / f"{name}.gpkg")
    return tmp_path


def run(folder, *more, **replaced):
    names = {"buildings": "buildings.gpkg", "streets": "streets.gpkg", "stations": "stations.gpkg"}
    names |= replaced
    arguments = ["coverage"]
    for option, name in names.items():
        arguments += [f"--{option}", str(folder / name)]
    out, report = folder / "out.gpkg", folder / "report.json"
    code = main([*arguments, "--out", str(out), "--report", str(report), *more])
    return code, json.loads(report.read_text()) if report.exists() else None


def layer(folder, name):
    return pyogrio.read_dataframe(folder / "out.gpkg", layer=name)


def test_the_report_has_the_fields_and_figures_that_were_promised(files):
    code, report = run(files, "--minutes", "5,10,15")
    assert code == 0
    assert report["households"] == 100
    assert report["untied"] == 40
    assert report["by_minutes"] == [
        {"minutes": 5, "covered": 10, "share": 0.1},
        {"minutes": 10, "covered": 10, "share": 0.1},
        {"minutes": 15, "covered": 30, "share": 0.3},  # a and b; c is 0.909 s too far
    ]
    model = report["model"]
    assert (model["flat_speed_m_s"], model["off_street_speed_m_s"]) == (1.1, 1.1)
    assert (model["slope"], model["elevation"]) == ("flat", None)
    assert (model["direction"], model["tie_max_m"]) == ("to_station", 200.0)
    assert report["seconds"] > 0


def test_the_buildings_layer_has_time_and_station_and_null_where_unreachable(files):
    run(files)
    frame = layer(files, "buildings").set_index("id")
    assert frame["walk_s"].round(3).tolist()[:3] == [90.909, 900.0, 900.909]
    assert np.isnan(frame["walk_s"]["d"])
    assert frame["station"].tolist()[:3] == [7, 7, 7]
    assert np.isnan(frame["station"]["d"])
    assert frame["households"].tolist() == [10, 20, 30, 40]
    assert frame.crs.to_epsg() == 4545


def test_the_areas_layer_has_each_station_and_the_union_of_all(files):
    run(files, "--minutes", "10,5")
    frame = layer(files, "areas")
    assert frame["minutes"].tolist() == [5, 10, 5, 10]
    assert frame["station"].isna().tolist() == [False, False, True, True]
    assert frame.is_valid.all()
    assert frame.crs.to_epsg() == 4545
    assert frame.geometry[1].contains(shapely.Point(at(600, 0)))
    assert not frame.geometry[1].contains(shapely.Point(at(700, 0)))


def test_slopes_come_from_the_elevation(files):
    # 10% down from the houses to the station: as quick as flat; from the station up: exp(0.35).
    cells = np.add.outer(np.zeros(40), np.arange(100.0) * 10)  # 100 m cells, 10 m up each
    path = files / "dem.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=100, height=40, count=1, dtype="float32", crs=4545,
        transform=from_origin(ORIGIN[0] - 2000, ORIGIN[1] + 2000, 100, 100),
    ) as raster:  # fmt: skip
        raster.write(cells.astype(np.float32), 1)
    code, report = run(files, "--elevation", str(path), "--minutes", "15")
    assert (code, report["model"]["slope"], report["model"]["elevation"]) == (
        0,
        "tobler",
        "dem.tif",
    )
    assert report["by_minutes"][0]["covered"] == 30
    code, report = run(
        files, "--elevation", str(path), "--minutes", "15", "--direction", "from_station"
    )
    assert report["by_minutes"][0]["covered"] == 10  # b: 900 s · 1.419 = 1,277 s
    assert layer(files, "buildings")["walk_s"][1] == pytest.approx(900 * np.exp(0.35), abs=0.1)
    code, report = run(
        files, "--elevation", str(path), "--minutes", "15", "--direction", "from_station",
        "--slope", "off",
    )  # fmt: skip
    assert (report["by_minutes"][0]["covered"], report["model"]["slope"]) == (30, "flat")
    code, report = run(
        files, "--elevation", str(path), "--minutes", "36.3", "--direction", "round_trip"
    )
    # There 900 s, back 900 · exp(0.35) = 1,277.2 s: 2,177.2 s of 2,178.
    assert report["by_minutes"][0]["covered"] == 30


def test_an_elevation_elsewhere_is_said_and_walked_as_flat(files, capsys):
    path = files / "dem.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=9, height=9, count=1, dtype="float32", crs=4326,
        transform=from_origin(11, 50, 0.1, 0.1),
    ) as raster:  # fmt: skip
        raster.write(np.ones((9, 9), np.float32), 1)
    code, report = run(files, "--elevation", str(path))
    assert code == 1
    assert report["model"]["slope"] == "flat"
    assert "100.0% of the streets' length has no height" in capsys.readouterr().err


def test_a_file_without_crs_is_refused_until_crs_says(files, capsys):
    frame = gpd.read_file(files / "streets.gpkg").set_crs(None, allow_override=True)
    frame.to_file(files / "bare.gpkg")
    code, report = run(files, streets="bare.gpkg")
    assert (code, report) == (2, None)
    assert "--crs" in capsys.readouterr().err
    assert not (files / "out.gpkg").exists()
    code, report = run(files, "--crs", "EPSG:4545", streets="bare.gpkg")
    assert (code, report["by_minutes"][2]["covered"]) == (0, 30)


def test_crs_gcj02_overrides_what_files_declare_and_gives_true_degrees(files):
    for name in ("streets", "buildings", "stations"):
        frame = gpd.read_file(files / f"{name}.gpkg").to_crs(4326)
        shift = lambda xy: np.column_stack(wgs84_to_gcj02(xy[:, 0], xy[:, 1]))  # noqa: E731
        frame.set_geometry(shapely.transform(frame.geometry.values, shift)).to_file(
            files / f"{name}_gcj.geojson"
        )
    code, report = run(
        files, "--crs", "gcj02", buildings="buildings_gcj.geojson",
        streets="streets_gcj.geojson", stations="stations_gcj.geojson",
    )  # fmt: skip
    assert code == 0
    assert report["by_minutes"][0]["covered"] == 10
    true = gpd.read_file(files / "buildings.gpkg").to_crs(4490)
    got = layer(files, "buildings")
    assert got.crs.to_epsg() == 4490
    assert shapely.distance(true.geometry[0], got.geometry[0]) < 1e-6


def test_metres_of_a_true_crs_are_walked_as_they_are_and_others_are_measured_anew(files):
    # UTM shortens by 0.9996: 990 m of the file stay 900 s. Web Mercator stretches by 1.138 at
    # 28.5°N, so the same numbers there are only 870 m on the ground.
    for crs, expected in (("EPSG:32649", 900.0), ("EPSG:3857", 790.5)):
        for name in ("streets", "buildings", "stations"):
            frame = gpd.read_file(files / f"{name}.gpkg")
            if crs == "EPSG:3857":
                frame.geometry = frame.translate(12_022_400 - ORIGIN[0], 3_315_800 - ORIGIN[1])
            frame.set_crs(crs, allow_override=True).to_file(files / f"{name}_own.gpkg")
        run(files, **{n: f"{n}_own.gpkg" for n in ("buildings", "streets", "stations")})
        frame = layer(files, "buildings")
        assert frame["walk_s"][1] == pytest.approx(expected, rel=1e-9 if expected == 900 else 2e-3)
        assert str(frame.crs.to_epsg()) == crs.removeprefix("EPSG:")


def test_wrong_counts_are_listed_with_row_and_nothing_is_written(files, capsys):
    frame = gpd.read_file(files / "buildings.gpkg")
    frame["Households"] = ["10", "many", "-3", "2.5"]
    frame.to_file(files / "bad.gpkg")
    code, report = run(files, buildings="bad.gpkg")
    error = capsys.readouterr().err
    assert (code, report["passed"]) == (2, False)
    assert [f["row"] for f in report["findings"]] == [2, 3, 4]
    for row, value in ((2, "many"), (3, "-3"), (4, "2.5")):
        assert f"row {row} households: {value} is not a whole number" in error
    assert not (files / "out.gpkg").exists()


def test_unknown_counts_are_a_warning_and_stay_unknown(files, capsys):
    frame = gpd.read_file(files / "buildings.gpkg")
    frame["Households"] = [10, None, 30, 40]
    frame.to_file(files / "some.gpkg")
    code, report = run(files, buildings="some.gpkg")
    assert (code, report["households"]) == (1, 80)
    assert np.isnan(layer(files, "buildings")["households"][1])
    assert "no count of households" in capsys.readouterr().err


def test_missing_households_column_is_refused(files, capsys):
    gpd.read_file(files / "buildings.gpkg").drop(columns="Households").to_file(files / "no.gpkg")
    code, _ = run(files, buildings="no.gpkg")
    assert code == 2
    assert "column households" in capsys.readouterr().err


@pytest.mark.parametrize("minutes", ["", "0", "5,x", "-5", "nan", "9999"])
def test_wrong_minutes_are_refused(files, minutes, capsys):
    assert run(files, f"--minutes={minutes}")[0] == 2
    assert "--minutes" in capsys.readouterr().err


def test_no_stations_cover_nobody(files):
    gpd.read_file(files / "stations.gpkg").iloc[:0].to_file(files / "none.gpkg")
    code, report = run(files, stations="none.gpkg")
    assert code == 0
    assert [entry["covered"] for entry in report["by_minutes"]] == [0, 0, 0]
    assert layer(files, "areas").geometry.is_empty.all()


def test_a_station_away_from_any_street_is_a_warning(files, capsys):
    frame = gpd.read_file(files / "stations.gpkg")
    frame.loc[1] = [8, shapely.Point(at(0, 3000))]
    frame.to_file(files / "two.gpkg")
    code, report = run(files, stations="two.gpkg")
    assert (code, report["by_minutes"][2]["covered"]) == (1, 30)
    assert "row 2: no street within 200 m" in capsys.readouterr().err


def test_motorways_and_streets_closed_to_walkers_are_left_out(files):
    frame = gpd.read_file(files / "streets.gpkg")
    frame.loc[1] = ["motorway", shapely.LineString([at(3000, 0), at(6000, 0)])]
    frame.to_file(files / "two.gpkg")
    code, report = run(files, streets="two.gpkg")
    assert (code, report["untied"]) == (0, 40)
    assert any(f["code"] == "street_not_walkable" for f in report["findings"])


def test_a_missing_file_is_one_line(files, capsys):
    code, _ = run(files, stations="nowhere.gpkg")
    assert code == 2
    assert capsys.readouterr().err == "getu: nowhere.gpkg does not exist: check the path\n"


def test_of_several_layers_the_one_named_like_its_use_is_read(files, capsys):
    town = files / "town.gpkg"
    for name in ("buildings", "streets", "stations"):
        gpd.read_file(files / f"{name}.gpkg").to_file(town, layer=name)
    code, report = run(files, buildings="town.gpkg", streets="town.gpkg", stations="town.gpkg")
    assert (code, report["by_minutes"][2]["covered"]) == (0, 30)
    gpd.read_file(files / "buildings.gpkg").to_file(files / "other.gpkg", layer="x")
    gpd.read_file(files / "buildings.gpkg").to_file(files / "other.gpkg", layer="y")
    assert run(files, buildings="other.gpkg")[0] == 2
    assert "several layers (x, y)" in capsys.readouterr().err


def test_a_table_with_longitude_and_latitude_is_read_too(files):
    frame = gpd.read_file(files / "buildings.gpkg").to_crs(4326)
    lines = ["id,households,lon,lat"] + [
        f"{i},{h},{g.x:.9f},{g.y:.9f}"
        for i, h, g in zip(frame["ID"], frame["Households"], frame.geometry, strict=True)
    ]
    (files / "homes.csv").write_text("\n".join(lines))
    for name in ("streets", "stations"):
        gpd.read_file(files / f"{name}.gpkg").to_crs(4326).to_file(files / f"{name}_deg.gpkg")
    code, report = run(
        files, "--crs", "EPSG:4326", buildings="homes.csv", streets="streets_deg.gpkg",
        stations="stations_deg.gpkg",
    )  # fmt: skip
    assert (code, report["by_minutes"][0]["covered"]) == (0, 10)


def test_a_file_that_only_points_to_another_is_refused(files, capsys):
    (files / "ref.vrt").write_text("<OGRVRTDataSource></OGRVRTDataSource>")
    assert run(files, streets="ref.vrt")[0] == 2
    assert "only points to other files" in capsys.readouterr().err
