"""What a map layer is: a frozen value made of functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from layers.kit.figure import Figure, Row


@dataclass(frozen=True, slots=True)
class Query:
    """What a request asks of a layer.

    ``values`` are the request's own parameters (text, checked by the layer that uses them).
    """

    county: str
    measuring_srid: int
    data_as_of: date
    households_max: int
    household_measure: str
    flat_speed_m_s: float
    tie_max_m: float
    minutes: tuple[int, ...]
    revision: int
    area_households_max: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payload:
    """What leaves for the browser. ``headers`` may carry figures beside a picture."""

    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


def geojson(features: list[dict[str, Any]], **members: Any) -> Payload:
    """Return a FeatureCollection (EPSG:4326). Properties named popup or tooltip are refused.

    dash-leaflet binds those two as HTML, and every text from a user is text.
    """
    for feature in features:
        if {"popup", "tooltip"} & set(feature["properties"]):
            raise ValueError("a feature must not carry popup or tooltip: they are bound as HTML")
    body = json.dumps(
        {"type": "FeatureCollection", "features": features, **members},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return Payload(body.encode(), "application/geo+json")


Mark = Literal["fill", "hatch", "line", "dot", "ramp", "ring"]


@dataclass(frozen=True, slots=True)
class Swatch:
    """One line of a legend: a mark whose colours are css classes, and its text key."""

    mark: Mark
    css: str
    label: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Legend:
    """The legend of one layer. ``unit`` and ``note`` are text keys; ``form``: how it is set."""

    swatches: tuple[Swatch, ...]
    unit: str | None = None
    note: str | None = None
    form: Literal["column", "two-columns", "row"] = "column"


@dataclass(frozen=True, slots=True)
class Field:
    """A figure of a feature: property name, text key of its label, text key of its unit."""

    name: str
    label: str
    unit: str | None = None


class TextKey(str):
    """A value that names a text of the catalogue, so that it is shown in the reader's language."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the inspector. ``value`` None means unknown and is shown as such."""

    label: str
    value: Any
    unit: str | None = None
    tone: Literal["plain", "loud", "quiet"] = "plain"
    note: str | None = None
    note_values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the inspector says of one thing.

    ``title`` and ``subtitle`` are the thing's own words; labels, units and notes are text keys.
    ``bounds``: west, south, east, north in degrees. ``links``: (layer key, id, words) of other
    things to inspect.
    """

    title: str
    subtitle: str
    kind: str
    sections: tuple[tuple[str, tuple[Fact | Figure, ...]], ...]
    as_of: date | None = None
    bounds: tuple[float, float, float, float] | None = None
    links: tuple[tuple[str, str, str], ...] = ()


Load = Callable[[Any, Query], Any]
"""(database connection, query) → rows; the only function of a layer that reads."""
Prepare = Callable[[Any, Query], Payload]
"""Rows → what leaves; pure."""
Paint = Callable[[str], list[Any]]
"""Layer url → map components."""
LegendOf = Callable[[Query], Legend]
Inspect = Callable[[Any, Query, str], Inspection]
"""(database connection, query, id) → what the inspector says. Raises NotFoundError."""
FiguresOf = Callable[[Any, Query], tuple[Figure, ...]]
"""(database connection, query) → figures of the county."""
RowsOf = Callable[[Any, Query], Sequence[Row]]
"""(database connection, query) → the rows of a table; the query's ``values`` choose them."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A map layer. (key, version, county revision, parameters) is its cache key.

    ``parameters`` names the request parameters that it reads; others are ignored.
    """

    key: str
    title: str
    version: int
    load: Load
    prepare: Prepare
    paint: Paint
    legend: LegendOf
    tooltip: tuple[Field, ...] = ()
    parameters: tuple[str, ...] = ()
    inspect: Inspect | None = None
    shown_at_first: bool = True
