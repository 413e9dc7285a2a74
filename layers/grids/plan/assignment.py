"""A plan of one community: which grid every plot belongs to, and how plots move between grids.

1. Every plot is in exactly one grid: a plan is one array over plots, so no gap and no overlap can
   arise and no building can be cut.
2. A change is a list of moves (plot, from, to). Its inverse swaps from and to, so doing and undoing
   is identity.
3. Loads of grids follow by adding and taking away what moved; pieces are looked up again only for
   grids that gave or got a plot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from layers.grids.division.problem import Problem
from layers.kit.errors import InputError


class Move(NamedTuple):
    """One plot (position in the community) from one grid (id) to another."""

    plot: int
    source: int
    target: int


class Load(NamedTuple):
    """What a grid holds. ``persons`` counts those that are known."""

    households: int = 0
    persons: int = 0
    buildings: int = 0
    plots: int = 0


Piece = tuple[int, ...]


@dataclass(frozen=True)
class PlotGraph:
    """What does not change while a community is redrawn; n plots.

    ``buildings``: int (n,), how many stand on the plot. ``point_m``: (n, 2), a point inside each
    plot in the community's local metric frame (metres east and north of its origin). ``start``,
    ``other``, ``shared_m``: neighbours of plot p are ``other[start[p]:start[p + 1]]``, with the
    metres of their common border.
    """

    problem: Problem
    buildings: NDArray[np.int64]
    point_m: NDArray[np.float64]
    start: NDArray[np.int64]
    other: NDArray[np.int32]
    shared_m: NDArray[np.float64]

    @property
    def plots(self) -> int:
        """How many plots the community has."""
        return len(self.problem.households)


def make_plot_graph(
    problem: Problem, buildings: NDArray[np.int64], point_m: NDArray[np.float64]
) -> PlotGraph:
    """Index a problem's borders by plot."""
    n = len(problem.households)
    source = np.concatenate([problem.a, problem.b]).astype(np.int64)
    other = np.concatenate([problem.b, problem.a])
    metres = np.concatenate([problem.shared_m, problem.shared_m])
    order = np.lexsort((other, source))
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=n), out=start[1:])
    return PlotGraph(
        problem,
        np.asarray(buildings, np.int64),
        np.asarray(point_m, np.float64).reshape(n, 2),
        start,
        np.ascontiguousarray(other[order], np.int32),
        np.ascontiguousarray(metres[order]),
    )


@dataclass(frozen=True)
class Plan:
    """A plan: ``grid`` (n,) int64 holds the grid id of every plot.

    ``loads``, ``pieces``: by grid id, for grids with plots. A grid's pieces are sorted tuples of
    plots, the main one (most households, then most plots, then lowest plot) first.
    """

    graph: PlotGraph
    grid: NDArray[np.int64]
    loads: Mapping[int, Load]
    pieces: Mapping[int, tuple[Piece, ...]]
    locked_grids: frozenset[int] = field(default_factory=frozenset)
    locked_plots: frozenset[int] = field(default_factory=frozenset)


def make_plan(
    graph: PlotGraph,
    grid: NDArray[np.int64],
    locked_grids: Iterable[int] = (),
    locked_plots: Iterable[int] = (),
) -> Plan:
    """Count a whole assignment. Raises InputError when it does not fit the community's plots."""
    grid = np.asarray(grid, np.int64)
    if grid.shape != (graph.plots,):
        raise InputError(
            "a plan needs a grid for each of {plots} plots, not {count}",
            plots=graph.plots,
            count=len(grid),
        )
    return Plan(
        graph,
        grid,
        count_loads(graph, grid),
        all_pieces(graph, grid),
        frozenset(locked_grids),
        frozenset(locked_plots),
    )


def count_loads(graph: PlotGraph, grid: NDArray[np.int64]) -> dict[int, Load]:
    """Count every grid from its plots."""
    ids, at = np.unique(grid, return_inverse=True)
    k = len(ids)
    persons = graph.problem.persons
    columns = (
        _sums(at, graph.problem.households, k),
        _sums(at, persons, k) if persons is not None else np.zeros(k, np.int64),
        _sums(at, graph.buildings, k),
        np.bincount(at, minlength=k),
    )
    return {
        int(grid_id): Load(*(int(column[row]) for column in columns))
        for row, grid_id in enumerate(ids)
    }


