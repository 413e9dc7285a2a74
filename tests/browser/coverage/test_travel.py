"""Ways of travel, drawings, profiles and proofs on the coverage page, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest
from sqlalchemy import text as sql

from dashboard.pages.coverage.siting import proofs as proofs_module
from data.engine import transaction
from layers.coverage_gaps.answers.gaps import Question
from layers.coverage_gaps.report import lay_report
from layers.coverage_gaps.sitings import Problem
from tests.browser.conftest import WITHIN_MS, Log, Open, served, settle
from tests.browser.coverage.test_page import board_of, tile, visit
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]


def serve_it(log: Log, address: str) -> str:
    log.served.add(address.removeprefix("http://"))
    return address


def click_building(page: Any, letter: str) -> None:
    x, y = page.evaluate(
        """letter => { const S = getu.coverage.state, m = getu.map(), b = S.buildings.boxes;
        const w = 256 * 2 ** m.getZoom(), o = m.getPixelOrigin();
        const r = m.getContainer().getBoundingClientRect();
        for (let d = 0; d < S.answer.letters.length; d++) {
          if (S.answer.letters[d] !== letter) continue;
          const p = m.layerPointToContainerPoint([(b[d*4] + b[d*4+2]) / 2 * w - o.x,
            (b[d*4+1] + b[d*4+3]) / 2 * w - o.y]);
          return [p.x + r.x, p.y + r.y];
        } }""",
        letter,
    )
    page.mouse.click(x, y)


def test_there_and_back_says_both_legs_and_a_vehicle_when_it_comes(
    open_page: Open, site: str
) -> None:
    page = visit(open_page, site, "minutes=3&way=round_trip")
    click_building(page, "o")
    page.wait_for_selector(".detail .reason")
    words = page.inner_text(".detail")
    assert "来回" in words
    assert "去 " in words
    assert "回 " in words
    page.keyboard.press("Escape")
    page.wait_for_selector(".detail", state="detached")
    page.click("#coverage-travel")
    page.click(".dash-dropdown-option:has-text('车辆赶到家门')")
    page.wait_for_selector("#coverage-figures:has-text('车辆赶到超过')")
    settle(page)
    assert "way=response" in page.url
    assert not page.is_visible("#coverage-walkers")
    assert page.is_visible("[data-services=vehicle]")
    page.fill("#coverage-minutes", "15")
    page.keyboard.press("Enter")
    page.wait_for_selector("#coverage-figures:has-text('车辆赶到超过 15 分钟')")
    settle(page)
    click_building(page, "0")
    page.wait_for_selector(".detail:has-text('最先赶到')")
    assert "车辆与步行共" in page.inner_text(".detail")


def test_streets_within_reach_are_drawn_with_their_own_marks(open_page: Open, site: str) -> None:
    page = visit(open_page, site, "minutes=10")
    assert page.query_selector(".leaflet-areas-pane path") is not None
    page.click("#coverage-drawing")
    page.click(".dash-dropdown-option:has-text('时限内的街道')")
    page.wait_for_selector(".street-mark-1")
    settle(page)
    assert "drawing=streets" in page.url
    assert page.query_selector(".leaflet-areas-pane path") is None
    bands = page.evaluate("() => getu.coverage.state.answer.lines.map(b => b.length)")
    assert len(bands) == 2
    assert bands[0] >= bands[1] > 0  # the longest band first
    page.click("#coverage-drawing")
    page.click(".dash-dropdown-option:has-text('只看楼栋')")
    page.wait_for_selector(".street-mark-1", state="detached")


def test_a_profile_that_one_browser_saves_renews_the_figures_of_another(
    open_page: Open, log: Log, spare_liping: Loaded
) -> None:
    question = Question(minutes=3, profile="elderly")
    with served(spare_liping) as first, served(spare_liping) as second:
        editor = visit(open_page, serve_it(log, first), "minutes=3&profile=elderly")
        viewer = visit(open_page, serve_it(log, second), "minutes=3&profile=elderly")
        before = tile(viewer)
        editor.click(".profiles summary")
        assert editor.input_value("#coverage-form-flat") == "0.8"
        editor.fill("#coverage-form-flat", "0.5")
        editor.fill("#coverage-form-off", "0.5")
        editor.click("#coverage-form-save")
        editor.wait_for_selector("#coverage-form-says:has-text('谁改的')")
        editor.fill("#coverage-form-by", "张三")
        editor.fill("#coverage-form-source", "本县实测")
        editor.click("#coverage-form-save")
        editor.wait_for_selector("#coverage-form-says:has-text('已保存')")
        editor.wait_for_selector("#coverage-figures .as-of:has-text('本县实测')")
        viewer.wait_for_selector("#coverage-fresh:has-text('已按新数据重算')", timeout=WITHIN_MS)
        viewer.wait_for_selector("#coverage-figures .as-of:has-text('本县实测')")
        settle(viewer)
        board = board_of(spare_liping)
        whole = lay_report(board, board.answer(question), "grids").whole
        assert tile(viewer) == tile(editor) == (whole.outside, whole.households)
        assert whole.outside > before[0]
        drawn = viewer.evaluate("() => getu.coverage.state.answer.version")
        assert drawn == board.version
        assert board.version in viewer.inner_text("#coverage-figures .as-of")
        for page in (editor, viewer):
            page.close()


def test_a_proof_is_stopped_by_hand_and_its_first_answer_stays(
    open_page: Open, log: Log, spare_liping: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_: Problem, stop: Callable[[], bool]) -> Any:
        until = time.monotonic() + 60
        while not stop() and time.monotonic() < until:
            time.sleep(0.05)

    monkeypatch.setattr(proofs_module, "prove", slow)
    with served(spare_liping) as address:
        page = visit(open_page, serve_it(log, address), "minutes=2&mode=siting")
        page.click("#coverage-site-start")
        page.wait_for_selector(".proof:has-text('正在证明')")
        result = page.inner_text(".result")
        page.click("#coverage-site-cancel")
        page.wait_for_selector(".proof:has-text('证明已停止')", timeout=WITHIN_MS)
        assert page.inner_text(".result") == result
        assert not page.is_visible("#coverage-site-cancel")
        # What was proposed on older data says so as soon as the page hears of the newer ones.
        with transaction(spare_liping.engine) as c:
            c.execute(sql("UPDATE building_count SET value = value + 1"))
        asked_anew = "#coverage-site-answer:has-text('请重新给出建议')"
        page.wait_for_selector(asked_anew, timeout=WITHIN_MS)
        page.close()


def test_elderly_in_stations_of_bounded_size_are_proposed_for_two_services(
    open_page: Open, log: Log, spare_liping: Loaded
) -> None:
    with served(spare_liping) as address:
        asked = "minutes=2&mode=siting&services=medical,market"
        page = visit(open_page, serve_it(log, address), asked)
        page.click("#coverage-site-weight")
        page.click(".dash-dropdown-option:has-text('老人')")
        page.fill("#coverage-site-least", "30")
        page.fill("#coverage-site-most", "200")
        page.keyboard.press("Tab")
        page.click("#coverage-site-start")
        page.wait_for_selector(".proof:has-text('已证明')", timeout=WITHIN_MS)
        assert "位老人" in page.inner_text(".result")
        gains = page.eval_on_selector_all(
            "#coverage-site-answer tbody td:nth-child(2)", "all => all.map(c => c.innerText)"
        )
        assert gains
        assert all(30 <= int(g.replace(",", "")) <= 200 for g in gains)
        page.click("#coverage-site-scenario")
        page.wait_for_selector(".operations li:has-text('医疗、菜市场')")
        page.close()


def test_a_county_without_streets_says_so_and_asks_for_nothing(
    open_page: Open, log: Log, spare_liping: Loaded
) -> None:
    with transaction(spare_liping.engine) as c:
        c.execute(sql("DELETE FROM street_node"))
    with served(spare_liping) as address:
        already = len(log.requests)
        page = open_page(f"{serve_it(log, address)}/coverage", ready=False)
        page.wait_for_selector(".empty")
        settle(page)
        assert "还没有街道" in page.inner_text(".empty")
        asked = [r for r in log.requests[already:] if "/coverage/" in r and "/assets/" not in r]
        assert asked == []
        page.close()


def test_a_visit_sheet_names_streets_and_fits_a_phone(open_page: Open, site: str) -> None:
    page = visit(open_page, site, "minutes=2")
    page.click(".worst .row-button >> nth=0")
    page.wait_for_selector(".detail .exports a")
    href = page.get_attribute(".detail .exports a", "href")
    with urlopen(f"{site}{href}") as answer:
        sheet = answer.read().decode()
    page.set_viewport_size({"width": 390, "height": 844})
    page.set_content(sheet)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    sizes = page.eval_on_selector_all(
        "svg circle + text", "all => all.map(t => t.getBoundingClientRect().height)"
    )
    assert np.median(sizes) >= 7
    assert page.eval_on_selector_all("svg text", "all => all.length") > 2 * len(sizes)
