"""The small files of ``cases`` that went wrong, with what is right, and their siblings."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
import shapely

from data.importers.kinds import stations
from data.importers.kinds.buildings import footprints
from data.importers.reading.child.trust import own_files
from data.importers.reading.columns import Column, names_of, read_columns
from data.importers.reading.faults import Faults
from data.importers.reading.look import look_at
from data.importers.reading.notes import Note
from data.importers.reading.plan_files import read_grid_file
from data.importers.reading.shapes.coordinates import POINTS, POLYGONS, place
from data.importers.reading.shapes.drawings import read_drawing
from data.importers.reading.shapes.vector import read_vector
from data.importers.reading.shapes.vector_file import ReadOptions
from data.importers.reading.text.encodings import meant
from layers.kit.crs import parse_crs
from layers.kit.errors import InputError

CASES = Path(__file__).parents[1] / "cases"
HEADER = ["名称", "类别", "经度", "纬度", "电话"]
ONE = ["测试站一", "党群服务站", "105.7123", "28.6039", "08522881234"]
TWO = ["测试站二", "药店", "105.7130", "28.6040", "13800138000"]
RIGHT = {"name": ["测试站一", "测试站二"], "phone": ["08522881234", "13800138000"]}


class Found:
    """What an import would take of a file: values by our names, places, faults."""

    def __init__(self, path: Path, ours: tuple[Column, ...], **options: Any) -> None:
        self.faults = Faults(path.name)
        kinds = POINTS if ours is stations.COLUMNS else POLYGONS
        reading = ReadOptions(names=names_of(ours), **options)
        if path.suffix == ".dxf":
            self.notes: list[Note] = []
            file = read_drawing(path, reading, self.faults, self.notes)
        else:
            file = read_vector(path, reading, self.faults)
        mapping = options.get("columns", {})
        self.values = read_columns(file, ours, mapping, self.faults)
        self.places = place(file, kinds, self.faults)

    @property
    def codes(self) -> list[tuple[str, int | None]]:
        return [(f.code, f.row) for f in self.faults.findings]


def points(path: Path, **options: Any) -> Found:
    return Found(path, stations.COLUMNS, crs=options.pop("crs", "EPSG:4490"), **options)


def areas(path: Path, **options: Any) -> Found:
    return Found(path, footprints.COLUMNS, **options)


def refusal(path: Path, read: Any = points, **options: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(path, **options)
    return [f.code for f in caught.value.findings if f.severity == "error"]


def is_right(found: Found) -> bool:
    return {n: found.values[n] for n in RIGHT} == RIGHT and not found.faults.errors


# ---- the files of the folder, read as files of others are: in a child ----------------------------


@pytest.mark.parametrize("name", ["s_title.csv", "s_subtitle.xlsx", "s_utf16.csv"])
def test_the_header_is_found_by_its_names(name: str) -> None:
    found = points(CASES / name)
    assert is_right(found)
    assert [shapely.get_x(p) for p in found.places] == [105.7123, 105.713]
    aside = [f.values["lines"] for f in found.faults.findings if f.code == "table_rows_aside"]
    assert aside == (["6"] if name == "s_subtitle.xlsx" else [])  # 合计 2个 is no station


def test_invisible_characters_and_full_width_digits_are_read_as_they_are_seen() -> None:
    found = points(CASES / "s_zw.xlsx")
    assert (found.values["name"], found.values["categories"]) == (
        ["测试站一"],
        [["service_station"]],
    )
    assert found.places[0].equals(shapely.Point(105.7123, 28.6039))


def test_hidden_rows_are_said() -> None:
    found = points(CASES / "s_hidden.xlsx")
    (said,) = [f for f in found.faults.findings if f.code == "table_hidden_rows"]
    assert (said.values["rows"], said.values["first"], said.severity) == (1, 4, "warning")


def test_several_sheets_are_asked_for() -> None:
    path = CASES / "s_sheets2.xlsx"
    assert refusal(path) == ["sheet_several"]
    assert points(path, layer="河滨").values["name"] == ["测试站二"]
    look = look_at(path, stations.COLUMNS)
    assert (look.layers, look.layer) == (("北城", "河滨"), None)


def test_an_error_cell_is_a_fault_and_never_an_emptied_value() -> None:
    assert not points(CASES / "e1.xlsx").faults.errors
    found = points(CASES / "e2.xlsx")
    assert found.codes == [("cell_error", 1)]
    assert found.faults.findings[0].values["found"] == "#REF!"


def test_a_workbook_with_macros_is_a_workbook() -> None:
    assert points(CASES / "txt.xlsm").values["name"] == ["甲三"]


def test_ids_are_text_to_the_last_digit_beside_a_null() -> None:
    found = areas(CASES / "big4.geojson")
    assert found.values["external_id"] == ["520381001003000123", "520381001003004567", None]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("cpg_oem/b_cpg.shp", "北城街道一号楼"),
        ("gb18030_dbf/b_18030.shp", "㙟㵐村"),
        # 60 bytes of the field end within 壬: that character alone is lost.
        (
            "utf8_value_cut_no_cpg/b_u8val.shp",
            "赤水市北城街道人民东路一百二十三号院甲乙丙丁戊己庚辛",
        ),
    ],
)
def test_names_of_a_shapefile_come_in_right(name: str, first: str) -> None:
    found = areas(CASES / name)
    assert found.values["name"] == [first, "二号楼"]
    assert not found.faults.errors
    assert look_at(CASES / name, footprints.COLUMNS).first[0][0] == first


def test_chinese_fields_of_kml_are_kept() -> None:
    found = points(CASES / "kp2.kml", crs=None)
    assert (found.values["name"], found.values["categories"], found.values["phone"]) == (
        ["站点"],
        [["pharmacy"]],
        ["0852"],
    )


def test_a_multipoint_of_one_point_is_a_point() -> None:
    found = points(CASES / "mp.gpkg", crs=None)
    assert found.places[0].equals(shapely.Point(105.7123, 28.6039))
    assert not found.faults.errors


def test_layers_of_a_drawing_have_their_names_whatever_code_page_it_names() -> None:
    path = CASES / "t936.dxf"
    look = look_at(path, footprints.COLUMNS)
    assert (look.layers, look.layer, look.rows) == (("房屋",), "房屋", 7)
    found = areas(path, crs="EPSG:4545", layer="房屋")
    assert sum(p is not None for p in found.places) == 7
    assert refusal(path, areas, crs="EPSG:4545", layer="鎴垮眿") == ["layer_unknown"]


def test_geojson_in_gbk_is_read() -> None:
    assert areas(CASES / "gbk.geojson").values["name"] == ["甲号楼"]


# ---- siblings: other kinds, other titles, other encodings ---------------------------------------


@pytest.fixture
def own() -> Any:
    """Read in this process: the files are made here."""
    with own_files():
        yield


def workbook(path: Path, *rows: list[Any], sheet: str = "站点") -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.title = sheet
    for row in rows:
        made.active.append(row)
    made.save(path)
    return made


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16-le", "big5"])
@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_text_of_every_encoding_with_a_title_and_remarks(
    tmp_path: Path, encoding: str, mark: str
) -> None:
    path = tmp_path / "站点.txt"
    header = ["名稱", "類別", "經度", "緯度"] if encoding == "big5" else HEADER
    lines = [["赤水市站點一覽表" if encoding == "big5" else "赤水市站点一览表（共2个）"], header]
    if encoding == "big5":
        lines += [["測試站一", "藥店", "105.7", "28.6"]]
        path.write_text("\r\n".join(mark.join(line) for line in lines), encoding=encoding)
        columns = {"name": "名稱", "lon": "經度", "lat": "緯度"}
        found = points(path, columns=columns, encoding="big5")  # looks like GBK as well
        assert found.values["name"] == ["測試站一"]
        return
    lines += [ONE, TWO, ["填表人：王某"], ["合计", "2个"]]
    path.write_text("\r\n".join(mark.join(line) for line in lines), encoding=encoding)
    assert is_right(points(path))


@pytest.mark.usefixtures("own")
def test_two_rows_of_header_are_one(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    made = workbook(
        path,
        ["站点表"],
        ["名称", "类别", "位置", None, "联系", None],
        [None, None, "经度", "纬度", "联系人", "电话"],
        [*ONE[:4], "王某", ONE[4]],
        [*TWO[:4], "李某", TWO[4]],
    )
    sheet = made["站点"]
    for merged in ("A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:F2"):
        sheet.merge_cells(merged)
    made.save(path)
    assert is_right(points(path))
    text = tmp_path / "t.csv"
    text.write_text(
        "名称,类别,位置,,联系,\n,,经度,纬度,联系人,电话\n"
        + "\n".join(",".join([*row[:4], "某", row[4]]) for row in (ONE, TWO)),
        "utf-8",
    )
    assert is_right(points(text))


@pytest.mark.usefixtures("own")
def test_frills_units_and_repeated_headers_hurt_nobody(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    workbook(
        path,
        ["单位：赤水市", None, None, "日期：2026-11-01"],
        ["* 名 称", "类别（必填）", "经度(°)", "纬度（度）", "联系电话："],
        [*ONE[:2], "东经105.7123°", "北纬28.6039°", ONE[4]],
        HEADER,
        TWO,
    )
    found = points(path)
    assert is_right(found)
    assert found.places[0].equals(shapely.Point(105.7123, 28.6039))


@pytest.mark.usefixtures("own")
def test_unused_columns_of_one_name_hurt_nobody_and_used_ones_are_asked_for(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.csv"
    head = ",".join([*HEADER, "备注", "备注"])
    path.write_text(f"{head}\n{','.join([*ONE, 'a', 'b'])}\n{','.join([*TWO, '', ''])}\n", "utf-8")
    assert is_right(points(path))
    path.write_text(f"名称,名称,类别,经度,纬度\n甲,乙,{','.join(ONE[1:4])}\n", "utf-8")
    assert points(path).codes == [("column_doubled", None)]
    assert points(path, columns={"name": "名称 (2)"}).values["name"] == ["乙"]


@pytest.mark.usefixtures("own")
def test_a_page_and_text_that_are_called_xls_are_read(tmp_path: Path) -> None:
    def row(cells: list[str], tag: str = "td") -> str:
        return "<tr>" + "".join(f"<{tag}>{c}</{tag}>" for c in cells) + "</tr>"

    page = (
        "<html><head><meta charset=gb2312></head><body><table><tr><td colspan=5>一览表</td></tr>"
        f"{row(HEADER, 'th')}{row(ONE)}{row(TWO)}</table></body></html>"
    )
    (tmp_path / "a.xls").write_bytes(page.encode("gbk"))
    (tmp_path / "b.xls").write_bytes("\n".join("\t".join(r) for r in (HEADER, ONE, TWO)).encode())
    office = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in r) + "</Row>"
        for r in (HEADER, ONE, TWO)
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    (tmp_path / "c.xls").write_text(
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">'
        f'<Worksheet ss:Name="表">'
        f"<Table>{office}</Table></Worksheet></Workbook>",
        "utf-8",
    )
    archive = (
        'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n\n--x\n'
        f"Content-Type: text/html; charset=utf-8\n\n{page}\n--x--\n"
    )
    (tmp_path / "d.xls").write_text(archive, "utf-8")
    for name in ("a.xls", "b.xls", "c.xls", "d.xls"):
        assert is_right(points(tmp_path / name)), name


@pytest.mark.usefixtures("own")
def test_a_workbook_in_a_zip_and_one_under_another_name_are_read(tmp_path: Path) -> None:
    workbook(tmp_path / "t.xlsx", HEADER, ONE, TWO)
    data = (tmp_path / "t.xlsx").read_bytes()
    for name in ("t.et", "t.xls", "t.csv"):
        (tmp_path / name).write_bytes(data)
        assert is_right(points(tmp_path / name)), name
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as packed:
        packed.writestr("站点/t.xlsx", data)
        packed.writestr("__MACOSX/._t.xlsx", b"x")
    assert is_right(points(tmp_path / "t.zip"))
    look = look_at(tmp_path / "t.zip", stations.COLUMNS)
    assert (look.is_table, look.matched["name"], look.rows) == (True, "名称", 2)


def open_document(path: Path, body: str) -> None:
    spaces = " ".join(
        f'xmlns:{k}="urn:oasis:names:tc:opendocument:xmlns:{v}:1.0"'
        for k, v in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces} xmlns:calcext="urn:org:'
        'documentfoundation:names:experimental:calc:xmlns:calcext:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="站点">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", content)
        packed.writestr(
            "META-INF/manifest.xml",
            "<m:manifest xmlns:m='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>",
        )


@pytest.mark.usefixtures("own")
def test_open_documents_are_read_with_hidden_rows_and_errors(tmp_path: Path) -> None:
    def row(cells: list[str], more: str = "") -> str:
        inner = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>'
            for c in cells
        )
        return f"<table:table-row{more}>{inner}</table:table-row>"

    wrong = row(TWO[:4])[: -len("</table:table-row>")] + (
        '<table:table-cell office:value-type="string" calcext:value-type="error">'
        "<text:p>#N/A</text:p></table:table-cell></table:table-row>"
    )
    hidden = row(["三", *ONE[1:]], ' table:visibility="collapse"')
    open_document(tmp_path / "t.ods", row(["一览表"]) + row(HEADER) + row(ONE) + wrong + hidden)
    found = points(tmp_path / "t.ods")
    assert found.values["name"] == ["测试站一", "测试站二", "三"]
    assert set(found.codes) == {("cell_error", 2), ("table_hidden_rows", None)}


def old_workbook(*records: tuple[int, bytes]) -> bytes:
    """A compound file around the records of one sheet called S (BIFF8), as XLS and ET are."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0x0600))
    code_page, end = record(0x0042, struct.pack("<H", 1200)), record(0x000A, b"")
    sheet_name = struct.pack("<BB", 1, 0) + b"S"
    place_of_sheet = len(begin) + len(code_page) + 4 + 4 + 2 + len(sheet_name) + len(end)
    listed = record(0x0085, struct.pack("<IBB", place_of_sheet, 0, 0) + sheet_name)
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0x0600))
    stream = begin + code_page + listed + end + sheet + b"".join(record(*r) for r in records) + end
    stream = stream.ljust(4096, b"\0")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    head += struct.pack("<HHHHH6xIIIIIIIII", 62, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0,
                        0xFFFFFFFE, 0)  # fmt: skip
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 10), 0xFFFFFFFE]
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        return (
            text.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
            + b"\0" * 36
            + struct.pack("<III", start, size, 0)
        )

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, 2, 4096)
    return head + table + folder.ljust(512, b"\0") + stream


