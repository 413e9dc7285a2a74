"""Every page for whoever hears it or works by keys: axe-core in both themes, and the Tab key."""

from __future__ import annotations

from typing import Any

import pytest

from tests.assets.test_checks import programs
from tests.browser.conftest import Open, settle

pytestmark = [pytest.mark.browser, pytest.mark.database]

DESKS = (
    *("/", "/planner", "/coverage", "/coverage?mode=what_if", "/coverage?mode=siting"),
    *(f"/data?tab={tab}" for tab in ("households", "quality", "buildings", "cases", "files")),
    *("/?county=999999", "/no-such-page"),
)
PLAIN = ("/sign-in", "/people", "/admin/audit")
# What is wrong and grave: the rule, how often, and the first place.
GRAVE = """async (options) => (await axe.run(document, { resultTypes: ['violations'], ...options }))
    .violations.filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => `${one.id} ${one.nodes.length}: ${one.nodes[0].html.slice(0, 160)}`)"""
COLOURS = {"runOnly": ["color-contrast"]}
FOCUSED = "() => document.activeElement.getAttribute('aria-label')"
STOPS = """(within) => [...document.querySelectorAll(`${within} [tabindex="0"]`)]
    .filter((one) => one.checkVisibility()).length"""


def grave(page: Any, where: str) -> list[str]:
    """Return what axe-core finds in both themes; what is no colour is the same in both."""
    page.evaluate((programs() / "axe-core/axe.min.js").read_text("utf-8"))
    found = []
    for theme, options in (("dark", {}), ("light", COLOURS)):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        found += [f"{where} {theme} {one}" for one in page.evaluate(GRAVE, options)]
    page.evaluate("() => { document.documentElement.dataset.theme = 'dark' }")
    return found


def test_axe_finds_nothing_grave_on_any_page_in_either_theme(open_page: Open, site: str) -> None:
    page = open_page(f"{site}/sign-in", ready=False, fresh=True)
    wrong = []
    for address in (*PLAIN, *DESKS):
        # A page that is not there answers 404, which the browser would complain of.
        if address == "/no-such-page":
            page.route(
                "**/no-such-page", lambda route: route.fulfill(response=route.fetch(), status=200)
            )
        page.goto(site + address)
        if address not in PLAIN:
            settle(page)
        wrong += grave(page, address)
        skips = page.evaluate("() => document.querySelector('a[href], button').className")
        if address not in ("/sign-in",):
            assert skips == "skip", address
    # What opens on a page is looked at too: a list, a window, what is said of one grid.
    page.goto(f"{site}/coverage")
    settle(page)
    page.click("#coverage-services")
    page.wait_for_selector(".dash-dropdown-option")
    settle(page)
    wrong += grave(page, "an open list")
    page.goto(f"{site}/planner")
    settle(page)
    page.click("#planner-drafts button:has-text('新建草稿')")
    page.wait_for_selector("dialog[open]")
    settle(page)
    wrong += grave(page, "a window")
    assert wrong == []


def test_grids_are_one_stop_of_the_tab_key_and_arrows_go_on_inside(
    open_page: Open, site: str
) -> None:
    page = open_page(f"{site}/?layers=grids,stations")
    assert page.evaluate(STOPS, ".leaflet-grids-pane") == 1
    assert page.evaluate(STOPS, ".leaflet-stations-pane") == 1
    # The header is passed by with one key.
    page.evaluate("() => document.querySelector('a.skip').focus()")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "content"
    assert "#" not in page.url  # Dash would lay the page out anew
    page.focus(".leaflet-grids-pane [tabindex='0']")
    where = page.evaluate("() => getu.map().getCenter()")
    names = [page.evaluate(FOCUSED)]
    for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft", "End", "Home"):
        page.keyboard.press(key)
        names.append(page.evaluate(FOCUSED))
    assert all("网格" in name for name in names)
    assert len(set(names)) > 2
    assert page.evaluate(STOPS, ".leaflet-grids-pane") == 1
    assert page.evaluate("() => getu.map().getCenter()") == where  # nor did the map move
    page.keyboard.press("Enter")
    settle(page)
    assert "sel=grids" in page.url
    assert page.inner_text(".inspector h2") in names[-1]
    # The planner's list of grids, too.
    page = open_page(f"{site}/planner", ready=False)
    page.wait_for_selector("#planner-grids tbody tr")
    settle(page)
    assert page.evaluate(STOPS, "#planner-grids tbody") == 1
    page.focus("#planner-grids tbody tr")
    page.keyboard.press("ArrowDown")
    second = "() => document.activeElement === document.querySelectorAll('#planner-grids tr')[2]"
    assert page.evaluate(second)
