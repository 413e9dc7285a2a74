"""Looks at a stored demand, and takes a step of it for somebody."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from data.access.audit import record, unchanged
from data.demands.read_standing import DemandHead, demand_head, event_of_key, events_of
from data.demands.workflows.read import StoredWorkflow, workflow_versions
from data.demands.write_step import StepWrites, put_deadlines, write_step
from data.divisions.write_county import touch
from layers.demands.clock.clock import Clock
from layers.demands.clocks import demand_clock
from layers.demands.steps.masks import mask
from layers.demands.steps.next import Carried, NextStep, Situation, check_carried, next_steps
from layers.kit.clock import now as county_now
from layers.kit.demands.chain import Event
from layers.kit.demands.workflow import ENDS, Workflow
from layers.kit.errors import ConflictError, ForbiddenError, InputError, KeyReusedError
from layers.kit.json import JsonObject
from layers.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class Look:
    """A demand as somebody sees it at a moment."""

    head: DemandHead
    stored: StoredWorkflow
    events: tuple[Event, ...]
    clock: Clock
    next: tuple[NextStep, ...]


@dataclass(frozen=True, slots=True)
class StepOrder:
    """What somebody wants done. ``seq``: of the last event that they saw; ``key``: the same key
    twice is the same deed. ``values``: what the action carries besides note and unit.
    """

    action: str
    to_step: str | None
    seq: int
    key: str | None = None
    note: str | None = None
    unit: str | None = None
    values: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done. ``masked``: kinds of personal numbers that were masked in what was written;
    ``is_repeated``: the same deed was done before, and nothing was done again.
    """

    event: Event
    masked: tuple[str, ...]
    is_repeated: bool


class StepMeanwhileError(ConflictError):
    """Somebody else took a step since; ``happened``: the events that were not known."""

    def __init__(self, happened: tuple[Event, ...]) -> None:
        super().__init__("somebody else took a step of this demand meanwhile: look at it again")
        self.happened = happened


def look(
    c: Connection, demand: int, who: Principal, now: datetime | None = None, *, lock: bool = False
) -> Look:
    """Return a demand with its history, its clock and what may come next. Raises NotFoundError."""
    now = now or county_now()
    head = demand_head(c, demand, lock=lock)
    stored = workflow_versions(c, head.code[:6])[int(head.version_id)]
    events = events_of(c, demand)
    time = demand_clock(c, head, stored, events, now)
    run = time.now
    at = Situation(
        head.state, head.size, events, head.closed_at, run is not None and run.is_overdue, now
    )
    steps = next_steps(stored.workflow, at, who.rights, who.actor)
    return Look(head, stored, tuple(events), time, tuple(steps))


def take_step(
    c: Connection, demand: int, order: StepOrder, who: Principal, now: datetime | None = None
) -> Done:
    """Take one step of a demand; it stands when the transaction does.

    1. The same key and the same order again is the first deed; another order is refused.
    2. Who did not see the last event is told what happened (``StepMeanwhileError``).
    3. The action must be one that may come next for who asks, and carry what it must.
    4. Personal numbers in what was written are masked before anything is kept.
    Raises ConflictError, ForbiddenError, InputError, NotFoundError.
    """
    now = now or county_now()
    note, masked = mask(order.note or "")
    order = replace(order, note=note or None)
    seen = look(c, demand, who, now, lock=True)
    workflow = seen.stored.workflow
    before = event_of_key(c, demand, order.key) if order.key else None
    if before is not None:
        return _repeated(before, order, masked)
    if order.seq != seen.head.seq:
        raise StepMeanwhileError(tuple(e for e in seen.events if e.seq > order.seq))
    step = _chosen(seen, order)
    payload = check_carried(step, Carried(order.note, order.unit, order.values), workflow, now)
    ground, more = mask(str(payload.get("ground", "")))
    if ground:
        payload["ground"] = ground
    event = Event(
        seen.head.seq + 1,
        max(now, seen.head.changed_at or now),
        seen.head.state,
        step.action.key,
        step.action.to_step,
        who.actor,
        order.note,
        payload,
        order.unit,
    )
    write_step(c, seen.head, event, order.key, _writes(c, seen, event, workflow))
    head = demand_head(c, demand)
    after = demand_clock(c, head, seen.stored, [*seen.events, event], now)
    put_deadlines(c, [(int(head.id), after.deadline)])
    county = seen.head.code[:6]
    touch(c, county)
    record(c, "demand.step", county, f"demand:{demand}",
           {"action": event.action, "seq": event.seq, "to": event.to_step})  # fmt: skip
    return Done(event, tuple(dict.fromkeys((*masked, *more))), is_repeated=False)


def _repeated(before: Event, order: StepOrder, masked: tuple[str, ...]) -> Done:
    same = (before.action, before.note, before.unit) == (order.action, order.note, order.unit)
    if not same or (order.to_step or before.to_step) != before.to_step:
        raise KeyReusedError("this key was used for something else before")
    unchanged()
    return Done(before, masked, is_repeated=True)


def _chosen(seen: Look, order: StepOrder) -> NextStep:
    fitting = [
        s
        for s in seen.next
        if s.action.key == order.action and order.to_step in (None, s.action.to_step)
    ]
    if len(fitting) != 1:
        raise ConflictError("this cannot be done where the demand stands now: look at it again")
    step = fitting[0]
    if step.why == "right":
        raise ForbiddenError("you have no right to do this")
    if step.why == "own_request":
        raise ForbiddenError("who asked for it cannot decide it")
    if step.why == "overdue":
        raise ConflictError("an extension is asked for before the deadline, which has passed")
    if step.why == "too_late":
        raise ConflictError("it was closed too long ago to be handled again")
    return step


def _writes(c: Connection, seen: Look, event: Event, workflow: Workflow) -> StepWrites:
    """Return what the event says of the demand itself."""
    writes: StepWrites = {}
    size, satisfied = event.payload.get("size"), event.payload.get("satisfied")
    if isinstance(size, str):
        writes["size"] = size
    if isinstance(satisfied, bool):
        writes["is_satisfied"] = satisfied
    if "into" in event.payload:
        writes["merged_into"] = _into(c, seen.head, event.payload["into"])
    phase = workflow.step[event.to_step].phase
    if phase in ENDS and seen.head.closed_at is None:
        writes["closed_at"] = event.at
    if seen.head.phase == "merged" and phase != "merged":
        writes["merged_into"], writes["closed_at"] = None, None
    return writes


def _into(c: Connection, head: DemandHead, said: object) -> int:
    into = demand_head(c, said) if isinstance(said, int) else head
    if into.id == head.id or into.phase == "merged" or into.code[:6] != head.code[:6]:
        raise InputError("a demand is merged into another one of the county that is not merged")
    return int(into.id)
