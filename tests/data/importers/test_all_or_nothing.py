"""An import writes all or nothing, once, where it is told."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Connection, Engine

from data.engine import transaction
from data.importers.judging.kind import ImportOptions
from data.importers.run import run_import
from layers.kit.errors import InputError
from tests.data.importers.files import (
    COUNTY,
    SOUTH,
    WEST,
    codes,
    communities,
    done,
    geojson,
    houses,
    load_town,
    number,
    refused,
    rows,
    table,
    write,
)

pytestmark = pytest.mark.database
CASES = Path(__file__).parent / "cases"


def test_a_dry_run_judges_and_writes_nothing(program: Connection, tmp_path: Path) -> None:
    path = write(communities(), tmp_path / "communities.gpkg")
    summary = done(program, "divisions", path, dry_run=True)
    assert summary.rows_read == 2
    assert summary.rows_written == 0
    assert number(program, "division") == number(program, "import_run") == 0


def test_a_failure_while_writing_leaves_nothing_behind(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_town(engine, tmp_path)
    revision = rows(engine, "SELECT revision FROM county")

    def break_off(*args: object, **kwargs: object) -> int:
        raise RuntimeError("the power went out")

    monkeypatch.setattr("data.importers.kinds.buildings.updates.write_counts", break_off)
    with pytest.raises(RuntimeError):
        done(engine, "buildings", houses(tmp_path, {"id": 1, "households": 3}))
    assert number(engine, "building") == number(engine, "building_count") == 0
    assert rows(engine, "SELECT revision FROM county") == revision


def test_the_caller_s_transaction_is_used_when_a_connection_is_given(
    engine: Engine, tmp_path: Path
) -> None:
    path = write(communities(), tmp_path / "communities.gpkg")

    def change_my_mind() -> None:
        with transaction(engine) as c:
            run_import(c, "divisions", path, COUNTY, ImportOptions())
            raise InputError("no, rather not")

    with pytest.raises(InputError):
        change_my_mind()
    assert number(engine, "division") == 0


def test_codes_and_kinds_that_are_none_are_refused(program: Connection, tmp_path: Path) -> None:
    path = write(communities(), tmp_path / "communities.gpkg")
    for county in ("52262", "三穗", "522624001", "52"):
        assert codes(refused(program, "buildings", path, county)) == {"county_code"}
    assert codes(refused(program, "weather", path)) == {"kind_unknown"}
    assert codes(refused(program, "stations", path)) == {"county_missing"}


def test_extracts_replace_a_county_only_when_told(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    path = table(tmp_path / "x.osm", '<osm version="0.6"></osm>')
    assert codes(refused(program, "osm", path)) == {"county_exists"}
    other = "522625"
    assert codes(refused(program, "osm", path, other)) == {"osm_without"}
    assert codes(refused(program, "osm", path, other, crs="gcj02")) == {"osm_has_crs"}
    wrong = table(tmp_path / "x.txt", "no extract")
    assert codes(refused(program, "osm", wrong, other)) == {"osm_suffix"}


def test_a_dry_run_of_a_replacement_says_what_would_be_lost(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    done(program, "buildings", houses(tmp_path, {"id": "a"}, {"id": "b"}))
    extract = CASES / "osm_levels_selfcross_underground.osm"
    summary = done(program, "osm", extract, replace=True, dry_run=True)
    lost = next(f.values for f in summary.findings if f.code == "county_replaced")
    assert (lost["buildings"], lost["plans"], lost["drafts"], lost["demands"]) == (2, 0, 0, 0)
    assert number(program, "building") == 2  # still there


@pytest.mark.real_data
def test_bayreuth_goes_through_whole_and_again(program: Connection, shared_data: Path) -> None:
    folder, county = shared_data / "osm_bayreuth", "094720"
    extract = folder / "north-bayreuth.osm.pbf"
    done(program, "osm", extract, county)
    done(program, "elevation", folder / "bayreuth_srtm.tif", county)
    unknown = "SELECT count(*), count(elevation_m) FROM street_node"
    nodes, known = rows(program, unknown)[0]
    assert known / nodes > 0.999
    done(program, "osm", extract, county, replace=True)
    assert number(program, "building") == 4267
    assert rows(program, "SELECT count(*) FROM division WHERE kind = 'community'") == [(15,)]
    assert rows(program, "SELECT code, measuring_srid FROM county") == [(county, 32632)]
    srid = {r[0] for r in rows(program, "SELECT ST_SRID(geom) FROM street_edge")}
    assert srid == {4490}


def test_frames_with_no_usable_row_left_are_refused(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    path = geojson(tmp_path / "p.geojson", [({"id": 1}, shapely.Point(WEST, SOUTH))])
    findings = refused(program, "buildings", path, skip_faulty_rows=True)
    assert codes(findings) == {"geometry_kind", "file_without_rows"}
    empty = gpd.GeoDataFrame({"code": []}, geometry=[], crs=4490)
    assert codes(refused(program, "divisions", write(empty, tmp_path / "e.gpkg"))) == {
        "file_without_rows"
    }
