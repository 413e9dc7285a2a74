"""One clock: the county's time, on machines and in browsers that are set to another."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from layers.kit import clock
from tests.sources import nodes

ROOT = Path(__file__).resolve().parents[3]
# Moments that machines tell each other: stored, counted from, or in a file's name with a Z.
AMONG_MACHINES = {
    "dashboard/watch/metrics.py",
    "dashboard/ogc/routes.py",
    "data/backups/kept.py",
    "data/backups/state.py",
    "data/backups/restoring.py",
    "data/backups/write.py",
    "data/embedded/cluster.py",
    "layers/kit/clock.py",
}
# What a browser says in its own time.
OWN_TIME = (
    r"toTimeString|toLocaleTimeString|toLocaleDateString|getHours\(|getMinutes\("
    r"|new Date\(\)\.toISO|\.at\.slice\(|_at\.slice\(|new Date\([^)]*\)\.toLocaleString"
)


def test_midnight_in_the_county_is_afternoon_in_utc() -> None:
    moment = datetime(2026, 11, 29, 16, 5, 31, tzinfo=UTC)
    assert clock.minute(moment) == "2026-11-30 00:05"
    assert clock.second(moment) == "2026-11-30 00:05:31"
    assert clock.begins(date(2026, 11, 30)) == datetime(2026, 11, 29, 16, tzinfo=UTC)
    assert clock.today() == clock.now().date() == clock.local(datetime.now(UTC)).date()


def test_the_machines_own_zone_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 11, 29, 16, 5, tzinfo=UTC)
    for zone in ("UTC", "EST5EDT", clock.POSIX):
        monkeypatch.setenv("TZ", zone)
        assert clock.minute(moment) == "2026-11-30 00:05"


def test_no_page_paper_command_or_log_asks_another_clock() -> None:
    wrong = []
    for folder in ("dashboard", "layers", "data"):
        for file in (ROOT / folder).rglob("*.py"):
            where = str(file.relative_to(ROOT))
            for node in nodes(file):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                name, of = node.func.attr, ast.unparse(node.func.value)
                asks = (name in ("now", "utcnow") and of == "datetime") or (
                    name == "today" and of in ("date", "datetime")
                )
                is_machines = name == "astimezone" and not node.args
                if is_machines or (asks and where not in AMONG_MACHINES):
                    wrong.append(f"{where}:{node.lineno} {ast.unparse(node)}")
    assert wrong == []


def test_no_question_to_the_database_has_a_day_of_its_own() -> None:
    found = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "data").rglob("*.py")
        if "migrations" not in file.parts
        and re.search(r"(?i)\bcurrent_date\b|now\(\)::date|localtimestamp", file.read_text("utf-8"))
    ]
    assert found == []


def test_no_script_says_a_moment_in_the_browsers_own_time() -> None:
    wrong = {
        f"{file.relative_to(ROOT)}: {match.group()}"
        for file in (ROOT / "assets").rglob("*.js")
        if not {"vendor", "built"} & set(file.parts)
        for match in re.finditer(OWN_TIME, file.read_text("utf-8"))
    }
    assert wrong == set()
