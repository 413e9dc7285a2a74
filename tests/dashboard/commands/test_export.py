"""``getu export``: files that come in again, plans, and what cannot be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyogrio
import pytest

from dashboard.commands import CANNOT, DONE, export, main
from data.exporters.kinds import EXPORTS, FORMATS
from tests.demonstration import Loaded, liping

__all__ = ["liping"]
pytestmark = pytest.mark.database


@pytest.fixture
def county(liping: Loaded, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """Let the command find the loaded county instead of starting its own server."""

    @contextmanager
    def running(_: object) -> Iterator[object]:
        yield liping.server

    monkeypatch.setattr("data.server.running_server", running)
    monkeypatch.setattr("data.migrations.migrate", lambda _: None)
    monkeypatch.setattr("dashboard.commands._configure_logging", lambda: None)
    return liping


def run(*arguments: object) -> int:
    return main(["export", *(str(a) for a in arguments)])


def test_every_kind_is_written_by_the_ending_of_its_name(
    county: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(export.ROWS) == set(EXPORTS) == set(FORMATS)
    for what in export.ROWS:
        out = tmp_path / f"{what}.{FORMATS[what][0]}"
        assert run(what, "--county", county.code, "--out", out, "--lang", "zh") == DONE
        assert out.stat().st_size > 500
        assert f"已写出 {out}" in capsys.readouterr().out
    assert pyogrio.read_info(tmp_path / "grids.gpkg")["features"] == 12  # the county's figure
    assert not list(tmp_path.glob(".*"))  # nothing half-written stays


def test_a_plan_is_the_one_in_force_unless_said(county: Loaded, tmp_path: Path) -> None:
    out = tmp_path / "plan.gpkg"
    assert run("plan", "--county", county.code, "--out", out) == DONE
    assert {str(n) for n, _ in pyogrio.list_layers(out)} >= {"grids", "plots", "buildings"}
    picture = tmp_path / "plan.png"
    community = county.value("SELECT min(code) FROM division WHERE kind = 'community'")
    asked = ("--plan", "in-force", "--community", community)
    assert run("plan", "--county", county.code, *asked, "--out", picture) == DONE
    assert picture.read_bytes().startswith(b"\x89PNG")
    named = tmp_path / "plan.zip"
    plan = county.value("SELECT max(id) FROM plan WHERE starts_with(code, :code)")
    assert run("plan", "--county", county.code, "--plan", plan, "--gbk", "--out", named) == DONE


def test_coverage_is_what_the_page_gives(county: Loaded, tmp_path: Path) -> None:
    out = tmp_path / "coverage.csv"
    asked = ("--minutes", "5", "--by", "communities", "--lang", "en")
    assert run("coverage", "--county", county.code, *asked, "--out", out) == DONE
    lines = out.read_text("utf-8-sig").splitlines()
    communities = county.value("SELECT count(*) FROM division WHERE kind = 'community'")
    assert len(lines) >= 1 + communities


def test_what_cannot_be_written_is_one_line(
    county: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, said in (
        (("streets", "--out", tmp_path / "s.xlsx"), "streets leave as gpkg, geojson"),
        (("stations", "--out", tmp_path / "s"), "has no ending"),
        (("coverage", "--out", tmp_path / "c.pdf"), "coverage leaves as"),
        (("coverage", "--minutes", "soon", "--out", tmp_path / "c.csv"), "minutes"),
        (("stations", "--out", tmp_path / "no" / "s.csv"), "cannot write"),
        (("plan", "--plan", 10**9, "--out", tmp_path / "p.gpkg"), "plan"),
    ):
        assert run(*arguments, "--county", county.code) == CANNOT
        complaint = capsys.readouterr().err
        assert said in complaint
        assert len(complaint.splitlines()) == 1
    assert run("stations", "--county", "999999", "--out", tmp_path / "s.csv") == CANNOT
    assert list(tmp_path.iterdir()) == []
