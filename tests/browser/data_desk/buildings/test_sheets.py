"""A plan under the map: uploaded, pinned by pairs of places, seen by everybody, removed."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from tests.browser.conftest import Open, settle
from tests.browser.data_desk.buildings.hands import Desk, visit
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]


def plan_picture() -> bytes:
    image = Image.new("RGB", (800, 600), "white")
    ImageDraw.Draw(image).rectangle((100, 100, 700, 500), outline="black", width=4)
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def test_a_plan_is_pinned_by_pairs_and_kept_for_the_county(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float]
) -> None:
    desk = Desk(visit(open_page, address, square), "测绘员")
    page = desk.page
    file = {"name": "规划图.png", "mimeType": "image/png", "buffer": plan_picture()}
    page.set_input_files("#buildings-file", file)
    page.wait_for_function("() => getu.buildings.pinning?.scan")
    settle(page)

    def pair(x: float, y: float, wrong: float = 0.0) -> None:
        """Click a pixel of the plan and its place: half a pixel of the map for one of the plan."""
        at = page.evaluate(
            "([x, y]) => { const s = getu.buildings.pinning.scan;"
            " const p = s.latLngToContainerPoint([-y, x]);"
            " const b = s.getContainer().getBoundingClientRect(); return [b.x + p.x, b.y + p.y]; }",
            [x, y],
        )
        page.mouse.click(*at)
        page.mouse.click(*desk.off((x - 400) / 2 + wrong, (y - 300) / 2))
        settle(page)

    pair(100, 100)
    pair(700, 500)
    assert "两个图钉总能对上" in page.inner_text("#pin-said")
    pair(700, 100, wrong=12)  # 12 pixels of the map: 1.6 m
    pair(100, 500)
    assert "第 3 个图钉最差" in page.inner_text("#pin-said")
    assert page.locator(".pin-row-worst").count() == 1
    page.click("#pin-save")
    page.wait_for_function("() => !getu.buildings.pinning && getu.buildings.sheets[0]?.corners")
    settle(page)
    (row,) = county.rows(
        "SELECT name, placement, made_by, pinned_by, residual_m, ST_Area(geom::geography) AS area"
        " FROM pinned_sheet WHERE code = :code"
    )
    assert (row["name"], row["placement"]) == ("规划图", "similarity")
    assert (row["made_by"], row["pinned_by"]) == ("测绘员", "测绘员")
    assert 0.2 < row["residual_m"] < 1.5
    # 400 by 300 pixels of the map at 0.135 m: 54 m by 40.5 m.
    assert row["area"] == pytest.approx(54.0 * 40.5, rel=0.1)

    other = Desk(visit(open_page, address, square))  # another browser sees it too
    assert other.page.locator(".pinned-sheet").count() == 1
    other.page.click(".pin-sheet [data-do=rename]")
    other.page.fill("dialog input", "新规划图")
    other.page.click("dialog .main")
    settle(other.page)
    assert county.value("SELECT name FROM pinned_sheet") == "新规划图"
    other.page.click(".pin-sheet [type=checkbox]")
    assert other.page.locator(".pinned-sheet").count() == 0
    page.click(".pin-sheet [data-do=remove]")
    page.click("dialog .main")
    settle(page)
    assert county.rows("SELECT id FROM pinned_sheet") == []
