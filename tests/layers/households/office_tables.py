"""Small household tables for 栗坪: what an office there would send."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

HEAD = ("小区", "楼栋", "单元", "常住户数", "常住人口")


def write_table(path: Path, rows: Sequence[Sequence[Any]], title: str = "栗坪街道住户表") -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([title])
    sheet.append(HEAD)
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def site(name: str, *households: int, called: str = "{}栋") -> list[tuple[Any, ...]]:
    """Rows of one estate: buildings 1, 2, … with these households and three persons each."""
    return [(name, called.format(n), None, h, 3 * h) for n, h in enumerate(households, start=1)]
