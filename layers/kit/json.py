"""JSON as plain data: what a browser sends or a table keeps, whose keys no program of ours fixes.

What leaves for the browser has a ``TypedDict`` of its own; this is for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
JsonObject = Mapping[str, Json]


class Geometry(TypedDict):
    """A GeoJSON geometry in degrees. A collection has ``geometries`` in place of coordinates."""

    type: str
    coordinates: NotRequired[Sequence[Json]]
    geometries: NotRequired[Sequence[Geometry]]


class Feature(TypedDict):
    """A GeoJSON feature. What ``properties`` hold is the affair of whoever makes it."""

    type: Literal["Feature"]
    id: NotRequired[int | str]
    geometry: Geometry | None
    properties: Mapping[str, object]
