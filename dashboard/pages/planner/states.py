"""A draft as the planner's desk draws it: its state, and what each operation changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from sqlalchemy import Connection

from dashboard.pages.planner.values import FindingValue, _day, findings_json, waivers_of
from dashboard.text import Language
from data.plans import read
from data.plans.drafts import read_log
from data.plans.read_exports import counts_on
from data.plans.rows import PlanGrid
from layers.grids.division.problem import lower_bound
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.saving import StrokeResult
from layers.grids.drafts.state import DraftState, is_editable
from layers.grids.plan.assignment import Load


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
    """A grid with plots of a plan. ``label``: longitude and latitude of its name.

    What a waiver allows: ``allowed_pieces``, on the plots ``allowed_apart`` (None: on any);
    ``allowed_households`` (None: the limit).
    """

    type: str
    is_new: bool
    is_locked: bool
    area_m2: float
    allowed_pieces: int
    allowed_apart: list[int] | None
    allowed_households: int | None
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
                "allowed_apart": sorted(state.rules.apart[grid_id])
                if grid_id in state.rules.apart
                else None,
                "allowed_households": state.rules.over.get(grid_id),
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
        "findings": findings_json(state.findings, waivers_of(c, head.id), lang),
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
        "findings": findings_json(state.findings, waivers_of(c, head.id), lang),
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
