"""What is needed to make plots anew around an edit, and who depends on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from data.plans.rows import Border, HeldDraft, NewestTessellation, StandingPlan, StoredPlot
from data.rows.reading import row_of, rows_of


def newest(c: Connection, community_id: int) -> NewestTessellation | None:
    """Return a community's newest tessellation, None where it has no plots."""
    return row_of(
        NewestTessellation,
        c,
        """
        SELECT t.id, d.code, d.name, t.findings FROM tessellation t
        JOIN division d ON d.id = t.community_id
        WHERE t.community_id = :community ORDER BY t.version DESC LIMIT 1
        """,
        community=community_id,
    )


def tessellation_exists(c: Connection, tessellation_id: int) -> bool:
    """Tell whether a tessellation was kept."""
    found = c.execute(text("SELECT 1 FROM tessellation WHERE id = :id"), {"id": tessellation_id})
    return found.first() is not None


def plots_touched(
    c: Connection, tessellation_id: int, shapes: Sequence[bytes], buildings: Sequence[int]
) -> list[int]:
    """Return the plots that some footprints (WKB, EPSG:4490) touch or some buildings stand on."""
    rows = c.execute(
        text(
            """
            SELECT p.id FROM plots_of(:t) p
            WHERE EXISTS (
                SELECT FROM unnest(CAST(:shapes AS bytea[])) AS s(wkb)
                WHERE p.geom && ST_GeomFromWKB(s.wkb, 4490)
                  AND ST_Intersects(p.geom, ST_GeomFromWKB(s.wkb, 4490)))
            UNION
            SELECT p.id FROM plot_building pb JOIN plots_of(:t) p ON p.id = pb.plot_id
            WHERE pb.building_id = ANY(:buildings)
            ORDER BY 1
            """
        ),
        {"t": tessellation_id, "shapes": list(shapes), "buildings": list(buildings)},
    )
    return [int(r.id) for r in rows]


def neighbours(c: Connection, plots: Sequence[int]) -> list[int]:
    """Return the neighbours of some plots, those themselves left out."""
    rows = c.execute(
        text(
            """
            SELECT plot_b AS id FROM plot_neighbour WHERE plot_a = ANY(:plots)
            UNION SELECT plot_a FROM plot_neighbour WHERE plot_b = ANY(:plots)
            EXCEPT SELECT unnest(CAST(:plots AS bigint[])) ORDER BY 1
            """
        ),
        {"plots": list(plots)},
    )
    return [int(r.id) for r in rows]


def touching(c: Connection, tessellation_id: int, plots: Sequence[int]) -> list[int]:
    """Return the plots that have a point in common with some plots, those themselves left out."""
    rows = c.execute(
        text(
            """
            SELECT DISTINCT o.id FROM plot k
            JOIN plots_of(:t) o ON o.geom && k.geom AND ST_Intersects(o.geom, k.geom)
            WHERE k.id = ANY(:plots) AND NOT o.id = ANY(:plots) ORDER BY o.id
            """
        ),
        {"t": tessellation_id, "plots": list(plots)},
    )
    return [int(r.id) for r in rows]


def plots(c: Connection, ids: Sequence[int]) -> list[StoredPlot]:
    """Return plots by id, in order."""
    return rows_of(
        StoredPlot,
        c,
        """
        SELECT id, building_id, kind, ST_AsBinary(geom) AS geometry FROM plot
        WHERE id = ANY(:ids) ORDER BY id
        """,
        ids=list(ids),
    )


def standing_on(c: Connection, plot_ids: Sequence[int]) -> list[int]:
    """Return the standing buildings of some plots."""
    rows = c.execute(
        text(
            """
            SELECT DISTINCT b.id FROM plot_building pb JOIN building b ON b.id = pb.building_id
            WHERE pb.plot_id = ANY(:plots) AND b.valid_to IS NULL ORDER BY b.id
            """
        ),
        {"plots": list(plot_ids)},
    )
    return [int(r.id) for r in rows]


def footprints(c: Connection, ids: Sequence[int], srid: int) -> gpd.GeoDataFrame:
    """Return buildings by id (index), geometry in ``srid``."""
    rows = c.execute(
        text(
            """
            SELECT id, ST_AsBinary(ST_Transform(geom, CAST(:srid AS integer))) AS geometry
            FROM building WHERE id = ANY(:ids) ORDER BY id
            """
        ),
        {"ids": list(ids), "srid": srid},
    ).all()
    shapes = shapely.from_wkb([bytes(r.geometry) for r in rows])
    index = [int(r.id) for r in rows]
    return gpd.GeoDataFrame({"id": index}, geometry=list(shapes), index=index, crs=srid)


def outline(c: Connection, community_id: int, srid: int) -> BaseGeometry:
    """Return a community's border in ``srid``."""
    found = c.execute(
        text(
            """
            SELECT ST_AsBinary(ST_Transform(geom, CAST(:srid AS integer))) FROM division
            WHERE id = :id
            """
        ),
        {"id": community_id, "srid": srid},
    ).scalar_one()
    return shapely.from_wkb(bytes(found))


