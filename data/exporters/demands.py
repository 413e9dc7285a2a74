"""The demand ledger as it is imported, histories included."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from data.exporters.tables import Rows
from data.files.read_records import demand_records
from data.importers.judging.county_state import read_county_state
from data.importers.kinds.demands.history import written_history
from data.importers.kinds.demands.ledger import COLUMNS
from layers.kit.demands.chain import TIME_UNKNOWN, ToldEvent


def export_demands(c: Connection, county: str) -> Rows:
    """Return every demand of a county, the first received first.

    ``state_at`` is when the state of today began, as far as the history tells.
    """
    zone = read_county_state(c, county).zone
    rows = []
    for record in demand_records(c, county):
        history = record["history"]
        moved = [None if TIME_UNKNOWN in e.payload else e.at for e in history if e.action is None]
        due = record["deadline_at"]
        rows.append(
            {
                **record,
                "state_at": moved[-1] if moved else None,
                "history": written_history([_told_once(e, due) for e in history], zone),
            }
        )
    return Rows("demands", COLUMNS, rows, "point", zone)


def _told_once(event: ToldEvent, due: datetime | None) -> ToldEvent:
    """Return an event without what the column of deadlines says already."""
    said = event.payload.get("due")
    if event.action is None and isinstance(said, str) and datetime.fromisoformat(said) == due:
        rest = {k: v for k, v in event.payload.items() if k != "due"}
        return dataclasses.replace(event, payload=rest)
    return event


def example(lang: str) -> list[Any]:
    """Return a row that shows how a template is filled in."""
    zh = lang == "zh"
    return [
        "示例（不导入）" if zh else "example (not imported)",
        "楼道灯不亮" if zh else "The stairwell lamp is out",
        "照明" if zh else "lighting",
        "12345热线" if zh else "hotline",
        "小事" if zh else "small",
        2,
        1,
        "办理中" if zh else "handling",
        "2024-03-05 08:30",
        "2024-03-08 18:00",
        None,
        "部门办理" if zh else "department",
        None,
        None,
        "2024-03-05 10:00",
        None,
        None,
        None,
        None,
        None,
        108.675267,
        26.952967,
        "EPSG:4490",
    ]
