"""The first page in a real browser over 栗坪: what is on the screen is what SQL says."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.text import text
from tests.browser.conftest import DRAWN, Log, Open, settle
from tests.browser.screen import (
    click,
    drag_slider,
    facts,
    first_number,
    heat_url,
    pane,
    point,
    state,
    switch,
    tiles,
    title,
    wait_for_title,
)
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]

FIGURES = """
    SELECT count(*) FILTER (WHERE state = 'closed') AS closed,
           count(*) FILTER (WHERE state NOT IN ('received', 'merged', 'withdrawn')) AS accepted,
           count(*) FILTER (WHERE state = 'received') AS waiting,
           count(*) FILTER (WHERE is_satisfied IS NOT NULL) AS rated,
           count(*) FILTER (WHERE is_satisfied) AS satisfied,
           count(*) FILTER (WHERE deadline_at < CAST(:day AS date) + 1 AND state IN
               ('received', 'accepted', 'dispatched', 'handling', 'replied')) AS overdue
    FROM demand WHERE code LIKE :scope || '%'
"""


def zh(key: str) -> str:
    return text(key, "zh")


@pytest.fixture(scope="module")
def grid(liping: Loaded) -> Any:
    return liping.rows(
        "SELECT grid_id, code, name, households, persons, buildings, area_m2,"
        " ST_X(label_point) AS lon, ST_Y(label_point) AS lat"
        " FROM plan_grid WHERE code LIKE :code || '%' ORDER BY households DESC LIMIT 1"
    )[0]


@pytest.fixture(scope="module")
def station(liping: Loaded) -> Any:
    return liping.rows(
        "SELECT id, name, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM station"
        " WHERE code LIKE :code || '%' AND state = 'open' AND tier IS NOT NULL ORDER BY id LIMIT 1"
    )[0]


@pytest.fixture(scope="module")
def school(liping: Loaded) -> Any:
    """A station that is none of the party's."""
    return liping.rows(
        "SELECT id, name, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM station"
        " WHERE code LIKE :code || '%' AND state = 'open' AND tier IS NULL ORDER BY id LIMIT 1"
    )[0]


# ---- figures ----------------------------------------------------------------------------------


def test_the_countys_figures_on_the_screen_are_those_of_sql(
    open_page: Open, site: str, liping: Loaded
) -> None:
    page = open_page(site)
    said = facts(page)
    assert said[zh("summary.households")] == f"2,672 {zh('measure.resident')}"
    assert said[zh("grids.persons")] == "12,068 人"
    assert said[zh("grids.buildings")] == "59 栋"
    assert said[zh("summary.grid_count")] == "12 个网格"
    largest = liping.value("SELECT max(households) FROM plan_grid WHERE code LIKE :code || '%'")
    assert said[zh("summary.largest")] == f"{largest} 户"
    demands = liping.rows(FIGURES, scope=liping.code, day=liping.as_of)[0]
    assert said[zh("figures.closed")] == f"{demands['closed']:,} / {demands['accepted']:,} 件"
    assert said[zh("figures.satisfied")] == f"{demands['satisfied']:,} / {demands['rated']:,} 件"
    shown = tiles(page)
    assert shown[zh("summary.over_limit")] == "0 / 12 个网格"
    every = demands["accepted"] + demands["waiting"]
    assert shown[zh("summary.overdue")] == f"{demands['overdue']:,} / {every:,} 件"
    outside = next(v for k, v in shown.items() if "15 分钟" in k)
    assert outside.endswith("/ 2,672 户")
    within = first_number(said[zh("summary.within_15")])
    assert first_number(outside) == 2_672 - within
    # 截至: the date of the data stands beside them.
    assert liping.as_of.isoformat() in page.inner_text("header")
    assert zh("desk.demo") in page.inner_text("header")


def test_a_clicked_grid_shows_its_figures_and_who_answers_for_it(
    open_page: Open, site: str, liping: Loaded, grid: Any
) -> None:
    page = open_page(site)
    click(page, grid["lon"], grid["lat"])
    wait_for_title(page, grid["name"])
    said = facts(page)
    assert said[zh("grids.households")] == f"{grid['households']} {zh('measure.resident')}"
    assert said[zh("grids.persons")] == f"{grid['persons']:,} 人"
    assert said[zh("grids.buildings")] == f"{grid['buildings']} 栋"
    assert first_number(said[zh("grids.area")]) == pytest.approx(grid["area_m2"] / 1e4, abs=0.051)
    demands = liping.rows(FIGURES, scope=grid["code"], day=liping.as_of)[0]
    assert said[zh("figures.closed")] == f"{demands['closed']:,} / {demands['accepted']:,} 件"
    holders = [
        r["name"]
        for r in liping.rows(
            "SELECT h.name FROM post p JOIN post_holding ph ON ph.post_id = p.id"
            " JOIN office_holder h ON h.id = ph.office_holder_id"
            " WHERE p.grid_id = :grid AND p.kind IN ('grid_chief', 'grid_worker')",
            grid=grid["grid_id"],
        )
    ]
    assert len(holders) == 4
    assert said[zh("post.grid_chief")] in holders
    assert sorted(
        [*said[zh("post.grid_worker")].split("; "), said[zh("post.grid_chief")]]
    ) == sorted(holders)
    assert state(page)["sel"] == f"grids:{grid['grid_id']}"


