"""What a division should know of its counts before it is believed."""

from __future__ import annotations

from collections.abc import Sequence

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
                SELECT DISTINCT pb.building_id, n.confidence
                FROM plots_of(:tessellation) g
                JOIN plot_building pb ON pb.plot_id = g.id
                CROSS JOIN LATERAL newest_count(pb.building_id, :measure) n
            ),
            homes AS (
                SELECT DISTINCT b.id
                FROM plots_of(:tessellation) g
                JOIN plot_building pb ON pb.plot_id = g.id
                JOIN building b ON b.id = pb.building_id AND b.valid_to IS NULL
                WHERE b.use = ANY(:homes)
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


def plot_names(c: Connection, plot_ids: Sequence[int]) -> dict[int, str]:
    """Return what the buildings on some plots are called (name, number or address), by plot id."""
    rows = c.execute(
        text(
            """
            SELECT pb.plot_id,
                   string_agg(coalesce(b.name, nullif(concat_ws(' ', e.name, b.number), ''),
                                       '#' || b.id), '、' ORDER BY b.id) AS name
            FROM plot_building pb
            JOIN building b ON b.id = pb.building_id
            LEFT JOIN estate e ON e.id = b.estate_id
            WHERE pb.plot_id = ANY(:plots) GROUP BY pb.plot_id
            """
        ),
        {"plots": list(plot_ids)},
    )
    return {int(r.plot_id): r.name for r in rows}
