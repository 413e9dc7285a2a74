"""Divisions as they are read, and what stands in a community that is split or moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NotRequired, TypedDict

from layers.kit.ids import (
    AreaId,
    BuildingId,
    ChangeId,
    CommunityId,
    DemandId,
    DivisionId,
    EstateId,
    GridId,
    PlanId,
    PlotId,
    StationId,
)
from layers.kit.json import Json


@dataclass(frozen=True, slots=True)
class DivisionNow:
    """A division that is valid; ``geometry``: WKB in degrees."""

    id: CommunityId
    code: str
    name: str
    name_en: str | None
    kind: str
    parent_id: DivisionId | None
    is_temporary: bool
    valid_from: date
    geometry: bytes


@dataclass(frozen=True, slots=True)
class PlotShape:
    """A plot; ``geometry``: WKB in degrees."""

    id: PlotId
    kind: str
    geometry: bytes


@dataclass(frozen=True, slots=True)
class DivisionOutline:
    """The border of a division: WKB in degrees."""

    id: DivisionId
    geometry: bytes


@dataclass(frozen=True, slots=True)
class BuildingThere:
    """A building with its households (0 unknown). ``plot``: of the newest tessellation of its
    community, None where it stands on none; ``lon``, ``lat``: a point inside.
    """

    id: BuildingId
    community_id: CommunityId
    code: str
    estate_id: EstateId | None
    lon: float
    lat: float
    plot: PlotId | None
    households: int


@dataclass(frozen=True, slots=True)
class StationThere:
    """A station with its place in degrees."""

    id: StationId
    name: str
    community_id: CommunityId | None
    grid_id: GridId | None
    code: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class EstateThere:
    """An estate under a community's code."""

    id: EstateId
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class DemandThere:
    """A demand with its building and its place in degrees, None where it has none."""

    id: DemandId
    code: str
    building_id: BuildingId | None
    lon: float | None
    lat: float | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class AreaThere:
    """An area (片区)."""

    id: AreaId
    code: str
    name: str
    number: int | None
    valid_from: date


@dataclass(frozen=True, slots=True)
class TemporaryCommunity:
    """A community that still has a temporary code; ``valid_from``: since when it stands."""

    id: CommunityId
    code: str
    name: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft that holds a community."""

    id: PlanId
    name: str


class DivisionSaid(TypedDict):
    """A community that a change ended or made."""

    id: int
    code: str
    name: str
    is_temporary: NotRequired[bool]


# ``from`` is a word of the language, so this one is written as a call.
ChangeSummary = TypedDict("ChangeSummary", {"from": list[DivisionSaid], "to": list[DivisionSaid]})
"""What a change of communities ended and made."""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change of communities that was done, and whether it was taken back."""

    id: ChangeId
    kind: str
    on_date: date
    document_number: str | None
    plan_id: PlanId | None
    summary: ChangeSummary
    made_by: str
    made_at: datetime
    taken_back_by: str | None
    taken_back_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """A change of communities with what takes it back (``before``)."""

    id: ChangeId
    code: str
    kind: str
    on_date: date
    plan_id: PlanId | None
    summary: ChangeSummary
    before: Json
    taken_back_at: datetime | None


@dataclass(frozen=True, slots=True)
class BuiltOn:
    """How much came after a change in the communities that it made.

    ``plans``: plans and drafts but its own; ``tessellations``: newer ones; ``buildings``,
    ``stations``: that were not there; ``changes``: communities that are not valid any more.
    """

    plans: int
    tessellations: int
    buildings: int
    stations: int
    changes: int


@dataclass(frozen=True, slots=True)
class PlotFault:
    """How many footprints had a fault when plots were made."""

    code: str
    buildings: int
