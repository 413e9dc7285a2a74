"""Every dated count of some buildings."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, text


def dated(c: Connection, buildings: Sequence[int]) -> list[RowMapping]:
    """Return the counts of buildings that were not rolled back, the oldest snapshot first."""
    rows = c.execute(
        text(
            """
            SELECT bc.snapshot_id, bc.building_id, bc.measure, bc.value, bc.source, bc.confidence
            FROM building_count bc
            JOIN count_snapshot s ON s.id = bc.snapshot_id AND s.rolled_back_at IS NULL
            WHERE bc.building_id = ANY(:ids)
            ORDER BY s.effective_on, s.id, bc.measure, bc.building_id
            """
        ),
        {"ids": list(buildings)},
    )
    return list(rows.mappings())
