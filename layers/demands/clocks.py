"""Clocks of stored demands: of one, and of a county's, compared with what is kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, cast

from sqlalchemy import Connection

from data.demands.calendar.read import calendar_days
from data.demands.read_standing import ClockedDemand, DemandHead, clocked_demands
from data.demands.workflows.read import StoredWorkflow, workflow_versions
from data.demands.write_step import put_deadlines
from layers.demands.clock.calendar import Calendar, DayKind, make_calendar
from layers.demands.clock.clock import Clock, Policy, clock, deadlines, make_policy
from layers.demands.clock.limits import Facts
from layers.kit.clock import now as county_now
from layers.kit.demands.chain import Event
from layers.kit.ids import DemandId

FIRST_DAY: Final = date(1990, 1, 1)
_AHEAD_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class Compared:
    """How many clocks were made, and the demands whose kept deadline is another one."""

    demands: int
    differing: tuple[DemandId, ...]


def county_calendar(c: Connection, county: str, now: datetime) -> Calendar:
    """Return a county's calendar, ten years beyond now; what is not published is provisional."""
    told = cast("dict[date, DayKind]", calendar_days(c, county))
    return make_calendar(told, FIRST_DAY, (now + timedelta(days=_AHEAD_DAYS)).date())


def facts_of(demand: DemandHead | ClockedDemand) -> Facts:
    """Return what a demand's limit depends on."""
    return Facts(demand.category, demand.size, demand.importance, demand.urgency)


def demand_clock(
    c: Connection,
    head: DemandHead,
    stored: StoredWorkflow,
    events: Sequence[Event],
    now: datetime,
) -> Clock:
    """Return the clock of one demand at a moment."""
    policy = make_policy(county_calendar(c, head.code[:6], now), stored.workflow)
    return clock(events, facts_of(head), policy, now)


def compare_clocks(
    c: Connection, county: str, now: datetime | None = None, *, keep: bool = False
) -> Compared:
    """Make every clock of a county from its events; ``keep``: what differs is written."""
    now = now or county_now()
    calendar = county_calendar(c, county, now)
    policies: dict[int, Policy] = {
        own: make_policy(calendar, version.workflow)
        for own, version in workflow_versions(c, county).items()
    }
    count, differing = 0, []
    for part, events in clocked_demands(c, county):
        made: list[tuple[int, datetime | None]] = []
        for own, policy in policies.items():
            mine = [one for one in part if one.version_id == own]
            dues = deadlines([(events[one.id], facts_of(one)) for one in mine], policy, now)
            for one, due in zip(mine, dues, strict=True):
                kept = one.deadline_at
                if due != (None if kept is None else kept.replace(microsecond=0)):
                    differing.append(one.id)
                    made.append((one.id, due))
        count += len(part)
        if keep:
            put_deadlines(c, made)
    return Compared(count, tuple(differing))
