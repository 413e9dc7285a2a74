"""Old grids in files as counties have them, and files that are none."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import Connection, text

from data.cases import read
from data.importers.judging.kind import ImportOptions
from data.importers.run import run_import
from layers.kit.crs import wgs84_to_gcj02
from layers.kit.errors import InputError
from tests.demonstration import Loaded
from tests.layers.grids.cases.messy import messy, write

pytestmark = pytest.mark.database
Bring = Callable[..., Any]


def cases_of(c: Connection, head: Any) -> list[tuple[Any, ...]]:
    return [(r.building_id, r.kind, r.proposal) for r in read.standing(c, head.id)]


def counted(c: Connection) -> tuple[int, ...]:
    tables = ("case_set", "case_claimant", "case_item", "plan", "import_run")
    return tuple(c.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in tables)


def test_a_zipped_shapefile_in_gbk_without_cpg_keeps_its_names(
    c: Connection, own_grids: gpd.GeoDataFrame, bring: Bring, tmp_path: Path
) -> None:
    frame = messy(own_grids, 7)
    expected = cases_of(c, bring(frame))
    path = write(frame, tmp_path / "old.shp", 4490, encoding="GBK")
    (tmp_path / "old.cpg").unlink()
    packed = tmp_path / "旧网格.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in tmp_path.glob("old.*"):
            archive.write(part, part.name)
    assert path.exists()
    head = bring(packed)
    names = set(read.claimants(c, head.id, 4490)["name"])
    assert names < set(own_grids["name"])
    assert cases_of(c, head) == expected


def test_gcj02_is_undone(
    c: Connection, own_grids: gpd.GeoDataFrame, bring: Bring, tmp_path: Path
) -> None:
    frame = messy(own_grids, 7)
    expected = cases_of(c, bring(frame))
    degrees = frame.to_crs(4326)

    def shift(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(wgs84_to_gcj02(xy[:, 0], xy[:, 1]))

    shifted = degrees.set_geometry(shapely.transform(degrees.geometry.to_numpy(), shift), crs=4326)
    path = write(shifted, tmp_path / "web.geojson", 4326)
    assert cases_of(c, bring(path, crs="gcj02")) == expected
    # Read as it declares itself, it lies some hundred metres off: other cases.
    assert cases_of(c, bring(path)) != expected


def test_slivers_other_towns_and_crossed_rings_are_named_and_left_out_or_mended(
    c: Connection, town: Loaded, own_grids: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    frame = messy(own_grids, 7)
    west, south, *_ = frame.geometry.iloc[0].bounds
    bow = shapely.Polygon(
        [(west, south), (west + 30, south + 30), (west + 30, south), (west, south + 30)]
    )
    frame.loc[len(frame)] = ["bow", None, bow]
    path = write(frame, tmp_path / "old.gpkg", 4490)
    done = run_import(c, "grids", path, town.code, ImportOptions())
    said = {(f.code, f.row) for f in done.findings}
    assert {("grid_sliver", 12), ("grid_elsewhere", 13), ("geometry_repaired", 14)} <= said
    (head,) = read.case_sets(c, town.code)
    assert set(read.claimants(c, head.id, 4490)["label"]) == {*frame["code"][:11], "bow"}


def test_pieces_of_one_code_are_one_grid(
    c: Connection, own_grids: gpd.GeoDataFrame, bring: Bring
) -> None:
    halves = own_grids.copy()
    whole = halves.geometry.iloc[0]
    west, south, east, north = whole.bounds
    middle = (west + east) / 2
    halves.loc[0, "geometry"] = whole.intersection(shapely.box(west, south, middle, north))
    other = whole.intersection(shapely.box(middle, south, east, north))
    halves.loc[len(halves)] = [halves["code"].iloc[0], halves["name"].iloc[0], other]
    head = bring(halves)
    assert len(read.claimants(c, head.id, 4490)) == 12
    assert head.cases == 0


def geojson(*shapes: str) -> bytes:
    features = ",".join(
        f'{{"type":"Feature","properties":{{}},"geometry":{shape}}}' for shape in shapes
    )
    return f'{{"type":"FeatureCollection","features":[{features}]}}'.encode()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.geojson", b"", "file_empty"),
        ("a.geojson", b"{", "json_broken"),
        ("a.zip", b"PK\x03\x04", "file_unreadable"),
        ("a.geojson", geojson('{"type":"Point","coordinates":[104.9,25.09]}'), "geometry_kind"),
        (
            "a.geojson",
            geojson('{"type":"Polygon","coordinates":[[[9,9],[9.1,9],[9.1,9.1],[9,9]]]}'),
            "all_elsewhere",
        ),
        (
            "a.geojson",
            geojson(
                '{"type":"Polygon","coordinates":'
                "[[[25.08,104.89],[25.1,104.89],[25.1,104.91],[25.08,104.89]]]}"
            ),
            "axes_swapped",
        ),
    ],
)
def test_a_file_that_is_no_layer_of_this_county_changes_nothing(
    c: Connection, town: Loaded, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    before = counted(c)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as refused:
        run_import(c, "grids", tmp_path / name, town.code, ImportOptions())
    assert code in {f.code for f in refused.value.findings}
    assert counted(c) == before


def test_a_code_that_a_spreadsheet_spoiled_is_a_fault_with_its_row(
    c: Connection, town: Loaded, own_grids: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    frame = own_grids.copy()
    frame.loc[3, "code"] = "5.22301E+14"
    path = write(frame, tmp_path / "old.gpkg", 4490)
    with pytest.raises(InputError) as refused:
        run_import(c, "grids", path, town.code, ImportOptions())
    assert [(f.code, f.row) for f in refused.value.findings if f.severity == "error"] == [
        ("code_scientific", 4)
    ]


def test_a_shapefile_without_prj_asks_for_the_crs(
    c: Connection, town: Loaded, own_grids: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    write(own_grids, tmp_path / "old.shp", 4490)
    packed = tmp_path / "old.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in tmp_path.glob("old.*"):
            if part.suffix in (".shp", ".shx", ".dbf"):
                archive.write(part, part.name)
    with pytest.raises(InputError) as refused:
        run_import(c, "grids", packed, town.code, ImportOptions())
    assert {f.code for f in refused.value.findings} == {"crs_missing"}
    done = run_import(c, "grids", packed, town.code, ImportOptions(crs="EPSG:4490"))
    assert done.counts == {"grid_polygons": 12}


def test_a_zip_bomb_is_refused(c: Connection, town: Loaded, tmp_path: Path) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", b" " * 60_000_000)
    (tmp_path / "a.zip").write_bytes(body.getvalue())
    with pytest.raises(InputError) as refused:
        run_import(c, "grids", tmp_path / "a.zip", town.code, ImportOptions())
    assert {f.code for f in refused.value.findings} == {"zip_too_big"}


@pytest.mark.real_data
def test_bad_geojson_is_refused_or_read_and_never_a_traceback(
    c: Connection, town: Loaded, shared_data: Path
) -> None:
    files = sorted((shared_data / "geojson_lint" / "bad").glob("*.geojson"))
    assert len(files) > 10
    before = counted(c)
    for path in files:
        with pytest.raises(InputError) as refused:
            run_import(c, "grids", path, town.code, ImportOptions())
        assert refused.value.findings, path.name
    assert counted(c) == before
