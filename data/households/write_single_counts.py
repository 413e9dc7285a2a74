"""Counts of one building, as somebody says them at the building desk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, text

from data.access.audit import record
from data.divisions.write_county import touch
from data.households.write import add_snapshot, hold_county
from layers.kit.errors import NotFoundError

SOURCE = "楼栋台"


def count_building(
    c: Connection,
    county: str,
    building: int,
    counts: Mapping[str, int],
    effective_on: date,
    by: str,
) -> int:
    """Say what one building holds (value by measure) as of a day; return the snapshot's id.

    1. A day's words of one person are one snapshot: said twice, the later holds.
    2. Households without a building are those of a community's newest snapshot
       (``data.households.read``). This one counts one building, not the community: it takes over
       the unplaced rows of the snapshot before it.

    Raises NotFoundError for a building that does not stand in the county.
    """
    hold_county(c, county)
    code = c.execute(
        text(
            "SELECT code FROM building"
            " WHERE id = :building AND lies_in(code, :county) AND valid_to IS NULL"
        ),
        {"building": building, "county": f"{county}%"},
    ).scalar()
    if code is None:
        raise NotFoundError("building {building} does not stand in this county", building=building)
    source = f"{SOURCE} · {by}"
    snapshot = _todays(c, county, effective_on, source)
    for measure, value in counts.items():
        for place in {str(code), county}:
            _take_over_unplaced(c, snapshot, place, measure, effective_on)
        c.execute(
            text(
                """
                INSERT INTO building_count (snapshot_id, building_id, measure, code, value, source,
                                            confidence)
                VALUES (:snapshot, :building, :measure, :code, :value, :source, 'reported')
                ON CONFLICT (snapshot_id, building_id, measure) DO UPDATE SET value = :value
                """
            ),
            {
                "snapshot": snapshot,
                "building": building,
                "measure": measure,
                "code": code,
                "value": value,
                "source": source,
            },
        )
    touch(c, county)
    detail = {"snapshot": snapshot, "as_of": effective_on.isoformat(), **counts}
    record(c, "building.count", county, f"building:{building}", detail, by=by)
    return snapshot


def _todays(c: Connection, county: str, effective_on: date, source: str) -> int:
    found = c.execute(
        text(
            """
            SELECT id FROM standing_snapshot
            WHERE code = :county AND effective_on = :day AND source = :source
            ORDER BY id DESC LIMIT 1
            """
        ),
        {"county": county, "day": effective_on, "source": source},
    ).scalar()
    return int(found) if found is not None else add_snapshot(c, county, effective_on, source)


def _take_over_unplaced(
    c: Connection, snapshot: int, place: str, measure: str, effective_on: date
) -> None:
    """Copy the unplaced rows that hold for a place (clause 2), once a snapshot."""
    c.execute(
        text(
            """
            WITH said AS (
                SELECT snapshot_id FROM unplaced_count
                WHERE code = :place AND measure = :measure
                UNION
                SELECT snapshot_id FROM building_count
                WHERE measure = :measure
                  AND code LIKE CASE WHEN length(:place) = 6 THEN :place || '%' ELSE :place END
            ), before AS (
                SELECT snapshot_id AS id
                FROM newest_of_places(:place || '%', :measure, :day) WHERE code = :place
            )
            INSERT INTO unplaced_count (code, snapshot_id, row_number, written, measure, value)
            SELECT u.code, :snapshot, u.row_number, u.written, u.measure, u.value
            FROM before JOIN unplaced_count u ON u.snapshot_id = before.id
             AND u.code = :place AND u.measure = :measure
            WHERE NOT EXISTS (SELECT FROM said WHERE snapshot_id = :snapshot)
            """
        ),
        {"place": place, "measure": measure, "day": effective_on, "snapshot": snapshot},
    )
