"""赤水 and 三穗: what was published of them has rows that say the same. Loading takes a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import shapely

from data.demands.read import demand_span, demand_totals
from data.engine import transaction
from data.grids.read import grids_shown
from tests.demonstration import Loaded, NewDatabase, load

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def chishui(new_database: NewDatabase) -> Iterator[Loaded]:
    loaded = load(new_database, "chishui")
    yield loaded
    loaded.engine.dispose()


@pytest.fixture(scope="module")
def sansui(new_database: NewDatabase) -> Iterator[Loaded]:
    loaded = load(new_database, "sansui")
    yield loaded
    loaded.engine.dispose()


def tile_their_communities(county: Loaded) -> list[str]:
    """Return the communities whose grids in force leave a gap, overlap, or hold a loose piece."""
    srid = county.query().measuring_srid
    rows = county.rows(
        """
        SELECT d.code, ST_AsBinary(ST_Transform(d.geom, CAST(:srid AS integer))) AS whole,
               array_agg(ST_AsBinary(ST_Transform(pg.geom, CAST(:srid AS integer)))) AS grids
        FROM plan_community pc
        JOIN plan_grid pg ON pg.plan_id = pc.plan_id AND pg.community_id = pc.community_id
        JOIN division d ON d.id = pc.community_id
        WHERE pc.code LIKE :code || '%' AND pc.in_force_to IS NULL GROUP BY d.id, d.code
        """,
        srid=srid,
    )
    assert len(rows) == county.value(
        "SELECT count(*) FROM division WHERE kind = 'community' AND code LIKE :code || '%'"
    )
    broken = []
    for row in rows:
        grids = shapely.from_wkb([bytes(g) for g in row["grids"]])
        whole = shapely.from_wkb(bytes(row["whole"]))
        union = shapely.coverage_union_all(grids)
        if (
            not shapely.coverage_is_valid(grids)
            or abs(shapely.area(grids).sum() - whole.area) > 1e-9 * whole.area
            or union.symmetric_difference(whole).area > 1e-2  # m²
            or any(len(shapely.get_parts(g)) != 1 for g in grids)
        ):
            broken.append(str(row["code"]))
    return broken


def test_chishui_has_its_divisions_and_both_of_its_plans(chishui: Loaded) -> None:
    kinds = chishui.rows(
        "SELECT kind, count(*) AS n FROM division WHERE code LIKE :code || '%' GROUP BY kind"
    )
    assert {r["kind"]: r["n"] for r in kinds} == {"county": 1, "subdistrict": 3, "community": 17}
    with transaction(chishui.engine) as c:
        before = grids_shown(c, chishui.code, date(2024, 1, 1))
        now = grids_shown(c, chishui.code, date(2026, 10, 31))
    assert len(before) == 143
    assert len(now) == 203
    # Who still has its code is still the same grid, with the same internal id.
    ids = {row.code: row.grid_id for row in before}
    kept = [row for row in now if row.code in ids]
    assert len(kept) > 100
    assert [row.code for row in kept if ids[row.code] != row.grid_id] == []
    assert max(row.households for row in now) <= 300
    assert sum(row.households for row in now) == 47_846
    assert sum(row.households for row in before) == 47_846


def test_chishuis_grids_tile_their_communities(chishui: Loaded) -> None:
    assert tile_their_communities(chishui) == []


def test_chishui_has_a_station_for_each_subdistrict_community_and_grid(chishui: Loaded) -> None:
    tiers = chishui.rows(
        "SELECT tier, count(*) AS n FROM station WHERE code LIKE :code || '%'"
        " AND tier IS NOT NULL GROUP BY tier"
    )
    found = {r["tier"]: r["n"] for r in tiers}
    assert found == {"subdistrict": 3, "community": 17, "grid": 203}
    # Each grid in force has its own.
    assert (
        chishui.value(
            "SELECT count(DISTINCT grid_id) FROM station"
            " WHERE tier = 'grid' AND code LIKE :code || '%'"
        )
        == 203
    )


def test_chishuis_completion_and_satisfaction_come_from_its_rows(chishui: Loaded) -> None:
    with transaction(chishui.engine) as c:
        span = demand_span(c, chishui.code)
        assert span is not None
        totals = demand_totals(c, chishui.code, *span, chishui.as_of)
    assert totals["received"] > 18_000
    # published: 87.5% completed, 99.1% satisfied
    assert round(totals["closed"] / totals["accepted"], 3) == 0.875
    assert round(totals["satisfied"] / totals["rated"], 3) == 0.991


def test_sansui_has_78_areas_of_at_most_300_households(sansui: Loaded) -> None:
    areas = sansui.rows(
        "SELECT a.id, a.households, sum(pg.households) AS in_grids, count(*) AS grids"
        " FROM area a JOIN plan_grid pg ON pg.area_id = a.id"
        " WHERE a.code LIKE :code || '%' GROUP BY a.id, a.households"
    )
    assert len(areas) == 78
    assert max(a["households"] for a in areas) <= 300
    assert [a for a in areas if a["households"] != a["in_grids"]] == []
    # Every grid lies in exactly one area.
    assert sum(a["grids"] for a in areas) == sansui.value(
        "SELECT count(*) FROM plan_grid WHERE code LIKE :code || '%'"
    )


def test_sansuis_grids_tile_their_communities(sansui: Loaded) -> None:
    assert tile_their_communities(sansui) == []


def test_sansuis_areas_are_unions_of_their_grids(sansui: Loaded) -> None:
    differing = sansui.rows(
        """
        SELECT a.code FROM area a
        JOIN LATERAL (
            SELECT ST_Area(ST_Union(pg.geom)) AS m FROM plan_grid pg WHERE pg.area_id = a.id
        ) own ON true
        WHERE a.code LIKE :code || '%' AND abs(own.m - ST_Area(a.geom)) > 1e-6 * own.m
        """
    )
    assert differing == []