def _sums(at: NDArray[np.intp], values: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    total = np.zeros(k, np.int64)
    np.add.at(total, at, values)
    return total


def all_pieces(graph: PlotGraph, grid: NDArray[np.int64]) -> dict[int, tuple[Piece, ...]]:
    """Return the connected pieces of every grid, over neighbours of the same grid."""
    n = graph.plots
    if n == 0:
        return {}
    a, b = graph.problem.a, graph.problem.b
    inside = grid[a] == grid[b]
    borders = coo_matrix((np.ones(int(inside.sum()), np.int8), (a[inside], b[inside])), (n, n))
    count, part = connected_components(borders, directed=False)
    order = np.argsort(part, kind="stable")
    cuts = np.cumsum(np.bincount(part, minlength=count))[:-1]
    found: dict[int, list[Piece]] = {}
    for members in np.split(order, cuts):
        found.setdefault(int(grid[members[0]]), []).append(tuple(members.tolist()))
    return {grid_id: _main_first(graph, pieces) for grid_id, pieces in found.items()}


def _main_first(graph: PlotGraph, pieces: list[Piece]) -> tuple[Piece, ...]:
    if len(pieces) == 1:
        return (pieces[0],)
    households = graph.problem.households
    return tuple(sorted(pieces, key=lambda p: (-int(households[list(p)].sum()), -len(p), p[0])))


def apply_moves(plan: Plan, moves: Sequence[Move]) -> Plan:
    """Return the plan after some moves; the plan given is left as it is.

    Raises InputError when a plot is unknown, moves twice, or is not where the move says.
    """
    check_moves(plan, moves)
    grid = plan.grid.copy()
    loads = dict(plan.loads)
    touched: set[int] = set()
    members: dict[int, set[int]] = {}
    for plot, source, target in moves:
        grid[plot] = target
        _shift(loads, plan.graph, plot, source, -1)
        _shift(loads, plan.graph, plot, target, +1)
        for end in (source, target):
            if end not in touched:
                touched.add(end)
                members[end] = {p for piece in plan.pieces.get(end, ()) for p in piece}
        members[source].discard(plot)
        members[target].add(plot)
    pieces = dict(plan.pieces)
    for end in touched:
        if members[end]:
            pieces[end] = _pieces_of(plan.graph, members[end])
        else:
            pieces.pop(end, None)
            loads.pop(end, None)
    return replace(plan, grid=grid, loads=loads, pieces=pieces)


def check_moves(plan: Plan, moves: Sequence[Move]) -> None:
    """Refuse moves that do not fit the plan, all faults of a kind in one sentence."""
    plots = [move.plot for move in moves]
    n = plan.graph.plots
    outside = sorted({p for p in plots if not 0 <= p < n})
    if outside:
        raise InputError(
            "plots {outside} are not in this community of {n} plots", outside=_some(outside), n=n
        )
    if len(set(plots)) != len(plots):
        raise InputError("a plot moves twice in one stroke")
    elsewhere = [m.plot for m in moves if int(plan.grid[m.plot]) != m.source]
    if elsewhere:
        raise InputError(
            "plots {elsewhere} are not in the grid that they should leave",
            elsewhere=_some(elsewhere),
        )
    staying = [m.plot for m in moves if m.source == m.target]
    if staying:
        raise InputError(
            "plots {staying} would move into the grid that they are in", staying=_some(staying)
        )


def _some(plots: Sequence[int]) -> str:
    shown = ", ".join(str(p) for p in plots[:5])
    return shown if len(plots) <= 5 else f"{shown} and {len(plots) - 5} more"


def _shift(loads: dict[int, Load], graph: PlotGraph, plot: int, grid_id: int, sign: int) -> None:
    before = loads.get(grid_id, Load())
    persons = graph.problem.persons
    loads[grid_id] = Load(
        before.households + sign * int(graph.problem.households[plot]),
        before.persons + (sign * int(persons[plot]) if persons is not None else 0),
        before.buildings + sign * int(graph.buildings[plot]),
        before.plots + sign,
    )


def _pieces_of(graph: PlotGraph, members: set[int]) -> tuple[Piece, ...]:
    """Return the pieces of one grid by walking over its own plots only."""
    left, found = set(members), []
    while left:
        queue = [left.pop()]
        piece = list(queue)
        while queue:
            plot = queue.pop()
            for near in graph.other[graph.start[plot] : graph.start[plot + 1]].tolist():
                if near in left:
                    left.remove(near)
                    queue.append(near)
                    piece.append(near)
        found.append(tuple(sorted(piece)))
    return _main_first(graph, found)


def inverse(moves: Sequence[Move]) -> tuple[Move, ...]:
    """Return the moves that take these back (clause 2)."""
    return tuple(Move(m.plot, m.target, m.source) for m in reversed(moves))
