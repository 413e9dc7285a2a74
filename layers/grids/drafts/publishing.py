"""Publishing a draft: judged again by independent code, numbered, dated, then immutable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypedDict

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.divisions import read_changes as read_territories
from data.divisions import read_communities
from data.divisions.write_county import touch
from data.plans import read, write_publishing
from data.plans.approval import read as read_approval
from data.plans.approval import write as write_approval
from data.plans.drafts import write, write_log
from data.plans.rows import AnyPlan, PlanGrid
from data.plans.write import publish_plan
from layers.grids.drafts.making import carried
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import DraftState, grid_row, load_state
from layers.grids.judge.verdict import Certificate, PlanParts, Verdict, judge
from layers.grids.plan.assignment import Move, Plan, make_plan
from layers.grids.plan.numbering import grid_code, kept_numbers
from layers.grids.plan.stroke import PlanFinding
from layers.kit.errors import ConflictError, InputError
from layers.kit.ids import GridId

WAIVABLE = ("grid_over_limit", "grid_in_pieces")


@dataclass(frozen=True)
class Obstacles:
    """Why a plan may not be published: open findings, and what the independent judge found."""

    findings: tuple[PlanFinding, ...]
    verdicts: tuple[str, ...] = ()


class WaiverSaid(TypedDict):
    """A waiver as a certificate says it."""

    grid: str
    finding: str
    reason: str
    by: str


class PlanCertificate(TypedDict):
    """What a published plan carries: the judge's word on each community, and its waivers."""

    communities: list[Certificate]
    waivers: list[WaiverSaid]


def plan_states(c: Connection, plot_store: PlotStore, head: AnyPlan) -> list[DraftState]:
    """Return every community of a plan."""
    return [load_state(c, plot_store, head, r.id) for r in read.plan_communities(c, head.id)]


def open_errors(states: list[DraftState], waived: set[tuple[int | None, str]]) -> list[PlanFinding]:
    """Return the errors that nobody answers for."""
    return [
        f
        for state in states
        for f in state.findings
        if f.severity == "error" and (f.grid, f.code) not in waived
    ]


def publish(
    c: Connection, plot_store: PlotStore, head: AnyPlan, since: date
) -> Obstacles | PlanCertificate:
    """Bring a draft into force from a day on; return its certificate, or why it may not be.

    The caller holds the plan's row. Raises InputError, ConflictError.
    """
    write_publishing.take_turn(c, head.code)
    states = plan_states(c, plot_store, head)
    communities = [s.about.community_id for s in states]
    gone = read_territories.ended(c, communities)
    if gone:
        raise ConflictError(
            "{gone} was split or its border moved: start a draft from the plan in force",
            gone=gone[0],
        )
    later = write_publishing.plans_from(c, communities, since)
    if later:
        raise ConflictError(
            "{later} comes into force on {since} or later: choose a later day",
            later=later[0],
            since=since,
        )
    waived = read_approval.waived(c, head.id)
    errors = open_errors(states, waived)
    if errors:
        return Obstacles(tuple(errors))
    successors: dict[int, int] = {}
    certificates: list[Certificate] = []
    failed: list[str] = []
    sequence = head.version
    for state in states:
        after, moved = _number(c, state, since)
        successors.update(moved)
        if after is not state:
            sequence = _log_numbering(c, head, state, after, sequence)
        verdict = judge_state(c, after, waived, _ids(state, after))
        certificates.append(verdict.certificate)
        open_ = open_findings(verdict, after, waived, _ids(state, after))
        failed += [f"{state.about.name}: {code} {subject}" for code, subject in open_]
    if failed:
        return Obstacles((), tuple(failed))
    write_log.set_version(c, head.id, sequence)
    write_publishing.follow_successors(c, successors, since)
    write_publishing.bring_into_force(c, head.id, communities, since)
    write_publishing.set_published(c, head.id)
    certificate: PlanCertificate = {
        "communities": certificates,
        "waivers": [
            {"grid": w.code, "finding": w.finding, "reason": w.reason, "by": w.by}
            for w in read_approval.waivers(c, head.id)
        ],
    }
    write_publishing.set_snapshot(c, head.id, head.code)
    publish_plan(c, head.id, certificate)
    touch(c, head.code)
    return certificate


