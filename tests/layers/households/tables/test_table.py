"""Tables as offices make them: header, totals, merged cells, numbers, households one by one."""

from __future__ import annotations

from datetime import date

import pytest

from layers.households.tables.headers import Layout, guess, shown_rows
from layers.households.tables.table import Table, WrittenRow, read_rows, whole
from layers.kit.tables.worksheets import Cell, Worksheet


def sheet(*rows: tuple[Cell, ...], **marks: object) -> Worksheet:
    return Worksheet("表", rows, **marks)  # type: ignore[arg-type]


def read(given: Worksheet) -> Table:
    return read_rows(given, guess(given).layout)


def places(table: Table) -> list[tuple[str | None, ...]]:
    return [(w.community, w.estate, w.building, w.entrance) for w in table.written]


def codes(table: Table) -> list[tuple[str, int | None]]:
    return [(f.code, f.row) for f in table.findings]


HEAD = ("社区", "小区", "楼栋", "单元", "常住户数", "人口")


def test_title_and_report_rows_stand_above_the_header() -> None:
    given = sheet(
        ("赤水市住户统计表（2026年11月）", None, None, None, None, None),
        ("填报单位：", None, None, None, "填报日期：", None),
        HEAD,
        ("河滨社区", "将军府", "3栋", None, 48, 120),
    )
    found = guess(given)
    assert (found.layout.header_rows, found.layout.first_row) == ((2,), 3)
    assert found.layout.columns == {
        "community": 0,
        "estate": 1,
        "building": 2,
        "entrance": 3,
        "resident": 4,
        "persons": 5,
    }
    assert found.title[0] == "赤水市住户统计表（2026年11月）"
    (row,) = read(given).written
    assert row == WrittenRow(
        4, "河滨社区", "将军府", "3栋", None, None, None, {"resident": 48, "persons": 120}
    )


def test_a_header_of_two_rows_is_joined() -> None:
    given = sheet(
        ("社区", "楼栋", "户数", None, None, "人口"),
        (None, None, "常住", "户籍", "空置", None),
        ("河滨社区", "将军府3栋", 48, 30, 5, 120),
        merged=((0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 4), (0, 5, 1, 5)),
    )
    assert guess(given).layout.columns == {
        "community": 0,
        "building": 1,
        "resident": 2,
        "registered": 3,
        "vacant": 4,
        "persons": 5,
    }
    assert read(given).written[0].values == {
        "resident": 48, "registered": 30, "vacant": 5, "persons": 120
    }  # fmt: skip


def test_merged_places_are_carried_down_and_merged_numbers_are_not() -> None:
    given = sheet(
        HEAD,
        ("河滨社区", "将军府", "3栋", "1单元", 20, 100),
        (None, None, None, "2单元", 28, None),
        merged=((1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 2, 2), (1, 5, 2, 5)),
    )
    table = read(given)
    assert places(table)[1] == ("河滨社区", "将军府", "3栋", "2单元")
    # 100 persons stand in both rows together: once, or 100 would become 200
    assert [w.values["persons"] for w in table.written] == [100, None]


def test_an_empty_estate_under_a_filled_one_is_the_same_estate_for_bare_numbers_only() -> None:
    given = sheet(
        HEAD,
        ("河滨社区", "将军府", "1栋", None, 20, 50),
        (None, None, "2栋", None, 20, 50),
        (None, None, "供销社宿舍1栋", None, 20, 50),
        ("东门社区", None, "3栋", None, 20, 50),
    )
    table = read(given)
    assert [w.estate for w in table.written] == ["将军府", "将军府", None, None]
    assert [w.community for w in table.written] == ["河滨社区"] * 3 + ["东门社区"]
    assert ("table_carried_down", None) in codes(table)


