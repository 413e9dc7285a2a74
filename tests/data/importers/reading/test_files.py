"""Reading files: what is refused, what is repaired, and where each row lands."""

import dataclasses
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.importers.reading.columns import Column, choice_of, read_columns
from data.importers.reading.faults import LISTED_MAX, Faults
from data.importers.reading.opening_hours import parse_opening_hours
from data.importers.reading.shapes.vector_file import VectorFile
from data.importers.reading.source_files import check_archive
from layers.kit.errors import InputError
from tests.data.importers.files import communities, placed, read, table


def refusal(path: Path, **options: object) -> set[str]:
    with pytest.raises(InputError) as caught:
        read(path, **options)
    assert caught.value.findings
    return {f.code for f in caught.value.findings if f.severity == "error"}


# -- the file itself


def test_what_is_no_readable_file_is_refused_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.gpkg").touch()
    (tmp_path / "noise.gpkg").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "noise.zip").write_bytes(b"PK\3\4 no archive")
    (tmp_path / "noise.xlsx").write_bytes(b"no workbook")
    assert refusal(tmp_path / "absent.gpkg") == {"file_missing"}
    assert refusal(tmp_path) == {"file_is_folder"}
    assert refusal(tmp_path / "empty.gpkg") == {"file_empty"}
    for name in ("noise.gpkg", "noise.zip", "noise.xlsx"):
        assert refusal(tmp_path / name) == {"file_unreadable"}


def test_a_file_that_only_points_elsewhere_is_refused(tmp_path: Path) -> None:
    vrt = tmp_path / "harmless.gml"
    vrt.write_text("<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>")
    assert refusal(vrt) == {"file_refers"}


def test_archives_are_bounded_before_anything_is_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("town.geojson", b" " * 20_000_000)  # packs about 1:1000
    assert refusal(bomb) == {"zip_too_big"}
    many = tmp_path / "many.zip"
    with zipfile.ZipFile(many, "w") as archive:
        for n in range(1001):
            archive.writestr(f"{n}.txt", "x")
    with pytest.raises(InputError) as caught:
        check_archive(many)
    assert caught.value.findings[0].code == "zip_entries"
    two = tmp_path / "two.zip"
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("a.geojson", "{}")
        archive.writestr("b.geojson", "{}")
    assert refusal(two) == {"zip_contents"}