def _ids(before: DraftState, after: DraftState) -> dict[int, int]:
    """Return the draft's grid id of every grid in force, by plots."""
    pairs = np.unique(np.column_stack([after.plan.grid, before.plan.grid]), axis=0)
    return {int(new): int(old) for new, old in pairs}


def _number(c: Connection, state: DraftState, since: date) -> tuple[DraftState, dict[int, int]]:
    """Give a community's grids their codes in force; return the state and grids retired.

    A code, and the grid that carries it, stays with the draft's grid that keeps most of its
    households; what is new takes numbers that no grid ever had.
    """
    about, plan = state.about, state.plan
    own = sorted(plan.loads)
    group = np.searchsorted(np.array(own, np.int64), plan.grid).astype(np.int32)
    old_rows, before = _in_force(c, state, since)
    problem = about.graph.problem
    numbers = kept_numbers(
        before,
        group,
        [r.number for r in old_rows],
        problem.households,
        problem.area_m2,
        problem.x,
        problem.y,
        read.numbers_given(c, about.code),
    )
    by_number = {r.number: r for r in old_rows}
    fresh = write_publishing.fresh_ids(c, own)
    taken = {by_number[int(n)].grid_id for n in numbers if int(n) in by_number}
    named = []
    for draft_id, n in zip(own, (int(v) for v in numbers), strict=True):
        row = state.grids[draft_id]
        final: int
        if n in by_number:
            final = by_number[n].grid_id
        elif draft_id in fresh and draft_id not in taken:
            final = draft_id
        else:
            final = write.new_grid_ids(c, about.code, 1)[0]
        name = row.name
        if name == f"{about.name}第{row.number}网格":
            name = f"{about.name}第{n}网格"
        code = grid_code(about.code, n)
        named.append(write_publishing.GridNaming(draft_id, final, code, n, name))
    kinds = {g: state.grids[g].type for g in own}
    write_publishing.name_grids(c, state.head.id, named, kinds, since)
    ids = np.array([n.id for n in named], np.int64)
    after = make_plan(about.graph, ids[group])
    grids = {
        n.id: replace(
            state.grids[n.draft_id], grid_id=GridId(n.id), code=n.code, number=n.number, name=n.name
        )
        for n in named
    }
    write.drop_grids(c, state.head.id, own)
    rows = [grid_row(about, after, g, grids[g]) for g in sorted(after.loads)]
    write.put_grids(c, state.head.id, about.community_id, rows, about.srid)
    done = DraftState(state.head, state.policy, about, after, grids, state.rules)
    return done, _retired(after, old_rows, before)


def _in_force(
    c: Connection, state: DraftState, since: date
) -> tuple[list[PlanGrid], NDArray[np.int32]]:
    """Return the grids that stand on the day before, and each plot's one (-1 none)."""
    about = state.about
    none = np.full(about.graph.plots, -1, np.int32)
    for row in read.communities_planned(c, state.head.code, since):
        if row.id != about.community_id or row.in_force is None:
            continue
        rows = read.plan_grids(c, row.in_force, about.community_id)
        if row.in_force_tessellation != about.tessellation:
            return rows, carried(c, state.policy, row.in_force, about).astype(np.int32)
        position: dict[int, int] = {r.grid_id: at for at, r in enumerate(rows)}
        stood = read.assignment(c, row.in_force, about.tessellation)
        return rows, np.array([position.get(int(g), -1) for g in stood], np.int32)
    return [], none


def _retired(plan: Plan, old_rows: Sequence[PlanGrid], before: NDArray[np.int32]) -> dict[int, int]:
    """Return the successor of every grid that goes: the one that got most of its households."""
    households = plan.graph.problem.households
    retired: dict[int, int] = {}
    for at, row in enumerate(old_rows):
        if row.grid_id in plan.loads:
            continue
        plots = np.flatnonzero(before == at)
        if len(plots):
            ids, where = np.unique(plan.grid[plots], return_inverse=True)
            weight = np.bincount(where, households[plots] + 1e-6)
            retired[row.grid_id] = int(ids[int(weight.argmax())])
    return retired


