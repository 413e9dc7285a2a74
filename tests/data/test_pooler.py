"""PgBouncer between, pooling by transaction: nothing of one transaction is seen in another."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from data.embedded.programs import server_user
from data.engine import program_engine, session, take_time
from data.server import Server
from layers.kit.principal import Principal, system
from tests.demonstration import NewDatabase

pytestmark = pytest.mark.database
OPENED = 2  # connections to the server, fewer than those who ask


@contextmanager
def pooler(server: Server) -> Iterator[Server]:
    """Give the server as it is reached through a PgBouncer; skip where none is installed."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:" + (os.environ["PATH"]))
    if program is None:
        pytest.skip("needs PgBouncer: apt-get install pgbouncer")
    if not server.embedded:
        pytest.skip("logs in by the socket of the embedded server")
    direct = make_url(server.program_url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="getu-pooler-") as name:
        folder = Path(name)
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            "[databases]\n"
            f"* = host={direct.query['host']} port=5432 user=getu_program\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = transaction\ndefault_pool_size = {OPENED}\n"
            f"max_client_conn = 100\nlogfile = {folder}/log\n"
        )
        user = server_user()
        if user:
            for path in (folder, configuration):
                shutil.chown(path, user, user)
        process = subprocess.Popen([program, configuration], user=user, cwd="/",
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            plain = f"postgresql://somebody@127.0.0.1:{port}/{direct.database}"
            until = time.monotonic() + 60
            while True:
                try:
                    psycopg.connect(plain).close()
                    break
                except psycopg.OperationalError:
                    assert process.poll() is None, (folder / "log").read_text()
                    assert time.monotonic() < until
                    time.sleep(0.05)
            yield replace(server, program_url=f"postgresql+psycopg{plain[10:]}", embedded=False)
        finally:
            process.terminate()
            process.wait()


@pytest.fixture(scope="module")
def pooled(new_database: NewDatabase) -> Iterator[Server]:
    with pooler(new_database()) as server:
        yield server


def somebody(n: int) -> Principal:
    return Principal(f"p{n}", "viewer", f"5226{n:02d}", frozenset(("read",)))


def test_scopes_and_settings_never_pass_from_one_to_another(pooled: Server) -> None:
    """Two processes' worth of pools, eight threads, two connections of the server behind."""
    engines = [program_engine(pooled, pool_size=4) for _ in range(2)]
    asked = text(
        "SELECT current_setting('getu.scope'), current_user, current_setting('search_path'),"
        " current_setting('statement_timeout'), current_setting('jit'),"
        " current_setting('timezone'), pg_backend_pid()"
    )

    def ask(n: int) -> tuple[bool, int]:
        who = somebody(n % 40 + 10)
        with session(engines[n % 2], who, is_snapshot=n % 3 == 0) as c:
            if n % 5 == 0:
                take_time(c)
            scope, user, path, timeout, jit, zone, pid = c.execute(asked).one()
            right = (scope, user, path, jit, zone) == (
                *(who.scope, "getu_program", "getu, public", "off", "UTC"),
            )
            return right and timeout == ("0" if n % 5 == 0 else "1min"), pid

    try:
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(ask, range(1200)))
    finally:
        for engine in engines:
            engine.dispose()
    assert all(right for right, _ in answers)
    assert len({pid for _, pid in answers}) <= OPENED


def test_what_is_asked_often_is_never_prepared_on_a_server_that_another_uses(
    pooled: Server,
) -> None:
    engines = [program_engine(pooled, pool_size=2) for _ in range(2)]
    for n in range(40):  # psycopg would prepare it after five times
        with session(engines[n % 2], system()) as c:
            assert (
                c.execute(text("SELECT count(*) FROM county WHERE code = :c"), {"c": "x"}).scalar()
                == 0
            )
            assert c.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar() == 0
    for engine in engines:
        engine.dispose()


def test_a_lock_goes_with_its_transaction(pooled: Server) -> None:
    engine = program_engine(pooled, pool_size=4)

    def once(_: int) -> None:
        with session(engine, system()) as c:
            c.execute(text("SELECT pg_advisory_xact_lock(5226)"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(once, range(40)))
    with session(engine, system()) as c:
        held = c.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
        assert held.scalar() == 0
    engine.dispose()


def test_without_a_pooler_settings_are_those_of_the_connection(database: Server) -> None:
    engine = program_engine(database, pool_size=1)
    with session(engine, system()) as c:
        assert c.execute(text("SHOW statement_timeout")).scalar() == "1min"
        assert not c.connection.info["getu_pooled"]
    engine.dispose()
