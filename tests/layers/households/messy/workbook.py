"""An office's rows as the spreadsheet that they send, and the truth kept aside."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.layers.households.messy.office import Line

Truth = dict[int, Line]
"""Each data row of the sheet by its number: what was meant."""


def write_workbook(path: Path, lines: Sequence[Line], county: str, seed: int, month: str) -> Truth:
    """Write a county's table; return what each row means.

    The seed settles the shape of the form: where the header is, in one row or two, whether
    communities and estates are merged cells, subtotals, how numbers are typed.
    """
    rng = random.Random(seed)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = rng.choice(("Sheet1", "汇总表", "住户统计"))
    two_rows, merged = rng.random() < 0.5, rng.random() < 0.5
    form = Form(sheet, rng, two_rows=two_rows, merged=merged, units=rng.random() < 0.2)
    form.head(county, month)
    for community, own in groupby(lines, key=lambda k: k.community):
        form.community(community, list(own), subtotal=rng.random() < 0.8)
    form.total()
    extra = book.create_sheet("填表说明")
    extra.append(["1. 户数按常住填写"])
    extra.append(["2. 每月25日前报送"])
    book.save(path)
    return form.truth


class Form:
    """A sheet that is being filled."""

    COLUMNS = ("序号", "社区", "小区", "楼栋", "单元", "详细地址")

    def __init__(
        self, sheet: Worksheet, rng: random.Random, *, two_rows: bool, merged: bool, units: bool
    ) -> None:
        self.sheet, self.rng, self.two_rows = sheet, rng, two_rows
        self.merged, self.units = merged, units
        self.truth: Truth = {}
        self.row = 0
        self.serial = 0
        self.sum = [0, 0]

    def put(self, values: Sequence[Any]) -> int:
        self.row += 1
        for column, value in enumerate(values, start=1):
            if value is not None:
                self.sheet.cell(self.row, column, value)
        return self.row

    def head(self, county: str, month: str) -> None:
        self.put([f"{county}城区住户情况统计表（{month}）"])
        self.sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=9)
        self.put(["填报单位：", None, None, None, None, None, None, "填报日期："])
        if self.two_rows:
            top = self.put([*self.COLUMNS, "户数", None, "人口"])
            self.put([None] * 6 + ["常住户", "空置户", "常住人口"])
            self.sheet.merge_cells(start_row=top, start_column=7, end_row=top, end_column=8)
            for column in range(1, 7):
                self.sheet.merge_cells(
                    start_row=top, start_column=column, end_row=top + 1, end_column=column
                )
        else:
            self.put([*self.COLUMNS, "常住户数（户）", "空置", "常住人口（人）"])

    def community(self, name: str, lines: list[Line], *, subtotal: bool) -> None:
        first, before = self.row + 1, list(self.sum)
        estate_start, estate = self.row + 1, None
        for position, line in enumerate(lines):
            self.serial += 1
            shown = line.estate
            if self.merged and line.estate is not None and line.estate == estate:
                shown = None
            elif self.merged:
                self._merge(3, estate_start, self.row, estate)
                estate_start, estate = self.row + 1, line.estate
            community = name if not self.merged or position == 0 else None
            number = self.put(
                [
                    self.serial, community, shown, line.building, line.entrance, line.address,
                    self._count(line.households, "户"), None, self._count(line.persons, "人"),
                ]
            )  # fmt: skip
            self.truth[number] = line
            self.sum[0] += line.households
            self.sum[1] += line.persons
        if self.merged:
            self._merge(3, estate_start, self.row, estate)
            self._merge(2, first, self.row, name)
        if subtotal:
            parts = [a - b for a, b in zip(self.sum, before, strict=True)]
            self.put([None, "小计", None, None, None, None, parts[0], None, parts[1]])
        if self.rng.random() < 0.1:
            self.put([])

    def _merge(self, column: int, first: int, last: int, value: str | None) -> None:
        if value is not None and last > first:
            self.sheet.merge_cells(
                start_row=first, start_column=column, end_row=last, end_column=column
            )

    def _count(self, value: int, unit: str) -> Any:
        draw = self.rng.random()
        if self.units:
            return f"{value}{unit}"
        if draw < 0.05:
            return str(value)
        if draw < 0.07:
            return "".join(chr(ord(c) + 0xFEE0) for c in str(value))
        if draw < 0.08:
            return f" {value} "
        return value

    def total(self) -> None:
        self.put(["合计", None, None, None, None, None, self.sum[0], None, self.sum[1]])
        self.put(["填表人：", None, None, "审核人：", None, None, None, "联系电话："])
