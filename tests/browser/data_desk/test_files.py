"""Files with real clicks: a template filled in badly, mended, imported, exported again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook

from layers.kit.crs import wgs84_to_gcj02
from tests.browser.conftest import Log, Open, served, settle
from tests.data.exporters.test_round_trips import centre
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]
NAME = "栗坪新站"


@pytest.fixture
def desk(spare_liping: Loaded, log: Log) -> Iterator[str]:
    """Return the address of a county of this test's own, at the tab of files."""
    with served(spare_liping) as address:
        log.served.add(urlsplit(address).netloc)
        yield f"{address}/data?tab=files"


def fill(template: bytes, path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows under the example of a template, by the names of its columns."""
    book = load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    for number, row in enumerate(rows, start=3):
        for name, value in row.items():
            sheet.cell(number, head.index(name) + 1).value = value
    book.save(path)
    return path


def test_a_faulty_file_is_mended_imported_seen_and_exported_again(
    desk: str, open_page: Open, spare_liping: Loaded, tmp_path: Path
) -> None:
    page = open_page(desk, ready=False)
    page.wait_for_selector(".files-template")
    with page.expect_download() as download:
        page.click(".files-template")
    template = Path(download.value.path()).read_bytes()
    assert download.value.suggested_filename == "模板 服务站点.xlsx"

    x, y = centre(spare_liping)
    row = {
        "编号": "0007", "名称": NAME, "类别": "党群服务站", "层级": "社区级", "状态": "开放",
        "电话": "+86 859", "开放时间": "Mo-Fr 08:30-17:30", "经度": x, "纬度": y,
        "坐标系": "EPSG:4490",
    }  # fmt: skip
    far = {**row, "编号": "0008", "名称": "远处站", "经度": x + 2}
    bad = fill(template, tmp_path / "stations.xlsx", [{**row, "状态": "开门"}, far])
    before = spare_liping.value("SELECT count(*) FROM station")

    page.set_input_files("#files-file", bad)
    page.click("#files-judge:enabled")
    page.wait_for_selector("#files-faults")
    faults = [r.inner_text().split("\t") for r in page.locator("#files-faults tbody tr").all()]
    assert [(f[0], f[1], f[2]) for f in faults] == [("3", "状态", "错误"), ("4", "位置", "错误")]
    assert "规划、开放" in faults[0][3]
    assert "--" not in faults[1][3]  # no words of the command line
    assert page.locator("#files-import").count() == 0
    assert spare_liping.value("SELECT count(*) FROM station") == before
    with page.expect_download() as listed:
        page.click("text=下载问题清单")
    assert Path(listed.value.path()).read_text("utf-8-sig").splitlines()[1].startswith("1,3,状态")

    page.click("text=换一个文件")
    good = fill(template, tmp_path / "stations.xlsx", [row])
    page.set_input_files("#files-file", good)
    page.fill("#files-by", "测试员")
    page.press("#files-by", "Tab")
    page.click("#files-judge:enabled")
    page.wait_for_selector("#files-import")
    assert page.inner_text(".tile.files-new b") == "1"
    assert page.is_visible("#files-map .leaflet-container")
    page.click("#files-import")
    page.wait_for_selector("#files-done")
    stored = spare_liping.rows(
        "SELECT id, external_id, tier, state, phone FROM station WHERE name = :name", name=NAME
    )
    assert [tuple(r.values())[1:] for r in stored] == [("0007", "community", "open", "+86 859")]
    run = spare_liping.rows("SELECT kind, rows_written, made_by, changes FROM import_run")
    assert [tuple(r.values()) for r in run] == [
        ("stations", 1, "测试员", {"new": 1, "changed": 0, "unchanged": 0, "gone": 0})
    ]

    # Exported, it says what the file said; imported again, it says nothing new.
    with page.expect_download() as out:
        page.click("a[href*='export/stations.xlsx']")
    exported = tmp_path / "again.xlsx"
    exported.write_bytes(Path(out.value.path()).read_bytes())
    sheet = load_workbook(exported).worksheets[0]
    head = [cell.value for cell in sheet[1]]
    lines = [dict(zip(head, (c.value for c in r), strict=True)) for r in sheet.iter_rows(min_row=2)]
    (line,) = [one for one in lines if one["名称"] == NAME]
    told = {name: line[name] for name in row}
    assert told.pop("经度") == pytest.approx(row.pop("经度"), abs=1e-12)
    assert told.pop("纬度") == pytest.approx(row.pop("纬度"), abs=1e-12)
    assert told == {**row, "电话": "'+86 859"}  # the sign before a plus keeps it from being run
    page.click("text=再导入一个")
    page.set_input_files("#files-file", exported)
    page.click("#files-judge:enabled")
    page.wait_for_selector("#files-preview")
    assert "与已有数据相同" in page.inner_text("#files-preview")

    # On the first page the station is on the map.
    first = open_page(desk.replace("/data?tab=files", "/"))
    settle(first)
    assert first.locator(f".leaflet-stations-pane [aria-label='{NAME}']").count() == 1


def test_columns_of_a_foreign_table_are_matched_by_hand_and_the_datum_is_asked(
    desk: str, open_page: Open, spare_liping: Loaded, tmp_path: Path
) -> None:
    true = centre(spare_liping)
    x, y = (float(v) for v in wgs84_to_gcj02(*true))
    path = tmp_path / "点位.csv"
    path.write_text(f"点位,分类,东经,北纬\n甲,公厕,{x},{y}\n", "gbk")
    page = open_page(desk, ready=False)
    page.wait_for_selector("#files-file", state="attached")
    page.set_input_files("#files-file", path)
    page.wait_for_selector("#files-judge")
    assert page.is_disabled("#files-judge")
    assert "还缺：名称、类别、经度、纬度" in page.inner_text("#files-missing")
    for theirs, ours in (
        ("点位", "name"),
        ("分类", "categories"),
        ("东经", "lon"),
        ("北纬", "lat"),
    ):
        page.select_option(f"select[aria-label='{theirs}']", ours)
    assert page.is_disabled("#files-judge")  # degrees of what?
    page.reload()  # the file is still there, for whoever goes on with it
    page.click("#files-waiting >> text=继续")
    for theirs, ours in (
        ("点位", "name"),
        ("分类", "categories"),
        ("东经", "lon"),
        ("北纬", "lat"),
    ):
        page.select_option(f"select[aria-label='{theirs}']", ours)
    page.select_option("#files-crs", "gcj02")
    page.click("#files-judge:enabled")
    page.click("#files-import")
    page.wait_for_selector("#files-done")
    moved = spare_liping.value(
        "SELECT ST_Distance(geom::geography, ST_SetSRID(ST_Point(:x, :y), 4490)::geography) "
        "FROM station WHERE name = '甲'", x=true[0], y=true[1],
    )  # fmt: skip
    assert moved < 0.01  # the shift of half a kilometre is undone


def test_a_phone_shows_the_desk_and_what_cannot_be_read_is_said(
    desk: str, open_page: Open, log: Log, tmp_path: Path
) -> None:
    path = tmp_path / "noise.xlsx"
    path.write_bytes(b"PK\3\4 no workbook")
    page = open_page(f"{desk}&lang=en", ready=False, size={"width": 390, "height": 844})
    page.wait_for_selector("#files-file", state="attached")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    page.set_input_files("#files-file", path)
    page.wait_for_selector("text=noise.xlsx cannot be used")
    assert "Traceback" not in page.inner_text("#files-work")
    refused = [c for c in log.complaints if "/uploads" in c or "400 (BAD REQUEST)" in c]
    assert len(refused) == 2  # the answer, and the browser's own line about it
    log.complaints = [c for c in log.complaints if c not in refused]
