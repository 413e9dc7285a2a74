"""A community split, or the border between two moved (社区析置): what becomes of their grids.

1. Every plot goes to exactly one community; a community is left with plots, and in no more pieces
   than before (one more for the one that is split off). Land without households that would be cut
   off from the rest of its community goes along with what surrounds it.
2. A grid that goes whole stays itself. A grid that is cut stays with the community that keeps most
   of its households (then plots): there its largest connected part goes on as the grid.
3. Every other part of a cut grid joins the grid beside it in its community that has the longest
   common border and room under the limit; a part without households needs no room. What finds no
   room becomes a new grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from layers.kit.errors import InputError


@dataclass(frozen=True, slots=True)
class Land:
    """The plots of one or two communities together, n of them.

    ``households``, ``grid`` (id), ``community`` (position, before): (n,). ``a``, ``b``,
    ``shared_m``: neighbours over all communities, with the metres of their border.
    """

    households: NDArray[np.int64]
    grid: NDArray[np.int64]
    community: NDArray[np.int64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    shared_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CutGrid:
    """A part of a grid that is cut off: ``into`` is the grid it joins, negative for a new one."""

    grid: int
    community: int
    into: int
    households: int
    plots: tuple[int, ...]


@dataclass(frozen=True)
class Regrouping:
    """The grids afterwards: ``grid`` (n,) ids, negative for new; what was cut off."""

    grid: NDArray[np.int64]
    cuts: tuple[CutGrid, ...]


def pieces(land: Land, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the connected piece of every plot, over neighbours of one group."""
    n = len(group)
    inside = group[land.a] == group[land.b]
    ones = np.ones(int(inside.sum()), np.int8)
    borders = coo_matrix((ones, (land.a[inside], land.b[inside])), (n, n))
    _, piece = connected_components(borders, directed=False)
    return np.asarray(piece, np.int64)


def tidy(land: Land, after: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``after`` with cut-off pieces without households on the other side (clause 1)."""
    result = after.copy()
    piece = pieces(land, after)
    was = pieces(land, land.community)
    for part in np.unique(after).tolist():
        plots = np.flatnonzero(after == part)
        main = _heaviest(land, plots, piece[plots])
        for other in np.unique(piece[plots]).tolist():
            loose = plots[piece[plots] == other]
            if other == main or land.households[loose].sum():
                continue
            # A piece that was apart before (an exclave) stays what it is.
            if len(loose) < int((was == was[loose[0]]).sum()) or land.community[loose[0]] != part:
                result[loose] = 1 - part
    return result


def check_parts(land: Land, after: NDArray[np.int64], communities: int) -> None:
    """Refuse a division of the land that breaks clause 1. ``after`` (n,): community position."""
    if np.array_equal(after, land.community):
        raise InputError("nothing is chosen: choose the grids or plots that change community")
    if len(np.unique(after)) < communities:
        raise InputError("a community would be left without any land: choose less")
    before = len(np.unique(pieces(land, land.community)))
    allowed = before + communities - len(np.unique(land.community))
    piece = pieces(land, after)
    if len(np.unique(piece)) > allowed:
        main = {
            int(np.bincount(piece[after == part]).argmax()) for part in np.unique(after).tolist()
        }
        loose = int((~np.isin(piece, list(main))).sum())
        raise InputError(
            "a community would be in separate pieces ({loose} plots apart from the rest): "
            "choose land that hangs together",
            loose=loose,
        )


def regroup(land: Land, after: NDArray[np.int64], limit: int) -> Regrouping:
    """Return the grids after plots went to the communities ``after`` (n,) (clauses 2 and 3).

    A grid of -1 (the plot has none) stays -1. Raises InputError as ``check_parts``.
    """
    grid = land.grid.copy()
    together = np.where(land.grid < 0, -1, land.grid * (int(after.max()) + 1) + after)
    piece = pieces(land, together)
    fragments: list[tuple[int, NDArray[np.int64]]] = []
    for g in np.unique(land.grid[land.grid >= 0]).tolist():
        plots = np.flatnonzero(land.grid == g)
        if len(np.unique(after[plots])) == 1:
            continue
        main = _heaviest(land, plots, after[plots])
        here = plots[after[plots] == main]
        keep = here[piece[here] == _heaviest(land, here, piece[here])]
        rest = np.setdiff1d(plots, keep)
        fragments += [(g, rest[piece[rest] == p]) for p in np.unique(piece[rest]).tolist()]
    for _, plots in fragments:
        grid[plots] = -1
    loads = {
        int(g): int(land.households[grid == g].sum()) for g in np.unique(grid[grid >= 0]).tolist()
    }
    return _place(land, after, limit, grid, loads, fragments)


def _place(
    land: Land,
    after: NDArray[np.int64],
    limit: int,
    grid: NDArray[np.int64],
    loads: dict[int, int],
    fragments: list[tuple[int, NDArray[np.int64]]],
) -> Regrouping:
    """Give every fragment its grid, the heaviest first: new grids stand before small ones ask."""
    waiting = sorted(fragments, key=lambda f: (-int(land.households[f[1]].sum()), int(f[1][0])))
    cuts: list[CutGrid] = []
    fresh = 0
    while waiting:
        left: list[tuple[int, NDArray[np.int64]]] = []
        for source, plots in waiting:
            households = int(land.households[plots].sum())
            beside = _beside(land, after, grid, plots)
            room = [g for g in beside if not households or loads[g] + households <= limit]
            if not room and not households and not beside and len(left) + 1 < len(waiting):
                left.append((source, plots))  # land between fragments: wait for one of them
                continue
            into = max(room, key=lambda g: (beside[g], g), default=None)
            if into is None:
                fresh -= 1
                into = fresh - 1  # -1 stands for no grid
                loads[into] = 0
            grid[plots] = into
            loads[into] += households
            where = int(after[plots[0]])
            cuts.append(CutGrid(source, where, into, households, tuple(plots.tolist())))
        if len(left) == len(waiting):
            break
        waiting = left
    return Regrouping(grid, tuple(cuts))


def _heaviest(land: Land, plots: NDArray[np.int64], group: NDArray[np.int64]) -> int:
    """Return the group with most households, then most plots, then the first."""
    names, at = np.unique(group, return_inverse=True)
    weight = np.zeros(len(names), np.int64)
    np.add.at(weight, at, land.households[plots])
    count = np.bincount(at)
    return int(names[max(range(len(names)), key=lambda i: (weight[i], count[i], -i))])


def _beside(
    land: Land, after: NDArray[np.int64], grid: NDArray[np.int64], plots: NDArray[np.int64]
) -> dict[int, float]:
    """Return the metres of border with every grid beside, in the same community."""
    inside = np.zeros(len(grid), np.bool_)
    inside[plots] = True
    edges = inside[land.a] != inside[land.b]
    other = np.where(inside[land.a[edges]], land.b[edges], land.a[edges])
    metres: dict[int, float] = {}
    same = (after[other] == after[plots[0]]) & (grid[other] != -1)
    for g, m in zip(grid[other[same]].tolist(), land.shared_m[edges][same].tolist(), strict=True):
        metres[g] = metres.get(g, 0.0) + m
    return metres
