"""A demand's clock from its events: deadline, what is left, and the sum that explains it. Pure.

1. The clock of a demand runs from when it was received to its first end. When it is reopened, a
   new run begins with the whole limit; the first one keeps its deadline and its end.
2. A suspension that was granted pauses it until it is ended; an extension that was granted adds
   time; a deadline that another platform told stands in place of the limit.
3. The step where it stands has a clock of its own, where the workflow gives that step a limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from layers.demands.clock import calendar as days
from layers.demands.clock.calendar import DAY_S, BusinessTime, Calendar, moment, time_of
from layers.demands.clock.limits import Facts, limit_of, seconds
from layers.demands.clock.reckoning import (
    BEGIN,
    DUE,
    EXTEND,
    NEVER,
    NO_LIMIT,
    PAUSE,
    RESUME,
    STOP,
    Marks,
    Reckoning,
    business_times,
    reckon,
)
from layers.kit.demands.chain import Event
from layers.kit.demands.workflow import ENDS, START, UNITS, Limit, Unit, Workflow

LineKind = Literal["counted", "rest", "paused", "late"]
Mark = tuple[int, int, int, int]
"""Kind, moment, amount, unit: a mark of ``reckoning`` without its run."""
_TOO_LONG_DAYS: Final = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """A part of the sum: from ``begin`` to ``end`` so many seconds were counted, or none and why.

    ``day``: of what is not counted, the kind of day; ``off_hours`` outside of office hours.
    ``is_provisional``: a day of it is not published.
    """

    kind: LineKind
    begin: datetime
    end: datetime
    counted_s: int
    unit: Unit
    day: str | None = None
    is_provisional: bool = False


@dataclass(frozen=True, slots=True)
class Extension:
    """Time that was added, or a deadline that was told, by the event ``seq``."""

    seq: int
    at: datetime
    limit: Limit | None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the clock. ``overdue_s`` and ``left_s`` are counted in ``unit``."""

    begin: datetime
    stop: datetime | None
    due: datetime | None
    limit: Limit | None
    changes: tuple[Extension, ...]
    unit: Unit
    is_paused: bool
    left_s: int
    overdue_s: int
    is_provisional: bool
    lines: tuple[Line, ...]

    @property
    def is_overdue(self) -> bool:
        """Tell whether it ran, or was stopped, past its deadline."""
        return self.overdue_s > 0


@dataclass(frozen=True, slots=True)
class Clock:
    """The runs of a demand, the newest last, and the clock of the step where it stands."""

    runs: tuple[Run, ...]
    step: Run | None

    @property
    def now(self) -> Run | None:
        """Return the newest run."""
        return self.runs[-1] if self.runs else None

    @property
    def deadline(self) -> datetime | None:
        """Return the newest run's deadline; None while it is paused, since it moves."""
        run = self.now
        return None if run is None or (run.is_paused and not run.is_overdue) else run.due


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts time: the calendar as of a day, and a workflow's office hours."""

    calendar: Calendar
    workflow: Workflow
    times: Mapping[Unit, BusinessTime]


def make_policy(calendar: Calendar, workflow: Workflow) -> Policy:
    """Return what counts time under a workflow."""
    return Policy(calendar, workflow, business_times(calendar, workflow.hours))


def clock(events: Sequence[Event], facts: Facts, policy: Policy, now: datetime) -> Clock:
    """Return the clock of a demand at a moment, from its events in order."""
    runs = marks_of(events, facts, policy.workflow)
    made = [_run(run, events, policy, moment(now)) for run in runs]
    return Clock(tuple(made), _step_run(events, policy, moment(now)))


def deadlines(
    histories: Sequence[tuple[Sequence[Event], Facts]], policy: Policy, now: datetime
) -> list[datetime | None]:
    """Return ``Clock.deadline`` of many demands under one workflow, reckoned at once."""
    runs = [marks_of(events, facts, policy.workflow)[-1:] for events, facts in histories]
    chosen = [number for number, run in enumerate(runs) if run]
    marks = columns([[mark for _, mark in runs[number][0]] for number in chosen])
    found = reckon(marks, len(chosen), policy.times, policy.calendar, moment(now))
    moving = found.is_paused & (found.stop == NEVER) & (found.overdue_s == 0)
    due: list[datetime | None] = [None] * len(runs)
    for number, at, moves in zip(chosen, found.due.tolist(), moving.tolist(), strict=True):
        due[number] = None if at == NEVER or moves else time_of(at)
    return due


