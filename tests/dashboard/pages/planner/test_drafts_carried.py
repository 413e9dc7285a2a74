"""社区析置 on a day that is offered, and with the open drafts of the community carried over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.dashboard.pages.planner.conftest import Planner, at_the_desk
from tests.dashboard.pages.planner.test_territories import asked
from tests.demonstration import NewDatabase

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def planner(new_database: NewDatabase) -> Iterator[Planner]:
    """Return a desk of this module's own: its community is split."""
    with at_the_desk(new_database) as planner:
        yield planner


def held(planner: Planner, draft: int) -> dict[int, str]:
    """Return the name of the grid of every plot (id) of a draft."""
    rows = planner.loaded.rows(
        """
        SELECT a.plot_id, d.name FROM plan_assignment a
        JOIN draft_grid d ON d.plan_id = a.plan_id AND d.grid_id = a.grid_id
        WHERE a.plan_id = :plan
        """,
        plan=draft,
    )
    return {r["plot_id"]: r["name"] for r in rows}


@pytest.fixture(scope="module")
def carried(planner: Planner) -> dict[str, Any]:
    """Split the community on the day that is offered, while a draft is open."""
    draft = planner.draft(name="正在调整")
    plot, to = planner.border(draft)
    planner.operate(draft, "brush", 1, plots=[plot], to=to)
    planner.patch(f"/drafts/{draft}/grids/{to}", name="河西老街片")
    (row,) = planner.get(f"/{planner.county}")["communities"]
    first, last = row["change_days"]
    assert first <= last == planner.get(f"/{planner.county}")["as_of"]
    body = asked(planner, on=last)
    shown = planner.post(f"/{planner.county}/territories", **body, preview=True)
    assert [d["name"] for d in shown["drafts"]] == ["正在调整"]
    before = held(planner, draft)
    done = planner.post(f"/{planner.county}/territories", 201, **body)
    return {"draft": draft, "before": before, **done}


def test_every_plot_of_the_draft_is_in_the_grid_that_it_was_in(
    planner: Planner, carried: dict[str, Any]
) -> None:
    (copy,) = carried["drafts"]
    head = planner.get(f"/drafts/{copy}")
    assert head["name"] == "正在调整（析置后）"
    assert (head["editable"], head["parent"]) == (True, carried["draft"])
    assert sorted(head["communities"]) == sorted(carried["communities"])
    after = held(planner, copy)
    assert after.keys() == carried["before"].keys()
    # Plots that lay together in a community still do, and no others.
    community = {
        r["id"]: r["community_id"]
        for r in planner.loaded.rows("SELECT id, community_id FROM plot WHERE id = ANY(:ids)",
                                     ids=list(after))
    }  # fmt: skip
    was = {(carried["before"][p], community[p]) for p in after}
    pairs = {(carried["before"][p], community[p], after[p]) for p in after}
    assert len(pairs) == len(was) == len({(name, c) for _, c, name in pairs})
    assert "河西老街片" in after.values()
    households = sum(row["households"] for row in head["community_rows"])
    assert households == 2672


def test_the_copy_can_be_drawn_in_and_goes_its_way(
    planner: Planner, carried: dict[str, Any]
) -> None:
    """Last of all that look at the copy: from here on it is somebody's work."""
    (copy,) = carried["drafts"]
    community = carried["communities"][0]
    state = planner.get(f"/drafts/{copy}/communities/{community}")
    ground = planner.get(f"/ground/{state['tessellation']}?county={planner.county}")
    near, here = ground["neighbours"], state["assignment"]
    plot, to = next(
        (a, here[b]) for a, b in zip(near["a"], near["b"], strict=True) if here[a] != here[b]
    )
    (change,) = [planner.get(f"/{planner.county}/territories")["changes"][0]]
    stroke = {"community": community, "version": state["version"], "kind": "brush"}
    planner.post(f"/drafts/{copy}/operations", **stroke, plots=[plot], to=to, by="甲")
    said = planner.post(f"/territories/{change['id']}/take-back", 409, by="甲")
    assert "plans and drafts" in said["error"]
    planner.delete(f"/drafts/{copy}")


def test_the_day_that_is_offered_next_is_one_that_is_taken(
    planner: Planner, carried: dict[str, Any]
) -> None:
    """The community stands since the data's day: the next change is on a day after it."""
    rows = planner.get(f"/{planner.county}")["communities"]
    as_of = date.fromisoformat(planner.get(f"/{planner.county}")["as_of"])
    today = date.fromisoformat(planner.get(f"/{planner.county}")["today"])
    (row,) = [r for r in rows if r["id"] == carried["communities"][0]]
    first, last = (date.fromisoformat(day) for day in row["change_days"])
    assert (first, last) == (as_of + timedelta(days=1), today)
    body = {**asked(planner), "name": "栗坪中社区"}
    if first <= last:
        shown = planner.post(
            f"/{planner.county}/territories", **body, on=last.isoformat(), preview=True
        )
        assert shown["on"] == last.isoformat()
        assert (
            planner.post(f"/{planner.county}/territories", **body, preview=True)["on"]
            == shown["on"]
        )
    (waiting,) = planner.get(f"/{planner.county}/territories")["temporary"]
    code = f"{planner.county}001777"
    planner.post(
        f"/{planner.county}/official-codes", community=waiting["id"], code=code,
        on=waiting["day"], by="甲",
    )  # fmt: skip


def test_a_copy_that_nobody_drew_in_goes_with_the_change(new_database: NewDatabase) -> None:
    with at_the_desk(new_database) as planner:
        draft = planner.draft(name="没动过")
        before = held(planner, draft)
        done = planner.post(f"/{planner.county}/territories", 201, **asked(planner))
        assert len(done["drafts"]) == 1
        planner.post(f"/territories/{done['change']}/take-back", by="甲")
        drafts = planner.get(f"/{planner.county}")["drafts"]
        assert [d["id"] for d in drafts] == [draft]
        assert held(planner, draft) == before
        assert planner.state(draft)["editable"]
