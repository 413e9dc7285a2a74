"""The first page in a real browser over 栗坪: what is on the screen is what SQL says."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.text import text
from tests.browser.conftest import Open, settle
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
    # No layer, however many there are, lies over the names of places.
    heights = page.evaluate("""() => Object.fromEntries([...document.querySelectorAll(
        '#map .leaflet-pane[class*="-pane"]')].map((p) => [p.className, +p.style.zIndex]))""")
    names = next(z for name, z in heights.items() if "leaflet-names-pane" in name)
    drawn = {k: z for k, z in heights.items() if "stations" in k or "hot_spots" in k}
    assert drawn
    assert max(drawn.values()) < names
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
    assert "service_circles" not in state(page)["layers"].split(",")
    assert pane(page, "service_circles")  # its own circle, though the others are not shown
    assert facts(page)[zh("stations.state")] == zh("station_state.open")
    assert page.is_checked(".control-circles input[value=one]")
    assert state(page)["circles"] == "one"
    with page.expect_response(lambda r: "/layers/service_circles" in r.url) as all_again:
        page.keyboard.press("Escape")
    assert "station=" not in all_again.value.url
    page.wait_for_selector(".tile")
    settle(page)
    assert not pane(page, "service_circles")
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
    shown = state(page)["layers"].split(",")
    assert shown == ["grids", "stations", "base_map"]  # one colour at a time; circles on demand
    for layer in shown:
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


def test_of_two_layers_that_colour_the_ground_one_does(
    open_page: Open, site: str, grid: Any
) -> None:
    page = open_page(site)
    fill = """(name) => getComputedStyle(document.querySelector(
        `.leaflet-grids-pane path[aria-label="${name}"]`)).fillOpacity"""
    assert float(page.evaluate(fill, grid["name"])) > 0
    assert heat_url(page).startswith("data:")  # not sent for until somebody wants to see it
    switch(page, "demands")
    assert pane(page, "demands")
    assert "/layers/demands" in heat_url(page)
    assert float(page.evaluate(fill, grid["name"])) == 0
    assert page.is_visible('[data-layer-panel="grids"] .only-lines')
    click(page, grid["lon"], grid["lat"])  # its lines are left, and it can be chosen
    wait_for_title(page, grid["name"])
    switch(page, "demands")
    assert float(page.evaluate(fill, grid["name"])) > 0
    assert not page.is_visible('[data-layer-panel="grids"] .only-lines')


def test_the_time_slider_changes_the_heat(open_page: Open, site: str, liping: Loaded) -> None:
    page = open_page(f"{site}/?layers=grids,demands")
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
