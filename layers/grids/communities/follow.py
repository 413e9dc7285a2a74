"""What goes along when a community is split or a border moves: buildings, stations, demands, duty.

1. A building goes with its plot; one without a plot with the land it stands on.
2. A station that belongs to a grid goes with the grid, any other with the land it stands on (or the
   nearest, where it stands outside).
3. An estate's record goes where most households of its buildings are; its buildings may be in both.
4. A demand goes with its building, else with its place, else with its grid.
5. Posts of grids go with the grid. A community that goes on keeps its own posts; a new one gets the
   leaders who answer for the land (leader_assignment), nobody else.
6. An area (片区) whose grids stay together goes with them; one that is cut ends, and each side gets
   one of its own, the larger with its posts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.divisions import read_changes as read
from data.divisions.rows import AreaThere
from data.duty.read_answering import Answering, answering, posts_of
from layers.grids.communities.change import ChangeScript


@dataclass(frozen=True, slots=True)
class FollowingRow:
    """A row with its part afterwards. ``code``: what it had; ``grid``: of a demand, afterwards."""

    id: int
    part: int
    community: int | None
    code: str
    grid: int | None = None


@dataclass(frozen=True, slots=True)
class AreaThen:
    """An area afterwards: ``grids`` of ``part`` that are its own. ``is_cut``: made anew."""

    area: AreaThere
    part: int
    grids: tuple[int, ...]
    is_cut: bool
    is_main: bool


@dataclass(frozen=True)
class Follow:
    """Everything that goes along. ``open_demands``: ids of those that are not closed."""

    buildings: tuple[FollowingRow, ...]
    stations: tuple[FollowingRow, ...]
    estates: tuple[FollowingRow, ...]
    demands: tuple[FollowingRow, ...]
    open_demands: frozenset[int]
    posts: tuple[Answering, ...]
    areas: tuple[AreaThen, ...]
    households: tuple[int, ...]


def follow(c: Connection, change: ChangeScript) -> Follow:
    """Return what goes along with a change, and where to."""
    ids = [d.id for d in change.divisions]
    codes = [d.code for d in change.divisions]
    places = Whereabouts(change)
    buildings, owner, estates = _buildings(c, change, places, ids)
    stations = tuple(
        FollowingRow(
            r.id,
            places.grid_part[r.grid_id]
            if r.grid_id in places.grid_part
            else places.part_at(r.lon, r.lat),
            r.community_id,
            r.code,
            r.grid_id,
        )
        for r in read.stations(c, ids)
    )
    demands, is_open = _demands(c, places, codes, owner)
    areas = _areas(c, change)
    posts = posts_of(
        answering(c, change.on, grids=change.grids, areas=[a.area.id for a in areas], divisions=ids)
    )
    loads = np.zeros(len(change.parts), np.int64)
    np.add.at(loads, change.after, change.land.households)
    return Follow(
        buildings,
        stations,
        _estates(c, change, codes, estates),
        demands,
        is_open,
        tuple(posts),
        areas,
        tuple(int(v) for v in loads),
    )


class Whereabouts:
    """Where a place lies afterwards: part and grid by plot, by grid, by coordinates (degrees)."""

    def __init__(self, change: ChangeScript) -> None:
        self.change = change
        self.position = {int(p): at for at, p in enumerate(change.plot_ids.tolist())}
        self.grid_part = {g.id: g.part for g in change.grids.values()}
        self.tree = shapely.STRtree(change.shapes)

    def plot_at(self, lon: float, lat: float) -> int:
        """Return the plot (position) at a place, else the nearest."""
        return int(self.tree.nearest(shapely.Point(lon, lat)))

    def part_at(self, lon: float, lat: float) -> int:
        """Return the part at a place, else the nearest."""
        return int(self.change.after[self.plot_at(lon, lat)])

    def grid_of(self, plot: int) -> int | None:
        """Return the grid of a plot (position) afterwards."""
        grid = int(self.change.regrouped.grid[plot])
        return None if grid == -1 else grid


def _buildings(
    c: Connection, change: ChangeScript, places: Whereabouts, ids: Sequence[int]
) -> tuple[tuple[FollowingRow, ...], dict[int, int], dict[int, NDArray[np.int64]]]:
    """Return buildings with their part, their plot (position), and households by estate."""
    moved: list[FollowingRow] = []
    owner: dict[int, int] = {}
    estates: dict[int, NDArray[np.int64]] = {}
    for r in read.buildings(c, ids, change.policy.household_measure):
        plot = places.position.get(r.plot, -1) if r.plot is not None else -1
        if plot < 0:
            plot = places.plot_at(r.lon, r.lat)
        owner[r.id] = plot
        part = int(change.after[plot])
        moved.append(FollowingRow(r.id, part, r.community_id, r.code))
        if r.estate_id is not None:
            weight = estates.setdefault(r.estate_id, np.zeros(len(change.parts), np.int64))
            # Beside its households each building weighs a little: an estate may still be empty.
            weight[part] += 1000 * r.households + 1
    return tuple(moved), owner, estates


def _estates(
    c: Connection,
    change: ChangeScript,
    codes: Sequence[str],
    weights: Mapping[int, NDArray[np.int64]],
) -> tuple[FollowingRow, ...]:
    kept = {p.code: at for at, p in enumerate(change.parts) if p.continues is not None}
    return tuple(
        FollowingRow(
            r.id, int(weights[r.id].argmax()) if r.id in weights else kept[r.code], None, r.code
        )
        for r in read.estates(c, codes)
    )


def _demands(
    c: Connection, places: Whereabouts, codes: Sequence[str], owner: Mapping[int, int]
) -> tuple[tuple[FollowingRow, ...], frozenset[int]]:
    change = places.change
    by_code = {g.before.code: g.id for g in change.grids.values() if g.before is not None}
    kept = {p.code: at for at, p in enumerate(change.parts) if p.continues is not None}
    moved = []
    is_open = set()
    for r in read.demands(c, codes):
        if r.is_open:
            is_open.add(r.id)
        if r.building_id is not None and r.building_id in owner:
            plot = owner[r.building_id]
        elif r.lon is not None and r.lat is not None:
            plot = places.plot_at(r.lon, r.lat)
        else:
            grid = by_code.get(r.code)
            part = kept[r.code[:12]] if grid is None else places.grid_part[grid]
            moved.append(FollowingRow(r.id, part, None, r.code, grid))
            continue
        grid = places.grid_of(plot) if len(r.code) > 12 else None
        moved.append(FollowingRow(r.id, int(change.after[plot]), None, r.code, grid))
    return tuple(moved), frozenset(is_open)


def _areas(c: Connection, change: ChangeScript) -> tuple[AreaThen, ...]:
    members: dict[int, dict[int, list[int]]] = {}
    for g in change.grids.values():
        if g.before is not None and g.before.area_id is not None:
            parts = members.setdefault(g.before.area_id, {})
            parts.setdefault(g.part, []).append(g.id)
    _new_grids_join(change, members)
    loads = {g: int(change.land.households[change.regrouped.grid == g].sum()) for g in change.grids}
    found = []
    for row in read.areas(c, list(members)):
        parts = members[row.id]
        main = max(parts, key=lambda p: (sum(loads[g] for g in parts[p]), -p))
        # An area is also made anew where a cut grid left it with other land than it had.
        own = {g for grids in parts.values() for g in grids}
        is_cut = len(parts) > 1 or any({cut.grid, cut.into} & own for cut in change.cuts)
        found += [
            AreaThen(row, part, tuple(sorted(grids)), is_cut, part == main)
            for part, grids in sorted(parts.items())
        ]
    return tuple(found)


def _new_grids_join(change: ChangeScript, members: dict[int, dict[int, list[int]]]) -> None:
    """Put a new grid, cut off from an area's grid, into that area's side of the line."""
    for cut in change.cuts:
        if cut.into >= 0:
            continue
        before = change.grids[cut.grid].before
        if before is not None and before.area_id is not None:
            parts = members[before.area_id]
            if cut.into not in parts.setdefault(cut.community, []):
                parts[cut.community].append(cut.into)