def label(row: int, column: int, text: str) -> tuple[int, bytes]:
    data = text.encode("utf-16-le")
    return 0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + data


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("name", ["t.xls", "t.et"])
def test_old_workbooks_have_their_errors_and_hidden_rows_said(tmp_path: Path, name: str) -> None:
    rows = [HEADER, ONE, TWO[:4]]
    cells = [label(i, j, text) for i, row in enumerate(rows) for j, text in enumerate(row)]
    hidden = (0x0208, struct.pack("<HHHHHHHH", 1, 0, 5, 255, 0, 0, 0x20, 0))
    wrong = (0x0205, struct.pack("<HHHBB", 2, 4, 0, 0x2A, 1))
    size = (0x0200, struct.pack("<IIHHH", 0, 3, 0, 5, 0))
    (tmp_path / name).write_bytes(old_workbook(size, hidden, *cells, wrong))
    found = points(tmp_path / name)
    assert found.values["name"] == ["测试站一", "测试站二"]
    assert set(found.codes) == {("cell_error", 2), ("table_hidden_rows", None)}


@pytest.mark.usefixtures("own")
def test_a_sheet_beside_the_data_is_not_asked_for_and_a_hidden_one_is_said(
    tmp_path: Path,
) -> None:
    made = workbook(tmp_path / "t.xlsx", HEADER, ONE, TWO)
    made.create_sheet("说明", 0).append(["怎样填写"])
    made.create_sheet("字典").append(["类别", "层级"])
    aside = made.create_sheet("去年")
    aside.append(HEADER)
    aside.append(ONE)
    aside.sheet_state = "hidden"
    made.save(tmp_path / "t.xlsx")
    found = points(tmp_path / "t.xlsx")
    assert is_right(found)
    assert [(f.code, f.values["sheets"]) for f in found.faults.findings] == [
        ("table_hidden_sheets", "去年")
    ]


