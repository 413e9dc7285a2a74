"""A split of a community, or a move of the border between two, worked out before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.divisions import read_changes as read_territories
from data.divisions import read_communities
from data.divisions.rows import DivisionNow
from data.plans import read, write_publishing
from data.plans.rows import GridKind, PlanGrid, PlannedCommunity, Policy
from layers.grids.communities.outlines import ALONG_DEG, Outlines, matched, outlines
from layers.grids.communities.parts import CutGrid, Land, Regrouping, check_parts, regroup, tidy
from layers.grids.drafts.making import carried, plots_of
from layers.grids.drafts.plot_store import CommunityPlots, PlotStore
from layers.grids.plan.numbering import grid_centroids, grid_code, new_numbers
from layers.grids.plots.borders import neighbours_in_coverage
from layers.kit.crs import to_measuring
from layers.kit.errors import ConflictError, InputError, NotFoundError

FIRST_TEMPORARY = 901
LAST_TEMPORARY = 999


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """What a planner asks for.

    ``plots``: positions in ``tessellation`` of ``community``; ``grids``: ids in force; both leave
    it, for a new community called ``name`` (split) or for the community ``to`` (border).
    """

    kind: Literal["split", "border"]
    community: int
    tessellation: int
    plots: tuple[int, ...]
    grids: tuple[int, ...]
    on: date | None
    by: str
    to: int | None = None
    name: str | None = None
    document_number: str | None = None


@dataclass(frozen=True, slots=True)
class GridThen:
    """A grid afterwards. ``id`` negative: it is made. ``before``: its row, None for a new one."""

    id: int
    part: int
    number: int
    code: str
    name: str
    type: GridKind
    before: PlanGrid | None


@dataclass(frozen=True, slots=True)
class Part:
    """A community afterwards. ``continues``: the division that it goes on, None for a new one."""

    code: str
    name: str
    name_en: str | None
    is_temporary: bool
    continues: DivisionNow | None
    outline: Any


@dataclass(frozen=True)
class ChangeScript:
    """Everything that a change will write, but for what hangs on plots (community_follow.py).

    Over the n plots of the communities together: ``plot_ids``, ``shapes`` (degrees, edge-matched),
    ``reshaped`` (which of them got vertices), ``after`` (part), ``grid`` (id, negative for new).
    ``new_pairs``: neighbours across the old border, positions with metres and barrier.
    """

    wanted: ChangeOrder
    on: date
    policy: Policy
    divisions: tuple[DivisionNow, ...]
    rows: tuple[PlannedCommunity, ...]
    abouts: tuple[CommunityPlots, ...]
    plot_ids: NDArray[np.int64]
    shapes: NDArray[np.object_]
    reshaped: NDArray[np.bool_]
    land: Land
    after: NDArray[np.int64]
    regrouped: Regrouping
    lines: Outlines
    parts: tuple[Part, ...]
    grids: Mapping[int, GridThen]
    new_pairs: tuple[tuple[int, int, float, str], ...]

    @property
    def has_plan(self) -> bool:
        """Whether a plan is in force in these communities."""
        return self.rows[0].in_force is not None

    @property
    def cuts(self) -> tuple[CutGrid, ...]:
        """What was cut off from grids."""
        return self.regrouped.cuts


def prepare(c: Connection, plot_store: PlotStore, county: str, wanted: ChangeOrder) -> ChangeScript:
    """Work a change out. Raises InputError, NotFoundError, ConflictError."""
    policy = read.policy(c, county)
    rows = _communities(c, policy, wanted)
    divisions = tuple(read_territories.division(c, r.id) for r in rows)
    on = _day(c, policy, rows, divisions, wanted)
    abouts = tuple(plots_of(c, plot_store, policy, r.tessellation) for r in rows)
    grids = [_assignment(c, policy, r, a) for r, a in zip(rows, abouts, strict=True)]
    shapes, reshaped, pairs = _ground(c, policy, rows)
    land = _land(abouts, grids, pairs)
    after = land.community.copy()
    after[_chosen(wanted, abouts[0], grids[0])] = 1
    after = tidy(land, after)
    check_parts(land, after, 2)
    regrouped = regroup(land, after, policy.households_max)
    old = [shapely.from_wkb(bytes(d.geometry)) for d in divisions]
    lines = outlines(shapes, after, old)
    parts = _parts(c, wanted, divisions, lines)
    return ChangeScript(
        wanted,
        on,
        policy,
        divisions,
        tuple(rows),
        abouts,
        np.concatenate([a.plot_ids for a in abouts]),
        shapes,
        reshaped,
        land,
        after,
        regrouped,
        lines,
        parts,
        _grids(c, rows, abouts, after, regrouped, parts),
        pairs,
    )


def _communities(c: Connection, policy: Policy, wanted: ChangeOrder) -> list[PlannedCommunity]:
    """Return the rows of the communities that change: one to split, or the two with the border."""
    known: dict[int, PlannedCommunity] = {
        r.id: r for r in read.communities_planned(c, policy.code, policy.plans_on)
    }
    ids = [wanted.community]
    if wanted.kind == "border":
        if wanted.to is None or wanted.to == wanted.community:
            raise InputError("choose the community that the land goes to")
        ids.append(wanted.to)
    elif not wanted.name:
        raise InputError("the new community needs a name")
    elif any(r.name == wanted.name for r in known.values()):
        raise InputError(
            "there is a community {name} already: give the new one its own", name=wanted.name
        )
    missing = [i for i in ids if i not in known]
    if missing:
        raise NotFoundError("this community does not exist any more, or has no plots yet")
    rows = [known[i] for i in ids]
    if rows[0].tessellation != wanted.tessellation:
        raise ConflictError("the plots of this community were made anew: open it and choose again")
    if len({r.in_force is None for r in rows}) > 1:
        raise InputError("one of the two communities has no plan in force: publish one first")
    return rows


def _day(
    c: Connection,
    policy: Policy,
    rows: Sequence[PlannedCommunity],
    divisions: Sequence[DivisionNow],
    wanted: ChangeOrder,
) -> date:
    """Return the first day of the change. Raises InputError, ConflictError."""
    days = [r.days(policy) for r in rows]
    first, last = max(d[0] for d in days), max(d[1] for d in days)
    on: date = wanted.on or last
    if wanted.on is None and first > last:
        raise InputError(
            "{name} has its border or its plan since {since}: the earliest day is {first}",
            name=max(rows, key=lambda r: r.settled_on).name,
            since=max(r.settled_on for r in rows),
            first=first,
        )
    if on > last and last != policy.data_as_of:
        raise InputError("the day lies after today, {today}", today=last)
    if on > last:
        raise InputError("the day lies after the county's data day, {data_as_of}", data_as_of=last)
    for division in divisions:
        if on <= division.valid_from:
            raise InputError(
                "{name} has its present border since {valid_from}: choose a later day, or"
                " take that change back",
                name=division.name,
                valid_from=division.valid_from,
            )
    if len({d.parent_id for d in divisions}) > 1:
        raise InputError("the two communities belong to two subdistricts: their border stays")
    later = write_publishing.plans_from(c, [d.id for d in divisions], on)
    if later:
        raise ConflictError(
            "{later} comes into force on {on} or later: choose a later day", later=later[0], on=on
        )
    return on


def _assignment(
    c: Connection, policy: Policy, row: PlannedCommunity, about: CommunityPlots
) -> NDArray[np.int64]:
    """Return the grid in force (id) of every plot of the newest tessellation, -1 for none."""
    if row.in_force is None:
        return np.full(about.graph.plots, -1, np.int64)
    if row.in_force_tessellation == about.tessellation:
        return read.assignment(c, row.in_force, about.tessellation)
    ids = [r.grid_id for r in read.plan_grids(c, row.in_force, about.community_id)]
    return np.array(ids, np.int64)[carried(c, policy, row.in_force, about)]


def _ground(
    c: Connection, policy: Policy, rows: Sequence[PlannedCommunity]
) -> tuple[NDArray[np.object_], NDArray[np.bool_], tuple[tuple[int, int, float, str], ...]]:
    """Return the plots (degrees), which were given vertices, and who is neighbour over the border.

    Positions of the second community follow those of the first.
    """
    read_plots = [read_territories.plot_shapes(c, r.tessellation) for r in rows]
    own = [np.array(shapely.from_wkb([bytes(p.geometry) for p in plots]), object)
           for plots in read_plots]  # fmt: skip
    if len(own) == 1:
        return own[0], np.zeros(len(own[0]), np.bool_), ()
    one, two = matched(*own)
    both = np.concatenate([one, two])
    reshaped = ~np.array(shapely.equals_identical(both, np.concatenate(own)), np.bool_)
    first, second = shapely.STRtree(two).query(one, predicate="dwithin", distance=ALONG_DEG)
    near = np.unique(np.concatenate([first, second + len(one)]))
    kinds = np.array([p.kind for plots in read_plots for p in plots])
    srid = policy.measuring_srid
    streets, water, barriers, _ = read_communities.community_ground(c, rows[0].id, srid)
    metric = np.asarray(to_measuring(both[near], srid), object)
    found = neighbours_in_coverage(metric, kinds[near] == "river", streets, water, barriers)
    pairs = [
        (int(near[a]), int(near[b]), float(m), str(barrier))
        for a, b, m, barrier in zip(
            found["a"], found["b"], found["shared_m"], found["barrier"], strict=True
        )
        if near[a] < len(one) <= near[b]
    ]
    return both, reshaped, tuple(pairs)


def _land(
    abouts: Sequence[CommunityPlots],
    grids: Sequence[NDArray[np.int64]],
    pairs: Sequence[tuple[int, int, float, str]],
) -> Land:
    starts = np.cumsum([0, *(a.graph.plots for a in abouts)])[:-1]
    problems = [a.graph.problem for a in abouts]
    joined = list(zip(problems, starts, strict=True))
    return Land(
        np.concatenate([p.households for p in problems]),
        np.concatenate(grids),
        np.repeat(np.arange(len(abouts)), [a.graph.plots for a in abouts]),
        np.concatenate([*(p.a + at for p, at in joined), [q[0] for q in pairs]]).astype(np.int64),
        np.concatenate([*(p.b + at for p, at in joined), [q[1] for q in pairs]]).astype(np.int64),
        np.concatenate([*(p.shared_m for p in problems), [q[2] for q in pairs]]),
    )


def _chosen(
    wanted: ChangeOrder, about: CommunityPlots, grid: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the positions of the plots that leave."""
    plots = np.array(sorted(set(wanted.plots)), np.int64)
    if len(plots) and (plots[0] < 0 or plots[-1] >= about.graph.plots):
        raise InputError("plots are chosen that {name} does not have", name=about.name)
    unknown = set(wanted.grids) - set(np.unique(grid).tolist())
    if unknown:
        raise InputError(
            "{count} grids are chosen that {name} does not have",
            count=len(unknown),
            name=about.name,
        )
    return np.union1d(plots, np.flatnonzero(np.isin(grid, list(wanted.grids)))).astype(np.int64)


