"""What the planner's desk sends: drafts, states, changes and findings as JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NotRequired, TypedDict

import numpy as np
from sqlalchemy import Connection

from dashboard.text import Language
from dashboard.text.findings import say
from data.plans import read
from data.plans.approval import read as read_approval
from data.plans.drafts import read_log
from data.plans.read_exports import counts_on
from data.plans.rows import PlanGrid, PlanHead, Policy, Waiver
from layers.grids.division.problem import lower_bound
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.saving import StrokeResult
from layers.grids.drafts.state import DraftState, is_editable
from layers.grids.plan.assignment import Load
from layers.grids.plan.stroke import PlanFinding


class DraftValue(TypedDict):
    """A plan's head, as docs/planner-api.md calls a Draft."""

    id: int
    name: str
    stage: str
    version: int
    parent: int | None
    parent_name: str | None
    made_by: str
    made_at: str
    changed_at: str
    operations: int
    communities: list[int]
    grids: int
    editable: bool
    document_number: str | None
    is_branch: bool


class PublishedValue(TypedDict):
    """A published plan's head; days as YYYY-MM-DD."""

    id: int
    name: str
    stage: str
    grids: int
    communities: list[int]
    document_number: str | None
    in_force_from: str | None
    in_force_to: str | None


class WaiverValue(TypedDict):
    """Who answers for a grid that breaks a rule, and why."""

    id: int
    grid: int | None
    code: str
    finding: str
    reason: str
    by: str
    at: str


class HintValue(TypedDict):
    """Plots that would mend a breach by going to another grid."""

    to: int
    plots: list[int]
    households: int
    buildings: int


class FindingValue(TypedDict):
    """A breach of a rule with its sentence; ``waived``: somebody answers for it.

    ``community``: only where a file's report speaks of one.
    """

    code: str
    severity: str
    grid: int | None
    community: NotRequired[int | None]
    plots: list[int]
    values: dict[str, object]
    message: str
    waived: bool
    hint: HintValue | None


class WasValue(TypedDict):
    """What a grid held before the draft."""

    households: int
    buildings: int


class PreviewGridValue(TypedDict):
    """What a grid would hold; a new one has no code, number or name yet."""

    id: int
    code: str | None
    number: int | None
    name: str | None
    households: int
    persons: int | None
    buildings: int
    plots: int
    pieces: int


class GridValue(PreviewGridValue):
    """A grid with plots of a plan. ``label``: longitude and latitude of its name."""

    type: str
    is_new: bool
    is_locked: bool
    area_m2: float
    allowed_pieces: int
    label: list[float]
    was: WasValue | None
    judged_on: str | None


class StateValue(TypedDict):
    """One community of a plan, as docs/planner-api.md calls a State."""

    draft: int
    community: int
    code: str
    name: str
    tessellation: int
    version: int
    editable: bool
    stage: str
    limit: int
    minimum: int | None
    lower_bound: int
    assignment: list[int]
    grids: list[GridValue]
    locked_plots: list[int]
    undo: int
    redo: int
    findings: list[FindingValue]


class CountedValue(TypedDict):
    """Households of a grid as the browser and as the server count them."""

    browser: int
    server: int


class ChangeValue(TypedDict):
    """A saved operation, as docs/planner-api.md calls a Change. ``moves``: [plot, from, to]."""

    version: int
    operation: int | None
    kind: str
    moves: list[list[int]]
    created: dict[str, int]
    grids: Sequence[PreviewGridValue]
    removed: list[int]
    undo: int
    redo: int
    findings: list[FindingValue]
    disagreement: dict[str, CountedValue] | None
    repeated: bool


class CommunityRow(TypedDict):
    """The figures of a plan's community."""

    id: int
    code: str
    name: str
    tessellation: int
    grids: int
    households: int
    over_limit: int
    in_pieces: int
    lower_bound: int
    largest: int
    errors: int
    warnings: int


