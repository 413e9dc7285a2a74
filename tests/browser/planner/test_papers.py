"""What surrounds a redrawn plan, by real clicks: locks, waivers, stages, scans, files, names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Log
from tests.browser.planner.desk import (
    Desk,
    forgive_icon,
    load_county,
    new_draft,
    open_desk,
    open_own_desk,
    plan_id,
    serve_county,
    serve_own,
    stored,
)
from tests.demonstration import Loaded

__all__ = ["forgive_icon", "load_county", "open_desk", "open_own_desk", "serve_county", "serve_own"]
pytestmark = [pytest.mark.browser, pytest.mark.database]
NO_DIALOG = "() => !document.querySelector('.planner-dialog')"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def send(desk: Desk) -> None:
    """Send the open window and wait until the desk has taken its answer."""
    desk.page.click(".planner-dialog [type=submit]")
    desk.page.wait_for_function(NO_DIALOG)
    desk.rest()


def step(desk: Desk, kind: str, **fields: str) -> None:
    """Go to another stage."""
    stage = desk.ask("return d.draft.stage")
    desk.page.click(f"#planner-stages [data-stage={kind}]")
    for name, value in fields.items():
        desk.page.fill(f".planner-dialog [name={name}]", value)
    desk.page.click(".planner-dialog [type=submit]")
    desk.page.wait_for_function("(s) => getu.planner.draft.stage !== s", arg=stage)
    desk.page.wait_for_function(NO_DIALOG)
    desk.rest()


def neighbours(desk: Desk) -> tuple[int, int, list[float]]:
    """Return two grids beside each other, and a place of a home of the second at their border."""
    one, two, x, y = desk.ask(
        """
        const p = d.plan;
        for (let v = 0; v < p.n; v++) {
            if (!p.households[v]) continue;
            for (let i = p.links.start[v]; i < p.links.start[v + 1]; i++) {
                const g = p.gridOf[p.links.to[i]];
                if (g !== p.gridOf[v]) {
                    return [p.grids[g].number, p.grids[p.gridOf[v]].number,
                            ...screen(d.shapes.px[v], d.shapes.py[v])];
                }
            }
        }
        """
    )
    return one, two, [x, y]


def merged(desk: Desk) -> int:
    """Merge two neighbours by two clicks, so that the limit is broken; return the number left."""
    one, two, _ = neighbours(desk)
    desk.choose(one)
    desk.page.keyboard.press("m")
    desk.page.mouse.click(*desk.label(two))
    desk.rest()
    assert desk.loads[one] > 300
    return one


def test_a_breach_is_waived_with_name_and_reason_and_then_blocks_no_more(
    desk: Desk, county: Loaded
) -> None:
    merged(desk)
    page = desk.page
    assert page.inner_text("#planner-blocking").startswith("■")
    page.click("#planner-findings .finding-error .row button:last-child")
    page.fill(".planner-dialog [name=reason]", "两栋楼一个单元门，分不开")
    send(desk)
    assert page.inner_text("#planner-blocking").startswith("✓")
    (row,) = county.rows(
        "SELECT finding, reason, by FROM plan_waiver WHERE plan_id = :p", p=plan_id(desk)
    )
    assert dict(row) == {
        "finding": "grid_over_limit",
        "reason": "两栋楼一个单元门，分不开",
        "by": "王网格",
    }


def test_a_plan_goes_out_comes_back_with_a_comment_and_is_withdrawn(
    desk: Desk, county: Loaded
) -> None:
    step(desk, "forward", comment="请各社区提意见")
    assert desk.ask("return d.state.editable") is False
    step(desk, "forward", comment="送审")
    desk.page.click("#planner-stages [data-stage=back]")
    desk.page.click(".planner-dialog [type=submit]")  # a comment is asked for
    assert desk.page.locator(".planner-dialog").count() == 1
    desk.page.keyboard.press("Escape")
    step(desk, "back", comment="3 号网格与河道不符")
    step(desk, "withdraw", comment="撤回重画")
    assert desk.ask("return [d.draft.stage, d.state.editable]") == ["草稿", True]
    said = county.rows(
        "SELECT stage, comment FROM plan_stage WHERE plan_id = :p ORDER BY id", p=plan_id(desk)
    )
    assert [(r["stage"], r["comment"]) for r in said] == [
        ("征求意见", "请各社区提意见"),
        ("送审", "送审"),
        ("征求意见", "3 号网格与河道不符"),
        ("草稿", "撤回重画"),
    ]
    desk.page.click("#planner-stages summary")
    assert "3 号网格与河道不符" in desk.text("#planner-stages")


def test_the_scan_of_the_stamped_document_comes_back_byte_for_byte(
    desk: Desk, tmp_path: Path
) -> None:
    scan = tmp_path / "批复（盖章）.pdf"
    scan.write_bytes(PDF)
    page = desk.page
    page.click("#planner-stages [data-stage=forward]")
    page.set_input_files(".planner-dialog [name=file]", scan)
    send(desk)
    page.click("#planner-stages summary")
    with page.expect_download() as download:
        page.click("#planner-stages .history a")
    assert download.value.suggested_filename == scan.name
    assert Path(download.value.path()).read_bytes() == PDF


def test_what_is_no_scan_is_refused_in_words(desk: Desk, tmp_path: Path, log: Log) -> None:
    wrong = tmp_path / "批复.pdf"
    wrong.write_bytes(b"MZ this is a program")
    page = desk.page
    page.click("#planner-stages [data-stage=forward]")
    page.set_input_files(".planner-dialog [name=file]", wrong)
    page.click(".planner-dialog [type=submit]")
    page.wait_for_function("() => document.querySelector('.planner-dialog .loud')?.textContent")
    assert desk.ask("return d.draft.stage") == "草稿"
    log.complaints[:] = [c for c in log.complaints if "400" not in c]


def test_a_grid_layer_is_brought_in_and_says_what_was_moved(
    desk: Desk, tmp_path: Path, county: Loaded
) -> None:
    halves = tmp_path / "旧网格.geojson"
    west, south, east, north = county.rows(
        "SELECT ST_XMin(geom) AS w, ST_YMin(geom) AS s, ST_XMax(geom) AS e, ST_YMax(geom) AS n"
        " FROM division WHERE kind = 'community'"
    )[0].values()
    middle = (west + east) / 2
    halves.write_text(json.dumps({
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"name": name}, "geometry": {
                "type": "Polygon", "coordinates": [[
                    [a, south], [b, south], [b, north], [a, north], [a, south]]]}}
            for name, a, b in (("西", west, middle), ("东", middle, east))
        ],
    }))  # fmt: skip
    page = desk.page
    page.click("#planner-new")
    page.fill(".planner-dialog [name=name]", "旧图导入")
    page.select_option(".planner-dialog [name=source]", "file")
    page.set_input_files(".planner-dialog [name=file]", halves)
    page.fill(".planner-dialog [name=crs]", "EPSG:4490")
    page.click(".planner-dialog [type=submit]")
    page.wait_for_function("() => getu.planner.draft?.name === '旧图导入' && getu.planner.plan")
    desk.rest()
    assert len(desk.loads) == 2
    assert sum(desk.loads.values()) == 2672
    assert "2" in desk.text(".planner-notice")
    assert stored(county, plan_id(desk)) == desk.loads


def test_a_draft_is_renamed_and_deleted(desk: Desk, county: Loaded) -> None:
    page, draft = desk.page, plan_id(desk)
    page.click("#planner-drafts .row button:nth-child(2)")
    page.fill(".planner-dialog [name=name]", "第二稿")
    send(desk)
    assert county.value("SELECT name FROM plan WHERE id = :p", p=draft) == "第二稿"
    assert "第二稿" in desk.text("#planner-draft option:checked")
    page.click("#planner-drafts .row button:nth-child(3)")
    page.click(".planner-dialog [type=submit]")
    page.wait_for_function("(p) => getu.planner.draft?.id !== p", arg=draft)
    assert county.value("SELECT count(*) FROM plan WHERE id = :p", p=draft) == 0


def test_a_locked_plot_stays_whatever_the_brush_does(desk: Desk, county: Loaded) -> None:
    one, two, place = neighbours(desk)
    page = desk.page
    page.keyboard.press("o")
    page.mouse.click(*place)
    page.wait_for_function("() => getu.planner.state.locked_plots.length === 1")
    before = desk.loads
    desk.choose(one)
    page.keyboard.press("b")
    page.keyboard.press("[")
    page.keyboard.press("[")  # a single plot
    desk.drag(place, [place[0] + 1, place[1] + 1])
    desk.rest()
    assert desk.loads == before
    page.keyboard.press("o")
    page.mouse.click(*place)
    page.wait_for_function("() => getu.planner.state.locked_plots.length === 0")
    desk.choose(one)
    page.keyboard.press("b")
    desk.drag(place, [place[0] + 1, place[1] + 1])
    desk.rest()
    assert desk.loads[two] < before[two]
    assert stored(county, plan_id(desk)) == desk.loads


def test_a_stroke_with_a_source_takes_from_that_grid_only(desk: Desk) -> None:
    one, two, place = neighbours(desk)
    third = next(n for n in desk.loads if n not in (one, two))
    page = desk.page
    desk.choose(third)
    page.keyboard.press("f")  # only from the third
    desk.choose(one)
    before = desk.loads
    page.keyboard.press("b")
    desk.drag(place, [place[0] + 2, place[1] + 2])
    desk.rest()
    assert desk.loads[two] == before[two]
    page.keyboard.press("f")
    desk.drag(place, [place[0] + 2, place[1] + 2])
    desk.rest()
    assert desk.loads[two] < before[two]


def test_part_of_a_community_becomes_one_of_its_own_and_is_taken_back(
    own_desk: Desk, spare_liping: Loaded
) -> None:
    desk, page = own_desk, own_desk.page
    page.click("#planner-territory-open")
    page.wait_for_selector("#planner-territory")
    page.fill("#territory-name", "栗坪东社区")
    for number in (1, 2, 3, 4):
        at = desk.label(number)
        covered = page.evaluate(
            "([x, y]) => Boolean(document.elementFromPoint(x, y)?.closest('#planner-territory'))",
            at,
        )
        if not covered:
            page.mouse.click(*at)
    chosen = desk.ask("return d.choosing.chosen.size")
    assert chosen > 0
    page.click("#territory-preview")
    page.wait_for_selector(".territory-parts, #territory-said:not(:empty)")
    if page.locator(".territory-parts").count() == 0:  # these grids do not hang together: half
        page.click("#planner-territory .row button:nth-child(2)")
        box = page.locator(".planner-map .leaflet-container").bounding_box()
        page.keyboard.press("x")
        middle = box["x"] + box["width"] * 0.55
        desk.drag((middle, box["y"] + 40), (middle, box["y"] + box["height"] - 40))
        page.click("#territory-preview")
        page.wait_for_selector(".territory-parts")
    shown = desk.text(".territory-parts")
    assert "栗坪东社区" in shown
    page.fill(".planner-dialog [name=by]", "王网格")
    page.click(".planner-dialog [type=submit]")
    page.wait_for_function(
        "() => window.getu?.planner?.plan && getu.planner.state?.name === '栗坪东社区'"
    )
    rows = spare_liping.rows(
        "SELECT name, is_temporary FROM division WHERE kind = 'community' AND valid_to IS NULL"
        " ORDER BY id"
    )
    assert [(r["name"], r["is_temporary"]) for r in rows] == [
        ("栗坪社区", False),
        ("栗坪东社区", True),
    ]
    held = """
        SELECT sum(households) FROM plan_grid g
        JOIN plan_community c ON c.plan_id = g.plan_id AND c.community_id = g.community_id
        WHERE c.in_force_to IS NULL AND c.in_force_from IS NOT NULL
    """
    assert spare_liping.value(held) == 2672
    page.click("#planner-territory-record")
    page.click("[data-take-back]")
    page.click(".planner-dialog [type=submit]")
    page.wait_for_function(
        "() => window.getu?.planner?.plan && getu.planner.state?.name === '栗坪社区'"
    )
    assert spare_liping.value(
        "SELECT count(*) FROM division WHERE kind = 'community' AND valid_to IS NULL"
    ) == 1  # fmt: skip


def test_two_plans_are_compared_with_the_posts_that_change_grid(own_desk: Desk) -> None:
    desk, page = own_desk, own_desk.page
    merged(desk)
    page.click("#planner-compare-open")
    page.wait_for_selector("#compare-tables tbody tr")
    words: Any = desk.text("#compare-tables")
    assert "换网格的岗位 4 个" in words
    page.keyboard.press("Escape")
    assert page.locator("#compare-tables").count() == 0
    new_draft(desk, "in_force", "另一稿")
