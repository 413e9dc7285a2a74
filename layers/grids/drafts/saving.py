"""Drafts between the database and the pure modules: state, strokes, undo, branches, locks.

Two planners who work in different communities of a draft do not meet; in the same community the
second one is stale: what he did is kept as a branch, and he is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from logging import getLogger

import numpy as np
from sqlalchemy import Connection

from data.plans import read
from data.plans.drafts import read_log, write, write_log
from data.plans.rows import AnyPlan, ListedGrid, StoredMove
from layers.grids.drafts.plot_store import CommunityPlots, PlotStore
from layers.grids.drafts.state import DraftState, is_editable, load_state, write_grids
from layers.grids.plan.assignment import Move, apply_moves, inverse
from layers.grids.plan.log import Entry, marks, take_back
from layers.grids.plan.numbering import grid_code
from layers.grids.plan.stroke import Stroke, disagreement, stroke_moves
from layers.kit.errors import ConflictError, InputError, Message, NotFoundError
from layers.kit.ids import GridId

logger = getLogger(__name__)
MOST_NEW_GRIDS = 400


@dataclass(frozen=True)
class StrokeRequest:
    """A stroke as it came. ``line`` in degrees; ``expected``: households by grid, as shown."""

    community: int
    version: int
    stroke: Stroke
    by: str
    line: Sequence[tuple[float, float]] = ()
    token: str | None = None
    expected: Mapping[int, int] = field(default_factory=dict)
    preview: bool = False


@dataclass(frozen=True)
class StrokeResult:
    """A change that was saved (or tried, for a preview)."""

    state: DraftState
    version: int
    kind: str
    moves: tuple[Move, ...]
    operation: int | None = None
    created: Mapping[int, int] = field(default_factory=dict)
    differences: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    repeated: bool = False


@dataclass(frozen=True)
class LateChange:
    """A change that came too late. ``branch``: the draft that keeps it, None where it is not."""

    version: int
    branch: int | None
    reason: Message


def save_stroke(
    c: Connection, plot_store: PlotStore, plan_id: int, sent: StrokeRequest
) -> StrokeResult | LateChange:
    """Apply a stroke to a draft and save it, all in the caller's transaction.

    Raises InputError for a stroke that cannot be done and ConflictError for a published plan. A
    stroke that comes too late, or after the draft went out for approval, is kept as a branch.
    """
    head = read.plan_head(c, plan_id) if sent.preview else read.hold_plan(c, plan_id)
    state = load_state(c, plot_store, head, sent.community)
    if sent.token and not sent.preview:
        repeated = _repeated(c, state, sent.token)
        if repeated is not None:
            return repeated
    editable = is_editable(head, state.policy)
    if not editable and (sent.preview or head.published_at is not None):
        raise ConflictError(_closed(head))
    if sent.preview:
        moves = _stroke(state, sent)
        plan = apply_moves(state.plan, moves)
        after = DraftState(head, state.policy, state.about, plan, state.grids, state.rules)
        differences = disagreement(plan, sent.expected)
        return StrokeResult(after, head.version, sent.stroke.kind, moves, differences=differences)
    if _is_stale(c, head, sent.community, sent.version):
        if _has_new_plots(c, head, sent.community, sent.version):
            # The stroke names places among plots that are gone: nothing that could be kept.
            raise InputError("buildings were changed here and the plots followed: draw it again")
        why = Message("somebody saved in this community first: your stroke is kept in a branch")
        return _keep_as_branch(c, state, sent, why)
    if not editable:
        why = Message("{closed}; your stroke is kept in a branch", {"closed": _closed(head)})
        return _keep_as_branch(c, state, sent, why)
    moves = _stroke(state, sent)
    return _save(c, state, sent.stroke.kind, moves, sent.by, sent.token, sent.expected)


def _closed(head: AnyPlan) -> Message:
    return Message(
        "the plan is at the stage {stage}: send it back before it is redrawn", {"stage": head.stage}
    )


def _stroke(state: DraftState, sent: StrokeRequest) -> tuple[Move, ...]:
    stroke = sent.stroke
    named = {stroke.target, stroke.grid, *stroke.grids, *(to for to, _ in stroke.parts)} - {None}
    unknown = sorted(g for g in named if g is not None and g >= 0 and g not in state.grids)
    if unknown:
        raise NotFoundError(
            "grid {unknown} is not in this community of the draft", unknown=unknown[0]
        )
    if sent.line:
        stroke = Stroke(
            stroke.kind, stroke.plots, stroke.target, stroke.grid, stroke.grids, stroke.estate,
            state.about.local(sent.line), stroke.only_from,
        )  # fmt: skip
    return stroke_moves(state.plan, stroke, state.rules.limit)


def _is_stale(c: Connection, head: AnyPlan, community: int, version: int) -> bool:
    """Tell whether somebody saved in this community since a version."""
    if version == head.version:
        return False
    if not 1 <= version < head.version:
        raise ConflictError(
            "version {version} of the draft is unknown (it is at {version_2}): reload it",
            version=version,
            version_2=head.version,
        )
    return bool(read_log.operations(c, head.id, community, after=version - 1))


def _has_new_plots(c: Connection, head: AnyPlan, community: int, version: int) -> bool:
    """Tell whether the community's plots were made anew since a version (carry_over)."""
    log = read_log.operations(c, head.id, community, after=version - 1)
    return any(row.kind == "plots" for row in log)


