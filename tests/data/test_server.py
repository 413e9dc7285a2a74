"""The embedded server starts from anything, serves several processes, and leaves nothing."""

from __future__ import annotations

import dataclasses
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from data.embedded import cluster, reserve
from data.embedded.paths import fits_socket, state_paths
from data.embedded.programs import find_programs
from data.server import DatabaseSettings, Server, database_settings, running_server
from layers.kit.errors import ServerError
from tests.conftest import ROOT, temporary_home
from tests.demonstration import psycopg_address

pytestmark = pytest.mark.database
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture(scope="module")
def made() -> Iterator[DatabaseSettings]:
    """A cluster that was made and stopped, for the tests of this file to misuse in turn."""
    with temporary_home() as home:
        settings = database_settings(ROOT, {"GETU_HOME": str(home)})
        settings = dataclasses.replace(settings, durable=False)
        with running_server(settings):
            pass
        yield settings


def who(server: Server) -> str:
    with psycopg.connect(psycopg_address(server.program_url)) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    assert row is not None
    return str(row[0])


def alive(settings: DatabaseSettings) -> bool:
    return cluster.server_process(settings.paths) is not None


def wait_until(fact: Callable[[], bool], seconds: float = 90) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if fact():
            return True
        time.sleep(0.02)
    return False


HOLD = """
import sys
from pathlib import Path
from data.server import database_settings, running_server
import dataclasses
settings = database_settings(Path(sys.argv[1]), {"GETU_HOME": sys.argv[2]})
with running_server(dataclasses.replace(settings, durable=False)):
    print("up", flush=True)
    sys.stdin.readline()
"""


