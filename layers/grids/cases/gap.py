"""A grid that the old file lacks: the ground that it leaves empty becomes a polygon of its own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, TypedDict

import numpy as np
import shapely
from sqlalchemy import Connection

from data.cases import read as read_cases
from data.cases import write
from data.cases.rows import CaseSet, StandingCase
from data.divisions import read_communities
from layers.grids.cases.claims import SETTLED_SHARE
from layers.grids.cases.store import Community, fill, grid_communities, open_set
from layers.grids.drafts.plot_store import PlotStore
from layers.kit.errors import ConflictError, InputError
from layers.kit.json import parsed

KIND: Final = "grid"
MARK: Final = "#+"  # before the number of a grid that is not of the file
STRIP_M: Final = 3.0  # ground within this of two borders is a seam between them, no grid


def add_missing_grid(
    c: Connection, plot_store: PlotStore, set_id: int, item: int, by: str, seen: int
) -> CaseSet:
    """Make the empty ground around a case's building a grid of its own; return the set's head.

    The ground is what no polygon of the file covers in the building's community, without strips
    narrower than 2 × ``STRIP_M`` and without buildings that were ruled on. Buildings that lie in
    it are settled by it. Raises InputError where the building does not stand on empty ground,
    ConflictError when somebody ruled on it since the page was shown.
    """
    head = open_set(c, set_id)
    rows: dict[int, StandingCase] = {r.id: r for r in read_cases.standing(c, set_id)}
    row = rows.get(item)
    if row is None or row.building_id is None or head.kind != "grids":
        raise InputError("choose cases of this set")
    if row.sequence > seen:
        who = row.ruled_by or "-"
        raise ConflictError(
            "{who} ruled on {count} of these cases first: look again", who=who, count=1
        )
    building = row.building_id
    ruled = {
        r.building_id
        for r in rows.values()
        if r.ruled_to is not None and r.building_id not in (None, building)
    }
    community = next(
        one
        for one in grid_communities(c, plot_store, head)
        if (one.buildings["id"] == building).any()
    )
    ground = _empty_ground(c, head, community, building, ruled)
    known = read_cases.claimants(c, set_id, community.about.srid)
    label = f"{MARK}{sum(str(one).startswith(MARK) for one in known['label']) + 1}"
    write.add_claimant(c, set_id, head.code, len(known), label, ground, community.about.srid)
    write.write_step(c, set_id, head.code, head.sequence + 1, KIND, [len(known)], by)
    return fill(c, plot_store, set_id)


class GridMade(TypedDict):
    """The making of a grid as it is kept: the position of its claimant, alone."""

    changes: list[int]


def take_back(c: Connection, plot_store: PlotStore, set_id: int, by: str) -> bool:
    """Remove the grid that somebody made last; False when their last step was a ruling.

    Raises ConflictError when buildings were given to it, or another grid was made since.
    """
    head = open_set(c, set_id)
    last = read_cases.last_ruling(c, set_id, by)
    if last is None or last.kind != KIND:
        return False
    (position,) = parsed(GridMade, {"changes": last.changes}, "case_ruling")["changes"]
    known = read_cases.claimants(c, set_id, 4490)
    rows = read_cases.standing(c, set_id)
    if position != len(known) - 1 or any(r.ruled_to == position for r in rows):
        raise ConflictError("somebody ruled on these cases after you: nothing was undone")
    write.mark_undone(c, last.id)
    write.remove_claimant(c, set_id, position)
    write.write_step(c, set_id, head.code, head.sequence + 1, "undo", [], by)
    fill(c, plot_store, set_id)
    return True


def _empty_ground(
    c: Connection, head: CaseSet, community: Community, building: int, ruled: Collection[int | None]
) -> shapely.Geometry:
    """Return the polygon (metres) of empty ground that the building stands on."""
    about, frame = community.about, community.buildings
    borders = read_communities.communities(c, head.code, about.srid)
    outline = borders.geometry[borders["id"] == about.community_id].iloc[0]
    every = read_cases.claimants(c, head.id, about.srid).geometry.to_numpy()
    taken = shapely.make_valid(every, method="structure").tolist()
    taken += frame.geometry[frame["id"].isin(list(ruled))].tolist()
    empty = shapely.difference(outline, shapely.union_all(np.array(taken, object)))
    wide = shapely.buffer(empty, -STRIP_M, join_style="mitre")
    parts = shapely.get_parts(shapely.buffer(wide, STRIP_M, join_style="mitre"))
    footprint = frame.geometry[frame["id"] == building].iloc[0]
    held = shapely.area(shapely.intersection(parts, footprint))
    if not len(parts) or held.max() < SETTLED_SHARE * footprint.area:
        raise InputError("the file does not leave enough empty ground here for a grid")
    own = shapely.intersection(shapely.union_all(parts[[int(held.argmax())]]), empty)
    drawn = [p for p in shapely.get_parts(own) if p.geom_type == "Polygon"]
    return shapely.MultiPolygon(drawn)
