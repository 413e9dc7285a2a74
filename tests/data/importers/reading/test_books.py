"""Spreadsheets of every kind, and those that are none."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from data.importers.reading.faults import Faults
from data.importers.reading.tables.books import MAX_ROWS, read_book
from layers.kit.errors import InputError
from layers.kit.tables.worksheets import Worksheet


def book(path: Path) -> list[Worksheet]:
    return read_book(path, Faults(path.name))


def refusal(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        book(path)
    return [f.code for f in caught.value.findings]


@pytest.fixture
def xlsx(tmp_path: Path) -> Path:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "十一月"
    sheet.append(["住户统计表"])
    sheet.merge_cells("A1:C1")
    sheet.append(["楼栋", "户数"])
    sheet.append(["3栋", 48])
    sheet.append(["4栋", "=1+2"])
    sheet.row_dimensions[3].hidden = True
    aside = made.create_sheet("备份")
    aside.append(["旧"])
    aside.sheet_state = "hidden"
    made.create_sheet("空")
    made.save(tmp_path / "表.xlsx")
    return tmp_path / "表.xlsx"


def test_a_workbook_has_values_merges_hidden_rows_and_hidden_sheets(xlsx: Path) -> None:
    first, aside = book(xlsx)  # the empty sheet is left out
    assert (first.name, first.is_hidden, aside.is_hidden) == ("十一月", False, True)
    assert first.rows[2][:2] == ("3栋", 48.0)
    assert first.merged == ((0, 0, 0, 2),)
    assert first.hidden_rows == {2}


def test_a_formula_without_its_result_is_known_as_such(xlsx: Path) -> None:
    first = book(xlsx)[0]
    assert first.rows[3][1] is None
    assert first.unvalued == {(3, 1)}  # openpyxl stores formulas without results


def test_old_workbooks_are_read() -> None:
    """The file was written once with xlwt, which nobody keeps any more: A1:A2 merged, 48 in B1."""
    (first,) = book(Path(__file__).parent / "old.xls")
    assert (first.rows[0], first.merged) == (("将军府", 48.0), ((0, 0, 1, 0),))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_tables_of_every_encoding(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "表.csv"
    lines = [["社区", "楼栋", "户数"], ["河滨社区", "三号楼", '"1,200"']]
    path.write_text("\n".join(separator.join(row) for row in lines), encoding=encoding)
    (sheet,) = book(path)
    assert sheet.rows[1] == ("河滨社区", "三号楼", "1,200")


def test_the_kind_is_told_by_the_content_and_not_by_the_name(xlsx: Path) -> None:
    renamed = xlsx.rename(xlsx.with_suffix(".xls"))
    assert book(renamed)[0].name == "十一月"


def test_a_web_page_called_xls_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "导出.xls"
    path.write_text("<html><table><tr><td>3栋</td></tr></table></html>", encoding="utf-8")
    assert refusal(path) == ["table_is_markup"]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "弹.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 100_000_000)
    started = time.process_time()
    assert refusal(path) == ["zip_too_big"]
    assert time.process_time() - started < 2


def test_two_far_cells_are_refused_before_the_cells_between_are_made(tmp_path: Path) -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet["A1"] = "3栋"
    sheet["XFD1048576"] = 1  # 17 thousand million cells
    made.save(tmp_path / "远.xlsx")
    assert set(refusal(tmp_path / "远.xlsx")) == {
        "table_too_long",
        "table_too_wide",
        "table_too_big",
    }


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 broken" * 40])
def test_broken_workbooks_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "坏.xlsx"
    path.write_bytes(content)
    assert refusal(path) == ["file_unreadable"]


def test_nothing_and_binary_are_refused(tmp_path: Path) -> None:
    (tmp_path / "空.csv").write_text(",,\n,,\n", encoding="utf-8")
    assert refusal(tmp_path / "空.csv") == ["table_empty"]
    (tmp_path / "图.csv").write_bytes(bytes(range(256)) * 10)
    assert refusal(tmp_path / "图.csv") == ["table_encoding"]


def test_a_table_longer_than_the_bound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "长.csv"
    path.write_text("栋\n" * (MAX_ROWS + 5), encoding="utf-8")
    assert refusal(path) == ["table_too_long"]