def _repeated(c: Connection, state: DraftState, token: str) -> StrokeResult | LateChange | None:
    """Return the answer to a stroke that came before, wherever it was kept."""
    found = read_log.operation_by_token(c, state.head.id, token)
    if found is not None:
        moves = _positions(state.about, found.moves)
        return StrokeResult(state, state.head.version, found.kind, moves, found.id,
                     repeated=True)  # fmt: skip
    branch = read_log.branch_of_token(c, state.head.id, token)
    if branch is not None:
        why = Message("the stroke was kept as a branch before")
        return LateChange(state.head.version, branch, why)
    return None


def _save(
    c: Connection,
    state: DraftState,
    kind: str,
    moves: tuple[Move, ...],
    by: str,
    token: str | None = None,
    expected: Mapping[int, int] | None = None,
    of: int | None = None,
    version: int | None = None,
) -> StrokeResult:
    """Apply moves, write log, assignment and grids, raise the version."""
    head, about = state.head, state.about
    version = head.version if version is None else version
    created, grids = _new_grids(c, state, moves)
    wanted = {created.get(g, g): n for g, n in (expected or {}).items()}
    moves = tuple(Move(m.plot, m.source, created.get(m.target, m.target)) for m in moves)
    plan = apply_moves(state.plan, moves)
    after = DraftState(head, state.policy, about, plan, grids, state.rules)
    ids = about.plot_ids
    rows = [(int(ids[m.plot]), m.source, m.target) for m in moves]
    operation = write_log.log_operation(
        c,
        head.id,
        community_id=about.community_id,
        code=about.code,
        sequence=version,
        kind=kind,
        moves=rows,
        made_by=by,
        token=token,
        of_sequence=of,
    )
    targets = [m.target for m in moves]
    write.move_plots(c, head.id, [r[0] for r in rows], targets, [grids[t].code for t in targets])
    touched = {g for m in moves for g in (m.source, m.target)}
    write_grids(c, after, touched)
    write_log.set_version(c, head.id, version + 1)
    differences = disagreement(plan, wanted)
    if differences:
        logger.error(
            "plan %s, operation %s: browser and server count differently in %d grids",
            head.id,
            operation,
            len(differences),
        )
    return StrokeResult(after, version + 1, kind, moves, operation, created, differences)


def _new_grids(
    c: Connection, state: DraftState, moves: Sequence[Move]
) -> tuple[dict[int, int], dict[int, ListedGrid]]:
    """Make the grids that moves name by negative numbers; return their ids and all grids."""
    wanted = sorted({m.target for m in moves if m.target < 0}, reverse=True)
    grids = dict(state.grids)
    if not wanted:
        return {}, grids
    if len(grids) + len(wanted) > MOST_NEW_GRIDS:
        raise InputError(
            "a community of a draft holds at most {most_new_grids} grids",
            most_new_grids=MOST_NEW_GRIDS,
        )
    about = state.about
    ids = write.new_grid_ids(c, about.code, len(wanted))
    given = {g.number for g in grids.values()} | read.numbers_given(c, about.code)
    number = max(given, default=0)
    made = []
    for i in ids:
        number += 1
        made.append(
            write.DraftGrid(i, grid_code(about.code, number), number,
                            f"{about.name}第{number}网格", is_new=True)
        )  # fmt: skip
    write.add_grids(c, state.head.id, about.community_id, made)
    for g in made:
        grids[g.id] = ListedGrid(
            GridId(g.id), g.code, g.number, g.name, g.type, is_new=True, is_locked=False,
            area_id=None,
        )  # fmt: skip
    return dict(zip(wanted, ids, strict=True)), grids