def drafts(c: Connection, community_id: int) -> list[HeldDraft]:
    """Hold every unpublished plan of a community until the transaction ends; return them."""
    return rows_of(
        HeldDraft,
        c,
        """
        SELECT p.id, p.name, p.version, pc.tessellation_id AS tessellation
        FROM plan p JOIN plan_community pc ON pc.plan_id = p.id
        WHERE pc.community_id = :community AND p.published_at IS NULL
          AND pc.tessellation_id IS NOT NULL
        ORDER BY p.id FOR UPDATE OF p
        """,
        community=community_id,
    )


def plans_standing(c: Connection, community_id: int, today: date | str) -> list[StandingPlan]:
    """Return the published plans of a community that are in force or come into force."""
    return rows_of(
        StandingPlan,
        c,
        """
        SELECT p.id, p.name, pc.tessellation_id AS tessellation
        FROM plan p JOIN plan_community pc ON pc.plan_id = p.id
        WHERE pc.community_id = :community AND p.published_at IS NOT NULL
          AND pc.tessellation_id IS NOT NULL AND pc.in_force_from IS NOT NULL
          AND NOT has_ended(pc.in_force_to, :today)
        ORDER BY p.id
        """,
        community=community_id,
        today=today,
    )


def assigned(c: Connection, plan_id: int, tessellation_id: int) -> dict[int, int]:
    """Return the grid id of every plot (id) that a plan assigned in a tessellation."""
    # By ids and not by a join: a tessellation made a moment ago has no statistics yet.
    rows = c.execute(
        text(
            """
            SELECT plot_id, grid_id FROM plan_assignment
            WHERE plan_id = :plan AND plot_id = ANY(:plots)
            """
        ),
        {"plan": plan_id, "plots": whole(c, tessellation_id).tolist()},
    )
    return {int(r.plot_id): int(r.grid_id) for r in rows}


def locked(c: Connection, plan_id: int, plots: Sequence[int]) -> list[int]:
    """Return which of some plots a draft has locked."""
    rows = c.execute(
        text("SELECT plot_id FROM draft_plot_lock WHERE plan_id = :plan AND plot_id = ANY(:plots)"),
        {"plan": plan_id, "plots": list(plots)},
    )
    return [int(r.plot_id) for r in rows]


def borders(c: Connection, plots: Sequence[int]) -> list[Border]:
    """Return the common borders that some plots are the first of."""
    return rows_of(
        Border,
        c,
        """
        SELECT plot_a, plot_b, code, shared_m, barrier FROM plot_neighbour
        WHERE plot_a = ANY(:plots)
        """,
        plots=list(plots),
    )


def plots_of_buildings(
    c: Connection, tessellation_id: int, buildings: Sequence[int]
) -> dict[int, int]:
    """Return the plot that each of some buildings stands on in a tessellation."""
    rows = c.execute(
        text(
            """
            SELECT pb.building_id, pb.plot_id FROM plot_building pb
            JOIN plots_of(:t) p ON p.id = pb.plot_id
            WHERE pb.building_id = ANY(:buildings)
            """
        ),
        {"t": tessellation_id, "buildings": list(buildings)},
    )
    return {int(r.building_id): int(r.plot_id) for r in rows}


def plots_by_share(
    c: Connection, tessellation_id: int, shapes: Sequence[bytes]
) -> list[int | None]:
    """Return for each footprint (WKB, EPSG:4490) the plot that holds its larger share."""
    rows = c.execute(
        text(
            """
            SELECT s.at, (
                SELECT p.id FROM plots_of(:t) p
                WHERE p.geom && s.geom AND ST_Intersects(p.geom, s.geom)
                ORDER BY ST_Area(ST_Intersection(p.geom, s.geom)) DESC, p.id LIMIT 1) AS plot
            FROM (SELECT at, ST_GeomFromWKB(wkb, 4490) AS geom
                  FROM unnest(CAST(:shapes AS bytea[])) WITH ORDINALITY AS u(wkb, at)) s
            ORDER BY s.at
            """
        ),
        {"t": tessellation_id, "shapes": list(shapes)},
    )
    return [None if r.plot is None else int(r.plot) for r in rows]


def grid_names(c: Connection, plan_id: int, grids: Sequence[int]) -> dict[int, str]:
    """Return what a plan calls some grids: as the draft lists them, else as published."""
    rows = c.execute(
        text(
            """
            SELECT grid_id, name FROM plan_grid WHERE plan_id = :plan AND grid_id = ANY(:grids)
            UNION
            SELECT grid_id, name FROM draft_grid WHERE plan_id = :plan AND grid_id = ANY(:grids)
            """
        ),
        {"plan": plan_id, "grids": list(grids)},
    )
    return {int(r.grid_id): r.name for r in rows}


def whole(c: Connection, tessellation_id: int) -> NDArray[np.int64]:
    """Return the ids of a tessellation's plots, in order."""
    found = c.execute(
        text("SELECT array_agg(id ORDER BY id) FROM plots_of(:t)"),
        {"t": tessellation_id},
    ).scalar()
    return np.array(found or [], np.int64)
