import json

import geopandas as gpd
import pyogrio
import pytest
import shapely

from dashboard.commands import main

ORIGIN = (500_000.0, 3_150_000.0)


def at(x, y=0.0):
    return shapely.Point(ORIGIN[0] + x, ORIGIN[1] + y)


@pytest.fixture
def files(tmp_path):
    """A street of 6 km; 15 minutes are 990 m. Households: 10 at 0, 50 at 2,000, 30 at 2,900,
    20 at 5,000; candidates p at 0, q at 2,100 (reaches 50 and 30), r at 5,000, s at 2,000
    (reaches 50 and 30: 900 m), t 3 km from the street.
    """
    frames = {
        "streets": gpd.GeoDataFrame(
            geometry=[shapely.LineString([at(-100), at(6000)])], crs="EPSG:4545"
        ),
        "buildings": gpd.GeoDataFrame(
            {"id": [1, 2, 3, 4], "households": [10, 50, 30, 20]},
            geometry=[at(0), at(2000), at(2900), at(5000)], crs="EPSG:4545",
        ),
        "candidates": gpd.GeoDataFrame(
            {"id": list("pqrst")},
            geometry=[at(0), at(2100), at(5000), at(2000), at(0, 3000)],
            crs="EPSG:4545",
        ),
        "stations": gpd.GeoDataFrame({"id": [1]}, geometry=[at(5100)], crs="EPSG:4545"),
    }  # fmt: skip
    for name, frame in frames.items():
        frame.to_file(tmp_path / f"{name}.gpkg")
    return tmp_path


def run(folder, *more, stations=False):
    arguments = ["site"]
    for name in ("buildings", "streets", "candidates", *(["stations"] if stations else [])):
        arguments += [f"--{name}", str(folder / f"{name}.gpkg")]
    report = folder / "report.json"
    code = main([*arguments, "--out", str(folder / "out.gpkg"), "--report", str(report), *more])
    return code, json.loads(report.read_text()) if report.exists() else None


def test_the_report_names_sites_ranks_and_what_each_adds(files):
    code, report = run(files, "--new", "2", "--minutes", "15")
    assert code == 1  # candidate t has no street: a warning
    assert (report["objective"], report["bound"], report["gap"]) == (100.0, 100.0, 0.0)
    assert report["proved"] is True
    first, second = report["sites"]
    assert first["id"] in ("q", "s")
    assert (first["rank"], first["marginal_households"]) == (1, 80)
    assert second == {"id": "r", "rank": 2, "marginal_households": 20}


def test_the_sites_layer_holds_the_same_in_the_crs_of_the_buildings(files):
    run(files, "--new", "2")
    frame = pyogrio.read_dataframe(files / "out.gpkg", layer="sites")
    assert frame["rank"].tolist() == [1, 2]
    assert frame["marginal_households"].tolist() == [80, 20]
    assert frame.crs.to_epsg() == 4545
    assert frame.geometry[1].distance(at(5000)) < 0.001


def test_households_of_existing_stations_are_not_won_again(files):
    _, report = run(files, "--new", "2", stations=True)
    assert {s["id"] for s in report["sites"]} >= {"p"}
    assert (report["objective"], report["covered_before"], report["covered_after"]) == (90, 20, 110)


def test_everyone_with_the_fewest_sites(files):
    _, report = run(files, "--objective", "all")
    assert (report["objective"], report["proved"]) == (3.0, True)
    assert sum(s["marginal_households"] for s in report["sites"]) == 110


def test_least_walking_chooses_the_place_that_saves_most(files):
    # One site for all: household-metres p 287,000; q 5,000+24,000+21,000+58,000 = 108,000;
    # r 260,000 + …; s 20,000 + 0 + 27,000 + 60,000 = 107,000. So s, 107,000 m / 1.1 m/s.
    _, report = run(files, "--objective", "distance", "--new", "1")
    assert [s["id"] for s in report["sites"]] == ["s"]
    assert report["objective"] == pytest.approx(107_000 / 1.1, abs=1)
    assert report["unit"] == "household_seconds"


def test_more_sites_than_candidates_choose_all_that_add_something(files):
    code, report = run(files, "--new", "9")
    assert code == 1
    assert report["objective"] == 110


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ((), "--new"),
        (("--new", "0"), "--new"),
        (("--new", "1", "--minutes", "5,10"), "one limit"),
        (("--new", "1", "--time-limit", "0"), "--time-limit"),
    ],
)
def test_questions_without_sense_are_refused(files, more, word, capsys):
    code, report = run(files, *more)
    assert (code, report) == (2, None)
    assert word in capsys.readouterr().err


def test_no_candidates_are_refused(files, capsys):
    frame = gpd.read_file(files / "candidates.gpkg")
    frame.iloc[:0].to_file(files / "candidates.gpkg")
    code, _ = run(files, "--new", "1")
    assert code == 2
    assert "no candidate sites" in capsys.readouterr().err


def test_sites_of_bounded_size_share_households_and_too_few_open_none(files):
    # q and s reach the same 80: with at most 60 each, two of them serve 60 and 20.
    code, report = run(files, "--new", "2", "--most", "60")
    assert code == 1
    assert report["proved"] is True
    assert report["objective"] == 80.0
    assert sorted(s["marginal_households"] for s in report["sites"]) == [20, 60]
    # At least 30 each: only one place has them.
    code, report = run(files, "--new", "3", "--least", "30")
    assert report["objective"] == 80.0
    assert len(report["sites"]) == 2 or [s["marginal_households"] for s in report["sites"]] == [80]
    assert all(s["marginal_households"] >= 30 for s in report["sites"])


def test_bounds_that_contradict_each_other_are_refused(files, capsys):
    assert run(files, "--new", "1", "--least", "9", "--most", "3")[0] == 2
    assert run(files, "--new", "1", "--least", "9", "--objective", "distance")[0] == 2
    assert "Traceback" not in capsys.readouterr().err