def marks_of(
    events: Sequence[Event], facts: Facts, workflow: Workflow
) -> list[list[tuple[int, Mark]]]:
    """Return what the events mean for time: for each run (clause 1) marks with their seq."""
    limit = limit_of(workflow, facts)
    runs: list[list[tuple[int, Mark]]] = []
    is_running = is_paused = False
    for e in events:
        at = moment(e.at)
        action = workflow.by_way.get((e.from_step, e.action, e.to_step))
        kind = action.kind if action else "note"
        request = action.request if action else None
        is_end = workflow.step[e.to_step].phase in ENDS
        if e.from_step == START or (not is_running and not is_end and runs):
            runs.append([(e.seq, (BEGIN, at, *_amount(limit)))])
            is_running = True
            if is_paused:
                runs[-1].append((e.seq, (PAUSE, at, 0, 0)))
        if not runs:
            continue
        if "due" in e.payload:
            runs[-1].append((e.seq, (DUE, at, _due(e.payload["due"]), 0)))
        if kind == "grant" and request == "extension":
            runs[-1].append((e.seq, (EXTEND, at, *_amount(_said(e.payload)))))
        elif kind == "grant" and request == "suspension":
            runs[-1].append((e.seq, (PAUSE, at, 0, 0)))
            is_paused = True
        elif kind == "end" and request == "suspension":
            runs[-1].append((e.seq, (RESUME, at, 0, 0)))
            is_paused = False
        if is_end and is_running:
            runs[-1].append((e.seq, (STOP, at, 0, 0)))
            is_running = False
    return runs


def _amount(limit: Limit | None) -> tuple[int, int]:
    if limit is None:
        return int(NO_LIMIT), 0
    return seconds(limit), UNITS.index(limit.unit)


def _said(payload: Mapping[str, object]) -> Limit | None:
    """Return the time that a granted extension gives; None where it says none."""
    amount, unit = payload.get("amount"), payload.get("unit", "working_days")
    if isinstance(amount, int) and unit in UNITS:
        return Limit(amount, unit)
    return Limit(0, "minutes")


def _due(said: object) -> int:
    return moment(datetime.fromisoformat(said)) if isinstance(said, str) else int(NO_LIMIT)


def columns(runs: Sequence[Sequence[Mark]]) -> Marks:
    """Return the marks of runs as columns."""
    flat = [(number, *mark) for number, run in enumerate(runs) for mark in run]
    table = np.array(flat, np.int64).reshape(-1, 5)
    return Marks(table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4])


def _run(
    marks: Sequence[tuple[int, Mark]], events: Sequence[Event], policy: Policy, now: int
) -> Run:
    plain = [mark for _, mark in marks]
    found = reckon(columns([plain]), 1, policy.times, policy.calendar, now)
    at = {e.seq: e.at for e in events}
    changes = tuple(
        Extension(
            seq,
            at[seq],
            _limit(mark[2], mark[3]) if mark[0] == EXTEND else None,
            time_of(mark[2]) if mark[0] == DUE and mark[2] != NO_LIMIT else None,
        )
        for seq, mark in marks
        if mark[0] in (EXTEND, DUE)
    )
    limit = _limit(plain[0][2], plain[0][3]) if plain[0][2] != NO_LIMIT else None
    return _value(found, limit, changes, policy, now)


