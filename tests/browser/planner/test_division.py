"""Automatic division with a real mouse: candidates, choices, repair, cancelling, two browsers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text as sql

from dashboard.text import text
from data.engine import transaction
from data.jobs import write as jobs
from tests.browser.conftest import Log, Open, served
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]
DRAWN = "() => window.getu?.planner?.plan && getu.planner.sync && getu.planner.canvas._map"
MADE_MS = 60_000


@pytest.fixture
def own_site(spare_liping: Loaded, log: Log) -> Iterator[str]:
    with served(spare_liping) as address:
        log.served.add(urlsplit(address).netloc)
        yield address


@pytest.fixture
def page(own_site: str, open_page: Open) -> Any:
    """Return the planner's page; it is closed before its server."""
    return planner(open_page, own_site)


def planner(open_page: Open, site: str, *, fresh: bool = False) -> Any:
    page = open_page(f"{site}/planner", ready=False, fresh=fresh)
    page.wait_for_function(DRAWN)
    return page


def say(key: str, **values: Any) -> str:
    return text(key, "zh", values)


def divide(page: Any, *, variants: int = 1) -> None:
    page.click("[data-division=divide]")
    page.click(f"#division-form input[name=variants][value='{variants}']")
    page.click("#division-start")


def table(page: Any) -> None:
    page.wait_for_selector(".division-table", timeout=MADE_MS)


def row(page: Any, title: str) -> list[str]:
    """Return what a row of the table says: now, then every candidate."""
    line = page.locator(".division-table tbody tr", has=page.locator("th", has_text=title))
    return [cell.strip() for cell in line.locator("td").all_inner_texts()]


def grids(page: Any) -> list[tuple[int, int]]:
    """Return number and households of the grids on the page, by number."""
    found = page.evaluate(
        "() => getu.planner.plan.grids.map((g, i) => [g.number, getu.planner.plan.sums[i]])"
        ".filter((r) => r[1].plots).map((r) => [r[0], r[1].households])"
    )
    return sorted((int(n), int(h)) for n, h in found)


def draft(page: Any) -> int:
    return int(page.evaluate("() => getu.planner.draft.id"))


def choose(page: Any, selector: str) -> None:
    before = page.evaluate("() => [getu.planner.draft.id, getu.planner.state.version].join()")
    page.click(selector)
    page.wait_for_function(
        "(before) => !document.getElementById('division-dialog')"
        " && [getu.planner.draft.id, getu.planner.state.version].join() !== before",
        arg=before,
    )


def new_draft(page: Any, name: str) -> None:
    """Open a new draft of the plan in force."""
    page.click("#planner-new")
    page.fill("dialog input[name=name]", name)
    page.fill("dialog input[name=by]", "甲")
    page.click("dialog button[type=submit]")
    page.wait_for_function("() => getu.planner.state?.editable")
    page.wait_for_function("() => !document.querySelector('dialog')")


def click_grid(page: Any, number: int) -> None:
    """Click a grid on the map, at the plot of it with most room."""
    x, y = page.evaluate(
        """(number) => {
            const d = getu.planner, map = getu.map();
            const g = d.plan.grids.findIndex((o, i) => o.number === number && d.plan.sums[i].plots);
            const p = d.plan.members(g).sort((a, b) => d.plan.area[b] - d.plan.area[a])[0];
            const [lon, lat] = d.shapes.toDegrees(d.shapes.px[p], d.shapes.py[p]);
            const at = map.latLngToContainerPoint([lat, lon]);
            const box = map.getContainer().getBoundingClientRect();
            return [box.x + at.x, box.y + at.y];
        }""",
        number,
    )
    page.mouse.click(x, y)
    page.wait_for_function(
        "(n) => getu.planner.plan.grids[getu.planner.selected]?.number === n", arg=number
    )


def test_a_candidate_becomes_a_draft_that_undo_takes_back(page: Any, spare_liping: Loaded) -> None:
    divide(page)
    table(page)
    made = row(page, say("division.grids", bound=9))
    assert made[0] == "12"  # the plan in force
    assert all(9 <= int(cell) < 12 for cell in made[1:])
    assert all(cell.startswith("✓") for cell in row(page, say("division.certificate"))[1:])
    wanted = say("finding.fewer_grids", possible=int(made[1]), grids=12)
    assert wanted in row(page, say("division.why"))[1]
    # The plan in force is not editable: only a new draft is offered.
    assert page.locator("[data-choose]").count() == 0
    before = grids(page)
    choose(page, "[data-choose-new='0']")
    after = grids(page)
    assert len(after) == int(made[1])
    stored = spare_liping.rows(
        "SELECT number, households FROM plan_grid WHERE plan_id = :plan ORDER BY number",
        plan=draft(page),
    )
    assert [(r["number"], r["households"]) for r in stored] == after
    operations = spare_liping.value(
        "SELECT count(*) FROM plan_operation WHERE plan_id = :plan AND kind <> 'start'",
        plan=draft(page),
    )
    assert operations == 1
    page.click("#planner-undo")
    page.wait_for_function("(n) => getu.planner.plan.sums.filter((s) => s.plots).length === n",
                           arg=len(before))  # fmt: skip
    assert grids(page) == before


