"""Which backups stay, and what is told of the last one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from data.backups.keeping import (
    BackupSettings,
    Keeping,
    Status,
    backup_name,
    backups,
    due,
    note,
    read_status,
    time_of,
    too_many,
    trouble,
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


BEIJING = timezone(timedelta(hours=8))
NIGHTLY = BackupSettings(Path("/x"), is_scheduled=True, at=time(2, 30))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def utc(text: str) -> str:
    return at(text).astimezone(UTC).isoformat()


def test_a_backup_is_due_once_after_each_time_of_day() -> None:
    made = Status(backed_up_at=utc("2026-03-01T02:31"), drilled_at=utc("2026-03-01T02:32"))
    assert due(NIGHTLY, Status(), at("2026-03-01T12:00")) == "backup"  # none yet: at once
    assert due(NIGHTLY, made, at("2026-03-01T23:00")) is None
    assert due(NIGHTLY, made, at("2026-03-02T02:29")) is None
    assert due(NIGHTLY, made, at("2026-03-02T02:30")) == "backup"
    assert due(NIGHTLY, made, at("2026-03-05T01:00")) == "backup"  # the machine was off


def test_what_failed_is_tried_again_but_not_at_once() -> None:
    failed = Status(
        backed_up_at=utc("2026-03-01T02:31"), failed_at=utc("2026-03-02T02:31"),
        drilled_at=utc("2026-03-01T02:32"),
    )  # fmt: skip
    assert due(NIGHTLY, failed, at("2026-03-02T03:00")) is None
    assert due(NIGHTLY, failed, at("2026-03-02T03:32")) == "backup"
    assert due(NIGHTLY, failed, at("2026-03-02T01:00")) is None  # the clock went back
    drill = Status(backed_up_at=utc("2026-03-02T02:31"), drill_failed_at=utc("2026-03-02T02:40"))
    assert due(NIGHTLY, drill, at("2026-03-02T20:00")) is None
    assert due(NIGHTLY, drill, at("2026-03-03T02:00")) is None
    assert due(NIGHTLY, drill, at("2026-03-03T02:35")) == "backup"


def test_a_drill_is_due_every_thirty_days() -> None:
    made = Status(backed_up_at=utc("2026-03-31T02:31"), drilled_at=utc("2026-03-01T02:40"))
    assert due(NIGHTLY, made, at("2026-03-31T02:35")) is None
    assert due(NIGHTLY, made, at("2026-03-31T02:41")) == "drill"


def test_a_failure_and_a_late_backup_are_trouble() -> None:
    made = Status(backed_up_at=utc("2026-03-01T02:31"))
    now = at("2026-03-01T09:00")
    assert trouble(NIGHTLY, made, now) is None
    assert trouble(NIGHTLY, Status(), now) == "late"
    assert trouble(NIGHTLY, made, now + timedelta(hours=20)) == "late"
    assert (
        trouble(NIGHTLY, Status(backed_up_at=utc("2026-03-01T02:31"), failed="x"), now) == "failed"
    )
    bad = Status(backed_up_at=utc("2026-03-01T02:31"), drill_failed="x")
    assert trouble(NIGHTLY, bad, now) == "drill"
    assert trouble(BackupSettings(Path("/x")), Status(), now) is None
