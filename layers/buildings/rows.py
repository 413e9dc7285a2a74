"""Rows of buildings while they are edited: what stands, what an edit makes of it, where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.buildings import shapes
from layers.kit.findings import Finding
from layers.kit.records.buildings import BuildingState


@dataclass(frozen=True)
class StandingBuilding:
    """A building that stands: its row, its footprint, its households (None unknown)."""

    id: int
    version: int
    state: BuildingState
    shape: BaseGeometry
    households: int | None = None

    @property
    def label(self) -> str:
        """What people call it."""
        return label_of(self.state, self.id)


@dataclass(frozen=True)
class Neighbour:
    """A building that stands beside those of an edit: what people call it, and its footprint."""

    id: int
    label: str
    shape: BaseGeometry


def label_of(state: BuildingState, building_id: int | None = None) -> str:
    """Return what people call a building; else its id."""
    address = next(iter(state["addresses"]), None)
    return called(state["name"], state.get("estate"), state["number"], address, building_id)


def called(
    name: str | None,
    estate: str | None,
    number: str | None,
    address: str | None = None,
    building_id: int | None = None,
) -> str:
    """Return what people call a building: name, estate and number, or address; else its id."""
    named = " ".join(part for part in (estate, number) if part)
    return name or named or address or (f"#{building_id}" if building_id else "")


@dataclass(frozen=True)
class Change:
    """One row: ``before`` None = it begins. ``shape``: its footprint after, where that changed.

    ``of``: ids of the rows whose counts it takes over, by ``weight``. ``households``: the exact
    count it is given, None = by weight. ``entrances``: points by name in the measuring CRS.
    """

    id: int | None
    before: BuildingState | None
    after: BuildingState
    shape: BaseGeometry | None = None
    shape_before: BaseGeometry | None = None
    of: tuple[int, ...] = ()
    weight: float = 1.0
    households: int | None = None
    entrances: tuple[tuple[str, BaseGeometry | None], ...] | None = None

    @property
    def ends(self) -> bool:
        """Tell whether the row ends."""
        return self.after["valid_to"] is not None


@dataclass(frozen=True)
class Neighbourhood:
    """What stands around: communities (ids, codes, names, shapes) and other footprints."""

    community_ids: Sequence[int]
    community_codes: Sequence[str]
    community_names: Sequence[str]
    communities: NDArray[Any]
    others: Sequence[Neighbour] = ()

    def place(self, shape: BaseGeometry) -> tuple[int | None, float, list[str]]:
        """Return the community of the larger share, that share (0-1), and all it lies in."""
        area = shapely.area(shapely.intersection(shape, self.communities))
        if len(area) == 0 or area.max() <= 0:
            return None, 0.0, []
        best = int(np.argmax(area))
        real = np.flatnonzero(area > shapes.OVERLAP_M2)
        return best, float(area[best] / shape.area), [self.community_names[int(i)] for i in real]


def placed(
    change: Change, around: Neighbourhood, buildings: Sequence[StandingBuilding]
) -> tuple[Change, list[Finding]]:
    """Give a row its community, and say what its new footprint meets."""
    if change.shape is None or change.ends:
        return change, []
    subject = None if change.id is None else str(change.id)
    at, share, names = around.place(change.shape)
    if at is None:
        return change, [Finding("building_outside", subject=subject, geometry=change.shape)]
    found = []
    if 1 - share > 1e-3 and (1 - share) * change.shape.area > shapes.OVERLAP_M2:
        values = {
            "community": around.community_names[at],
            "share": round(share * 100, 1),
            "names": "、".join(names),
        }
        found.append(
            Finding(
                "building_crosses_boundary",
                "warning",
                subject=subject,
                geometry=change.shape,
                values=values,
            )
        )
    if not change.of:
        found += _overlaps(change, around, {b.id for b in buildings}, subject)
    after: BuildingState = {
        **change.after,
        "community_id": around.community_ids[at],
        "code": around.community_codes[at],
    }
    return replace(change, after=after), found


def _overlaps(
    change: Change, around: Neighbourhood, own: set[int], subject: str | None
) -> list[Finding]:
    """Return which footprints a shape covers more than it did before."""
    others = [o for o in around.others if o.id not in own]
    if not others or change.shape is None:
        return []
    there = np.array([o.shape for o in others], dtype=object)
    now = shapes.overlap_m2(change.shape, there)
    if change.shape_before is not None:
        now = now - shapes.overlap_m2(change.shape_before, there)
    return [
        Finding(
            "building_overlaps",
            subject=subject,
            geometry=shapely.intersection(change.shape, others[at].shape),
            values={
                "other": others[at].label,
                "other_id": others[at].id,
                "overlap_m2": round(float(now[at]), 1),
                "confirmable": True,
            },
        )
        for at in np.flatnonzero(now > shapes.OVERLAP_M2).tolist()
    ]


def overlaps_among(
    changes: Sequence[Change], buildings: Sequence[StandingBuilding]
) -> list[Finding]:
    """Return which of several footprints that change together cover each other more than before."""
    moved = [c for c in changes if c.shape is not None and c.shape_before is not None]
    named = {b.id: b.label for b in buildings}
    found = []
    for at, one in enumerate(moved):
        for other in moved[at + 1 :]:
            common = shapely.intersection(one.shape, other.shape)
            before = shapely.area(shapely.intersection(one.shape_before, other.shape_before))
            if common.area - before > shapes.OVERLAP_M2:
                values = {
                    "other": named.get(other.id or 0, ""),
                    "other_id": other.id,
                    "overlap_m2": round(float(common.area), 1),
                    "confirmable": True,
                }
                found.append(
                    Finding(
                        "building_overlaps", subject=str(one.id), geometry=common, values=values
                    )
                )
    return found
