"""Uploads and their rows as the pages see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping

from layers.households.tables.headers import HOUSEHOLDS, Layout
from layers.households.tables.table import Written
from layers.kit.findings import Finding


@dataclass(frozen=True, slots=True)
class Upload:
    """A household table as stored. ``rows_by_state``: number of rows in each state."""

    id: int
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
    snapshot_id: int | None
    made_by: str
    made_at: datetime
    rows_by_state: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """A row of an upload. ``candidates``: ``building_id``, ``score``, ``reason`` each."""

    id: int
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
    candidates: tuple[Mapping[str, Any], ...]
    building_id: int | None
    ruled_by: str | None
    ruled_at: datetime | None
    version: int


def written_of(row: RowMapping) -> Written:
    """Return a stored row as it was written."""
    return Written(
        int(row["row_number"]), row["community"], row["estate"], row["building"],
        row["entrance"], row["address"], row["external_code"], row["counted"], int(row["rows"]),
    )  # fmt: skip


def upload_of(row: RowMapping, rows_by_state: Mapping[str, int]) -> Upload:
    """Return an upload from its row."""
    findings = tuple(
        Finding(f["code"], f["severity"], f["row"], f["field"], values=f["values"])
        for f in row["findings"]
    )
    return Upload(
        int(row["id"]), row["code"], row["file"], row["sha256"], row["sheet"],
        Layout.from_dict(row["layout"]), tuple(row["measures"]), int(row["rows"]),
        row["effective_on"], row["source"], findings, row["state"], int(row["version"]),
        row["snapshot_id"], row["made_by"], row["made_at"], rows_by_state,
    )  # fmt: skip


def queued_row(r: RowMapping) -> QueuedRow:
    """Return a row for the queue."""
    return QueuedRow(
        int(r["id"]), int(r["row_number"]), int(r["rows"]), r["community"], r["estate"],
        r["building"], r["entrance"], r["address"], r["written_key"], r["counted"], r["state"],
        r["how"], r["score"], tuple(r["candidates"]), r["building_id"], r["ruled_by"],
        r["ruled_at"], int(r["version"]),
    )  # fmt: skip


def measure_of(head: Upload, policy_measure: str) -> str:
    """Return what a preview compares: the county's measure, else the table's first households."""
    if policy_measure in head.measures:
        return policy_measure
    return next((m for m in HOUSEHOLDS if m in head.measures), policy_measure)
