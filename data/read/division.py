"""What a division should know of its counts before it is believed."""

from __future__ import annotations

from sqlalchemy import Connection, text

HOMES = ("dwelling", "dormitory", "mixed")


def count_doubts(c: Connection, tessellation_id: int, measure: str) -> tuple[int, int]:
    """Return buildings with homes on a tessellation: without a known count, with an estimated one.

    A building that is planned, being built or gone has no homes.
    """
    row = c.execute(
        text(
            """
            WITH newest AS (
                SELECT DISTINCT ON (bc.building_id) bc.building_id, bc.confidence
                FROM plot g
                JOIN plot_building pb ON pb.plot_id = g.id
                JOIN building_count bc ON bc.building_id = pb.building_id AND bc.measure = :measure
                JOIN count_snapshot s ON s.id = bc.snapshot_id AND s.rolled_back_at IS NULL
                WHERE g.tessellation_id = :tessellation
                ORDER BY bc.building_id, s.effective_on DESC, s.id DESC
            ),
            homes AS (
                SELECT DISTINCT b.id
                FROM plot g
                JOIN plot_building pb ON pb.plot_id = g.id
                JOIN building b ON b.id = pb.building_id
                WHERE g.tessellation_id = :tessellation AND b.use = ANY(:homes)
                  AND b.life IN ('delivered', 'occupied')
            )
            SELECT count(*) FILTER (WHERE n.building_id IS NULL) AS unknown,
                   count(*) FILTER (WHERE n.confidence = 'estimated') AS estimated
            FROM homes h LEFT JOIN newest n ON n.building_id = h.id
            """
        ),
        {"tessellation": tessellation_id, "measure": measure, "homes": list(HOMES)},
    ).one()
    return int(row.unknown), int(row.estimated)
