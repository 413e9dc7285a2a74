"""States of buildings: as the log and the database keep them, and as shapes in metres."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Literal, get_args

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from data.buildings.rows import StateRow
from layers.buildings.edit import Attributes
from layers.buildings.rows import Change, StandingBuilding
from layers.buildings.shapes import follow
from layers.kit.crs import to_measuring, to_storage
from layers.kit.records.buildings import BuildingState


def in_metres(shapes: Sequence[BaseGeometry], srid: int) -> list[BaseGeometry]:
    """Return shapes (EPSG:4490) in the measuring CRS."""
    return list(to_measuring(np.array(shapes, dtype=object), srid)) if len(shapes) else []


def in_degrees(shapes: Sequence[BaseGeometry], srid: int) -> list[BaseGeometry]:
    """Return shapes in EPSG:4490."""
    return list(to_storage(np.array(shapes, dtype=object), srid))


def shape_of(state: BuildingState) -> BaseGeometry:
    """Return a state's footprint (EPSG:4490); of one part as a polygon."""
    shape = shapely.from_wkb(bytes.fromhex(state["geometry"]))
    single = shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1
    return shape.geoms[0] if single else shape


def standing_from(row: StateRow, srid: int) -> StandingBuilding:
    """Return a stored building as the rules take it."""
    shape = in_metres([shape_of(row.state)], srid)[0]
    return StandingBuilding(row.id, row.version, row.state, shape, row.households)


def values_in_metres(values: Attributes, srid: int) -> Attributes:
    """Return values with the places of entrances in the measuring CRS."""
    if "entrances" not in values:
        return values
    given = values["entrances"]
    moved = iter(in_metres([p for _, p in given if p is not None], srid))
    entrances = [(name, None if p is None else next(moved)) for name, p in given]
    return {**values, "entrances": entrances}


def state_after(change: Change, srid: int) -> BuildingState:
    """Return a row's state as the database keeps it: geometry in hex, EPSG:4490."""
    after = copy(change.after)
    if change.shape is not None:
        shape = in_degrees([change.shape], srid)[0]
        if shape.geom_type == "Polygon":
            shape = shapely.MultiPolygon([shape])
        after["geometry"] = shapely.to_wkb(shape, hex=True, byte_order=1).lower()
        if change.shape_before is not None and after["entrances"]:
            after["entrances"] = [
                _entrance_moved(e, change.shape_before, change.shape, srid)
                for e in after["entrances"]
            ]
    if change.entrances is not None:
        after["entrances"] = [
            [name, None if point is None else _hex(point, srid)] for name, point in change.entrances
        ]
    return after


def _hex(point: BaseGeometry, srid: int) -> str:
    there = in_degrees([point], srid)[0]
    return str(shapely.to_wkb(there, hex=True, byte_order=1)).lower()


def _entrance_moved(
    entrance: Sequence[str | None], before: BaseGeometry, after: BaseGeometry, srid: int
) -> list[str | None]:
    name, place = entrance
    if place is None:
        return [name, None]
    point = in_metres([shapely.from_wkb(bytes.fromhex(place))], srid)[0]
    return [name, _hex(follow(point, before, after), srid)]


def seen_by_plots(state: BuildingState | None) -> tuple[int | None, str | None]:
    """Return what plots see of a row: its community and footprint while it stands."""
    if state is None or state["valid_to"] is not None:
        return None, None
    return state["community_id"], state["geometry"]


def footprint_of(state: BuildingState) -> BaseGeometry:
    """Return a state's footprint (EPSG:4490), valid."""
    shape = shape_of(state)
    return shape if shape.is_valid else shapely.make_valid(shape)


_Kept = Literal[
    "code", "community_id", "estate_id", "name", "number", "levels", "levels_estimated", "life",
    "use", "external_id", "source", "valid_from", "valid_to", "geometry", "addresses", "aliases",
    "entrances", "lives", "uses",
]  # fmt: skip
KEPT: tuple[_Kept, ...] = get_args(_Kept)


def stands_as(state: BuildingState, left: BuildingState | None) -> bool:
    """Tell whether a row is as an edit left it; None: it had not begun."""
    if left is None:
        return state["valid_to"] is not None
    return all(state[name] == left[name] for name in KEPT)
