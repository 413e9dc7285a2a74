"""Where the state of the embedded server lives, and which database address it is instead."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.embedded.paths import fits_socket, state_paths
from data.server import database_settings, masked
from layers.kit.errors import SettingsError
from tests.conftest import ROOT


def test_state_lives_outside_of_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    paths = state_paths(Path("/somewhere/getu"), {})
    assert paths.root.parent == Path("/var/lib/getu")
    assert paths.socket_folder == Path("/run/getu") / paths.root.name
    assert len(paths.root.name) == 10
    assert paths != state_paths(Path("/elsewhere/getu"), {})


def test_an_ordinary_users_state_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as runtime:
        environ = {"XDG_STATE_HOME": "/home/a/s", "XDG_RUNTIME_DIR": runtime, "TMPDIR": runtime}
        user = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: user or 12345)
        assert state_paths(Path("/p"), environ).root.parent == Path("/home/a/s/getu")
        assert state_paths(Path("/p"), environ).socket_folder.parent == Path(runtime) / "getu"


def test_a_temporary_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    from data.embedded.paths import private_folder

    environ = {"TMPDIR": "/tmp"}
    user = os.geteuid()
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        environ = {"TMPDIR": short}
        folder = private_folder(environ, user)
        assert folder.stat().st_mode & 0o777 == 0o700
        folder.chmod(0o777)
        with pytest.raises(SettingsError, match="not a private folder"):
            private_folder(environ, user)
        folder.rmdir()
        folder.symlink_to(tmp_path)
        with pytest.raises(SettingsError, match="not a private folder"):
            private_folder(environ, user)


@given(st.text(alphabet="ab格/", min_size=1, max_size=160))
def test_no_socket_path_is_ever_too_long(home: str) -> None:
    paths = state_paths(ROOT, {"GETU_HOME": f"/tmp/{home}", "XDG_RUNTIME_DIR": f"/tmp/{home}"})
    assert fits_socket(paths.socket_folder)


@pytest.mark.parametrize(
    "url", ["mysql://a@b/c", "nonsense", "postgresql://host", "postgresql://h:port/d", ""]
)
def test_a_wrong_database_url_is_a_sentence(url: str) -> None:
    if not url:
        assert database_settings(ROOT, {"DATABASE_URL": "", "GETU_HOME": "/x"}).database_url is None
        return
    with pytest.raises(SettingsError, match="DATABASE_URL is not an address"):
        database_settings(ROOT, {"DATABASE_URL": url, "GETU_HOME": "/x"})


def test_passwords_are_never_shown() -> None:
    settings = database_settings(
        ROOT, {"DATABASE_URL": "postgres://u:hush@h:5432/d", "GETU_HOME": "/x"}
    )
    assert settings.database_url == "postgresql+psycopg://u:hush@h:5432/d"
    assert masked(settings.database_url) == "postgresql+psycopg://u:***@h:5432/d"
