"""Communities that are split or whose border moves: what stands in them, and what was done."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from data.divisions.rows import (
    AreaThere,
    BuildingThere,
    BuiltOn,
    ChangeLog,
    ChangeRow,
    DemandThere,
    DivisionNow,
    DivisionOutline,
    EstateThere,
    OpenDraft,
    PlotShape,
    StationThere,
    TemporaryCommunity,
)
from data.rows.reading import mappings, row_of, rows_of
from layers.kit.errors import NotFoundError


def division(c: Connection, division_id: int) -> DivisionNow:
    """Return a division that is valid now, with its outline (WKB, degrees). Raises NotFoundError.

    The row is locked until the transaction ends.
    """
    found = row_of(
        DivisionNow,
        c,
        """
        SELECT id, code, name, name_en, kind, parent_id, is_temporary, valid_from,
               ST_AsBinary(geom) AS geometry
        FROM division WHERE id = :id AND valid_to IS NULL FOR UPDATE
        """,
        id=division_id,
    )
    if found is None:
        raise NotFoundError("this community does not exist any more: it was split or changed")
    return found


def plot_shapes(c: Connection, tessellation_id: int) -> list[PlotShape]:
    """Return a tessellation's plots in order."""
    return rows_of(
        PlotShape,
        c,
        """
        SELECT id, kind, ST_AsBinary(geom) AS geometry FROM plots_of(:tessellation) ORDER BY id
        """,
        tessellation=tessellation_id,
    )


def outlines_beside(
    c: Connection, county: str, communities: Sequence[int]
) -> list[DivisionOutline]:
    """Return every other division of a county that touches some communities."""
    return rows_of(
        DivisionOutline,
        c,
        """
        SELECT o.id, ST_AsBinary(o.geom) AS geometry FROM division o
        WHERE lies_in(o.code, :county) AND o.valid_to IS NULL AND o.geom IS NOT NULL
          AND NOT o.id = ANY(:own)
          AND EXISTS (SELECT FROM division d
                      WHERE d.id = ANY(:own) AND ST_Expand(d.geom, 1e-6) && o.geom)
        """,
        county=f"{county}%",
        own=list(communities),
    )


def buildings(c: Connection, communities: Sequence[int], measure: str) -> list[BuildingThere]:
    """Return the buildings of some communities with their newest households and their plot."""
    return rows_of(
        BuildingThere,
        c,
        """
        SELECT b.id, b.community_id, b.code, b.estate_id,
               ST_X(ST_PointOnSurface(b.geom)) AS lon, ST_Y(ST_PointOnSurface(b.geom)) AS lat,
               (SELECT pb.plot_id FROM plot_building pb JOIN plot p ON p.id = pb.plot_id
                WHERE pb.building_id = b.id AND p.community_id = b.community_id
                ORDER BY p.tessellation_id DESC, p.id LIMIT 1) AS plot,
               coalesce((SELECT value FROM newest_count(b.id, :measure)), 0) AS households
        FROM building b WHERE b.community_id = ANY(:communities) ORDER BY b.id
        """,
        communities=list(communities),
        measure=measure,
    )


def stations(c: Connection, communities: Sequence[int]) -> list[StationThere]:
    """Return the stations of some communities."""
    return rows_of(
        StationThere,
        c,
        """
        SELECT id, name, community_id, grid_id, code, ST_X(geom) AS lon, ST_Y(geom) AS lat
        FROM station WHERE community_id = ANY(:communities) ORDER BY id
        """,
        communities=list(communities),
    )


def estates(c: Connection, codes: Sequence[str]) -> list[EstateThere]:
    """Return the estates under some community codes."""
    return rows_of(
        EstateThere,
        c,
        "SELECT id, code, name FROM estate WHERE code = ANY(:codes) ORDER BY id",
        codes=codes,
    )


def demands(c: Connection, codes: Sequence[str]) -> list[DemandThere]:
    """Return the demands of some communities and their grids."""
    return rows_of(
        DemandThere,
        c,
        """
        SELECT id, code, building_id, ST_X(geom) AS lon, ST_Y(geom) AS lat,
               phase NOT IN ('closed', 'merged', 'withdrawn') AS is_open
        FROM demand WHERE left(code, 12) = ANY(:codes) AND code LIKE ANY(:patterns) ORDER BY id
        """,
        codes=list(codes),
        patterns=[f"{code}%" for code in codes],
    )


