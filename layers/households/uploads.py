"""Uploads and their rows as the pages see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict

from data.households.rows import CountRow, PlacedRow, UploadRow
from layers.households.matching.register import Candidate
from layers.households.tables.headers import HOUSEHOLDS, Layout
from layers.households.tables.table import WrittenRow
from layers.kit.findings import Finding, Severity
from layers.kit.ids import BuildingId, RowId, SnapshotId, UploadId
from layers.kit.json import Json, as_json, parsed


class CandidateValue(TypedDict):
    """A building that a row may mean, as it is kept. ``reason``: why it is offered."""

    building_id: int
    score: float
    reason: str


class FindingValue(TypedDict):
    """A finding of a table as it is kept."""

    code: str
    severity: Severity
    row: int | None
    field: str | None
    values: dict[str, Json]


class UploadNotes(TypedDict):
    """What was noted when a table was read: its titles, rows of communities that are not ours,
    rows that are no buildings by kind."""

    titles: list[str]
    elsewhere: int
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class Upload:
    """A household table as stored. ``rows_by_state``: number of rows in each state."""

    id: UploadId
    county: str
    file: str
    sha256: str
    sheet: str
    layout: Layout
    measures: tuple[str, ...]
    rows: int
    effective_on: date
    source: str
    findings: tuple[Finding, ...]
    state: str
    version: int
    snapshot_id: SnapshotId | None
    made_by: str
    made_at: datetime
    rows_by_state: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """A row of an upload, with the buildings that it may mean."""

    id: RowId
    row_number: int
    rows: int
    community: str | None
    estate: str | None
    building: str | None
    entrance: str | None
    address: str | None
    key: str
    values: Mapping[str, int | None]
    state: str
    how: str
    score: float | None
    candidates: tuple[CandidateValue, ...]
    building_id: BuildingId | None
    ruled_by: str | None
    ruled_at: datetime | None
    version: int


def written_of(row: CountRow | PlacedRow) -> WrittenRow:
    """Return a stored row as it was written; what was not read counts nothing."""
    return WrittenRow(
        row.row_number, row.community, row.estate, row.building,
        row.entrance, row.address, row.external_code,
        row.counted if isinstance(row, CountRow) else {}, row.rows,
    )  # fmt: skip


def upload_of(row: UploadRow, rows_by_state: Mapping[str, int]) -> Upload:
    """Return an upload from its row."""
    findings = tuple(
        Finding(f["code"], f["severity"], f["row"], f["field"], values=f["values"])
        for f in (parsed(FindingValue, kept, "count_upload.findings") for kept in row.findings)
    )
    return Upload(
        row.id, row.code, row.file, row.sha256, row.sheet,
        Layout.from_dict(row.layout), tuple(row.measures), row.rows,
        row.effective_on, row.source, findings, row.state, row.version,
        row.snapshot_id, row.made_by, row.made_at, rows_by_state,
    )  # fmt: skip


def notes_of(row: UploadRow) -> UploadNotes:
    """Return what was noted when a table was read. Raises InputError where it is not as kept."""
    return parsed(UploadNotes, row.notes[0], "count_upload.notes")


def candidates_of(row: CountRow) -> tuple[CandidateValue, ...]:
    """Return what a row may mean. Raises InputError where it is not as it was kept."""
    return tuple(parsed(CandidateValue, k, "count_row.candidates") for k in row.candidates)


def candidate_values(candidates: Sequence[Candidate]) -> list[CandidateValue]:
    """Return candidates as they are kept."""
    return [
        {"building_id": k.building_id, "score": k.score, "reason": k.reason} for k in candidates
    ]


def finding_value(f: Finding) -> FindingValue:
    """Return a finding as it is kept."""
    return {
        "code": f.code,
        "severity": f.severity,
        "row": f.row,
        "field": f.field,
        "values": {name: as_json(value) for name, value in f.values.items()},
    }


def queued_row(r: CountRow) -> QueuedRow:
    """Return a row for the queue."""
    return QueuedRow(
        r.id, r.row_number, r.rows, r.community, r.estate,
        r.building, r.entrance, r.address, r.written_key, r.counted, r.state,
        r.how, r.score, candidates_of(r), r.building_id, r.ruled_by,
        r.ruled_at, r.version,
    )  # fmt: skip


def measure_of(head: Upload, policy_measure: str) -> str:
    """Return what a preview compares: the county's measure, else the table's first households."""
    if policy_measure in head.measures:
        return policy_measure
    return next((m for m in HOUSEHOLDS if m in head.measures), policy_measure)
