"""The planner's desk says what is on the screen and loses nothing, without a line or with a pen."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.conftest import WITHIN_MS, Log, Open
from tests.browser.planner.desk import (
    Desk,
    forgive_icon,
    load_county,
    new_draft,
    open_desk,
    plan_id,
    serve_county,
    stored,
)
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]
__all__ = ["forgive_icon", "load_county", "open_desk", "serve_county"]

UNSENT = "() => getu.planner.sync.items.length"
PEN = """
    const send = (type, id, kind, [x, y], buttons) => {
        const about = {pointerId: id, pointerType: kind, clientX: x, clientY: y, buttons,
                       button: buttons ? 0 : -1, bubbles: true, cancelable: true};
        map.getContainer().dispatchEvent(new PointerEvent(type, about));
    };
"""


def grow(desk: Desk, grid: int, home: Any) -> None:
    desk.choose(grid)
    desk.page.keyboard.press("b")
    desk.drag(desk.label(grid), home[:2])


def away(desk: Desk, log: Log, *, lost: bool) -> None:
    """Cut the line, or mend it; complaints of cut requests are the test's own doing."""
    desk.page.context.set_offline(lost)
    if not lost:
        # Of what was under way when the line came back, the complaint comes a moment later.
        desk.rest()
        log.complaints[:] = [
            c
            for c in log.complaints
            if not re.search("ERR_INTERNET_DISCONNECTED|offline|Failed to fetch|/health", c)
        ]


def test_another_draft_chosen_without_a_line_loses_nothing_and_saving_goes_on(
    desk: Desk, county: Loaded, log: Log
) -> None:
    first, page = plan_id(desk), desk.page
    new_draft(desk, "in_force", "第二份")
    second = plan_id(desk)
    away(desk, log, lost=True)
    before = desk.loads
    grow(desk, 6, desk.homes(10)[0])
    page.select_option("#planner-draft", str(first))
    page.wait_for_function("() => document.querySelector('.planner-notice')")
    # What was open is still open, and still says so.
    assert plan_id(desk) == second
    assert page.input_value("#planner-draft") == str(second)
    grow(desk, 3, desk.homes(2)[0])
    drawn = desk.loads
    assert drawn != before
    assert page.evaluate(UNSENT) == 2
    away(desk, log, lost=False)
    page.wait_for_function("() => !getu.planner.sync.items.length", timeout=WITHIN_MS)
    desk.rest()
    assert stored(county, second) == drawn
    page.select_option("#planner-draft", str(first))
    page.wait_for_function("(id) => getu.planner.draft.id === id", arg=first)


def test_what_is_not_saved_is_told_as_it_is_on_the_screen_and_never_green(
    desk: Desk, log: Log
) -> None:
    page = desk.page
    away(desk, log, lost=True)
    loads = desk.loads
    full = max(loads, key=lambda n: loads[n])
    for home in desk.homes(min(loads, key=lambda n: loads[n])):
        grow(desk, full, home)
        if desk.loads[full] > 300:
            break
    assert desk.loads[full] > 300
    said = desk.text("#planner-findings")
    assert f"第{full}网格" in said
    assert f"超出上限 300 户 {desk.loads[full] - 300} 户" in said
    assert page.query_selector("#planner-findings .good, #planner-blocking.good") is None
    # The list of communities says the same.
    assert "1 个超限" in desk.text("#planner-community option:checked")
    while desk.ask("return d.sync.items.length > 0"):
        page.keyboard.press("Control+z")
    assert page.query_selector("#planner-blocking.good") is not None
    assert "超限" not in desk.text("#planner-community option:checked")
    away(desk, log, lost=False)


def test_keys_do_nothing_behind_a_window_and_the_focus_goes_in_and_back(desk: Desk) -> None:
    page, before = desk.page, desk.loads
    page.click("#planner-new")
    page.wait_for_selector(".planner-dialog")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.evaluate("document.activeElement.blur()")
    for key in ("b", "Control+z", "g", "d"):
        page.keyboard.press(key)
    assert desk.ask("return d.tools.tool") == "select"
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('dialog')")
    assert page.evaluate("document.activeElement.id") == "planner-new"
    page.click("#planner-compare-open")
    page.wait_for_selector("#compare-tables table")
    assert page.evaluate("document.activeElement.closest('#planner-compare') !== null")
    page.keyboard.press("x")
    assert desk.ask("return d.tools.tool") == "select"
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.querySelector('#planner-compare').hidden")
    assert page.evaluate("document.activeElement.id") == "planner-compare-open"
    assert desk.loads == before