@pytest.mark.usefixtures("own")
def test_a_faulty_row_is_never_also_missing(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = (HEADER, ["甲", "药店", "abc", "28.6", ""], ["#N/A", "药店", "105.7", "#REF!", ""])
    path.write_text("\n".join(",".join(line) for line in lines), "utf-8")
    assert points(path).codes == [("not_a_number", 1), ("cell_error", 2), ("cell_error", 2)]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("form", ["gpkg", "fgb", "shp", "geojson", "gdb.zip"])
def test_ids_of_eighteen_digits_beside_a_null_in_every_format(tmp_path: Path, form: str) -> None:
    frame = gpd.GeoDataFrame(
        {
            "external_id": gpd.pd.array([520381001003000123, None], dtype="Int64"),
            "name": ["甲", "乙"],
        },
        geometry=[shapely.box(105.7 + d, 28.6, 105.7001 + d, 28.6001) for d in (0, 0.001)],
        crs=4490,
    )
    path = tmp_path / f"t.{form.partition('.')[0]}"
    if form == "shp":
        frame = frame.rename(columns={"external_id": "ext_id"})
    if path.suffix == ".gdb":
        options = {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}  # which has 64 bits
        pyogrio.write_dataframe(frame, path, driver="OpenFileGDB", layer_options=options)
        with zipfile.ZipFile(tmp_path / "t.zip", "w") as packed:
            for part in path.iterdir():
                packed.write(part, f"数据/t.gdb/{part.name}")
        path = tmp_path / "t.zip"
    else:
        pyogrio.write_dataframe(frame, path)
    columns = {"external_id": "ext_id"} if form == "shp" else {}
    found = areas(path, columns=columns).values  # FlatGeobuf sorts its rows by place
    assert dict(zip(found["name"], found["external_id"], strict=True)) == {
        "甲": "520381001003000123",
        "乙": None,
    }


@pytest.mark.usefixtures("own")
def test_numbers_that_lost_their_digits_are_a_fault_and_longer_ones_are_kept(
    tmp_path: Path,
) -> None:
    workbook(tmp_path / "t.xlsx", ["编号", *HEADER], [520381001003000123, *ONE])
    assert ("code_scientific", 1) in points(tmp_path / "t.xlsx").codes
    features = json.loads((CASES / "big4.geojson").read_text())
    features["features"][0]["properties"]["external_id"] = 52038100100300012345
    (tmp_path / "t.geojson").write_text(json.dumps(features))
    assert areas(tmp_path / "t.geojson").values["external_id"][0] == "52038100100300012345"


@pytest.mark.usefixtures("own")
def test_an_encoding_that_does_not_fit_is_refused_with_the_one_that_does() -> None:
    for name, said, works in (
        ("gb18030_dbf/b_18030.shp", "UTF-8", "GB18030"),
        ("utf8_value_cut_no_cpg/b_u8val.shp", "GBK", "UTF-8"),
        ("gbk.geojson", "UTF-8", "GBK"),
    ):
        with pytest.raises(InputError) as caught:
            areas(CASES / name, encoding=said)
        (fault,) = caught.value.findings
        assert (fault.code, fault.values["works"]) == ("file_encoding_other", works)
        assert areas(CASES / name, encoding=works).values["name"]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("written", "said", "read"),
    [("GBK", "UTF-8", "encoding_not_as_said"), ("UTF-8", "936", "encoding_not_as_said"),
     ("GBK", "ANSI 936", None), ("GBK", "System", None), ("UTF-8", "utf8", None)],
)  # fmt: skip
def test_a_cpg_that_says_something_wrong_is_not_believed(
    tmp_path: Path, written: str, said: str, read: str | None
) -> None:
    frame = gpd.GeoDataFrame(
        {"name": ["北城街道一号楼", "二号楼"]},
        geometry=[shapely.box(105.7 + d, 28.6, 105.7001 + d, 28.6001) for d in (0, 0.001)],
        crs=4490,
    )
    pyogrio.write_dataframe(frame, tmp_path / "t.shp", encoding=written)
    (tmp_path / "t.cpg").write_text(said)
    found = areas(tmp_path / "t.shp")
    assert found.values["name"] == ["北城街道一号楼", "二号楼"]
    assert found.codes == ([] if read is None else [(read, None)])


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("二号楼".encode().decode("gbk", "ignore"), "二号"),
        ("赤水市北城街道".encode("gbk").decode("latin-1"), "赤水市北城街道"),
        ("赤水市北城街道".encode().decode("latin-1"), "赤水市北城街道"),
        ("锟斤拷锟斤拷", ""),
        ("赤水市北城街道", None),
        ("联通营业厅", None),
        ("浠水县泸州渠江", None),
        ("Müller Straße", None),
        ("Café", None),
        ("2#楼", None),
    ],
)
def test_mojibake_is_told_with_what_it_meant(text: str, right: str | None) -> None:
    found = meant(text)
    assert (found is None) == (right is None)
    assert found is None or found.startswith(right or "")


