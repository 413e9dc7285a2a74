"""Old grids in a browser: a file in, rulings by click and key, a draft seen on the planner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import WITHIN_MS, Log, served
from tests.demonstration import Loaded, NewDatabase, load
from tests.layers.grids.cases.messy import grids_in_force, messy, pushed, write

pytestmark = [pytest.mark.database, pytest.mark.browser]

CASES = "document.querySelectorAll('#cases-rows [data-item]').length"
DRAWN = "() => window.getu?.planner?.plan && getu.planner.sync && getu.planner.canvas._map"


@pytest.fixture
def own_site(spare_liping: Loaded, log: Log) -> Iterator[str]:
    """Serve 栗坪 of this test's own: its rulings and drafts touch no other test."""
    with served(spare_liping) as address:
        log.served.add(urlsplit(address).netloc)
        yield address


def upload(page: Any, path: Path, name: str) -> None:
    if not page.locator("#cases-upload").evaluate("e => e.open"):
        page.locator("#cases-upload summary").click()
    page.set_input_files("#cases-file", str(path))
    page.fill("#cases-name", name)
    page.locator("#cases-upload button[type=submit]").click()
    page.wait_for_function(f"() => {CASES} > 0")


def count(page: Any) -> list[int]:
    return [int(n) for n in page.locator(".cases-count b").inner_text().split(" / ")]


def test_a_messy_layer_becomes_a_draft_on_the_planners_desk(
    open_page: Any, own_site: str, spare_liping: Loaded, tmp_path: Path
) -> None:
    path = write(messy(grids_in_force(spare_liping), 7), tmp_path / "旧网格.geojson", 4326)
    page = open_page(f"{own_site}/data?tab=cases&county=522301", ready=False, fresh=True)
    page.wait_for_selector("#cases-upload")
    upload(page, path, "2019年旧网格")
    ruled, cases = count(page)
    assert (ruled, page.evaluate(CASES)) == (0, cases)
    assert cases > 3

    # Nobody rules without a name.
    page.locator("#cases-rows [data-item]").last.click()
    page.locator(".claim-a button").click()
    assert page.locator("#cases-told.loud").inner_text()
    assert count(page)[0] == 0
    page.fill("#cases-by", "王莉")

    # By click, by key, put off, and back.
    page.locator(".claim-b button").click()
    page.wait_for_function(
        "() => document.querySelector('.cases-count b').innerText.startsWith('1 ')"
    )
    last = page.locator("#cases-rows [data-item]").last
    assert "王莉" in last.inner_text()
    page.locator("#cases-rows [data-item]").first.click()
    page.keyboard.press("n")
    page.wait_for_selector("#cases-rows li.deferred")
    page.keyboard.press("a")
    page.wait_for_function(
        "() => document.querySelector('.cases-count b').innerText.startsWith('2 ')"
    )
    page.keyboard.press("Control+z")
    page.wait_for_function(
        "() => document.querySelector('.cases-count b').innerText.startsWith('1 ')"
    )

    # A building on the map is chosen by a click on it.
    place = page.locator("#cases-rows li.open").nth(1).get_attribute("data-item")
    page.locator(f"#cases-rows [data-item='{place}']").click()
    page.keyboard.press("Escape")
    box = page.locator("#map").bounding_box()
    # The map stands centred on the building that was chosen last.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(f"#cases-rows [data-item='{place}'][aria-selected='true']")

    # Reloaded, every ruling stands.
    page.reload()
    page.wait_for_function(f"() => {CASES} == {cases}")
    assert count(page) == [1, cases]
    assert page.input_value("#cases-by") == "王莉"

    # All of a kind, then the draft by the proposals for the rest.
    page.locator("#cases-bulk-nearest").click()
    page.wait_for_function(
        "() => Number(document.querySelector('.cases-count b').innerText[0]) > 2"
    )
    assert count(page)[0] < cases
    page.locator("#cases-finish").click()
    page.locator("#cases-accept").click()
    page.wait_for_selector("#cases-report")
    said = page.locator("#cases-report").inner_text()
    assert "2,672" in said
    assert "王莉" in said
    page.locator("#cases-draft").click()
    page.wait_for_function(DRAWN, timeout=WITHIN_MS)
    plan = page.evaluate(
        "() => ({ name: getu.planner.draft.name,"
        " households: getu.planner.plan.sums.reduce((n, s) => n + s.households, 0),"
        " grids: getu.planner.plan.sums.filter((s) => s.plots).length })"
    )
    assert plan == {"name": "2019年旧网格", "households": 2672, "grids": 11}


