"""A page on paper: one ground without seams, stations as marks, the legend and what was asked."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.database]
SHOWN = "(what) => document.querySelector(what).checkVisibility({ visibilityProperty: true })"
PAPER = """() => {
    const one = (what) => getComputedStyle(document.querySelector(what));
    const box = document.querySelector('.map-holder').getBoundingClientRect();
    const map = document.querySelector('#map').getBoundingClientRect();
    return {
        theme: document.documentElement.dataset.theme,
        grounds: document.querySelectorAll('.printed-ground').length,
        tiles: one('.leaflet-ground-pane canvas').visibility,
        marks: one('.station').printColorAdjust,
        whole: map.right <= box.right + 1 && map.bottom <= box.bottom + 1,
    };
}"""


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/?theme=dark", (".layers .legend", ".station", ".inspector")),
        ("/coverage?theme=dark", ("#coverage-legend", "#coverage-minutes", "#coverage-figures")),
    ],
)
def test_paper_has_one_ground_marks_the_legend_and_the_question(
    open_page: Open, site: str, address: str, shown: tuple[str, ...]
) -> None:
    page = open_page(site + address, ready=address.startswith("/?"))
    page.wait_for_selector(".leaflet-ground-pane canvas")
    page.wait_for_selector(".station")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    paper = page.evaluate(PAPER)
    assert paper == {
        "theme": "light",
        "grounds": 1,
        "tiles": "hidden",
        "marks": "exact",
        "whole": True,
    }
    for what in shown:
        assert page.evaluate(SHOWN, what), what
    for what in (".tools", ".pages", ".leaflet-control-zoom"):
        assert not page.evaluate(SHOWN, what), what
    page.emulate_media(media="screen")
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"
    assert page.query_selector(".printed-ground") is None
