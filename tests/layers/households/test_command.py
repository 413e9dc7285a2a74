"""``getu import --as households`` from its arguments to its exit code."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.commands import CANNOT, DONE, FINDINGS, main
from dashboard.pages.command_centre.summary import summary_panel
from dashboard.services import make_services
from data.engine import transaction
from data.server import Server
from tests.demonstration import Loaded, NewDatabase, load
from tests.layers.households.office_tables import site, write_table

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def loaded(new_database: NewDatabase) -> Iterator[Loaded]:
    made = load(new_database, "liping")
    yield made
    made.engine.dispose()


@pytest.fixture
def county(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """Let the command find this file's database, without tables of other tests in it."""

    @contextmanager
    def running(_: object) -> Iterator[Server]:
        yield loaded.server

    monkeypatch.setattr("data.server.running_server", running)
    monkeypatch.setattr("data.migrations.migrate", lambda _: None)
    monkeypatch.setattr("dashboard.commands._configure_logging", lambda: None)
    with transaction(loaded.engine) as c:
        c.execute(text("DELETE FROM count_upload"))
        c.execute(text("DELETE FROM count_snapshot WHERE effective_on > '2026-11-01'"))
    return loaded


def run(path: Path, *arguments: str) -> int:
    always = ("--as", "households", "--county", "522301", "--lang", "zh")
    return main(["import", str(path), *always, *arguments])


def test_a_month_from_the_command_line(
    county: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_table(tmp_path / "11月.xlsx", [*site("感恩苑", 50, 51), *site("无此小区", 9)])
    # 1. a trial keeps nothing
    assert run(path, "--dry-run", "--as-of", "2026-11-30") == FINDINGS
    said = capsys.readouterr().out
    assert "3 行，2 行落到楼栋，1 行待裁定，0 行不计" in said
    assert "另有未落楼 9 户" in said
    assert "没有保存" in said
    assert county.value("SELECT count(*) FROM count_upload") == 0
    # 2. with a row that waits it is kept open, and says where to go on
    assert run(path, "--as-of", "2026-11-30", "--publish") == FINDINGS
    assert "/data?tab=households&county=522301" in capsys.readouterr().out
    assert county.rows("SELECT state, made_by FROM count_upload")[0]["state"] == "open"
    assert county.value("SELECT count(*) FROM count_snapshot") == 1
    # 3. or published with it as unplaced
    assert run(path, "--as-of", "2026-11-30", "--publish", "--unplaced") == DONE
    assert "已发布，截至 2026-11-30" in capsys.readouterr().out
    assert county.value("SELECT sum(value) FROM unplaced_count WHERE measure = 'resident'") == 9
    # 4. a table whose every row has its building needs nobody
    whole = write_table(tmp_path / "12月.xlsx", site("感恩苑", 52, 53))
    assert run(whole, "--as-of", "2026-12-31", "--publish") == DONE
    assert county.value("SELECT max(effective_on) FROM count_snapshot").isoformat() == "2026-12-31"


def test_unplaced_households_stand_beside_the_total_on_the_first_page(
    county: Loaded, tmp_path: Path
) -> None:
    def facts() -> str:
        return str(summary_panel(make_services(county.engine), "522301", {}, "zh"))

    assert "未落楼户数" not in facts()
    path = write_table(tmp_path / "11月.xlsx", [*site("感恩苑", 50), *site("无此小区", 7731)])
    assert run(path, "--as-of", "2026-11-30", "--publish", "--unplaced") == DONE
    said = facts()
    assert "未落楼户数" in said
    assert "7,731" in said


def test_faults_go_to_a_file_and_nothing_changes(
    county: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_table(
        tmp_path / "坏.xlsx", [("感恩苑", "1栋", None, "约50", 3), *site("同心苑", 5)]
    )
    faults = tmp_path / "faults.csv"
    assert run(path, "--faults", str(faults)) == FINDINGS
    with faults.open(encoding="utf-8-sig") as file:
        (fault,) = csv.DictReader(file)
    assert (fault["row"], fault["rule"]) == ("3", "not_a_number")
    assert "约50 不是数字" in capsys.readouterr().err
    assert county.value("SELECT count(*) FROM count_upload") == 0
    assert run(path, "--skip-faulty-rows", "--publish") == DONE


def test_columns_are_named_as_the_table_calls_them(county: Loaded, tmp_path: Path) -> None:
    path = write_table(tmp_path / "表.xlsx", site("感恩苑", 5))
    assert run(path, "--columns", "registered=常住户数") == DONE
    assert county.value("SELECT measures FROM count_upload") == ["registered", "persons"]
    assert run(path, "--columns", "registered=没有") == CANNOT
    assert run(path, "--columns", "mood=常住户数") == CANNOT
    assert run(path, "--layer", "没有") == CANNOT


def test_a_county_that_is_not_loaded_is_refused(county: Loaded, tmp_path: Path) -> None:
    path = write_table(tmp_path / "表.xlsx", site("感恩苑", 5))
    arguments = ["import", str(path), "--as", "households", "--county", "999999"]
    assert main(arguments) == CANNOT
