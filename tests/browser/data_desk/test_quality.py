"""The quality page in a real browser: what stands on it is what SQL counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from data.engine import transaction
from tests.browser.conftest import WITHIN_MS, Log, Open, served, settle
from tests.browser.screen import first_number, point, state
from tests.demonstration import Loaded, NewDatabase, load

pytestmark = [pytest.mark.browser, pytest.mark.database]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def county(new_database: NewDatabase) -> Iterator[Loaded]:
    """Return 栗坪 with buildings that nobody counted, and households without a building.

    The tests of this file look at it only.
    """
    loaded = load(new_database, "liping")
    with transaction(loaded.engine) as c:
        c.execute(text("DELETE FROM building_count WHERE building_id % 4 = 0"))
        c.execute(
            text(
                "INSERT INTO unplaced_count (code, snapshot_id, row_number, written, measure,"
                " value) SELECT '522301001001', max(id), 7, '<b>老粮站</b>', 'resident', 40"
                " FROM count_snapshot"
            )
        )
        c.execute(text("UPDATE county SET revision = revision + 1"))
    yield loaded
    loaded.engine.dispose()


@pytest.fixture(scope="module")
def spoilt(county: Loaded, log: Log) -> Iterator[str]:
    with served(county) as address:
        log.served.add(urlsplit(address).netloc)
        yield address


def visit(open_page: Open, address: str, **options: Any) -> Any:
    page = open_page(address, ready=False, **options)
    page.wait_for_selector(".quality-page[data-ready]", timeout=WITHIN_MS)
    page.wait_for_function("() => window.getu?.map?.()?._loaded")
    settle(page)
    return page


def open_check(page: Any, key: str) -> None:
    page.click(f'[data-check="{key}"]')
    page.wait_for_selector(f'.check.open [data-check="{key}"]')
    page.wait_for_selector(".row-list")
    settle(page)


def test_a_number_opens_its_rows_and_a_row_its_place(
    open_page: Open, spoilt: str, county: Loaded
) -> None:
    bare = county.rows(
        "SELECT id, ST_X(ST_PointOnSurface(geom)) AS lon, ST_Y(ST_PointOnSurface(geom)) AS lat"
        " FROM building WHERE id % 4 = 0 ORDER BY id"
    )
    page = visit(open_page, f"{spoilt}/data?tab=quality")
    assert first_number(page.inner_text('[data-check="uncounted"] .figure')) == len(bare)
    # The step that raises the score most leads to the same rows: 25 points weigh more than 15.
    page.click(".step >> nth=0")
    page.wait_for_selector('.check.open [data-check="uncounted"]')
    page.wait_for_selector(".row-list")
    settle(page)
    assert page.locator(".row-list .row").count() == len(bare)
    assert page.get_attribute(".quality-page", "data-dots") == str(len(bare))
    page.click('[data-row="1"]')
    settle(page)
    assert page.evaluate("() => getu.map().getZoom()") >= 17
    x, y = point(page, bare[1]["lon"], bare[1]["lat"])
    box = page.locator("#map").bounding_box()
    assert box["x"] < x < box["x"] + box["width"]
    assert box["y"] < y < box["y"] + box["height"]
    assert state(page)["check"] == "uncounted"


def test_a_click_on_the_map_chooses_the_row(open_page: Open, spoilt: str, county: Loaded) -> None:
    page = visit(open_page, f"{spoilt}/data?tab=quality&check=uncounted")
    page.wait_for_selector(".row-list .row")
    place = county.rows(
        "SELECT ST_X(ST_PointOnSurface(geom)) AS lon, ST_Y(ST_PointOnSurface(geom)) AS lat"
        " FROM building WHERE id % 4 = 0 ORDER BY id LIMIT 1"
    )[0]
    page.mouse.click(*point(page, place["lon"], place["lat"]))
    page.wait_for_selector('.row.here[data-row="0"]')


def test_households_without_a_building_are_said_and_are_text(
    open_page: Open, spoilt: str, county: Loaded
) -> None:
    page = visit(open_page, f"{spoilt}/data?tab=quality")
    placed = county.value("SELECT sum(value) FROM building_count WHERE measure = 'resident'")
    words = page.inner_text('[data-check="unplaced"] .figure')
    assert words == f"40 / {placed + 40:,} 户"
    assert "未落楼 40" in page.inner_text(".known-list")
    open_check(page, "unplaced")
    assert page.inner_text(".row-list .title") == "<b>老粮站</b>"
    assert page.locator(".row-list b").count() == 0


def test_arrows_go_through_the_rows_and_a_link_opens_the_same(open_page: Open, spoilt: str) -> None:
    page = visit(open_page, f"{spoilt}/data?tab=quality&check=uncounted&in=522301001001&months=5")
    page.wait_for_selector(".row-list .row")
    page.focus('[data-row="0"]')
    page.keyboard.press("ArrowDown")
    page.wait_for_selector('.row.here[data-row="1"]')
    assert page.input_value("#quality-months") == "5"
    assert page.inner_text("#quality-rows h2") == "栗坪社区"
    again = page.url
    page.reload()
    page.wait_for_selector(".quality-page[data-ready]")
    settle(page)
    assert state(page)["check"] == "uncounted"
    assert page.url.split("&at=")[0] == again.split("&at=")[0]


def test_on_a_phone_everything_can_be_reached(open_page: Open, spoilt: str) -> None:
    page = visit(open_page, f"{spoilt}/data?tab=quality&lang=en", size=PHONE)
    open_check(page, "uncounted")
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    page.locator('[data-row="0"]').scroll_into_view_if_needed()
    page.click('[data-row="0"]')
    page.wait_for_selector('.row.here[data-row="0"]')
