"""The coverage page in a real browser: figures against recomputation, a station moved by hand."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest

from data.engine import transaction
from layers.coverage_gaps.answers.gaps import Question
from layers.coverage_gaps.answers.scenario import fold
from layers.coverage_gaps.answers.sums import total
from layers.coverage_gaps.report import lay_report
from layers.coverage_gaps.sitings import SitingQuestion, pose, prove
from layers.coverage_gaps.store import Board, Boards
from layers.service_circles.store import Towns
from tests.browser.conftest import WITHIN_MS, Log, Open, served, settle
from tests.browser.screen import facts, first_number
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]
PHONE = {"width": 390, "height": 844}


def board_of(loaded: Loaded) -> Board:
    with transaction(loaded.engine) as c:
        return Boards(Towns()).get(c, loaded.query())


def visit(open_page: Open, site: str, asked: str, **options: Any) -> Any:
    page = open_page(f"{site}/coverage?{asked}", ready=False, **options)
    page.wait_for_selector(".coverage-page[data-drawn]", timeout=WITHIN_MS)
    page.wait_for_selector(".tile-value", state="attached")
    settle(page)
    return page


def tile(page: Any) -> tuple[int, int]:
    words = page.inner_text("#coverage-figures .tile-value").replace(",", "").split()
    numbers = [int(w) for w in words if w.isdecimal()]
    return numbers[0], numbers[1]


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        ("minutes=2", Question(minutes=2)),
        ("minutes=3&profile=elderly", Question(minutes=3, profile="elderly")),
        ("minutes=3&services=medical,market", Question(minutes=3, services=("medical", "market"))),
        ("minutes=3&weekday=7&clock=10:00", Question(minutes=3, weekday=7, clock="10:00")),
        ("minutes=4&way=round_trip", Question(minutes=4, way="round_trip")),
        (
            "minutes=1.5&way=response&services=police,party",
            Question(minutes=1.5, way="response", services=("police", "party")),
        ),
    ],
)
def test_figures_table_map_and_file_say_the_same_as_a_recomputation(
    open_page: Open, site: str, liping: Loaded, asked: str, question: Question
) -> None:
    board = board_of(liping)
    sheet = lay_report(board, board.answer(question), "grids")
    page = open_page(f"{site}/coverage?{asked}", ready=False)
    page.wait_for_selector(".coverage-page[data-drawn]", timeout=WITHIN_MS)
    page.wait_for_selector("#coverage-table .exports, #coverage-figures .says")
    settle(page)
    if sheet.stations:
        assert tile(page) == (sheet.whole.outside, sheet.whole.households)
        shown = facts(page, "#coverage-figures")
        assert first_number(shown["其中老人"]) == sheet.whole.elderly_outside
        assert first_number(shown["一个也没有"]) == sheet.whole.within[0]
    rows = page.eval_on_selector_all(
        ".worst tbody tr", "rows => rows.map(r => [r.cells[0].innerText, r.cells[1].innerText])"
    )
    assert rows == [
        [line.name, f"{line.outside:,} / {line.households:,}"]
        for line in sheet.lines
        if line.outside
    ]
    outside = page.evaluate(
        """() => { const S = getu.coverage.state; let sum = 0;
        for (let d = 0; d < S.answer.letters.length; d++)
          if (!/[0-9]/.test(S.answer.letters[d])) sum += S.buildings.households[d];
        return sum; }"""
    )
    assert outside == sheet.whole.outside
    href = page.get_attribute(".exports a:has-text('CSV')", "href")
    with urlopen(f"{site}{href}") as answer:
        listed = list(csv.reader(io.StringIO(answer.read().decode("utf-8-sig"))))
    assert [row[3] for row in listed[1:]] == [str(line.outside) for line in sheet.lines]


def _building_outside(page: Any) -> tuple[float, float]:
    x, y = page.evaluate(
        """() => { const S = getu.coverage.state, m = getu.map(), b = S.buildings.boxes;
        const w = 256 * 2 ** m.getZoom(), o = m.getPixelOrigin(), size = m.getSize();
        const r = m.getContainer().getBoundingClientRect();
        for (let d = 0; d < S.answer.letters.length; d++) {
          if (S.answer.letters[d] !== 'o') continue;
          const p = m.layerPointToContainerPoint([(b[d*4] + b[d*4+2]) / 2 * w - o.x,
            (b[d*4+1] + b[d*4+3]) / 2 * w - o.y]);
          if (p.x > 60 && p.y > 60 && p.x < size.x - 60 && p.y < size.y - 60)
            return [p.x + r.x, p.y + r.y];
        } }"""
    )
    return x, y


def test_a_click_on_a_building_says_who_where_how_far_why_and_draws_the_way(
    open_page: Open, site: str
) -> None:
    page = visit(open_page, site, "minutes=2")
    page.mouse.click(*_building_outside(page))
    page.wait_for_selector(".detail .reason")
    words = page.inner_text(".detail")
    assert "超时" in words
    assert "分钟" in words
    assert page.query_selector(".leaflet-way-pane path") is not None
    settle(page)
    assert "sel=building" in page.url
    page.keyboard.press("Escape")
    page.wait_for_selector(".detail", state="detached")


def test_a_grid_of_the_table_is_opened_with_the_keyboard_and_gives_its_visit_sheet(
    open_page: Open, site: str
) -> None:
    page = visit(open_page, site, "minutes=2")
    page.focus(".worst .row-button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".detail .buildings")
    href = page.get_attribute(".detail .exports a", "href")
    with urlopen(f"{site}{href}") as answer:
        sheet = answer.read().decode()
    assert page.inner_text(".detail h2") in sheet


def _station(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        """() => { const m = getu.map(), s = getu.coverage.state.answer.stations[0];
        const p = m.latLngToContainerPoint([s.lat, s.lon]);
        const r = m.getContainer().getBoundingClientRect();
        return { key: s.key, x: p.x + r.x, y: p.y + r.y }; }"""
    )
    return found


def test_a_dragged_station_is_answered_while_it_moves_and_adopted_with_name_and_reason(
    open_page: Open, log: Log, spare_liping: Loaded
) -> None:
    question = Question(minutes=2)
    board = board_of(spare_liping)
    stations = "SELECT id, ST_AsText(geom) AS at FROM station ORDER BY id"
    before = spare_liping.rows(stations)
    with served(spare_liping) as address:
        log.served.add(address.removeprefix("http://"))
        page = visit(open_page, address, "minutes=2&mode=what_if")
        page.fill("#coverage-scenario-title", "东移")
        page.click("#coverage-scenario-new")
        page.wait_for_selector(".leaflet-pins-pane .leaflet-marker-draggable")
        settle(page)
        at = _station(page)
        page.mouse.move(at["x"], at["y"])
        page.mouse.down()
        for step in range(1, 13):
            page.mouse.move(at["x"] + 9 * step, at["y"] + 5 * step)
            page.evaluate("() => new Promise(requestAnimationFrame)")
        page.wait_for_function("() => getu.coverage.state.effect?.gained !== undefined")
        settle(page)
        live = page.evaluate("() => getu.coverage.state.effect")
        assert page.evaluate("() => getu.coverage.state.scenario.operations.length") == 0
        page.mouse.up()
        page.wait_for_selector("#coverage-scenario-words li")
        settle(page)
        operations = page.evaluate("() => getu.coverage.state.scenario.operations")
        dropped = page.evaluate("() => getu.coverage.state.effect")
        assert dropped["gained"] == live["gained"]
        assert dropped["lost"] == live["lost"]

        # The same by a full recomputation.
        after = board.answer_with(question, fold(board.sites, operations, board.county).sites)
        was = board.answer(question)
        households = board.people.households
        gained = int(households[after.covered & ~was.covered].sum())
        lost = int(households[~after.covered & was.covered].sum())
        assert gained + lost > 0
        effects = page.eval_on_selector_all(".effect b", "all => all.map(b => b.innerText)")
        assert [first_number(e) for e in effects[:2]] == [
            gained,
            lost,
        ]
        assert spare_liping.rows(stations) == before

        page.click("#coverage-undo")
        page.wait_for_function("() => getu.coverage.state.scenario.operations.length === 0")
        page.click("#coverage-redo")
        page.wait_for_function("() => getu.coverage.state.scenario.operations.length === 1")
        page.click("summary:has-text('采用或放弃')")
        page.click("#coverage-adopt")
        page.wait_for_selector("#coverage-scenario-says:has-text('请写明')")
        assert spare_liping.rows(stations) == before
        page.fill("#coverage-adopt-by", "张三")
        page.fill("#coverage-adopt-reason", "方便群众")
        page.click("#coverage-adopt")
        page.wait_for_selector("#coverage-scenario-says:has-text('已采用')")
        assert spare_liping.rows(stations) != before
        # Within seconds the page hears of it, computes anew, and says so.
        page.wait_for_selector("#coverage-fresh:has-text('已按新数据重算')", timeout=WITHIN_MS)
        page.click("#coverage-mode label:has-text('缺口')")
        settle(page)
        page.wait_for_selector("#coverage-figures .tile-value")
        settle(page)
        whole = total(after, board.people, "", "")
        assert tile(page) == (whole.outside, whole.households)
        page.close()


def test_a_siting_answer_is_the_proven_one_and_becomes_a_scenario(
    open_page: Open, log: Log, spare_liping: Loaded
) -> None:
    board = board_of(spare_liping)
    asked = SitingQuestion(Question(minutes=2), 2)
    problem = pose(board, board.answer(asked.question), asked, np.empty(0, object))
    proven = prove(problem, lambda: False)
    with served(spare_liping) as address:
        log.served.add(address.removeprefix("http://"))
        page = visit(open_page, address, "minutes=2&mode=siting")
        page.fill("#coverage-site-number", "2")
        page.keyboard.press("Tab")
        page.click("#coverage-site-start")
        page.wait_for_selector(".proof:has-text('已证明')", timeout=WITHIN_MS)
        result = page.inner_text(".result").replace(",", "")
        assert f"{proven['after']} / {proven['all']}" in result
        assert len(page.query_selector_all(".site-mark")) == len(proven["sites"])
        page.click("#coverage-site-scenario")
        page.wait_for_selector(".operations li")
        assert len(page.query_selector_all(".operations li")) == len(proven["sites"])
        gain = proven["after"] - proven["before"]
        page.wait_for_selector(f".effect.gained b:has-text('+{gain:,}')")
        page.close()


def test_on_a_phone_nothing_sticks_out_and_every_control_is_there(
    open_page: Open, site: str
) -> None:
    page = visit(open_page, site, "minutes=2", size=PHONE)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    for mode in ("模拟布点", "布点建议", "缺口"):
        page.click(f"#coverage-mode label:has-text('{mode}')")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_question_without_stations_says_so(open_page: Open, site: str) -> None:
    page = open_page(f"{site}/coverage?minutes=5&services=fire", ready=False)
    page.wait_for_selector("#coverage-figures .says")
    assert "没有符合条件的开放站点" in page.inner_text("#coverage-figures")
