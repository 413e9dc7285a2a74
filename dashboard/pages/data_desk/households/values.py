"""Household tables as the page's script reads them: names and sentences are text, never HTML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TypedDict

from dashboard.text import Language, text
from dashboard.text.findings import say
from data.households.rows import BuildingPlace, NewestCount, SnapshotRow
from layers.households.reading import Look
from layers.households.rulings import ONE_OFF
from layers.households.tables.headers import HOUSEHOLDS, LayoutValue
from layers.households.uploads import QueuedRow, Upload
from layers.kit import clock
from layers.kit.findings import Finding
from layers.kit.json import Geometry

MOST_FINDINGS = 200

HOW = {
    "code": "data_households.how_code",
    "alias": "data_households.how_alias",
    "estate_number": "data_households.how_estate_number",
    "estate_taught": "data_households.how_estate_taught",
    "name": "data_households.how_name",
    "address": "data_households.how_address",
    "similar_estate": "data_households.how_similar_estate",
    "similar_address": "data_households.how_similar_address",
    "similar_name": "data_households.how_similar_name",
    "same_estate": "data_households.how_same_estate",
    "other_community": "data_households.how_other_community",
    "several": "data_households.how_several",
    "disagree": "data_households.how_disagree",
    "named_twice": "data_households.how_named_twice",
    "number_unknown": "data_households.how_number_unknown",
    "similar": "data_households.how_similar",
    "not_found": "data_households.how_not_found",
    "ruled": "data_households.how_ruled",
    "ruled_not_ours": "data_households.how_ruled_not_ours",
    "ruled_unplaced": "data_households.how_ruled_unplaced",
    "left": "data_households.how_left",
    "copy": "data_households.how_copy",
    "sum_of_entrances": "data_households.how_sum_of_entrances",
}


class FindingValue(TypedDict):
    """A fault: how grave, which, and its sentence."""

    severity: str
    code: str
    message: str


class LookValue(TypedDict):
    """A sheet of a file with the guess of its layout and its first rows."""

    sheet: str
    hidden: bool
    layout: LayoutValue
    confidence: Mapping[str, float]
    private: list[int]
    title: list[str]
    findings: list[FindingValue]
    rows: list[list[str]]
    above: list[list[str]]


class UploadValue(TypedDict):
    """An upload's head; ``states``: rows by state."""

    id: int
    file: str
    sheet: str
    measures: list[str]
    measure: str
    rows: int
    effective_on: str
    source: str
    state: str
    version: int
    snapshot: int | None
    by: str
    at: str | None
    states: dict[str, int]
    findings: list[FindingValue]


class PlaceValue(TypedDict):
    """A building as the map and the lists show it."""

    id: int
    name: str
    community: str | None
    address: str | None
    lon: float
    lat: float
    geometry: Geometry


class BuildingValue(PlaceValue):
    """A building with the households known of it now, None unknown."""

    households: int | None


class CandidateValue(TypedDict):
    """A building that a row may mean, and why."""

    id: int
    score: float
    reason: str


class RowValue(TypedDict):
    """A row of the queue. ``key``: rows that are ruled together."""

    id: int
    row: int
    rows: int
    written: str
    key: str
    households: int | None
    values: dict[str, int | None]
    state: str
    how: str
    by: str | None
    at: str | None
    building: int | None
    candidates: list[CandidateValue]


class SnapshotValue(TypedDict):
    """A snapshot for the list. ``newest``: it counts on top of all others."""

    id: int
    effective_on: str
    source: str
    at: str | None
    rolled_back: str | None
    file: str | None
    by: str | None
    upload: int | None
    buildings: int
    households: int
    unplaced: int
    newest: bool


def how_words(how: str, lang: Language) -> str:
    """Return why a row is where it is, or why a building is offered."""
    return text(HOW[how], lang) if how in HOW else how


def finding_words(finding: Finding, lang: Language) -> str:
    """Return a finding's sentence, with its row where it has one."""
    said = say(finding, lang)
    if finding.row is None:
        return said
    row = finding.values.get("line", finding.row)
    return text("data_households.row", lang, {"row": str(row), "said": said})