def hold(home: Path) -> subprocess.Popen[str]:
    """Start another process that uses the server until a line is written to it."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(ROOT), str(home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def test_it_starts_stops_and_leaves_no_process_and_no_socket(made: DatabaseSettings) -> None:
    with running_server(made) as server:
        assert server.embedded
        assert who(server) == "getu_program"
        assert alive(made)
    assert not alive(made)
    assert not made.paths.socket_folder.exists()


def test_nothing_listens_on_a_tcp_port(made: DatabaseSettings) -> None:
    with (
        running_server(made) as server,
        psycopg.connect(psycopg_address(server.program_url)) as connection,
    ):
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_the_last_process_out_stops_it(made: DatabaseSettings) -> None:
    other = hold(made.paths.root)
    assert other.stdout is not None
    assert other.stdout.readline() == "up\n"
    with running_server(made) as server:
        assert who(server) == "getu_program"
    assert alive(made)
    other.communicate("\n")
    assert not alive(made)


def test_two_processes_that_start_at_once_share_one_server(made: DatabaseSettings) -> None:
    others = [hold(made.paths.root) for _ in range(3)]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "up\n"
    first = cluster.server_process(made.paths)
    for other in others:
        assert cluster.server_process(made.paths) == first
        other.communicate("\n")
    assert not alive(made)


def test_a_forked_child_does_not_stop_its_parents_server(made: DatabaseSettings) -> None:
    with running_server(made) as server:
        child = os.fork()
        if child == 0:
            try:
                with running_server(made):
                    pass
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert who(server) == "getu_program"


def test_a_killed_user_leaves_a_server_that_the_next_one_takes_over(made: DatabaseSettings) -> None:
    other = hold(made.paths.root)
    assert other.stdout is not None
    other.stdout.readline()
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert alive(made)
    with running_server(made) as server:
        assert who(server) == "getu_program"
    assert not alive(made)


def test_a_killed_database_recovers(made: DatabaseSettings) -> None:
    with running_server(made):
        process = cluster.server_process(made.paths)
        assert process is not None
        os.kill(process[0], signal.SIGKILL)
        assert wait_until(lambda: not alive(made))
        assert (made.paths.cluster / "postmaster.pid").exists()
        with running_server(made) as again:
            assert who(again) == "getu_program"


def test_a_disk_that_fills_ends_what_writes_and_leaves_what_reads(
    made: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = {"bytes": 10 * reserve.NEARLY_FULL}
    monkeypatch.setattr(reserve, "free_bytes", lambda _: free["bytes"])
    monkeypatch.setattr(reserve, "RESERVE_BYTES", 2**20)
    file = made.paths.reserve
    with running_server(made) as server:
        address = psycopg_address(server.program_url)
        with psycopg.connect(address) as writer, psycopg.connect(address) as reader:
            reserve.watch_disk(made.paths)
            assert file.stat().st_size == 2**20
            assert file.stat().st_blocks * 512 >= 2**20  # no holes
            writer.execute("SELECT txid_current()")
            reader.execute("SELECT 1")
            free["bytes"] = reserve.NEARLY_FULL - 1
            reserve.watch_disk(made.paths)
            assert not file.exists()
            with pytest.raises(psycopg.OperationalError):
                writer.execute("SELECT 1")
            assert reader.execute("SELECT 2").fetchone() == (2,)
        free["bytes"] = 10 * reserve.NEARLY_FULL
        reserve.watch_disk(made.paths)
        assert file.exists()


def test_a_stale_pid_file_that_names_a_strangers_process_is_no_obstacle(
    made: DatabaseSettings,
) -> None:
    user = find_programs(made.paths.cluster).user
    stranger = subprocess.Popen(["sleep", "60"], user=user, cwd="/")
    try:
        pid_file = made.paths.cluster / "postmaster.pid"
        pid_file.write_text(
            f"{stranger.pid}\n{made.paths.cluster}\n1\n5432\n{made.paths.socket_folder}\n\n"
        )
        with running_server(made) as server:
            assert who(server) == "getu_program"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("content", ["", "\n", "nonsense\n", "1\n"])
def test_a_pid_file_cut_short_by_a_power_cut_is_no_obstacle(
    made: DatabaseSettings, content: str
) -> None:
    (made.paths.cluster / "postmaster.pid").write_text(content)
    with running_server(made) as server:
        assert who(server) == "getu_program"


def test_a_server_whose_socket_was_swept_away_is_started_again(
    made: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ANSWER_S_MAX", 0.3)
    with running_server(made):
        shutil.rmtree(made.paths.socket_folder)
        with running_server(made) as again:
            assert who(again) == "getu_program"


def test_an_interrupted_initdb_is_begun_again(made: DatabaseSettings) -> None:
    with temporary_home() as home:
        settings = dataclasses.replace(made, paths=state_paths(ROOT, {"GETU_HOME": str(home)}))
        cluster.prepare_folders(settings.paths, find_programs(settings.paths.cluster))
        half = settings.paths.database / "cluster.new-1"
        half.mkdir()
        (half / "PG_VERSION").write_text("15\n")
        settings.paths.cluster.mkdir()  # and a folder that PostgreSQL never finished
        (settings.paths.cluster / "base").mkdir()
        with running_server(settings) as server:
            assert who(server) == "getu_program"
        assert not half.exists()
        assert len(list(settings.paths.database.glob("cluster.broken-*"))) == 1


def test_an_interrupted_bootstrap_is_begun_again(made: DatabaseSettings) -> None:
    with running_server(made):
        text = cluster.connection_text(made.paths.socket_folder, cluster.SUPERUSER, "postgres")
        with psycopg.connect(text, autocommit=True) as connection:
            connection.execute("ALTER DATABASE getu RENAME TO getu_unfinished")
    with running_server(made) as server:
        assert who(server) == "getu_program"


def test_a_cluster_of_a_release_that_is_gone_is_a_sentence(made: DatabaseSettings) -> None:
    version = made.paths.cluster / "PG_VERSION"
    before = version.read_text()
    version.write_text("9\n")
    try:
        with pytest.raises(ServerError, match=r"PostgreSQL 9.*not installed"):
            find_programs(made.paths.cluster)
    finally:
        version.write_text(before)


@root_only
def test_a_full_disk_is_a_sentence_before_and_during_initdb(
    made: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        mount = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=755", "tmpfs", name]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("a small file system cannot be mounted here")
        try:
            settings = dataclasses.replace(made, paths=state_paths(ROOT, {"GETU_HOME": name}))
            with pytest.raises(ServerError, match=r"only 1. MB are free"), running_server(settings):
                pass
            monkeypatch.setattr(cluster, "FREE_BYTES_MIN", 0)
            with pytest.raises(ServerError, match="is full"), running_server(settings):
                pass
            assert list(settings.paths.database.glob("cluster*")) == []
        finally:
            subprocess.run(["umount", name], check=True)


@root_only
def test_a_home_under_a_closed_folder_is_a_sentence(made: DatabaseSettings, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    paths = state_paths(ROOT, {"GETU_HOME": str(closed / "home")})
    with (
        pytest.raises(ServerError, match=r"postgres cannot enter.*GETU_HOME"),
        running_server(dataclasses.replace(made, paths=paths)),
    ):
        pass


@root_only
def test_an_ordinary_user_has_a_server_under_a_closed_home() -> None:
    folder = Path(tempfile.mkdtemp(prefix="getu-user-"))
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    code = (
        "from pathlib import Path\nfrom data.server import *\nimport psycopg\n"
        f"s = database_settings(Path('{ROOT}'), {{'XDG_STATE_HOME': '{folder}/state',"
        f" 'XDG_RUNTIME_DIR': '{folder}'}})\n"
        "with running_server(s) as server:\n"
        "    with psycopg.connect(server.program_url.replace('+psycopg', '')) as c:\n"
        "        print(c.execute('SELECT current_user').fetchone()[0])\n"
    )
    try:
        if subprocess.run(
            ["test", "-x", Path(sys.executable).resolve(), "-a", "-r", ROOT / "app.py"],
            user="nobody", group=nobody.pw_gid, extra_groups=[], cwd="/", check=False,
        ).returncode:  # fmt: skip
            pytest.skip("the checkout or its Python lies where other users cannot read")
        answer = subprocess.run(
            [sys.executable, "-B", "-c", code],
            user="nobody", group=nobody.pw_gid, extra_groups=[], cwd="/", check=False,
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": str(folder)},
            capture_output=True, text=True,
        )  # fmt: skip
        assert answer.stdout == "getu_program\n", answer.stderr
    finally:
        shutil.rmtree(folder)


def test_a_home_with_a_long_path_works(made: DatabaseSettings) -> None:
    with temporary_home() as home:
        long = home / ("very-long-folder-name-" * 6)
        assert not fits_socket(long / "socket")
        paths = state_paths(ROOT, {"GETU_HOME": str(long)})
        with running_server(dataclasses.replace(made, paths=paths)) as server:
            assert who(server) == "getu_program"
        assert not paths.socket_folder.exists()


def test_only_two_users_of_this_machine_may_enter(made: DatabaseSettings) -> None:
    """A cluster of an older program, open to whoever reached its socket, is closed at the start."""
    entries, mapped = (made.paths.cluster / name for name in ("pg_hba.conf", "pg_ident.conf"))
    entries.write_text("local all all trust\n")
    mapped.write_text("")
    with running_server(made) as server:
        assert who(server) == "getu_program"
        assert who(dataclasses.replace(server, program_url=server.owner_url)) == "getu_owner"
        entries.write_text("local all all trust\n")  # while it runs, too
        with running_server(made):
            text = cluster.connection_text(made.paths.socket_folder, cluster.SUPERUSER, "postgres")
            with psycopg.connect(text) as connection:
                rows = connection.execute("SELECT auth_method, error FROM pg_hba_file_rules")
                assert rows.fetchall() == [("peer", None)]
    assert "trust" not in entries.read_text()
    assert entries.stat().st_mode & 0o777 == 0o600


@root_only
def test_another_user_who_reaches_the_socket_is_refused(made: DatabaseSettings) -> None:
    with running_server(made) as server:
        folder = made.paths.socket_folder
        folder.chmod(0o755)
        try:
            answers = [
                subprocess.run(
                    ["psql", "-h", folder, "-U", role, "-d", "getu", "-Atc", "SELECT current_user"],
                    user=user, cwd="/", capture_output=True, text=True, check=False,
                ).stderr
                for user in ("nobody", "daemon")
                for role in ("getu_bootstrap", "getu_owner", "getu_program", "postgres")
            ]  # fmt: skip
        finally:
            folder.chmod(0o700)
        assert who(server) == "getu_program"
    assert all("Peer authentication failed" in a or "no pg_hba.conf entry" in a for a in answers)
