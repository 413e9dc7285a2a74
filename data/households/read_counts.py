"""Every dated count of some buildings."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, text


def dated(c: Connection, buildings: Sequence[int]) -> list[RowMapping]:
    """Return the counts of buildings that were not rolled back, the oldest snapshot first."""
    rows = c.execute(
        text(
            """
            SELECT snapshot_id, building_id, measure, value, source, confidence
            FROM standing_count WHERE building_id = ANY(:ids)
            ORDER BY effective_on, snapshot_id, measure, building_id
            """
        ),
        {"ids": list(buildings)},
    )
    return list(rows.mappings())
