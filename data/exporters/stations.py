"""Stations as they are imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from data.exporters.tables import Rows
from data.files.read_records import station_records
from data.importers.judging.county_state import read_county_state
from data.importers.kinds.stations import COLUMNS

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def export_stations(c: Connection, county: str) -> Rows:
    """Return every station of a county."""
    rows = [{**r, "hours": written_hours(r["hours"])} for r in station_records(c, county)]
    return Rows("stations", COLUMNS, rows, "point", read_county_state(c, county).zone)


def written_hours(hours: Sequence[tuple[int, str, str]]) -> str | None:
    """Return opening hours as ``parse_opening_hours`` reads them; None for none."""
    by_day: dict[int, list[str]] = {}
    for day, opens, closes in hours:
        by_day.setdefault(day, []).append(f"{opens}-{closes}")
    rules: list[tuple[list[int], str]] = []
    for day in sorted(by_day):
        spans = ",".join(by_day[day])
        if rules and rules[-1][1] == spans and rules[-1][0][-1] == day - 1:
            rules[-1][0].append(day)
        else:
            rules.append(([day], spans))
    return "; ".join(f"{_days(days)} {spans}" for days, spans in rules) or None


def _days(days: Sequence[int]) -> str:
    first, last = _DAYS[days[0] - 1], _DAYS[days[-1] - 1]
    return first if first == last else f"{first}-{last}"


def example(lang: str) -> list[Any]:
    """Return a row that shows how a template is filled in."""
    zh = lang == "zh"
    return [
        "示例（不导入）" if zh else "example (not imported)",
        "东门党群服务站" if zh else "East Gate station",
        "党群服务站;公厕" if zh else "service_station;toilet",
        "社区级" if zh else "community",
        "开放" if zh else "open",
        "就近" if zh else "nearest",
        6,
        "社保代办;就业登记" if zh else "pensions;jobs",
        "0855-1234567",
        "Mo-Fr 08:30-17:30",
        None,
        "2024-03-01",
        None,
        108.675267,
        26.952967,
        "EPSG:4490",
    ]
