"""What is expected of estates that are planned or being built."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text


def set_expectation(
    c: Connection, estate_id: int, households: int | None, on: date | None, life: str
) -> None:
    """Set how many households an estate will have, from when, and its life."""
    c.execute(
        text(
            """
            UPDATE estate SET expected_households = :households, expected_on = :on, life = :life
            WHERE id = :id
            """
        ),
        {"id": estate_id, "households": households, "on": on, "life": life},
    )
