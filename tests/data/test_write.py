"""Writing rows: plain values, geometry, counts as dated snapshots, plans that keep their grids."""

from __future__ import annotations

import dataclasses
from datetime import date, time, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from data import tables
from data.buildings.write import write_counts
from data.divisions.write import division_ids, write_divisions
from data.divisions.write_county import create_county
from data.engine import transaction
from data.ground.read_terrain import read_elevation
from data.ground.write import write_elevation, write_streets
from data.plans.write import StoredTessellation, create_plan, write_plan_community
from data.rows.bulk import column, copy_rows, plain, reserve_ids, stored_geometry
from data.stations.read import household_doors
from data.stations.write import write_stations
from layers.kit.ground.elevation import Elevation
from tests.demonstration import Loaded

COUNTY, SRID, DAY = "522624", 4545, date(2026, 1, 1)


@pytest.mark.parametrize(
    "value", [None, float("nan"), np.nan, pd.NaT, pd.NA, np.float32("nan"), np.datetime64("NaT")]
)
def test_every_way_of_writing_unknown_becomes_none(value: object) -> None:
    assert plain(value) is None


@given(st.one_of(st.integers(-(2**31), 2**31), st.booleans(), st.floats(allow_nan=False)))
def test_known_values_stay_what_they_are_and_become_plain_python(value: object) -> None:
    assert plain(value) is value
    assert plain(np.array([value])[0]) == value
    assert type(plain(np.array([value])[0])) is type(value)


def test_a_missing_column_has_its_default_in_each_row() -> None:
    frame = pd.DataFrame({"a": [1.0, None]})
    assert column(frame, "a", 7) == [1.0, 7]
    assert column(frame, "b", 7) == [7, 7]


def test_geometry_is_stored_as_multi_in_epsg_4490() -> None:
    square = shapely.box(500_000, 2_900_000, 500_100, 2_900_100)
    first, none = stored_geometry([square, None], SRID, multi=True)
    assert none is None
    assert first is not None
    read = shapely.from_wkb(first)
    assert (read.geom_type, shapely.get_srid(read)) == ("MultiPolygon", 4490)
    # Zone 36's 3-degree neighbour 4545 has 108° E at false easting 500 km.
    assert read.bounds[0] == pytest.approx(108.0, abs=1e-6)


@pytest.mark.database
def test_ids_are_fresh_and_a_column_that_is_not_there_is_refused(program: Engine) -> None:
    with transaction(program) as c:
        first, second = reserve_ids(c, tables.plot, 3), reserve_ids(c, tables.plot, 2)
        assert len({*first, *second}) == 5
        assert reserve_ids(c, tables.plot, 0) == []
        with pytest.raises(KeyError, match="organisation has no column nothing"):
            copy_rows(c, tables.organisation, ("code", "nothing"), [])


def _county(c: object) -> None:
    create_county(
        c,  # type: ignore[arg-type]
        code=COUNTY,
        name="三穗县",
        name_en="Sansui",
        measuring_srid=SRID,
        title="三穗",
        title_en="Sansui",
        data_as_of=DAY,
    )


@pytest.mark.database
def test_divisions_are_updated_by_code_and_find_their_parent(program: Engine) -> None:
    box = shapely.box(560_000, 2_980_000, 561_000, 2_981_000)
    frame = gpd.GeoDataFrame(
        {"code": ["522624001001", "522624001"], "name": ["社区", "街道"]},
        geometry=[box, box],
        crs=SRID,
    )
    with transaction(program) as c:
        _county(c)
        first = write_divisions(c, COUNTY, frame, SRID, DAY)
        again = write_divisions(c, COUNTY, frame.assign(name="新名"), SRID, DAY)
        assert first == again == division_ids(c, COUNTY)
        rows = c.execute(
            text(
                "SELECT d.code, d.kind, d.name, p.code AS parent FROM division d"
                " LEFT JOIN division p ON p.id = d.parent_id ORDER BY d.code"
            )
        ).all()
    assert [tuple(r) for r in rows] == [
        ("522624", "county", "三穗县", None),
        ("522624001", "subdistrict", "新名", "522624"),
        ("522624001001", "community", "新名", "522624001"),
    ]


@pytest.mark.database
def test_streets_are_cut_at_shared_vertices_with_heights_every_25_m(program: Engine) -> None:
    # A cross: two streets of 100 m that share their middle → 4 edges of 50 m, 5 nodes.
    x, y = 560_000.0, 2_980_000.0
    east = shapely.LineString([(x, y), (x + 50, y), (x + 100, y)])
    north = shapely.LineString([(x + 50, y - 50), (x + 50, y), (x + 50, y + 50)])
    frame = gpd.GeoDataFrame(
        {"class": ["street", "lane"], "name": ["大街", None]}, geometry=[east, north], crs=SRID
    )
    # Rising 1 m in each metre to the east.
    heights = np.tile(np.arange(40, dtype=np.float32) * 10, (40, 1))
    terrain = Elevation(heights, x - 105, y + 200, 10.0, 10.0, SRID, "t")
    with transaction(program) as c:
        _county(c)
        write_elevation(c, COUNTY, terrain)
        assert write_streets(c, COUNTY, frame, SRID, terrain) == 4
        edges = c.execute(
            text("SELECT class, length_m, elevations_m FROM street_edge ORDER BY class, id")
        ).all()
        assert c.scalar(text("SELECT count(*) FROM street_node")) == 5
        read = read_elevation(c, COUNTY)
    assert read is not None
    assert np.array_equal(read.values, heights)
    assert dataclasses.replace(read, values=heights) == dataclasses.replace(terrain, values=heights)
    assert [round(e.length_m, 6) for e in edges] == [50.0] * 4
    lane, street = edges[0].elevations_m, edges[2].elevations_m
    assert len(street) == 3  # at 0, 25 and 50 m
    assert np.diff(street) == pytest.approx([25, 25], abs=0.02)
    assert np.diff(lane) == pytest.approx([0, 0], abs=0.02)


