"""A chosen candidate becomes one operation of a draft, in each community that it changes.

1. In one community a candidate that comes too late is kept as a branch, like any stroke. Over
   several communities, or with locks to take off, it is all or nothing: where one community is not
   as it was, nothing is drawn.
2. A candidate made on one plan may be drawn into another one that is at the same state, such as a
   new draft of it.
3. Locks that the planner gave up are taken off first; locks are no operations and not undone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.plans import read
from data.plans.drafts import read_log
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.saving import LateChange, StrokeRequest, StrokeResult, lock, save_stroke
from layers.grids.drafts.state import DraftState, load_state
from layers.grids.plan.stroke import Stroke
from layers.grids.proposals.candidates import changes
from layers.grids.proposals.result import DivisionResult
from layers.kit.errors import ConflictError, InputError, NotFoundError


@dataclass(frozen=True)
class ChoiceResult:
    """What became of a chosen candidate in one community of a draft."""

    community: int
    answer: StrokeResult | LateChange


def draw_candidate(
    c: Connection,
    plot_store: PlotStore,
    result: DivisionResult,
    candidate: int,
    draft: int,
    by: str,
    token: str | None = None,
) -> list[ChoiceResult]:
    """Make a candidate the draft's next operation, all in the caller's transaction.

    ``result``: of ``make_candidates``, arrays and all. Raises ConflictError (clauses 1 and 2) and
    InputError where the candidate changes nothing.
    """
    if not 0 <= candidate < len(result["candidates"]):
        raise NotFoundError("the job has {count} candidates", count=len(result["candidates"]))
    head = read.hold_plan(c, draft)
    drawn = []
    rows = zip(result["candidates"][candidate]["communities"], result["communities"], strict=True)
    pairs = [
        (start, np.array(start["before"], np.int64), np.array(row["targets"], np.int64))
        for row, start in rows
    ]
    changing = [pair for pair in pairs if changes(pair[1], pair[2]).any()]
    for start, before, target in changing:
        state = load_state(c, plot_store, head, start["id"])
        if state.about.tessellation != start["tessellation"]:
            raise ConflictError("{name} has new plots since: divide it again", name=start["name"])
        same = start["plan"] == draft
        may_branch = same and len(changing) == 1 and result["keep_locked"]
        if start["plan"] is None:  # nothing was there before: whatever the draft has gives way
            before = state.plan.grid
        elif not may_branch and (state.plan.grid != before).any():
            if _repeated(c, draft, token, start["id"]):
                continue
            raise ConflictError(
                "the draft differs from what was divided in {name}: divide it again",
                name=start["name"],
            )
        if not result["keep_locked"]:
            _unlock(c, plot_store, draft, state.about.community_id, state)
        sent = StrokeRequest(
            community=start["id"],
            version=start["version"] if same else head.version,
            stroke=Stroke("divide", parts=_parts(before, target)),
            by=by,
            token=_token(token, start["id"]),
        )
        answer = save_stroke(c, plot_store, draft, sent)
        drawn.append(ChoiceResult(start["id"], answer))
        head = read.hold_plan(c, draft)
    if not changing:
        raise InputError("nothing to change: the plan is like this candidate already")
    return drawn


def _token(token: str | None, community: int) -> str | None:
    return f"{token}:{community}" if token else None


def _repeated(c: Connection, draft: int, token: str | None, community: int) -> bool:
    """Tell whether this very choice was drawn before, and its answer was lost on the way."""
    own = _token(token, community)
    return own is not None and read_log.operation_by_token(c, draft, own) is not None


def _unlock(
    c: Connection, plot_store: PlotStore, draft: int, community: int, state: DraftState
) -> None:
    grids, plots = sorted(state.plan.locked_grids), sorted(state.plan.locked_plots)
    if grids or plots:
        here = state.about.tessellation
        lock(c, plot_store, draft, community, grids, plots, locked=False, tessellation=here)


def _parts(
    before: NDArray[np.int64], target: NDArray[np.int64]
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Return the plots that each grid gets from others."""
    return tuple(
        (int(to), tuple(np.flatnonzero((target == to) & (before != to)).tolist()))
        for to in np.unique(target[before != target])
    )
