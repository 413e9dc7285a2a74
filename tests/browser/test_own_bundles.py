"""A page asks only for its own scripts and styles, whatever page it is."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from dashboard.setup import bundle
from tests.browser.conftest import WITHIN_MS, Log, Open

pytestmark = [pytest.mark.browser, pytest.mark.database]
PAGES = {
    "command_centre": "/",
    "planner": "/planner",
    "coverage": "/coverage",
    **{
        f"data_desk/{tab}": f"/data?tab={tab}"
        for tab in ("households", "buildings", "cases", "files", "quality")
    },
}


def test_every_page_is_looked_at() -> None:
    assert set(PAGES) == set(bundle.ensure().pages)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_only_for_its_own_bundles(
    open_page: Open, site: str, log: Log, name: str
) -> None:
    built = bundle.ensure()
    own = built.pages[name]
    before = len(log.requests)
    page = open_page(f"{site}{PAGES[name]}", ready=False, fresh=True)
    # Dash starts after the page's script: then all that belongs to the page has been asked for.
    page.wait_for_function("() => window.getu?.map && document.querySelector('.desk')",
                           timeout=WITHIN_MS)  # fmt: skip
    page.wait_for_load_state("networkidle")
    asked = {urlsplit(url).path for url in log.requests[before:]}
    ours = {path for path in asked if path.startswith(f"/{bundle.BUILT}/")}
    first = {built.first.script, *built.first.preloads}
    assert {own.script, own.style} <= ours
    assert ours <= {own.script, own.style, built.theme, *own.preloads, *first}
    sheets = page.evaluate(
        """() => [...document.styleSheets].map((s) => s.href)
            .filter((href) => href?.includes("/assets/built/"))
            .map((href) => new URL(href).pathname)"""
    )
    assert sheets == [own.style]