def test_a_hover_tells_the_name_and_three_figures(open_page: Open, site: str, grid: Any) -> None:
    page = open_page(site)
    page.mouse.move(*point(page, grid["lon"], grid["lat"]), steps=4)
    page.wait_for_function(
        "(name) => document.querySelector('.leaflet-tooltip.hint b')?.textContent === name",
        arg=grid["name"],
    )
    hint = page.inner_text(".leaflet-tooltip.hint").splitlines()
    assert [first_number(line) for line in hint[1:]] == [
        grid["households"],
        grid["persons"],
        grid["buildings"],
    ]
    assert [line.split()[-1] for line in hint[1:]] == ["户", "人", "栋"]


# The ground of this zoom is painted: not every pixel of its tiles is the same.
PAINTED = """() => {
    const map = getu.map(), zoom = Math.floor(map.getZoom());
    const tiles = Object.values(map.getuBase[0]._tiles).filter((t) => t.coords.z === zoom);
    return tiles.some(({ el }) => {
        const d = el.getContext('2d').getImageData(0, 0, el.width, el.height).data;
        return new Set(new Uint32Array(d.buffer)).size > 3;
    });
}"""


def test_all_grids_and_stations_are_drawn(open_page: Open, site: str, liping: Loaded) -> None:
    page = open_page(site)
    paths = ".leaflet-grids-pane path.leaflet-interactive"
    assert page.locator(paths).count() == 12
    stations = liping.value("SELECT count(*) FROM station WHERE code LIKE :code || '%'")
    assert page.locator(".leaflet-stations-pane .station").count() == stations
    page.wait_for_function(PAINTED)
    # A jump of a step and a half: the names want tiles of another zoom at the same time.
    for zoom in (15, 16.5):
        page.evaluate("(zoom) => getu.map().setZoom(zoom)", zoom)
        page.wait_for_function(PAINTED)


# ---- choosing ---------------------------------------------------------------------------------


def test_a_clicked_station_shows_itself_and_its_own_circle_until_escape(
    open_page: Open, site: str, station: Any
) -> None:
    page = open_page(site)
    with page.expect_response(lambda r: f"station={station['id']}" in r.url) as circle:
        click(page, station["lon"], station["lat"])
    assert circle.value.status == 200
    wait_for_title(page, station["name"])
    assert facts(page)[zh("stations.state")] == zh("station_state.open")
    assert page.is_checked(".control-circles input[value=one]")
    assert state(page)["circles"] == "one"
    with page.expect_response(lambda r: "/layers/service_circles" in r.url) as all_again:
        page.keyboard.press("Escape")
    assert "station=" not in all_again.value.url
    page.wait_for_selector(".tile")
    settle(page)
    assert page.is_checked(".control-circles input[value=all]")
    assert "sel" not in state(page)


def test_a_clicked_school_shows_its_own_circle(open_page: Open, site: str, school: Any) -> None:
    # from nearer: other services are shown from zoom 16 on
    page = open_page(f"{site}/?at={school['lat']},{school['lon']},17")
    with page.expect_response(lambda r: f"station={school['id']}" in r.url) as circle:
        click(page, school["lon"], school["lat"])
    assert circle.value.status == 200
    wait_for_title(page, school["name"])


def test_escape_returns_from_a_grid_to_the_county(open_page: Open, site: str, grid: Any) -> None:
    page = open_page(site)
    before = facts(page)
    click(page, grid["lon"], grid["lat"])
    wait_for_title(page, grid["name"])
    page.keyboard.press("Escape")
    page.wait_for_selector(".tile")
    settle(page)
    assert facts(page) == before
    assert "sel" not in state(page)


