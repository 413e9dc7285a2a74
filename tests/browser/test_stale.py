"""A line or a database that has gone is said on every page, with the time for which it stands."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Log, Open, settle

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", ["/", "/planner", "/coverage", "/data"])
def test_a_page_says_that_its_figures_are_of_a_time(
    open_page: Open, site: str, log: Log, path: str
) -> None:
    page = open_page(site + path, ready=False)
    page.wait_for_selector(".desk")
    settle(page)
    assert page.locator(".offline").is_hidden()
    # The database does not answer: the program says 503 wherever it is asked.
    page.route("**/health", lambda route: route.fulfill(status=503, body="{}"))
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    page.locator(".offline").wait_for()
    assert re.search(r"数据停在 \d\d:\d\d，正在重新连接", page.inner_text(".offline"))
    page.unroute("**/health")
    page.locator(".offline").wait_for(state="hidden")
    # The line has gone: said at once, and taken back by itself.
    page.context.set_offline(True)
    page.locator(".offline").wait_for()
    page.context.set_offline(False)
    page.locator(".offline").wait_for(state="hidden")
    log.complaints[:] = [
        c for c in log.complaints if "503" not in c and "ERR_INTERNET_DISCONNECTED" not in c
    ]