@pytest.mark.parametrize("palm", ["before", "while"])
def test_a_pen_paints_while_the_palm_rests(desk: Desk, palm: str) -> None:
    before, home = desk.loads, desk.homes(10)[0]
    desk.choose(6)
    desk.page.keyboard.press("b")
    zoom = desk.ask("return map.getZoom()")
    desk.ask(
        PEN
        + """
        const [from, to, palm, when] = a, rest = [palm[0], palm[1] + 90];
        const down = () => send('pointerdown', 71, 'touch', rest, 1);
        if (when === 'before') {
            down();
            send('pointermove', 71, 'touch', [rest[0] + 3, rest[1]], 1);
        }
        send('pointerdown', 72, 'pen', from, 1);
        if (when === 'while') down();
        for (let i = 1; i <= 8; i++) {
            send('pointermove', 72, 'pen',
                 [from[0] + (to[0] - from[0]) * i / 8, from[1] + (to[1] - from[1]) * i / 8], 1);
            send('pointermove', 71, 'touch', [rest[0] + i, rest[1]], 1);
        }
        send('pointerup', 72, 'pen', to, 0);
        send('pointerup', 71, 'touch', rest, 0);
        """,
        [desk.label(6), home[:2], desk.label(6), palm],
    )
    desk.rest()
    after = desk.loads
    assert after[6] > before[6]
    assert sum(after.values()) == sum(before.values())
    assert desk.ask("return map.getZoom()") == zoom


def test_a_link_keeps_its_view(desk: Desk, open_page: Open, county_site: str) -> None:
    place = desk.ask("const c = map.getCenter(); return [c.lat + 0.0011, c.lng - 0.0013]")
    at = f"{place[0]:.5f},{place[1]:.5f},17"
    page = open_page(f"{county_site}/planner?draft={plan_id(desk)}&at={at}", ready=False)
    seen = Desk(page).ask("const c = map.getCenter(); return [c.lat, c.lng, map.getZoom()]")
    assert seen[2] == 17
    assert abs(seen[0] - place[0]) < 2e-4
    assert abs(seen[1] - place[1]) < 2e-4


def test_a_waiver_is_shown_with_why_who_and_when_and_withdrawn(desk: Desk) -> None:
    page, loads = desk.page, desk.loads
    full = max(loads, key=lambda n: loads[n])
    for home in desk.homes(min(loads, key=lambda n: loads[n])):
        grow(desk, full, home)
        desk.rest()
        if desk.loads[full] > 300:
            break
    over = "#planner-findings .finding-error:has-text('超出上限')"
    page.click(f"{over} button:has-text('特殊情况说明')")
    page.fill(".planner-dialog [name=reason]", "安置点，年底分流")
    page.click(".planner-dialog [type=submit]")
    page.wait_for_selector(f"{over} .waiver")
    said = desk.text(f"{over} .waiver")
    assert f"{desk.loads[full]} 户以内" in said
    assert "安置点，年底分流（王网格，20" in said
    page.click(f"{over} .waiver button")
    page.click(".planner-dialog [type=submit]")
    page.wait_for_function("() => !document.querySelector('#planner-findings .waiver')")
    assert page.query_selector("#planner-findings .finding-error.waived") is None
    assert page.query_selector(f"{over} button:has-text('特殊情况说明')") is not None


def test_a_plan_of_a_later_day_is_named_and_taken_back(desk: Desk, county: Loaded) -> None:
    page, plan = desk.page, plan_id(desk)
    for _ in range(4):
        page.click("#planner-stages [data-stage=forward], #planner-stages [data-stage=publish]")
        page.fill(".planner-dialog [name=comment]", "同意")
        page.fill(".planner-dialog [name=document_number]", "栗格〔2026〕3号")
        if page.query_selector(".planner-dialog [name=in_force_from]"):
            page.fill(".planner-dialog [name=in_force_from]", "2039-01-01")
        stage = desk.ask("return d.draft.stage")
        page.click(".planner-dialog [type=submit]")
        page.wait_for_function("(s) => getu.planner.draft.stage !== s", arg=stage)
        desk.rest()
    assert "2039-01-01" in desk.text("#planner-coming")
    chosen = page.eval_on_selector(
        "#planner-draft option:checked", "(o) => [o.parentElement.label, o.textContent]"
    )
    assert chosen[0] == "将启用"
    assert "将启用（2039-01-01）" in chosen[1]
    page.click("#planner-coming button")
    page.fill(".planner-dialog [name=comment]", "日期要改")
    page.click(".planner-dialog [type=submit]")
    page.wait_for_function("() => !getu.planner.draft.published")
    assert county.value("SELECT published_at FROM plan WHERE id = :id", id=plan) is None
    assert page.query_selector("#planner-coming") is None