def test_layers_have_to_be_chosen_when_there_are_several(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    communities().to_file(path, layer="new")
    communities().to_file(path, layer="old")
    assert refusal(path) == {"layer_several"}
    assert refusal(path, layer="older") == {"layer_unknown"}
    assert len(read(path, layer="old")[0].table) == 2


# -- shapefiles


def shapefile(folder: Path, *, encoding: str = "UTF-8", crs: int | None = 4490) -> Path:
    frame = communities().rename(columns={"code": "CODE", "name": "NAME"})
    path = folder / "town.shp"
    frame.set_crs(crs, allow_override=True).to_file(path, encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_chinese_in_a_shapefile_without_cpg_is_read_in_either_encoding(
    tmp_path: Path, encoding: str
) -> None:
    path = shapefile(tmp_path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    assert list(read(path)[0].table["NAME"]) == ["东门社区", "西门社区"]


def test_a_zipped_shapefile_is_read_and_without_prj_needs_crs(tmp_path: Path) -> None:
    shapefile(tmp_path, encoding="GBK")
    packed = tmp_path / "packed.zip"
    for leave_out, name in ((".prj", "no_prj.zip"), (".none", "packed.zip")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for part in tmp_path.glob("town.*"):
                if part.suffix not in (leave_out, ".cpg"):
                    archive.write(part, f"data/{part.name}")
    file, _ = read(packed)
    assert file.source.name == "EPSG:4490"
    assert list(file.table["NAME"]) == ["东门社区", "西门社区"]
    assert refusal(tmp_path / "no_prj.zip") == {"crs_missing"}
    assert len(read(tmp_path / "no_prj.zip", crs="EPSG:4490")[0].table) == 2


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    shapefile(tmp_path)
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:  # stored, so that a byte of the table can be hit
        for part in tmp_path.glob("town.*"):
            if part.suffix != ".cpg":
                archive.write(part, part.name)
    data = bytearray(packed.read_bytes())
    place_of_name = bytes(data).index("东门社区".encode())
    data[place_of_name] ^= 0xFF
    packed.write_bytes(data)
    assert refusal(packed) == {"file_unreadable"}


# -- tables


def test_tables_keep_leading_zeros_and_need_a_crs(tmp_path: Path) -> None:
    lines = ("编号,经度,纬度", "007,108.67,26.95")
    path = table(tmp_path / "t.csv", *lines, encoding="gb18030")
    assert refusal(path) == {"crs_missing"}
    file, _ = read(path, crs="EPSG:4490")
    assert file.table["编号"].tolist() == ["007"]
    assert file.geometry[0].equals(shapely.Point(108.67, 26.95))


def test_a_worksheet_is_read_like_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["code", "lon", "lat"], [520111101000, 108.67, 26.95], ["0700", "108.68", 26.96]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    file, _ = read(tmp_path / "t.xlsx", crs="EPSG:4490")
    assert file.table["code"].tolist() == ["520111101000", "0700"]
    assert shapely.get_x(file.geometry).tolist() == [108.67, 108.68]


def test_every_broken_cell_of_a_table_is_listed_with_its_row(tmp_path: Path) -> None:
    path = table(
        tmp_path / "t.csv", "lon,lat,n", "108.67,26.95,1", "x,26.95,2", "108°40′,26.95,3", "1,2"
    )
    _, faults = read(path, crs="EPSG:4490")
    assert [(f.row, f.code) for f in faults.findings] == [
        (2, "not_a_number"),
        (3, "coordinate_in_minutes"),
        (4, "row_width"),
    ]


def test_a_table_without_coordinates_says_which_columns_it_has(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", "a,b", "1,2")
    with pytest.raises(InputError) as caught:
        read(path, crs="EPSG:4490")
    assert caught.value.findings[0].values["columns"] == "a, b"
    assert read(path, crs="EPSG:4490", columns={"lon": "A", "lat": "b"})[0].geometry[0].x == 1


# -- columns


def values_of(table_lines: list[str], column: Column, mapping=None):
    frame = gpd.pd.DataFrame({"v": table_lines})
    file = VectorFile("f", frame, None, None)  # type: ignore[arg-type]
    faults = Faults("f")
    found = read_columns(file, [column], mapping or {column.name: "V"}, faults)
    return found.get(column.name), faults


def test_codes_lose_padding_and_scientific_notation_is_a_fault() -> None:
    read_, faults = values_of(
        ["520111101000", "520000", "5.20111E+11", "52011", "", "522624001001"],
        Column("code", "code"),
    )
    assert read_ == ["520111101", "52", None, None, None, "522624001001"]
    assert [(f.row, f.code) for f in faults.findings] == [
        (3, "code_scientific"),
        (4, "code_not_valid"),
    ]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-03-05 08:30:01", datetime(2024, 3, 5, 0, 30, 1, tzinfo=UTC)),
        ("2024/3/5 8:30", datetime(2024, 3, 5, 0, 30, tzinfo=UTC)),
        ("2024年3月5日", datetime(2024, 3, 4, 16, tzinfo=UTC)),
        ("20240305", datetime(2024, 3, 4, 16, tzinfo=UTC)),
        ("2024-03-05T08:30:00Z", datetime(2024, 3, 5, 8, 30, tzinfo=UTC)),
        ("2016-07-13 15:11:07+00:00", datetime(2016, 7, 13, 15, 11, 7, tzinfo=UTC)),
    ],
)
def test_times_without_a_zone_are_beijing_s_in_china(written: str, day: datetime) -> None:
    beijing = timezone(timedelta(hours=8))  # 08:30 there is 00:30 UTC
    assert values_of([written], Column("at", "moment", zone=beijing))[0] == [day]


@pytest.mark.parametrize(
    ("kind", "bad", "code"),
    [
        ("moment", "yesterday", "not_a_date"),
        ("moment", "0001-01-01", "not_a_date"),
        ("whole", "2.5", "not_whole"),
        ("whole", "-1", "out_of_range"),
        ("number", "nan", "not_a_number"),
        ("flag", "maybe", "not_a_flag"),
        ("choice", "x", "not_a_choice"),
        ("choices", "a;x", "not_a_choice"),
        ("text", "x" * 2001, "text_too_long"),
    ],
)
def test_a_cell_of_the_wrong_type_is_a_fault_of_its_row(kind: str, bad: str, code: str) -> None:
    column = Column("c", kind, choices=choice_of("a"))
    read_, faults = values_of(["", bad], column)
    assert read_ == [None, None]
    assert [(f.row, f.field, f.code) for f in faults.findings] == [(2, "c", code)]


def test_columns_are_found_without_case_and_mapping_wins() -> None:
    column = Column("households", "whole", ("户数",), required=True)
    frame = gpd.pd.DataFrame({"HOUSEHOLDS": ["1"], "户数": ["2"]})
    file = VectorFile("f", frame, None, None)  # type: ignore[arg-type]
    assert read_columns(file, [column], {}, Faults("f")) == {"households": [1]}
    assert read_columns(file, [column], {"households": "户数"}, Faults("f")) == {"households": [2]}
    faults = Faults("f")
    other = dataclasses.replace(column, name="persons", aliases=())
    read_columns(file, [other], {"people": "户数", "persons": "Personen"}, faults)
    found = {f.code: f.values for f in faults.findings}
    assert found["column_unknown"]["columns"] == "HOUSEHOLDS, 户数"
    assert "persons" in found["column_not_ours"]["ours"]


# -- lists of faults


def test_a_rule_lists_only_so_many_rows_and_counts_the_rest() -> None:
    faults = Faults("f")
    faults.rows("coordinates_zero", range(LISTED_MAX + 7), field="geometry")
    more = [f for f in faults.findings if f.code == "more_of_the_same"]
    assert len(faults.findings) == LISTED_MAX + 1
    assert more[0].values["rows"] == 7
    assert len(faults.bad_rows) == LISTED_MAX + 7


# -- opening hours


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("24/7", [(d, "00:00", "24:00") for d in range(1, 8)]),
        ("Sa 09:00-12:00", [(6, "09:00", "12:00")]),
        ("Mo,We 9:00-12:00,14:00-17:30; We off", [(1, "09:00", "12:00"), (1, "14:00", "17:30")]),
        (
            "Sa-Mo 10:00-24:00",
            [(1, "10:00", "24:00"), (6, "10:00", "24:00"), (7, "10:00", "24:00")],
        ),
        ("Mo 08:00-12:00; PH off", [(1, "08:00", "12:00")]),
        ("Dec 24: 08:00-12:00", None),
        ("Fr 20:00-02:00", None),
        ("by appointment", None),
        ("", None),
    ],
)
def test_simple_opening_hours_are_read_and_others_stay_unknown(text: str, hours) -> None:
    assert parse_opening_hours(text) == hours


@given(st.text(max_size=40))
def test_opening_hours_never_raise(text: str) -> None:
    hours = parse_opening_hours(text)  # whatever is written: understood whole, or not at all
    assert hours is None or all(1 <= day <= 7 and a < b for day, a, b in hours)


# -- the linter's files


@pytest.mark.real_data
def test_every_bad_geojson_is_refused_or_told_and_every_good_one_is_read(shared_data: Path) -> None:
    bad = sorted((shared_data / "geojson_lint" / "bad").glob("*.geojson"))
    good = sorted((shared_data / "geojson_lint" / "good").glob("*.geojson"))
    assert (len(bad), len(good)) == (44, 18)
    for path in bad:
        try:
            _, faults = placed(path)
            findings = faults.findings
        except InputError as error:
            findings = error.findings
        assert findings, path.name
    for path in good:
        file, faults = read(path)
        assert faults.errors == 0, path.name
        assert len(file.table) == len(file.geometry) > 0
