"""Plans as they are read: the county's policy, heads, communities, grids, the log, approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypedDict

from layers.kit.ids import (
    AreaId,
    BuildingId,
    CommunityId,
    GridId,
    OperationId,
    PlanId,
    PlotId,
    TessellationId,
    WaiverId,
)
from layers.kit.json import Json

GridKind = Literal["general", "dedicated"]
StoredMove = Sequence[int | None]
"""A plot, the grid that it left (None where a draft starts), the grid that it went to."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a county has decided about its grids, and the day that its data are of.

    ``today``: in the county's time, no day before its data. ``plans_on``: the day to ask for what
    is in force today: the last one up to today on which that changed.
    """

    code: str
    name: str
    data_as_of: date
    today: date
    plans_on: date
    measuring_srid: int
    households_max: int
    households_min: int | None
    area_households_max: int | None
    household_measure: str
    stages: list[str]
    source_document: str | None
    is_demonstration: bool = False


@dataclass(frozen=True, slots=True)
class PlannedCommunity:
    """A community that has plots. ``tessellation``: the newest; ``in_force``: the plan on the day
    that was asked for, or None; ``west`` … ``north``: degrees. ``settled_on``: the first day of its
    border or of its last plan, whichever is later: it may change after it.
    """

    id: CommunityId
    code: str
    name: str
    tessellation: TessellationId
    in_force: PlanId | None
    in_force_tessellation: TessellationId | None
    plots: int
    west: float
    south: float
    east: float
    north: float
    settled_on: date

    def days(self, policy: Policy) -> tuple[date, date]:
        """Return the first and the last day on which it may change; none where first > last.

        Up to the day of the data; where it was settled on that day or later, up to today.
        """
        first = self.settled_on + timedelta(days=1)
        return first, policy.data_as_of if first <= policy.data_as_of else policy.today


@dataclass(frozen=True, slots=True)
class PlanHead:
    """A plan without its grids; ``communities``: ids; ``operations``: how many it logs."""

    id: PlanId
    code: str
    name: str
    stage: str
    version: int
    parent_id: PlanId | None
    parent_name: str | None
    made_by: str
    made_at: datetime
    changed_at: datetime
    document_number: str | None
    published_at: datetime | None
    numbered_at: datetime | None
    is_branch: bool
    certificate: Json
    operations: int
    grids: int
    communities: list[CommunityId]
    in_force_from: date | None
    in_force_to: date | None


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A plan whose row is locked until the transaction ends."""

    id: PlanId
    code: str
    name: str
    stage: str
    version: int
    published_at: datetime | None
    numbered_at: datetime | None


AnyPlan = PlanHead | HeldPlan


@dataclass(frozen=True, slots=True)
class PlanCommunity:
    """A community of a plan; ``tessellation`` None: known by its totals alone."""

    id: CommunityId
    code: str
    name: str
    tessellation: TessellationId
    in_force_from: date | None
    in_force_to: date | None


@dataclass(frozen=True, slots=True)
class Tessellation:
    """A community's plots: whose they are."""

    id: TessellationId
    community_id: CommunityId
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ListedGrid:
    """A grid that a draft has or had in a community, with plots or without."""

    grid_id: GridId
    code: str
    number: int
    name: str
    type: GridKind
    is_new: bool
    is_locked: bool
    area_id: AreaId | None


@dataclass(frozen=True, slots=True)
class PlanGrid:
    """A grid with plots of a plan, as stored; ``label_lon``, ``label_lat`` in degrees."""

    grid_id: GridId
    code: str
    community_id: CommunityId
    number: int
    name: str
    households: int
    persons: int | None
    buildings: int
    plots: int
    area_m2: float
    area_id: AreaId | None
    type: GridKind
    label_lon: float
    label_lat: float


@dataclass(frozen=True, slots=True)
class ExportedGrid:
    """A grid of a plan with its outline (WKB in the CRS that was asked for)."""

    grid_id: GridId
    code: str
    community_code: str
    community: str
    number: int
    name: str
    type: GridKind
    households: int
    persons: int | None
    buildings: int
    area_m2: float
    area: str | None
    community_id: CommunityId
    geometry: bytes


@dataclass(frozen=True, slots=True)
class OperationMoves:
    """An operation of a draft's log with what it moved."""

    id: OperationId
    sequence: int
    kind: str
    moves: list[StoredMove]


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of a draft's log. ``of_sequence``: the one that it undoes or does again."""

    id: OperationId
    sequence: int
    community_id: CommunityId
    kind: str
    moves: list[StoredMove]
    is_undone: bool
    is_superseded: bool
    of_sequence: int | None
    token: str | None
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class NewestTessellation:
    """A community's newest plots; ``findings``: as they were kept when the plots were made."""

    id: TessellationId
    code: str
    name: str
    findings: list[Json]


@dataclass(frozen=True, slots=True)
class HeldDraft:
    """A draft that has a community, locked until the transaction ends."""

    id: PlanId
    name: str
    version: int
    tessellation: TessellationId


@dataclass(frozen=True, slots=True)
class StandingPlan:
    """A published plan of a community that is in force or comes into force."""

    id: PlanId
    name: str
    tessellation: TessellationId


@dataclass(frozen=True, slots=True)
class StoredPlot:
    """A plot; ``geometry``: WKB, EPSG:4490."""

    id: PlotId
    building_id: BuildingId | None
    kind: str
    geometry: bytes


@dataclass(frozen=True, slots=True)
class Border:
    """The common border of two plots, in metres, and what runs along it."""

    plot_a: PlotId
    plot_b: PlotId
    code: str
    shared_m: float
    barrier: str


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """A community of a plan and of the one before; None where that had no such community."""

    code: str
    name: str
    grids_before: int | None
    grids_after: int
    households_before: int | None
    households_after: int
    largest_before: int | None
    largest_after: int
    over_before: int | None
    over_after: int
    mean_before: float | None
    mean_after: float


@dataclass(frozen=True, slots=True)
class BuildingPlot:
    """Which building stands on which plot."""

    plot: PlotId
    building: BuildingId
    external_id: str | None


class ScanValue(TypedDict):
    """Which scan a stage rests on."""

    id: int
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage that a plan reached; ``attachment``: the scan of its stamped document."""

    stage: str
    at: datetime
    by: str
    comment: str | None
    document_number: str | None
    attachment: ScanValue | None


@dataclass(frozen=True, slots=True)
class Waiver:
    """That a grid may break a rule, and how far: for what there was when it was given.

    ``households``: of a grid over the limit. ``pieces``: how many it may have, of a grid in pieces;
    ``apart``: the land of those that lie apart (WKB, EPSG:4490). None: given before they were kept.
    """

    id: WaiverId
    grid_id: GridId | None
    code: str
    finding: str
    reason: str
    by: str
    at: datetime
    pieces: int | None
    households: int | None
    apart: bytes | None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored scan without its bytes."""

    id: int
    plan_id: PlanId
    name: str
    media_type: str
    size: int
    sha256: str
