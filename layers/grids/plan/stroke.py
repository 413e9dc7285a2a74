"""A stroke on a plan: which plots move, and what the plan breaks afterwards.

Findings of a plan while it is drawn (the independent judge speaks at publishing):

1. ``grid_over_limit`` (error): two or more plots and more households than the limit; waived up to
   the households that its waiver was given for. ``building_over_limit`` (warning): one plot alone
   over the limit.
2. ``grid_in_pieces`` (error): one finding for each piece but the main one and those that a waiver
   names: as many as it was given for, on its land (then ``grid_pieces_allowed``, info). With the
   mend: the neighbour grid with the longest common border that has room for it, else the longest.
3. ``grid_below_minimum`` (warning): a general grid under the county's lower bound, if it has one.
4. ``estate_cut`` (info): an estate within the limit lies in several grids.
5. ``dedicated_without_households`` (info): allowed, and said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from layers.grids.plan import gestures
from layers.grids.plan.assignment import Move, Piece, Plan
from layers.kit.errors import InputError
from layers.kit.findings import Severity
from layers.kit.words import Words

Kind = Literal[
    "click",
    "brush",
    "lasso",
    "push",
    "mend",
    "new_grid",
    "estate",
    "split",
    "merge",
    "dissolve",
    "divide",
]


@dataclass(frozen=True, slots=True)
class Stroke:
    """One gesture as the hand ended it.

    ``target``: grid id, negative for a new grid. ``line``: vertices of a lasso's ring or of a
    dividing line in the local metric frame. ``only_from``: the source filter. ``parts``: of an
    automatic division, the plots that each grid gets; what it does not name stays.
    """

    kind: Kind
    plots: tuple[int, ...] = ()
    target: int | None = None
    grid: int | None = None
    grids: tuple[int, ...] = ()
    estate: int | None = None
    line: tuple[tuple[float, float], ...] = ()
    only_from: tuple[int, ...] | None = None
    parts: tuple[tuple[int, tuple[int, ...]], ...] = ()


def stroke_moves(plan: Plan, stroke: Stroke, limit: int) -> tuple[Move, ...]:
    """Return what a stroke moves. Raises InputError when it cannot be done or moves nothing."""
    moves = _moves(plan, stroke, limit)
    if not moves:
        raise InputError("nothing to move: the plots are there already, or locked")
    return moves


def _moves(plan: Plan, stroke: Stroke, limit: int) -> tuple[Move, ...]:
    if stroke.kind == "dissolve":
        return gestures.dissolve(plan, _needed(stroke.grid, "grid"), limit)
    if stroke.kind == "divide":
        return tuple(m for to, plots in stroke.parts for m in gestures.gather(plan, plots, to))
    if stroke.kind == "merge":
        return gestures.merge(plan, stroke.grids, stroke.target)
    if stroke.kind == "split":
        target = -1 if stroke.target is None else stroke.target
        if target >= 0:
            raise InputError("a split makes a new grid: give it a negative number")
        return gestures.split(plan, _needed(stroke.grid, "grid"), stroke.line, target)
    default = -1 if stroke.kind == "new_grid" else None
    target = _needed(default if stroke.target is None else stroke.target, "to")
    if stroke.kind == "new_grid" and target >= 0:
        raise InputError("a new grid needs a negative number")
    if stroke.kind == "estate":
        plots = gestures.estate_plots(plan, _needed(stroke.estate, "estate"))
    elif stroke.kind == "lasso" and stroke.line:
        plots = gestures.inside_ring(plan.graph, stroke.line).tolist()
    else:
        plots = list(stroke.plots)
    return gestures.gather(plan, plots, target, stroke.only_from)


def _needed(value: int | None, name: str) -> int:
    if value is None:
        raise InputError("the stroke lacks {name}", name=name)
    return value


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plan is judged by while it is drawn; what waivers allow, by grid id.

    ``estates``: names by estate index. ``allowed``: how many pieces a grid may have, 1 where it is
    not named; ``apart``: the plots that may lie apart from it, any where it is not named. ``over``:
    how many households it may hold beyond the limit. ``excused``: grid and code of breaches that
    were waived when nobody kept for how much.
    """

    limit: int
    minimum: int | None = None
    estates: Sequence[str] = ()
    dedicated: Collection[int] = ()
    allowed: Mapping[int, int] = field(default_factory=dict)
    apart: Mapping[int, frozenset[int]] = field(default_factory=dict)
    over: Mapping[int, int] = field(default_factory=dict)
    excused: Collection[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class Mend:
    """Where a cut-off piece should go."""

    target: int
    plots: Piece
    households: int
    buildings: int


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """A breach of a rule with its grid and plots. ``code`` as in ``Finding``.

    ``waived``: somebody answers for it, as it is now.
    """

    code: str
    severity: Severity
    grid: int | None = None
    plots: Piece = ()
    values: Words = field(default_factory=dict)
    mend: Mend | None = None
    waived: bool = False


def plan_findings(plan: Plan, rules: Rules) -> list[PlanFinding]:
    """Return every breach of a plan, errors first, then by grid."""
    found: list[PlanFinding] = []
    for grid_id, load in plan.loads.items():
        over = load.households - rules.limit
        if over > 0:
            many = load.plots != 1  # 0: not known (layers/kit/load.py)
            values = {"households": load.households, "limit": rules.limit, "over": over}
            code = "grid_over_limit" if many else "building_over_limit"
            waived = many and (
                load.households <= rules.over.get(grid_id, -1) or (grid_id, code) in rules.excused
            )
            severity: Severity = "error" if many else "warning"
            found.append(PlanFinding(code, severity, grid_id, values=values, waived=waived))
        pieces = plan.pieces[grid_id]
        beyond = pieces_beyond(plan, rules, grid_id)
        found += [_cut_off(plan, rules, grid_id, len(pieces), p) for p in beyond]
        if len(pieces) > 1 and not beyond:
            values = {"pieces": len(pieces), "allowed": rules.allowed.get(grid_id, 1)}
            found.append(PlanFinding("grid_pieces_allowed", "info", grid_id, values=values))
        if grid_id in rules.dedicated:
            if load.households == 0:
                found.append(PlanFinding("dedicated_without_households", "info", grid_id))
        elif rules.minimum is not None and load.households < rules.minimum:
            values = {"households": load.households, "minimum": rules.minimum}
            found.append(PlanFinding("grid_below_minimum", "warning", grid_id, values=values))
    found += _cut_estates(plan, rules)
    rank = {"error": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda f: (rank[f.severity], f.code, f.grid or 0, f.plots))


def pieces_beyond(plan: Plan, rules: Rules, grid_id: int) -> list[Piece]:
    """Return the pieces of a grid that lie apart and that no waiver names.

    A piece is named when all of it lies on the land that the waiver was given for.
    """
    _, *others = plan.pieces[grid_id]
    left, land = rules.allowed.get(grid_id, 1) - 1, rules.apart.get(grid_id)
    beyond = []
    for piece in others:
        if left > 0 and (land is None or land.issuperset(piece)):
            left -= 1
        else:
            beyond.append(piece)
    return beyond


def _cut_off(plan: Plan, rules: Rules, grid_id: int, count: int, piece: Piece) -> PlanFinding:
    at = list(piece)
    households = int(plan.graph.problem.households[at].sum())
    buildings = int(plan.graph.buildings[at].sum())
    target = _mender(plan, rules.limit, grid_id, piece, households)
    mend = None if target is None else Mend(target, piece, households, buildings)
    values = {"pieces": count, "households": households, "buildings": buildings}
    waived = (grid_id, "grid_in_pieces") in rules.excused
    return PlanFinding("grid_in_pieces", "error", grid_id, piece, values, mend, waived)


def _mender(plan: Plan, limit: int, grid_id: int, piece: Piece, households: int) -> int | None:
    graph, metres = plan.graph, dict[int, float]()
    for plot in piece:
        at = slice(graph.start[plot], graph.start[plot + 1])
        for near, shared in zip(graph.other[at].tolist(), graph.shared_m[at], strict=True):
            other = int(plan.grid[near])
            if other != grid_id and other not in plan.locked_grids:
                metres[other] = metres.get(other, 0.0) + float(shared)

    def wish(other: int) -> tuple[bool, float, int]:
        return (plan.loads[other].households + households <= limit, metres[other], -other)

    return max(metres, key=wish, default=None)


def _cut_estates(plan: Plan, rules: Rules) -> list[PlanFinding]:
    problem = plan.graph.problem
    inside = np.flatnonzero(problem.estate >= 0)
    if len(inside) == 0:
        return []
    pairs = np.unique(np.column_stack([problem.estate[inside], plan.grid[inside]]), axis=0)
    estates, parts = np.unique(pairs[:, 0], return_counts=True)
    found = []
    for estate, grids in zip(estates.tolist(), parts.tolist(), strict=True):
        plots = np.flatnonzero(problem.estate == estate) if grids > 1 else inside[:0]
        households = int(problem.households[plots].sum())
        if grids > 1 and households <= rules.limit:
            name = rules.estates[estate] if estate < len(rules.estates) else str(estate)
            values = {"estate": name, "grids": grids, "households": households}
            found.append(PlanFinding("estate_cut", "info", None, tuple(plots.tolist()), values))
    return found


def disagreement(plan: Plan, expected: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    """Return grids whose households the browser counted otherwise: (browser, server)."""
    counted = {g: plan.loads[g].households if g in plan.loads else 0 for g in expected}
    return {g: (seen, counted[g]) for g, seen in expected.items() if seen != counted[g]}