def test_the_button_and_a_click_beside_the_town_lead_back(
    open_page: Open, site: str, grid: Any
) -> None:
    page = open_page(site)
    county = title(page)
    assert not page.is_visible("#inspector-close")
    click(page, grid["lon"], grid["lat"])
    wait_for_title(page, grid["name"])
    page.click("#inspector-close")
    wait_for_title(page, county)
    click(page, grid["lon"], grid["lat"])
    wait_for_title(page, grid["name"])
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 12, box["y"] + 12)  # beside the town
    wait_for_title(page, county)


def test_a_grid_is_chosen_by_the_keyboard(open_page: Open, site: str, grid: Any) -> None:
    page = open_page(site)
    shape = page.locator(f'path[aria-label="{grid["name"]}"]')
    shape.focus()
    page.keyboard.press("Enter")
    wait_for_title(page, grid["name"])
    assert state(page)["sel"] == f"grids:{grid['grid_id']}"


def test_no_layer_at_all_is_a_state_that_a_link_holds(open_page: Open, site: str) -> None:
    page = open_page(site)
    for layer in ("grids", "service_circles", "demands", "stations", "base_map"):
        switch(page, layer)
    settle(page)
    assert state(page)["layers"] == "none"
    page.reload()
    settle(page)
    assert not any(pane(page, layer) for layer in ("grids", "stations", "demands"))


def test_a_county_that_is_not_loaded_is_said(open_page: Open, site: str) -> None:
    page = open_page(f"{site}/?county=999999")
    assert "999999" in page.inner_text(".notice")
    assert state(page)["county"] != "999999"


def test_a_switch_hides_its_layer_and_writes_the_address_bar(open_page: Open, site: str) -> None:
    page = open_page(site)
    assert pane(page, "stations")
    switch(page, "stations")
    assert not pane(page, "stations")
    assert "stations" not in state(page)["layers"].split(",")
    assert pane(page, "grids")
    switch(page, "base_map")
    assert not pane(page, "ground")
    switch(page, "stations")
    assert pane(page, "stations")
    assert "stations" in state(page)["layers"].split(",")


def test_the_time_slider_changes_the_heat(open_page: Open, site: str, liping: Loaded) -> None:
    page = open_page(site)
    whole = heat_url(page)
    assert "first" not in whole
    drag_slider(page, 0, 0.5)
    half = heat_url(page)
    asked = {k: v[0] for k, v in parse_qs(urlsplit(half).query).items()}
    assert asked["first"] == state(page)["first"] > "2026-01-01"
    assert page.inner_text(".span-words") == f"{asked['first']} – {asked['last']}"
    first = liping.value(
        "SELECT min(received_at AT TIME ZONE 'Asia/Shanghai')::date FROM demand"
        " WHERE code LIKE :code || '%'"
    )
    drag_slider(page, 0, 0.0)
    assert heat_url(page) == whole
    assert page.inner_text(".span-words").startswith(first.isoformat())


# ---- the address bar --------------------------------------------------------------------------


def seen(page: Any) -> dict[str, Any]:
    """What a colleague sees who opens the same address."""
    panes = ("base_map", "ground", "grids", "service_circles", "demands", "stations")
    at = page.evaluate("[getu.map().getCenter().lat, getu.map().getCenter().lng]")
    return {
        "title": title(page),
        "facts": facts(page),
        "panes": {name: pane(page, name) for name in panes},
        "zoom": page.evaluate("getu.map().getZoom()"),
        "at": [round(v, 4) for v in at],
        "days": page.inner_text(".span-words"),
        "heat": heat_url(page),
        "theme": page.get_attribute("html", "data-theme"),
        "circles": page.is_checked(".control-circles input[value=one]"),
    }


def test_an_address_shows_a_colleague_what_i_see(open_page: Open, site: str, station: Any) -> None:
    mine = open_page(site, fresh=True)
    switch(mine, "base_map")
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
    assert seen(theirs) == seen(mine)
    assert state(theirs) == state(mine)
    mine.reload()
    mine.wait_for_function(DRAWN)
    wait_for_title(mine, station["name"])
    assert seen(mine) == seen(theirs)


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
    page.wait_for_function("() => document.documentElement.lang === 'en'")
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
    page.click("#theme-switch")
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
    page = open_page(site)
    click(page, grid["lon"], grid["lat"])
    wait_for_title(page, grid["name"])
    drag_slider(page, 0, 0.3)
    page.mouse.wheel(0, -600)
    settle(page)
    asked = [u for u in log.requests if urlsplit(u).netloc == urlsplit(site).netloc]
    assert len(asked) > 30
    assert any("/tiles/" in u for u in asked)
    assert log.hosts() == log.served  # of this test and of all before it
