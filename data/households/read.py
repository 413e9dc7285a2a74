"""Household tables, what was ruled about names, snapshots of counts, households unplaced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, text

from data.households.rows import (
    BuildingPlace,
    CountRow,
    DatedCount,
    GridInForce,
    KnownBuilding,
    NewestCount,
    PlacedCount,
    PlacedRow,
    PlaceName,
    RowSum,
    SnapshotHead,
    SnapshotRow,
    UploadRow,
)
from data.rows.reading import row_of, rows_of
from layers.kit.errors import NotFoundError

_NEWEST = """
    SELECT building_id, value, confidence, effective_on
    FROM newest_counts(:county, :measure)
"""


def known_buildings(c: Connection, county: str) -> list[KnownBuilding]:
    """Return the buildings that stand, in order of id."""
    return rows_of(
        KnownBuilding,
        c,
        """
        SELECT b.id, d.code AS community, e.name AS estate, b.number, b.name,
               b.external_id, coalesce(a.addresses, '{}') AS addresses,
               coalesce(l.aliases, '{}') AS aliases
        FROM building b
        LEFT JOIN division d ON d.id = b.community_id
        LEFT JOIN estate e ON e.id = b.estate_id
        LEFT JOIN (
            SELECT building_id, array_agg(address ORDER BY id) AS addresses
            FROM building_address WHERE lies_in(code, :county) GROUP BY building_id
        ) a ON a.building_id = b.id
        LEFT JOIN (
            SELECT building_id, array_agg(alias ORDER BY id) AS aliases
            FROM building_alias WHERE lies_in(code, :county) GROUP BY building_id
        ) l ON l.building_id = b.id
        WHERE lies_in(b.code, :county) AND b.valid_to IS NULL ORDER BY b.id
        """,
        county=f"{county}%",
    )


def place_names(c: Connection, county: str) -> list[PlaceName]:
    """Return the names of the county, its subdistricts and communities."""
    return rows_of(
        PlaceName,
        c,
        """
        SELECT code, kind, name FROM division
        WHERE lies_in(code, :county) AND valid_to IS NULL ORDER BY code
        """,
        county=f"{county}%",
    )


def rulings(c: Connection, county: str) -> dict[str, str]:
    """Return what was ruled about written names that are no building, by their key."""
    rows = c.execute(
        text("SELECT written_key, verdict FROM written_ruling WHERE code = :county"),
        {"county": county},
    )
    return {r.written_key: r.verdict for r in rows}


_UPLOAD = """
    SELECT u.id, u.code, u.file, u.sha256, u.sheet, u.layout, u.measures, u.rows,
           u.effective_on, u.source, u.findings, u.notes, u.state, u.version, u.snapshot_id,
           u.made_by, u.made_at, u.changed_at
    FROM count_upload u
"""


def upload(c: Connection, upload_id: int, *, hold: bool = False) -> UploadRow:
    """Return one upload; ``hold`` locks it until the transaction ends. Raises NotFoundError."""
    lock = " FOR UPDATE" if hold else ""
    found = row_of(UploadRow, c, _UPLOAD + " WHERE u.id = :id" + lock, id=upload_id)
    if found is None:
        raise NotFoundError("there is no upload {upload_id}", upload_id=upload_id)
    return found


def uploads(c: Connection, county: str, state: str | None = None) -> list[UploadRow]:
    """Return a county's uploads, the newest first."""
    return rows_of(
        UploadRow,
        c,
        _UPLOAD
        + " WHERE u.code = :county AND (CAST(:state AS text) IS NULL OR u.state = :state)"
        + " ORDER BY u.id DESC",
        county=county,
        state=state,
    )


_ROW = """
    SELECT r.id, r.row_number, r.rows, r.community, r.estate, r.building, r.entrance, r.address,
           r.external_code, r.written_key, r.counted, r.state, r.how, r.score, r.candidates,
           r.building_id, r.ruled_by, r.ruled_at, r.version, r.code
    FROM count_row r
"""


