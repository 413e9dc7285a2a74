"""Buildings drawn, described, changed and taken back; refusals, conflicts, lost connections."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.importers.judging.kind import ImportOptions
from data.importers.run import run_import
from tests.browser.conftest import Log, Open, served, settle
from tests.browser.data_desk.buildings.hands import (
    HOUSE,
    ON_PLOTS,
    OPEN,
    STANDING,
    Desk,
    expected,
    newest,
    visit,
)
from tests.demonstration import Loaded, NewDatabase, load

HOUSEHOLDS = """
    SELECT bc.value, bc.source, s.effective_on FROM building_count bc
    JOIN count_snapshot s ON s.id = bc.snapshot_id WHERE bc.building_id = :id
    AND bc.measure = 'resident' ORDER BY s.effective_on DESC, s.id DESC LIMIT 1
"""
pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_a_building_is_drawn_named_changed_and_taken_back_to_the_same_rows(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float]
) -> None:
    rows, plots = county.rows(STANDING), county.rows(ON_PLOTS, tessellation=newest(county))
    desk = Desk(visit(open_page, address, square), "李楼栋")
    page = desk.page

    desk.draw(*HOUSE)
    (made,) = desk.selected
    assert "基本单元" in page.inner_text("#buildings-changed")
    assert page.evaluate("document.activeElement.name") == "name"
    page.keyboard.type("试画一号")
    page.fill("[name=aliases]", "一号楼\n老粮站")
    page.click("#buildings-save")
    desk.rest()
    (row,) = county.rows("SELECT name, life, source, version FROM building WHERE id = :id", id=made)
    assert (row["name"], row["life"]) == ("试画一号", "occupied")
    aliases = county.rows("SELECT alias FROM building_alias WHERE building_id = :id", id=made)
    assert {r["alias"] for r in aliases} == {"一号楼", "老粮站"}
    on = county.rows(ON_PLOTS, tessellation=newest(county))
    assert made in {r["building_id"] for r in on}
    assert len({r["plot"] for r in on if r["building_id"] == made}) == 1

    desk.key("m")
    x, y = desk.middle(made)
    before = county.value("SELECT ST_X(ST_Centroid(geom)) FROM building WHERE id = :id", id=made)
    desk.drag((x, y), (x + 40, y + 10))
    desk.rest()
    after = county.value("SELECT ST_X(ST_Centroid(geom)) FROM building WHERE id = :id", id=made)
    assert after > before

    desk.key("x")
    x, y = desk.middle(made)
    desk.click(x, y - 90)
    desk.click(x, y + 90)
    page.keyboard.press("Enter")
    desk.rest()
    halves = desk.selected
    assert len(halves) == 2
    assert made not in halves

    desk.key("j")
    desk.rest()
    (whole,) = desk.selected
    desk.key("Delete")
    desk.rest()
    assert "已拆除 1 栋" in desk.told()
    assert county.value("SELECT life FROM building WHERE id = :id", id=whole) == "demolished"
    assert county.rows(STANDING) == rows

    for _ in range(6):  # remove, join, cut, move, name, draw
        desk.undo()
    assert county.rows(STANDING) == rows
    assert county.rows(ON_PLOTS, tessellation=newest(county)) == plots
    assert page.is_disabled("#buildings-undo")
    for _ in range(2):
        desk.key("Control+y")
        desk.rest()
    names = county.rows("SELECT name FROM building WHERE id = :id AND valid_to IS NULL", id=made)
    assert [r["name"] for r in names] == ["试画一号"]
    for _ in range(2):
        desk.undo()


def test_a_building_is_found_by_what_people_call_it_and_stands_in_the_address(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float]
) -> None:
    (row,) = county.rows(
        "SELECT b.id, b.name, e.name AS estate, b.number FROM building b"
        " JOIN estate e ON e.id = b.estate_id WHERE b.code LIKE :code || '%'"
        " AND b.valid_to IS NULL ORDER BY b.id OFFSET 12 LIMIT 1"
    )
    desk = Desk(visit(open_page, address, square))
    page = desk.page
    page.fill("#buildings-find", f"{row['estate']} {row['number']}")
    page.wait_for_selector("#buildings-found button")
    page.click("#buildings-found li:first-child button")
    page.wait_for_function("(id) => getu.buildings.selected.has(id)", arg=row["id"])
    settle(page)
    assert f"building={row['id']}" in page.url
    page.reload()
    again = Desk(page)
    assert again.selected == [row["id"]]
    page.fill("#buildings-find", "没有这样的楼")
    page.wait_for_selector("#buildings-found li")
    assert "没有找到" in page.inner_text("#buildings-found")


def test_the_households_of_a_new_building_are_said_in_its_panel(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float]
) -> None:
    desk = Desk(visit(open_page, address, square), "孙入户")
    page = desk.page
    desk.draw(*((x - 250, y - 150) for x, y in HOUSE))
    (made,) = desk.selected
    assert "户数不详" in page.inner_text("#buildings-panel")
    page.click(".building-count summary")
    page.fill("[name=households]", "18")
    page.fill("[name=as_of]", "2026-11-15")
    page.click(".count-form [type=submit]")
    page.wait_for_function("(id) => getu.buildings.features.get(id).p.households === 18", arg=made)
    settle(page)
    assert "18 户" in page.inner_text("#buildings-panel")
    (row,) = county.rows(HOUSEHOLDS, id=made)
    assert (row["value"], row["source"]) == (18, "楼栋台 · 孙入户")
    assert row["effective_on"].isoformat() == "2026-11-15"
    desk.key("v")
    desk.undo()


def test_what_is_in_view_goes_out_as_a_file_that_the_import_finds_unchanged(
    open_page: Open, address: str, county: Loaded, tmp_path: Path
) -> None:
    (row,) = county.rows(
        "SELECT ST_X(ST_Centroid(geom)) AS lon, ST_Y(ST_Centroid(geom)) AS lat FROM building"
        " WHERE code LIKE :code || '%' AND valid_to IS NULL ORDER BY id OFFSET 30 LIMIT 1"
    )
    desk = Desk(visit(open_page, address, (row["lon"], row["lat"])))
    with desk.page.expect_download() as waiting:
        desk.page.click("#buildings-export")
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert features
    done = run_import(county.engine, "buildings", path, county.code, ImportOptions(dry_run=True))
    (compared,) = [n for n in done.notes if n.code == "note.changes"]
    assert dict(compared.values) == {"new": 0, "changed": 0, "unchanged": len(features)}


def test_an_overlap_is_shown_at_its_place_and_saved_when_confirmed(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float], log: Log
) -> None:
    (row,) = county.rows(
        "SELECT id, ST_X(ST_Centroid(geom)) AS lon, ST_Y(ST_Centroid(geom)) AS lat FROM building"
        " WHERE code LIKE :code || '%' AND valid_to IS NULL ORDER BY id LIMIT 1"
    )
    desk = Desk(visit(open_page, address, (row["lon"], row["lat"])), "王重叠")
    page = desk.page
    # Alt: not snapped to the corners around.
    desk.key("d")
    page.keyboard.down("Alt")
    for corner in ((-20, -20), (20, -20), (20, 20), (-20, 20)):
        desk.click(*desk.off(*corner))
    page.keyboard.up("Alt")
    page.keyboard.press("Enter")
    desk.rest()
    expected(log, 400)
    assert "重叠" in page.inner_text(".building-refused")
    assert desk.ask("return d.faults.length") == 2  # the overlap and what was drawn
    assert "没有保存" in page.inner_text("#buildings-status")
    page.click("[data-ruling=confirm]")
    desk.rest()
    (made,) = desk.selected
    assert county.value("SELECT valid_to IS NULL FROM building WHERE id = :id", id=made)
    desk.undo()
    assert not county.value("SELECT valid_to IS NULL FROM building WHERE id = :id", id=made)


def test_two_people_change_one_building_and_the_second_decides(
    open_page: Open, address: str, county: Loaded, log: Log
) -> None:
    (row,) = county.rows(
        "SELECT id, ST_X(ST_Centroid(geom)) AS lon, ST_Y(ST_Centroid(geom)) AS lat FROM building"
        " WHERE code LIKE :code || '%' AND valid_to IS NULL ORDER BY id DESC LIMIT 1"
    )
    at = (row["lon"], row["lat"])
    one = Desk(visit(open_page, address, at), "甲")
    two = Desk(visit(open_page, address, at), "乙")
    two.choose(row["id"])  # the form stands before the first saves
    one.choose(row["id"])
    one.page.fill("[name=name]", "甲的名字")
    one.page.click("#buildings-save")
    one.rest()
    two.page.fill("[name=name]", "乙的名字")
    two.page.click("#buildings-save")
    two.rest()
    expected(log, 409)
    said = two.page.inner_text(".building-refused")
    assert "甲" in said
    assert "改信息" in said
    name = "SELECT name FROM building WHERE id = :id"
    assert county.value(name, id=row["id"]) == "甲的名字"
    two.page.click("[data-ruling=mine]")
    two.rest()
    assert county.value(name, id=row["id"]) == "乙的名字"
    assert two.page.locator(".building-refused").count() == 0


def test_an_edit_without_a_connection_stays_here_and_is_sent_later(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float], log: Log
) -> None:
    desk = Desk(visit(open_page, address, square), "断线")
    page = desk.page
    count = "SELECT count(*) FROM building WHERE code LIKE :code || '%' AND valid_to IS NULL"
    before = county.value(count)
    page.context.set_offline(True)
    desk.key("b")
    for corner in ((100, 60), (170, 60), (170, 110)):
        desk.click(*desk.off(*corner))
    page.wait_for_function("() => getu.buildings.sync.away")
    assert "暂存在本机" in page.inner_text("#buildings-status")
    assert desk.ask("return d.waiting.size") == 1
    assert county.value(count) == before
    page.context.set_offline(False)
    desk.rest()
    log.complaints = [c for c in log.complaints if "ERR_INTERNET_DISCONNECTED" not in c]
    assert county.value(count) == before + 1
    desk.undo()
    assert county.value(count) == before


def test_a_phone_lets_one_look_and_describe(open_page: Open, address: str, county: Loaded) -> None:
    (row,) = county.rows(
        "SELECT id, ST_X(ST_Centroid(geom)) AS lon, ST_Y(ST_Centroid(geom)) AS lat FROM building"
        " WHERE code LIKE :code || '%' AND valid_to IS NULL ORDER BY id OFFSET 5 LIMIT 1"
    )
    page = visit(open_page, address, (row["lon"], row["lat"]), size={"width": 390, "height": 844})
    desk = Desk(page)
    desk.choose(row["id"])
    page.fill("[name=number]", "手机5栋")
    page.click("#buildings-save")
    desk.rest()
    number = county.value("SELECT number FROM building WHERE id = :id", id=row["id"])
    assert number == "手机5栋"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_was_refused_waits_over_a_reload_and_is_given_up(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float], log: Log
) -> None:
    desk = Desk(visit(open_page, address, square), "重载")
    page = desk.page
    desk.draw((-300, 0), (-280, 0), (-290, 8))  # 80 square pixels: 1.5 m²
    expected(log, 400)
    assert "平方米" in page.inner_text(".building-refused")
    assert page.locator("[data-ruling=confirm]").count() == 0  # this cannot be confirmed
    page.reload()
    desk = Desk(page)
    assert page.locator(".building-refused").count() == 1
    page.click("[data-ruling=again]")
    assert desk.ask("return d.tools.draft.points.length") == 3
    page.keyboard.press("Escape")
    assert page.locator(".building-refused").count() == 0


def test_a_county_without_buildings_is_told_how_to_get_some(
    open_page: Open, new_database: NewDatabase, log: Log
) -> None:
    bare = load(new_database, "liping")
    with bare.engine.begin() as c:
        c.exec_driver_sql("UPDATE building SET valid_to = valid_from")
    with served(bare) as site:
        log.served.add(site.removeprefix("http://"))
        page = open_page(f"{site}/data?tab=buildings", ready=False, fresh=True)
        desk = Desk(page, ready=OPEN)
        words = page.inner_text("#buildings-empty")
        assert "还没有楼栋" in words
        assert "导入" in words
        desk.draw(*HOUSE)
        assert len(desk.selected) == 1
        assert not page.is_visible("#buildings-empty")
    bare.engine.dispose()