@pytest.mark.usefixtures("own")
def test_stored_mojibake_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    wrong = "赤水市北城街道".encode("gbk").decode("latin-1")
    path.write_text("\n".join(",".join(r) for r in (HEADER, [wrong, *ONE[1:]])), "utf-8")
    assert points(path).codes == [("text_mojibake", 1)]


@pytest.mark.usefixtures("own")
def test_what_is_no_data_is_named(tmp_path: Path) -> None:
    for name, head, code in (
        ("a.dwg", b"AC1032" + b"\0" * 200, "file_is_dwg"),
        ("a.pdf", b"%PDF-1.7\n" + b"\0" * 200, "file_is_paper"),
        ("a.rar", b"Rar!\x1a\x07\x00" + b"\0" * 200, "file_is_packed"),
        ("a.osm", b"<?xml version='1.0'?><osm version='0.6'></osm>", "file_is_osm"),
        ("a.kml", b"<kml><Placemark>", "xml_broken"),
        ("a.gpkg", b"SQLite format 3\0" + b"\0" * 200, "file_unreadable"),
    ):
        (tmp_path / name).write_bytes(head)
        with pytest.raises(InputError) as caught:
            points(tmp_path / name)
        (fault,) = caught.value.findings
        assert fault.code == code
        assert "reason" not in fault.values  # no sentence of a library's
    gdb = tmp_path / "a.gdb"
    gdb.mkdir()
    (gdb / "gdb").touch()
    assert refusal(gdb) == ["file_unreadable"]