def _parts(
    c: Connection, wanted: ChangeOrder, divisions: Sequence[DivisionNow], lines: Outlines
) -> tuple[Part, ...]:
    parts = [
        Part(d.code, d.name, d.name_en, d.is_temporary, d, outline)
        for d, outline in zip(divisions, lines.parts, strict=False)
    ]
    if wanted.kind == "split":
        subdistrict = divisions[0].code[:9]
        used = read_territories.codes_used(c, subdistrict)
        free = (
            code
            for n in range(FIRST_TEMPORARY, LAST_TEMPORARY + 1)
            if (code := f"{subdistrict}{n}") not in used
        )
        temporary = next(free, None)
        if temporary is None:
            raise InputError("no temporary code is left in this subdistrict: enter official codes")
        parts.append(Part(temporary, wanted.name or "", None, True, None, lines.parts[1]))
    return tuple(parts)


def _grids(
    c: Connection,
    rows: Sequence[PlannedCommunity],
    abouts: Sequence[CommunityPlots],
    after: NDArray[np.int64],
    regrouped: Regrouping,
    parts: Sequence[Part],
) -> dict[int, GridThen]:
    """Return every grid afterwards: those that stay keep their number, others get the next ones."""
    known: dict[int, tuple[int, PlanGrid]] = {}
    for at, row in enumerate(rows):
        if row.in_force is not None:
            for r in read.plan_grids(c, row.in_force, row.id):
                known[r.grid_id] = (at, r)
    x = np.concatenate([a.graph.problem.x for a in abouts])
    y = np.concatenate([a.graph.problem.y for a in abouts])
    area = np.concatenate([a.graph.problem.area_m2 for a in abouts])
    result: dict[int, GridThen] = {}
    for at, part in enumerate(parts):
        own = np.flatnonzero((after == at) & (regrouped.grid != -1))
        ids = np.unique(regrouped.grid[own]).tolist()
        stays = {i for i in ids if i in known and known[i][0] == at and part.continues is not None}
        used = {known[i][1].number for i in stays}
        if part.continues is not None:
            used |= read.numbers_given(c, part.code)
        fresh = [i for i in ids if i not in stays]
        numbers = {i: known[i][1].number for i in stays}
        if fresh:
            plots = own[np.isin(regrouped.grid[own], fresh)]
            position = np.searchsorted(np.array(fresh, np.int64), regrouped.grid[plots])
            east, north = grid_centroids(x[plots], y[plots], area[plots], position.astype(np.int32))
            given = new_numbers(east, north, len(fresh), used)
            numbers |= {i: int(n) for i, n in zip(fresh, given.tolist(), strict=True)}
        for i in ids:
            before = known[i][1] if i in known else None
            name = _name(before, abouts[known[i][0]].name if i in known else "", part, numbers[i])
            code = grid_code(part.code, numbers[i])
            kind: GridKind = "general" if before is None else before.type
            result[i] = GridThen(i, at, numbers[i], code, name, kind, before)
    return result


def _name(before: PlanGrid | None, community: str, part: Part, number: int) -> str:
    """Return a grid's name: its own where it has one, else that of the community and number."""
    if before is not None and before.name != f"{community}第{before.number}网格":
        return before.name
    return f"{part.name}第{number}网格"
