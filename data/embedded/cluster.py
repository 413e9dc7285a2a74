"""Make, start, probe and stop the private cluster. The caller holds the gate's lock."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from datetime import UTC, datetime
from logging import getLogger
from pathlib import Path
from typing import TYPE_CHECKING

from data.embedded.access import SUPERUSER, close_to_others
from data.embedded.paths import SOCKET_NAME, StatePaths
from data.embedded.programs import Programs
from layers.kit.errors import ServerError

if TYPE_CHECKING:
    import psycopg

logger = getLogger(__name__)

DATABASE = "getu"
FREE_BYTES_MIN = 300 * 2**20
START_S_MAX = 90.0
ANSWER_S_MAX = 10.0  # recovery after a crash is waited for by pg_ctl, not here

# Two cores and a few gigabytes. Everything that trades durability for speed is left as it is.
_SETTINGS = """
listen_addresses = ''
max_connections = 60
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 24MB
maintenance_work_mem = 256MB
max_wal_size = 2GB
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
log_line_prefix = '%m [%p] %u@%d '
password_encryption = 'scram-sha-256'
"""
_SETTINGS_OF_TESTS = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = 256MB
shared_buffers = 128MB
autovacuum = off
max_connections = 300
"""


def prepare_folders(paths: StatePaths, programs: Programs) -> None:
    """Create the state folders with their owners and modes; remove nothing.

    Raises ServerError with one line when a folder cannot be had, cannot be entered by
    PostgreSQL's user, or lies on a full disk.
    """
    try:
        for folder in (paths.root, paths.socket_folder.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        for folder in (paths.database, paths.socket_folder):
            folder.mkdir(exist_ok=True, mode=0o700)
            if programs.user and folder.stat().st_uid != programs.user_id:
                os.chown(folder, programs.user_id, programs.group_id)
            if stat.S_IMODE(folder.stat().st_mode) != 0o700:
                folder.chmod(0o700)
    except OSError as error:
        raise ServerError(
            "{filename} cannot be used ({error}): set GETU_HOME to a folder that you may write to",
            filename=error.filename,
            error=error.strerror,
        ) from error
    for folder in (paths.database, paths.socket_folder):
        if programs.user and not _enterable(folder, programs):
            raise ServerError(
                "user {user} cannot enter {folder}, because a folder above it is closed to other "
                "users: set GETU_HOME to a folder that every user may enter",
                user=programs.user,
                folder=folder,
            )
    check_disk(paths)


def _enterable(folder: Path, programs: Programs) -> bool:
    answer = programs.command(["/usr/bin/env", "test", "-x", str(folder), "-a", "-w", str(folder)])
    return answer.returncode == 0


def check_disk(paths: StatePaths) -> None:
    """Refuse to start on a disk that is nearly full, while the refusal still costs nothing."""
    free = shutil.disk_usage(paths.root).free
    if free < FREE_BYTES_MIN:
        raise ServerError(
            "only {free} MB are free on the disk of {root}, the database needs "
            "{needed}: free some, or set GETU_HOME to another disk",
            free=free // 2**20,
            root=paths.root,
            needed=FREE_BYTES_MIN // 2**20,
        )


def create_cluster(paths: StatePaths, programs: Programs, *, durable: bool) -> None:
    """Make the cluster if there is none. A folder is renamed into place only when it is whole.

    What an interrupted attempt left is removed; a ``cluster`` folder that PostgreSQL did not
    finish is moved aside, never deleted.
    """
    if (paths.cluster / "PG_VERSION").exists() and (paths.cluster / "global/pg_control").exists():
        return
    if paths.cluster.exists():
        aside = paths.database / f"cluster.broken-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        paths.cluster.rename(aside)
        logger.warning("%s was not a whole cluster; it was moved to %s", paths.cluster, aside)
    for leftover in paths.database.glob("cluster.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    new = paths.database / f"cluster.new-{os.getpid()}"
    arguments = ["-D", str(new), "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8", "-A", "peer"]
    answer = programs.run("initdb", *arguments, *([] if durable else ["--no-sync"]))
    if answer.returncode != 0:
        shutil.rmtree(new, ignore_errors=True)
        raise ServerError(
            "the database could not be made: {why}",
            why=explain(answer.stdout, paths),
        )
    with (new / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(_SETTINGS if durable else _SETTINGS + _SETTINGS_OF_TESTS)
    new.rename(paths.cluster)
    logger.info("made a PostgreSQL %s cluster in %s", programs.major, paths.cluster)


def explain(output: str, paths: StatePaths) -> str:
    """Return the one line of a failed program's output (and of the server's log) that matters."""
    text = output
    if paths.server_log.exists():
        with paths.server_log.open("rb") as file:
            file.seek(max(0, paths.server_log.stat().st_size - 4096))
            text += "\n" + file.read().decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any("No space left on device" in line for line in lines):
        return f"the disk of {paths.root} is full: free some space, or set GETU_HOME"
    telling = [s for s in lines if "FATAL" in s or "PANIC" in s or "error:" in s or "ERROR" in s]
    said = (telling or lines or ["no message"])[-1]
    return f"{said} (log: {paths.server_log})"


def server_process(paths: StatePaths) -> tuple[int, Path] | None:
    """Return the process id and socket folder of the cluster's living server, or None.

    ``postmaster.pid`` alone proves nothing: after a power cut its number may belong to any
    process, so the process must name our data folder in its arguments.
    """
    try:
        lines = (paths.cluster / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return None
    if os.fsencode(paths.cluster) not in arguments:
        return None
    return pid, Path(lines[4]) if len(lines) > 4 and lines[4] else paths.socket_folder


def connection_text(socket_folder: Path, user: str, database: str) -> str:
    """Return a libpq connection string for the cluster's socket."""
    import psycopg

    return psycopg.conninfo.make_conninfo(
        host=str(socket_folder), port=5432, user=user, dbname=database, connect_timeout=10
    )


def answers(socket_folder: Path) -> bool:
    """Tell whether the server takes connections on this socket; nobody logs in for that."""
    from psycopg import pq

    if not (socket_folder / SOCKET_NAME).exists():
        return False
    text = connection_text(socket_folder, "getu_program", DATABASE)
    return pq.PGconn.ping(text.encode()) == pq.Ping.OK


def _disown(pid_file: Path) -> None:
    """Make a dead server's ``postmaster.pid`` name a process that has certainly ended.

    Its number may be a stranger's by now, which PostgreSQL would take for a living server. The
    file itself must stay: through it PostgreSQL finds the dead server's shared memory, removes
    it, and waits for back ends that outlived their server and might still write.
    """
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(ended.pid), *lines[1:]]) + "\n")


def start(paths: StatePaths, programs: Programs) -> Path:
    """Start the server unless it runs, wait until it answers, and return its socket folder.

    Recovers from what an unclean stop leaves: a stale ``postmaster.pid``, orphaned back ends that
    still hold the shared memory for a moment, a running server whose socket was swept away.
    """
    is_news = close_to_others(paths, programs)
    running = server_process(paths)
    if running and is_news:
        programs.run("pg_ctl", "reload", "-s", "-D", paths.cluster)
    if running:
        pid, folder = running
        deadline = time.monotonic() + ANSWER_S_MAX
        while server_process(paths) and time.monotonic() < deadline:
            if answers(folder):
                return folder
            time.sleep(0.05)
        if server_process(paths):
            logger.warning("server %s does not answer on %s: restarting it", pid, folder)
            stop(paths, programs)
            prepare_folders(paths, programs)
    pid_file = paths.cluster / "postmaster.pid"
    if pid_file.exists() and not server_process(paths):
        logger.warning("the database was not stopped cleanly; it recovers now")
        _disown(pid_file)
    # The folder is ours alone, so these are the dead server's, whoever has its number now.
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (paths.socket_folder / name).unlink(missing_ok=True)
    options = f"-k {paths.socket_folder}"
    deadline = time.monotonic() + START_S_MAX
    while True:
        answer = programs.run(
            "pg_ctl", "start", "-s", "-w", "-t", "60",
            "-D", paths.cluster, "-l", paths.server_log, "-o", options,
        )  # fmt: skip
        if answer.returncode == 0:
            return paths.socket_folder
        why = explain(answer.stdout, paths)
        if "shared memory block" not in why or time.monotonic() > deadline:
            raise ServerError(
                "the database did not start: {why}",
                why=why,
            )
        time.sleep(0.5)


def stop(paths: StatePaths, programs: Programs) -> None:
    """Stop the server and remove its socket folder; no error when it does not run."""
    if server_process(paths):
        answer = programs.run("pg_ctl", "stop", "-s", "-m", "fast", "-w", "-t", "60",
                              "-D", paths.cluster)  # fmt: skip
        if answer.returncode != 0 and server_process(paths):
            programs.run("pg_ctl", "stop", "-s", "-m", "immediate", "-w", "-D", paths.cluster)
    shutil.rmtree(paths.socket_folder, ignore_errors=True)


def bootstrap(socket_folder: Path) -> None:
    """Make roles, database and extensions, once; an interrupted attempt is begun again.

    ``getu_owner`` owns the database and runs the migrations; ``getu_program`` is what the program
    connects as: no ownership, no DDL. The database appears under its name only when it is whole.
    """
    import psycopg

    unfinished = f"{DATABASE}_unfinished"
    text = connection_text(socket_folder, SUPERUSER, "postgres")
    with psycopg.connect(text, autocommit=True) as connection:
        # Whoever was killed while this was done: its statement may still be running.
        connection.execute("SELECT pg_advisory_lock(hashtext('getu bootstrap'))")
        if connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
        ).fetchone():
            with psycopg.connect(connection_text(socket_folder, SUPERUSER, DATABASE)) as inside:
                _keep_indexes_of_places(inside)
            return
        for role in ("getu_owner", "getu_program"):
            if not connection.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)
            ).fetchone():
                connection.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEROLE")
        connection.execute(f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {unfinished} OWNER getu_owner")
        with psycopg.connect(connection_text(socket_folder, SUPERUSER, unfinished)) as inside:
            inside.execute("CREATE EXTENSION postgis")
            inside.execute("CREATE EXTENSION btree_gist")
            inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            _keep_indexes_of_places(inside)
        connection.execute(f"ALTER DATABASE {unfinished} RENAME TO {DATABASE}")


def _keep_indexes_of_places(connection: psycopg.Connection) -> None:
    """Let indexes of places be used beside a policy: that boxes meet tells of no row's content.

    PostgreSQL believes it (LEAKPROOF) from a superuser alone. Nobody but the program sends SQL.
    """
    said = connection.execute(
        "SELECT proleakproof FROM pg_proc"
        " WHERE oid = 'public.geometry_overlaps(geometry, geometry)'::regprocedure"
    ).fetchone()
    if said is not None and not said[0]:
        connection.execute("ALTER FUNCTION public.geometry_overlaps(geometry, geometry) LEAKPROOF")