def step(
    c: Connection,
    plot_store: PlotStore,
    plan_id: int,
    community_id: int,
    version: int,
    by: str,
    *,
    redo: bool,
) -> StrokeResult | LateChange:
    """Undo the last operation in a community, or redo the first undone. Raises InputError."""
    head = read.hold_plan(c, plan_id)
    state = load_state(c, plot_store, head, community_id)
    if not is_editable(head, state.policy):
        raise ConflictError(_closed(head))
    if _is_stale(c, head, community_id, version):
        why = Message("somebody saved in this community first: reload it")
        return LateChange(head.version, None, why)
    found = read_log.operation_to(c, plan_id, community_id, redo=redo)
    if found is None:
        if redo:
            raise InputError("there is nothing to redo in this community")
        raise InputError("there is nothing to undo in this community")
    moves = _positions(state.about, found.moves)
    if not redo:
        moves = inverse(moves)
    write_log.set_undone(c, plan_id, {found.sequence: (not redo, False)})
    kind = "redo" if redo else "undo"
    return _save(c, state, kind, moves, by, of=found.sequence)


def _positions(about: CommunityPlots, rows: Sequence[StoredMove]) -> tuple[Move, ...]:
    """Return moves that were logged (all but those of a start) with plots by position."""
    plots = about.positions(np.array([r[0] for r in rows], np.int64)).tolist()
    return tuple(
        Move(plot, source, target)
        for plot, (_, source, target) in zip(plots, rows, strict=True)
        if source is not None and target is not None
    )


def _keep_as_branch(
    c: Connection, state: DraftState, sent: StrokeRequest, why: Message
) -> LateChange:
    """Keep a stale stroke in a new draft: the state that it was made on, and the stroke."""
    head, about = state.head, state.about
    since = read_log.operations(c, head.id, about.community_id, after=sent.version - 1)
    entries = [Entry(r.sequence, r.kind, _positions(about, r.moves), r.of_sequence) for r in since]
    back = take_back(entries)
    before = DraftState(
        head, state.policy, about, apply_moves(state.plan, back), state.grids, state.rules
    )
    moves = _stroke(before, sent)  # a stroke that cannot be done is refused and not kept
    branch_id = branch(c, head, f"{head.name}（{sent.by}的分支）", sent.by, is_branch=True)
    write_log.drop_operations(c, branch_id, about.community_id, sent.version)
    log = read_log.operations(c, branch_id, about.community_id)
    rows = (Entry(r.sequence, r.kind, (), r.of_sequence) for r in log)
    write_log.set_undone(c, branch_id, marks(rows))
    own = DraftState(
        read.hold_plan(c, branch_id), state.policy, about, before.plan, state.grids, state.rules
    )
    if back:
        ids = about.plot_ids
        targets = [m.target for m in back]
        write.move_plots(
            c,
            branch_id,
            [int(ids[m.plot]) for m in back],
            targets,
            [state.grids[t].code for t in targets],
        )
        write_grids(c, own, {g for m in back for g in (m.source, m.target)})
    _save(c, own, sent.stroke.kind, moves, sent.by, sent.token)
    return LateChange(head.version, branch_id, why)


def branch(c: Connection, head: AnyPlan, name: str, by: str, *, is_branch: bool = False) -> int:
    """Copy a plan as a new draft, a draft's log too; return its id."""
    policy = read.policy(c, head.code)
    from_draft = head.published_at is None
    branch_id = write.create_draft(
        c,
        county=head.code,
        name=name[:200],
        stage=policy.stages[0],
        made_by=by,
        parent_id=head.id,
        is_branch=is_branch,
        version=head.version if from_draft else 1,
    )
    communities = [r.id for r in read.plan_communities(c, head.id)]
    write.copy_communities(c, head.id, branch_id, communities)
    if from_draft:
        write_log.copy_log(c, head.id, branch_id)
    else:
        write_log.log_start(c, branch_id, by)
    return branch_id


def lock(
    c: Connection,
    plot_store: PlotStore,
    plan_id: int,
    community_id: int,
    grids: Sequence[int],
    plots: Sequence[int],
    *,
    locked: bool,
    tessellation: int,
) -> DraftState:
    """Lock or unlock grids and plots of a draft.

    ``plots``: positions in ``tessellation``, which has to be the draft's newest: positions of
    others would name other land. Raises InputError, ConflictError.
    """
    head = read.hold_plan(c, plan_id)
    state = load_state(c, plot_store, head, community_id)
    if not is_editable(head, state.policy):
        raise ConflictError("the plan is not a draft any more: nothing to lock")
    if plots and tessellation != state.about.tessellation:
        raise ConflictError("the plots were made anew meanwhile: load the page again and repeat")
    missing = [g for g in grids if g not in state.grids]
    if missing:
        raise NotFoundError(
            "grid {missing} is not in this community of the draft", missing=missing[0]
        )
    if any(not 0 <= p < state.about.graph.plots for p in plots):
        raise InputError(
            "the community has plots 0 … {plots} only", plots=state.about.graph.plots - 1
        )
    ids = [int(state.about.plot_ids[p]) for p in plots]
    write.set_locks(c, plan_id, code=state.about.code, grids=grids, plots=ids, locked=locked)
    return load_state(c, plot_store, head, community_id)
