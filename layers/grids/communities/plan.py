"""The plan that comes into force with a change of communities: the same grids, under new codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import Connection

from data.divisions import write_changes as write_territories
from data.plans import read, write_publishing
from data.plans.approval import write as write_approval
from data.plans.drafts import write, write_log
from data.plans.write import publish_plan
from layers.grids.communities.change import ChangeScript
from layers.grids.drafts.making import plots_of
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.publishing import PlanCertificate, judge_state, open_findings, plan_states
from layers.grids.drafts.state import DraftState, grid_row
from layers.grids.judge.verdict import Certificate
from layers.grids.plan.assignment import make_plan
from layers.kit.errors import ConflictError


def put_plan(
    c: Connection,
    plot_store: PlotStore,
    change: ChangeScript,
    made: Sequence[int],
    tessellations: Sequence[int],
    ids: Mapping[int, int],
    areas: Mapping[int, int],
) -> int:
    """Write the plan of a change and bring it into force on its day; return its id.

    ``ids``: of grids, by the id in the change. Raises ConflictError where the judge finds what was
    not there before.
    """
    policy, wanted = change.policy, change.wanted
    sources = sorted({r.in_force for r in change.rows if r.in_force is not None})
    names = "、".join(part.name for part in change.parts)
    plan_id = write.create_draft(
        c,
        county=policy.code,
        name=f"社区析置（{names}）",
        stage=policy.stages[-1],
        made_by=wanted.by,
        parent_id=change.rows[0].in_force,
    )
    for at, tessellation in enumerate(tessellations):
        _put_community(c, plot_store, change, plan_id, at, tessellation, ids, areas)
    write_territories.copy_waivers(c, sources, plan_id)
    write_log.log_start(c, plan_id, wanted.by)
    certificates = _judged(c, plot_store, plan_id, change, ids)
    write_publishing.bring_into_force(c, plan_id, list(made), change.on)
    write_publishing.set_published(c, plan_id)
    write_publishing.set_snapshot(c, plan_id, policy.code)
    write_approval.write_stage(
        c,
        plan_id,
        code=policy.code,
        stage=policy.stages[-1],
        by=wanted.by,
        comment=None,
        document_number=wanted.document_number,
        attachment=None,
    )
    certificate: PlanCertificate = {"communities": certificates, "waivers": []}
    publish_plan(c, plan_id, certificate)
    return plan_id


def _put_community(
    c: Connection,
    plot_store: PlotStore,
    change: ChangeScript,
    plan_id: int,
    at: int,
    tessellation: int,
    ids: Mapping[int, int],
    areas: Mapping[int, int],
) -> None:
    about = plots_of(c, plot_store, change.policy, tessellation)
    own = change.after == at
    order = np.argsort(change.plot_ids[own])
    grid = np.array([ids[int(g)] for g in change.regrouped.grid[own][order]], np.int64)
    plan = make_plan(about.graph, grid)
    listed = [
        write.DraftGrid(
            ids[g.id], g.code, g.number, g.name, g.type, g.before is None, areas.get(ids[g.id])
        )
        for g in change.grids.values()
        if g.part == at
    ]
    write.add_community(
        c,
        plan_id,
        community_id=about.community_id,
        code=about.code,
        tessellation_id=tessellation,
        plot_ids=about.plot_ids.tolist(),
        grid=grid,
        grids=listed,
        rows=[grid_row(about, plan, g.id, g) for g in listed],
        srid=about.srid,
    )


def _judged(
    c: Connection, plot_store: PlotStore, plan_id: int, change: ChangeScript, ids: Mapping[int, int]
) -> list[Certificate]:
    """Judge the plan; what grids broke before is theirs still, anything else stops the change."""
    head = read.plan_head(c, plan_id)
    cut = {ids[g] for one in change.cuts for g in (one.grid, one.into)}
    certificates: list[Certificate] = []
    for state in plan_states(c, plot_store, head):
        verdict = judge_state(c, state)
        failed = open_findings(verdict, state, _inherited(state, cut))
        if failed:
            found = failed[0]
            names = {row.code: row.name for row in state.grids.values()}
            raise ConflictError(
                "{name}: {code} {subject}: choose other land",
                name=state.about.name,
                code=found.code,
                subject=names.get(found.subject or "", found.subject or ""),
            )
        certificates.append(verdict.certificate)
    return certificates


def _inherited(state: DraftState, cut: set[int]) -> set[tuple[int | None, str]]:
    """Return the breaches that came along: of grids left whole, and loads that only got smaller."""
    return {
        (f.grid, f.code)
        for f in state.findings
        if f.severity == "error" and (f.grid not in cut or f.code == "grid_over_limit")
    }
