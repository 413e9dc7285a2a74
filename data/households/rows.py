"""What is read of households, as values: uploads and their rows, buildings, counts, estates.

JSON that a table keeps is plain here (``Json``); ``layers/households`` says what it must be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from layers.kit.ids import (
    BuildingId,
    EstateId,
    GridId,
    PlanId,
    RowId,
    SnapshotId,
    StationId,
    UploadId,
)
from layers.kit.json import Json, StoredJson


@dataclass(frozen=True, slots=True)
class KnownBuilding:
    """A building that stands, with all that it is called; ``community``: its code."""

    id: BuildingId
    community: str | None
    estate: str | None
    number: str | None
    name: str | None
    external_id: str | None
    addresses: list[str]
    aliases: list[str]


@dataclass(frozen=True, slots=True)
class PlaceName:
    """What a division is called."""

    code: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class UploadRow:
    """The head of a household table as it is kept; ``code``: of its county."""

    id: UploadId
    code: str
    file: str
    sha256: str
    sheet: str
    layout: Json
    measures: list[str]
    rows: int
    effective_on: date
    source: str
    findings: list[Json]
    notes: list[Json]
    state: str
    version: int
    snapshot_id: SnapshotId | None
    made_by: str
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class NewUpload:
    """The head of a household table that is to be kept; see ``UploadRow``."""

    code: str
    file: str
    sha256: str
    sheet: str
    layout: StoredJson
    measures: list[str]
    rows: int
    effective_on: date
    source: str
    findings: Sequence[StoredJson]
    notes: Sequence[StoredJson]
    state: str
    made_by: str


@dataclass(frozen=True, slots=True)
class CountRow:
    """A row of a household table as it was written, and where it went.

    ``counted``: value by measure, None where nothing is written.
    """

    id: RowId
    row_number: int
    rows: int
    community: str | None
    estate: str | None
    building: str | None
    entrance: str | None
    address: str | None
    external_code: str | None
    written_key: str
    counted: dict[str, int | None]
    state: str
    how: str
    score: float | None
    candidates: list[Json]
    building_id: BuildingId | None
    ruled_by: str | None
    ruled_at: datetime | None
    version: int
    code: str


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row that names a building, as it was written; what it counts is not read."""

    building_id: BuildingId
    row_number: int
    rows: int
    community: str | None
    estate: str | None
    building: str | None
    entrance: str | None
    address: str | None
    external_code: str | None


@dataclass(frozen=True, slots=True)
class NewMatch:
    """Where a row goes that was matched anew."""

    id: RowId
    state: str
    how: str
    score: float | None
    building_id: int | None
    candidates: Sequence[StoredJson]
    version: int


@dataclass(frozen=True, slots=True)
class RowSum:
    """Rows and sum of a measure by state and ``code`` (of a community, else the county)."""

    state: str
    code: str
    rows: int
    value: int


@dataclass(frozen=True, slots=True)
class PlacedCount:
    """What an upload counts in a building, of one measure."""

    building_id: BuildingId
    measure: str
    code: str
    value: int


@dataclass(frozen=True, slots=True)
class NewestCount:
    """A building's newest count of one measure."""

    building_id: BuildingId
    value: int
    confidence: str
    effective_on: date


@dataclass(frozen=True, slots=True)
class DatedCount:
    """A count of a building that stands; ``effective_on``: its day."""

    effective_on: date
    building_id: BuildingId
    measure: str
    value: int
    source: str
    confidence: str
    snapshot_id: SnapshotId


@dataclass(frozen=True, slots=True)
class BuildingPlace:
    """What a person knows a building by. ``geometry``: GeoJSON text, EPSG:4326."""

    id: BuildingId
    name: str | None
    number: str | None
    estate: str | None
    community: str | None
    code: str | None
    address: str | None
    lon: float
    lat: float
    geometry: str


@dataclass(frozen=True, slots=True)
class GridInForce:
    """A grid that is shown on a day; ``community``: its name."""

    plan_id: PlanId
    grid_id: GridId
    plots: int
    number: int
    name: str | None
    code: str
    community: str
    community_code: str


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A snapshot with how much it holds; ``upload_id`` and ``file`` where a table made it."""

    id: SnapshotId
    effective_on: date
    source: str
    created_at: datetime
    rolled_back_at: datetime | None
    upload_id: UploadId | None
    file: str | None
    made_by: str | None
    buildings: int
    measures: list[str]
    unplaced: int


@dataclass(frozen=True, slots=True)
class SnapshotHead:
    """A snapshot, and whether it counts."""

    id: SnapshotId
    code: str
    effective_on: date
    source: str
    rolled_back_at: datetime | None


@dataclass(frozen=True, slots=True)
class EstateRow:
    """An estate with what is expected of it; ``community``: its name."""

    id: EstateId
    name: str
    life: str
    expected_households: int | None
    expected_on: date | None
    code: str
    community: str | None


@dataclass(frozen=True, slots=True)
class EstateHead:
    """An estate with what is expected of it."""

    id: EstateId
    code: str
    name: str
    life: str
    expected_households: int | None
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class EstatePart:
    """How much of an estate lies in a grid; weights of one estate compare with each other."""

    estate_id: EstateId
    grid_id: GridId
    weight: float


@dataclass(frozen=True, slots=True)
class SurveyedCount:
    """A building's newest count, with where it came from."""

    building_id: BuildingId
    value: int
    confidence: str
    effective_on: date
    count_source: str


@dataclass(frozen=True, slots=True)
class SurveyedBuilding:
    """A building that stands. ``lon``, ``lat``: a point on it; ``west`` … ``north``: its bounds,
    degrees; ``geometry``: WKB in the CRS that was asked for. ``count``: None where nobody counted.
    """

    id: BuildingId
    community_code: str | None
    community: str | None
    estate: str | None
    name: str | None
    number: str | None
    use: str
    life: str
    levels: int | None
    levels_estimated: bool
    lon: float
    lat: float
    west: float
    south: float
    east: float
    north: float
    geometry: bytes
    count: SurveyedCount | None
    address: str | None


@dataclass(frozen=True, slots=True)
class SurveyedStation:
    """A station that was not moved away; ``x``, ``y`` in the CRS that was asked for."""

    id: StationId
    name: str
    tier: str | None
    state: str
    community_code: str | None
    community: str | None
    lon: float
    lat: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class UnplacedRow:
    """Households that fit no building; ``written``: the building as the table wrote it.

    ``community_code`` None where only the county is known.
    """

    id: RowId
    row_number: int
    written: str
    value: int
    effective_on: date
    count_source: str
    community_code: str | None
    community: str | None
