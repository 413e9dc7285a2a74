"""Published days: what the program brings along, a year from a file, a county's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.demands.calendar.published import published_days
from data.demands.calendar.read import calendar_days, published_years
from data.demands.calendar.write import read_calendar_file, store_days
from data.engine import transaction
from layers.kit.errors import InputError

YEAR = "日期,安排\n2027-01-01,放假\n2027/01/02,放假\n2027-01-03,上班\n"


def test_the_program_knows_make_up_days_and_not_the_year_to_come() -> None:
    days = dict(published_days())
    assert days[date(2026, 10, 1)] == "holiday"
    assert days[date(2026, 10, 10)] == "make_up"  # a Saturday
    assert days[date(2026, 10, 17)] == "weekend"
    assert days[date(2026, 11, 2)] == "working"
    assert date(2027, 1, 1) not in days


def test_a_file_of_a_year_names_what_is_not_as_usual(tmp_path: Path) -> None:
    path = tmp_path / "2027.csv"
    path.write_text(YEAR, encoding="utf-8-sig")
    days = dict(read_calendar_file(path))
    assert len(days) == 365
    assert [days[date(2027, 1, n)] for n in (1, 2, 3, 4, 9)] == [
        "holiday", "holiday", "make_up", "working", "weekend",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        ("2027-01-01,放假\n2027-02-30,放假\n2027-01-02,也许\n2027-01-03\n", [2, 3, 4]),
        ("2027-01-01,放假\n2027-01-01,上班\n", [2]),
    ],
)
def test_every_odd_line_is_told(tmp_path: Path, lines: str, rows: list[int]) -> None:
    path = tmp_path / "2027.csv"
    path.write_text(lines)
    with pytest.raises(InputError) as refused:
        read_calendar_file(path)
    assert [f.row for f in refused.value.findings] == rows


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"day,kind\n"])
def test_a_file_without_days_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "2027.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_calendar_file(path)
    with pytest.raises(InputError):
        read_calendar_file(tmp_path / "nothing.csv")


@pytest.mark.database
def test_a_files_year_and_a_countys_own_days_go_before(
    module_program: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "2027.csv"
    path.write_text(YEAR)
    with transaction(module_program) as c:
        assert published_years(c, "522624")[-1] == 2026
        days = read_calendar_file(path)
        assert store_days(c, "", days, "2027.csv") == 365
        assert store_days(c, "", days, "2027.csv") == 0
        assert published_years(c, "522624")[-1] == 2027
        # 苗年: a holiday of the county, not of its neighbour.
        assert store_days(c, "522624", [(date(2026, 11, 20), "holiday")], "苗年") == 1
        assert calendar_days(c, "522624")[date(2026, 11, 20)] == "holiday"
        assert calendar_days(c, "522627")[date(2026, 11, 20)] == "working"
        c.rollback()
