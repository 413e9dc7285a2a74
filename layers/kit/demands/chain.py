"""What another system tells of a demand, written as a chain of events along a workflow. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from layers.kit.demands.workflow import RECEIVE, REMARK, START, TOLD, Workflow

IMPORT: Final = "import"
TIME_UNKNOWN: Final = "time_unknown"
"""In the payload of an event whose time nobody told: it stands at the day of the file."""


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event as it is told. ``step``: a phase or a step of the county's own; '': where the
    demand stands. ``action``: where the file says it; of what leaves a demand where it is.
    """

    at: datetime
    step: str
    actor: str
    note: str | None = None
    action: str | None = None
    payload: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it is stored, without its demand."""

    seq: int
    at: datetime
    from_step: str
    action: str
    to_step: str
    actor: str
    note: str | None = None
    payload: Mapping[str, object] = field(default_factory=dict)
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a demand stands: its step, how many events it has, and when the last one was."""

    step: str = START
    seq: int = 0
    at: datetime | None = None


def target(workflow: Workflow, said: str) -> str:
    """Return the step that a phase or the key of a step means."""
    return said if said in workflow.step else workflow.step_of(said).key


def chain(
    workflow: Workflow,
    told: Sequence[ToldEvent],
    received_at: datetime,
    *,
    since: Standing | None = None,
    state: str | None = None,
    size: str | None = None,
    due: datetime | None = None,
    fills: bool = False,
) -> list[Event]:
    """Return the events that lead along the workflow to where the told ones lead.

    ``state``: where the demand stands in the end, as far as that may be; None: where the last
    event leaves it. ``since``: where it stands so far.

    1. The first event is that a demand was received, told or not; ``due`` goes with it.
    2. A told step that a move leads to is that move; else it is what another platform told.
    3. What cannot be (a step back out of an end, what was told already) stays as a remark, with
       what was told in its payload. So does what comes late, unless it is the step in the end: an
       event never stands before those that are there, and says when it was told to be.
    4. ``fills``: told steps that no single move joins are joined by the shortest way, and what is
       told twice is left out. For histories of our own making.
    """
    writer = _Writer(workflow, since or Standing(), size)
    rest = list(told)
    if writer.step == START:
        first = rest[0] if rest else None
        is_told = first is not None and target(workflow, first.step) == workflow.first.key
        if first is not None and is_told and first.action in (None, RECEIVE):
            begin = rest.pop(0)
        else:
            at = received_at if first is None else min(received_at, first.at)
            begin = ToldEvent(at, workflow.first.key, IMPORT)
        payload = dict(begin.payload) | ({"due": due.isoformat()} if due is not None else {})
        writer.write(RECEIVE, workflow.first.key, begin, payload)
    end = None if state is None else target(workflow, state)
    for number, one in enumerate(rest, start=1):
        leads = number == len(rest) and bool(one.step) and target(workflow, one.step) == end
        writer.take(one, fills=fills, is_end=leads)
    phase = workflow.step[writer.step].phase
    if end is not None and phase != workflow.step[end].phase:
        told_end = ToldEvent(received_at, end, IMPORT, payload={TIME_UNKNOWN: True})
        writer.take(told_end, fills=False, is_end=True)
    return writer.events


class _Writer:
    def __init__(self, workflow: Workflow, since: Standing, size: str | None) -> None:
        self.workflow, self.step, self.size = workflow, since.step, size
        self._seq, self._at = since.seq, since.at
        self.events: list[Event] = []

    def take(self, told: ToldEvent, *, fills: bool, is_end: bool) -> None:
        """Write one told event (clauses 2 to 4)."""
        to = target(self.workflow, told.step) if told.step else self.step
        if told.action is not None and (self.step, told.action, to) in self.workflow.by_way:
            self.write(told.action, to, told, told.payload)
            return
        is_late = self._at is not None and told.at < self._at and not is_end
        if to != self.step and not is_late:
            move = self.workflow.move_between(self.step, to, self.size)
            if move is not None:
                self.write(move.key, to, told, told.payload)
                return
            way = _way(self.workflow, self.step, to, self.size) if fills else None
            if way:
                self._fill(way, told)
                return
            if (self.step, TOLD, to) in self.workflow.by_way:
                self.write(TOLD, to, told, told.payload)
                return
        if not fills:
            payload = {**told.payload, "told": to, "told_at": told.at.isoformat()}
            self.write(REMARK, self.step, told, payload)

    def write(self, action: str, to: str, told: ToldEvent, payload: Mapping[str, object]) -> None:
        """Append one event, never before the last one."""
        at = told.at if self._at is None else max(told.at, self._at)
        if at != told.at and TIME_UNKNOWN not in payload and "told_at" not in payload:
            payload = {**payload, "told": to, "told_at": told.at.isoformat()}
        self._seq += 1
        self.events.append(
            Event(self._seq, at, self.step, action, to, told.actor, told.note, payload)
        )
        self.step, self._at = to, at

    def _fill(self, way: Sequence[tuple[str, str]], told: ToldEvent) -> None:
        """Go a way of several moves, evenly between the last event and the told one."""
        begin = self._at or told.at
        span = max(told.at - begin, timedelta())
        for number, (action, to) in enumerate(way, start=1):
            at = (begin + span * (number / len(way))).replace(microsecond=0)
            at = told.at if number == len(way) else at
            one = ToldEvent(at, to, told.actor, told.note if number == len(way) else None)
            self.write(action, to, one, told.payload if number == len(way) else {})


def _way(
    workflow: Workflow, before: str, after: str, size: str | None
) -> list[tuple[str, str]] | None:
    """Return the shortest way of moves (action, to) that a demand of a size may go."""
    found: dict[str, list[tuple[str, str]]] = {before: []}
    waiting = deque([before])
    while waiting:
        step = waiting.popleft()
        for move in workflow.moves:
            fits = not move.sizes or size is None or size in move.sizes
            if move.from_step != step or not fits or move.kind != "move":
                continue
            if move.to_step not in found:
                found[move.to_step] = [*found[step], (move.key, move.to_step)]
                waiting.append(move.to_step)
    return found.get(after)
