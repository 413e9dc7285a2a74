"""Whole imports into a real PostGIS: what is stored, and that a bad file changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from sqlalchemy import Connection

from tests.data.importers.files import (
    COUNTY,
    SOUTH,
    STEP,
    WEST,
    codes,
    communities,
    done,
    geojson,
    houses,
    load_town,
    number,
    raster,
    refused,
    rows,
    square,
    table,
    write,
)

pytestmark = pytest.mark.database
CRS = {"crs": "EPSG:4490"}


# -- divisions


def test_communities_make_county_and_subdistrict(program: Connection, tmp_path: Path) -> None:
    path = write(communities(), tmp_path / "communities.gpkg")
    summary = done(program, "divisions", path, name="三穗县")
    assert summary.counts == {"community": 2, "subdistrict": 1, "county": 1}
    assert "fallback.parents_made" in {n.code for n in summary.notes}
    county = "SELECT code, name, measuring_srid FROM county JOIN division USING (code)"
    assert rows(program, county) == [(COUNTY, "三穗县", 4545)]
    stored = rows(
        program,
        "SELECT d.code, d.kind, p.code FROM division d LEFT JOIN division p ON p.id = d.parent_id "
        "ORDER BY d.code",
    )
    assert stored == [
        (COUNTY, "county", None),
        (f"{COUNTY}001", "subdistrict", COUNTY),
        (f"{COUNTY}001001", "community", f"{COUNTY}001"),
        (f"{COUNTY}001002", "community", f"{COUNTY}001"),
    ]
    run = "SELECT code, kind, file_name, sha256, rows_read, rows_written FROM import_run"
    assert rows(program, run) == [(COUNTY, "divisions", "communities.gpkg", summary.sha256, 2, 4)]


def test_divisions_again_replace_borders_by_code(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    frame = communities()
    frame["name"] = ["新东门", "西门社区"]
    done(program, "divisions", write(frame, tmp_path / "again.gpkg"))
    assert number(program, "division") == 4
    assert (f"{COUNTY}001001", "新东门") in rows(program, "SELECT code, name FROM division")


def test_overlaps_doubles_and_foreign_codes_are_listed_together(
    program: Connection, tmp_path: Path
) -> None:
    frame = communities()
    frame.loc[2] = ["522624001002", "再来一次", square(WEST, SOUTH, 0.001)]
    frame.loc[3] = ["520111001001", "别县", shapely.box(109, 27, 109.01, 27.01)]
    frame.loc[4] = ["522624001001001", "网格", shapely.box(109, 28, 109.01, 28.01)]
    frame.loc[5] = ["5.22624E+11", "坏代码", shapely.box(109, 29, 109.01, 29.01)]
    findings = refused(program, "divisions", write(frame, tmp_path / "bad.gpkg"))
    assert {(f.row, f.code) for f in findings if f.severity == "error"} == {
        (3, "value_repeated"),
        (3, "divisions_overlap"),
        (4, "code_outside_scope"),
        (5, "code_is_grid"),
        (6, "code_scientific"),
    }
    # 0.001° × 0.001° at 26.94°: 111.32² m² × cos(26.94°) = 11,047 m²
    overlap = next(f for f in findings if f.code == "divisions_overlap")
    assert overlap.values["area_m2"] == pytest.approx(11_047, rel=0.01)
    assert number(program, "division") == number(program, "county") == 0


@pytest.mark.real_data
def test_guizhou_s_counties_land_where_they_belong(program: Connection, shared_data: Path) -> None:
    path = shared_data / "guizhou_counties" / "guizhou_counties_merged_gcj02.geojson"
    summary = done(program, "divisions", path, "52", crs="gcj02")
    assert summary.counts == {"county": 88}
    # 三穗's county seat (WGS84, published vectors) and where GCJ-02 would have put it
    inside = rows(
        program,
        "SELECT code FROM division WHERE "
        "ST_Contains(geom, ST_SetSRID(ST_Point(108.675267, 26.952967), 4490))",
    )
    assert inside == [("522624",)]
    stored = rows(program, "SELECT ST_AsBinary(geom) FROM division WHERE kind = 'county'")
    areas = shapely.from_wkb([bytes(r[0]) for r in stored])
    assert shapely.coverage_is_valid(areas)
    zones = dict(rows(program, "SELECT measuring_srid, count(*) FROM county GROUP BY 1"))
    assert zones.keys() == {4544, 4545}
    assert zones[4544] + zones[4545] == 88


# -- buildings


def test_buildings_get_communities_estates_and_counts(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    path = houses(
        tmp_path,
        {
            "编号": "A-01",
            "户数": 12,
            "层数": 6,
            "小区": "彩虹小区",
            "用途": "住宅",
            "persons": None,
        },
        {"编号": "A-02", "户数": None, "层数": 6, "小区": "彩虹小区", "用途": None, "persons": 30},
        {"编号": "007", "户数": 0, "层数": 1, "小区": None, "用途": "商住", "persons": 0},
    )
    summary = done(program, "buildings", path)
    assert summary.counts == {"buildings": 3, "counts": 4, "estates": 1}
    stored = rows(
        program,
        "SELECT external_id, code, levels, use, estate_id IS NOT NULL FROM building ORDER BY id",
    )
    assert stored == [
        ("A-01", f"{COUNTY}001001", 6, "dwelling", True),
        ("A-02", f"{COUNTY}001001", 6, "dwelling", True),
        ("007", f"{COUNTY}001001", 1, "mixed", False),
    ]
    counted = rows(
        program,
        "SELECT b.external_id, c.measure, c.value, c.confidence FROM building_count c "
        "JOIN building b ON b.id = c.building_id ORDER BY b.id, c.measure",
    )
    assert counted == [  # an empty cell is unknown, 0 is counted
        ("A-01", "resident", 12, "reported"),
        ("A-02", "persons", 30, "reported"),
        ("007", "persons", 0, "reported"),
        ("007", "resident", 0, "reported"),
    ]


def test_a_building_on_a_border_belongs_to_the_larger_share(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    border = WEST + STEP
    path = geojson(
        tmp_path / "b.geojson",
        [
            (
                {"id": "w"},
                shapely.box(border - 0.0003, SOUTH + 0.001, border + 0.0001, SOUTH + 0.002),
            ),
            (
                {"id": "e"},
                shapely.box(border - 0.0001, SOUTH + 0.004, border + 0.0003, SOUTH + 0.005),
            ),
        ],
    )
    done(program, "buildings", path)
    assert rows(program, "SELECT external_id, code FROM building ORDER BY id") == [
        ("w", f"{COUNTY}001001"),
        ("e", f"{COUNTY}001002"),
    ]


def test_half_a_file_elsewhere_is_refused_whole(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    shapes = [square(WEST + east, SOUTH + 0.001) for east in (0.001, 1.0, 0.005)]
    path = geojson(tmp_path / "half.geojson", [({"id": n}, s) for n, s in enumerate(shapes)])
    findings = refused(program, "buildings", path)
    assert [(f.row, f.code) for f in findings] == [(2, "outside_county")]
    assert number(program, "building") == 0
    assert len(rows(program, "SELECT 1 FROM import_run WHERE kind = 'buildings'")) == 0
    summary = done(program, "buildings", path, skip_faulty_rows=True)
    assert summary.rows_written == 2
    assert "note.rows_left_out" in {n.code for n in summary.notes}


def test_buildings_without_a_county_make_one_community_around_them(
    program: Connection, tmp_path: Path
) -> None:
    summary = done(program, "buildings", houses(tmp_path, {"id": 1}, {"id": 2}), name="三穗县")
    assert {"fallback.hull_community", "note.counts_absent"} <= {n.code for n in summary.notes}
    assert rows(program, "SELECT code, is_temporary FROM division ORDER BY code") == [
        (COUNTY, False),
        (f"{COUNTY}001", True),
        (f"{COUNTY}001001", True),
    ]
    assert rows(program, "SELECT fallbacks -> 0 ->> 'code' FROM county") == [
        ("fallback.hull_community",)
    ]
    inside = rows(
        program,
        "SELECT bool_and(ST_Contains(d.geom, b.geom)) FROM building b, division d "
        "WHERE d.kind = 'community'",
    )
    assert inside == [(True,)]


def test_doubled_ids_are_refused(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    done(program, "buildings", houses(tmp_path, {"id": "1"}))
    path = houses(tmp_path, {"id": "1"}, {"id": "2"}, {"id": "2"}, name="more.geojson")
    findings = refused(program, "buildings", path)
    assert {(f.row, f.code) for f in findings} == {(3, "value_repeated")}
    assert number(program, "building") == 1
    done(program, "buildings", houses(tmp_path, {"id": "1"}, name="o.geojson"), source="survey")
    assert number(program, "building") == 2


# -- stations, demands, streets


def test_stations_keep_category_tier_state_and_hours(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    path = table(
        tmp_path / "s.csv",
        "名称,类别,层级,状态,开放时间,lon,lat",
        "东门党群服务站,党群服务站,社区,开放,08:30-17:30,108.665,26.945",
        "卫生院,医疗;药店,,暂停,看情况,108.675,26.945",
    )
    summary = done(program, "stations", path, **CRS)
    assert [(f.row, f.code) for f in summary.findings] == [(2, "hours_not_understood")]
    assert rows(program, "SELECT name, categories, tier, state, code FROM station ORDER BY id") == [
        ("东门党群服务站", ["service_station"], "community", "open", f"{COUNTY}001001"),
        ("卫生院", ["medical", "pharmacy"], None, "suspended", f"{COUNTY}001002"),
    ]
    assert number(program, "station_hours") == 7


def test_demands_keep_history_and_may_have_no_place(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    path = table(
        tmp_path / "d.csv",
        "工单号,类别,状态,受理时间,办结时间,x,y",
        "1,噪声,已办结,2024-03-05 08:00,2024-03-06 08:00,108.665,26.945",
        "2,照明,办理中,2024/3/7 9:00,,0,0",
    )
    summary = done(program, "demands", path, **CRS)
    assert summary.counts == {"demands": 2, "open": 1, "without_place": 1}
    stored = rows(
        program,
        "SELECT external_id, title, state, received_at AT TIME ZONE 'UTC', code, geom IS NULL "
        "FROM demand ORDER BY id",
    )
    assert [(*r[:3], str(r[3]), *r[4:]) for r in stored] == [  # 08:00 in Beijing is 00:00 UTC
        ("1", "噪声", "closed", "2024-03-05 00:00:00", f"{COUNTY}001001", False),
        ("2", "照明", "handling", "2024-03-07 01:00:00", COUNTY, True),
    ]
    steps = rows(
        program,
        "SELECT to_step FROM demand_event "
        "WHERE NOT payload ? 'time_unknown' ORDER BY demand_id, seq",
    )
    assert steps == [("received",), ("closed",), ("received",)]


@pytest.mark.real_data
def test_san_francisco_s_ledger_is_judged_row_by_row(
    program: Connection, tmp_path: Path, shared_data: Path
) -> None:
    folder = shared_data / "sanfrancisco"
    county = "060750"
    assert codes(refused(program, "buildings", folder / "blockgroups.shp", county)) == {
        "crs_missing"
    }
    mapping = {"external_id": "BKG_KEY", "resident": "households"}
    blocks = {"crs": "EPSG:4326", "columns": mapping, "name": "San Francisco"}
    done(program, "buildings", folder / "blockgroups.shp", county, **blocks)
    assert rows(program, "SELECT measuring_srid FROM county") == [(32610,)]
    assert rows(
        program, "SELECT measure, sum(value) FROM building_count GROUP BY 1 ORDER BY 1"
    ) == [
        ("resident", 332_955),
        ("vacant", 23_902),  # a column of this name is in the file
    ]
    columns = {
        "external_id": "unique_key", "received_at": "created_date", "closed_at": "closed_date",
        "title": "complaint_type", "channel": "source", "lon": "longitude", "lat": "latitude",
    }  # fmt: skip
    ledger = folder / "sf_311_10000.csv"
    options = {"crs": "EPSG:4326", "columns": columns}
    findings = refused(program, "demands", ledger, county, **options)
    assert sum(f.code == "closed_before_received" for f in findings) == 17
    assert sum(f.code == "coordinates_zero" for f in findings) == 4264
    assert number(program, "demand") == 0
    summary = done(program, "demands", ledger, county, skip_faulty_rows=True, **options)
    assert summary.counts == {"demands": 9983, "open": 370, "without_place": 4264}


def test_streets_connect_at_shared_vertices_and_get_heights(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    done(program, "elevation", raster(tmp_path / "dem.tif"))
    y = SOUTH + 0.005
    street = shapely.LineString([(WEST + 0.001, y), (WEST + 0.003, y), (WEST + 0.005, y)])
    steps = shapely.LineString([(WEST + 0.003, y), (WEST + 0.003, y + 0.002)])
    path = geojson(
        tmp_path / "s.geojson",
        [({"highway": "residential"}, street), ({"highway": "steps"}, steps)],
    )
    summary = done(program, "streets", path)
    assert summary.rows_written == 3  # the first is cut where the second meets it
    assert number(program, "street_node") == 4
    heights = rows(program, "SELECT elevation_m FROM street_node ORDER BY ST_X(geom), ST_Y(geom)")
    # cells of 0.001° from WEST - 0.03, centre of column n at (n + 0.5): x + 0.003 is column 32.5
    assert heights[1][0] == pytest.approx(500 + 32.5, abs=0.05)
    assert heights[0][0] == pytest.approx(500 + 30.5, abs=0.05)


# -- elevation


def test_heights_are_clipped_and_refresh_the_streets(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    line = shapely.LineString([(WEST + 0.001, SOUTH), (WEST + 0.005, SOUTH)])
    done(program, "streets", geojson(tmp_path / "s.geojson", [({"class": "street"}, line)]))
    assert rows(program, "SELECT count(elevation_m) FROM street_node") == [(0,)]
    done(program, "elevation", raster(tmp_path / "dem.tif"))
    assert rows(program, "SELECT count(elevation_m) FROM street_node") == [(2,)]
    srid, columns = rows(program, "SELECT srid, columns FROM elevation")[0]
    assert srid == 4326
    # town 0.02° wide + 2 km (0.0202°) on either side = 0.0604°: 61 or 62 of the 80 columns
    assert columns in (61, 62)


def test_rasters_that_are_no_heights_of_the_county_are_refused(
    program: Connection, tmp_path: Path
) -> None:
    assert codes(refused(program, "elevation", raster(tmp_path / "dem.tif"))) == {"county_missing"}
    load_town(program, tmp_path)
    plain = raster(tmp_path / "dem.tif")
    assert codes(refused(program, "elevation", plain, crs="gcj02")) == {"raster_shifted"}
    assert codes(refused(program, "elevation", plain, crs="EPSG:4545")) == {"raster_elsewhere"}
    high = raster(tmp_path / "high.tif", value=50_000)
    assert codes(refused(program, "elevation", high)) == {"raster_not_heights"}
    text = table(tmp_path / "noise.tif", "no raster")
    assert codes(refused(program, "elevation", text)) == {"file_unreadable"}
    assert number(program, "elevation") == 0
