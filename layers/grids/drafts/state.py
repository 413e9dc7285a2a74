"""One community of a plan as it stands in the database, for the pure modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy import Connection

from data.plans import read
from data.plans.approval import read as read_approval
from data.plans.drafts import write
from data.plans.rows import AnyPlan, ListedGrid, PlanGrid, Policy, Waiver
from layers.grids.drafts.plot_store import CommunityPlots, PlotStore
from layers.grids.plan.assignment import Plan, make_plan
from layers.grids.plan.stroke import PlanFinding, Rules, plan_findings
from layers.kit.crs import to_measuring


@dataclass(frozen=True)
class DraftState:
    """One community of a plan as it stands. ``grids``: rows by id, those without plots too."""

    head: AnyPlan
    policy: Policy
    about: CommunityPlots
    plan: Plan
    grids: Mapping[int, ListedGrid]
    rules: Rules

    @property
    def findings(self) -> list[PlanFinding]:
        """What the plan breaks in this community."""
        return plan_findings(self.plan, self.rules)

    @property
    def waived(self) -> set[tuple[int | None, str]]:
        """The breaches (grid, code) that somebody answers for as they are."""
        found = self.findings
        still_open = {(f.grid, f.code) for f in found if not f.waived}
        return {(f.grid, f.code) for f in found if f.waived} - still_open


def is_editable(head: AnyPlan, policy: Policy) -> bool:
    """Tell whether a plan may be redrawn: in the county's first stage and not published."""
    return head.published_at is None and head.stage == policy.stages[0]


def load_state(
    c: Connection, plot_store: PlotStore, head: AnyPlan, community_id: int
) -> DraftState:
    """Return one community of a plan. Raises NotFoundError."""
    policy = read.policy(c, head.code)
    row = read.plan_community(c, head.id, community_id)
    about = plot_store.get(
        c, row.tessellation, head.code, policy.measuring_srid, policy.household_measure
    )
    grids: Mapping[int, ListedGrid]
    if head.published_at is None:
        grids = read.draft_grids(c, head.id, community_id)
    else:
        rows = read.plan_grids(c, head.id, community_id)
        grids = {r.grid_id: _listed(r) for r in rows}
    locked = np.array(read.locked_plots(c, head.id, about.tessellation), np.int64)
    plan = make_plan(
        about.graph,
        read.assignment(c, head.id, about.tessellation),
        (grid_id for grid_id, grid in grids.items() if grid.is_locked),
        about.positions(locked).tolist(),
    )
    rules = _rules(policy, about, grids, read_approval.waivers(c, head.id))
    return DraftState(head, policy, about, plan, grids, rules)


def _rules(
    policy: Policy,
    about: CommunityPlots,
    grids: Mapping[int, ListedGrid],
    waivers: Sequence[Waiver],
) -> Rules:
    """Return what a plan is judged by. The last waiver of a grid and rule counts."""
    allowed: dict[int, int] = {}
    apart: dict[int, frozenset[int]] = {}
    over: dict[int, int] = {}
    excused: set[tuple[int, str]] = set()
    for w in waivers:
        if w.grid_id is None or w.grid_id not in grids:
            continue
        excused.discard((w.grid_id, w.finding))
        if w.finding == "grid_over_limit" and w.households is not None:
            over[w.grid_id] = w.households
        elif w.finding == "grid_in_pieces" and w.pieces is not None:
            allowed[w.grid_id] = w.pieces
            apart.pop(w.grid_id, None)
            if w.apart is not None:
                apart[w.grid_id] = _plots_on(about, bytes(w.apart))
        else:
            excused.add((w.grid_id, w.finding))
    return Rules(
        limit=policy.households_max,
        minimum=policy.households_min,
        estates=[name for _, name in about.estates],
        dedicated={g for g, grid in grids.items() if grid.type == "dedicated"},
        allowed=allowed,
        apart=apart,
        over=over,
        excused=excused,
    )


def _plots_on(about: CommunityPlots, land: bytes) -> frozenset[int]:
    """Return the plots (positions) that lie on some land (WKB, EPSG:4490).

    By a point inside of each: the plots may have been made anew since the land was named.
    """
    (shape,) = to_measuring(np.array([shapely.from_wkb(land)], object), about.srid)
    points = shapely.point_on_surface(about.shapes)
    return frozenset(np.flatnonzero(shapely.intersects(shape, points)).tolist())


def _listed(grid: PlanGrid) -> ListedGrid:
    """Return a grid of a published plan as a draft would list it."""
    return ListedGrid(
        grid.grid_id, grid.code, grid.number, grid.name, grid.type, False, False, grid.area_id
    )


def write_grids(c: Connection, state: DraftState, touched: set[int]) -> None:
    """Write what some grids hold now; those without plots leave the plan's figures."""
    left = sorted(g for g in touched if g in state.plan.loads)
    if touched - set(left):
        write.drop_grids(c, state.head.id, touched - set(left))
    rows = [grid_row(state.about, state.plan, g, state.grids[g]) for g in left]
    write.put_grids(c, state.head.id, state.about.community_id, rows, state.about.srid)


def grid_row(
    about: CommunityPlots, plan: Plan, grid_id: int, grid: ListedGrid | write.DraftGrid
) -> write.GridRow:
    """Return what a grid holds, with the union of its plots."""
    load = plan.loads[grid_id]
    plots = np.concatenate([np.array(piece) for piece in plan.pieces[grid_id]])
    return write.GridRow(
        grid_id,
        grid.code,
        grid.number,
        grid.name,
        load.households,
        load.persons if about.persons_known else None,
        load.buildings,
        load.plots,
        grid.area_id,
        shapely.coverage_union_all(about.shapes[np.sort(plots)]),
    )