def test_a_second_person_is_told_who_ruled_first(
    open_page: Any, own_site: str, spare_liping: Loaded, tmp_path: Path, log: Log
) -> None:
    path = write(messy(grids_in_force(spare_liping), 7), tmp_path / "旧网格.geojson", 4326)
    address = f"{own_site}/data?tab=cases&county=522301"
    one = open_page(address, ready=False, fresh=True)
    one.wait_for_selector("#cases-upload")
    upload(one, path, "旧网格")
    two = open_page(address, ready=False, fresh=True)
    two.wait_for_function(f"() => {CASES} > 0")
    # The second page hears of nothing meanwhile.
    two.route("**/standing*", lambda route: route.abort())
    for page, name in ((one, "王莉"), (two, "张强")):
        page.fill("#cases-by", name)
        page.locator("#cases-rows [data-item]").first.click()
    one.locator(".claim-a button").click()
    one.wait_for_selector("#cases-rows li.ruled")
    two.unroute("**/standing*")
    two.locator(".claim-b button").click()
    two.wait_for_selector("#cases-told.loud")
    two.wait_for_selector("#cases-rows li.ruled")
    assert "王莉" in two.locator("#cases-rows li.ruled").inner_text()
    assert count(two)[0] == 1
    # The refusal is an answer, the cut poll was ours.
    forgiven = ("409", "ERR_FAILED")
    log.complaints = [m for m in log.complaints if not any(word in m for word in forgiven)]
    # Put away, the set leaves the list.
    two.locator("#cases-discard").click()
    two.locator("#cases-discard-yes").click()
    two.wait_for_selector("#cases-upload[open]")
    assert two.locator("#cases-set").count() == 0


def test_a_file_of_another_place_lists_its_faults(
    open_page: Any, own_site: str, tmp_path: Path, log: Log
) -> None:
    (tmp_path / "else.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        '{"type":"Polygon","coordinates":[[[9,9],[9.1,9],[9.1,9.1],[9,9]]]}}]}',
        encoding="utf-8",
    )
    page = open_page(f"{own_site}/data?tab=cases&county=522301", ready=False, fresh=True)
    page.wait_for_selector("#cases-upload")
    page.set_input_files("#cases-file", str(tmp_path / "else.geojson"))
    page.locator("#cases-upload button[type=submit]").click()
    page.wait_for_selector("#cases-faults li.error")
    assert "gcj02" in page.locator("#cases-faults").inner_text()
    assert page.locator("#cases-set").count() == 0
    log.complaints = [m for m in log.complaints if "400" not in m]


def test_borders_are_previewed_then_moved_and_plans_carried_over(
    open_page: Any, new_database: NewDatabase, tmp_path: Path, log: Log
) -> None:
    loaded = load(new_database, "sansui")
    path = write(pushed(loaded, 25), tmp_path / "社区勘界.geojson", 4326)
    held = "SELECT coalesce(sum(households), 0) FROM plan_grid g JOIN plan p ON p.id = g.plan_id"
    published = f"{held} WHERE p.published_at IS NOT NULL"
    before = loaded.value(published)
    with served(loaded) as address:
        log.served.add(urlsplit(address).netloc)
        page = open_page(f"{address}/data?tab=cases&county=522624", ready=False, fresh=True)
        page.wait_for_selector("#cases-upload")
        page.select_option("#cases-what", "borders")
        upload(page, path, "2026年勘界")
        page.fill("#cases-by", "王莉")
        # One building by hand, the rest as proposed.
        page.select_option("#cases-kind", "overlap")
        page.locator("#cases-rows [data-item]").first.click()
        label = page.locator("#cases-one h2").inner_text()
        page.locator(".claim-b button").click()
        page.wait_for_selector("#cases-rows li.ruled")
        page.select_option("#cases-kind", "all")
        page.locator("#cases-bulk-proposal").click()
        page.wait_for_function("() => !document.querySelector('#cases-rows li.open')")
        page.locator("#cases-finish").click()
        page.wait_for_selector("#cases-preview")
        said = page.locator("#cases-preview").inner_text()
        assert "现行方案保持不变" in said
        assert label not in said.split("换社区的楼栋")[1].splitlines()
        page.locator("#cases-apply").click()
        page.wait_for_selector("#cases-report", timeout=WITHIN_MS)
        page.locator("#cases-draft").click()
        page.wait_for_function(DRAWN, timeout=WITHIN_MS)
        assert page.evaluate("() => getu.planner.draft.name") == "2026年勘界（边界调整后）"
        page.close()
    assert loaded.value(published) == before
    loaded.engine.dispose()
