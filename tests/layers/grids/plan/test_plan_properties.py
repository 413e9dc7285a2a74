"""What never breaks while a plan is redrawn, over thousands of random operations.

Every test plays random operations (brush, lasso, split, merge, dissolve, new grid) on small
lattices and holds the plan against a plain recount; numbers are those of product.md, "What never
breaks" 1-3 and 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from layers.grids.plan.assignment import (
    Load,
    Move,
    Plan,
    PlotGraph,
    all_pieces,
    apply_moves,
    count_loads,
    inverse,
    make_plan,
    make_plot_graph,
)
from layers.grids.plan.log import Entry, marks, take_back
from layers.grids.plan.stroke import Rules, Stroke, plan_findings, stroke_moves
from layers.kit.errors import InputError
from tests.layers.grids.towns import SIDE_M, is_connected, lattice
from tests.properties import examples

LIMIT = 300
SMALL = settings(max_examples=examples(150), suppress_health_check=list(HealthCheck))


def next_undo(state: dict[int, tuple[bool, bool]]) -> int | None:
    """Return which operation undo takes back: the newest that is done."""
    return max((s for s, (undone, _) in state.items() if not undone), default=None)


def next_redo(state: dict[int, tuple[bool, bool]]) -> int | None:
    """Return which operation redo does again: the oldest undone one that nothing superseded."""
    return min((s for s, (undone, gone) in state.items() if undone and not gone), default=None)


def undo_entry(entry: Entry, sequence: int) -> Entry:
    """Return the row that undoes an operation."""
    return Entry(sequence, "undo", inverse(entry.moves), entry.sequence)


def replay(grid: NDArray[np.int64], log: Iterable[Sequence[Move]]) -> NDArray[np.int64]:
    """Return an assignment after a log of operations, one after the other."""
    result = np.array(grid, np.int64)
    for moves in log:
        for plot, _, target in moves:
            result[plot] = target
    return result


@st.composite
def plot_store(draw: st.DrawFn) -> PlotGraph:
    height, width = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    count = st.integers(0, 130) | st.just(400)
    rows = [[draw(count) for _ in range(width)] for _ in range(height)]
    holes = draw(st.lists(st.tuples(st.integers(0, height - 1), st.integers(0, width - 1)),
                          max_size=2, unique=True))  # fmt: skip
    missing = tuple(holes) if len(holes) < height * width - 1 else ()
    problem = lattice(rows, missing=missing)
    buildings = (problem.households > 0).astype(np.int64)
    return make_plot_graph(problem, buildings, np.column_stack([problem.x, problem.y]) + SIDE_M / 2)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    graph = draw(plot_store())
    k = draw(st.integers(1, 5))
    grid = [100 + draw(st.integers(0, k - 1)) for _ in range(graph.plots)]
    return make_plan(graph, np.array(grid))


def metres() -> st.SearchStrategy[float]:
    return st.floats(-30, 150, allow_nan=False, width=32)


@st.composite
def strokes(draw: st.DrawFn, plan: Plan, fresh: int) -> Stroke:
    used = sorted(plan.loads)
    n = plan.graph.plots
    one = st.sampled_from(used)
    some_plots = st.lists(st.integers(0, n - 1), min_size=1, max_size=6).map(tuple)
    target = st.sampled_from([*used, fresh])
    kind = draw(st.sampled_from(("brush", "lasso", "split", "merge", "dissolve", "new_grid")))
    if kind == "brush":
        only = draw(st.none() | st.lists(one, max_size=2).map(tuple))
        return Stroke("brush", draw(some_plots), draw(target), only_from=only)
    if kind == "lasso":
        ring = draw(st.lists(st.tuples(metres(), metres()), min_size=3, max_size=7, unique=True))
        return Stroke("lasso", target=draw(target), line=tuple(ring))
    if kind == "split":
        ends = draw(st.lists(st.tuples(metres(), metres()), min_size=2, max_size=4, unique=True))
        return Stroke("split", grid=draw(one), line=tuple(ends), target=fresh)
    if kind == "merge":
        return Stroke("merge", grids=tuple(draw(st.lists(one, min_size=1, max_size=3))))
    if kind == "dissolve":
        return Stroke("dissolve", grid=draw(one))
    return Stroke("new_grid", draw(some_plots), fresh)


def play(data: st.DataObject, plan: Plan, count: int) -> list[tuple[Plan, tuple[Move, ...]]]:
    """Return the plan after each of some random operations; refused ones change nothing."""
    done = []
    for number in range(count):
        stroke = data.draw(strokes(plan, -1 - number))
        try:
            moves = stroke_moves(plan, stroke, LIMIT)
        except InputError:
            continue
        plan = apply_moves(plan, moves)
        done.append((plan, moves))
    return done


def recount(plan: Plan) -> dict[int, Load]:
    """Count plot by plot."""
    found: dict[int, list[int]] = {}
    for plot, grid in enumerate(plan.grid.tolist()):
        row = found.setdefault(grid, [0, 0, 0, 0])
        row[0] += int(plan.graph.problem.households[plot])
        row[2] += int(plan.graph.buildings[plot])
        row[3] += 1
    return {grid: Load(*row) for grid, row in found.items()}


@SMALL
@given(plans(), st.data())
def test_every_plot_is_in_exactly_one_grid_and_the_union_is_the_community(
    plan: Plan, data: st.DataObject
) -> None:
    problem = plan.graph.problem
    shapes = shapely.box(problem.x, problem.y, problem.x + SIDE_M, problem.y + SIDE_M)
    community = shapely.union_all(shapes)
    for after, _ in play(data, plan, 6):
        assert after.grid.shape == (plan.graph.plots,)
        assert sum(load.plots for load in after.loads.values()) == plan.graph.plots
        assert set(after.loads) == set(after.grid.tolist())
        grids = [shapely.union_all(shapes[after.grid == g]) for g in after.loads]
        assert shapely.union_all(grids).equals(community)
        # No overlap: areas add up.
        assert sum(g.area for g in grids) == pytest.approx(community.area, abs=1e-6)


@SMALL
@given(plans(), st.data())
def test_households_are_conserved_and_counts_equal_a_full_recount(
    plan: Plan, data: st.DataObject
) -> None:
    total = int(plan.graph.problem.households.sum())
    for after, _ in play(data, plan, 8):
        assert sum(load.households for load in after.loads.values()) == total
        assert dict(after.loads) == recount(after) == count_loads(after.graph, after.grid)


@SMALL
@given(plans(), st.data())
def test_pieces_followed_from_stroke_to_stroke_equal_a_full_search(
    plan: Plan, data: st.DataObject
) -> None:
    for after, _ in play(data, plan, 8):
        assert dict(after.pieces) == all_pieces(after.graph, after.grid)
        for grid, pieces in after.pieces.items():
            assert (
                sorted(p for piece in pieces for p in piece)
                == np.flatnonzero(after.grid == grid).tolist()
            )
            assert all(is_connected(after.graph.problem, set(piece)) for piece in pieces)


@SMALL
@given(plans(), st.data())
def test_do_then_undo_is_identity(plan: Plan, data: st.DataObject) -> None:
    before = plan
    for after, moves in play(data, plan, 6):
        back = apply_moves(after, inverse(moves))
        assert back.grid.tolist() == before.grid.tolist()
        assert dict(back.loads) == dict(before.loads)
        assert dict(back.pieces) == dict(before.pieces)
        before = after


@SMALL
@given(plans(), st.data())
def test_replaying_the_log_gives_the_plan_and_taking_back_gives_the_start(
    plan: Plan, data: st.DataObject
) -> None:
    done = play(data, plan, 8)
    log = [moves for _, moves in done]
    last = done[-1][0] if done else plan
    assert replay(plan.grid, log).tolist() == last.grid.tolist()
    entries = [Entry(i + 1, "brush", moves) for i, moves in enumerate(log)]
    for kept in range(len(entries) + 1):
        back = apply_moves(last, take_back(entries[kept:]))
        wanted = replay(plan.grid, log[:kept])
        assert back.grid.tolist() == wanted.tolist()


@SMALL
@given(plans(), st.data())
def test_undo_and_redo_walk_the_log_without_limit(plan: Plan, data: st.DataObject) -> None:
    """A random walk of doing, undoing, redoing against a plain stack of plans."""
    log: list[Entry] = []
    past, future = [plan.grid.tolist()], list[list[int]]()
    now, fresh = plan, -1
    for _ in range(12):
        state = marks(log)
        what = data.draw(st.sampled_from(("do", "undo", "redo")))
        if what == "do":
            fresh -= 1
            try:
                moves = stroke_moves(now, data.draw(strokes(now, fresh)), LIMIT)
            except InputError:
                continue
            log.append(Entry(len(log) + 1, "brush", moves))
            future.clear()
        else:
            sequence = next_undo(state) if what == "undo" else next_redo(state)
            can = len(past) > 1 if what == "undo" else bool(future)
            assert (sequence is not None) == can
            if sequence is None:
                continue
            entry = next(e for e in log if e.sequence == sequence)
            if what == "undo":
                log.append(undo_entry(entry, len(log) + 1))
            else:
                log.append(Entry(len(log) + 1, "redo", entry.moves, entry.sequence))
        now = apply_moves(now, log[-1].moves)
        if what == "undo":
            future.append(past.pop())
            assert now.grid.tolist() == past[-1]
        elif what == "redo":
            past.append(future.pop())
            assert now.grid.tolist() == past[-1]
        else:
            past.append(now.grid.tolist())
    assert replay(plan.grid, [e.moves for e in log]).tolist() == now.grid.tolist()


@SMALL
@given(plans(), st.data())
def test_findings_name_every_breach_and_no_other(plan: Plan, data: st.DataObject) -> None:
    for after, _ in play(data, plan, 5):
        found = plan_findings(after, Rules(LIMIT))
        over = {g for g, load in after.loads.items() if load.households > LIMIT}
        assert {f.grid for f in found if f.code == "grid_over_limit"} == {
            g for g in over if after.loads[g].plots > 1
        }
        # A building that alone exceeds the limit is a grid of its own with a warning.
        alone = [f for f in found if f.code == "building_over_limit"]
        assert {f.grid for f in alone} == {g for g in over if after.loads[g].plots == 1}
        assert all(f.severity == "warning" for f in alone)
        cut = [f for f in found if f.code == "grid_in_pieces"]
        assert len(cut) == sum(len(pieces) - 1 for pieces in after.pieces.values())


@SMALL
@given(plans(), st.data())
def test_a_mend_takes_its_piece_away(plan: Plan, data: st.DataObject) -> None:
    for after, _ in play(data, plan, 4):
        for finding in plan_findings(after, Rules(LIMIT)):
            if finding.mend is None:
                continue
            mended = apply_moves(
                after,
                stroke_moves(after, Stroke("mend", finding.mend.plots, finding.mend.target), LIMIT),
            )
            assert finding.grid is not None
            assert len(mended.pieces[finding.grid]) == len(after.pieces[finding.grid]) - 1
            # What it joins touches it, so that grid gets no further piece.
            target = finding.mend.target
            assert len(mended.pieces[target]) <= len(after.pieces[target])


@SMALL
@given(plans(), st.data())
def test_locked_plots_and_grids_never_move(plan: Plan, data: st.DataObject) -> None:
    grids = frozenset(data.draw(st.lists(st.sampled_from(sorted(plan.loads)), max_size=2)))
    plots = frozenset(data.draw(st.lists(st.integers(0, plan.graph.plots - 1), max_size=3)))
    locked = make_plan(plan.graph, plan.grid, grids, plots)
    for after, _ in play(data, locked, 6):
        for plot in plots:
            assert after.grid[plot] == plan.grid[plot]
        for grid in grids:
            assert np.array_equal(after.grid == grid, plan.grid == grid)