def _limit(amount: int, unit: int) -> Limit:
    name = UNITS[unit]
    return Limit(amount // seconds(Limit(1, name)), name)  # type: ignore[arg-type]


def _value(
    found: Reckoning, limit: Limit | None, changes: tuple[Extension, ...], policy: Policy, now: int
) -> Run:
    due, stop = int(found.due[0]), int(found.stop[0])
    unit = UNITS[int(_last(found))]
    return Run(
        begin=time_of(int(found.begin[0])),
        stop=None if stop == NEVER else time_of(stop),
        due=None if due == NEVER else time_of(due),
        limit=limit,
        changes=changes,
        unit=unit,  # type: ignore[arg-type]
        is_paused=bool(found.is_paused[0]) and stop == NEVER,
        left_s=int(found.left_s[0]),
        overdue_s=int(found.overdue_s[0]),
        is_provisional=bool(found.is_provisional[0]),
        lines=_lines(found, policy, now),
    )


def _last(found: Reckoning) -> int:
    """Return the unit of the part in which the deadline lies."""
    ends, units = found.ends[0], found.units[0]
    begins = np.concatenate([found.begin[:1], ends[:-1]])
    moving = np.flatnonzero(ends != begins)
    return int(units[moving[-1]]) if len(moving) else int(units[0])


def _lines(found: Reckoning, policy: Policy, now: int) -> tuple[Line, ...]:
    """Return the span from the beginning to the deadline (or now), cut where its kind changes."""
    begin, due, stop = (int(v[0]) for v in (found.begin, found.due, found.stop))
    until = min(stop, max(now, begin))
    end = until if due == NEVER else max(due, until)
    if due == NEVER or (end - begin) > _TOO_LONG_DAYS * DAY_S:
        return ()
    edges = {begin, end, min(due, end), *(int(e) for e in found.ends[0])}
    edges |= {int(e) for pause in found.pauses[0] for e in pause}
    edges |= set(range((begin // DAY_S + 1) * DAY_S, end, DAY_S))
    cuts = sorted(e for e in edges if begin <= e <= end)
    lines: list[Line] = []
    for low, high in pairwise(cuts):
        line = _line(found, policy, low, high)
        if lines and _alike(lines[-1], line):
            before = lines.pop()
            line = Line(
                line.kind, before.begin, line.end, before.counted_s + line.counted_s, line.unit,
                line.day, before.is_provisional or line.is_provisional,
            )  # fmt: skip
        lines.append(line)
    return tuple(lines)


def _alike(a: Line, b: Line) -> bool:
    return (a.kind, a.unit, a.day) == (b.kind, b.unit, b.day)


def _line(found: Reckoning, policy: Policy, low: int, high: int) -> Line:
    ends = found.ends[0]
    part = min(int(np.searchsorted(ends, low, "right")), len(ends) - 1)
    unit: Unit = UNITS[int(found.units[0][part])]
    if low >= int(found.due[0]):
        unit = UNITS[_last(found)]
    is_paused = any(a <= low < b for a, b in found.pauses[0])
    time = policy.times[unit]
    ((counted,),) = [time.count(np.array([high])) - time.count(np.array([low]))]
    day = low // DAY_S
    kind: LineKind = "counted"
    why = None
    if is_paused:
        kind, counted = "paused", 0
    elif counted == 0:
        kind = "rest"
        told = policy.calendar.kind(day)
        why = "off_hours" if days.WORKED[days.KINDS.index(told)] else told
    elif low >= int(found.due[0]):
        kind = "late"
    provisional = unit != "minutes" and bool(
        policy.calendar.is_provisional(np.array([low]), np.array([high - 1]))[0]
    )
    return Line(kind, time_of(low), time_of(high), int(counted), unit, why, provisional)


def _step_run(events: Sequence[Event], policy: Policy, now: int) -> Run | None:
    """Return the clock of the step where the demand stands (clause 3)."""
    if not events:
        return None
    step = policy.workflow.step[events[-1].to_step]
    if step.limit is None:
        return None
    since = max((n for n, e in enumerate(events) if e.from_step != e.to_step), default=0)
    marks: list[Mark] = [(BEGIN, moment(events[since].at), *_amount(step.limit))]
    for e in events:
        action = policy.workflow.by_way.get((e.from_step, e.action, e.to_step))
        if action is None or action.request != "suspension" or action.kind not in ("grant", "end"):
            continue
        marks.append((PAUSE if action.kind == "grant" else RESUME, moment(e.at), 0, 0))
    found = reckon(columns([marks]), 1, policy.times, policy.calendar, now)
    return _value(found, step.limit, (), policy, now)
