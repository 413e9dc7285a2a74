"""``getu backup``: by hand, by itself, and loud when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dashboard.commands import CANNOT, DONE, main
from data import server as servers
from data.backups import archive, kept
from data.backups.keeping import backups, read_status
from data.server import DatabaseSettings, Server
from layers.kit.errors import ServerError
from tests.demonstration import Loaded

pytestmark = pytest.mark.database


@pytest.fixture
def folder(spare_liping: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of backups of a program over 栗坪."""

    @contextmanager
    def running(_: DatabaseSettings) -> Iterator[Server]:
        yield spare_liping.server

    monkeypatch.setattr(servers, "running_server", running)
    monkeypatch.setenv("GETU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GETU_BACKUP_DIR", str(tmp_path / "backups"))
    return tmp_path / "backups"


def test_by_itself_it_makes_one_then_tries_it_out_then_rests(
    folder: Path, spare_liping: Loaded
) -> None:
    assert main(["backup", "--due"]) == DONE
    made = backups(folder)
    assert len(made) == 1
    status = read_status(folder)
    assert (status.file, status.failed, status.drilled_at) == (made[0].name, None, None)
    assert main(["backup", "--due"]) == DONE
    assert read_status(folder).drilled_at is not None
    assert main(["backup", "--due"]) == DONE
    assert backups(folder) == made
    asked = "SELECT action, actor, detail->>'file' AS f FROM audit_entry ORDER BY id DESC LIMIT 2"
    drilled, kept_ = spare_liping.rows(asked)
    assert tuple(drilled.values()) == ("backups.drilled", "getu", str(made[0]))
    assert tuple(kept_.values()) == ("backups.made", "getu", str(made[0]))


def test_while_another_program_is_at_it_nothing_is_done(folder: Path) -> None:
    with kept.alone(folder) as is_alone:
        assert is_alone
        assert main(["backup", "--due"]) == DONE
    assert backups(folder) == []


def test_a_failure_is_written_down_and_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def broken(_: DatabaseSettings) -> Iterator[Server]:
        raise ServerError("the database did not start: {why}", why="x")
        yield

    monkeypatch.setattr(servers, "running_server", broken)
    assert main(["backup", "--due", "--lang", "zh"]) == CANNOT
    assert "数据库没有启动" in capsys.readouterr().err
    status = read_status(folder)
    assert "did not start" in (status.failed or "")
    assert status.failed_at is not None
    assert main(["doctor", "--lang", "zh"]) != DONE
    assert "备份没有成功：数据库没有启动：x" in capsys.readouterr().out


def test_by_hand_it_says_what_it_wrote_and_whether_it_holds(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["backup", str(tmp_path / "one.zip"), "--lang", "zh"]) == DONE
    said = capsys.readouterr().out
    assert "备份已写好" in said
    assert "别的用户" not in said
    with monkeypatch.context() as patch:  # a disk without rights of files
        patch.setattr(archive, "MODE", 0o644)
        assert main(["backup", str(tmp_path / "open.zip"), "--lang", "zh"]) == DONE
    assert "别的用户也能读" in capsys.readouterr().out
    assert main(["backup", "drill", str(tmp_path / "one.zip"), "--lang", "zh"]) == DONE
    assert "备份可以恢复" in capsys.readouterr().out
    assert main(["backup", "drill", "--lang", "zh"]) == CANNOT
    assert "里没有备份" in capsys.readouterr().err
    assert main(["backup", str(tmp_path / "no" / "folder" / "x.zip")]) == CANNOT