def upload_rows(
    c: Connection,
    upload_id: int,
    *,
    states: Sequence[str] = (),
    ids: Sequence[int] = (),
    key: str | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> list[CountRow]:
    """Return rows of an upload in the file's order, in some states, by id, or by written key."""
    return rows_of(
        CountRow,
        c,
        _ROW
        + """
        WHERE r.upload_id = :upload
          AND (CAST(:states AS text[]) IS NULL OR r.state = ANY(CAST(:states AS text[])))
          AND (CAST(:ids AS bigint[]) IS NULL OR r.id = ANY(CAST(:ids AS bigint[])))
          AND (CAST(:key AS text) IS NULL OR r.written_key = :key)
        ORDER BY r.row_number, r.id LIMIT :limit OFFSET :offset
        """,
        upload=upload_id,
        states=list(states) or None,
        ids=list(ids) or None,
        key=key,
        limit=limit,
        offset=offset,
    )


def placed_entrances(c: Connection, upload_id: int, but: Sequence[int]) -> list[PlacedRow]:
    """Return the rows of an upload that name a building, but for some (ids): as written.

    What they count is left out, since a long table's counts take longer to read than its names.
    """
    return rows_of(
        PlacedRow,
        c,
        """
        SELECT r.building_id, r.row_number, r.rows, r.community, r.estate, r.building,
               r.entrance, r.address, r.external_code
        FROM count_row r
        WHERE r.upload_id = :upload AND r.state = 'placed'
          AND r.id <> ALL(CAST(:but AS bigint[]))
        """,
        upload=upload_id,
        but=list(but),
    )


def row_sums(c: Connection, upload_id: int, measure: str) -> list[RowSum]:
    """Return how many rows an upload has, and what they count, by state and place."""
    return rows_of(
        RowSum,
        c,
        """
        SELECT state, code, count(*) AS rows,
               coalesce(sum(CAST(counted ->> :measure AS integer)), 0) AS value
        FROM count_row WHERE upload_id = :upload GROUP BY state, code ORDER BY code, state
        """,
        upload=upload_id,
        measure=measure,
    )


def placed_counts(c: Connection, upload_id: int) -> list[PlacedCount]:
    """Return the sums of an upload; a measure that no row of a building states is absent."""
    return rows_of(
        PlacedCount,
        c,
        """
        SELECT r.building_id, v.key AS measure, b.code,
               sum(CAST(v.value #>> '{}' AS integer)) AS value
        FROM count_row r
        JOIN building b ON b.id = r.building_id
        CROSS JOIN LATERAL jsonb_each(r.counted) v
        WHERE r.upload_id = :upload AND r.state = 'placed' AND v.value <> 'null'
        GROUP BY r.building_id, v.key, b.code ORDER BY r.building_id, v.key
        """,
        upload=upload_id,
    )


def newest_counts(c: Connection, county: str, measure: str) -> dict[int, NewestCount]:
    """Return each building's newest count, by the building's id."""
    rows = rows_of(NewestCount, c, _NEWEST, county=f"{county}%", measure=measure)
    return {r.building_id: r for r in rows}


def building_places(c: Connection, ids: Sequence[int]) -> dict[int, BuildingPlace]:
    """Return what a person knows buildings by, by their ids."""
    rows = rows_of(
        BuildingPlace,
        c,
        """
        SELECT b.id, b.name, b.number, e.name AS estate, d.name AS community, d.code,
               a.address, ST_X(p.at) AS lon, ST_Y(p.at) AS lat,
               ST_AsGeoJSON(b.geom, 6, 0) AS geometry
        FROM building b
        CROSS JOIN LATERAL ST_PointOnSurface(b.geom) AS p(at)
        LEFT JOIN division d ON d.id = b.community_id
        LEFT JOIN estate e ON e.id = b.estate_id
        LEFT JOIN LATERAL (SELECT address FROM building_address
                           WHERE building_id = b.id ORDER BY id LIMIT 1) a ON true
        WHERE b.id = ANY(CAST(:ids AS bigint[]))
        """,
        ids=list(ids),
    )
    return {r.id: r for r in rows}


def grids_in_force(c: Connection, county: str, as_of: date) -> list[GridInForce]:
    """Return the grids shown on a day."""
    return rows_of(
        GridInForce,
        c,
        """
        WITH shown AS MATERIALIZED (SELECT * FROM plans_shown(:county, :as_of))
        SELECT pg.plan_id, pg.grid_id, pg.plots, pg.number, pg.name, pg.code,
               d.name AS community, d.code AS community_code
        FROM shown
        JOIN plan_grid pg ON pg.plan_id = shown.plan_id
         AND pg.community_id = shown.community_id
        JOIN division d ON d.id = pg.community_id
        """,
        county=f"{county}%",
        as_of=as_of,
    )


def grid_buildings(c: Connection, plan_ids: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return (plan, grid, building) of some plans; a building on several plots comes once each.

    A question of its own: without fresh statistics the planner takes seconds over the join.
    """
    rows = c.execute(
        text(
            """
            SELECT DISTINCT pa.plan_id, pa.grid_id, pb.building_id
            FROM plan_assignment pa JOIN plot_building pb ON pb.plot_id = pa.plot_id
            WHERE pa.plan_id = ANY(CAST(:plans AS bigint[]))
            """
        ),
        {"plans": list(plan_ids)},
    )
    return [(int(r.plan_id), int(r.grid_id), int(r.building_id)) for r in rows]


def snapshots(c: Connection, county: str) -> list[SnapshotRow]:
    """Return every snapshot of a county, the newest day first, also those rolled back."""
    return rows_of(
        SnapshotRow,
        c,
        """
        SELECT s.id, s.effective_on, s.source, s.created_at, s.rolled_back_at,
               u.id AS upload_id, u.file, u.made_by, b.buildings, b.measures, n.unplaced
        FROM count_snapshot s
        LEFT JOIN count_upload u ON u.snapshot_id = s.id
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT building_id) AS buildings,
                   coalesce(array_agg(DISTINCT measure), '{}') AS measures
            FROM building_count WHERE snapshot_id = s.id
        ) b
        CROSS JOIN LATERAL (
            SELECT count(*) AS unplaced FROM unplaced_count WHERE snapshot_id = s.id
        ) n
        WHERE lies_in(s.code, :county) ORDER BY s.effective_on DESC, s.id DESC
        """,
        county=f"{county}%",
    )


def snapshot(c: Connection, snapshot_id: int, *, hold: bool = False) -> SnapshotHead:
    """Return one snapshot; ``hold`` locks it. Raises NotFoundError."""
    lock = " FOR UPDATE" if hold else ""
    found = row_of(
        SnapshotHead,
        c,
        "SELECT id, code, effective_on, source, rolled_back_at FROM count_snapshot"
        " WHERE id = :id" + lock,
        id=snapshot_id,
    )
    if found is None:
        raise NotFoundError("there is no snapshot {snapshot_id}", snapshot_id=snapshot_id)
    return found


def newest_snapshot(c: Connection, county: str) -> tuple[int, date | None]:
    """Return the highest id of a snapshot (0 without any) and the newest effective day."""
    row = c.execute(
        text(
            """
            SELECT coalesce(max(id), 0) AS id,
                   (SELECT max(s.effective_on) FROM standing_snapshot s
                    WHERE lies_in(s.code, :county)) AS day
            FROM count_snapshot WHERE lies_in(code, :county)
            """
        ),
        {"county": f"{county}%"},
    ).one()
    return int(row.id), row.day


def count_history(c: Connection, building_id: int) -> list[DatedCount]:
    """Return a building's counts over time, not those rolled back, the oldest first."""
    return rows_of(
        DatedCount,
        c,
        """
        SELECT effective_on, building_id, measure, value, source, confidence, snapshot_id
        FROM standing_count
        WHERE building_id = :building ORDER BY effective_on, snapshot_id, measure
        """,
        building=building_id,
    )


def unplaced_by_community(
    c: Connection, county: str, day: date | None, measure: str
) -> dict[str, int]:
    """Return households that no building is known for, by community code (or the county's).

    For each community those of its newest snapshot (up to a day, where one is given) that counts
    this measure there: a later table without unplaced rows has placed them.
    """
    values = {"county": f"{county}%", "day": day, "measure": measure}
    any_row = c.execute(
        text("SELECT EXISTS (SELECT FROM unplaced_count WHERE lies_in(code, :county))"), values
    ).scalar()
    if not any_row:
        return {}
    rows = c.execute(
        text(
            """
            SELECT u.code, sum(u.value) AS value
            FROM newest_of_places(:county, :measure, :day) n
            JOIN unplaced_count u ON u.snapshot_id = n.snapshot_id AND u.code = n.code
             AND u.measure = :measure
            GROUP BY u.code ORDER BY u.code
            """
        ),
        values,
    )
    return {r.code: int(r.value) for r in rows}


def unplaced_households(c: Connection, county: str, day: date | None, measure: str) -> int:
    """Return the households of a county that no building is known for, as of a day or now."""
    return sum(unplaced_by_community(c, county, day, measure).values())