def draft_json(head: PlanHead, policy: Policy) -> DraftValue:
    """Return a plan's head as docs/planner-api.md calls a Draft."""
    return {
        "id": head.id,
        "name": head.name,
        "stage": head.stage,
        "version": head.version,
        "parent": head.parent_id,
        "parent_name": head.parent_name,
        "made_by": head.made_by,
        "made_at": head.made_at.isoformat(),
        "changed_at": head.changed_at.isoformat(),
        "operations": head.operations,
        "communities": list(head.communities),
        "grids": head.grids,
        "editable": is_editable(head, policy),
        "document_number": head.document_number,
        "is_branch": head.is_branch,
    }


def published_json(head: PlanHead) -> PublishedValue:
    """Return a published plan's head."""
    return {
        "id": head.id,
        "name": head.name,
        "stage": head.stage,
        "grids": head.grids,
        "communities": list(head.communities),
        "document_number": head.document_number,
        "in_force_from": _day(head.in_force_from),
        "in_force_to": _day(head.in_force_to),
    }


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()[:10]


def waiver_json(row: Waiver) -> WaiverValue:
    """Return a waiver."""
    return {
        "id": row.id,
        "grid": row.grid_id,
        "code": row.code,
        "finding": row.finding,
        "reason": row.reason,
        "by": row.by,
        "at": row.at.isoformat(),
    }


def findings_json(
    findings: Iterable[PlanFinding], waived: set[tuple[int | None, str]], lang: Language
) -> list[FindingValue]:
    """Return findings with their sentence and whether somebody answers for them."""
    return [
        {
            "code": f.code,
            "severity": f.severity,
            "grid": f.grid,
            "plots": list(f.plots),
            "values": dict(f.values),
            "message": say(f, lang),
            "waived": (f.grid, f.code) in waived,
            "hint": None
            if f.mend is None
            else {
                "to": f.mend.target,
                "plots": list(f.mend.plots),
                "households": f.mend.households,
                "buildings": f.mend.buildings,
            },
        }
        for f in findings
    ]


def waived_of(c: Connection, plan_id: int) -> set[tuple[int | None, str]]:
    """Return which grid may break which rule."""
    return read_approval.waived(c, plan_id)


def grids_json(
    c: Connection, plot_store: PlotStore, state: DraftState, only: set[int] | None = None
) -> list[GridValue]:
    """Return the grids with plots of a state, or some of them."""
    head, about = state.head, state.about
    is_draft = head.published_at is None
    start = plot_store.start(c, head.id, about) if is_draft else None
    judged_on = None if is_draft else counts_on(c, head.id)
    rows: list[GridValue] = []
    for row in read.plan_grids(c, head.id, about.community_id):
        grid_id = row.grid_id
        if only is not None and grid_id not in only:
            continue
        load, grid = state.plan.loads.get(grid_id), state.grids[grid_id]
        counts: PlanGrid | Load = row
        persons = row.persons
        if is_draft and load is not None:
            counts, persons = load, load.persons if about.persons_known else None
        rows.append(
            {
                "id": grid_id,
                "code": grid.code,
                "number": grid.number,
                "name": grid.name,
                "type": grid.type,
                "is_new": grid.is_new,
                "is_locked": grid.is_locked,
                "households": counts.households,
                "persons": persons,
                "buildings": counts.buildings,
                "plots": counts.plots,
                "area_m2": round(row.area_m2, 1),
                "pieces": len(state.plan.pieces.get(grid_id, ())),
                "allowed_pieces": state.rules.allowed.get(grid_id, 1),
                "label": [round(row.label_lon, 6), round(row.label_lat, 6)],
                "was": _was(state, start, grid_id),
                "judged_on": _day(judged_on),
            }
        )
    return rows


def _was(state: DraftState, start: Any, grid_id: int) -> WasValue | None:
    if start is None:
        return None
    plots = np.flatnonzero(start == grid_id)
    if len(plots) == 0:
        return None
    graph = state.about.graph
    return {
        "households": int(graph.problem.households[plots].sum()),
        "buildings": int(graph.buildings[plots].sum()),
    }


