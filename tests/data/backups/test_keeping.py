"""Which backups stay, and what is told of the last one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from data.backups.keeping import (
    Keeping,
    Status,
    backup_name,
    backups,
    note,
    read_status,
    time_of,
    too_many,
)

START = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)


def daily(days: int) -> list[Path]:
    return [Path(backup_name(START + timedelta(days=n))) for n in range(days)]


def test_a_year_of_days_leaves_days_weeks_and_months() -> None:
    # 2026: the last day is Thursday 31 December. 7 days: 25–31. Weeks 53, 52, 51, 50 by their
    # newest: 31, 27 (both kept), 20, 13. Months by their newest: 31 December is kept, 11 more.
    paths = daily(365)
    stay = set(paths) - set(too_many(paths, Keeping(7, 4, 12)))
    days = sorted(at.strftime("%m-%d") for path in stay if (at := time_of(path)))
    assert days == [
        *("01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30"),
        *("10-31", "11-30", "12-13", "12-20"),
        *("12-25", "12-26", "12-27", "12-28", "12-29", "12-30", "12-31"),
    ]


@given(st.lists(st.integers(0, 900), unique=True, min_size=1), st.integers(0, 5))
def test_the_newest_always_stays_and_keeping_twice_removes_nothing_more(
    hours: list[int], most: int
) -> None:
    paths = [Path(backup_name(START + timedelta(hours=7 * n))) for n in hours]
    keeping = Keeping(most, most, most)
    gone = too_many(paths, keeping)
    assert max(paths, key=lambda p: p.name) not in gone
    assert too_many(set(paths) - set(gone), keeping) == []


def test_only_files_with_a_backups_name_are_counted(tmp_path: Path) -> None:
    one = "getu-20260101T023000Z.zip"
    for name in (one, "notes.zip", f".{one}.7.unfinished"):
        (tmp_path / name).write_text("")
    assert [p.name for p in backups(tmp_path)] == [one]
    assert backups(tmp_path / "nowhere") == []


def test_a_status_is_kept_and_nonsense_is_none(tmp_path: Path) -> None:
    note(tmp_path, backed_up_at="2026-01-01T00:00:00+00:00", bytes=3)
    note(tmp_path, failed="why", failed_at="2026-01-02T00:00:00+00:00")
    assert read_status(tmp_path) == Status(
        backed_up_at="2026-01-01T00:00:00+00:00", bytes=3, failed="why",
        failed_at="2026-01-02T00:00:00+00:00",
    )  # fmt: skip
    (tmp_path / "status.json").write_text("[1")
    assert read_status(tmp_path) == Status()
