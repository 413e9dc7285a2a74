"""Bad input as issue 3 lists it: each has its sentence, and changes nothing."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
import shapely
from sqlalchemy import Connection, Engine, text

from data.engine import transaction
from data.importers.judging.kind import ImportOptions
from data.importers.kinds.stations import COLUMNS
from data.importers.reading.look import look_at
from data.importers.run import READERS, run_import
from data.server import Server
from layers.kit.errors import GetuError, InputError
from tests.conftest import ROOT
from tests.data.importers.files import (
    COUNTY,
    SOUTH,
    WEST,
    codes,
    done,
    load_town,
    number,
    refused,
    rows,
    table,
)

pytestmark = pytest.mark.database
CRS = {"crs": "EPSG:4490"}


def shapefile(folder: Path, *without: str) -> Path:
    """Write stations as a zipped GBK shapefile, without some of its files."""
    frame = gpd.GeoDataFrame(
        {"name": ["东门党群服务站"], "category": ["党群服务站"]},
        geometry=[shapely.Point(108.665, 26.945)],
        crs=4490,
    )
    inside = folder / "shape"
    inside.mkdir()
    frame.to_file(inside / "s.shp", engine="pyogrio", encoding="GBK")
    path = folder / "站点.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in inside.iterdir():
            if file.suffix not in without:
                archive.write(file, f"站点/{file.name}")
    return path


def test_a_zipped_shapefile_without_prj_and_cpg_is_read_once_the_crs_is_said(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    path = shapefile(tmp_path, ".prj", ".cpg")
    look = look_at(path, COLUMNS)
    assert (look.crs, look.encoding, look.first) == (
        None,
        "GBK",
        (("东门党群服务站", "党群服务站"),),
    )
    assert codes(refused(program, "stations", path)) == {"crs_missing"}
    done(program, "stations", path, **CRS)
    assert rows(program, "SELECT name, code FROM station") == [
        ("东门党群服务站", f"{COUNTY}001001")
    ]


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    book = openpyxl.Workbook()
    book.active.append(["名称", "类别"])
    path = tmp_path / "bomb.xlsx"
    book.save(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * 30_000_000)  # packs about 1:1000
    assert codes(refused(program, "stations", path)) == {"zip_too_big"}
    with pytest.raises(InputError):
        look_at(path, COLUMNS)


def test_half_of_the_file_in_another_town_is_said_in_one_line_and_row_by_row(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    lines = [f"{n},站{n},公厕,{108.665 + (n % 2)},26.945" for n in range(1, 41)]
    path = table(tmp_path / "s.csv", "编号,名称,类别,lon,lat", *lines)
    findings = refused(program, "stations", path, **CRS)
    (warning,) = [f for f in findings if f.code == "many_outside"]
    assert (warning.values["outside"], warning.values["rows"]) == (20, 40)
    assert sum(f.code == "outside_county" for f in findings) == 20
    assert number(program, "station") == 0


def test_twenty_thousand_rows_take_seconds(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    lines = [f"{n},噪声,2024-03-05 08:00,108.665,26.945" for n in range(20_000)]
    path = table(tmp_path / "d.csv", "工单号,类别,受理时间,lon,lat", *lines)
    started = time.process_time()
    summary = done(program, "demands", path, **CRS)
    assert summary.counts["demands"] == 20_000
    assert time.process_time() - started < 15  # about 3 s on an idle core


@pytest.mark.real_data
def test_files_of_others_tests_are_read_or_refused_with_a_reason(
    program: Connection, tmp_path: Path, shared_data: Path
) -> None:
    load_town(program, tmp_path)
    paths = [*(shared_data / "geojson_lint").glob("*/*"), *coverages(shared_data, tmp_path)]
    assert len(paths) > 150
    for path in paths:
        for kind in ("stations", "streets"):
            with pytest.raises(InputError) as caught:  # none of them lies in this county
                run_import(program, kind, path, COUNTY, ImportOptions(crs="EPSG:4490"))
            assert caught.value.findings
            assert all(f.code for f in caught.value.findings)
        # A first look may pass what only the rows show to be wrong; it never breaks off.
        with contextlib.suppress(InputError):
            look_at(path, COLUMNS)
    assert number(program, "station") == number(program, "street_edge") == 0


def coverages(shared_data: Path, folder: Path) -> Iterator[Path]:
    """Write each case of GEOS's coverage tests as GeoJSON."""
    cases = json.loads(
        (shared_data / "geos_coverage" / "coverage_and_validity_cases.json").read_text("utf-8")
    )
    for n, case in enumerate(cases if isinstance(cases, list) else cases["cases"]):
        try:
            shape = shapely.from_wkt(case["a"] if "a" in case else next(iter(case.values())))
        except (shapely.errors.GEOSException, TypeError):
            continue
        if shape is None or shape.is_empty:
            continue
        path = folder / f"case{n}.geojson"
        feature = {"type": "Feature", "properties": {"name": str(n), "category": "公厕"},
                   "geometry": json.loads(shapely.to_geojson(shape))}  # fmt: skip
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
        yield path