def test_totals_are_left_out_and_compared() -> None:
    rows = (
        HEAD,
        ("河滨社区", "将军府", "1栋", None, 20, 50),
        ("河滨社区", "将军府", "2栋", None, 30, 60),
        (None, "小计", None, None, 50, 110),  # 20 + 30, 50 + 60
        ("东门社区", "同心苑", "1栋", None, 40, 90),
        (None, "小计", None, None, 41, 90),  # but 40
        ("合计", None, None, None, 90, 200),  # 50 + 40, 110 + 90
    )
    table = read(sheet(*rows))
    assert len(table.written) == 3
    assert table.left_out == {"total": 3}
    (wrong,) = [f for f in table.findings if f.code == "table_total_differs"]
    assert (wrong.row, wrong.field, wrong.severity) == (6, "resident", "warning")
    assert (wrong.values["said"], wrong.values["counted"]) == (41, 40)


def test_headings_name_what_follows() -> None:
    given = sheet(
        ("楼栋", "户数"),
        ("河滨社区", None),
        ("将军府小区", None),
        ("1栋", 20),
        ("2栋", 30),
        ("同心苑", None),
        ("1栋", 40),
        ("填表人：", None),
    )
    assert places(read(given)) == [
        ("河滨社区", "将军府小区", "1栋", None),
        ("河滨社区", "将军府小区", "2栋", None),
        ("河滨社区", "同心苑", "1栋", None),
    ]


def test_printed_headers_and_blank_rows_between_are_no_buildings() -> None:
    given = sheet(HEAD, ("甲社区", "乙苑", "1栋", None, 2, 5), (), HEAD, (None,) * 6)
    assert len(read(given).written) == 1


@pytest.mark.parametrize(
    ("cell", "number"),
    [(12, 12), (12.0, 12), ("12户", 12), ("1,200", 1200), ("１２", 12), (" 12 ", 12), ("12人", 12),
     (0, 0), ("0", 0), (None, None), ("—", None), ("/", None), ("无", None), ("", None)],
)  # fmt: skip
def test_numbers_as_they_are_typed(cell: Cell, number: int | None) -> None:
    assert whole(cell) == (None, number)


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("约12", "not_a_number"),
        (1.5, "not_whole"),
        (-3, "out_of_range"),
        ("1.2E+05", "code_scientific"),
        (200_000, "out_of_range"),
        (True, "not_a_number"),
        (date(2026, 3, 1), "not_a_number"),
        ("#REF!", "not_a_number"),
        (float("nan"), "not_a_number"),
        ("12+3", "not_a_number"),
    ],
)
def test_what_is_no_number_is_a_fault(cell: Cell, fault: str) -> None:
    assert whole(cell) == (fault, None)


def test_faults_name_their_row_and_column() -> None:
    given = sheet(
        HEAD,
        ("河滨社区", "将军府", "1栋", None, "约12", 50),
        ("5.20381E+11", "将军府", "2栋", None, 30, 60),
        ("河滨社区", "将军府", "3栋", None, None, 60),
        unvalued=frozenset({(3, 4)}),
    )
    table = read(given)
    assert [(f.code, f.row, f.field) for f in table.findings] == [
        ("not_a_number", 2, "resident"),
        ("code_scientific", 3, "community"),
        ("formula_without_value", 4, "resident"),
    ]
    assert table.written == ()


def test_a_number_that_became_a_date_is_read_back_and_said() -> None:
    given = sheet(HEAD, ("河滨社区", "将军府", date(2026, 3, 1), None, 20, 50))
    table = read(given)
    assert table.written[0].building == "3-1"
    assert codes(table) == [("table_date_was_number", 2)]


def test_hidden_rows_are_read_and_said() -> None:
    given = sheet(
        HEAD, ("甲社区", "乙苑", "1栋", None, 2, 5), ("甲社区", "乙苑", "2栋", None, 3, 5),
        hidden_rows=frozenset({2}),
    )  # fmt: skip
    table = read(given)
    assert len(table.written) == 2
    assert codes(table) == [("table_hidden_rows", None)]


HOMES = sheet(
    ("社区", "小区", "楼栋", "单元", "房号", "户主姓名", "身份证号", "联系电话"),
    ("河滨社区", "将军府", "3栋", "1单元", "101", "张三", "520000199001011234", "13800000000"),
    ("河滨社区", "将军府", "3栋", "1单元", "102", "李四", "520000199001011235", "13800000001"),
    ("河滨社区", "将军府", "4栋", "1单元", "101", "王五", "520000199001011236", "13800000002"),
)