def findings_json(findings: Iterable[Finding], lang: Language) -> list[FindingValue]:
    """Return findings as severity and sentence."""
    return [
        {"severity": f.severity, "code": f.code, "message": finding_words(f, lang)}
        for f in list(findings)[:MOST_FINDINGS]
    ]


def look_json(looks: Iterable[Look], lang: Language) -> list[LookValue]:
    """Return the sheets of a file with the guess and the first rows."""
    return [
        {
            "sheet": seen.sheet,
            "hidden": seen.is_hidden,
            "layout": seen.guess.layout.as_dict(),
            "confidence": dict(seen.guess.confidence),
            "private": sorted(seen.guess.private),
            "title": list(seen.guess.title),
            "findings": findings_json(seen.guess.findings, lang),
            "rows": [list(row) for row in seen.rows],
            "above": [list(row) for row in seen.above],
        }
        for seen in looks
    ]


def upload_json(upload: Upload, measure: str, lang: Language) -> UploadValue:
    """Return an upload's head."""
    return {
        "id": upload.id,
        "file": upload.file,
        "sheet": upload.sheet,
        "measures": list(upload.measures),
        "measure": measure,
        "rows": upload.rows,
        "effective_on": upload.effective_on.isoformat(),
        "source": upload.source,
        "state": upload.state,
        "version": upload.version,
        "snapshot": upload.snapshot_id,
        "by": upload.made_by,
        "at": stamp(upload.made_at),
        "states": dict(upload.rows_by_state),
        "findings": findings_json(upload.findings, lang),
    }


def stamp(at: datetime | None) -> str | None:
    """Return a moment as people write it, in the county's time."""
    return None if at is None else clock.minute(at)


def place_json(building_id: int, place: BuildingPlace) -> PlaceValue:
    """Return a building as the map and the lists show it."""
    own = place.name or place.number
    estate = place.estate
    name = own if own and (not estate or str(own).startswith(estate)) else None
    name = name or " ".join(part for part in (estate, own) if part) or place.address
    return {
        "id": building_id,
        "name": name or f"#{building_id}",
        "community": place.community,
        "address": place.address,
        "lon": place.lon,
        "lat": place.lat,
        "geometry": json.loads(place.geometry),
    }


def building_json(
    building_id: int, place: BuildingPlace, counted: Mapping[int, NewestCount]
) -> BuildingValue:
    """Return a building with the households that are known of it now, None unknown."""
    known = counted.get(building_id)
    now = None if known is None else known.value
    return {**place_json(building_id, place), "households": now}


def row_json(row: QueuedRow, measure: str, lang: Language) -> RowValue:
    """Return a row with the ids of what it may mean. ``key``: rows that are ruled together."""
    written = [row.community, row.estate, row.building, row.entrance, row.address]
    return {
        "id": row.id,
        "row": row.row_number,
        "rows": row.rows,
        "written": " ".join(part for part in written if part),
        "key": f"#{row.id}" if row.how in ONE_OFF else row.key,
        "households": row.values.get(measure),
        "values": {m: row.values.get(m) for m in HOUSEHOLDS if m in row.values},
        "state": row.state,
        "how": how_words(row.how, lang),
        "by": row.ruled_by,
        "at": stamp(row.ruled_at),
        "building": row.building_id,
        "candidates": [
            {
                "id": k["building_id"],
                "score": k["score"],
                "reason": how_words(str(k["reason"]), lang),
            }
            for k in row.candidates
        ],
    }


def snapshot_json(
    row: SnapshotRow, sums: tuple[int, int] | None, newest: int | None
) -> SnapshotValue:
    """Return a snapshot for the list. ``newest``: the one that counts on top of all others."""
    placed, unplaced = sums or (0, 0)
    return {
        "id": row.id,
        "effective_on": _iso(row.effective_on),
        "source": row.source,
        "at": stamp(row.created_at),
        "rolled_back": stamp(row.rolled_back_at),
        "file": row.file,
        "by": row.made_by,
        "upload": row.upload_id,
        "buildings": row.buildings,
        "households": placed,
        "unplaced": unplaced,
        "newest": row.id == newest,
    }


def _iso(day: date) -> str:
    return day.isoformat()
