"""What a page shows before Dash is there is what the live page then shows, in the same place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import DESK, READY, WITHIN_MS, settle

pytestmark = [pytest.mark.database, pytest.mark.browser]

PHONE = {"width": 390, "height": 844}
# What is drawn in the frame of the map, wherever it stands in the document.
SEEN = """([map, ground, tiles, paths]) => {
    const frame = document.querySelector(map).getBoundingClientRect();
    const place = (one) => {
        const box = one.getBoundingClientRect();
        return [box.left - frame.left, box.top - frame.top, box.width, box.height];
    };
    const look = (one) => {
        const css = getComputedStyle(one);
        return [css.fill, css.fillOpacity, css.stroke, css.strokeWidth, css.strokeDasharray]
            .join(' ').replaceAll('"', '');
    };
    const scale = document.querySelector(ground);
    return {
        tiles: [...document.querySelectorAll(tiles)].filter((t) => t.width)
            .map((t) => ({ place: place(t), picture: t.toDataURL() }))
            .sort((a, b) => a.place[1] - b.place[1] || a.place[0] - b.place[0]),
        transform: scale.style.transform,
        paths: [...document.querySelectorAll(paths)]
            .map((one) => ({ place: place(one), look: look(one) })),
        afar: document.querySelector(map).classList.contains('from-afar'),
    };
}"""
FIRST = [".first-map", ".first-map > div", ".first-map canvas", ".first-map path"]
LIVE = [
    "#map", ".leaflet-ground-pane .leaflet-tile-container",
    ".leaflet-ground-pane canvas", ".leaflet-grids-pane path",
]  # fmt: skip
# Words and marks beside the map; a list that opens has an arrow only when it is live.
WORDS = """(view) => Object.fromEntries(
    ['.about', '.inspector-body', '.layer-says', '.legend', '.as-of'].map((part) => [part,
        [...document.querySelectorAll(`${view} ${part}`)].map((one) => one.textContent)]))"""
MARKS = """(view) => [...document.querySelectorAll(`${view} .legend .mark`)].map((one) => {
    const css = getComputedStyle(one);
    return [css.backgroundColor, css.backgroundImage, css.borderTop].join(' '); })"""
PAINTED = "() => document.querySelector('.first-map')?.dataset.shown !== undefined"


class Visit:
    """A page whose Dash is held back until it is let go."""

    def __init__(
        self, page: Any, address: str, size: dict[str, int], stands: str = PAINTED
    ) -> None:
        self.page = page
        self._held: list[Any] | None = []
        page.set_viewport_size(size)
        page.route("**/_dash-component-suites/getu/**", self._hold)
        page.goto(address, wait_until="commit")
        page.wait_for_function(stands, timeout=WITHIN_MS)

    def _hold(self, route: Any) -> None:
        if self._held is None:
            route.continue_()
        else:
            self._held.append(route)

    def let_go(self) -> None:
        """Let Dash come."""
        held, self._held = self._held or [], None
        for route in held:
            route.continue_()

    def go_on(self) -> None:
        """Let Dash come, and wait until the live page stands alone."""
        self.let_go()
        self.page.wait_for_function(READY, timeout=WITHIN_MS)
        self.page.wait_for_function(
            "() => !document.querySelector('.first-map, #first-view')", timeout=WITHIN_MS
        )


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_first_view_is_what_the_live_page_shows(
    browser: Any, site: str, size: dict[str, int], theme: str
) -> None:
    page = browser.new_page(locale="zh-CN")
    try:
        visit = Visit(page, f"{site}/?theme={theme}", size)
        before = page.evaluate(SEEN, FIRST)
        words, marks = (page.evaluate(what, "#first-view") for what in (WORDS, MARKS))
        visit.go_on()
        assert page.evaluate(WORDS, "#page") == words
        assert page.evaluate(MARKS, "#page") == marks
        settle(page)  # a click before Dash is there is nobody's
        # Painted anew by the live map alone: once there and back.
        for _ in range(2):
            page.click("#theme-switch")
            settle(page)
        after = page.evaluate(SEEN, LIVE)
    finally:
        page.close()
    assert before["afar"] == after["afar"]
    assert before["transform"] == after["transform"]
    assert [t["place"] for t in before["tiles"]] == [t["place"] for t in after["tiles"]]
    assert [t["picture"] for t in before["tiles"]] == [t["picture"] for t in after["tiles"]]
    assert len(before["paths"]) == len(after["paths"]) > 5
    for drawn, live in zip(before["paths"], after["paths"], strict=True):
        assert drawn["look"] == live["look"]
        # Leaflet leaves out points within a pixel of the line.
        assert drawn["place"] == pytest.approx(live["place"], abs=2.0)


def test_the_painted_ground_is_taken_over_not_fetched_and_painted_again(
    browser: Any, site: str
) -> None:
    page = browser.new_page(locale="zh-CN")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        visit = Visit(page, site, DESK)
        tiles = [url for url in asked if "/tiles/" in url]
        before = page.evaluate(SEEN, FIRST)
        visit.go_on()
        after = page.evaluate(SEEN, LIVE)
    finally:
        page.close()
    assert len(tiles) == len(set(tiles)) > 0
    assert [url for url in asked if "/tiles/" in url] == tiles
    assert [t["picture"] for t in before["tiles"]] == [t["picture"] for t in after["tiles"]]


def test_a_layer_that_is_off_is_not_painted(browser: Any, site: str) -> None:
    page = browser.new_page(locale="zh-CN")
    try:
        Visit(page, f"{site}/?layers=stations", DESK)
        assert page.locator(".first-map canvas").count() > 0
        assert page.locator(".first-map path").count() == 0
    finally:
        page.close()


def test_a_place_of_the_address_is_where_the_first_view_looks(browser: Any, site: str) -> None:
    page = browser.new_page(locale="zh-CN")
    try:
        Visit(page, site, DESK).go_on()
        lat, lon = page.evaluate(
            "() => { const c = getu.map().getCenter(); return [c.lat, c.lng]; }"
        )
        visit = Visit(page, f"{site}/?at={lat:.5f},{lon:.5f},16", DESK)
        before = page.evaluate(SEEN, FIRST)
        visit.go_on()
        after = page.evaluate(SEEN, LIVE)
    finally:
        page.close()
    assert not before["afar"]
    assert before["transform"] == after["transform"]
    near = {tuple(t["place"]): t["picture"] for t in after["tiles"]}
    assert all(near[tuple(t["place"])] == t["picture"] for t in before["tiles"])


@pytest.mark.parametrize("asked", ["minutes=3", "minutes=1.5&way=response&services=police,party"])
def test_the_coverage_page_comes_with_its_answer(browser: Any, site: str, asked: str) -> None:
    page = browser.new_page(locale="zh-CN")
    requests: list[str] = []
    answers: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("request", lambda request: answers.append(request.post_data or ""))
    words = """(view) => ['.tile', '.fact', '.lines', '.as-of', '.legend'].map((part) =>
        [...document.querySelectorAll(`${view} ${part}`)].map((one) => one.textContent))"""
    try:
        visit = Visit(
            page, f"{site}/coverage?{asked}", DESK, "() => !!document.querySelector('.tile')"
        )
        before = page.evaluate(words, "#first-view")
        visit.let_go()
        page.wait_for_selector(".coverage-page[data-drawn]", timeout=WITHIN_MS)
        settle(page)
        after = page.evaluate(words, "#page")
    finally:
        page.close()
    assert len(before[0]) > 0
    assert before == after
    # Fetched while the scripts came, by the very address that the script asks for.
    for path in ("/coverage/answer?", "/coverage/buildings?"):
        assert len([url for url in requests if path in url]) == 1
    assert not [body for body in answers if "coverage-figures.children" in body]