def areas(c: Connection, ids: Sequence[int]) -> list[AreaThere]:
    """Return areas (片区) by id."""
    return rows_of(
        AreaThere,
        c,
        "SELECT id, code, name, number, valid_from FROM area WHERE id = ANY(:ids) ORDER BY id",
        ids=list(ids),
    )


def grid_codes(c: Connection, grids: Sequence[int]) -> dict[int, str]:
    """Return the present code of grids, by id."""
    rows = mappings(c, "SELECT id, code FROM grid WHERE id = ANY(:ids)", ids=list(grids))
    return {int(r["id"]): str(r["code"]) for r in rows}


def codes_used(c: Connection, subdistrict: str) -> set[str]:
    """Return every community code that a subdistrict has or had."""
    rows = mappings(
        c,
        "SELECT DISTINCT code FROM division WHERE lies_in(code, :pattern) AND kind = 'community'",
        pattern=f"{subdistrict}%",
    )
    return {str(r["code"]) for r in rows}


def temporary(c: Connection, county: str) -> list[TemporaryCommunity]:
    """Return the communities that still have a temporary code."""
    return rows_of(
        TemporaryCommunity,
        c,
        """
        SELECT id, code, name, valid_from FROM division
        WHERE lies_in(code, :county) AND kind = 'community' AND is_temporary AND valid_to IS NULL
        ORDER BY code
        """,
        county=f"{county}%",
    )


def open_drafts(c: Connection, communities: Sequence[int]) -> list[OpenDraft]:
    """Return the drafts that hold some communities."""
    return rows_of(
        OpenDraft,
        c,
        """
        SELECT DISTINCT p.id, p.name FROM plan p JOIN plan_community pc ON pc.plan_id = p.id
        WHERE pc.community_id = ANY(:communities) AND p.published_at IS NULL ORDER BY p.id
        """,
        communities=list(communities),
    )


def ended(c: Connection, communities: Sequence[int]) -> list[str]:
    """Return the names of those communities that are not valid any more."""
    rows = mappings(
        c,
        """
        SELECT name FROM division WHERE id = ANY(:ids) AND valid_to IS NOT NULL ORDER BY code
        """,
        ids=list(communities),
    )
    return [str(r["name"]) for r in rows]


def changes(c: Connection, county: str) -> list[ChangeRow]:
    """Return what was done in a county, the last first; without the log for taking back."""
    return rows_of(
        ChangeRow,
        c,
        """
        SELECT id, kind, on_date, document_number, plan_id, summary, made_by, made_at,
               taken_back_by, taken_back_at
        FROM division_change WHERE code = :county ORDER BY id DESC
        """,
        county=county,
    )


def change(c: Connection, change_id: int) -> ChangeLog:
    """Return one change with its log, locked. Raises NotFoundError."""
    found = row_of(
        ChangeLog,
        c,
        """
        SELECT id, code, kind, on_date, plan_id, summary, before, taken_back_at
        FROM division_change WHERE id = :id FOR UPDATE
        """,
        id=change_id,
    )
    if found is None:
        raise NotFoundError("there is no change {change_id}", change_id=change_id)
    return found


def built_on(c: Connection, communities: Sequence[int], plan_id: int | None,
             buildings: Sequence[int], stations: Sequence[int]) -> BuiltOn:  # fmt: skip
    """Count what came after a change, in the communities that it made."""
    return rows_of(
        BuiltOn,
        c,
        """
        SELECT (SELECT count(DISTINCT pc.plan_id) FROM plan_community pc
                WHERE pc.community_id = ANY(:own)
                  AND pc.plan_id IS DISTINCT FROM CAST(:plan AS bigint)) AS plans,
               (SELECT count(*) FROM tessellation WHERE community_id = ANY(:own) AND version > 1)
                 AS tessellations,
               (SELECT count(*) FROM building
                WHERE community_id = ANY(:own) AND NOT id = ANY(:buildings)) AS buildings,
               (SELECT count(*) FROM station
                WHERE community_id = ANY(:own) AND NOT id = ANY(:stations)) AS stations,
               (SELECT count(*) FROM division WHERE id = ANY(:own) AND valid_to IS NOT NULL)
                 AS changes
        """,
        own=list(communities),
        plan=plan_id,
        buildings=list(buildings),
        stations=list(stations),
    )[0]