def test_households_one_by_one_are_counted_by_place_and_nobody_is_read() -> None:
    found = guess(HOMES)
    assert found.layout.per_household
    assert found.private == {5, 6, 7}
    assert [f.code for f in found.findings] == [
        "table_private_columns",
        "table_one_row_per_household",
    ]
    table = read(HOMES)
    assert [(w.building, w.values, w.rows) for w in table.written] == [
        ("3栋", {"resident": 2}, 2),
        ("4栋", {"resident": 1}, 1),
    ]
    said = repr((table, shown_rows(HOMES, found)))
    for secret in ("张三", "李四", "520000", "138000"):
        assert secret not in said


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("将军府3栋1单元502室", "将军府3栋1单元"),
        ("将军府3栋502", "将军府3栋"),
        ("3-1-502", "3-1"),
        ("将军府3#1单元1203", "将军府3#1单元"),
        ("芭蕉二巷7号", "芭蕉二巷7号"),
        ("将军府13栋", "将军府13栋"),
    ],
)
def test_rooms_of_households_are_not_kept(written: str, kept: str) -> None:
    given = sheet(("住址", "户主", "身份证"), (written, "甲", "x"))
    assert [w.address for w in read(given).written] == [kept]


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("所属社区", "community"),
        ("小区名称", "estate"),
        ("楼栋号", "building"),
        ("单元号", "entrance"),
        ("详细地址", "address"),
        ("门牌号", "address"),
        ("总户数", "resident"),
        ("小区户数", "resident"),
        ("常住户数（户）", "resident"),
        ("户籍户数", "registered"),
        ("其中：出租户", "rented"),
        ("空置户数", "vacant"),
        ("住房套数", "dwellings"),
        ("总人口", "persons"),
        ("常住人口数", "persons"),
        ("60岁以上老人", "elderly"),
        ("流动人口", "floating_population"),
        ("楼栋数", None),
        ("单元数", None),
        ("楼栋长", None),
        ("网格员", None),
        ("户籍人口", None),
        ("备注", None),
        ("建筑面积", None),
        ("序号", None),
        ("联系电话", None),
        ("户主姓名", None),
    ],
)
def test_columns_as_counties_call_them(label: str, field: str | None) -> None:
    given = sheet((label, "其他一", "其他二"), ("甲", "乙", "丙"), ("甲", "乙", "丙"))
    headed = Worksheet("表", ((label, "楼栋名称", "户数"), *given.rows[1:]))
    found = {j: f for f, j in guess(headed).layout.columns.items()}.get(0)
    if field in ("building", "resident"):  # the other columns have these already
        headed = Worksheet("表", ((label, "详细地址", "租住户"), *given.rows[1:]))
        found = {j: f for f, j in guess(headed).layout.columns.items()}.get(0)
    assert found == field


def test_persons_one_by_one_make_a_household_for_each_head() -> None:
    given = sheet(
        ("小区", "楼栋", "姓名", "与户主关系"),
        ("将军府", "3栋", "甲", "户主"),
        ("将军府", "3栋", "乙", "妻"),
        ("将军府", "3栋", "丙", "户主"),
    )
    (row,) = read(given).written
    assert (row.values, row.rows) == ({"resident": 2, "persons": 3}, 3)


def test_identity_numbers_are_private_without_a_header_that_says_so() -> None:
    rows = [("3栋", 48, f"52000019900101{n:04d}") for n in range(10)]
    given = sheet(("楼栋", "户数", "备用"), *rows)
    assert guess(given).private == {2}


def test_without_counts_or_header_it_is_said() -> None:
    nothing = read(sheet(("小区", "楼栋"), ("将军府", "3栋")))
    assert codes(nothing) == [("table_without_counts", None)]
    bare = guess(sheet(("将军府3栋", 48), ("将军府4栋", 50), ("将军府5栋", 60)))
    assert bare.layout.columns == {"building": 0}
    assert [f.code for f in bare.findings] == ["table_header_not_found"]


def test_a_layout_survives_being_stored() -> None:
    layout = guess(HOMES).layout
    assert Layout.from_dict(layout.as_dict()) == layout