# -- two at once, and the program killed in the middle


def test_of_two_who_import_at_once_the_second_waits_and_sees_the_first(
    engine: Engine, tmp_path: Path
) -> None:
    load_town(engine, tmp_path)
    path = table(tmp_path / "s.csv", "编号,名称,类别,lon,lat", "1,甲,公厕,108.665,26.945")
    told: list[str] = []
    found: list[Any] = []

    def second() -> None:
        found.append(
            run_import(engine, "stations", path, COUNTY, ImportOptions(**CRS), told.append)
        )

    with transaction(engine) as c:
        run_import(c, "stations", path, COUNTY, ImportOptions(**CRS))
        thread = threading.Thread(target=second)
        thread.start()
        deadline = time.monotonic() + 60
        while "waiting" not in told and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not found
    thread.join(20)
    assert "waiting" in told
    assert found[0].changes.counts == {"new": 0, "changed": 0, "unchanged": 1, "gone": 0}
    assert number(engine, "station") == 1


KILLED = """
import sys
from pathlib import Path
from data.engine import program_engine
from data.importers.kinds import stations
from data.importers.run import run_import
from data.importers.judging.kind import ImportOptions
from data.server import Server

engine = program_engine(Server(sys.argv[1], sys.argv[2], True), pool_size=1)
write = stations.update_stations

def stop(*args):
    write(*args)
    print("in the middle", flush=True)
    sys.stdin.read()

stations.update_stations = stop
run_import(engine, "stations", Path(sys.argv[3]), sys.argv[4], ImportOptions(crs="EPSG:4490"))
"""


def test_a_program_killed_in_the_middle_of_an_import_has_written_nothing(
    engine: Engine, database: Server, tmp_path: Path
) -> None:
    load_town(engine, tmp_path)
    lines = [f"{n},站{n},公厕,108.665,26.945" for n in range(200)]
    path = table(tmp_path / "s.csv", "编号,名称,类别,lon,lat", *lines)
    revision = rows(engine, "SELECT revision FROM county")
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, database.owner_url, database.program_url, path, COUNTY],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "in the middle\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    assert number(engine, "station") == number(engine, "station_state") == 0
    assert rows(engine, "SELECT count(*) FROM import_run WHERE kind = 'stations'") == [(0,)]
    assert rows(engine, "SELECT revision FROM county") == revision
    # The turn is free again, and the same file goes in whole.
    summary = done(engine, "stations", path, **CRS)
    assert summary.rows_written == number(engine, "station") == 200


def test_every_kind_refuses_noise_with_a_sentence(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    noise = tmp_path / "noise.gpkg"
    noise.write_bytes(bytes(range(256)) * 40)
    for kind in READERS:
        with pytest.raises(GetuError) as caught:
            run_import(program, kind, noise, COUNTY, ImportOptions())
        assert str(caught.value), kind
    assert program.execute(text("SELECT 1")).scalar() == 1
    assert (WEST, SOUTH) == (108.66, 26.94)
