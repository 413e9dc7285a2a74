"""Siting questions: asked, kept alive by the process that works on them, answered, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from data.stations import scenario_tables
from layers.kit.errors import NotFoundError

KEPT = 40
SILENT_S = 20  # a process that works says so every second or two


@dataclass(frozen=True, slots=True)
class Siting:
    """A siting question. ``is_lost``: it runs, but its process has said nothing for long."""

    id: int
    state: str
    question: dict[str, Any]
    answer: dict[str, Any] | None
    revision: int
    seconds: float
    cancel_asked: bool
    is_lost: bool


def ask_siting(
    c: Connection,
    county: str,
    revision: int,
    question: Mapping[str, Any],
    answer: Mapping[str, Any],
) -> int:
    """Store a question with its first answer; return its id.

    Answers of long ago are put away: each is worth what it was asked for, on the data of its day.
    """
    _prune(c, county)
    return int(
        c.execute(
            insert(scenario_tables.siting)
            .values(
                code=county,
                state="running",
                question=dict(question),
                answer=dict(answer),
                revision=revision,
            )
            .returning(scenario_tables.siting.c.id)
        ).scalar_one()
    )


def _prune(c: Connection, county: str) -> None:
    """Delete a county's ended questions but the newest ``KEPT``, and those that nobody works on
    any more.
    """
    c.execute(
        text(
            """
            DELETE FROM siting WHERE code = :county AND id NOT IN (
                SELECT id FROM siting WHERE code = :county ORDER BY id DESC LIMIT :kept)
              AND (state <> 'running' OR alive_at < now() - interval '1 hour')
            """
        ),
        {"county": county, "kept": KEPT},
    )


def siting(c: Connection, county: str, siting_id: int) -> Siting:
    """Return a siting question. Raises NotFoundError."""
    table = scenario_tables.siting
    row = c.execute(
        select(
            table,
            (table.c.alive_at < func.now() - text(f"interval '{SILENT_S} seconds'")).label(
                "silent"
            ),
        ).where(table.c.code == county, table.c.id == siting_id)
    ).first()
    if row is None:
        raise NotFoundError(
            "siting {siting_id} is not in county {county}", siting_id=siting_id, county=county
        )
    return Siting(
        int(row.id), row.state, row.question, row.answer, int(row.revision), row.seconds,
        row.cancel_asked, row.state == "running" and bool(row.silent),
    )  # fmt: skip


def keep_alive(c: Connection, siting_id: int, seconds: float) -> bool:
    """Say that the work goes on; return whether someone asked to cancel it."""
    table = scenario_tables.siting
    return bool(
        c.execute(
            update(table)
            .where(table.c.id == siting_id)
            .values(alive_at=func.now(), seconds=seconds)
            .returning(table.c.cancel_asked)
        ).scalar()
    )


def cancel_siting(c: Connection, county: str, siting_id: int) -> None:
    """Ask the process that works on a question to stop."""
    table = scenario_tables.siting
    c.execute(
        update(table)
        .where(table.c.code == county, table.c.id == siting_id, table.c.state == "running")
        .values(cancel_asked=True)
    )


def end_siting(
    c: Connection, siting_id: int, state: str, answer: Mapping[str, Any] | None, seconds: float
) -> None:
    """Store how the work ended; without an answer the first one stays."""
    values: dict[str, Any] = {"state": state, "seconds": seconds}
    if answer is not None:
        values["answer"] = dict(answer)
    c.execute(
        update(scenario_tables.siting)
        .where(scenario_tables.siting.c.id == siting_id)
        .values(**values)
    )
