"""Publishing a draft: judged again by independent code, numbered, dated, then immutable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypedDict

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import Connection

from data.divisions import read_changes as read_territories
from data.divisions import read_communities
from data.divisions.write_county import touch
from data.plans import read, write_publishing
from data.plans.approval import read as read_approval
from data.plans.approval import write as write_approval
from data.plans.rows import AnyPlan, Waiver
from data.plans.write import publish_plan
from data.rows.bulk import stored_geometry
from layers.grids.drafts.numbering import Standing, make_final, standing
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import DraftState, load_state
from layers.grids.judge.verdict import Certificate, PlanParts, Verdict, judge
from layers.grids.plan.assignment import Plan
from layers.grids.plan.stroke import PlanFinding
from layers.kit.errors import ConflictError, InputError
from layers.kit.findings import Finding

WAIVABLE = ("grid_over_limit", "grid_in_pieces")


@dataclass(frozen=True)
class Obstacles:
    """Why a plan may not be published: open findings, and what the independent judge found.

    ``verdicts``: the community's name and the finding.
    """

    findings: tuple[PlanFinding, ...]
    verdicts: tuple[tuple[str, Finding], ...] = ()


class WaiverSaid(TypedDict):
    """A waiver as a certificate says it."""

    grid: str
    finding: str
    reason: str
    by: str
    at: str
    households: int | None
    pieces: int | None


class PlanCertificate(TypedDict):
    """What a published plan carries: the judge's word on each community, and its waivers."""

    communities: list[Certificate]
    waivers: list[WaiverSaid]


def plan_states(c: Connection, plot_store: PlotStore, head: AnyPlan) -> list[DraftState]:
    """Return every community of a plan."""
    return [load_state(c, plot_store, head, r.id) for r in read.plan_communities(c, head.id)]


def open_errors(states: list[DraftState]) -> list[PlanFinding]:
    """Return the errors that nobody answers for."""
    return [f for state in states for f in state.findings if f.severity == "error" and not f.waived]


def publish(
    c: Connection, plot_store: PlotStore, head: AnyPlan, since: date
) -> Obstacles | PlanCertificate:
    """Bring a draft into force from a day on; return its certificate, or why it may not be.

    Its numbers are final before (numbering.py). The caller holds the plan's row. Raises InputError,
    ConflictError.
    """
    write_publishing.take_turn(c, head.code)
    if head.numbered_at is None:  # it left the first stage when that made nothing final yet
        make_final(c, plot_store, head)
        head = read.hold_plan(c, head.id)
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
    errors = open_errors(states)
    if errors:
        return Obstacles(tuple(errors))
    successors: dict[int, int] = {}
    certificates: list[Certificate] = []
    failed: list[tuple[str, Finding]] = []
    for state in states:
        successors.update(_retired(state.plan, standing(c, state, since)))
        verdict = judge_state(c, state)
        certificates.append(verdict.certificate)
        failed += [(state.about.name, found) for found in open_findings(verdict, state)]
    if failed:
        return Obstacles((), tuple(failed))
    write_publishing.keep_before(c, head.id, sorted(successors))
    write_publishing.code_grids(c, head.id, since)
    write_publishing.follow_successors(c, successors, since)
    write_publishing.bring_into_force(c, head.id, communities, since)
    write_publishing.set_published(c, head.id)
    certificate: PlanCertificate = {
        "communities": certificates,
        "waivers": [waiver_said(w) for w in read_approval.waivers(c, head.id)],
    }
    write_publishing.set_snapshot(c, head.id, head.code)
    publish_plan(c, head.id, certificate)
    touch(c, head.code)
    return certificate


def take_back(c: Connection, plan_id: int, by: str, comment: str | None) -> date:
    """Take a plan back that comes into force on a later day: approved, as it was before.

    Its numbers stay final. Returns the day. Raises ConflictError once the day has come, or where
    another plan follows it.
    """
    head = read.plan_head(c, plan_id)
    write_publishing.take_turn(c, head.code)
    read.hold_plan(c, plan_id)
    policy = read.policy(c, head.code)
    since = head.in_force_from
    if head.published_at is None or since is None:
        raise ConflictError("the plan is not published: there is nothing to take back")
    if since <= policy.today:
        raise ConflictError(
            "the plan is in force since {since}: make a draft from it to change it", since=since
        )
    later = write_publishing.plans_from(c, head.communities, since, besides=plan_id)
    if later:
        raise ConflictError("{later} follows this plan: take that one back first", later=later[0])
    write_publishing.take_back(c, plan_id, since)
    write_approval.write_stage(
        c,
        plan_id,
        code=head.code,
        stage=policy.stages[-2] if len(policy.stages) > 1 else policy.stages[0],
        by=by,
        comment=comment,
        document_number=None,
        attachment=None,
    )
    touch(c, head.code)
    return since


