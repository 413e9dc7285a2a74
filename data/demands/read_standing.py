"""One demand whole: what it is, where it stands, and its events in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from data.rows.reading import row_of
from layers.kit.demands.chain import Event
from layers.kit.errors import NotFoundError
from layers.kit.ids import DemandId, WorkflowId


@dataclass(frozen=True, slots=True)
class DemandHead:
    """A demand. ``state``: the step of its version where it stands; ``seq``: of its last event."""

    id: DemandId
    code: str
    external_id: str | None
    source: str
    title: str
    category: str
    channel: str
    size: str | None
    importance: int | None
    urgency: int | None
    version_id: WorkflowId
    state: str
    phase: str
    seq: int
    changed_at: datetime | None
    is_own: bool
    received_at: datetime
    deadline_at: datetime | None
    closed_at: datetime | None
    handled_by: str | None
    organisation: str | None
    merged_into: DemandId | None
    is_satisfied: bool | None
    lon: float | None
    lat: float | None


_HEAD = """
SELECT d.id, d.code, d.external_id, d.source, d.title, d.category, d.channel, d.size,
       d.importance, d.urgency, d.version_id, d.state, d.phase, d.seq, d.changed_at, d.is_own,
       d.received_at, d.deadline_at, d.closed_at, d.handled_by, o.name AS organisation,
       d.merged_into, d.is_satisfied, ST_X(d.geom) AS lon, ST_Y(d.geom) AS lat
FROM demand d LEFT JOIN organisation o ON o.id = d.organisation_id
WHERE d.id = :id
"""


def demand_head(c: Connection, demand: int, *, lock: bool = False) -> DemandHead:
    """Return a demand; ``lock``: nobody else takes a step of it until this transaction ends.

    Raises NotFoundError for one that is not there, or outside of the session's scope.
    """
    if lock:
        c.execute(text("SELECT FROM demand WHERE id = :id FOR UPDATE"), {"id": demand})
    found = row_of(DemandHead, c, _HEAD, id=demand)
    if found is None:
        raise NotFoundError("there is no demand by that number")
    return found


_EVENTS = """
SELECT e.demand_id, e.seq, e.at, e.from_step, e.action, e.to_step, e.actor, e.note, e.payload,
       e.unit
FROM demand_event e
"""


def events_of(c: Connection, demand: int) -> list[Event]:
    """Return a demand's events in order."""
    rows = c.execute(text(f"{_EVENTS} WHERE e.demand_id = :id ORDER BY e.seq"), {"id": demand})
    return [Event(*row[1:]) for row in rows]


@dataclass(frozen=True, slots=True)
class ClockedDemand:
    """What the clock of a demand depends on, besides its events, and what is kept of it."""

    id: DemandId
    version_id: WorkflowId
    category: str
    size: str | None
    importance: int | None
    urgency: int | None
    deadline_at: datetime | None


def clocked_demands(
    c: Connection, county: str, at_once: int = 20_000
) -> Iterator[tuple[Sequence[ClockedDemand], dict[int, list[Event]]]]:
    """Give a county's demands with their events, so many at once, in order of their ids."""
    last = 0
    while True:
        rows = c.execute(
            text(
                """
                SELECT d.id, d.version_id, d.category, d.size, d.importance, d.urgency,
                       d.deadline_at
                FROM demand d WHERE lies_in(d.code, :county) AND d.id > :last
                ORDER BY d.id LIMIT :many
                """
            ),
            {"county": f"{county}%", "last": last, "many": at_once},
        )
        part = [ClockedDemand(*row) for row in rows]
        if not part:
            return
        events: dict[int, list[Event]] = defaultdict(list)
        for row in c.execute(
            text(f"{_EVENTS} WHERE e.demand_id = ANY(:ids) ORDER BY e.demand_id, e.seq"),
            {"ids": [d.id for d in part]},
        ):
            events[int(row[0])].append(Event(*row[1:]))
        yield part, events
        last = int(part[-1].id)


def event_of_key(c: Connection, demand: int, key: str) -> Event | None:
    """Return the event that was written with a key, None where there is none."""
    row = c.execute(
        text(f"{_EVENTS} WHERE e.demand_id = :id AND e.key = :key"), {"id": demand, "key": key}
    ).first()
    return None if row is None else Event(*row[1:])
