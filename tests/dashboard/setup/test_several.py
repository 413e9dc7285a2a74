"""Several processes of one program, TLS by files, nginx: what docs/running.md tells to do works."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.settings import read_settings
from layers.kit.errors import SettingsError
from tests.conftest import ROOT
from tests.data.test_pooler import pooler
from tests.demonstration import Loaded

WAIT_S = 120


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of this test's own for this machine, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "chain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "chain.pem", folder / "key.pem"


@dataclass(frozen=True)
class Served:
    port: int
    process: subprocess.Popen[str]
    trusting: ssl.SSLContext

    def get(self, path: str) -> tuple[int, str]:
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}")
        with urllib.request.urlopen(request, timeout=WAIT_S, context=self.trusting) as answer:
            return answer.status, answer.read().decode()

    def workers(self) -> list[int]:
        pid = self.process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(p) for p in listed if b"resource_tracker" not in _command(int(p))]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture(scope="module")
def served(
    liping: Loaded, certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The program with two workers and TLS, its database behind PgBouncer where that is there."""
    home = tmp_path_factory.mktemp("several")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    try:
        between = pooler(liping.server)
        program_url = between.__enter__().program_url
    except pytest.skip.Exception:
        between, program_url = None, liping.server.program_url
    environ = os.environ | {
        "GETU_HOME": str(home), "DATABASE_URL": program_url, "GETU_WORKERS": "2",
        "GETU_OWNER_URL": liping.server.owner_url, "GETU_PORT": str(port),
        "GETU_TLS_CERT": str(certificate[0]), "GETU_TLS_KEY": str(certificate[1]),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "app.py", "serve", "--threads", "2"], cwd=ROOT, env=environ, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if f"https://127.0.0.1:{port}" in line:
                break
        else:
            pytest.fail("".join(lines))
        trusting = ssl.create_default_context(cafile=str(certificate[0]))
        yield Served(port, process, trusting)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=WAIT_S)
        if between is not None:
            between.__exit__(None, None, None)


@pytest.mark.database
def test_two_workers_answer_and_their_figures_are_one(served: Served) -> None:
    def ask(_: int) -> int:
        return served.get("/health/ready")[0]

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(60))) == {200}
    assert "格图" in served.get("/")[1]
    asked = 'getu_requests_total{endpoint="health_ready",status="200"}'
    totals = set()
    for _ in range(6):  # whichever worker answers
        found = dict(
            line.rsplit(" ", 1) for line in served.get("/metrics")[1].splitlines() if line[0] != "#"
        )
        totals.add(float(found[asked]))
    assert totals == {60.0}


@pytest.mark.database
def test_a_killed_worker_is_replaced_and_nobody_notices_for_long(served: Served) -> None:
    before = served.workers()
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    until = time.monotonic() + WAIT_S
    while len(set(served.workers()) - set(before)) == 0:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert json.loads(served.get("/health/ready")[1]) == {"status": "ok"}


@pytest.mark.database
def test_what_is_older_than_tls_1_2_is_refused(served: Served) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", served.port), timeout=WAIT_S) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        old.wrap_socket(plain)


def test_a_key_that_is_not_there_is_a_sentence(certificate: tuple[Path, Path]) -> None:
    with pytest.raises(SettingsError, match="GETU_TLS_KEY"):
        read_settings({"GETU_TLS_CERT": str(certificate[0]), "GETU_HOME": "/x"})


def test_nginx_takes_the_configuration_of_the_docs(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:" + os.environ["PATH"])
    if nginx is None:
        pytest.skip("needs nginx: apt-get install nginx")
    told = (ROOT / "docs" / "nginx" / "getu.conf").read_text(encoding="utf-8")
    told = told.replace("/etc/ssl/getu/chain.pem", str(certificate[0]))
    told = told.replace("/etc/ssl/getu/key.pem", str(certificate[1]))
    told = told.replace("listen [::]:", "# ")  # a machine without IPv6
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n"
        f"client_body_temp_path {tmp_path}/body;\nproxy_temp_path {tmp_path}/proxy;\n"
        f"fastcgi_temp_path {tmp_path}/f;\nuwsgi_temp_path {tmp_path}/u;\n"
        f"scgi_temp_path {tmp_path}/s;\n{told}\n}}\n"
    )
    answer = subprocess.run(
        [nginx, "-t", "-e", "stderr", "-p", tmp_path, "-c", tmp_path / "nginx.conf"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
