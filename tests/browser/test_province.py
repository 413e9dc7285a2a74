"""A province: thousands of grids painted from tiles; hints and choices with a real mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from dashboard.intake.demonstration import load_province
from data.engine import program_engine, transaction
from data.sample.province import GUIZHOU
from data.server import Server
from tests.browser.conftest import WITHIN_MS, Log, Open, served, settle
from tests.demonstration import Loaded, silent

pytestmark = [pytest.mark.browser, pytest.mark.database]
SMALL = replace(GUIZHOU, grids=2_400, counties=10, reporting=8)
PAINTED = """() => {
    const tiles = Object.values(window.getu?.map?.()?.getuGridTiles?._tiles || {});
    return tiles.length && tiles.every((tile) => tile.loaded)
      && document.querySelectorAll('.inspector .fact').length > 3
      && location.search.includes('at=');
}"""
# A pixel of the grids' tiles in the middle of the map is painted.
COLOURED = """() => {
    const box = document.querySelector('#map').getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    return [...document.querySelectorAll('.leaflet-grids-pane canvas')].some((tile) => {
        const at = tile.getBoundingClientRect();
        if (x < at.left || x >= at.right || y < at.top || y >= at.bottom) return false;
        const scale = tile.width / at.width;
        return tile.getContext('2d').getImageData((x - at.left) * scale, (y - at.top) * scale, 1, 1).data[3] > 0;
    });
}"""  # noqa: E501


@pytest.fixture(scope="module")
def province(new_database: Callable[[], Server], log: Log) -> Iterator[str]:
    server = new_database()
    engine = program_engine(server, pool_size=4, statement_timeout_s=None)
    with transaction(engine) as c:
        load_province(c, SMALL, silent)
    with served(Loaded(server, engine, SMALL.code)) as address:
        log.served.add(address.removeprefix("http://"))
        yield address
    engine.dispose()


def middle(page: Any) -> tuple[float, float]:
    box = page.locator("#map").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def painted(page: Any) -> None:
    page.wait_for_function(PAINTED, timeout=WITHIN_MS)
    page.wait_for_function(COLOURED, timeout=WITHIN_MS)


def test_a_grid_of_a_province_is_hinted_chosen_and_linked(province: str, open_page: Open) -> None:
    page = open_page(province, ready=False)
    painted(page)
    # the provincial figures stand beside the map
    assert "2,400" in page.locator(".inspector").inner_text()

    x, y = middle(page)
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y, steps=3)
    hint = page.locator(".leaflet-tooltip.hint")
    hint.wait_for(timeout=WITHIN_MS)
    name = hint.locator("b").inner_text()

    page.mouse.click(x, y)
    page.wait_for_function("() => location.search.includes('sel=grids')", timeout=WITHIN_MS)
    title = page.locator(".inspector h2")
    page.wait_for_function(
        "(end) => document.querySelector('.inspector h2')?.textContent.endsWith(end)",
        arg=name.split()[-1],
        timeout=WITHIN_MS,
    )
    assert name.endswith(title.inner_text())
    assert page.locator(".leaflet-chosen-pane path").count() == 1

    # the link shows what I see
    again = open_page(page.url, ready=False)
    painted(again)
    again.locator(".leaflet-chosen-pane path").wait_for(state="attached", timeout=WITHIN_MS)
    assert again.locator(".inspector h2").inner_text() == title.inner_text()


def test_a_switched_off_layer_takes_no_click(province: str, open_page: Open) -> None:
    page = open_page(f"{province}/?layers=base_map", ready=False)
    page.wait_for_function(PAINTED, timeout=WITHIN_MS)
    page.mouse.click(*middle(page))
    settle(page)
    assert "sel=" not in page.url
    assert page.locator(".leaflet-chosen-pane path").count() == 0
