"""Plans in and out: what other programs read, and what comes back."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
import shapely
from docx import Document
from sqlalchemy import text

from data.engine import transaction
from tests.dashboard.pages.planner.conftest import MARK, Planner

pytestmark = pytest.mark.database


def export(planner: Planner, plan: int, kind: str, query: str = "") -> bytes:
    answer = planner.client.get(f"/api/planner/plans/{plan}/export/{kind}{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    # A header goes over the wire as Latin-1; Chinese names are in the second form.
    said = answer.headers["Content-Disposition"].encode("latin-1").decode()
    assert said.startswith("attachment; filename=")
    assert "filename*=UTF-8''%E" in said
    return bytes(answer.data)


def bring(planner: Planner, content: bytes, name: str, status: int = 201, **form: str) -> Any:
    answer = planner.client.post(
        f"/api/planner/{planner.county}/drafts/import",
        data={"file": (io.BytesIO(content), name), "name": "导入", **form},
        headers=MARK,
    )
    assert answer.status_code == status, answer.get_data(as_text=True)[:500]
    return answer.get_json()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.fixture
def drawn(planner: Planner) -> int:
    """A draft that differs from the plan in force by a stroke."""
    draft = planner.draft()
    plot, to = planner.border(draft)
    planner.operate(draft, "brush", 1, plots=[plot], to=to)
    return draft


def test_a_geopackage_is_a_valid_coverage_equal_to_the_community(
    planner: Planner, drawn: int, tmp_path: Path
) -> None:
    path = tmp_path / "plan.gpkg"
    path.write_bytes(export(planner, drawn, "gpkg"))
    layers = {str(name) for name in pyogrio.list_layers(path)[:, 0]}
    assert layers == {"grids", "plots", "communities", "buildings"}
    grids, community = (gpd.read_file(path, layer=n) for n in ("grids", "communities"))
    assert grids.crs.to_epsg() == 4490
    assert shapely.coverage_is_valid(grids.geometry.to_numpy())
    apart = shapely.symmetric_difference(
        shapely.union_all(grids.geometry.to_numpy()), community.geometry.iloc[0]
    )
    assert apart.area < 1e-6 * community.geometry.iloc[0].area
    assert grids["households"].sum() == 2672
    assert (grids["code"].str.len() == 15).all()


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_shapefile_keeps_chinese_names(
    planner: Planner, drawn: int, tmp_path: Path, encoding: str
) -> None:
    content = export(planner, drawn, "shp", f"?encoding={encoding}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
        assert archive.read("plan.cpg").decode().lower() == encoding
    frame = gpd.read_file(tmp_path / "plan.shp")
    assert frame["comm_name"].unique().tolist() == ["栗坪社区"]
    assert frame["households"].sum() == 2672
    assert all(len(name) <= 10 for name in frame.columns)


def test_geojson_is_in_degrees_and_has_text_codes(planner: Planner, drawn: int) -> None:
    read = json.loads(export(planner, drawn, "geojson"))
    assert len(read["features"]) == 12
    assert all(isinstance(f["properties"]["code"], str) for f in read["features"])


@pytest.mark.parametrize("kind", ["csv", "gpkg", "geojson", "shp"])
def test_what_was_exported_comes_back_as_the_same_plan(
    planner: Planner, drawn: int, kind: str
) -> None:
    first = export(planner, drawn, kind)
    name = {"shp": "grids.zip"}.get(kind, f"grids.{kind}")
    made = bring(planner, first, name)
    assert made["report"]["findings"] == []
    assert made["report"]["area_moved_m2"] == 0
    back = made["draft"]["id"]
    # The same buildings lie together, and codes are the same: by most households.
    assert rows_of(export(planner, back, "csv")) == rows_of(export(planner, drawn, "csv"))
    if kind != "csv":
        assert planner.state(back)["assignment"] == planner.state(drawn)["assignment"]


def test_csv_keeps_leading_zeros_and_runs_no_formula(planner: Planner) -> None:
    draft = planner.draft()
    with transaction(planner.loaded.engine) as c:
        building = c.execute(
            text("SELECT min(id) FROM building WHERE code LIKE :code"),
            {"code": f"{planner.county}%"},
        ).scalar_one()
        old = c.execute(
            text("SELECT external_id, name FROM building WHERE id = :id"), {"id": building}
        ).one()
        change = text("UPDATE building SET external_id = :e, name = :n WHERE id = :id")
        c.execute(change, {"e": "007", "n": "=1+1\v", "id": building})
    try:
        (row,) = [
            r for r in rows_of(export(planner, draft, "csv")) if r["building"] == str(building)
        ]
        assert (row["external_id"], row["name"].strip()) == ("007", "'=1+1")
        book = openpyxl.load_workbook(io.BytesIO(export(planner, draft, "xlsx")))
        cells = [c.value for r in book["楼栋清单"].iter_rows() for c in r]
        assert "007" in cells
        assert "'=1+1" in cells
        assert export(planner, draft, "docx")
        assert not any(c.data_type == "f" for r in book["楼栋清单"].iter_rows() for c in r)
    finally:
        with transaction(planner.loaded.engine) as c:
            c.execute(change, {"e": old.external_id, "n": old.name, "id": building})


def test_the_register_names_the_four_bounds_of_every_grid(planner: Planner, drawn: int) -> None:
    book = openpyxl.load_workbook(io.BytesIO(export(planner, drawn, "xlsx")))
    assert book.sheetnames == ["网格划分登记表", "调整前后对照表", "楼栋清单"]
    head, *rows = list(book["网格划分登记表"].iter_rows(min_row=3, values_only=True))
    at = {name: i for i, name in enumerate(head)}
    assert len(rows) == 12
    assert sum(r[at["户数"]] for r in rows) == 2672
    assert all(r[at[f"{side}至"]] for r in rows for side in "东南西北")
    streets = {r["name"] for r in planner.loaded.rows("SELECT DISTINCT name FROM street_edge")}
    assert sum(any(s and s in r[at[f"{side}至"]] for s in streets) for r in rows
               for side in "东南西北") > 12  # fmt: skip
    (balance,) = list(book["调整前后对照表"].iter_rows(min_row=4, values_only=True))
    assert balance[2:6] == (12, 12, 2672, 2672)


def test_the_document_lists_the_buildings_of_each_grid(planner: Planner, drawn: int) -> None:
    paper = Document(io.BytesIO(export(planner, drawn, "docx")))
    listed = rows_of(export(planner, drawn, "csv"))
    # Register, balance, and a table for each grid that has buildings.
    assert len(paper.tables) == 2 + len({r["grid"] for r in listed})
    assert sum(len(t.rows) - 1 for t in paper.tables[2:]) == len(listed)


def pages_of(content: bytes) -> int:
    """Count a PDF's pages, whose objects are packed into streams."""
    found = 0
    # What is packed may end in a carriage return of its own: the stream says where it ends.
    for packed in re.findall(rb"stream\r?\n(.*?)\nendstream", content, re.DOTALL):
        with contextlib.suppress(zlib.error):
            unpacked = zlib.decompressobj().decompress(packed)
            found += len(re.findall(rb"/Type\s*/Page\b", unpacked))
    return found


