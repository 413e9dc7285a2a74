"""A waiver is for the households and pieces that it was given for; it is shown, and withdrawn."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.pages.planner.conftest import Planner
from tests.dashboard.pages.planner.plans import (
    approve,
    draft_of_newest,
    later_day,
    publish,
)

pytestmark = pytest.mark.database
REASON = "安置点，年底分流"


def near(planner: Planner, draft: int) -> dict[int, set[int]]:
    pairs = planner.ground(draft)["neighbours"]
    found: dict[int, set[int]] = {}
    for a, b in zip(pairs["a"], pairs["b"], strict=True):
        found.setdefault(a, set()).add(b)
        found.setdefault(b, set()).add(a)
    return found


def over(planner: Planner, name: str) -> tuple[int, int, Any]:
    """Return a draft, a grid of it over the limit, and the finding."""
    draft = draft_of_newest(planner, name)
    assignment, beside = planner.state(draft)["assignment"], near(planner, draft)
    grids = sorted(planner.state(draft)["grids"], key=lambda g: -g["households"])
    own = {p for p, g in enumerate(assignment) if g == grids[0]["id"]}
    others = {assignment[q] for p in own for q in beside.get(p, ())} - {grids[0]["id"]}
    change = planner.operate(draft, "merge", 1, grids=[grids[0]["id"], min(others)])
    (finding,) = [f for f in change["findings"] if f["severity"] == "error"]
    return draft, finding["grid"], finding


def waive(planner: Planner, draft: int, grid: int, finding: str) -> Any:
    return planner.post(
        f"/drafts/{draft}/waivers", 201, grid=grid, finding=finding, reason=REASON, by="丙"
    )


def finding_of(planner: Planner, draft: int, grid: int, code: str) -> Any:
    (found,) = [
        f for f in planner.state(draft)["findings"] if f["grid"] == grid and f["code"] == code
    ]
    return found


def grow(planner: Planner, draft: int, grid: int) -> int:
    """Give a grid one more plot with households; return how many."""
    state, beside = planner.state(draft), near(planner, draft)
    households = planner.ground(draft)["households"]
    own = {p for p, g in enumerate(state["assignment"]) if g == grid}
    plot = next(q for p in sorted(own) for q in sorted(beside[p] - own) if households[q])
    planner.operate(draft, "brush", state["version"], plots=[plot], to=grid)
    return int(households[plot])


def test_more_households_than_the_waiver_was_given_for_are_open_again(planner: Planner) -> None:
    draft, grid, finding = over(planner, "说明之后又多")
    given = waive(planner, draft, grid, "grid_over_limit")
    assert given["households"] == finding["values"]["households"]
    shown = finding_of(planner, draft, grid, "grid_over_limit")
    assert shown["waived"]
    assert (shown["waiver"]["reason"], shown["waiver"]["by"]) == (REASON, "丙")
    assert shown["waiver"]["at"][:4].isdecimal()
    grow(planner, draft, grid)
    open_ = finding_of(planner, draft, grid, "grid_over_limit")
    assert not open_["waived"]
    # What was said is shown beside it: for how many, by whom.
    assert open_["waiver"]["households"] == given["households"] < open_["values"]["households"]
    approve(planner, draft)
    assert planner.get(f"/drafts/{draft}")["blocking"] == 1
    assert [f["code"] for f in publish(planner, draft, later_day(planner), 409)["findings"]] == [
        "grid_over_limit"
    ]


def test_fewer_households_than_the_waiver_was_given_for_stay_waived(planner: Planner) -> None:
    draft, grid, _ = over(planner, "说明之后少了")
    more = grow(planner, draft, grid)
    waive(planner, draft, grid, "grid_over_limit")
    version = planner.state(draft)["version"]
    planner.post(f"/drafts/{draft}/undo", community=planner.community(), version=version, by="甲")
    shown = finding_of(planner, draft, grid, "grid_over_limit")
    assert shown["waived"]
    assert shown["waiver"]["households"] == shown["values"]["households"] + more


def test_a_preview_says_what_the_waiver_does_not_cover(planner: Planner) -> None:
    draft, grid, _ = over(planner, "试一笔")
    waive(planner, draft, grid, "grid_over_limit")
    state, beside = planner.state(draft), near(planner, draft)
    households = planner.ground(draft)["households"]
    own = {p for p, g in enumerate(state["assignment"]) if g == grid}
    plot = next(q for p in sorted(own) for q in sorted(beside[p] - own) if households[q])
    change = planner.operate(draft, "brush", state["version"], plots=[plot], to=grid, preview=True)
    (found,) = [f for f in change["findings"] if f["code"] == "grid_over_limit"]
    assert not found["waived"]


def test_a_waiver_is_withdrawn(planner: Planner) -> None:
    draft, grid, _ = over(planner, "撤回说明")
    given = waive(planner, draft, grid, "grid_over_limit")
    planner.delete(f"/waivers/{given['id']}")
    shown = finding_of(planner, draft, grid, "grid_over_limit")
    assert not shown["waived"]
    assert shown["waiver"] is None


def far_plots(planner: Planner, draft: int, grid: int, count: int) -> list[int]:
    """Return plots that touch neither a grid nor each other."""
    beside, state = near(planner, draft), planner.state(draft)
    own = {p for p, g in enumerate(state["assignment"]) if g == grid}
    far: list[int] = []
    for plot in range(planner.ground(draft)["n"]):
        touched = {plot} | beside.get(plot, set())
        if not touched & (own | set(far)) and not any(touched & beside.get(f, set()) for f in far):
            far.append(plot)
        if len(far) == count:
            return far
    raise AssertionError("too few")


def test_other_pieces_than_the_waiver_was_given_for_are_open_again(planner: Planner) -> None:
    """Two pieces were waived; the outlying one is given back and another one taken: still two."""
    draft = draft_of_newest(planner, "换一块飞地")
    grid = max(planner.state(draft)["grids"], key=lambda g: g["plots"])["id"]
    one, other = far_plots(planner, draft, grid, 2)
    home = planner.state(draft)["assignment"][one]
    change = planner.operate(draft, "brush", 1, plots=[one], to=grid)
    given = waive(planner, draft, grid, "grid_in_pieces")
    assert given["pieces"] == 2
    (row,) = [g for g in planner.state(draft)["grids"] if g["id"] == grid]
    assert (row["allowed_pieces"], row["allowed_apart"]) == (2, [one])
    allowed = finding_of(planner, draft, grid, "grid_pieces_allowed")
    assert allowed["waiver"]["reason"] == REASON
    change = planner.operate(draft, "brush", change["version"], plots=[one], to=home)
    planner.operate(draft, "brush", change["version"], plots=[other], to=grid)
    open_ = finding_of(planner, draft, grid, "grid_in_pieces")
    assert open_["plots"] == [other]
    assert not open_["waived"]
    assert open_["waiver"]["by"] == "丙"


def test_the_certificate_says_for_how_much_the_waiver_was_given(planner: Planner) -> None:
    draft, grid, finding = over(planner, "证书")
    waive(planner, draft, grid, "grid_over_limit")
    approve(planner, draft)
    publish(planner, draft, later_day(planner))
    certificate = planner.loaded.value("SELECT certificate FROM plan WHERE id = :id", id=draft)
    (said,) = certificate["waivers"]
    assert (said["households"], said["reason"], said["by"]) == (
        finding["values"]["households"], REASON, "丙",
    )  # fmt: skip