@pytest.mark.database
def test_a_station_that_closes_at_24_00_closes_at_the_days_last_second(program: Engine) -> None:
    frame = gpd.GeoDataFrame(
        {"name": ["站"], "categories": [["medical"]], "hours": [[(1, "08:30", "24:00")]]},
        geometry=[shapely.Point(560_000, 2_980_000)],
        crs=SRID,
    )
    with transaction(program) as c:
        _county(c)
        (station,) = write_stations(c, COUNTY, frame, SRID, source="t", valid_from=DAY)
        row = c.execute(text("SELECT weekday, opens, closes FROM station_hours")).one()
        state = c.execute(text("SELECT station_id, state, starts_on FROM station_state")).one()
    assert tuple(row) == (1, time(8, 30), time(23, 59, 59))
    assert tuple(state) == (station, "open", DAY)


# ---- counts -----------------------------------------------------------------------------------


def _households(county: Loaded) -> int:
    with transaction(county.engine) as c:
        return int(household_doors(c, county.code, SRID, "resident").households.sum())


@pytest.mark.database
def test_the_newest_count_of_each_building_stands_until_it_is_rolled_back(
    spare_liping: Loaded,
) -> None:
    building = spare_liping.rows(
        "SELECT building_id, value FROM building_count WHERE measure = 'resident' AND value > 5"
        " ORDER BY building_id LIMIT 1"
    )[0]
    counted = pd.DataFrame(
        {
            "building_id": [building["building_id"]],
            "measure": ["resident"],
            "value": [building["value"] + 5],
            "confidence": ["reported"],
        }
    )
    later = spare_liping.as_of + timedelta(days=30)
    with transaction(spare_liping.engine) as c:
        snapshot = write_counts(c, spare_liping.code, counted, effective_on=later, source="月报")
    # One building said 5 more; the 58 others are not in the file and keep what they had.
    assert _households(spare_liping) == 2_672 + 5
    with transaction(spare_liping.engine) as c:
        c.execute(
            text("UPDATE count_snapshot SET rolled_back_at = now() WHERE id = :id"),
            {"id": snapshot},
        )
    assert _households(spare_liping) == 2_672


@pytest.mark.database
def test_an_older_count_that_arrives_later_changes_nothing(spare_liping: Loaded) -> None:
    building = spare_liping.value("SELECT min(building_id) FROM building_count")
    counted = pd.DataFrame(
        {
            "building_id": [building],
            "measure": ["resident"],
            "value": [999],
            "confidence": ["counted"],
        }
    )
    earlier = spare_liping.as_of - timedelta(days=365)
    with transaction(spare_liping.engine) as c:
        write_counts(c, spare_liping.code, counted, effective_on=earlier, source="补报")
    assert _households(spare_liping) == 2_672


# ---- plans ------------------------------------------------------------------------------------


def _stored(county: Loaded) -> tuple[StoredTessellation, gpd.GeoDataFrame, np.ndarray]:
    """The plan in force as frames: its tessellation, grids and assignment."""
    tessellation = county.rows("SELECT id, community_id, code FROM tessellation")[0]
    plots = county.rows("SELECT plot_id, grid_id FROM plan_assignment ORDER BY plot_id")
    rows = county.rows(
        "SELECT grid_id, code, number, name, households, persons, buildings, plots,"
        " ST_AsBinary(ST_Transform(geom, CAST(:srid AS integer))) AS geom"
        " FROM plan_grid ORDER BY grid_id",
        srid=SRID,
    )
    grids = gpd.GeoDataFrame(
        [{k: v for k, v in row.items() if k != "geom"} for row in rows],
        geometry=shapely.from_wkb([bytes(r["geom"]) for r in rows]),
        crs=SRID,
    )
    position = {row["grid_id"]: i for i, row in enumerate(rows)}
    assignment = np.array([position[p["grid_id"]] for p in plots], np.int32)
    ids = tuple(p["plot_id"] for p in plots)
    stored = StoredTessellation(
        tessellation["id"], tessellation["community_id"], tessellation["code"], ids
    )
    return stored, grids, assignment


@pytest.mark.database
def test_a_code_that_stays_names_the_same_grid_and_a_new_one_a_new_grid(
    spare_liping: Loaded,
) -> None:
    stored, grids, assignment = _stored(spare_liping)
    renamed = grids.assign(code=[*grids["code"][:-1], f"{stored.code}999"])
    with transaction(spare_liping.engine) as c:
        plan = create_plan(c, code=spare_liping.code, name="p", stage="草稿", made_by="t")
        ids = write_plan_community(c, plan, stored, renamed, assignment, SRID)
    assert ids[:-1] == grids["grid_id"].tolist()[:-1]
    assert ids[-1] not in grids["grid_id"].tolist()
    assert (
        spare_liping.value("SELECT sum(households) FROM plan_grid WHERE plan_id = :plan", plan=plan)
        == 2_672
    )


@pytest.mark.database
def test_a_plan_that_leaves_a_plot_out_is_refused(spare_liping: Loaded) -> None:
    stored, grids, assignment = _stored(spare_liping)
    with transaction(spare_liping.engine) as c:
        plan = create_plan(c, code=spare_liping.code, name="p", stage="草稿", made_by="t")
        with pytest.raises(ValueError, match="every plot of the community needs exactly one grid"):
            write_plan_community(c, plan, stored, grids, assignment[:-1], SRID)
    written = "SELECT count(*) FROM plan_grid WHERE plan_id = :plan"
    assert spare_liping.value(written, plan=plan) == 0
