"""From a draft to a plan in force: stages, waivers, the judge, codes, dates, immutability."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dashboard.access.principal import INSIDE, RIGHTS_OF, signed_in
from data.engine import transaction
from layers.grids.drafts import publishing
from layers.grids.drafts.approval import next_steps
from layers.grids.judge.verdict import Verdict
from layers.kit.findings import Finding
from tests.dashboard.pages.planner.conftest import MARK, Planner
from tests.dashboard.pages.planner.plans import (
    approve,
    draft_of_newest,
    go,
    grids_on,
    later_day,
    newest_first,
    publish,
)

pytestmark = pytest.mark.database
STAGES = ("草稿", "征求意见", "送审", "批复", "启用")


@pytest.mark.parametrize(
    ("stage", "wanted"),
    [
        ("草稿", [("征求意见", "forward", ())]),
        ("送审", [("批复", "forward", ("document_number",)), ("征求意见", "back", ("comment",)),
                  ("草稿", "withdraw", ("comment",))]),
    ],
)  # fmt: skip
def test_a_plan_goes_one_stage_forward_or_back_with_a_comment(
    stage: str, wanted: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    steps = next_steps(STAGES, stage, published=False, document_number=None)
    assert [(s.stage, s.kind, s.needs) for s in steps] == wanted


def test_the_last_step_publishes_and_needs_its_day_and_number() -> None:
    (step, *_) = next_steps(STAGES, "批复", published=False, document_number=None)
    assert (step.kind, step.needs) == ("publish", ("document_number", "in_force_from"))
    assert next_steps(STAGES, "启用", published=True, document_number="x") == []


def test_stages_are_kept_with_who_when_and_the_scan(planner: Planner) -> None:
    draft = planner.draft()
    scan = planner.client.post(
        f"/api/planner/drafts/{draft}/attachments",
        data={"file": (io.BytesIO(b"%PDF-1.7 stamped"), "批复.pdf"), "by": "乙"},
        headers=MARK,
    ).get_json()
    go(planner, draft, "征求意见", comment="请各社区提意见", attachment=scan["id"])
    go(planner, draft, "草稿", 400)  # going back needs a comment
    detail = go(planner, draft, "草稿", comment="河东社区有意见")
    assert [(h["stage"], h["comment"]) for h in detail["history"]] == [
        ("征求意见", "请各社区提意见"),
        ("草稿", "河东社区有意见"),
    ]
    assert detail["history"][0]["attachment"] == scan
    back = planner.client.get(f"/api/planner/attachments/{scan['id']}")
    assert back.data == b"%PDF-1.7 stamped"
    assert back.headers["Content-Disposition"].encode("latin-1").startswith(b"attachment")


@pytest.mark.parametrize("content", [b"", b"MZ\x90 program", b"<html>"])
def test_a_scan_must_be_a_picture_or_pdf(planner: Planner, content: bytes) -> None:
    answer = planner.client.post(
        f"/api/planner/drafts/{planner.draft()}/attachments",
        data={"file": (io.BytesIO(content), "scan.pdf")},
        headers=MARK,
    )
    assert answer.status_code == 400


def test_a_scan_over_20_mb_is_refused(planner: Planner) -> None:
    large = io.BytesIO(b"%PDF-" + b"0" * (20 * 1024 * 1024))
    answer = planner.client.post(
        f"/api/planner/drafts/{planner.draft()}/attachments",
        data={"file": (large, "scan.pdf")},
        headers=MARK,
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("stage", ["送审", "启用", "nothing", ""])
def test_no_stage_is_left_out(planner: Planner, stage: str) -> None:
    draft = planner.draft()
    assert go(planner, draft, stage, 400)["error"]
    assert planner.get(f"/drafts/{draft}")["stage"] == "草稿"


def test_what_is_out_for_approval_is_not_redrawn(planner: Planner) -> None:
    draft = planner.draft()
    plot, to = planner.border(draft)
    go(planner, draft, "征求意见")
    before = planner.state(draft)
    said = planner.operate(draft, "brush", 1, 409, plots=[plot], to=to, token="late")
    assert "征求意见" in said["error"]
    assert planner.state(draft) == before
    assert not before["editable"]
    # Work that was under way when the plan went out is kept all the same.
    kept = planner.state(said["branch"]["id"])
    assert kept["editable"]
    assert kept["assignment"][plot] == to
    planner.post(f"/drafts/{draft}/undo", 409, community=planner.community(), version=1)


def test_open_errors_block_publishing_until_somebody_answers_for_them(planner: Planner) -> None:
    draft = draft_of_newest(planner, "超限")
    day = later_day(planner)
    grids = sorted(planner.state(draft)["grids"], key=lambda g: -g["households"])
    near = planner.ground(draft)["neighbours"]
    assignment = planner.state(draft)["assignment"]
    beside = {
        assignment[b]
        for a, b in zip(near["a"] + near["b"], near["b"] + near["a"], strict=True)
        if assignment[a] == grids[0]["id"]
    } - {grids[0]["id"]}
    change = planner.operate(draft, "merge", 1, grids=[grids[0]["id"], min(beside)])
    (finding,) = [f for f in change["findings"] if f["severity"] == "error"]
    assert finding["code"] == "grid_over_limit"
    approve(planner, draft)
    assert planner.get(f"/drafts/{draft}")["blocking"] == 1
    refused = publish(planner, draft, day, 409)
    assert [f["code"] for f in refused["findings"]] == ["grid_over_limit"]
    assert planner.get(f"/drafts/{draft}")["stage"] == "批复"
    grid = finding["grid"]
    said = planner.post(
        f"/drafts/{draft}/waivers", 400, grid=grid, finding="grid_over_limit", by="丙"
    )
    assert "reason" in said["error"]
    planner.post(
        f"/drafts/{draft}/waivers", 400, grid=grid, finding="grid_in_pieces", reason="x", by="丙"
    )
    waiver = planner.post(
        f"/drafts/{draft}/waivers", 201,
        grid=grid, finding="grid_over_limit", reason="安置点，年底分流", by="丙",
    )  # fmt: skip
    planner.delete(f"/waivers/{waiver['id']}")
    publish(planner, draft, day, 409)
    planner.post(
        f"/drafts/{draft}/waivers", 201,
        grid=grid, finding="grid_over_limit", reason="安置点，年底分流", by="丙",
    )  # fmt: skip
    done = publish(planner, draft, day)
    assert done["published"]
    certificate = planner.loaded.value("SELECT certificate FROM plan WHERE id = :id", id=draft)
    assert certificate["waivers"][0]["by"] == "丙"
    assert certificate["communities"][0]["households"] == 2672
    assert set(certificate["communities"][0]["checks"].values()) <= {"passed", "failed"}


def test_a_published_plan_keeps_codes_dates_and_everything_else(planner: Planner) -> None:
    """One grid is split into two: codes and ids stay with those that keep most households.

    The new one gets a number past all that were ever given.
    """
    day = later_day(planner)
    before = grids_on(planner, day)
    draft = draft_of_newest(planner, "改")
    state, ground = planner.state(draft), planner.ground(draft)
    grid = max(state["grids"], key=lambda g: (g["buildings"], -g["id"]))
    plots = [p for p, g in enumerate(state["assignment"]) if g == grid["id"]]
    x = [ground["point"][2 * p] for p in plots if ground["households"][p]]
    middle = ground["origin"][0] + sorted(x)[len(x) // 2] * ground["step"] + 1e-9
    south, north = ground["origin"][1] - 1, ground["origin"][1] + 1
    change = planner.operate(
        draft, "split", state["version"], grid=grid["id"], line=[[middle, south], [middle, north]]
    )
    assert len(change["created"]) == 1
    for finding in [f for f in change["findings"] if f["severity"] == "error"]:
        if finding["code"] == "grid_in_pieces" and finding["hint"]:
            change = planner.operate(
                draft, "mend", change["version"], plots=finding["plots"],
                to=finding["hint"]["to"],
            )  # fmt: skip
    for finding in planner.state(draft)["findings"]:
        if finding["severity"] == "error":
            planner.post(
                f"/drafts/{draft}/waivers", 201, grid=finding["grid"], finding=finding["code"],
                reason="试", by="丙",
            )  # fmt: skip
    approve(planner, draft)
    assert publish(planner, draft, day)["document_number"] == "演〔2026〕7号"
    after = grids_on(planner, day)
    assert grids_on(planner, day - timedelta(days=1)) == before  # any date can be asked
    assert before.items() <= after.items()  # code and id stay together
    (new,) = after.keys() - before.keys()
    assert int(new[-3:]) > max(int(code[-3:]) for code in before)
    plan = planner.get(f"/drafts/{draft}")
    assert plan["next_stages"] == []
    for path, values in (
        ("stages", {"stage": "草稿", "comment": "x"}),
        ("operations", {"community": planner.community(), "version": plan["version"],
                        "kind": "brush", "plots": [0], "to": grid["id"]}),
        ("undo", {"community": planner.community(), "version": plan["version"]}),
        ("waivers", {"grid": grid["id"], "finding": "grid_over_limit", "reason": "x"}),
    ):  # fmt: skip
        planner.post(f"/drafts/{draft}/{path}", 409, **values)
    planner.delete(f"/drafts/{draft}", 409)
    planner.patch(f"/drafts/{draft}", 409, name="x")
    for statement in (
        "UPDATE plan_assignment SET grid_id = grid_id WHERE plan_id = :id",
        "DELETE FROM plan_operation WHERE plan_id = :id",
    ):
        with pytest.raises(DBAPIError), transaction(planner.loaded.engine) as c:
            c.execute(text(statement), {"id": draft})


def test_the_log_of_a_published_plan_still_gives_the_plan(planner: Planner) -> None:
    draft = draft_of_newest(planner, "重放")
    # Two grids change places, so that their codes change hands when the plan is published.
    one, two = [g["id"] for g in planner.state(draft)["grids"][:2]]
    here = planner.state(draft)["assignment"]
    of_one = [p for p, g in enumerate(here) if g == one]
    change = planner.operate(
        draft, "new_grid", planner.state(draft)["version"], plots=of_one, to=-1
    )
    of_two = [p for p, g in enumerate(here) if g == two]
    planner.operate(draft, "brush", change["version"], plots=of_two, to=one)
    for finding in planner.state(draft)["findings"]:
        if finding["severity"] == "error":
            planner.post(
                f"/drafts/{draft}/waivers", 201, grid=finding["grid"], finding=finding["code"],
                reason="试", by="丙",
            )  # fmt: skip
    approve(planner, draft)
    publish(planner, draft, later_day(planner))
    assert planner.state(draft)["assignment"] == here  # by most households: as it was
    for plan in [p["id"] for p in newest_first(planner) if p["stage"] == "启用"][:1]:
        assert plan == draft
        log = planner.loaded.rows(
            "SELECT moves FROM plan_operation WHERE plan_id = :plan ORDER BY sequence", plan=plan
        )
        where: dict[int, int] = {}
        for row in log:
            where.update({m[0]: m[2] for m in row["moves"]})
        rows = planner.loaded.rows(
            "SELECT plot_id, grid_id FROM plan_assignment WHERE plan_id = :plan", plan=plan
        )
        assert where == {r["plot_id"]: r["grid_id"] for r in rows}


def test_two_plans_cannot_come_into_force_out_of_order(planner: Planner) -> None:
    draft = planner.draft()
    approve(planner, draft)
    said = publish(planner, draft, date(2020, 1, 1), 409)
    assert "later day" in said["error"]
    go(planner, draft, "启用", 400, in_force_from="tomorrow")
    assert planner.get(f"/drafts/{draft}")["stage"] == "批复"


def test_what_the_independent_judge_finds_blocks_publishing_and_changes_nothing(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = planner.draft()
    approve(planner, draft)
    before = planner.state(draft)
    found = Verdict((Finding("gap", subject="522301001001001"),), {})
    monkeypatch.setattr(publishing, "judge", lambda *_: found)
    said = publish(planner, draft, later_day(planner), 409)
    assert "gap" in said["error"]
    monkeypatch.undo()
    assert planner.state(draft) == before


def test_stations_of_a_grid_that_goes_follow_its_households(planner: Planner) -> None:
    draft, day = draft_of_newest(planner, "并"), later_day(planner)
    state = planner.state(draft)
    gone = min(state["grids"], key=lambda g: g["households"])
    with transaction(planner.loaded.engine) as c:
        c.execute(
            text(
                """
                UPDATE station SET grid_id = :grid
                WHERE id = (SELECT min(id) FROM station WHERE code LIKE :code)
                """
            ),
            {"grid": gone["id"], "code": f"{planner.county}%"},
        )
    change = planner.operate(draft, "dissolve", state["version"], grid=gone["id"])
    heirs = {m[2] for m in change["moves"]}
    for finding in planner.state(draft)["findings"]:
        if finding["severity"] == "error":
            planner.post(
                f"/drafts/{draft}/waivers", 201, grid=finding["grid"], finding=finding["code"],
                reason="试", by="丙",
            )  # fmt: skip
    approve(planner, draft)
    publish(planner, draft, day)
    (row,) = planner.loaded.rows(
        """
        SELECT grid_id, code FROM station
        WHERE id = (SELECT min(id) FROM station WHERE code LIKE :code || '%')
        """
    )
    assert row["grid_id"] in heirs
    assert row["code"] in grids_on(planner, day)
    assert gone["code"] not in grids_on(planner, day)


def test_a_grid_may_have_as_many_pieces_as_were_waived_and_not_one_more(planner: Planner) -> None:
    draft = planner.draft(name="两块")
    state, ground = planner.state(draft), planner.ground(draft)
    near: dict[int, set[int]] = {}
    for a, b in zip(ground["neighbours"]["a"], ground["neighbours"]["b"], strict=True):
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    grid = max(state["grids"], key=lambda g: g["plots"])["id"]
    own = {p for p, g in enumerate(state["assignment"]) if g == grid}
    # Plots that touch neither the grid nor each other: each of them is a piece of its own.
    far: list[int] = []
    for plot in range(ground["n"]):
        if not (({plot} | near.get(plot, set())) & (own | set(far))) and not any(
            near.get(plot, set()) & near.get(f, set()) & set(far) for f in far
        ):
            far.append(plot)
        if len(far) == 2:
            break
    change = planner.operate(draft, "brush", state["version"], plots=far[:1], to=grid)
    (found,) = [f for f in change["findings"] if f["grid"] == grid and f["severity"] == "error"]
    assert found["code"] == "grid_in_pieces"
    planner.post(
        f"/drafts/{draft}/waivers", 201,
        grid=grid, finding="grid_in_pieces", reason="飞地，隔河", by="丙",
    )  # fmt: skip
    state = planner.state(draft)
    (row,) = [g for g in state["grids"] if g["id"] == grid]
    assert (row["pieces"], row["allowed_pieces"]) == (2, 2)
    said = {f["code"]: f["severity"] for f in state["findings"] if f["grid"] == grid}
    assert said.get("grid_pieces_allowed") == "info"
    assert "grid_in_pieces" not in said
    change = planner.operate(draft, "brush", state["version"], plots=far[1:], to=grid)
    (found,) = [
        f for f in change["findings"] if f["code"] == "grid_in_pieces" and f["grid"] == grid
    ]
    assert not found["waived"]
    assert found["values"]["pieces"] == 3


def test_the_stages_that_a_draft_offers_name_the_right_that_the_route_asks_for(
    planner: Planner,
) -> None:
    draft = draft_of_newest(planner, "谁能推进")
    for stage, number in (
        (None, None),
        ("征求意见", None),
        ("送审", None),
        ("批复", "演〔2026〕9号"),
    ):
        if stage:
            go(planner, draft, stage, document_number=number)
        for step in planner.get(f"/drafts/{draft}")["next_stages"]:
            for role, rights in RIGHTS_OF.items():
                # Without what it needs a step is refused as incomplete, by whoever may take it.
                said = {"stage": step["stage"], "document_number": "文号", "attachment": 2**40,
                        "in_force_from": "2099-01-01", "comment": "看"}  # fmt: skip
                answer = planner.client.post(
                    f"/api/planner/drafts/{draft}/stages", json=said, headers=MARK,
                    environ_base={INSIDE: signed_in("甲", role, planner.county)},
                )  # fmt: skip
                assert answer.status_code == (404 if step["right"] in rights else 403), (step, role)
