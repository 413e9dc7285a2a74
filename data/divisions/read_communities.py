"""Communities with their buildings and the ground around: what plots are made from."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, text

from data.divisions.rows import PlotFault
from data.rows.reading import frame_of, rows_of

_XY = "ST_AsBinary(ST_Transform({0}.geom, CAST(:srid AS integer))) AS geometry"


def communities(c: Connection, county: str, srid: int) -> gpd.GeoDataFrame:
    """Return the county's communities: ``id``, ``code``, ``name``, geometry in ``srid``."""
    return frame_of(
        c,
        f"""
        SELECT d.id, d.code, d.name, {_XY.format("d")} FROM division d
        WHERE d.kind = 'community' AND lies_in(d.code, :county) AND d.valid_to IS NULL
          AND d.geom IS NOT NULL
        ORDER BY d.code
        """,
        {"county": f"{county}%"},
        srid,
    )


def community_buildings(c: Connection, community_id: int, srid: int) -> gpd.GeoDataFrame:
    """Return buildings that stand (partly) in a community, in ``srid``.

    Columns ``id`` and ``community_id`` (its own; a neighbour's building may cross the border).
    """
    return frame_of(
        c,
        f"""
        SELECT b.id, b.community_id, {_XY.format("b")}
        FROM division d
        JOIN building b ON b.valid_to IS NULL AND b.geom && d.geom
         AND (b.community_id = d.id OR ST_Intersects(b.geom, d.geom))
        WHERE d.id = :community
        ORDER BY b.id
        """,
        {"community": community_id},
        srid,
    )


def community_ground(
    c: Connection, community_id: int, srid: int
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the streets, water, barriers and lands that touch a community, in ``srid``."""
    near = """
        JOIN division d ON d.id = :community AND g.geom && d.geom
         AND left(g.code, 6) = left(d.code, 6)
    """
    values = {"community": community_id}
    streets = frame_of(
        c,
        f"""
        SELECT g.id, g.class, g.name, g.is_bridge AS bridge, g.is_tunnel AS tunnel, g.layer,
               {_XY.format("g")}
        FROM street_edge g {near} ORDER BY g.id
        """,
        values,
        srid,
    )
    water, barriers, lands = (
        frame_of(
            c,
            f"SELECT g.kind, g.name, {_XY.format('g')} FROM {table} g {near} ORDER BY g.id",
            values,
            srid,
        )
        for table in ("water", "barrier", "land")
    )
    return streets, water, barriers, lands


def latest_tessellation(c: Connection, community_id: int) -> tuple[int, list[int]] | None:
    """Return the id of a community's newest tessellation and its plot ids, in order."""
    row = c.execute(
        text(
            """
            SELECT id FROM tessellation WHERE community_id = :community
            ORDER BY version DESC LIMIT 1
            """
        ),
        {"community": community_id},
    ).first()
    if row is None:
        return None
    plots = c.execute(text("SELECT id FROM plots_of(:id) ORDER BY id"), {"id": row.id})
    return int(row.id), [int(p.id) for p in plots]


def tessellation_plots(
    c: Connection, tessellation_id: int, srid: int, measure: str
) -> gpd.GeoDataFrame:
    """Return a tessellation's plots in order of id, with what their buildings hold.

    ``buildings``: how many stand on the plot; ``estate_id``: its (first) building's; ``households``
    by ``measure`` and ``persons``: sums of each building's newest counts that were not rolled
    back, None where none of them is known.
    """
    return frame_of(
        c,
        f"""
        SELECT g.id, g.kind, held.buildings, held.estate_id, held.households, held.persons,
               {_XY.format("g")}
        FROM plots_of(:tessellation) g
        -- One look-up after the other: a tessellation made a moment ago has no statistics yet, and
        -- joins of whole tables guessed to be small take seconds.
        LEFT JOIN LATERAL (
            SELECT count(*) AS buildings, min(b.estate_id) AS estate_id,
                   sum((SELECT value FROM newest_count(b.id, :measure))) AS households,
                   sum((SELECT value FROM newest_count(b.id, 'persons'))) AS persons
            FROM plot_building pb
            -- A plan in force keeps the plots of buildings that ended: they count no more.
            JOIN building b ON b.id = pb.building_id AND b.valid_to IS NULL
            WHERE pb.plot_id = g.id
        ) held ON true
        ORDER BY g.id
        """,
        {"tessellation": tessellation_id, "measure": measure},
        srid,
    )


def tessellation_neighbours(c: Connection, tessellation_id: int) -> pd.DataFrame:
    """Return a tessellation's borders: ``plot_a``, ``plot_b``, ``shared_m``, ``barrier``."""
    result = c.execute(
        text(
            """
            SELECT n.plot_a, n.plot_b, n.shared_m, n.barrier FROM plot_neighbour n
            JOIN plots_of(:tessellation) a ON a.id = n.plot_a
            WHERE EXISTS (
                SELECT FROM plot b WHERE b.id = n.plot_b AND (
                    b.tessellation_id = :tessellation OR EXISTS (
                        SELECT FROM former_plot f
                        WHERE f.tessellation_id = :tessellation AND f.plot_id = b.id)))
            ORDER BY n.plot_a, n.plot_b
            """
        ),
        {"tessellation": tessellation_id},
    )
    return pd.DataFrame(
        [tuple(r) for r in result], columns=["plot_a", "plot_b", "shared_m", "barrier"]
    )


def plot_findings(c: Connection, county: str) -> list[PlotFault]:
    """Return what was wrong with footprints when plots were made, the most first.

    Only the newest tessellation of each community counts.
    """
    return rows_of(
        PlotFault,
        c,
        """
        SELECT f.value ->> 'code' AS code, count(*) AS buildings
        FROM (
            SELECT DISTINCT ON (community_id) findings FROM tessellation
            WHERE lies_in(code, :county) ORDER BY community_id, version DESC
        ) t, jsonb_array_elements(t.findings) f
        GROUP BY 1 ORDER BY 2 DESC, 1
        """,
        county=f"{county}%",
    )
