"""``getu hotspots``: files in, files out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from dashboard.commands import main

X0, Y0, SIDE = 500_000.0, 3_150_000.0, 12
PLANTED = ("c0505", "c0506", "c0605", "c0606", "c0504")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """144 cells of 100 m with 200 households each, about ten demands a month in each of a year;
    from August on four times as many in five of them. Two demands lie outside.
    """
    folder = tmp_path_factory.mktemp("town")
    draw = np.random.default_rng(8)
    ids, shapes, x, y, day = [], [], [], [], []
    for row in range(SIDE):
        for column in range(SIDE):
            ids.append(f"c{row:02d}{column:02d}")
            west, south = X0 + 100 * column, Y0 + 100 * row
            shapes.append(shapely.box(west, south, west + 100, south + 100))
            for month in range(1, 13):
                mean = 40 if ids[-1] in PLANTED and month >= 8 else 10
                n = int(draw.poisson(mean))
                x += (west + 1 + 98 * draw.random(n)).tolist()
                y += (south + 1 + 98 * draw.random(n)).tolist()
                day += [f"2025-{month:02d}-{d:02d} 23:30:00+08:00" for d in draw.integers(1, 29, n)]
    areas = gpd.GeoDataFrame({"id": ids, "hu": 200}, geometry=shapes, crs="EPSG:4545")
    areas.to_file(folder / "areas.gpkg")
    x, y, day = [*x, X0 - 50, X0 - 60], [*y, Y0, Y0], [*day, "2025-03-01", "2025-03-02"]
    pd.DataFrame({"received": day, "x": x, "y": y}).to_csv(folder / "demands.csv", index=False)
    return folder


def run(folder: Path, *more: str, areas: str = "areas.gpkg", demands: str = "demands.csv") -> Any:
    out, report = folder / "out.gpkg", folder / "report.json"
    for path in (out, report):
        path.unlink(missing_ok=True)
    code = main(
        [
            *("hotspots", "--demands", str(folder / demands), "--areas", str(folder / areas)),
            *("--crs", "EPSG:4545", "--out", str(out), "--report", str(report), *more),
        ]
    )
    if not out.exists():
        return code, None, None
    return code, pyogrio.read_dataframe(out, layer="areas"), json.loads(report.read_text("utf-8"))


def test_the_planted_cluster_is_one_hot_spot_since_august(town: Path) -> None:
    code, layer, report = run(town, "--households", "hu", "--time", "received", "--every", "month")
    assert code == 1  # two demands lie outside: said
    assert [f["code"] for f in report["findings"]] == ["demand_outside"]
    hot = report["hot_spots"][0]
    assert set(PLANTED) <= set(hot["areas"])
    assert (hot["since"], hot["trend"]) == ("2025-08-01", "consecutive_hot")
    assert hot["demands"] > 1.5 * hot["expected"]
    assert report["periods"] == [f"2025-{month:02d}-01" for month in range(1, 13)]
    assert set(layer[layer["class"] == "hot"]["id"]) == {
        one for spot in report["hot_spots"] for one in spot["areas"]
    }
    centre = layer.set_index("id").loc["c0505"]
    assert (centre["trend"], centre["since"]) == ("consecutive_hot", "2025-08-01")


def test_the_layer_has_the_columns_that_scripts_read_and_sums_agree(town: Path) -> None:
    _, layer, report = run(town, "--households", "hu")
    assert list(layer.columns) == [
        *("id", "demands", "households", "rate", "z", "p", "q", "class"),
        *("observed_around", "expected_around", "geometry"),
    ]
    assert layer.crs.to_epsg() == 4545
    assert layer["demands"].sum() == report["located"] == report["demands"] - 2
    assert layer["rate"].to_numpy() == pytest.approx(layer["demands"] / 200 * 1000)
    counted = layer["class"].value_counts()
    assert {k: v for k, v in report["classes"].items() if v} == counted.to_dict()
    assert layer["observed_around"].min() > layer["demands"].min()
    assert layer["expected_around"].to_numpy()[0] == pytest.approx(
        3 * report["located"] / 144
    )  # a corner cell and two beside it: they share a border, not only a corner


def test_without_households_counts_are_compared(town: Path) -> None:
    _, layer, report = run(town)
    assert report["measure"] == "count"
    assert layer["households"].isna().all()
    assert layer["rate"].isna().all()
    # One year as a whole: counts of single cells are compared with each other, not with chance.
    assert {"c0505", "c0506", "c0606"} <= set(report["hot_spots"][0]["areas"])


def test_a_river_parts_neighbours(town: Path, tmp_path: Path) -> None:
    river = shapely.LineString([(X0 + 600, Y0 - 10), (X0 + 600, Y0 + 1210)])
    water = tmp_path / "water.gpkg"
    gpd.GeoDataFrame(geometry=[river], crs="EPSG:4545").to_file(water)
    _, layer, report = run(town, "--water", str(water))
    _, dry, undivided = run(town)
    assert undivided["neighbours"]["pairs"] - report["neighbours"]["pairs"] == SIDE
    beside, elsewhere = "c0305", "c0302"
    wet, plain = (one.set_index("id")["observed_around"] for one in (layer, dry))
    assert wet[beside] < plain[beside]
    assert wet[elsewhere] == plain[elsewhere]


def test_rows_that_cannot_be_used_are_counted_and_said(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = pd.read_csv(town / "demands.csv", dtype=str).head(900)
    rows.loc[:9, ["x", "y"]] = "0"
    rows.loc[10:14, ["x", "y"]] = None
    rows.loc[15:17, "received"] = "soon"
    rows.to_csv(tmp_path / "demands.csv", index=False)
    (tmp_path / "areas.gpkg").write_bytes((town / "areas.gpkg").read_bytes())
    code, layer, report = run(tmp_path, "--time", "received", "--lang", "zh")
    assert code == 1
    assert {f["code"]: f["row"] for f in report["findings"]} == {
        "demand_without_place": 11, "demand_at_zero": 1, "demand_without_time": 16,
    }  # fmt: skip
    assert (report["demands"], report["located"], report["without_place"]) == (900, 882, 15)
    assert layer["demands"].sum() == 882
    assert "10 件诉求的坐标是 0,0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--every", "week"), "--every week 需要同时给出 --time"),
        (("--time", "when"), "没有 when 列（文件中有：received, x, y）"),
        (("--households", "people"), "没有 people 列（文件中有：id, hu）"),
    ],
)
def test_what_cannot_be_answered_is_refused_and_nothing_is_written(
    town: Path, more: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, layer, _ = run(town, *more, "--lang", "zh")
    assert (code, layer) == (2, None)
    assert said in capsys.readouterr().err


def test_weeks_begin_on_monday_and_empty_periods_are_there(town: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(town / "demands.csv", dtype=str).head(3)
    rows["received"] = ["2025-12-28", "2025年12月29日", "20260119"]  # Sunday, Monday, Monday
    rows.to_csv(tmp_path / "demands.csv", index=False)
    (tmp_path / "areas.gpkg").write_bytes((town / "areas.gpkg").read_bytes())
    _, _, report = run(tmp_path, "--time", "received", "--every", "week")
    assert report["periods"] == [
        *("2025-12-22", "2025-12-29", "2026-01-05", "2026-01-12", "2026-01-19"),
    ]
