"""Numbers, codes and posts of a plan's grids are final when it leaves 草稿."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from docx import Document

from layers.grids.drafts import publishing
from layers.grids.judge.verdict import Verdict
from layers.kit.findings import Finding
from tests.dashboard.pages.planner.conftest import MARK, Planner
from tests.dashboard.pages.planner.plans import (
    approve,
    draft_of_newest,
    go,
    later_day,
    newest_first,
    publish,
)

pytestmark = pytest.mark.database
COUNTED = "SELECT grid_id, code, number, name FROM plan_grid WHERE plan_id = :plan ORDER BY code"


def sheet(planner: Planner, plan: int, title: str) -> list[dict[str, Any]]:
    answer = planner.client.get(f"/api/planner/plans/{plan}/export/xlsx")
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    head, *rows = list(book[title].iter_rows(min_row=3, values_only=True))
    return [dict(zip(head, row, strict=True)) for row in rows]


def turned(planner: Planner, name: str) -> int:
    """Return a draft in which most of a grid goes to a new one, and a part of it stays.

    The grid that keeps most households of the old one is the new one: it will have its number.
    """
    draft = draft_of_newest(planner, name)
    state, ground = planner.state(draft), planner.ground(draft)
    grid = max(state["grids"], key=lambda g: (g["buildings"], -g["id"]))["id"]
    own = [p for p, g in enumerate(state["assignment"]) if g == grid and ground["households"][p]]
    stays = min(own, key=lambda p: (ground["households"][p], p))
    gone = [p for p, g in enumerate(state["assignment"]) if g == grid and p != stays]
    planner.operate(draft, "new_grid", state["version"], plots=gone, to=-1)
    return draft


def waive_all(planner: Planner, draft: int) -> None:
    for finding in planner.state(draft)["findings"]:
        if finding["severity"] == "error" and not finding["waived"]:
            planner.post(
                f"/drafts/{draft}/waivers", 201, grid=finding["grid"], finding=finding["code"],
                reason="试", by="丙",
            )  # fmt: skip


@pytest.fixture(scope="module")
def printed(planner: Planner) -> dict[str, Any]:
    """The papers of a plan as they were stamped, and after it came into force."""
    before = newest_first(planner)[0]["id"]
    draft = turned(planner, "定稿")
    waive_all(planner, draft)
    drawn = planner.get(f"/compare?a={before}&b={draft}")
    provisional = planner.loaded.rows(COUNTED, plan=draft)
    go(planner, draft, "征求意见")
    found: dict[str, Any] = {
        "plan": draft,
        "before": before,
        "drawn": drawn,
        "provisional": provisional,
        "final": planner.loaded.rows(COUNTED, plan=draft),
    }
    go(planner, draft, "送审")
    go(planner, draft, "批复", document_number="演〔2026〕8号")
    found["stamped"] = [sheet(planner, draft, t) for t in ("网格划分登记表", "楼栋清单")]
    found["stamped compared"] = planner.get(f"/compare?a={before}&b={draft}")
    publish(planner, draft, later_day(planner))
    found["in force"] = [sheet(planner, draft, t) for t in ("网格划分登记表", "楼栋清单")]
    found["compared"] = planner.get(f"/compare?a={before}&b={draft}")
    return found


def test_coming_into_force_changes_no_number_no_code_and_no_post(
    planner: Planner, printed: dict[str, Any]
) -> None:
    register = [[(r["网格编码"], r["网格名称"], r["户数"], r["负责人"]) for r in rows]
                for rows in (printed["stamped"][0], printed["in force"][0])]  # fmt: skip
    assert register[0] == register[1]
    buildings = [{r["楼栋号（系统）"]: (r["网格编码"], r["网格名称"]) for r in rows}
                 for rows in (printed["stamped"][1], printed["in force"][1])]  # fmt: skip
    assert len(buildings[0]) == 59
    assert buildings[0] == buildings[1]
    assert planner.loaded.rows(COUNTED, plan=printed["plan"]) == printed["final"]


def test_the_number_goes_to_the_grid_that_keeps_most_when_the_draft_leaves_its_stage(
    planner: Planner, printed: dict[str, Any]
) -> None:
    before = {r["code"]: r["grid_id"] for r in planner.loaded.rows(COUNTED, plan=printed["before"])}
    final = {r["code"]: r["grid_id"] for r in printed["final"]}
    provisional = {r["code"]: r["grid_id"] for r in printed["provisional"]}
    # Code and grid stay together; while it was drawn the small rest had both.
    assert before.items() <= final.items()
    assert provisional.keys() == final.keys()
    (new,) = final.keys() - before.keys()
    assert provisional[new] != final[new]


@pytest.mark.parametrize("when", ["drawn", "stamped compared", "compared"])
def test_a_comparison_lists_no_grid_that_goes_to_itself(printed: dict[str, Any], when: str) -> None:
    rows = printed[when]["from_to"]
    assert rows
    assert [r for r in rows if r["from"] == r["to"]] == []
    assert [(r["from"], r["to"], r["buildings"]) for r in rows] == [
        (r["from"], r["to"], r["buildings"]) for r in printed["compared"]["from_to"]
    ]


def test_the_papers_list_the_buildings_with_the_grid_before_and_after(
    planner: Planner, printed: dict[str, Any]
) -> None:
    (flow,) = printed["compared"]["from_to"]
    for rows in (printed["stamped"][1], printed["in force"][1]):
        moved = [r for r in rows if r["原网格 → 新网格"] != "不变"]
        assert len(moved) == flow["buildings"] == printed["compared"]["moved"]["buildings"]
        assert {(r["原网格编码"], r["网格编码"]) for r in moved} == {(flow["from"], flow["to"])}
        assert all(r["原网格 → 新网格"] == f"{r['原网格']} → {r['网格名称']}" for r in moved)
        assert all(r["原网格编码"] == r["网格编码"] for r in rows if r not in moved)
    answer = planner.client.get(f"/api/planner/plans/{printed['plan']}/export/docx")
    said = [p.text for p in Document(io.BytesIO(answer.data)).paragraphs]
    at = said.index("楼栋：原网格 → 新网格")
    assert f"{flow['from']} → {flow['to']}" in said[at + 2]


def test_what_a_draft_out_for_comment_numbered_nobody_else_gets(planner: Planner) -> None:
    """Two drafts of one plan, each with a new grid: the numbers differ, whoever is first."""
    drafts = [turned(planner, name) for name in ("甲稿", "乙稿")]
    new = []
    for draft in drafts:
        standing = {g["number"] for g in planner.state(newest_first(planner)[0]["id"])["grids"]}
        go(planner, draft, "征求意见")
        (number,) = {g["number"] for g in planner.state(draft)["grids"]} - standing
        new.append(number)
    assert new[0] != new[1]


def test_a_draft_taken_back_is_drawn_again_and_numbered_when_it_leaves_again(
    planner: Planner,
) -> None:
    draft = turned(planner, "撤回再送")
    assert not planner.get(f"/drafts/{draft}")["numbered"]
    go(planner, draft, "征求意见")
    assert planner.get(f"/drafts/{draft}")["numbered"]
    go(planner, draft, "草稿", comment="再改")
    assert not planner.get(f"/drafts/{draft}")["numbered"]
    state = planner.state(draft)
    # What was drawn under other ids cannot be undone; what is drawn now can.
    assert state["undo"] == 0
    plot, to = planner.border(draft)
    change = planner.operate(draft, "brush", state["version"], plots=[plot], to=to)
    planner.post(
        f"/drafts/{draft}/undo", community=planner.community(), version=change["version"], by="甲"
    )
    assert planner.state(draft)["assignment"] == state["assignment"]
    go(planner, draft, "征求意见")
    assert [g["code"] for g in planner.state(draft)["grids"]] == [g["code"] for g in state["grids"]]


def test_a_draft_says_on_paper_that_its_numbers_are_provisional(planner: Planner) -> None:
    draft = planner.draft(name="未定")
    book = [planner.client.get(f"/api/planner/plans/{draft}/export/xlsx").data]
    go(planner, draft, "征求意见")
    book.append(planner.client.get(f"/api/planner/plans/{draft}/export/xlsx").data)
    notes = [str(openpyxl.load_workbook(io.BytesIO(b))["网格划分登记表"]["A2"].value) for b in book]
    assert ["暂编" in note for note in notes] == [True, False]


def test_what_the_judge_finds_is_said_in_words_and_by_the_grid_s_number(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = planner.draft(name="复核")
    approve(planner, draft)
    about = {"area_m2": 12, "width_m": 3}
    found = Verdict((Finding("gap", subject="522301001001004", values=about),), {})
    monkeypatch.setattr(publishing, "judge", lambda *_: found)
    answer = planner.client.post(
        f"/api/planner/drafts/{draft}/stages?lang=zh",
        json={"stage": "启用", "by": "乙", "in_force_from": later_day(planner).isoformat()},
        headers={**MARK, "Accept-Language": "zh"},
    )
    assert answer.status_code == 409
    (said,) = [f["message"] for f in answer.get_json()["findings"]]
    assert "栗坪社区第4网格：有 12 平方米（最宽 3 米）不属于任何网格" in said