def _log_numbering(
    c: Connection, head: AnyPlan, before: DraftState, after: DraftState, sequence: int
) -> int:
    """Log which plots changed their grid's id, so that the log still gives the plan."""
    ids = before.about.plot_ids
    moved = np.flatnonzero(before.plan.grid != after.plan.grid).tolist()
    moves = [Move(int(ids[p]), int(before.plan.grid[p]), int(after.plan.grid[p])) for p in moved]
    if not moves:
        return sequence
    write_log.log_operation(
        c,
        head.id,
        community_id=before.about.community_id,
        code=before.about.code,
        sequence=sequence,
        kind="numbering",
        moves=moves,
        made_by="getu",
    )
    return sequence + 1


def judge_state(
    c: Connection,
    state: DraftState,
    waived: set[tuple[int | None, str]],
    draft_ids: Mapping[int, int],
) -> Verdict:
    """Ask the judge, with what the database holds and not with what made the plan.

    ``draft_ids``: the id that waivers know a grid by, by its id.
    """
    about, srid = state.about, state.about.srid
    rows = read.exportable(c, state.head.id, srid, about.community_id)
    shapes = shapely.from_wkb([bytes(r.geometry) for r in rows])
    grids = gpd.GeoDataFrame(
        {"code": [r.code for r in rows], "households": [r.households for r in rows]},
        geometry=shapes,
        crs=srid,
    )
    frame = read_communities.tessellation_plots(
        c, about.tessellation, srid, state.policy.household_measure
    )
    code: dict[int, str] = {r.grid_id: r.code for r in rows}
    stood = read.assignment(c, state.head.id, about.tessellation)
    frame["grid"] = [code.get(int(g)) for g in stood]
    buildings = read_communities.community_buildings(c, about.community_id, srid)
    buildings = buildings[buildings["community_id"] == about.community_id]
    communities = read_communities.communities(c, state.head.code, srid)
    polygon = communities.geometry[communities["id"] == about.community_id].iloc[0]
    # A waiver without a number (of an older plan, or one that came along) allows what there is.
    allowed = {
        code[g]: state.rules.allowed.get(draft_id, len(state.plan.pieces[g]))
        for g, draft_id in draft_ids.items()
        if draft_id in state.rules.allowed or (draft_id, "grid_in_pieces") in waived
    }
    parts = PlanParts(about.name, grids, frame, buildings, polygon)
    return judge(parts, state.rules.limit, allowed)


def open_findings(
    verdict: Verdict,
    state: DraftState,
    waived: set[tuple[int | None, str]],
    draft_ids: Mapping[int, int],
) -> list[tuple[str, str]]:
    """Return the judge's errors that nobody answers for: code and the grid's code."""
    code = {state.grids[g].code: draft_ids[g] for g in state.plan.loads}
    return [
        (f.code, f.subject or "")
        for f in verdict.findings
        if f.severity == "error" and (code.get(f.subject or ""), f.code) not in waived
    ]


def waive(
    c: Connection,
    plot_store: PlotStore,
    plan_id: int,
    grid_id: int,
    finding: str,
    reason: str,
    by: str,
) -> int:
    """Store a waiver of a finding that a grid has now. Raises InputError, ConflictError."""
    head = read.hold_plan(c, plan_id)
    if head.published_at is not None:
        raise ConflictError("the plan is published: its waivers stand")
    if finding not in WAIVABLE:
        raise InputError("only {listed} can be waived", listed=" and ".join(WAIVABLE))
    for state in plan_states(c, plot_store, head):
        for found in state.findings:
            if found.grid == grid_id and found.code == finding:
                return write_approval.add_waiver(
                    c,
                    plan_id,
                    grid_id=grid_id,
                    code=state.grids[grid_id].code,
                    finding=finding,
                    reason=reason,
                    by=by,
                    pieces=len(state.plan.pieces[grid_id]) if finding == "grid_in_pieces" else None,
                )
    raise InputError(
        "grid {grid_id} has no finding {finding} to waive", grid_id=grid_id, finding=finding
    )
