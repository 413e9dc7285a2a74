"""A plan on its way: drafts, stages, the day it comes into force."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from data.engine import transaction
from data.grids.read import grids_shown
from tests.dashboard.pages.planner.conftest import Planner


def go(planner: Planner, draft: int, stage: str, status: int = 200, **values: Any) -> Any:
    return planner.post(f"/drafts/{draft}/stages", status, stage=stage, by="乙", **values)


def approve(planner: Planner, draft: int) -> None:
    go(planner, draft, "征求意见")
    go(planner, draft, "送审")
    go(planner, draft, "批复", document_number="演〔2026〕7号")


def later_day(planner: Planner) -> date:
    """Return a day after every plan of the county came into force, whatever ran before."""
    days = [date.fromisoformat(p["in_force_from"]) for p in newest_first(planner)]
    return max(*days, date(2027, 1, 1)) + timedelta(days=30)  # past the data's day


def newest_first(planner: Planner) -> Any:
    return planner.get(f"/{planner.county}")["plans"]


def draft_of_newest(planner: Planner, name: str) -> int:
    source = {"kind": "plan", "plan": newest_first(planner)[0]["id"]}
    made = planner.post(f"/{planner.county}/drafts", 201, name=name, source=source)
    return int(made["id"])


def publish(planner: Planner, draft: int, since: date, status: int = 200) -> Any:
    return go(planner, draft, "启用", status, in_force_from=since.isoformat())


def grids_on(planner: Planner, day: date) -> dict[str, int]:
    with transaction(planner.loaded.engine) as c:
        rows = grids_shown(c, planner.county, day)
    return {r.code: r.grid_id for r in rows}
