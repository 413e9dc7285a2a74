"""The PostgreSQL server that the program uses: embedded by default, ``DATABASE_URL`` otherwise."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from logging import getLogger
from pathlib import Path
from urllib.parse import quote

from data.embedded import cluster
from data.embedded.key_files import key_of
from data.embedded.paths import StatePaths, state_paths
from data.embedded.programs import find_programs
from data.embedded.reserve import watch_disk
from layers.kit.errors import ServerError, SettingsError

__all__ = [
    "DatabaseSettings",
    "Server",
    "StatePaths",
    "database_settings",
    "gate_key",
    "keep_running",
    "masked",
    "running_server",
    "state_paths",
]

GATE_S_MAX = 150.0

logger = getLogger(__name__)
# SQLAlchemy is imported where an address is read or written: commands that work on files ask
# the settings too, and it would be a fifth of their start.


@dataclass(frozen=True, slots=True)
class Server:
    """Addresses (SQLAlchemy URLs) of one database, for its owner and for the program.

    ``key``: opens the tables of people who sign in (docs/decisions/sign-in-tables.md); of the
    state folder, '' where there is none.
    """

    owner_url: str
    program_url: str
    embedded: bool
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Which server to use. ``durable`` is switched off by tests only."""

    paths: StatePaths
    database_url: str | None = None
    owner_url: str | None = None
    durable: bool = True


def _address(name: str, value: str) -> str:
    """Return a PostgreSQL address with our driver named in it, or raise SettingsError."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", value))
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername != "postgresql+psycopg" or not url.database:
        raise SettingsError(
            "{name} is not an address like postgresql://user:password@host:5432/database", name=name
        )
    return url.render_as_string(hide_password=False)


def masked(url: str) -> str:
    """Return an address that may be shown: its password is replaced by asterisks."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return "***"


def database_settings(project: Path, environ: Mapping[str, str]) -> DatabaseSettings:
    """Read which server to use.

    ``DATABASE_URL``: an existing database; ``GETU_OWNER_URL``: another login for the migrations
    there; ``GETU_HOME``: where the embedded server's state lives. Raises SettingsError.
    """
    url, owner = environ.get("DATABASE_URL"), environ.get("GETU_OWNER_URL")
    if owner and not url:
        raise SettingsError("GETU_OWNER_URL is set without DATABASE_URL: set both or neither")
    return DatabaseSettings(
        paths=state_paths(project, environ),
        database_url=_address("DATABASE_URL", url) if url else None,
        owner_url=_address("GETU_OWNER_URL", owner) if owner else None,
    )


@contextmanager
def running_server(settings: DatabaseSettings) -> Iterator[Server]:
    """Give a server that runs; an embedded one is started if need be.

    Every process that uses the embedded server holds a shared lock, and the last one out stops
    it. A process forked inside of the block shares its parent's hold and releases nothing.
    Raises ServerError with one line when the server cannot be had.
    """
    if settings.database_url:
        yield Server(
            settings.owner_url or settings.database_url,
            settings.database_url,
            embedded=False,
            key=gate_key(settings.paths),
        )
        return
    paths, owner_process = settings.paths, os.getpid()
    programs = find_programs(paths.cluster)
    cluster.prepare_folders(paths, programs)
    users = _open_lock(paths.users)
    try:
        with _gate(paths):
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                cluster.create_cluster(paths, programs, durable=settings.durable)
                socket_folder = cluster.start(paths, programs)
                cluster.bootstrap(socket_folder)
            except BaseException:
                if _alone(users):
                    cluster.stop(paths, programs)
                raise
        yield Server(
            _socket_url(socket_folder, "getu_owner"),
            _socket_url(socket_folder, "getu_program"),
            embedded=True,
            key=gate_key(paths),
        )
    finally:
        if os.getpid() == owner_process:
            with _undisturbed(), _gate(paths):
                if _alone(users):
                    cluster.stop(paths, programs)
                os.close(users)


def gate_key(paths: StatePaths) -> str:
    """Return the key that opens the tables of people; made once. Raises ServerError."""
    file = paths.root / "gate.key"
    try:
        return key_of(file, lambda: secrets.token_hex(32).encode()).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a key"
        raise ServerError(
            "{path} cannot be read ({reason}): set GETU_HOME", path=file, reason=reason
        ) from error


def keep_running(
    settings: DatabaseSettings, ended: threading.Event, *, every_s: float = 1.0
) -> None:
    """Bring the embedded server back whenever it has gone, and keep its disk from filling up.

    Until ``ended`` is set.

    For a thread of a process that shares the hold of ``running_server``. Nothing is done for a
    server by ``DATABASE_URL``: its own machine looks after it.
    """
    if settings.database_url:
        return
    paths = settings.paths
    programs = find_programs(paths.cluster)
    while not ended.wait(every_s):
        try:
            watch_disk(paths)
        except OSError as error:  # the next round looks again
            logger.warning("the disk cannot be watched: %s", error)
        if cluster.server_process(paths):
            continue
        try:
            with _gate(paths):
                if ended.is_set() or cluster.server_process(paths):
                    continue
                logger.warning("the database has gone; it is started again")
                cluster.prepare_folders(paths, programs)
                cluster.start(paths, programs)
                logger.warning("the database answers again")
        except ServerError as error:  # a full disk, say: the next round tries again
            logger.warning("%s", error)


def _socket_url(socket_folder: Path, user: str) -> str:
    from sqlalchemy.engine import URL

    url = URL.create("postgresql+psycopg", username=user, database=cluster.DATABASE)
    text = url.render_as_string(hide_password=False)
    return f"{text}?host={quote(str(socket_folder), safe='')}"


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ServerError(
            "{path} cannot be opened ({strerror}): set GETU_HOME",
            path=path,
            strerror=error.strerror,
        ) from error


def _alone(users: int) -> bool:
    """Tell whether no other process uses the server, by turning our shared lock exclusive."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _gate(paths: StatePaths) -> Iterator[None]:
    """Hold the lock under which the server is started and stopped."""
    gate = _open_lock(paths.gate)
    deadline = time.monotonic() + GATE_S_MAX
    try:
        while True:
            try:
                fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ServerError(
                        "another process has been starting or stopping the database for "
                        "{gate_s_max:.0f} s (lock {gate}): end it and try again",
                        gate_s_max=GATE_S_MAX,
                        gate=paths.gate,
                    ) from None
                time.sleep(0.02)
        yield
    finally:
        os.close(gate)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore a second Ctrl-C or SIGTERM while the server stops, so that nothing is left behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
