"""The command line finds its commands, and the doctor names what is missing."""

from __future__ import annotations

import dataclasses
import importlib
import re
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from dashboard import commands as dispatcher
from dashboard.application import close_app, create_app
from dashboard.commands import CANNOT, DONE, FINDINGS, INTERRUPTED, commands, main
from dashboard.settings import read_settings
from dashboard.setup import diagnosis
from data.server import Server
from layers.kit.errors import InputError, SettingsError
from tests.browser.conftest import served_by
from tests.conftest import ROOT


@pytest.mark.parametrize("command", commands().values(), ids=lambda c: c.name)
def test_every_command_can_be_imported_and_explains_itself(
    command: dispatcher.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(command.module)
    assert (command.name, command.help) == (module.NAME, module.HELP)
    assert command.help
    assert callable(module.run)
    assert command.example.startswith(f"getu {command.name}")
    assert main([command.name, "--help"]) == DONE
    assert command.example.splitlines()[0] in capsys.readouterr().out


def test_help_lists_every_command_and_needs_none_of_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == DONE
    text = capsys.readouterr().out
    assert all(name in text for name in commands())


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Add a command ``fake`` whose ``run`` has this body."""
    (folder / "fake.py").write_text(
        f"NAME = 'fake'\nHELP = '50% fake'\nEXAMPLE = 'getu fake'\n\n\n"
        f"def add_arguments(parser):\n    parser.add_argument('--n', type=int)\n\n\n"
        f"def run(args):\n    {body}\n"
    )
    (folder / "broken.py").write_text("NAME = 'broken'\nthis is no Python\n")
    listed = commands(folder)
    monkeypatch.setattr(dispatcher, "commands", lambda: listed)
    monkeypatch.setattr(dispatcher, "__path__", [str(folder)])
    monkeypatch.delitem(dispatcher.sys.modules, "dashboard.commands.fake", raising=False)


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("return 0", DONE, ""),
        ("return 1", FINDINGS, ""),
        ("raise KeyboardInterrupt", INTERRUPTED, ""),
        ("from layers.kit.errors import GetuError; raise GetuError('do\\n  this')", CANNOT,
         "getu: do this\n"),
    ],
)  # fmt: skip
def test_what_a_command_does_becomes_an_exit_code_and_at_most_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    body: str, code: int, said: str,
) -> None:  # fmt: skip
    fake(tmp_path, monkeypatch, body)
    assert main(["fake"]) == code
    assert capsys.readouterr().err == said


def test_an_unforeseen_fault_is_one_line_and_its_traceback_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(tmp_path, monkeypatch, "return {}['absent']")
    monkeypatch.setenv("GETU_HOME", str(tmp_path / "state"))
    assert main(["fake"]) == CANNOT
    said = capsys.readouterr().err
    log = tmp_path / "state" / "getu.log"
    assert said.count("\n") == 1
    assert str(log) in said
    assert "Traceback" in log.read_text()


def test_one_broken_command_does_not_break_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(tmp_path, monkeypatch, "return 0")
    assert main(["--help"]) == DONE
    assert "50% fake" in capsys.readouterr().out
    assert main(["fake"]) == DONE
    assert main(["broken"]) == CANNOT


@pytest.mark.parametrize("arguments", [["nonsense"], ["fake", "--n", "x"], ["fake", "--what"]])
def test_wrong_arguments_are_one_line_that_points_to_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:  # fmt: skip
    fake(tmp_path, monkeypatch, "return 0")
    assert main(arguments) == CANNOT
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--help" in said


@pytest.mark.parametrize(
    "environ",
    [
        {"GETU_PORT": "80a"}, {"GETU_PORT": "70000"}, {"GETU_THREADS": "0"},
        {"GETU_HOST": "0.0.0.0"}, {"GETU_LOG": "LOUD"}, {"GETU_OWNER_URL": "postgresql://a@b/c"},
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"GETU_HOME": "/x", **environ})
    (name,) = environ
    assert name in str(caught.value) or environ[name] in str(caught.value)


def test_input_errors_carry_their_findings_past_the_dispatcher() -> None:
    assert InputError("no", []).findings == ()


@pytest.mark.database
def test_the_doctor_finds_database_migrations_and_the_missing_county(database: Server) -> None:
    found = {d.subject: d for d in diagnosis._inside(database, "here")}
    assert found["database"].is_ok
    assert found["migrations"].is_ok
    assert not found["county"].is_ok
    assert "getu demo chishui" in found["county"].remedy


def test_the_doctor_says_how_to_mend_what_is_missing(tmp_path: Path) -> None:
    settings = read_settings({"GETU_HOME": str(tmp_path / "home")})
    bare = dataclasses.replace(settings, project=tmp_path)
    (tmp_path / "requirements.txt").write_text("dash==0.0.1\nno-such-package==1\n")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (tmp_path / name).write_text("{}")
    missing = {d.subject: d for d in diagnosis.diagnose(bare) if not d.is_ok}
    assert {"environment", "packages", "front end", "fonts", "database"} <= set(missing)
    assert "no-such-package absent" in missing["packages"].seen
    assert all(d.remedy for d in missing.values())


def test_the_doctor_names_a_database_that_does_not_answer_without_its_password() -> None:
    url = "postgresql://u:hush@127.0.0.1:9/d"
    settings = read_settings({"GETU_HOME": "/x", "DATABASE_URL": url})
    (found,) = diagnosis.database(settings)
    assert not found.is_ok
    assert "does not answer" in found.seen
    assert "hush" not in found.seen


def test_every_line_is_there_in_chinese(tmp_path: Path) -> None:
    settings = read_settings({"GETU_HOME": str(tmp_path / "home")})
    bare = dataclasses.replace(settings, project=tmp_path)
    (tmp_path / "requirements.txt").write_text("dash==0.0.1\nno-such-package==1\n")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (tmp_path / name).write_text("{}")
    for found in diagnosis.diagnose(bare, "zh"):
        said = "" if found.is_ok else found.remedy
        sentences = re.sub(r"[\w./:-]*[./:][\w./:-]+|GETU_HOME", "", f"{found.seen} {said}")
        assert not re.search(r"[A-Za-z]{3,} [A-Za-z]{2,}", sentences), found


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ([], ["without network"]),
        (["files"], ["Landlock", "other files", "5.13"]),
        (["network"], ["network", "user namespaces"]),
        (["files", "network"], ["Landlock", "network", "until then import only files"]),
    ],
)
def test_a_wall_that_the_kernel_lacks_is_said_with_what_it_means_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, missing: list[str], words: list[str]
) -> None:
    monkeypatch.setattr(diagnosis.walls, "missing", lambda: missing)
    found = diagnosis.file_walls(read_settings({"GETU_HOME": "/x"}), "en")
    assert found.is_ok is not bool(missing)
    assert all(word in f"{found.seen} {found.remedy}" for word in words)
    chinese = diagnosis.file_walls(read_settings({"GETU_HOME": "/x"}), "zh")
    assert chinese.seen.count("；") == max(0, len(missing) - 1)


@pytest.mark.database
def test_the_command_prints_a_line_for_each_thing_and_exits_by_the_findings(
    capsys: pytest.CaptureFixture[str], server: Server
) -> None:
    assert make_url(server.program_url).database
    code = main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= len(diagnosis.CHECKS) + 1
    assert all(line.startswith(("ok ", "MISSING ")) for line in lines)
    assert code == (FINDINGS if any(line.startswith("MISSING") for line in lines) else DONE)
    assert ROOT.exists()


def test_a_port_that_this_program_has_is_no_fault(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks the doctor while the program runs is not sent to look for another port."""
    app = create_app(read_settings({}), server)
    with served_by(app) as address:
        settings = read_settings({"GETU_PORT": address.rpartition(":")[2]})
        found = diagnosis.port(settings, "zh")
        assert found.is_ok
        assert "本程序" in found.seen
        # Another program that answers there is one.
        monkeypatch.setattr(diagnosis, "_is_ours", lambda _: False)
        assert not diagnosis.port(settings, "zh").is_ok
    close_app(app)
