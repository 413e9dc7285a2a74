"""From a draft to candidates and back: what stays, what moves, and that it is one operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, text

from data.engine import transaction
from data.plans import read
from data.plans.drafts import read_log as draft_log
from layers.grids.drafts import saving as drafting
from layers.grids.drafts.making import DraftOrder, make_draft
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import DraftState, load_state
from layers.grids.plan.stroke import Stroke
from layers.grids.proposals.ask import DivisionQuestion, load_bases, make_candidates
from layers.grids.proposals.candidates import Base, named
from layers.grids.proposals.choice import draw_candidate
from layers.kit.errors import Cancelled, ConflictError, InputError
from tests.demonstration import Loaded

pytestmark = pytest.mark.database


@pytest.fixture
def c(town: Loaded) -> Iterator[Connection]:
    with transaction(town.engine) as connection:
        yield connection


@pytest.fixture
def draft(c: Connection, plot_store: PlotStore, town: Loaded) -> int:
    return make_draft(c, plot_store, town.code, DraftOrder("试", "甲", "in_force"))


def silent(share: float, about: Mapping[str, Any]) -> None:
    """Show no progress."""


def state_of(c: Connection, plot_store: PlotStore, draft: int) -> DraftState:
    head = read.plan_head(c, draft)
    return load_state(c, plot_store, head, head.communities[0])


def run(
    c: Connection, plot_store: PlotStore, town: Loaded, asked: DivisionQuestion
) -> dict[str, Any]:
    bases = load_bases(c, plot_store, town.code, asked)
    return make_candidates(bases, asked, silent, lambda: False)


def merge(c: Connection, plot_store: PlotStore, draft: int) -> tuple[DraftState, int]:
    """Merge the two neighbouring grids that hold most; return the state and the full grid."""
    state = state_of(c, plot_store, draft)
    p, grid = state.about.graph.problem, state.plan.grid
    pairs = {(int(grid[a]), int(grid[b])) for a, b in zip(p.a, p.b, strict=True)}
    loads = {g: load.households for g, load in state.plan.loads.items()}
    one, two = max(((a, b) for a, b in pairs if a != b), key=lambda ab: loads[ab[0]] + loads[ab[1]])
    stroke = Stroke("merge", grids=(one, two), target=one)
    sent = drafting.StrokeRequest(state.about.community_id, state.head.version, stroke, "甲")
    saved = drafting.save_stroke(c, plot_store, draft, sent)
    assert isinstance(saved, drafting.StrokeResult)
    return state_of(c, plot_store, draft), one


def targets(result: Mapping[str, Any], candidate: int = 0) -> np.ndarray[Any, Any]:
    return np.array(result["candidates"][candidate]["communities"][0]["targets"])


def test_every_candidate_is_within_the_limit_in_one_piece_and_judged(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    result = run(c, plot_store, town, DivisionQuestion("divide", draft))
    assert {tried for one in result["candidates"]
            for tried in [one["prefer"], *(p for p, _ in one["also"])]} == {
        "fewest", "round", "balanced"}  # fmt: skip
    state = state_of(c, plot_store, draft)
    total = int(state.about.graph.problem.households.sum())
    for candidate in result["candidates"]:
        figures, row = candidate["measures"], candidate["communities"][0]
        assert figures["over_limit"] == figures["in_pieces"] == 0
        assert figures["grids"] >= figures["lower_bound"] == -(-total // 300)
        assert sum(grid["households"] for grid in row["grids"]) == total
        assert row["passed"]
        assert row["certificate"]["checks"] == dict.fromkeys(row["certificate"]["checks"], "passed")


def test_the_same_wishes_and_seed_give_the_same_candidates(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    def plain(result: dict[str, Any]) -> Any:
        return [
            (one["prefer"], one["seed"], one["measures"], one["communities"][0]["targets"])
            for one in result["candidates"]
        ]

    asked = DivisionQuestion("divide", draft, prefer=("balanced",), seeds=(3,))
    assert plain(run(c, plot_store, town, asked)) == plain(run(c, plot_store, town, asked))


def test_a_locked_grid_a_locked_plots_grid_and_a_dedicated_one_stay(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    state = state_of(c, plot_store, draft)
    first, second, third = sorted(state.plan.loads)[:3]
    plot = int(np.flatnonzero(state.plan.grid == second)[0])
    drafting.lock(
        c,
        plot_store,
        draft,
        state.about.community_id,
        [first],
        [plot],
        locked=True,
        tessellation=state.about.tessellation,
    )
    c.execute(
        text("UPDATE draft_grid SET type = 'dedicated' WHERE plan_id = :d AND grid_id = :g"),
        {"d": draft, "g": third},
    )
    after = targets(run(c, plot_store, town, DivisionQuestion("divide", draft, prefer=("fewest",))))
    for grid in (first, second, third):
        assert ((after == grid) == (state.plan.grid == grid)).all()


def test_a_repair_moves_only_out_of_the_grid_that_is_over_the_limit(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    state, full = merge(c, plot_store, draft)
    load = state.plan.loads[full].households
    assert load > 300
    result = run(c, plot_store, town, DivisionQuestion("repair", draft))
    (candidate,) = result["candidates"]
    assert candidate["measures"]["over_limit"] == 0
    assert candidate["changed"] >= load - 300  # so many must go, whatever is done
    assert candidate["changed"] <= load / 2 + 30  # a new grid takes the smaller part
    leaving = [move for move in candidate["communities"][0]["moves"] if move["households"]]
    assert leaving[0]["reason"] == "over_limit"
    assert sum(move["households"] for move in leaving) == candidate["changed"]


def test_a_repair_of_a_plan_in_order_moves_nobody_and_says_how_many_would_do(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    (candidate,) = run(c, plot_store, town, DivisionQuestion("repair", draft))["candidates"]
    assert (candidate["changed"], candidate["moved"]) == (0, 0)
    said = {f["code"]: f["values"] for f in candidate["communities"][0]["findings"]}
    # 2,672 households: at least 9 grids; the plan in force has 12.
    assert said["fewer_grids_possible"]["grids"] == 12
    assert 9 <= said["fewer_grids_possible"]["possible"] < 12


def test_one_grid_in_two_changes_no_other_grid(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    state = state_of(c, plot_store, draft)
    grid = max(state.plan.loads, key=lambda g: state.plan.loads[g].households)
    asked = DivisionQuestion("split", draft, (state.about.community_id,), (grid,))
    after = targets(run(c, plot_store, town, asked))
    changed = after != state.plan.grid
    assert changed.any()
    assert set(state.plan.grid[changed].tolist()) == {grid}
    assert set(after[changed].tolist()) == {-1}  # the first new grid
    households = state.about.graph.problem.households
    assert 0 < households[changed].sum() <= households[after == grid].sum()


def test_two_grids_are_evened_between_themselves(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    state = state_of(c, plot_store, draft)
    p, grid = state.about.graph.problem, state.plan.grid
    loads = {g: load.households for g, load in state.plan.loads.items()}
    pairs = {(int(grid[a]), int(grid[b])) for a, b in zip(p.a, p.b, strict=True)}
    one, two = max(
        ((a, b) for a, b in pairs if a != b), key=lambda ab: abs(loads[ab[0]] - loads[ab[1]])
    )
    asked = DivisionQuestion("even", draft, (state.about.community_id,), (one, two))
    after = targets(run(c, plot_store, town, asked))
    changed = after != grid
    assert set(grid[changed].tolist()) | set(after[changed].tolist()) <= {one, two}
    apart = abs(int(p.households[after == one].sum()) - int(p.households[after == two].sum()))
    # One building more or less on either side is as even as buildings allow.
    assert apart < abs(loads[one] - loads[two])
    assert apart <= int(p.households.max())


def test_a_choice_is_one_operation_and_undo_takes_it_back(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    before = state_of(c, plot_store, draft)
    result = run(c, plot_store, town, DivisionQuestion("divide", draft, prefer=("fewest",)))
    (drawn,) = draw_candidate(c, plot_store, result, 0, draft, "甲", "token")
    after = state_of(c, plot_store, draft)
    grids = result["candidates"][0]["communities"][0]["grids"]
    assert sorted(load.households for load in after.plan.loads.values()) == sorted(
        grid["households"] for grid in grids
    )
    assert draft_log.steps(c, draft, before.about.community_id) == (1, 0)
    version = read.plan_head(c, draft).version
    drafting.step(c, plot_store, draft, drawn.community, version, "甲", redo=False)
    assert (state_of(c, plot_store, draft).plan.grid == before.plan.grid).all()


def test_a_choice_sent_twice_is_drawn_once(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    result = run(c, plot_store, town, DivisionQuestion("divide", draft, prefer=("fewest",)))
    for _ in range(2):
        draw_candidate(c, plot_store, result, 0, draft, "甲", "once")
    assert read.plan_head(c, draft).operations == 1


def test_a_choice_that_comes_too_late_is_kept_as_a_branch(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    result = run(c, plot_store, town, DivisionQuestion("divide", draft, prefer=("fewest",)))
    theirs, _ = merge(c, plot_store, draft)
    (drawn,) = draw_candidate(c, plot_store, result, 0, draft, "乙", "late")
    assert isinstance(drawn.answer, drafting.LateChange)
    assert drawn.answer.branch is not None
    assert (state_of(c, plot_store, draft).plan.grid == theirs.plan.grid).all()
    kept = state_of(c, plot_store, drawn.answer.branch)
    grids = result["candidates"][0]["communities"][0]["grids"]
    assert sorted(load.households for load in kept.plan.loads.values()) == sorted(
        grid["households"] for grid in grids
    )


def test_a_candidate_of_the_plan_in_force_is_drawn_into_a_new_draft_of_it_only(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    result = run(c, plot_store, town, DivisionQuestion("divide", None, prefer=("fewest",)))
    (drawn,) = draw_candidate(c, plot_store, result, 0, draft, "甲")
    assert isinstance(drawn.answer, drafting.StrokeResult)
    other = make_draft(c, plot_store, town.code, DraftOrder("另", "甲", "in_force"))
    merge(c, plot_store, other)
    with pytest.raises(ConflictError, match="divide it again"):
        draw_candidate(c, plot_store, result, 0, other, "甲")


def test_without_locks_kept_a_choice_takes_them_off_first(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    state = state_of(c, plot_store, draft)
    every = sorted(state.plan.loads)
    drafting.lock(
        c,
        plot_store,
        draft,
        state.about.community_id,
        every,
        [],
        locked=True,
        tessellation=state.about.tessellation,
    )
    kept = run(c, plot_store, town, DivisionQuestion("divide", draft, prefer=("fewest",)))
    with pytest.raises(InputError, match="nothing to change"):
        draw_candidate(c, plot_store, kept, 0, draft, "甲")
    free = run(
        c,
        plot_store,
        town,
        DivisionQuestion("divide", draft, prefer=("fewest",), keep_locked=False),
    )
    draw_candidate(c, plot_store, free, 0, draft, "甲")
    after = state_of(c, plot_store, draft)
    assert not after.plan.locked_grids
    assert len(after.plan.loads) == free["candidates"][0]["measures"]["grids"] < len(every)


def test_a_building_over_the_limit_is_a_grid_of_its_own_and_said(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    largest = int(state_of(c, plot_store, draft).about.graph.problem.households.max())
    c.execute(
        text("UPDATE policy SET households_max = :n WHERE code = :code"),
        {"n": largest - 1, "code": town.code},
    )
    try:
        asked = DivisionQuestion("divide", draft, prefer=("fewest",))
        (candidate,) = run(c, plot_store, town, asked)["candidates"]
    finally:
        c.execute(
            text("UPDATE policy SET households_max = 300 WHERE code = :code"), {"code": town.code}
        )
    assert candidate["measures"]["oversize_buildings"] >= 1
    assert candidate["measures"]["over_limit"] == 0
    said = [
        f["values"]
        for f in candidate["communities"][0]["findings"]
        if f["code"] == "building_over_limit"
    ]
    assert any(values["households"] == largest for values in said)
    assert all(values["building"] != "—" for values in said)  # which one it is


def test_a_cancelled_division_ends_with_no_candidates(
    c: Connection, plot_store: PlotStore, town: Loaded, draft: int
) -> None:
    asked = DivisionQuestion("divide", draft)
    bases = load_bases(c, plot_store, town.code, asked)
    with pytest.raises(Cancelled):
        make_candidates(bases, asked, silent, lambda: True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": "split", "grids": (1, 2), "communities": (1,)},
        {"what": "even", "grids": (1,), "communities": (1,)},
        {"what": "split", "grids": (1,)},
        {"what": "divide", "seeds": ()},
        {"what": "divide", "prefer": ()},
        {"what": "divide", "keep_estates": 9.0},
    ],
)
def test_requests_that_contradict_themselves_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        DivisionQuestion(draft=None, **wrong)


def test_without_a_plan_every_grid_is_new(
    c: Connection, plot_store: PlotStore, town: Loaded
) -> None:
    (base,) = load_bases(c, plot_store, town.code, DivisionQuestion("divide", None))
    n = len(base.before)
    nothing = np.full(n, -1, np.int64)
    empty = Base(base.about, None, 0, nothing, None, base.kept, {}, base.limit, base.minimum, 0, 0)
    halves = (base.problem.x > np.median(base.problem.x)).astype(np.int32)
    assert set(named(empty, halves).tolist()) == {-1, -2}
