"""Who answers for what, and the organisations, as they are imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from data.duty.read_subjects import read_subjects
from data.exporters.tables import Rows
from data.files.read_records import holding_records, organisation_records
from data.importers.judging.county_state import read_county_state
from data.importers.kinds.duty import COLUMNS


def export_duty(c: Connection, county: str) -> Rows:
    """Return organisations, then posts with everybody who holds or held them.

    Two holders of one name, rank and organisation are told apart by a number.
    """
    subjects = read_subjects(c, county)
    rows: list[dict[str, Any]] = []
    for group in organisation_records(c, county):
        found = subjects.find(group["code"], None)
        rows.append(
            {
                "kind": group["kind"],
                "title": group["name"],
                "subject": found[0][0] if found else None,
                "subject_code": group["code"],
                "organisation": group["parent"],
                "starts_on": group["starts_on"],
                "ends_on": group["ends_on"],
                "grids": [g for g in group["grids"] if g != group["code"]],
            }
        )
    held = holding_records(c, county)
    twins = _twins(held)
    for record in held:
        person = record["person"]
        if person is None and record["holder_id"] in twins:
            person = f"#{record['holder_id']}"
        rows.append({**record, "person": person})
    return Rows("duty", COLUMNS, rows, "none", read_county_state(c, county).zone)


def _twins(held: Sequence[Mapping[str, Any]]) -> set[int]:
    """Return the holders who share name, rank and organisation with another one."""
    alike: dict[Any, set[int]] = {}
    for r in held:
        if r["holder_id"] is not None:
            key = (r["name"], r["rank"], r["organisation"])
            alike.setdefault(key, set()).add(int(r["holder_id"]))
    return {i for ids in alike.values() if len(ids) > 1 for i in ids}


def example(lang: str) -> list[Any]:
    """Return a row that shows how a template is filled in."""
    zh = lang == "zh"
    return [
        "示例（不导入）" if zh else "example (not imported)",
        "网格长" if zh else "grid_chief",
        "第3网格网格长" if zh else "Chief of grid 3",
        "网格" if zh else "grid",
        "522624001001003",
        "（姓名）" if zh else "(name)",
        "社区副主任" if zh else "deputy head",
        "东门社区党委" if zh else "East Gate committee",
        None,
        "2024-03-01",
        None,
        None,
        None,
    ]
