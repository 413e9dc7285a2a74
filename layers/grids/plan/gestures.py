"""What a hand does on the map, as moves of plots: brush, lasso, line, merge, dissolve.

1. Every gesture ends as moves between grids; locked plots, and plots of locked grids, stay.
2. A plot is inside a lasso when its point is, by the even-odd rule: a lasso may cross itself.
3. A line divides by the parity of crossings above a point, in a frame turned so that the line's
   first to last vertex points along +x, the line prolonged at both ends in that direction. The
   browser does the same arithmetic on the same numbers (docs/planner-api.md).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from layers.grids.plan.assignment import Move, Plan, PlotGraph
from layers.kit.errors import InputError, Message

FAR_M = 1e6
MOST_VERTICES = 5_000
Line = Sequence[tuple[float, float]]


def gather(
    plan: Plan, plots: Iterable[int], target: int, only_from: Collection[int] | None = None
) -> tuple[Move, ...]:
    """Return the moves of some plots into one grid (clause 1).

    ``only_from``: the grids that plots may come from; None for any. Raises InputError for a plot
    outside the community and for a locked target.
    """
    wanted = sorted({int(p) for p in plots})
    if wanted and (wanted[0] < 0 or wanted[-1] >= plan.graph.plots):
        raise InputError(
            "the stroke names plots outside this community of {plots}", plots=plan.graph.plots
        )
    if target in plan.locked_grids:
        raise InputError("the grid is locked: unlock it before it takes plots")
    moves = []
    for plot in wanted:
        source = int(plan.grid[plot])
        if source == target or plot in plan.locked_plots or source in plan.locked_grids:
            continue
        if only_from is None or source in only_from:
            moves.append(Move(plot, source, target))
    return tuple(moves)


def inside_ring(graph: PlotGraph, ring: Line) -> NDArray[np.int64]:
    """Return the plots inside a lasso (clause 2); ``ring`` in the local metric frame."""
    corners = _vertices(ring, 3, Message("a lasso"))
    above = _crossings_above(graph.point_m, np.vstack([corners, corners[:1]]))
    return np.flatnonzero(above % 2 == 1)


def left_of_line(points: NDArray[np.float64], line: Line) -> NDArray[np.bool_]:
    """Tell which points (n, 2) lie left of a line (clause 3); of a closed line: outside of it."""
    corners = _vertices(line, 2, Message("a line"))
    dx, dy = corners[-1] - corners[0]
    length = math.sqrt(dx * dx + dy * dy)
    if length == 0:
        return np.asarray(_crossings_above(points, corners) % 2 == 0)
    ux, uy = dx / length, dy / length
    turned, path = _turn(points, ux, uy), _turn(corners, ux, uy)
    ends = np.array([[FAR_M, 0.0]])
    path = np.vstack([path[:1] - ends, path, path[-1:] + ends])
    return np.asarray(_crossings_above(turned, path) % 2 == 0)


def _vertices(line: Line, least: int, what: Message) -> NDArray[np.float64]:
    if not least <= len(line) <= MOST_VERTICES:
        raise InputError(
            "{what} needs {least} to {most_vertices:,} vertices, not {count}",
            what=what,
            least=least,
            most_vertices=MOST_VERTICES,
            count=len(line),
        )
    corners = np.asarray(line, np.float64)
    if corners.shape != (len(line), 2) or not np.isfinite(corners).all():
        raise InputError("{what} has vertices that are no pairs of numbers", what=what)
    if len(np.unique(corners, axis=0)) < least:
        raise InputError("{what} needs {least} different vertices", what=what, least=least)
    return corners


def _turn(points: NDArray[np.float64], ux: float, uy: float) -> NDArray[np.float64]:
    x, y = points[:, 0], points[:, 1]
    return np.column_stack([x * ux + y * uy, y * ux - x * uy])


def _crossings_above(points: NDArray[np.float64], path: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count how often a path lies above each point; a segment holds its lower x, not its upper."""
    x, y = points[:, 0], points[:, 1]
    count = np.zeros(len(points), np.int64)
    for (x1, y1), (x2, y2) in zip(path[:-1].tolist(), path[1:].tolist(), strict=True):
        if x1 == x2:
            continue
        over = (x >= min(x1, x2)) & (x < max(x1, x2))
        count += over & (y1 + (x - x1) * (y2 - y1) / (x2 - x1) > y)
    return count


