"""Files of footprints that come again: new, changed, unchanged, gone; drawings, shapefiles, KML."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
import shapely.affinity
from sqlalchemy import Connection, text

from dashboard.intake.whole import import_whole
from data.importers.judging.kind import ImportOptions
from data.importers.run import ImportSummary, run_import
from layers.buildings.store import EditRequest, save_edit, step
from layers.grids.drafts.making import DraftOrder, make_draft
from layers.grids.drafts.plot_store import PlotStore
from layers.kit.errors import InputError
from tests.layers.buildings.conftest import DRAFTS, NEWEST_PLOTS, STANDING, Desk
from tests.layers.buildings.test_properties import Town, check_drafts, check_plots

DEGREE = 1e-4  # about 10 m


@pytest.fixture
def c(desk: Desk) -> Any:
    with desk.loaded.engine.connect() as connection:
        yield connection
        connection.rollback()


def run(c: Connection, desk: Desk, path: Path, **options: Any) -> ImportSummary:
    options.setdefault("source", "survey")
    given = ImportOptions(made_by="甲", **options)
    return import_whole(c, "buildings", path, desk.county, given, lambda _: None)[0]


def all_of(c: Connection, sql: str) -> list[Any]:
    return [dict(r) for r in c.execute(text(sql)).mappings()]


def places(desk: Desk, count: int) -> list[Any]:
    """Return small squares in degrees beside each other on free land."""
    square = shapely.geometry.shape(desk.geojson(desk.free_place()))
    x, y = square.bounds[:2]
    side = DEGREE * 0.3
    return [shapely.box(x + n * side * 1.2, y, x + n * side * 1.2 + side, y + side)
            for n in range(count)]  # fmt: skip


def houses(path: Path, rows: list[dict[str, Any]], shapes: list[Any], **how: Any) -> Path:
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=4326)
    frame.to_file(path, engine="pyogrio", **how)
    return path


def test_the_same_file_twice_changes_nothing(c: Connection, desk: Desk, tmp_path: Path) -> None:
    rows = [{"id": f"S{n}", "name": f"测{n}", "levels": n + 1, "resident": n} for n in range(3)]
    path = houses(tmp_path / "h.gpkg", rows, places(desk, 3))
    first = run(c, desk, path)
    assert first.changes is not None
    assert first.changes.counts == {"new": 3, "changed": 0, "unchanged": 0, "gone": 0}
    before = all_of(c, STANDING), all_of(c, NEWEST_PLOTS)
    again = run(c, desk, path)
    assert again.changes is not None
    assert again.changes.counts == {"new": 0, "changed": 0, "unchanged": 3, "gone": 0}
    assert again.rows_written == 0
    assert (all_of(c, STANDING), all_of(c, NEWEST_PLOTS)) == before


def test_buildings_without_ids_are_found_again_by_their_place(
    c: Connection, desk: Desk, tmp_path: Path
) -> None:
    path = houses(tmp_path / "h.geojson", [{"name": "甲"}, {"name": "乙"}], places(desk, 2))
    assert run(c, desk, path).rows_written == 2
    assert run(c, desk, path).rows_written == 0


def test_known_ids_update_plots_and_drafts_follow_and_it_is_taken_back(
    c: Connection, desk: Desk, tmp_path: Path
) -> None:
    make_draft(c, PlotStore(), desk.county, DraftOrder("草案", "甲", "in_force"))
    rows = [{"id": f"S{n}", "name": f"测{n}", "resident": 5} for n in range(3)]
    shapes = places(desk, 4)
    run(c, desk, houses(tmp_path / "a.gpkg", rows, shapes[:3]))
    town = Town(c, desk)
    held, stood = town.households(), all_of(c, STANDING)
    drafts = all_of(c, DRAFTS)
    # S0 gets a name and one household more, S1 moves, S2 is not in the file, S3 is new.
    later = [
        {"id": "S0", "name": "新名", "resident": 6},
        {"id": "S1", "name": "测1", "resident": 5},
        {"id": "S3", "name": "测3", "resident": 7},
    ]
    moved = shapely.affinity.translate(shapes[1], 0, DEGREE / 2)
    path = houses(tmp_path / "b.gpkg", later, [shapes[0], moved, shapes[3]])
    told = run(c, desk, path, dry_run=True)
    assert told.changes is not None
    assert told.changes.counts == {"new": 1, "changed": 2, "unchanged": 0, "gone": 1}
    assert all_of(c, STANDING) == stood
    assert run(c, desk, path).rows_written == 3
    assert town.households() == held + 1 + 7
    check_plots(town)
    check_drafts(town)
    step(c, desk.county, "甲", redo=False)
    same = ("id", "code", "name", "geometry", "aliases", "addresses", "lives")
    assert [[r[k] for k in same] for r in all_of(c, STANDING)] == [
        [r[k] for k in same] for r in stood
    ]
    places_of = [{k: r[k] for k in ("geometry", "grid_id")} for r in all_of(c, DRAFTS)]
    assert places_of == [{k: r[k] for k in ("geometry", "grid_id")} for r in drafts]


def test_what_people_ruled_stays_and_what_ended_here_does_not_come_back(
    c: Connection, desk: Desk, tmp_path: Path
) -> None:
    rows = [
        {"id": "S0", "name": "甲", "aliases": "老甲"},
        {"id": "S1", "name": "乙", "aliases": None},
    ]
    path = houses(tmp_path / "a.gpkg", rows, places(desk, 2))
    run(c, desk, path)
    one, other = (r["id"] for r in all_of(c, STANDING)[-2:])
    values = {"aliases": ["老甲", "裁定的名"]}
    save_edit(c, desk.county, EditRequest("attributes", "乙", (one,), values=values))
    save_edit(c, desk.county, EditRequest("remove", "乙", (other,)))
    again = run(c, desk, path)
    assert again.rows_written == 0
    assert [(f.code, f.row) for f in again.findings if f.code == "building_ended"] == [
        ("building_ended", 2)
    ]
    (row,) = [r for r in all_of(c, STANDING) if r["id"] == one]
    assert row["aliases"] == ["老甲", "裁定的名"]


DXF = """0
SECTION
2
HEADER
9
$ACADVER
1
AC1015
9
$DWGCODEPAGE
3
ANSI_936
0
ENDSEC
0
SECTION
2
ENTITIES
{entities}0
ENDSEC
0
EOF
"""


def polyline(layer: str, xy: list[tuple[float, float]], *, closed: bool) -> str:
    corners = "".join(f"10\n{x!r}\n20\n{y!r}\n" for x, y in xy)
    return f"0\nLWPOLYLINE\n8\n{layer}\n90\n{len(xy)}\n70\n{int(closed)}\n{corners}"


def test_a_drawing_gives_its_closed_lines_by_layer(
    c: Connection, desk: Desk, tmp_path: Path
) -> None:
    square = desk.free_place()
    x, y = (round(v) for v in square.bounds[:2])
    one = [(x, y), (x + 4, y), (x + 4, y + 4), (x, y + 4)]
    by_hand = [(x + 6.0, y), (x + 10, y), (x + 10, y + 4), (x + 6, y + 4), (x + 6.004, y + 0.004)]
    entities = (
        polyline("JMD", one, closed=True)
        + polyline("JMD", by_hand, closed=False)  # 5 mm from closed: 4√2 mm
        + polyline("JMD", [(x, y + 9), (x + 5, y + 9)], closed=False)
        + polyline("ROAD", [(x, y + 6), (x + 9, y + 6), (x + 9, y + 8)], closed=True)
    )
    path = tmp_path / "town.dxf"
    path.write_text(DXF.format(entities=entities), encoding="gbk")
    crs = f"EPSG:{desk.srid}"
    with pytest.raises(InputError) as refused:
        run(c, desk, path, crs=crs)
    (finding,) = refused.value.findings
    assert finding.code == "drawing_layers"
    assert "JMD (2)" in finding.values["layers"]
    with pytest.raises(InputError):
        run(c, desk, path, layer="JMD")  # no reference system
    summary = run(c, desk, path, crs=crs, layer="JMD")
    assert summary.rows_written == 2
    (note,) = [n for n in summary.notes if n.code == "note.drawing_left_out"]
    assert note.values["rows"] == 2
    areas = sorted(desk_area(c, desk))
    assert areas == pytest.approx([16.0, 16.0], abs=0.05)


def desk_area(c: Connection, desk: Desk) -> list[float]:
    rows = c.execute(
        text(
            """
            SELECT ST_Area(ST_Transform(geom, CAST(:srid AS integer))) AS a FROM building
            WHERE source = 'survey' AND valid_to IS NULL
            """
        ),
        {"srid": desk.srid},
    )
    return [float(r.a) for r in rows]


def test_a_zipped_shapefile_in_gbk_without_a_code_page(
    c: Connection, desk: Desk, tmp_path: Path
) -> None:
    rows = [{"编号": "S1", "名称": "彩虹楼", "层数": 6}]
    folder = tmp_path / "shp"
    folder.mkdir()
    houses(folder / "楼栋.shp", rows, places(desk, 1), encoding="GBK")
    (folder / "楼栋.cpg").unlink()
    path = tmp_path / "shape.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    run(c, desk, path)
    row = all_of(c, STANDING)[-1]
    assert (row["external_id"], row["name"], row["levels"]) == ("S1", "彩虹楼", 6)


def test_kml_footprints_come_with_their_names(c: Connection, desk: Desk, tmp_path: Path) -> None:
    (square,) = places(desk, 1)
    corners = " ".join(f"{x!r},{y!r},0" for x, y in square.exterior.coords)
    path = tmp_path / "h.kml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        "<Document><Placemark><name>岗亭</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{corners}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document>"
        "</kml>",
        encoding="utf-8",
    )
    run(c, desk, path)
    assert all_of(c, STANDING)[-1]["name"] == "岗亭"


def test_a_first_import_is_not_an_edit_that_undo_takes_back(
    c: Connection, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.importers.kinds.buildings.updates.MOST_LOGGED", 1)
    path = houses(tmp_path / "h.gpkg", [{"id": "1"}, {"id": "2"}], places(desk, 2))
    run_import(c, "buildings", path, desk.county, ImportOptions(made_by="丙"))
    with pytest.raises(InputError):
        step(c, desk.county, "丙", redo=False)


def test_a_new_footprint_over_a_standing_building_is_told(
    c: Connection, desk: Desk, tmp_path: Path
) -> None:
    place = places(desk, 2)
    run(c, desk, houses(tmp_path / "a.gpkg", [{"id": "A1", "name": "甲楼"}], place[:1]))
    # Another office's file: the same house half its width to the side, and one on free ground.
    beside = shapely.affinity.translate(place[0], DEGREE * 0.15)
    beside = beside.intersection(place[0])
    rows = [{"id": "B1", "name": "乙楼"}, {"id": "B2", "name": "丙楼"}]
    told = run(
        c, desk, houses(tmp_path / "b.gpkg", rows, [beside, place[1]]), source="other office"
    ).findings
    (over,) = [f for f in told if f.code == "building_overlaps"]
    assert (over.row, over.severity, over.values["other"]) == (1, "warning", "甲楼")
    # Half of a square of 3.3 m by 2.9 m is some 4 or 5 m².
    assert 3 <= over.values["m2"] <= 6
