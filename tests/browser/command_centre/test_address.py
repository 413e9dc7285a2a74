"""The command centre's address, languages, themes and sizes."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboard.text import text
from tests.browser.conftest import DRAWN, Log, Open, settle
from tests.browser.screen import (
    click,
    drag_slider,
    facts,
    heat_url,
    pane,
    point,
    state,
    switch,
    title,
    wait_for_title,
)
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]


def seen(page: Any) -> dict[str, Any]:
    """What a colleague sees who opens the same address."""
    panes = ("base_map", "ground", "grids", "service_circles", "demands", "stations")
    at = page.evaluate("[getu.map().getCenter().lat, getu.map().getCenter().lng]")
    return {
        "title": title(page),
        "facts": facts(page),
        "panes": {name: pane(page, name) for name in panes},
        "zoom": page.evaluate("getu.map().getZoom()"),
        "at": at,
        "days": page.inner_text(".span-words"),
        "heat": heat_url(page),
        "theme": page.get_attribute("html", "data-theme"),
        "circles": page.is_checked(".control-circles input[value=one]"),
    }


def like(view: dict[str, Any]) -> dict[str, Any]:
    """Return what an equal view is compared with: an address has metres, a map its pixels."""
    return {**view, "at": pytest.approx(view["at"], abs=2e-5)}


def test_an_address_shows_a_colleague_what_i_see(open_page: Open, site: str, station: Any) -> None:
    mine = open_page(site, fresh=True)
    switch(mine, "base_map")
    switch(mine, "demands")
    drag_slider(mine, 1, 0.6)
    mine.click("#theme-switch")
    x, y = point(mine, station["lon"], station["lat"])
    mine.mouse.move(x + 90, y + 90)
    mine.mouse.down()
    mine.mouse.move(x + 20, y + 40, steps=5)
    mine.mouse.up()
    settle(mine)  # the map glides on
    mine.click(".leaflet-control-zoom-in")
    settle(mine)
    click(mine, station["lon"], station["lat"])
    wait_for_title(mine, station["name"])
    theirs = open_page(mine.url, fresh=True)  # another profile: nothing but the address is shared
    wait_for_title(theirs, station["name"])
    assert seen(theirs) == like(seen(mine))
    assert state(theirs) == state(mine)
    mine.reload()
    mine.wait_for_function(DRAWN)
    wait_for_title(mine, station["name"])
    assert seen(mine) == like(seen(theirs))


@pytest.mark.parametrize(
    "address",
    [
        "/?sel=grids:999999999&at=x,y,z&layers=nothing&first=yesterday&last=2026-02-30&lang=fr",
        "/?sel=stations:" + "9" * 30,
        "/?county=999999&theme=pink&category=nothing&as_of=2026-13-01",
        "/no/such/page",
    ],
)
def test_an_address_that_cannot_be_followed_still_shows_the_county(
    open_page: Open, site: str, address: str, log: Log
) -> None:
    page = open_page(site + address, ready=False)
    page.wait_for_function(DRAWN)
    settle(page)
    assert page.locator(".leaflet-grids-pane path.leaflet-interactive").count() == 12
    if address == "/no/such/page":  # it says so to programs too; nothing else is missing
        said = [one for one in log.complaints if address in one or "404" in one]
        assert f"404 {site}{address}" in said
        log.complaints = [one for one in log.complaints if one not in said]


# ---- languages, themes, sizes -----------------------------------------------------------------

SAID = """() => {
    const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const said = [];
    while (all.nextNode()) {
        const inside = all.currentNode.parentElement.closest('script, style');
        if (!inside && all.currentNode.textContent.trim()) said.push(all.currentNode.textContent);
    }
    for (const e of document.querySelectorAll('[title], [aria-label], [placeholder]'))
        for (const a of ['title', 'aria-label', 'placeholder'])
            if (e.getAttribute(a)) said.push(e.getAttribute(a));
    return said;
}"""
DATA = """
    SELECT name FROM division UNION SELECT name FROM station UNION SELECT name FROM plan_grid
    UNION SELECT name FROM organisation UNION SELECT name FROM office_holder
    UNION SELECT name FROM plan UNION SELECT stage FROM plan UNION SELECT document_number FROM plan
    UNION SELECT array_to_string(services, '、') FROM station
    UNION SELECT unit FROM published_figure UNION SELECT source FROM published_figure
    UNION SELECT rank FROM office_holder
"""
OUR_NAME = {"格图", "中文"}  # the program's own name, and the other language's


def test_the_english_page_is_english_but_for_the_countys_own_names(
    open_page: Open, site: str, liping: Loaded, grid: Any, station: Any
) -> None:
    page = open_page(f"{site}/?lang=en")
    said = page.evaluate(SAID)
    for thing in (grid, station):
        click(page, thing["lon"], thing["lat"])
        wait_for_title(page, thing["name"])
        said += page.evaluate(SAID)
    names = {r["name"] for r in liping.rows(DATA) if r["name"]} | OUR_NAME
    left = set()
    for words in said:
        rest = words
        for name in sorted(names, key=len, reverse=True):
            rest = rest.replace(name, "")
        if re.search(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", rest):
            left.add(words)
    assert left == set()
    assert page.get_attribute("html", "lang") == "en"


def test_the_language_link_keeps_the_rest_of_the_address(
    open_page: Open, site: str, grid: Any
) -> None:
    page = open_page(site)
    click(page, grid["lon"], grid["lat"])
    wait_for_title(page, grid["name"])
    before = state(page)
    page.click("a[data-keep^=lang]")
    # Between two pages there is a moment without any element.
    page.wait_for_selector("html[lang=en]", state="attached")
    page.wait_for_function(DRAWN)
    wait_for_title(page, grid["name"])
    assert {k: v for k, v in state(page).items() if k != "lang"} == before
    assert text("grids.one", "en") in page.inner_text(".inspector")


def test_the_theme_toggles_and_stays(open_page: Open, site: str) -> None:
    page = open_page(site, fresh=True)
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(colour)
    assert page.get_attribute("html", "data-theme") == "dark"
    page.click("#theme-switch")
    settle(page)
    assert page.get_attribute("html", "data-theme") == "light"
    assert page.evaluate(colour) != dark
    assert state(page)["theme"] == "light"
    page.goto(site)  # the same person's next visit, without it in the address
    page.wait_for_function(DRAWN)
    assert page.get_attribute("html", "data-theme") == "light"
    settle(page)  # a click before Dash is there is nobody's
    page.click("#theme-switch")
    settle(page)
    assert page.evaluate(colour) == dark


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_width_scrolls_sideways(open_page: Open, site: str, width: int) -> None:
    page = open_page(site, size={"width": width, "height": 844})
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wider <= 0
    box = page.locator("#map").bounding_box()
    assert box["width"] >= min(width, 390) * 0.9
    assert box["height"] >= 300


def test_no_request_leaves_the_machine(open_page: Open, site: str, log: Log, grid: Any) -> None:
    page = open_page(f"{site}/?layers=grids,service_circles,demands,stations,base_map")
    click(page, grid["lon"], grid["lat"])
    wait_for_title(page, grid["name"])
    drag_slider(page, 0, 0.3)
    page.mouse.wheel(0, -600)
    settle(page)
    asked = [u for u in log.requests if urlsplit(u).netloc == urlsplit(site).netloc]
    assert len(asked) > 30
    assert any("/tiles/" in u for u in asked)
    assert log.hosts() == log.served  # of this test and of all before it
