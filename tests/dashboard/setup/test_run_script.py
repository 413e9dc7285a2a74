"""The program as a person meets it: started, answered, interrupted, refused."""

from __future__ import annotations

import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.setup import installation, vendor
from data.embedded import cluster
from data.embedded.paths import state_paths
from tests.conftest import ROOT, temporary_home

pytestmark = pytest.mark.database
# ./run where ./test made the environment; elsewhere what ./run becomes once it has prepared it.
COMMAND = (
    [str(ROOT / "run")]
    if installation.environment_is_whole(tests=False)
    else [sys.executable, str(ROOT / "app.py"), "serve"]
)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Path, port: int, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--no-demo", "--port", str(port)],
        cwd="/",
        env={**os.environ, "GETU_HOME": str(home), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # Tests started under nohup would hand their ignored SIGHUP on, and the program heeds it.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL) and None,
    )


def wait_for_page(process: subprocess.Popen[str], port: int, seconds: float = 180) -> float:
    """Return after how many seconds the page answered."""
    started = time.monotonic()
    while time.monotonic() < started + seconds:
        if process.poll() is not None:
            pytest.fail(f"it ended with {process.returncode}: {process.communicate()[0]}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                assert answer.status == 200
                return time.monotonic() - started
        except OSError:
            time.sleep(0.1)
    process.kill()
    pytest.fail("no page")


def processor_s() -> float:
    """Return the seconds of processor that children have used which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def processes_of_session(session: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(folder.name))
    return found


def running(home: Path) -> bool:
    return cluster.server_process(state_paths(ROOT, {"GETU_HOME": str(home)})) is not None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_it_answers_within_ten_seconds_and_an_interrupt_leaves_no_process(
    home: Path, port: int, number: signal.Signals
) -> None:
    before = processor_s()
    process = start(home, port)
    try:
        took = wait_for_page(process, port)
        assert running(home)
        # As a terminal does it: to every process of the group at once.
        os.killpg(process.pid, number)
        output = process.communicate(timeout=180)[0]
    finally:
        process.kill()
    assert process.returncode == 0, output
    assert f"http://127.0.0.1:{port}" in output
    assert "Traceback" not in output
    assert not running(home)
    assert processes_of_session(process.pid) == []
    if number == signal.SIGTERM:  # the second start
        # On a loaded machine the clock judges the machine: the processor's seconds count.
        assert min(took, processor_s() - before) < 10


def test_an_interrupt_while_it_starts_leaves_no_process(home: Path, port: int) -> None:
    for delay in (0.3, 0.6, 0.9):
        process = start(home, port)
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGINT)
        output = process.communicate(timeout=180)[0]
        assert "Traceback" not in output
        assert not running(home)
        assert processes_of_session(process.pid) == []


def test_after_kill_9_of_everything_the_next_start_recovers(home: Path, port: int) -> None:
    process = start(home, port)
    wait_for_page(process, port)
    server = cluster.server_process(state_paths(ROOT, {"GETU_HOME": str(home)}))
    assert server is not None
    os.kill(server[0], signal.SIGKILL)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    again = start(home, port)
    try:
        assert wait_for_page(again, port) < 30
    finally:
        os.killpg(again.pid, signal.SIGINT)
        again.communicate(timeout=180)
    assert not running(home)


def test_a_database_that_is_killed_comes_back_by_itself(home: Path, port: int) -> None:
    paths = state_paths(ROOT, {"GETU_HOME": str(home)})
    process = start(home, port)
    try:
        wait_for_page(process, port)
        for _ in range(3):
            before = cluster.server_process(paths)
            assert before is not None
            os.kill(before[0], signal.SIGKILL)
            until = time.monotonic() + 120
            while time.monotonic() < until:  # the bound is only against waiting for ever
                after = cluster.server_process(paths)
                if after and after[0] != before[0] and healthy(port):
                    break
                time.sleep(0.1)
            else:
                pytest.fail("the database did not come back")
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert not running(home)


def healthy(port: int) -> bool:
    """Tell whether the program says that it and its database are well."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_taken_port_is_one_line_that_says_what_to_do(home: Path, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = start(home, port)
        output = process.communicate(timeout=180)[0]
    assert process.returncode == 2
    assert output.count("\n") == 1
    assert f"port {port}" in output
    assert "--port" in output


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_other_addresses_than_loopback_are_refused(home: Path, address: str) -> None:
    environ = {**os.environ, "GETU_HOME": str(home)}
    answer = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "serve", "--host", address],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "this machine only" in answer.stderr


def test_an_unreachable_database_url_is_one_line_without_its_password(
    home: Path, port: int
) -> None:
    process = start(home, port, DATABASE_URL="postgresql://u:hush@127.0.0.1:9/d")
    output = process.communicate(timeout=180)[0]
    assert process.returncode == 2
    assert output.count("\n") == 1
    assert "does not answer" in output
    assert "hush" not in output


def test_the_scripts_can_be_executed() -> None:
    for name in ("run", "test", ".ci/run"):
        assert (ROOT / name).stat().st_mode & stat.S_IXUSR
        assert subprocess.run(["bash", "-n", ROOT / name], check=False).returncode == 0


def test_apt_makes_no_cluster_of_its_own_and_leaves_no_setting() -> None:
    line = installation.apt_line(["postgresql", "postgresql-postgis"])
    assert line.index("create_main_cluster = false") < line.index("apt-get install")
    assert line.index("apt-get install") < line.index(f"rm -f {installation.NO_CLUSTER}")
    assert "createcluster" not in installation.apt_line(["chromium"])


def test_without_root_and_sudo_the_line_to_paste_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(installation.shutil, "which", lambda n: n if n == "apt-get" else None)
    with pytest.raises(installation.InstallationError) as caught:
        installation.install_packages(["postgresql", "postgresql-postgis"])
    paste = str(caught.value).splitlines()[-1]
    assert paste.startswith('sudo sh -c "')
    # What the shell makes of the pasted line is what root would run.
    words = subprocess.run(
        ["bash", "-c", f'sudo() {{ printf %s "$3"; }}; {paste}'],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert words == installation.apt_line(["postgresql", "postgresql-postgis"])


def test_the_requirements_are_pinned_and_name_no_address() -> None:
    for name in installation.REQUIREMENTS:
        lines = (ROOT / name).read_text().splitlines()
        for line in lines:
            assert line.startswith("#") or line == "-r requirements.txt" or "==" in line
            assert "://" not in line
            assert "@" not in line
    assert "http" not in (ROOT / "package-lock.json").read_text()


def test_the_stylesheet_of_fonts_prefers_the_viewers_own(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "files").mkdir(parents=True)
    for weight in (400, 700):
        face = (
            "@font-face {{ src: url(./files/{n}.woff2) format('woff2'), url(./files/{n}.woff) "
            "format('woff'); {range} }}\n"
        )
        (package / f"{weight}.css").write_text(
            face.format(n=f"whole-{weight}", range="")
            + face.format(n=f"part-{weight}", range="unicode-range: U+4e00-4e10;")
        )
        (package / "files" / f"part-{weight}.woff2").write_bytes(b"font")
    (package / "LICENSE").write_text("OFL")
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    vendor._copy_fonts(package, fonts)
    faces = (fonts / "fonts.css").read_text().splitlines()
    assert len(faces) == 2  # the whole fonts of a megabyte are left out
    for face, weight in zip(faces, (400, 700), strict=True):
        assert f"font-weight:{weight}" in face
        assert "unicode-range:U+4e00-4e10" in face
        assert face.index("local(") < face.index(f'url("part-{weight}.woff2")')
