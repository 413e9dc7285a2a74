"""Figures of households that are on no map, and the rows behind them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from data.households.read import place_names, unplaced_by_community
from layers.kit.figure import Figure, Row, Rows
from layers.kit.layer import Query


def figures(c: Connection, query: Query) -> tuple[Figure, ...]:
    """Return the households that no building is known for; nothing where there are none."""
    unplaced = sum(_unplaced(c, query).values())
    if not unplaced:
        return ()
    rows = Rows("unplaced_households", measure_by="sum", column="households")
    return (
        Figure(
            "summary.unplaced", unplaced, "unit.households", query.data_as_of, rows=rows,
            tone="loud", note="summary.unplaced_note",
        ),
    )  # fmt: skip


def unplaced_households(c: Connection, query: Query) -> Sequence[Row]:
    """Return the households that no building is known for, by community (or the county)."""
    names = {row.code: str(row.name) for row in place_names(c, query.county)}
    return [
        {"code": code, "name": names.get(code, ""), "households": households}
        for code, households in _unplaced(c, query).items()
    ]


def _unplaced(c: Connection, query: Query) -> dict[str, int]:
    return unplaced_by_community(c, query.county, None, query.household_measure)