def test_one_grid_in_two_and_two_evened_from_the_map(page: Any) -> None:
    new_draft(page, "拆分")
    before = dict(grids(page))
    largest = max(before, key=lambda n: before[n])
    click_grid(page, largest)
    page.click("[data-division=split]")
    table(page)
    choose(page, "[data-choose='0']")
    after = dict(grids(page))
    (new,) = set(after) - set(before)
    assert after[largest] + after[new] == before[largest]
    assert {n: h for n, h in after.items() if n not in (largest, new)} == {
        n: h for n, h in before.items() if n != largest
    }
    click_grid(page, largest)
    page.click("[data-division=even]")
    page.click("[data-even] >> nth=0")  # the neighbour whose load differs most
    table(page)
    choose(page, "[data-choose='0']")
    evened = dict(grids(page))
    (other,) = {n for n in evened if evened[n] != after[n]} - {largest}
    assert evened[largest] + evened[other] == after[largest] + after[other]
    assert abs(evened[largest] - evened[other]) < abs(after[largest] - after[other])


def test_a_repair_says_how_many_moved_and_why(page: Any) -> None:
    new_draft(page, "修复")
    loads = dict(grids(page))
    merged = page.evaluate(
        """async () => {
            const { plan, state } = getu.planner;
            const near = (g) => new Set(plan.members(g).flatMap((p) => Array.from(
                plan.links.to.slice(plan.links.start[p], plan.links.start[p + 1]),
                (q) => plan.gridOf[q])).filter((h) => h !== g));
            const g = plan.sums.findIndex((s) => s.plots);
            const [h] = near(g);
            const ids = [plan.grids[g].id, plan.grids[h].id];
            await getu.planSync.call(`/drafts/${state.draft}/operations`, { method: 'POST', body: {
                community: state.community, version: state.version, kind: 'merge', grids: ids,
                to: ids[0], token: 'merge' } });
            await getu.planner.open(state.draft, state.community);
            return plan.grids[g].number;
        }"""
    )
    full = dict(grids(page))[merged]
    assert full > 300
    page.click("[data-division=repair]")
    page.click("#division-start")
    table(page)
    assert row(page, say("division.over")) == ["1", "0"]
    assert say("division.reason_over_limit") in row(page, say("division.moves"))[1]
    said = row(page, say("division.changed"))[1]
    choose(page, "[data-choose='0']")
    after = dict(grids(page))
    assert max(after.values()) <= 300
    assert sum(after.values()) == sum(loads.values())
    left = full - after[merged]
    assert said.startswith(f"{left:,} 户")


def test_a_division_is_cancelled_and_changes_nothing(page: Any, spare_liping: Loaded) -> None:
    plans = "SELECT count(*) FROM plan"
    before = spare_liping.value(plans)
    divide(page, variants=3)
    page.click("#division-dialog .division-cancel")
    page.wait_for_selector(f"#division-dialog >> text={say('division.cancelled')}", timeout=MADE_MS)
    assert spare_liping.value("SELECT state FROM job ORDER BY id DESC LIMIT 1") == "cancelled"
    assert spare_liping.value(plans) == before


def test_a_page_loaded_anew_goes_on_with_its_division(page: Any) -> None:
    divide(page, variants=3)
    page.wait_for_selector("#division-dialog .division-bar")
    page.reload()
    page.wait_for_function(DRAWN)
    table(page)
    assert page.locator("[data-choose-new]").count() >= 1


def test_what_a_killed_process_left_is_done_by_the_program_that_starts_next(
    open_page: Open, spare_liping: Loaded, log: Log
) -> None:
    """The row of a job whose process was killed a minute ago, as the database then has it."""
    with transaction(spare_liping.engine) as c:
        request = {"what": "divide", "draft": None, "communities": [], "prefer": ["fewest"]}
        made = jobs.create_job(c, spare_liping.code, "division", request, "甲")
        assert jobs.take_job(c, ["division"], "a process that is no more") is not None
        c.execute(sql("UPDATE job SET alive_at = now() - interval '1 minute'"))
    with served(spare_liping) as address:
        log.served.add(urlsplit(address).netloc)
        page = planner(open_page, address)
        page.click("[data-division=results]")
        page.click(f"[data-job='{made}']")
        table(page)
    assert spare_liping.value("SELECT tries FROM job") == 2


def test_whoever_chooses_second_gets_a_branch_and_is_told(
    own_site: str, open_page: Open, page: Any, log: Log
) -> None:
    new_draft(page, "两人")
    other = planner(open_page, own_site, fresh=True)
    other.evaluate("(id) => getu.planner.open(id, null)", draft(page))
    other.wait_for_function("(id) => getu.planner.draft.id === id && getu.planner.state.editable",
                            arg=draft(page))  # fmt: skip
    for one in (page, other):
        divide(one)
    for one in (page, other):
        table(one)
    choose(page, "[data-choose='0']")
    first = draft(page)
    choose(other, "[data-choose='1']")
    assert any(c.startswith("409") for c in log.complaints)
    log.complaints = [c for c in log.complaints if "409" not in c]
    assert draft(other) != first
    other.wait_for_selector("#planner-told:not([hidden])")
    assert say("division.branched", why="").split("：")[0] in other.inner_text("#planner-told")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_word_of_the_window_is_in_the_language(
    own_site: str, open_page: Open, lang: str
) -> None:
    page = open_page(f"{own_site}/planner?lang={lang}", ready=False)
    page.wait_for_function(DRAWN)
    divide(page)
    table(page)
    shown = page.inner_text("#division-dialog")
    assert "division." not in shown
    assert "{" not in shown
    if lang == "en":
        named = shown.replace("栗坪社区", "")
        assert not [ch for ch in named if "\u4e00" <= ch <= "\u9fff"]
