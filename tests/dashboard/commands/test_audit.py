"""``getu audit``: what holds, what does not, the audit as a file, what is old."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import Engine, text

from dashboard.commands import CANNOT, DONE, FINDINGS, audit, main
from dashboard.text import LANGUAGES
from data.access.audit import record
from data.access.seal_keys import seal_key
from data.access.seals import BrokenSeal, Fault
from data.engine import owner_engine, session
from data.server import Server
from layers.kit.principal import system
from tests.data.access.test_seals import seal_now

pytestmark = pytest.mark.database


@pytest.fixture
def home(
    database: Server, program: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return the state folder of a server with four entries, sealed by its key."""

    @contextmanager
    def running(_: object) -> Iterator[object]:
        yield database

    monkeypatch.setattr("data.server.running_server", running)
    monkeypatch.setattr("data.migrations.migrate", lambda _: None)
    monkeypatch.setattr("dashboard.commands._configure_logging", lambda: None)
    monkeypatch.setenv("GETU_HOME", str(tmp_path))
    with session(program, system()) as c:
        for number in range(4):
            record(c, "plan.renamed", "522624", f"plan:{number}", {"name": "=1"}, by="甲")
    seal_now(program, seal_key(tmp_path))
    return tmp_path


def run(*arguments: object) -> int:
    return main(["audit", *(str(a) for a in arguments)])


def test_an_audit_that_holds_is_said_to(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", "--lang", "zh") == DONE
    said = capsys.readouterr().out
    assert "审计日志完好" in said
    assert "1 个封存区间、4 条记录" in said
    assert run("verify", "--lang", "en") == DONE
    assert "The audit holds" in capsys.readouterr().out
    assert run("seal") == DONE


def test_a_row_that_was_changed_is_named_and_the_command_fails(
    home: Path, database: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = owner_engine(database)
    with owner.begin() as c:
        c.execute(text("ALTER TABLE getu.audit_entry DISABLE TRIGGER ALL"))
        change = "UPDATE getu.audit_entry SET actor = '乙' WHERE subject = 'plan:2' RETURNING id"
        own = c.execute(text(change)).scalar_one()
    owner.dispose()
    assert run("verify", "--lang", "zh") == FINDINGS
    said = capsys.readouterr().out
    assert f"记录被改过：{own}\n" in said
    assert "共 1 处" in said
    assert run("verify", "--to", "2020-01-01") == DONE


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("fault", get_args(Fault))
def test_every_fault_is_a_sentence(fault: Fault, lang: audit.Language) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    said = audit.fault_line(BrokenSeal(fault, 7, at, at, tuple(range(100, 112))), lang)
    assert "{" not in said
    assert ("+2" in said) == (fault in ("changed", "missing", "added", "outside"))


def test_the_audit_is_written_to_a_file_and_that_is_an_entry(home: Path, tmp_path: Path) -> None:
    table, lines = tmp_path / "a.csv", tmp_path / "a.jsonl"
    assert run("export", table) == DONE
    assert run("export", lines) == DONE
    rows = table.read_text("utf-8-sig").splitlines()
    assert len(rows) == 5
    told = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    assert [row["action"] for row in told] == ["plan.renamed"] * 4 + ["audit.exported"]
    assert told[-1]["origin"] == "command"
    assert told[-1]["detail"]["entries"] == 4
    assert run("export", tmp_path / "a.txt") == CANNOT
    assert run("export") == CANNOT


def test_nothing_younger_than_half_a_year_is_removed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("clean", "--keep-days", 179) == CANNOT
    assert run("clean", "--lang", "zh") == DONE
    assert "清理了 0 条" in capsys.readouterr().out
