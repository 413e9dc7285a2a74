"""Buildings as values: features for the browser, whole states, the log of edits, counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NotRequired, TypedDict

from layers.kit.ids import BuildingId, EditId, EstateId, SnapshotId
from layers.kit.json import Geometry, Json
from layers.kit.records.buildings import BuildingState


class EntranceValue(TypedDict):
    """An entrance; ``point``: longitude, latitude, None where nobody said."""

    name: str
    point: list[float] | None


class BuildingProperties(TypedDict):
    """What the building desk shows of a building; days are ISO dates, counts the newest."""

    id: int
    name: str | None
    number: str | None
    estate: str | None
    estate_id: int | None
    levels: int | None
    levels_estimated: bool
    use: str
    life: str
    households: int | None
    persons: int | None
    households_as_of: str | None
    confidence: str | None
    addresses: list[str]
    address: str | None
    aliases: list[str]
    entrances: list[EntranceValue]
    external_id: str | None
    community: str | None
    community_id: int | None
    code: str
    version: int
    valid_from: str
    valid_to: str | None
    source: str


class BuildingFeature(TypedDict):
    """A building as GeoJSON."""

    type: Literal["Feature"]
    id: int
    geometry: Geometry
    properties: BuildingProperties


class CountOn(TypedDict):
    """A dated count of a building; ``on``: ISO date."""

    on: str
    measure: str
    value: int
    confidence: str
    source: str
    rolled_back: bool


class LifeOn(TypedDict):
    """When a phase of a building's life began; ``on``: ISO date."""

    on: str
    life: str


class BuildingHistory(TypedDict):
    """A building's dated counts and its life, oldest first."""

    counts: list[CountOn]
    life: list[LifeOn]


@dataclass(frozen=True, slots=True)
class StateRow:
    """A building with all that its rows hold; ``households``: the newest, None unknown."""

    id: BuildingId
    version: int
    households: int | None
    state: BuildingState


@dataclass(frozen=True, slots=True)
class NearBuilding:
    """A building that stands near an edit; ``geometry``: WKB in degrees."""

    id: BuildingId
    version: int
    name: str | None
    number: str | None
    estate: str | None
    geometry: bytes


@dataclass(frozen=True, slots=True)
class ExternalIdHolder:
    """The building that has an external id."""

    id: BuildingId
    name: str | None
    number: str | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class EstateStanding:
    """An estate with how many buildings stand in it; ``community``: its name."""

    id: EstateId
    name: str
    kind: str | None
    life: str
    community: str | None
    buildings: int


class EditChange(TypedDict):
    """What an edit made of a building: ``before`` None = it began, ``after`` None = it had not.

    ``of``: the buildings whose counts it took over, its weight among them, its exact households.
    """

    id: int
    version: int
    before: BuildingState | None
    after: BuildingState | None
    of: NotRequired[tuple[list[int], float, int | None] | None]


@dataclass(frozen=True, slots=True)
class EditRow:
    """An edit as the log keeps it. ``plots``: what followed, by community; ``answer``: what was
    told; both as ``layers.buildings`` writes them.
    """

    id: EditId
    kind: str
    changes: list[EditChange]
    plots: list[Json]
    answer: Json
    refused: str | None


@dataclass(frozen=True, slots=True)
class LoggedEdit:
    """An edit in the list of edits."""

    id: EditId
    kind: str
    buildings: list[BuildingId]
    made_by: str
    made_at: datetime
    is_undone: bool
    is_superseded: bool
    refused: str | None
    of_edit: EditId | None


@dataclass(frozen=True, slots=True)
class LastHand:
    """Who changed a building last, when, and by what kind of edit."""

    kind: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class FoundBuilding:
    """A building that is called so; ``about``: its address or community."""

    id: BuildingId
    label: str
    about: str | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class NewCount:
    """A count of a building that is to be added to a snapshot; ``code``: of its community."""

    snapshot_id: SnapshotId
    building_id: int
    measure: str
    code: str
    value: int
    source: str
    confidence: str
