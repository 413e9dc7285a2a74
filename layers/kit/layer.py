"""What a map layer is: a frozen value made of functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from layers.kit import few
from layers.kit.figure import Figure, Row
from layers.kit.json import Feature
from layers.kit.words import Words


@dataclass(frozen=True, slots=True)
class Query:
    """What a request asks of a layer.

    ``values`` are the request's own parameters (text, checked by the layer that uses them).
    ``scope``: the part of the county that whoever asks may see, '' for all of it. ``today``: in the
    county's time, no day before its data; ``plans_on``: the day to ask for what is in force today,
    the last one up to today on which that changed. Both are the data's day where nobody said.
    ``is_demonstration``: the county is made up, and whatever leaves the program says so.
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
    scope: str = ""
    today: date = date.min
    plans_on: date = date.min
    is_demonstration: bool = False

    def __post_init__(self) -> None:
        """Take the data's day for what nobody said."""
        for name in ("today", "plans_on"):
            if getattr(self, name) < self.data_as_of:
                object.__setattr__(self, name, self.data_as_of)

    @property
    def place(self) -> tuple[str, str]:
        """Return the county and the scope: what is kept of a county is kept by these."""
        return self.county, self.scope


@dataclass(frozen=True, slots=True)
class Payload:
    """What leaves for the browser. ``headers`` may carry figures beside a picture.

    ``is_veiled``: counts of 1 and 2 households are hidden in it already.
    """

    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    is_veiled: bool = False

    def veiled(self) -> Payload:
        """Return it with small counts hidden, where it is JSON."""
        if "json" not in self.media_type:
            return self
        body = json.dumps(
            few.veiled(json.loads(self.body)), ensure_ascii=False, separators=(",", ":")
        )
        return replace(self, body=body.encode(), is_veiled=True)


def geojson(features: Sequence[Feature], **members: object) -> Payload:
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
    """One line of a legend: a mark whose colours are css classes, and its text key.

    ``ramp``: css colours from low to high, where a picture is painted by the layer itself.
    """

    mark: Mark
    css: str
    label: str
    values: Words = field(default_factory=dict)
    ramp: tuple[str, ...] = ()


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
class Share:
    """A part of a whole (0-1) that a page writes as a percentage; None: unknown."""

    value: float | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the inspector. ``value`` None means unknown and is shown as such."""

    label: str
    value: Any
    unit: str | None = None
    tone: Literal["plain", "loud", "quiet"] = "plain"
    note: str | None = None
    note_values: Words = field(default_factory=dict)


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


Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
ControlKind = Literal["choice", "day", "days", "subject"]


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values of a choice. ``label``: a text key; ``count``: how many there are."""

    value: str
    label: str
    words: Words = field(default_factory=dict)
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """What a reader may set beside a layer's switch. Its value is a parameter of the layer.

    1. ``choice``: one of ``options``; ``value`` unless the address names another. With ``marks``
       (a layer's key) the things of that layer which have the value are shown from afar too.
    2. ``day``: a choice of a day (ISO) that figures and inspections are shown for as well.
    3. ``days``: a range within ``days``; its parameters are ``first`` and ``last``, both absent
       for the whole range.
    4. ``subject``: everything ("all") or what is chosen ("one") on the layer ``of``, whose id is
       sent as ``parameter``; only things with all of ``needs`` (property, value) may be chosen.

    ``usual``: the value that an address need not say. ``empty``: the text key of what is said
    where there is nothing to set.
    """

    kind: ControlKind
    name: str
    label: str | None = None
    options: tuple[Option, ...] = ()
    value: str = ""
    usual: str | None = None
    marks: str | None = None
    days: tuple[date, date] | None = None
    of: str | None = None
    parameter: str | None = None
    needs: tuple[tuple[str, str], ...] = ()
    empty: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a layer says of what it shows: a sentence, or the two ends of its scale.

    ``key``: a text key; ``is_note``: said quietly. ``scale``: words at the left and the right.
    """

    key: str | None = None
    words: Words = field(default_factory=dict)
    is_note: bool = False
    scale: tuple[str, str] | None = None


ControlsOf = Callable[[Any, Query], tuple[Control, ...]]
"""(database connection, query) → what can be set, with the values that the query may hold."""
SaysOf = Callable[[Any, Query], tuple[Sentence, ...]]
"""(database connection, query) → what is said below the controls; ``values`` holds theirs."""
Sections = tuple[tuple[str, tuple[Fact | Figure, ...]], ...]
AddsTo = Callable[[Any, Query, str, str], Sections]
"""(connection, query, layer key, id) → what a layer adds to the inspection of another's thing."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A map layer. (key, version, county revision, parameters) is its cache key.

    ``parameters`` names the request parameters that it reads; others are ignored. ``panes``:
    panes of the map beside its own that are shown and hidden with it. ``bounds``: of the town →
    of its picture. ``tiles``: whether a county's things come as vector tiles instead.
    ``is_ground``: it lies under everything and stands last in the panel. ``waits``: it is sent
    for when what comes first is drawn. ``fills``: it colours the ground: of several that are shown
    the last keeps its colours, the others only their lines, so that no two lie over each other.
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
    controls: ControlsOf | None = None
    says: SaysOf | None = None
    adds: AddsTo | None = None
    bounds: Callable[[Bounds], Bounds] | None = None
    tiles: Callable[[Any, str], bool] | None = None
    panes: tuple[str, ...] = ()
    is_ground: bool = False
    waits: bool = False
    shown_at_first: bool = True
    fills: bool = False
