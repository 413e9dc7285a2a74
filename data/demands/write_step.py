"""One step of one demand, and what is kept of its clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, text, update

from data.demands import tables
from data.demands.read_standing import DemandHead
from layers.kit.demands.chain import Event

STEP_WRITES: Final = ("size", "is_satisfied", "merged_into", "closed_at", "deadline_at")
"""What a step may write besides its event."""


def write_step(
    c: Connection, head: DemandHead, event: Event, key: str | None, values: Mapping[str, Any]
) -> None:
    """Append an event, and write what it says of the demand (``STEP_WRITES``).

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
    said = {name: values[name] for name in STEP_WRITES if name in values}
    if said:
        c.execute(update(tables.demand).where(tables.demand.c.id == head.id).values(**said))


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
