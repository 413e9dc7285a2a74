"""Somebody else's PostgreSQL, as ``DATABASE_URL`` names one."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from data.embedded.programs import find_programs
from data.server import Server, database_settings, running_server
from tests.conftest import ROOT

PASSWORD = "p@ss:w/rd"
QUOTED = "p%40ss%3Aw%2Frd"


@dataclass(frozen=True)
class PlainServer:
    """Somebody else's PostgreSQL: TCP on loopback, passwords, nothing of ours in it."""

    port: int
    folder: Path

    def url(self, user: str, database: str) -> str:
        return f"postgresql://{user}:{QUOTED}@127.0.0.1:{self.port}/{database}"

    def administrator(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.url("admin", database), autocommit=True)

    def server(self, user: str, database: str) -> Server:
        environ = {"DATABASE_URL": self.url(user, database), "GETU_HOME": "/nowhere"}
        with running_server(database_settings(ROOT, environ)) as server:
            return server

    def process(self) -> int:
        """Return the postmaster's process."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """Start it; also again, after it was killed: its children may hold its memory a while."""
        programs = find_programs(Path("/nowhere"))
        listen = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        until = time.monotonic() + 90.0
        while True:
            started = programs.run(
                "pg_ctl", "start", "-w", "-D", self.folder / "data", "-o", listen,
                "-l", self.folder / "log",
            )  # fmt: skip
            if started.returncode == 0:
                return
            assert time.monotonic() < until, started.stdout
            time.sleep(0.2)


@contextmanager
def plain_server(folder: Path | None = None) -> Iterator[PlainServer]:
    """Give a server of its own in a new folder (or in this one), which goes with it."""
    programs = find_programs(Path("/nowhere"))
    folder = folder or Path(tempfile.mkdtemp(prefix="getu-plain-"))
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    if programs.user:
        for path in (folder, secret):
            shutil.chown(path, programs.user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    try:
        options = ["-U", "admin", "-E", "UTF8", "-N", "--locale=C.UTF-8", "-A", "scram-sha-256"]
        made = programs.run("initdb", "-D", folder / "data", *options, f"--pwfile={secret}")
        assert made.returncode == 0, made.stdout
        server = PlainServer(port, folder)
        server.start()
        yield server
    finally:
        programs.run("pg_ctl", "stop", "-m", "immediate", "-w", "-D", folder / "data")
        shutil.rmtree(folder, ignore_errors=True)
