"""Snapshots of counts: rolled back and taken back, over time, and the households unplaced."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from data.access.actions import Action
from data.access.audit import record
from data.divisions.write_county import move_data_day, touch
from data.households import read, write
from data.households.rows import DatedCount, SnapshotRow
from layers.kit.errors import ConflictError, InputError


def roll_back(c: Connection, snapshot_id: int, by: str, reason: str) -> None:
    """Take a snapshot out of every count, as if it had not come; it stays on record.

    The county's data day goes back with it.

    Raises ConflictError when it is rolled back already, InputError without a reason.
    """
    if not reason.strip():
        raise InputError("say why the counts are rolled back")
    _roll(c, snapshot_id, by, reason.strip(), back=True)


def take_back_roll_back(c: Connection, snapshot_id: int, by: str, reason: str = "") -> None:
    """Let a snapshot that was rolled back count again. Raises ConflictError."""
    _roll(c, snapshot_id, by, reason.strip(), back=False)


def _roll(c: Connection, snapshot_id: int, by: str, reason: str, *, back: bool) -> None:
    head = read.snapshot(c, snapshot_id, hold=True)
    if (head.rolled_back_at is not None) == back:
        raise ConflictError("somebody did this meanwhile: look at the list of snapshots again")
    write.set_rolled_back(c, snapshot_id, back=back)
    county = str(head.code)[:6]
    move_data_day(c, county)
    touch(c, county)
    action: Action = "household_table.roll_back" if back else "household_table.take_back_roll_back"
    record(c, action, county, f"count_snapshot:{snapshot_id}", {"reason": reason}, by=by)


def snapshots(c: Connection, county: str) -> list[SnapshotRow]:
    """Return a county's snapshots, the newest day first (``data.households.read.snapshots``)."""
    return read.snapshots(c, county)


def history(c: Connection, building_id: int) -> list[DatedCount]:
    """Return a building's counts over time, the oldest first; not those rolled back."""
    return read.count_history(c, building_id)


def unplaced_total(
    c: Connection, county: str, day: date | None = None, measure: str = "resident"
) -> int:
    """Return the households of a county that no building is known for, as of a day or now."""
    return read.unplaced_households(c, county, day, measure)
