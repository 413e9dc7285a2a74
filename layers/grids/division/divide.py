"""Divide a community into grids: the fewest, round, along streets, within the limit.

1. Locked grids stay. A building over the limit is a grid of its own. What is left falls into
   connected pieces, each divided by itself, so that every grid is one piece.
2. For each piece the number of grids is the bound its households allow, or a little more where
   rounder grids are wanted. A first search looks only for a division within the limit; where none
   is found the number rises by one. Random trees packed by Kundu-Misra always succeed: the last
   resort.
3. A second search improves borders and shapes without ever giving up the limit.

The same problem, options and seed give the same division on every machine.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from layers.grids.division.piece import pack_piece, solve_piece
from layers.grids.division.problem import (
    Cancel,
    Division,
    Options,
    Problem,
    Progress,
    lower_bound,
    packing_bound,
    pieces,
)
from layers.kit.errors import Cancelled, InputError
from layers.kit.findings import Finding

_Solver = Callable[[int, int], "NDArray[np.int64] | None"]

__all__ = [
    "Cancel",
    "Division",
    "Options",
    "Problem",
    "Progress",
    "divide",
    "even_two",
    "lower_bound",
    "split_in_two",
]

_FILL = {"fewest": 1.0, "balanced": 0.985, "round": 0.967}
_SPARE = {"fewest": 0.0, "balanced": 0.03, "round": 0.05}

_FEW = 3
"""Of so few grids one more is a third more: without a preference the fewest are tried first."""


@dataclass(frozen=True)
class _Piece:
    """One connected part to divide: its plots, the least number of grids, what is aimed at."""

    plots: NDArray[np.int64]
    households: int
    bound: int
    aim: int


def divide(
    problem: Problem,
    options: Options | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Division:
    """Divide one community.

    Every grid is one piece over the problem's borders. No grid of two or more plots is over the
    limit, save locked ones. Raises ``Cancelled`` when ``cancel`` says so.
    """
    options = options or Options()
    began = time.perf_counter()
    n = len(problem.households)
    if n == 0:
        return Division(np.zeros(0, np.int32), 0, 0, 0)
    assignment = np.full(n, -1, np.int64)
    made, findings = _fixed_grids(problem, options, assignment)
    parts = [_describe(problem, plots, options) for plots in pieces(problem, assignment < 0)]
    bounds = [part.bound for part in parts]
    reachable = made + sum(bounds)
    total = max(1, sum(part.aim for part in parts))
    solved: dict[tuple[int, int], NDArray[np.int64] | None] = {}
    done = 0.0

    def solve(index: int, grids: int) -> NDArray[np.int64] | None:
        nonlocal done
        if (index, grids) not in solved:

            def report(share: float) -> None:
                if cancel is not None and cancel():
                    raise Cancelled("the division was stopped")
                if progress is not None:
                    progress(min(0.99, (done + share * parts[index].aim) / total))

            solved[index, grids] = solve_piece(
                problem, parts[index].plots, grids, options, _seed(options.seed, index), report
            )
            done += parts[index].aim
        return solved[index, grids]

    if options.grids is None:
        labels = [_rising(solve, index, part) for index, part in enumerate(parts)]
    else:
        labels = _exact(solve, parts, bounds, options.grids - made)
    for index, part in enumerate(parts):
        label = labels[index]
        if label is None:
            label = pack_piece(problem, part.plots, options, _seed(options.seed, index))
        assignment[part.plots] = label + made
        made += int(label.max()) + 1
        if part.households == 0:
            findings.append(
                Finding(
                    "grid_without_households",
                    "warning",
                    subject=str(made - 1),
                    values={"plots": len(part.plots)},
                )
            )
    bound = lower_bound(problem, options.households_max)
    findings += _explain(options, made, bound, reachable, assignment, problem)
    if progress is not None:
        progress(1.0)
    return Division(
        assignment.astype(np.int32),
        made,
        bound,
        reachable,
        tuple(findings),
        time.perf_counter() - began,
    )


def split_in_two(
    problem: Problem, assignment: NDArray[np.int32], grid: int, options: Options | None = None
) -> NDArray[np.int32]:
    """Return the assignment with one grid divided into two of nearly even load, both inhabited.

    The half with more households keeps the number, the other gets the next free one. Raises
    ``InputError`` where the grid has only one plot, or one alone with all its households.
    """
    options = options or Options()
    plots = np.flatnonzero(assignment == grid)
    if len(plots) < 2:
        raise InputError("a grid of one plot cannot be split; split the building by entrance")
    households = problem.households[plots]
    if np.count_nonzero(households) < 2:
        raise InputError(
            "all households of the grid are on one plot: two grids with households cannot be made"
            " of it; split the building by entrance"
        )
    halves = _two(problem, plots, options)
    if len(np.unique(halves)) != 2 or not (
        households[halves == 0].sum() and households[halves == 1].sum()
    ):
        halves = _inhabited(restrict(problem, plots))
    if households[halves == 0].sum() < households[halves == 1].sum():
        halves = 1 - halves
    result = assignment.copy()
    result[plots[halves == 1]] = int(assignment.max()) + 1
    return result


def even_two(
    problem: Problem,
    assignment: NDArray[np.int32],
    first: int,
    second: int,
    options: Options | None = None,
) -> NDArray[np.int32]:
    """Return the assignment with the border between two neighbouring grids drawn anew, loads even.

    Each number stays with the part that keeps more of its households. Raises ``InputError`` where
    the two are not neighbours.
    """
    options = options or Options()
    plots = np.flatnonzero((assignment == first) | (assignment == second))
    mask = np.zeros(len(assignment), np.bool_)
    mask[plots] = True
    if first == second or len(pieces(problem, mask)) != 1:
        raise InputError("only two grids that touch can be evened")
    halves = _two(problem, plots, options)
    weight = problem.households[plots] + 1e-6 * problem.area_m2[plots]
    was_first = assignment[plots] == first
    straight = weight[was_first & (halves == 0)].sum() + weight[~was_first & (halves == 1)].sum()
    if straight < weight.sum() / 2:
        halves = 1 - halves
    result = assignment.copy()
    result[plots] = np.where(halves == 0, first, second)
    return result


def restrict(problem: Problem, plots: NDArray[np.int64]) -> Problem:
    """Return the problem of some plots alone, renumbered by their position, nothing locked."""
    position = np.full(len(problem.households), -1, np.int32)
    position[plots] = np.arange(len(plots), dtype=np.int32)
    keep = (position[problem.a] >= 0) & (position[problem.b] >= 0)
    return Problem(
        households=problem.households[plots],
        area_m2=problem.area_m2[plots],
        perimeter_m=problem.perimeter_m[plots],
        x=problem.x[plots],
        y=problem.y[plots],
        a=position[problem.a[keep]],
        b=position[problem.b[keep]],
        shared_m=problem.shared_m[keep],
        barrier=problem.barrier[keep],
        estate=problem.estate[plots],
        building=problem.building[plots],
    )


def _two(problem: Problem, plots: NDArray[np.int64], options: Options) -> NDArray[np.int64]:
    part = restrict(problem, plots)
    answer = divide(part, replace(options, grids=2, prefer="balanced", households_min=None))
    if answer.grids != 2:  # over the limit in two: still two pieces, as even as can be
        loose = int(part.households.sum()) + 1
        answer = divide(
            part,
            replace(options, grids=2, prefer="balanced", households_min=None, households_max=loose),
        )
    return answer.assignment.astype(np.int64)


def _inhabited(problem: Problem) -> NDArray[np.int64]:
    """Return two halves (0, 1) of plots, both with households, as even as a tree over them allows.

    Each half hangs together as far as the plots do; pieces apart hang on the first plot.
    """
    n = len(problem.households)
    beside: list[list[int]] = [[] for _ in range(n)]
    for one, two in zip(problem.a.tolist(), problem.b.tolist(), strict=True):
        beside[one].append(two)
        beside[two].append(one)
    above = np.full(n, -1, np.int64)
    seen, order = np.zeros(n, np.bool_), []
    for root in range(n):
        if seen[root]:
            continue
        seen[root], above[root] = True, 0 if root else -1
        waiting = deque([root])
        while waiting:
            plot = waiting.popleft()
            order.append(plot)
            for near in beside[plot]:
                if not seen[near]:
                    seen[near], above[near] = True, plot
                    waiting.append(near)
    under = problem.households.astype(np.int64).copy()
    for plot in reversed(order[1:]):
        under[above[plot]] += under[plot]
    whole = int(under[0])
    cuts = [p for p in order[1:] if 0 < under[p] < whole]
    top = min(cuts, key=lambda p: (abs(whole - 2 * int(under[p])), p))
    halves = np.zeros(n, np.int64)
    for plot in order[1:]:
        halves[plot] = 1 if plot == top else halves[above[plot]]
    return halves


def _fixed_grids(
    problem: Problem, options: Options, assignment: NDArray[np.int64]
) -> tuple[int, list[Finding]]:
    """Number locked grids, then buildings over the limit; return how many and what to say."""
    findings: list[Finding] = []
    made = 0
    for number in np.unique(problem.locked[problem.locked >= 0]):
        mine = problem.locked == number
        assignment[mine] = made
        if len(pieces(problem, mine)) > 1:
            findings.append(Finding("grid_in_pieces", "error", subject=str(made)))
        made += 1
    oversize = (problem.households > options.households_max) & (assignment < 0)
    for plot in np.flatnonzero(oversize):
        assignment[plot] = made
        findings.append(
            Finding(
                "building_over_limit",
                "warning",
                subject=str(made),
                values={
                    "plot": int(plot),
                    "households": int(problem.households[plot]),
                    "limit": options.households_max,
                },
            )
        )
        made += 1
    return made, findings


def _describe(problem: Problem, plots: NDArray[np.int64], options: Options) -> _Piece:
    households = problem.households[plots].astype(np.int64)
    total = int(households.sum())
    bound = packing_bound(households, options.households_max)
    style = options.prefer or "balanced"
    wanted = math.ceil(total / (options.households_max * _FILL[style]))
    spare = max(1, int(_SPARE[style] * bound))
    if options.prefer is None and bound <= _FEW:
        spare = 0
    aim = min(max(bound, wanted), bound + spare)
    if options.households_min:  # grids that are too small are worse than grids that are full
        aim = max(bound, min(aim, total // options.households_min))
    return _Piece(plots, total, bound, min(aim, len(plots)))


def _seed(seed: int, index: int) -> int:
    return (seed * 1_000_003 + index * 7919 + 17) & 0x7FFFFFFFFFFFFFFF


def _rising(solve: _Solver, index: int, part: _Piece) -> NDArray[np.int64] | None:
    """Try the number aimed at, then one more each time; None when none of them was found."""
    for grids in range(part.aim, part.aim + 4 + part.bound // 8):
        if grids > len(part.plots):
            break
        label = solve(index, grids)
        if label is not None:
            return label
    return None


def _exact(
    solve: _Solver, parts: Sequence[_Piece], bounds: Sequence[int], wanted: int
) -> list[NDArray[np.int64] | None]:
    """Spread the wanted number over the pieces by their households (d'Hondt) and solve them.

    A piece that cannot be divided into its share needs one more, taken from the others.
    """
    need = list(bounds)
    most = [len(part.plots) for part in parts]
    while True:
        share = list(need)
        for _ in range(max(0, wanted - sum(need))):
            open_parts = [c for c in range(len(parts)) if share[c] < most[c]]
            if not open_parts:
                break
            fullest = max(open_parts, key=lambda c: (parts[c].households / share[c], -c))
            share[fullest] += 1
        labels = [solve(c, share[c]) for c in range(len(parts))]
        failed = [c for c in range(len(parts)) if labels[c] is None and share[c] < most[c]]
        failed = [c for c in failed if need[c] < bounds[c] + 4 + bounds[c] // 8]
        if not failed:
            return labels
        for c in failed:
            need[c] = max(need[c], share[c]) + 1


def _explain(
    options: Options,
    made: int,
    bound: int,
    reachable: int,
    assignment: NDArray[np.int64],
    problem: Problem,
) -> list[Finding]:
    """Say why there are more grids than households demand, or not the wanted number."""
    findings: list[Finding] = []
    if options.grids is not None and made != options.grids:
        values = {"wanted": options.grids, "grids": made, "bound": reachable}
        findings.append(Finding("grids_not_reached", "error", values=values))
    if reachable > bound:
        values = {"bound": bound, "reachable": reachable}
        findings.append(Finding("bound_not_reachable", "info", values=values))
    loads = np.bincount(assignment, problem.households, made).astype(np.int64)
    sizes = np.bincount(assignment, minlength=made)
    for grid in np.flatnonzero((loads > options.households_max) & (sizes > 1)):
        values = {"households": int(loads[grid]), "limit": options.households_max}
        findings.append(Finding("grid_over_limit", "error", subject=str(grid), values=values))
    if options.households_min:
        for grid in np.flatnonzero(loads < options.households_min):
            values = {"households": int(loads[grid]), "least": options.households_min}
            findings.append(
                Finding("grid_under_limit", "warning", subject=str(grid), values=values)
            )
    return findings