@pytest.mark.usefixtures("own")
def test_kml_in_folders_and_in_a_kmz(tmp_path: Path) -> None:
    def mark(name: str, shape: str) -> str:
        return (
            f"<Placemark><name>{name}</name><ExtendedData><SchemaData schemaUrl='#s'>"
            "<SimpleData name='类别'>药店</SimpleData></SchemaData></ExtendedData>"
            f"{shape}</Placemark>"
        )

    point = "<Point><coordinates>\n 105.71, 28.60 ,0 </coordinates></Point>"
    several = f"<MultiGeometry>{point}</MultiGeometry>"
    broken = "<Point><coordinates>东门</coordinates></Point>"
    text = (
        "<?xml version='1.0' encoding='UTF-8'?>"
        "<kml xmlns='http://earth.google.com/kml/2.1'>"
        f"<Document><Folder><name>北</name>{mark('甲', point)}</Folder>"
        f"<Folder><name>南</name>{mark('乙', several)}{mark('丙', broken)}</Folder>"
        "</Document></kml>"
    )
    with zipfile.ZipFile(tmp_path / "t.kmz", "w") as packed:
        packed.writestr("doc.kml", text)
    found = points(tmp_path / "t.kmz", crs=None)
    assert found.values["name"] == ["甲", "乙", "丙"]
    assert found.codes == [("geometry_broken", 3)]  # and not missing as well
    assert points(tmp_path / "t.kmz", crs=None, layer="北").values["name"] == ["甲"]


