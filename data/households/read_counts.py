"""Every dated count of some buildings."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from data.households.rows import DatedCount
from data.rows.reading import rows_of


def dated(c: Connection, buildings: Sequence[int]) -> list[DatedCount]:
    """Return the counts of buildings that were not rolled back, the oldest snapshot first."""
    return rows_of(
        DatedCount,
        c,
        """
        SELECT effective_on, snapshot_id, building_id, measure, value, source, confidence
        FROM standing_count WHERE building_id = ANY(:ids)
        ORDER BY effective_on, snapshot_id, measure, building_id
        """,
        ids=list(buildings),
    )