def test_the_maps_are_a_pdf_with_a_page_for_the_community_and_for_each_grid(
    planner: Planner, drawn: int
) -> None:
    content = export(planner, drawn, "pdf", f"?community={planner.community()}")
    assert content.startswith(b"%PDF-")
    assert pages_of(content) == 1 + 12
    assert pages_of(export(planner, drawn, "pdf")) == 1


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.geojson", "fault"),
        (b"{", "a.geojson", "fault"),
        (b"PK\x03\x04", "a.zip", "fault"),
        (b"building,grid\n1,\n", "a.csv", "fault"),
        (b"building,grid\n1,A\n1,B\n", "a.csv", "fault"),
        (b"building,grid\n99999999,A\n", "a.csv", "no building"),
        (b"name,colour\nx,y\n", "a.csv", "needs the columns"),
        (b"x", "a.exe", "must be one of"),
        (b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
         b'"geometry":{"type":"Point","coordinates":[104.9,25.09]}}]}', "a.geojson", "fault"),
        (b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
         b'{"type":"Polygon","coordinates":[[[9,9],[9.1,9],[9.1,9.1],[9,9]]]}}]}',
         "a.geojson", "no polygon"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_grid_layer_changes_nothing(
    planner: Planner, content: bytes, name: str, said: str
) -> None:
    before = len(planner.get(f"/{planner.county}")["drafts"])
    answer = bring(planner, content, name, 400)
    assert said in answer["error"]
    assert len(planner.get(f"/{planner.county}")["drafts"]) == before


def test_polygons_that_do_not_follow_plots_are_told_with_the_land_that_moved(
    planner: Planner,
) -> None:
    """Two halves of the community's box that overlap in a strip, and leave its north out."""
    (row,) = planner.get(f"/{planner.county}")["communities"]
    west, south, east, north = row["bounds"]
    x, top = (west + east) / 2, south + (north - south) * 0.8
    strip = (east - west) * 0.05
    halves = [shapely.box(west, south, x + strip, top), shapely.box(x - strip, south, east, top)]
    frame = gpd.GeoDataFrame({"code": ["A", "B"]}, geometry=halves, crs=4326)
    made = bring(planner, frame.to_json().encode(), "halves.geojson")
    report = made["report"]
    codes = {f["code"] for f in report["findings"]}
    assert codes == {"plots_cut", "polygons_missing", "polygons_overlap"}
    assert report["area_moved_m2"] > 0
    assert report["overlap_m2"] > 0
    assert report["without_grid_m2"] > 0
    state = planner.state(made["draft"]["id"])
    assert len(state["grids"]) == 2
    assert -1 not in state["assignment"]


def test_one_community_can_be_exported_by_itself(planner: Planner, drawn: int) -> None:
    community = planner.community()
    rows = rows_of(export(planner, drawn, "csv", f"?community={community}"))
    assert len(rows) == 59
    answer = planner.client.get(f"/api/planner/plans/{drawn}/export/csv?community=999999")
    assert answer.status_code == 404
    for query in ("?community=x", "?encoding=latin1"):
        answer = planner.client.get(f"/api/planner/plans/{drawn}/export/csv{query}")
        assert answer.status_code == 400


def renamed(planner: Planner, draft: int) -> tuple[bytes, dict[str, tuple[int, str]]]:
    """Return a draft's layer with the numbers of its grids turned round, and names of their own."""
    frame = gpd.read_file(io.BytesIO(export(planner, draft, "geojson")))
    frame = frame.sort_values("code").reset_index(drop=True)
    home = frame["code"].iloc[0][:12]
    count = len(frame)
    told = {code: (count - at, f"老街{count - at}号片") for at, code in enumerate(frame["code"])}
    frame["code"] = [f"{home}{told[c][0]:03d}" for c in frame["code"]]
    frame["name"] = [f"老街{int(c[-3:])}号片" for c in frame["code"]]
    return frame[["code", "name", "geometry"]].to_json().encode(), told


def test_grids_of_a_file_keep_their_numbers_and_names(planner: Planner, drawn: int) -> None:
    content, told = renamed(planner, drawn)
    before = {r["building"]: r["grid"] for r in rows_of(export(planner, drawn, "csv"))}
    made = bring(planner, content, "旧网格.geojson")["draft"]["id"]
    grids = {g["code"]: g["name"] for g in planner.state(made)["grids"]}
    assert sorted(grids.values()) == sorted(name for _, name in told.values())
    assert all(name == f"老街{int(code[-3:])}号片" for code, name in grids.items())
    after = {r["building"]: r["grid"] for r in rows_of(export(planner, made, "csv"))}
    assert all(int(after[b][-3:]) == told[was][0] for b, was in before.items())


def test_a_table_of_buildings_gives_grids_the_numbers_that_it_says(
    planner: Planner, drawn: int
) -> None:
    rows = rows_of(export(planner, drawn, "csv"))
    last = {g: str(20 - int(g[-3:])) for g in {r["grid"] for r in rows}}
    table = "building,grid\n" + "".join(f"{r['building']},{last[r['grid']]}\n" for r in rows)
    made = bring(planner, table.encode(), "对照.csv")["draft"]["id"]
    after = {r["building"]: r["grid"] for r in rows_of(export(planner, made, "csv"))}
    assert {b: int(g[-3:]) for b, g in after.items()} == {
        r["building"]: int(last[r["grid"]]) for r in rows
    }