@pytest.mark.usefixtures("own")
def test_grids_by_building_come_as_any_table(tmp_path: Path) -> None:
    head, row = ["楼栋编号", "网格编码"], ["F-1", "520381001001001"]
    workbook(tmp_path / "t.xlsx", ["网格划分表"], head, row)
    found = read_grid_file(tmp_path / "t.xlsx", None)
    assert found.table == {("external", "F-1"): "520381001001001"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *((n, "GCJ-02") for n in ("火星坐标系", "高德地图", "国测局坐标系", "火星（GCJ-02）")),
        *((n, "BD-09") for n in ("百度", "百度坐标系", "百度地图", "bd-09")),
        *((n, "EPSG:4490") for n in ("国家2000", "2000国家大地坐标系", "ＣＧＣＳ２０００")),
        ("西安80", "EPSG:4610"),
        ("北京54坐标系", "EPSG:4214"),
        ("国家2000 3度带 中央经线105", "EPSG:4544"),
        ("CGCS2000_3_Degree_GK_CM_108E", "EPSG:4545"),
        ("2000国家大地坐标系 3度带 35带", "EPSG:4523"),
    ],
)  # fmt: skip
def test_chinese_names_of_coordinate_systems(name: str, code: str) -> None:
    assert parse_crs(name).name == code


@pytest.mark.usefixtures("own")
def test_a_zip_inside_of_a_bomb_is_bounded(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as packed:
        packed.writestr("t.xlsx", inner.getvalue())
    assert refusal(tmp_path / "t.zip") == ["zip_too_big"]
