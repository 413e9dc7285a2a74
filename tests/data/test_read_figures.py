"""The demonstration 栗坪 against SQL: its published figures, and what never breaks.

Published: 2,672 households, 12,068 persons, 59 buildings with 121 entrances, 12 grids; each grid
has one chief and three workers.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine

from data.demands import read as read_demands
from data.divisions.read_counties import county, list_counties, query
from data.divisions.write_county import county_exists, is_demonstration, touch
from data.engine import transaction
from data.grids.read import grid_detail, grids_shown, plan_totals, plans_by_date
from data.ground.read_terrain import read_elevation
from data.removal import delete_county
from data.stations.read import (
    categories,
    household_doors,
    station_detail,
    station_points,
    station_totals,
    stations,
)
from layers.kit.errors import NotFoundError
from tests.demonstration import Loaded, silent

pytestmark = pytest.mark.database

NEWEST = """
    SELECT coalesce(sum(bc.value), 0) FROM building_count bc
    JOIN building b ON b.id = bc.building_id
    WHERE b.code LIKE :code || '%' AND bc.measure = :measure
"""


def test_the_published_figures_have_rows_of_their_own(liping: Loaded) -> None:
    assert liping.value(NEWEST, measure="resident") == 2_672
    assert liping.value(NEWEST, measure="persons") == 12_068
    count = "SELECT count(*) FROM {0} WHERE code LIKE :code || '%'"
    assert liping.value(count.format("building")) == 59
    assert liping.value(count.format("building_entrance")) == 121
    assert liping.value(count.format("grid")) == 12
    assert liping.value(count.format("plan_grid")) == 12


def test_each_grid_has_one_chief_and_three_workers_today(liping: Loaded) -> None:
    rows = liping.rows(
        """
        SELECT g.code,
               count(*) FILTER (WHERE p.kind = 'grid_chief') AS chiefs,
               count(*) FILTER (WHERE p.kind = 'grid_worker') AS workers,
               count(*) FILTER (WHERE h.id IS NULL) AS vacant
        FROM grid g
        LEFT JOIN post p ON p.grid_id = g.id AND p.kind IN ('grid_chief', 'grid_worker')
        LEFT JOIN post_holding h ON h.post_id = p.id AND h.starts_on <= :day
         AND (h.ends_on IS NULL OR h.ends_on > :day)
        WHERE g.code LIKE :code || '%' GROUP BY g.id, g.code
        """,
        day=liping.as_of,
    )
    assert len(rows) == 12
    assert [r for r in rows if (r["chiefs"], r["workers"], r["vacant"]) != (1, 3, 0)] == []


def test_households_are_conserved_from_buildings_to_grids(liping: Loaded) -> None:
    # buildings → plots → grids: nobody is lost and nobody is counted twice
    in_grids = liping.value("SELECT sum(households) FROM plan_grid WHERE code LIKE :code || '%'")
    assert in_grids == liping.value(NEWEST, measure="resident") == 2_672
    in_grids = liping.value("SELECT sum(persons) FROM plan_grid WHERE code LIKE :code || '%'")
    assert in_grids == 12_068
    assert liping.value("SELECT sum(buildings) FROM plan_grid WHERE code LIKE :code || '%'") == 59


def test_each_grids_figures_are_those_of_its_own_plots(liping: Loaded) -> None:
    differing = liping.rows(
        """
        SELECT pg.code FROM plan_grid pg
        JOIN LATERAL (
            SELECT count(DISTINCT pa.plot_id) AS plots, count(DISTINCT pb.building_id) AS buildings,
                   coalesce(sum(bc.value), 0) AS households
            FROM plan_assignment pa
            LEFT JOIN plot_building pb ON pb.plot_id = pa.plot_id
            LEFT JOIN building_count bc ON bc.building_id = pb.building_id
             AND bc.measure = 'resident'
            WHERE pa.plan_id = pg.plan_id AND pa.grid_id = pg.grid_id
        ) own ON true
        WHERE pg.code LIKE :code || '%'
          AND (own.plots, own.buildings, own.households)
              IS DISTINCT FROM (pg.plots::bigint, pg.buildings::bigint, pg.households::bigint)
        """
    )
    assert differing == []


def test_every_plot_is_in_exactly_one_grid_and_every_building_in_one_plot(liping: Loaded) -> None:
    plots = liping.value("SELECT count(*) FROM plot WHERE code LIKE :code || '%'")
    rows = liping.rows(
        "SELECT plot_id, count(*) AS n FROM plan_assignment WHERE code LIKE :code || '%' GROUP BY 1"
    )
    assert len(rows) == plots > 59
    assert {r["n"] for r in rows} == {1}
    once = liping.rows(
        "SELECT building_id, count(*) AS n FROM plot_building"
        " WHERE code LIKE :code || '%' GROUP BY 1"
    )
    assert len(once) == 59
    assert {r["n"] for r in once} == {1}


def test_nobodys_grid_is_over_the_limit(liping: Loaded) -> None:
    assert liping.query().households_max == 300
    assert liping.value("SELECT max(households) FROM plan_grid WHERE code LIKE :code || '%'") <= 300


def test_grids_tile_their_community_without_gap_and_overlap(liping: Loaded) -> None:
    srid = liping.query().measuring_srid
    shape = "ST_AsBinary(ST_Transform(geom, CAST(:srid AS integer))) AS g"
    grids = liping.rows(
        f"SELECT community_id, {shape} FROM plan_grid WHERE code LIKE :code || '%'", srid=srid
    )
    whole = liping.rows(
        f"SELECT id, {shape} FROM division WHERE kind = 'community' AND code LIKE :code || '%'",
        srid=srid,
    )
    assert {r["community_id"] for r in grids} == {r["id"] for r in whole}
    for community in whole:
        own = shapely.from_wkb(
            [bytes(r["g"]) for r in grids if r["community_id"] == community["id"]]
        )
        outline = shapely.from_wkb(bytes(community["g"]))
        assert shapely.is_valid(own).all()
        # Vertices are shared in the database; transforming keeps equal ones equal.
        assert shapely.coverage_is_valid(own, gap_width=0.0)
        union = shapely.coverage_union_all(own)
        assert shapely.area(own).sum() == pytest.approx(outline.area, rel=1e-9)
        assert union.symmetric_difference(outline).area < 1e-3  # m²
        assert all(len(shapely.get_parts(grid)) == 1 for grid in own)


# ---- reading ----------------------------------------------------------------------------------


def test_totals_of_the_shown_plan_are_sums_of_its_rows(liping: Loaded) -> None:
    with transaction(liping.engine) as c:
        rows = grids_shown(c, liping.code, liping.as_of)
        totals = plan_totals(c, liping.code, liping.as_of, 300)
        stricter = plan_totals(c, liping.code, liping.as_of, 220)
    assert totals.grids == len(rows) == 12
    assert totals.households == sum(r.households for r in rows) == 2_672
    assert totals.persons == sum(r.persons for r in rows)
    assert totals.largest == max(r.households for r in rows)
    assert totals.in_force is True
    assert totals.over_limit == 0
    assert stricter.over_limit == sum(r.households > 220 for r in rows) > 0


def test_a_label_point_lies_in_its_grid(liping: Loaded) -> None:
    assert (
        liping.value(
            "SELECT count(*) FROM plan_grid WHERE code LIKE :code || '%'"
            " AND NOT ST_Contains(geom, label_point)"
        )
        == 0
    )


def test_no_plan_is_shown_for_a_day_before_the_first_one(liping: Loaded) -> None:
    with transaction(liping.engine) as c:
        (plan,) = plans_by_date(c, liping.code)
        before = plan.in_force_from - timedelta(days=1)
        assert grids_shown(c, liping.code, before) == []
        assert len(grids_shown(c, liping.code, plan.in_force_from)) == 12
        assert plan.grids == 12
        assert plan.in_force_to is None


def test_a_grid_tells_its_plan_its_division_and_who_answers(liping: Loaded) -> None:
    row = liping.rows("SELECT grid_id, code FROM plan_grid WHERE code LIKE :code || '%' LIMIT 1")[0]
    with transaction(liping.engine) as c:
        found = grid_detail(c, liping.code, row["grid_id"], liping.as_of)
        with pytest.raises(NotFoundError, match="is not in county 520381"):
            grid_detail(c, "520381", row["grid_id"], liping.as_of)
    assert found.head.code == row["code"]
    kinds = [p.kind for p in found.posts]
    assert kinds.count("grid_chief") == 1
    assert kinds.count("grid_worker") == 3
    assert found.head.in_force_from <= liping.as_of


def test_demand_figures_are_counted_by_the_glossarys_rules(liping: Loaded) -> None:
    with transaction(liping.engine) as c:
        span = read_demands.demand_span(c, liping.code)
        assert span is not None
        totals = read_demands.demand_totals(c, liping.code, *span, liping.as_of)
        nothing = read_demands.demand_totals(
            c, liping.code, date(1999, 1, 1), date(1999, 1, 2), liping.as_of
        )
        points, days = read_demands.demand_points(c, liping.code, 4545)
    states = {
        r["state"]: r["n"]
        for r in liping.rows(
            "SELECT state, count(*) AS n FROM demand WHERE code LIKE :code || '%' GROUP BY 1"
        )
    }
    left_out = {"received", "merged", "withdrawn"}
    assert totals["received"] == sum(states.values())
    assert totals["accepted"] == sum(n for s, n in states.items() if s not in left_out)
    assert totals["closed"] == states["closed"] <= totals["accepted"]
    assert totals["satisfied"] <= totals["rated"] <= totals["received"]
    assert nothing["received"] == 0
    placed = liping.value(
        "SELECT count(*) FROM demand WHERE code LIKE :code || '%' AND geom IS NOT NULL"
        " AND state <> 'merged'"
    )
    assert len(points) == len(days) == placed
    assert (np.diff(days) >= np.timedelta64(0)).all()
    assert (days.min().item(), days.max().item()) == span or states.get("merged", 0) > 0


def test_the_days_of_a_range_add_up_to_its_whole(liping: Loaded) -> None:
    with transaction(liping.engine) as c:
        span = read_demands.demand_span(c, liping.code)
        assert span is not None
        first, last = span
        middle = first + (last - first) / 2
        parts = [(first, middle), (middle + timedelta(days=1), last)]
        whole = read_demands.demand_totals(c, liping.code, first, last, liping.as_of)
        halves = [read_demands.demand_totals(c, liping.code, *p, liping.as_of) for p in parts]
    for figure in ("received", "accepted", "closed", "rated", "satisfied", "overdue"):
        assert whole[figure] == sum(h[figure] for h in halves)


def test_stations_are_told_by_tier_state_and_category(liping: Loaded) -> None:
    with transaction(liping.engine) as c:
        rows = stations(c, liping.code)
        totals = station_totals(c, liping.code)
        by_category = {r.category: r.stations for r in categories(c, liping.code)}
        party = station_points(c, liping.code, 4545)
        one = station_detail(c, liping.code, rows[0].id)
        with pytest.raises(NotFoundError):
            station_detail(c, "520381", rows[0].id)
    assert sum(t.stations for t in totals) == len(rows)
    of_party = {"service_centre", "service_station", "red_station"}
    is_open = [r for r in rows if r.state == "open"]
    assert {p.id for p in party} == {r.id for r in is_open if of_party & set(r.categories)}
    assert by_category == {
        name: sum(name in r.categories for r in is_open)
        for name in {n for r in is_open for n in r.categories}
    }
    assert one.head.name == rows[0].name


def test_doors_hold_every_household_of_the_policys_measure_once(liping: Loaded) -> None:
    with transaction(liping.engine) as c:
        doors = household_doors(c, liping.code, 4545, "resident")
        none = household_doors(c, liping.code, 4545, "vacant")
    assert doors.households.sum() == 2_672
    assert len(set(doors.id.tolist())) == len(doors.id)
    assert set(none.id.tolist()) <= {
        r.id for r in liping.rows("SELECT id FROM building WHERE code LIKE :code || '%'")
    }


def test_a_county_tells_its_bounds_and_an_unknown_one_is_not_found(liping: Loaded) -> None:
    with transaction(liping.engine) as c:
        (row,) = list_counties(c)
        assert row == county(c, liping.code)
        for ask in (county, query):
            with pytest.raises(NotFoundError, match="999999 is not loaded"):
                ask(c, "999999")
        assert read_elevation(c, "999999") is None
    assert row.bounds is not None
    west, south, east, north = row.bounds
    assert west < east
    assert south < north
    outside = liping.value(
        "SELECT count(*) FROM plan_grid WHERE code LIKE :code || '%'"
        " AND NOT geom @ ST_MakeEnvelope(:w, :s, :e, :n, 4490)",
        w=west - 1e-9,
        s=south - 1e-9,
        e=east + 1e-9,
        n=north + 1e-9,
    )
    assert outside == 0


# ---- writing ----------------------------------------------------------------------------------


def test_removing_a_county_leaves_only_what_stays_on_record(spare_liping: Loaded) -> None:
    from data import tables

    with transaction(spare_liping.engine) as c:
        assert county_exists(c, spare_liping.code)
        assert is_demonstration(c, spare_liping.code)
        delete_county(c, spare_liping.code)
        assert not county_exists(c, spare_liping.code)
    left = {
        table.name: spare_liping.value(f"SELECT count(*) FROM {table.name}")
        for table in tables.metadata.tables.values()
        if table.name != "gate_key"  # the owner's: no county's, and not to be read
    }
    assert {k: v for k, v in left.items() if v} == {}


def test_a_change_raises_the_revision(spare_liping: Loaded) -> None:
    before = spare_liping.query().revision
    with transaction(spare_liping.engine) as c:
        assert touch(c, spare_liping.code) == before + 1
    assert spare_liping.query().revision == before + 1


def test_a_county_loaded_again_never_takes_a_revision_that_it_had(spare_liping: Loaded) -> None:
    # Caches, and browsers for a year, keep what a revision sent: a number must not come twice.
    from dashboard.intake import demonstration

    before = spare_liping.query().revision
    with transaction(spare_liping.engine) as c:
        demonstration.load(c, "liping", silent)
    assert spare_liping.query().revision > before


def test_who_asks_for_a_county_that_is_not_loaded_hears_which_ones_are(
    liping: Loaded, program: Engine
) -> None:
    with transaction(liping.engine) as c, pytest.raises(NotFoundError) as refused:
        county(c, "999999")
    assert str(refused.value) == "county 999999 is not loaded; loaded: 522301 兴义市"
    with transaction(program) as c, pytest.raises(NotFoundError, match="nor any other"):
        query(c, "999999")
