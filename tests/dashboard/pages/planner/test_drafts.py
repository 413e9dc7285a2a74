"""Drafts over HTTP: two planners at once, a killed save, names, what a draft starts from."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from data.plans import read
from layers.grids.drafts import saving as drafting
from layers.grids.drafts.making import DraftOrder, make_draft
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import load_state
from layers.grids.proposals.county import tessellate_county
from tests.dashboard.pages.planner.conftest import Planner
from tests.dashboard.pages.planner.test_strokes import shown, stored

pytestmark = pytest.mark.database


# ---- two at once ------------------------------------------------------------------------------


def test_two_planners_racing_a_hundred_times_lose_nothing(planner: Planner) -> None:
    draft = planner.draft(name="竞争")
    community, chance = planner.community(), random.Random(1)
    app = planner.client.application
    state = planner.state(draft)
    grids = [g["id"] for g in state["grids"]]
    n = len(state["assignment"])

    def send(who: str, version: int, plot: int, to: int, turn: int) -> tuple[int, Any]:
        answer = app.test_client().post(
            f"/api/planner/drafts/{draft}/operations",
            json={"community": community, "version": version, "kind": "brush", "plots": [plot],
                  "to": to, "by": who, "token": f"{who}-{turn}"},
            headers={"X-Getu": "planner"},
        )  # fmt: skip
        return answer.status_code, answer.get_json()

    version, branches, wins = state["version"], [], []
    with ThreadPoolExecutor(2) as two:
        for turn in range(100):
            assignment = planner.state(draft)["assignment"]
            plots = chance.sample(range(n), 2)
            aims = [chance.choice([g for g in grids if g != assignment[p]]) for p in plots]
            sent = zip("甲乙", plots, aims, strict=True)
            tasks = [two.submit(send, w, version, p, a, turn) for w, p, a in sent]
            answers = [t.result() for t in tasks]
            assert sorted(status for status, _ in answers) == [200, 409]
            for who, (status, answer), plot, aim in zip("甲乙", answers, plots, aims, strict=True):
                if status == 200:
                    version = answer["version"]
                    wins.append(f"{who}-{turn}")
                else:
                    assert answer["version"] == version or answer["version"] > 1
                    branches.append((answer["branch"]["id"], assignment, plot, aim))
    assert version == 101
    log = planner.loaded.rows(
        "SELECT token FROM plan_operation WHERE plan_id = :draft AND token IS NOT NULL"
        " ORDER BY sequence",
        draft=draft,
    )
    assert [r["token"] for r in log] == wins
    for branch, assignment, plot, aim in branches[::10]:
        kept = planner.state(branch)
        # The state that the loser saw, and his stroke on it.
        assert kept["assignment"] == [aim if i == plot else g for i, g in enumerate(assignment)]
        assert shown(kept) == stored(planner, branch)
        assert planner.get(f"/drafts/{branch}")["is_branch"]


def test_work_that_was_late_can_be_undone_in_its_branch(planner: Planner) -> None:
    draft = planner.draft()
    plot, to = planner.border(draft)
    planner.operate(draft, "brush", 1, plots=[plot], to=to, by="乙")
    late = planner.operate(draft, "new_grid", 1, 409, plots=[plot], to=-1, token="late")
    branch = late["branch"]["id"]
    again = planner.operate(draft, "new_grid", 1, 409, plots=[plot], to=-1, token="late")
    assert again["branch"]["id"] == branch  # kept once
    state = planner.state(branch)
    assert (state["undo"], state["redo"]) == (1, 0)
    undone = planner.post(
        f"/drafts/{branch}/undo", community=planner.community(), version=state["version"]
    )
    assert undone["removed"]
    source = planner.get(f"/drafts/{draft}")["parent"]
    assert planner.state(branch)["assignment"] == planner.state(source)["assignment"]


# ---- faults -----------------------------------------------------------------------------------


def test_a_server_killed_in_the_middle_of_a_save_leaves_the_draft_as_it_was(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = planner.draft()
    before = planner.state(draft)
    plot, to = planner.border(draft)
    real = drafting.write_grids

    def killed(c: Any, *rest: Any) -> None:
        real(c, *rest)
        c.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    monkeypatch.setattr(drafting, "write_grids", killed)
    said = planner.operate(draft, "brush", 1, 503, plots=[plot], to=to, token="again")
    assert said["error"]
    monkeypatch.undo()
    assert planner.state(draft) == before
    # The browser sends the stroke again.
    assert planner.operate(draft, "brush", 1, plots=[plot], to=to, token="again")["version"] == 2


def test_a_draft_can_be_renamed_and_deleted_and_its_branches_stay(planner: Planner) -> None:
    draft = planner.draft()
    branch = planner.post(f"/drafts/{draft}/branch", 201, name="支", by="乙")["id"]
    assert planner.patch(f"/drafts/{draft}", name="新名")["name"] == "新名"
    planner.delete(f"/drafts/{draft}")
    planner.get(f"/drafts/{draft}", 404)
    assert planner.get(f"/drafts/{branch}")["parent"] is None


def test_a_grid_can_be_named_and_dedicated(planner: Planner) -> None:
    draft = planner.draft()
    grid = planner.state(draft)["grids"][0]["id"]
    changed = planner.patch(f"/drafts/{draft}/grids/{grid}", name="市场", type="dedicated")
    assert (changed["name"], changed["type"]) == ("市场", "dedicated")
    assert planner.patch(f"/drafts/{draft}/grids/{grid}", 400, type="other")
    planner.patch(f"/drafts/{draft}/grids/999999", 404, name="x")


@pytest.mark.parametrize("kind", ["empty", "automatic", "in_force"])
def test_a_draft_starts_seamless_from_anything(planner: Planner, kind: str) -> None:
    draft = planner.draft(kind)
    state = planner.state(draft)
    assert -1 not in state["assignment"]
    assert sum(g["households"] for g in state["grids"]) == 2672
    expected = {"empty": {1}, "automatic": {9, 10}, "in_force": {12}}[kind]
    assert len(state["grids"]) in expected


def test_a_plan_is_carried_over_when_its_community_got_new_plots(planner: Planner) -> None:
    """The same buildings cut into plots anew: the draft has the same grids, by number and load."""
    in_force = planner.get(f"/{planner.county}")["communities"][0]["in_force"]
    with planner.loaded.engine.connect() as c, c.begin() as undone:
        before = {g.code: g.households for g in read.plan_grids(c, in_force)}
        tessellate_county(c, planner.county)
        draft = make_draft(c, PlotStore(), planner.county, DraftOrder("新地块", "甲", "in_force"))
        state = load_state(c, PlotStore(), read.plan_head(c, draft), planner.community())
        assert state.about.tessellation > planner.state(in_force)["tessellation"]
        assert {state.grids[g].code: n.households for g, n in state.plan.loads.items()} == before
        assert all(len(pieces) == 1 for pieces in state.plan.pieces.values())
        undone.rollback()
