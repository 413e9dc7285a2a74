"""Each page as each role: what a role may not do is not shown, or says why; the rest is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboard.access.principal import EVERYTHING, RIGHTS_OF
from dashboard.gate.sign_in import ROLE
from tests.browser.conftest import Open, settle

pytestmark = pytest.mark.browser

PAGES = (
    *("/", "/planner", "/coverage?mode=what_if", "/coverage?mode=siting"),
    *(f"/data?tab={tab}" for tab in ("households", "quality", "buildings", "cases", "files")),
)
# The three administrators keep the program, not the county: its pages are not theirs.
READERS = {role: rights for role, rights in RIGHTS_OF.items() if "read" in rights}
# Every control that says which right it needs: the right, what it is called, whether it can be
# used. What is not drawn (a panel that is not open) is not there for anybody.
CONTROLS = """() => [...document.querySelectorAll('[data-needs]')]
    .filter((one) => one.checkVisibility() && !one.closest('#first-view'))
    .map((one) => [one.dataset.needs, one.id || one.dataset.tool || one.textContent.slice(0, 40),
        'lacks' in one.dataset, one.getAttribute('aria-disabled') === 'true' && one.title])"""
# What a reader can press on a page, but what leaves it or makes a file.
BUTTONS = """() => [...document.querySelectorAll('main button:not([disabled])')]
    .filter((one) => one.checkVisibility() && !one.closest('.county-choice'))
    .filter((one) => one.id !== 'theme' && !('lacks' in one.dataset))
    .slice(0, 25).map((one) => { one.dataset.pressed = ''; return one; }).length"""
PRESS = """(n) => { const one = document.querySelectorAll('[data-pressed]')[n];
    if (one?.isConnected && one.checkVisibility()) one.click(); }"""
SHUT = "() => document.querySelectorAll('dialog[open]').forEach((one) => one.close())"


def test_every_right_has_its_rule() -> None:
    style = Path("assets/frame/rights.css").read_text("utf-8")
    ruled = set(re.findall(r'data-rights~="(\w+)"\]\) \[data-needs="\1"\]', style))
    assert ruled == EVERYTHING - {"enter", "read"}  # which every page takes


def test_each_role_finds_on_each_page_what_it_may_do_and_nothing_else(
    open_page: Open, site: str
) -> None:
    first = open_page(site + "/sign-in", ready=False, fresh=True)
    tabs = [first, *(first.context.new_page() for _ in PAGES[1:])]
    whole = _walk(tabs, site, "all")
    assert sum(sum(found.values()) for found in whole.values()) > 30
    needed = {one[0] for found in whole.values() for one in found}
    # Roles that differ in nothing that a control needs are one to every page.
    for rights, role in {rights & needed: role for role, rights in READERS.items()}.items():
        found = _walk(tabs, site, role)
        for path in PAGES:
            usable = Counter({one: n for one, n in found[path].items() if not one[2]})
            expected = Counter({one: n for one, n in whole[path].items() if one[0] in rights})
            assert usable == expected, (role, path)
            for needs, name, lacks, why in found[path]:
                assert not lacks or (needs not in rights and "不能做这件事" in why), (role, name)


def test_a_leader_may_press_whatever_is_there(open_page: Open, site: str) -> None:
    page = open_page(site + "/sign-in", ready=False, fresh=True)
    _be(page, site, "viewer")
    pressed = 0
    for path in PAGES:
        page.goto(site + path)
        settle(page)
        for n in range(page.evaluate(BUTTONS)):
            page.evaluate(PRESS, n)
            pressed += 1
        for key in ("b", "n", "d", "j", "x", "u", "a", "Delete", "Control+z", "Control+y"):
            page.keyboard.press(key)
        settle(page)
        page.evaluate(SHUT)
        assert urlsplit(page.url).path == urlsplit(path).path
        assert page.locator(".refused").is_hidden(), path
    assert pressed > 30


def _walk(tabs: list[Any], site: str, role: str) -> dict[str, Counter[tuple[Any, ...]]]:
    """Open every page at once, each in a tab of its own; return their controls."""
    _be(tabs[0], site, role)
    for page, path in zip(tabs, PAGES, strict=True):
        page.goto(site + path, wait_until="commit")
    found = {}
    for page, path in zip(tabs, PAGES, strict=True):
        settle(page)
        found[path] = Counter(tuple(one) for one in page.evaluate(CONTROLS))
    return found


def _be(page: Any, site: str, role: str) -> None:
    page.context.add_cookies([{"name": ROLE, "value": role, "url": site}])