def state_json(
    c: Connection, plot_store: PlotStore, state: DraftState, lang: Language
) -> StateValue:
    """Return one community of a plan as docs/planner-api.md calls a State."""
    head, about = state.head, state.about
    undo, redo = read_log.steps(c, head.id, about.community_id)
    editable = is_editable(head, state.policy)
    return {
        "draft": head.id,
        "community": about.community_id,
        "code": about.code,
        "name": about.name,
        "tessellation": about.tessellation,
        "version": head.version,
        "editable": editable,
        "stage": head.stage,
        "limit": state.rules.limit,
        "minimum": state.rules.minimum,
        "lower_bound": lower_bound(about.graph.problem, state.rules.limit),
        "assignment": state.plan.grid.tolist(),
        "grids": grids_json(c, plot_store, state),
        "locked_plots": sorted(state.plan.locked_plots),
        "undo": undo if editable else 0,
        "redo": redo if editable else 0,
        "findings": findings_json(state.findings, waived_of(c, head.id), lang),
    }


def change_json(
    c: Connection, plot_store: PlotStore, saved: StrokeResult, lang: Language
) -> ChangeValue:
    """Return a saved operation as docs/planner-api.md calls a Change."""
    state = saved.state
    head, about = state.head, state.about
    touched = {g for m in saved.moves for g in (m.source, m.target)}
    undo, redo = read_log.steps(c, head.id, about.community_id)
    preview = saved.operation is None
    return {
        "version": saved.version,
        "operation": saved.operation,
        "kind": saved.kind,
        "moves": [list(m) for m in saved.moves],
        "created": {str(mark): grid_id for mark, grid_id in saved.created.items()},
        "grids": _preview_grids(state, touched)
        if preview
        else grids_json(c, plot_store, state, touched),
        "removed": sorted(g for g in touched if g not in state.plan.loads),
        "undo": undo,
        "redo": redo,
        "findings": findings_json(state.findings, waived_of(c, head.id), lang),
        "disagreement": {
            str(g): {"browser": seen, "server": counted}
            for g, (seen, counted) in saved.differences.items()
        }
        or None,
        "repeated": saved.repeated,
    }


def _preview_grids(state: DraftState, touched: set[int]) -> list[PreviewGridValue]:
    """Return what grids would hold; a new grid has no code yet."""
    rows: list[PreviewGridValue] = []
    for grid_id in sorted(touched & state.plan.loads.keys()):
        load, grid = state.plan.loads[grid_id], state.grids.get(grid_id)
        rows.append(
            {
                "id": grid_id,
                "code": None if grid is None else grid.code,
                "number": None if grid is None else grid.number,
                "name": None if grid is None else grid.name,
                "households": load.households,
                "persons": load.persons if state.about.persons_known else None,
                "buildings": load.buildings,
                "plots": load.plots,
                "pieces": len(state.plan.pieces[grid_id]),
            }
        )
    return rows


def community_rows(states: Sequence[DraftState]) -> list[CommunityRow]:
    """Return the figures of a plan's communities."""
    rows: list[CommunityRow] = []
    for state in states:
        found, loads = state.findings, state.plan.loads
        rows.append(
            {
                "id": state.about.community_id,
                "code": state.about.code,
                "name": state.about.name,
                "tessellation": state.about.tessellation,
                "grids": len(loads),
                "households": sum(load.households for load in loads.values()),
                "over_limit": sum(f.code == "grid_over_limit" for f in found),
                "in_pieces": sum(len(pieces) > 1 for pieces in state.plan.pieces.values()),
                "lower_bound": lower_bound(state.about.graph.problem, state.rules.limit),
                "largest": max((load.households for load in loads.values()), default=0),
                "errors": sum(f.severity == "error" for f in found),
                "warnings": sum(f.severity == "warning" for f in found),
            }
        )
    return rows
