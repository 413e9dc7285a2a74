"""What is known of a county's data: every building with its newest count, stations, streets."""

from __future__ import annotations

from sqlalchemy import Connection, text

from data.households.rows import SurveyedBuilding, SurveyedCount, SurveyedStation, UnplacedRow
from data.rows.reading import mappings, rows_of


def buildings_known(c: Connection, county: str, srid: int, measure: str) -> list[SurveyedBuilding]:
    """Return every building that stands with its newest count of ``measure``, in order of id.

    A snapshot that was rolled back does not count. Three questions and not one: their join would
    be planned badly.
    """
    rows = mappings(
        c,
        """
        SELECT b.id, d.code AS community_code, d.name AS community, e.name AS estate,
               b.name, b.number, b.use, b.life, b.levels, b.levels_estimated,
               ST_X(q.at) AS lon, ST_Y(q.at) AS lat,
               ST_XMin(b.geom) AS west, ST_YMin(b.geom) AS south,
               ST_XMax(b.geom) AS east, ST_YMax(b.geom) AS north,
               ST_AsBinary(ST_Transform(b.geom, CAST(:srid AS integer))) AS geometry
        FROM building b
        CROSS JOIN LATERAL ST_PointOnSurface(b.geom) AS q(at)
        LEFT JOIN division d ON d.id = b.community_id
        LEFT JOIN estate e ON e.id = b.estate_id
        WHERE lies_in(b.code, :county) AND b.valid_to IS NULL AND b.life <> 'demolished'
        ORDER BY b.id
        """,
        county=f"{county}%",
        srid=srid,
    )
    counts = rows_of(
        SurveyedCount,
        c,
        """
        SELECT building_id, value, confidence, effective_on, source AS count_source
        FROM newest_counts(:county, :measure)
        """,
        county=f"{county}%",
        measure=measure,
    )
    addresses = mappings(
        c,
        """
        SELECT DISTINCT ON (building_id) building_id, address FROM building_address
        WHERE lies_in(code, :county) ORDER BY building_id, id
        """,
        county=f"{county}%",
    )
    count_of: dict[int, SurveyedCount] = {count.building_id: count for count in counts}
    address_of: dict[int, str] = {row["building_id"]: row["address"] for row in addresses}
    return [
        SurveyedBuilding(**row, count=count_of.get(row["id"]), address=address_of.get(row["id"]))
        for row in rows
    ]


def stations_known(c: Connection, county: str, srid: int) -> list[SurveyedStation]:
    """Return every station that was not moved away, with x and y in ``srid``, in order of id."""
    return rows_of(
        SurveyedStation,
        c,
        """
        SELECT s.id, s.name, s.tier, s.state, d.code AS community_code,
               d.name AS community, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat,
               ST_X(p.geom) AS x, ST_Y(p.geom) AS y
        FROM station s
        CROSS JOIN LATERAL ST_Transform(s.geom, CAST(:srid AS integer)) AS p(geom)
        LEFT JOIN division d ON d.id = s.community_id
        WHERE lies_in(s.code, :county) AND s.valid_to IS NULL AND s.state <> 'moved'
        ORDER BY s.id
        """,
        county=f"{county}%",
        srid=srid,
    )


def street_names(c: Connection, county: str) -> list[str | None]:
    """Return the name of every street edge, in order of id (as ``street_edges`` reads them)."""
    return list(
        c.scalars(
            text("SELECT name FROM street_edge WHERE lies_in(code, :county) ORDER BY id"),
            {"county": f"{county}%"},
        )
    )


def unplaced_rows(c: Connection, county: str, measure: str) -> list[UnplacedRow]:
    """Return the rows of household tables that fit no building: those that stand now.

    For each community of its newest snapshot, as ``data.households.read.unplaced_by_community``
    sums them (a test compares the two).
    """
    values = {"county": f"{county}%", "measure": measure}
    if not c.scalar(
        text("SELECT EXISTS (SELECT FROM unplaced_count WHERE lies_in(code, :county))"), values
    ):
        return []
    return rows_of(
        UnplacedRow,
        c,
        """
        SELECT u.id, u.row_number, u.written, u.value, n.effective_on,
               n.source AS count_source, d.code AS community_code, d.name AS community
        FROM newest_of_places(:county, :measure, NULL) n
        JOIN unplaced_count u ON u.snapshot_id = n.snapshot_id AND u.code = n.code
         AND u.measure = :measure
        LEFT JOIN division d ON d.code = u.code AND d.kind = 'community'
         AND d.valid_to IS NULL
        ORDER BY u.code, u.row_number
        """,
        **values,
    )