def split(plan: Plan, grid_id: int, line: Line, target: int) -> tuple[Move, ...]:
    """Return the moves that give the smaller side of a line to a new grid.

    The side with fewer households leaves (then fewer plots, then the right one). Raises
    InputError when the line leaves all plots of the grid on one side.
    """
    plots = grid_plots(plan, grid_id)
    left = left_of_line(plan.graph.point_m[plots], line)
    sides = [plots[~left], plots[left]]
    if not all(len(side) for side in sides):
        raise InputError("the line does not divide the grid: draw it across")
    households = plan.graph.problem.households
    sides.sort(key=lambda side: (int(households[side].sum()), len(side)))
    return gather(plan, sides[0].tolist(), target)


def grid_plots(plan: Plan, grid_id: int) -> NDArray[np.int64]:
    """Return the plots of a grid. Raises InputError when it has none or is locked."""
    plots = np.flatnonzero(plan.grid == grid_id)
    if len(plots) == 0:
        raise InputError("grid {grid_id} has no plots in this community", grid_id=grid_id)
    if grid_id in plan.locked_grids:
        raise InputError("the grid is locked: unlock it first")
    return plots


def merge(plan: Plan, grids: Sequence[int], target: int | None = None) -> tuple[Move, ...]:
    """Return the moves of all plots of several grids into one: ``target``, or the fullest."""
    chosen = list(dict.fromkeys(grids))
    if target is not None and target not in chosen:
        chosen.append(target)
    if len(chosen) < 2:
        raise InputError("choose two or more grids to merge")
    for grid_id in chosen:
        grid_plots(plan, grid_id)
    keep = target
    if keep is None:
        keep = max(chosen, key=lambda g: (plan.loads[g].households, plan.loads[g].plots, -g))
    plots = np.flatnonzero(np.isin(plan.grid, [g for g in chosen if g != keep]))
    return gather(plan, plots.tolist(), keep)


def estate_plots(plan: Plan, estate: int) -> list[int]:
    """Return the plots of an estate (its index). Raises InputError when there are none."""
    plots = np.flatnonzero(plan.graph.problem.estate == estate)
    if estate < 0 or len(plots) == 0:
        raise InputError("estate {estate} has no plots in this community", estate=estate)
    return [int(p) for p in plots]


def dissolve(plan: Plan, grid_id: int, limit: int) -> tuple[Move, ...]:
    """Return the moves of every plot of a grid to grids beside it.

    Plots go one by one along the longest common border, first into grids that stay within
    ``limit``; what finds no room goes along the longest border all the same. Raises InputError
    when a plot is locked or no unlocked grid lies beside.
    """
    graph = plan.graph
    left = set(grid_plots(plan, grid_id).tolist())
    if left & plan.locked_plots:
        raise InputError("the grid holds locked plots: unlock them first")
    households = graph.problem.households
    room = {g: limit - load.households for g, load in plan.loads.items()}
    beside: dict[tuple[int, int], float] = {}
    waiting: list[tuple[float, int, int]] = []
    full: list[tuple[float, int, int]] = []
    moves: dict[int, int] = {}

    def offer(plot: int, target: int, metres: float) -> None:
        total = beside.get((plot, target), 0.0) + metres
        beside[plot, target] = total
        heapq.heappush(waiting, (-total, plot, target))

    for plot in sorted(left):
        for near, metres in _neighbours(graph, plot):
            target = int(plan.grid[near])
            if target != grid_id and target not in plan.locked_grids:
                offer(plot, target, metres)
    while waiting or full:
        fits = bool(waiting)
        cost, plot, target = heapq.heappop(waiting if fits else full)
        if plot in moves:
            continue
        if fits and room[target] < int(households[plot]):
            heapq.heappush(full, (cost, plot, target))
            continue
        moves[plot] = target
        room[target] -= int(households[plot])
        for near, metres in _neighbours(graph, plot):
            if near in left and near not in moves:
                offer(near, target, metres)
    if len(moves) < len(left):
        raise InputError("the grid has plots that no unlocked grid lies beside")
    return tuple(Move(plot, grid_id, moves[plot]) for plot in sorted(moves))


def _neighbours(graph: PlotGraph, plot: int) -> list[tuple[int, float]]:
    at = slice(graph.start[plot], graph.start[plot + 1])
    return list(zip(graph.other[at].tolist(), graph.shared_m[at].tolist(), strict=True))
