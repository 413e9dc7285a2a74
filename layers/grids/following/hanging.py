"""Buildings on plots of plans that stand: hung there at once, the plans themselves unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from data.plans.retessellation import read, write
from data.plans.rows import StandingPlan

# ``from`` is a word of the language, so this one is written as a call.
MovedTold = TypedDict("MovedTold", {"building": int, "from": str | None, "to": str | None})


class FollowingPlan(TypedDict):
    """What an edit of buildings changed in a plan: ``kept`` buildings, those that moved between
    grids (by name)."""

    plan: int
    name: str
    kept: int
    moved: list[MovedTold]


HungRow = tuple[int, int, int | None, int | None]
"""A building hung on another plot: tessellation, building, from plot, to plot (None: nowhere)."""


@dataclass(frozen=True, slots=True)
class Hung:
    """What ``hang`` did, as rows for the log, and what it changed in plans that stand."""

    rows: tuple[HungRow, ...]
    plans: tuple[FollowingPlan, ...]


@dataclass(frozen=True)
class FootprintChange:
    """A building that changed: its standing footprint (EPSG:4490) before and after, or None."""

    id: int
    label: str
    before: BaseGeometry | None
    after: BaseGeometry | None


def hang(
    c: Connection,
    community_id: int,
    edited: Sequence[FootprintChange],
    today: str,
    back: Sequence[HungRow] | None,
) -> Hung:
    """Hang buildings on the plots of plans that stand (clause 1); say which grid has them.

    ``back``: what the edit that is taken back (or done again) hung, None for a new one.
    """
    rows: list[HungRow] = []
    told: list[FollowingPlan] = []
    standing = read.plans_standing(c, community_id, today)
    names = [e.id for e in edited]
    known = {(r[0], r[1]): r[2] for r in back or ()}
    for tessellation in sorted({p.tessellation for p in standing}):
        seat = read.plots_of_buildings(c, tessellation, names)
        there = [e for e in edited if e.after is not None]
        share = read.plots_by_share(c, tessellation, list(shapely.to_wkb([e.after for e in there])))
        target: dict[int, int | None] = dict(zip((e.id for e in there), share, strict=True))
        moved: list[tuple[int, int | None, int | None]] = []
        for e in edited:
            at = seat.get(e.id)
            if (tessellation, e.id) in known:
                goes = known[tessellation, e.id]
            elif back is not None and at is not None:
                goes = at
            else:
                # A building that ended keeps its place in the plan; figures leave it out by date.
                goes = target.get(e.id) if e.after is not None else at
            if goes != at:
                moved.append((e.id, at, goes))
        write.hang(c, moved)
        rows += [(tessellation, *m) for m in moved]
        for plan in standing:
            if plan.tessellation == tessellation:
                told.append(_standing_told(c, plan, edited, seat, {b: t for b, _, t in moved}))
    return Hung(tuple(rows), tuple(told))


def _standing_told(
    c: Connection,
    plan: StandingPlan,
    edited: Sequence[FootprintChange],
    seat: Mapping[int, int],
    moved: Mapping[int, int | None],
) -> FollowingPlan:
    """Say which grids of a plan that stands gain and lose buildings."""
    grid = read.assigned(c, plan.id, plan.tessellation)
    changes = []
    for e in edited:
        before = grid.get(seat.get(e.id, -1)) if e.before is not None else None
        target = moved.get(e.id, seat.get(e.id))
        after = grid.get(target or -1) if e.after is not None else None
        if before != after:
            changes.append((e.id, before, after))
    held = len(read.standing_on(c, list(grid)))
    return plan_told(c, plan.id, plan.name, held, changes)


def plan_told(
    c: Connection,
    plan_id: int,
    name: str,
    buildings: int,
    moved: Sequence[tuple[int, int | None, int | None]],
) -> FollowingPlan:
    """Return what changed in a plan: how many buildings stayed, and (id, from, to) of others."""
    grids = [g for _, a, b in moved for g in (a, b) if g is not None]
    called = read.grid_names(c, plan_id, grids)
    came = sum(b is not None for _, _, b in moved)
    return {
        "plan": plan_id,
        "name": name,
        "kept": max(0, buildings - came),
        "moved": [
            {
                "building": building,
                "from": None if a is None else called.get(a),
                "to": None if b is None else called.get(b),
            }
            for building, a, b in moved
        ],
    }