def _retired(plan: Plan, before: Standing) -> dict[int, int]:
    """Return the successor of every grid that goes: the one that got most of its households."""
    households = plan.graph.problem.households
    retired: dict[int, int] = {}
    for at, row in enumerate(before.grids):
        if row.grid_id in plan.loads:
            continue
        plots = np.flatnonzero(before.of_plot == at)
        if len(plots):
            ids, where = np.unique(plan.grid[plots], return_inverse=True)
            weight = np.bincount(where, households[plots] + 1e-6)
            retired[row.grid_id] = int(ids[int(weight.argmax())])
    return retired


def judge_state(c: Connection, state: DraftState) -> Verdict:
    """Ask the judge, with what the database holds and not with what made the plan."""
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
    # Land and shops have no count either: what homes lack one is said by the quality page.
    frame["households"] = frame["households"].fillna(0)
    buildings = read_communities.community_buildings(c, about.community_id, srid)
    buildings = buildings[buildings["community_id"] == about.community_id]
    communities = read_communities.communities(c, state.head.code, srid)
    polygon = communities.geometry[communities["id"] == about.community_id].iloc[0]
    in_pieces = {f.grid for f in state.findings if f.code == "grid_in_pieces" and not f.waived}
    allowed = {
        code[g]: len(pieces)
        for g, pieces in state.plan.pieces.items()
        if len(pieces) > 1 and g not in in_pieces
    }
    parts = PlanParts(about.name, grids, frame, buildings, polygon)
    # Where borders of communities run is no matter of the plan: it is said, and stops nothing.
    return judge(parts, state.rules.limit, allowed, "warning")


def open_findings(
    verdict: Verdict, state: DraftState, inherited: set[tuple[int | None, str]] | None = None
) -> list[Finding]:
    """Return the judge's errors that nobody answers for; their subject is the grid's code.

    ``inherited``: breaches (grid, code) that are not this plan's own.
    """
    ids = {state.grids[g].code: g for g in state.plan.loads}
    answered = state.waived | (inherited or set())
    return [
        f
        for f in verdict.findings
        if f.severity == "error" and (ids.get(f.subject or ""), f.code) not in answered
    ]


def waiver_said(w: Waiver) -> WaiverSaid:
    """Return a waiver as a certificate says it."""
    return {
        "grid": w.code,
        "finding": w.finding,
        "reason": w.reason,
        "by": w.by,
        "at": w.at.isoformat(),
        "households": w.households,
        "pieces": w.pieces,
    }


def waive(
    c: Connection,
    plot_store: PlotStore,
    plan_id: int,
    grid_id: int,
    finding: str,
    reason: str,
    by: str,
) -> int:
    """Store a waiver of a finding that a grid has now, for what the grid is now.

    Raises InputError, ConflictError.
    """
    head = read.hold_plan(c, plan_id)
    if head.published_at is not None:
        raise ConflictError("the plan is published: its waivers stand")
    if finding not in WAIVABLE:
        raise InputError("only {listed} can be waived", listed=" and ".join(WAIVABLE))
    for state in plan_states(c, plot_store, head):
        if any(f.grid == grid_id and f.code == finding for f in state.findings):
            return write_approval.add_waiver(
                c,
                plan_id,
                grid_id=grid_id,
                code=state.grids[grid_id].code,
                finding=finding,
                reason=reason,
                by=by,
                **_waived_for(state, grid_id, finding),
            )
    raise InputError(
        "grid {grid_id} has no finding {finding} to waive", grid_id=grid_id, finding=finding
    )


class WaivedFor(TypedDict):
    """What a waiver is given for; ``apart``: the land of the pieces that lie apart (EWKB)."""

    households: int | None
    pieces: int | None
    apart: str | None


def _waived_for(state: DraftState, grid_id: int, finding: str) -> WaivedFor:
    if finding == "grid_over_limit":
        return {
            "households": state.plan.loads[grid_id].households, "pieces": None, "apart": None,
        }  # fmt: skip
    _, *others = state.plan.pieces[grid_id]
    plots = sorted(p for piece in others for p in piece)
    land = shapely.coverage_union_all(state.about.shapes[plots])
    (apart,) = stored_geometry([land], state.about.srid, multi=True)
    return {"households": None, "pieces": len(others) + 1, "apart": apart}
