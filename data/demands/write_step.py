"""One step of one demand, and what is kept of its clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Connection, insert, text, update

from data.demands import tables
from data.demands.read_standing import DemandHead
from layers.kit.demands.chain import Event


class StepWrites(TypedDict, total=False):
    """What a step may write of its demand besides its event."""

    size: str
    is_satisfied: bool
    merged_into: int | None
    closed_at: datetime | None


def write_step(
    c: Connection, head: DemandHead, event: Event, key: str | None, writes: StepWrites
) -> None:
    """Append an event, and write what it says of the demand.

    The database refuses an event that does not follow the demand's last one.
    """
    c.execute(
        insert(tables.demand_event).values(
            demand_id=head.id,
            seq=event.seq,
            code=head.code,
            at=event.at,
            version_id=head.version_id,
            from_step=event.from_step,
            action=event.action,
            to_step=event.to_step,
            actor=event.actor,
            unit=event.unit,
            note=event.note,
            payload=dict(event.payload),
            key=key,
        )
    )
    if writes:
        c.execute(update(tables.demand).where(tables.demand.c.id == head.id).values(**writes))


def put_deadlines(c: Connection, deadlines: Sequence[tuple[int, datetime | None]]) -> int:
    """Keep what the clock gives; return how many demands had another deadline."""
    if not deadlines:
        return 0
    return c.execute(
        text(
            """
            UPDATE demand d SET deadline_at = t.due
            FROM unnest(CAST(:ids AS bigint[]), CAST(:dues AS timestamptz[])) AS t(id, due)
            WHERE d.id = t.id AND d.deadline_at IS DISTINCT FROM t.due
            """
        ),
        {"ids": [i for i, _ in deadlines], "dues": [due for _, due in deadlines]},
    ).rowcount
