"""Make a backup while everybody goes on working."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from logging import getLogger
from pathlib import Path
from threading import Thread
from typing import IO, Final

import psycopg

from data.backups import counting
from data.backups.archive import Writing, writing
from data.backups.client import Login, complaints, find_client, first_line, login
from data.backups.manifest import DUMP, FORMAT, STATE, Manifest
from data.embedded.paths import StatePaths
from data.engine import SCHEMA
from data.server import Server
from layers.kit.errors import ServerError

logger = getLogger(__name__)
KEPT_OF_STATE: Final = ("*.key", "audit-seals.jsonl", "audit/*")


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made."""

    path: Path
    manifest: Manifest
    bytes: int

    @property
    def rows(self) -> int:
        """Return the rows of all tables."""
        return sum(table["rows"] for table in self.manifest["tables"].values())


def make_backup(server: Server, paths: StatePaths | None, target: Path) -> Made:
    """Write everything to the file ``target``: rows, and the files of the state folder.

    Rows, counts and checksums are of one moment: one exported snapshot serves both. Nobody waits
    for it, and it waits for nobody but a migration. Raises ServerError, ConflictError.
    """
    way = login(server)
    with way.connect() as connection, writing(target) as archive:
        try:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            manifest = _write(way, connection, paths, archive)
        except psycopg.errors.InsufficientPrivilege as error:
            raise ServerError(
                "the login of the database does not see every row, so nothing was kept: let an "
                "administrator say ALTER ROLE {login} BYPASSRLS; ({said})",
                login=connection.info.user,
                said=first_line(error),
            ) from error
        except psycopg.Error as error:
            raise ServerError("no backup was made: {said}", said=first_line(error)) from error
    made = Made(target, manifest, target.stat().st_size)
    logger.info("made the backup %s: %s rows, %s bytes", target.name, made.rows, made.bytes)
    return made


def _write(
    way: Login, connection: psycopg.Connection, paths: StatePaths | None, archive: Writing
) -> Manifest:
    # Before the snapshot: a list of seals that named one more than the rows hold would tell, once
    # restored, of a seal that was cut off.
    state = _state_now(paths)
    snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
    revision = counting.revision(connection)
    postgis = counting.postgis_version(connection)
    if snapshot is None or revision is None or postgis is None:
        raise ServerError("the database holds nothing of this program yet, so there is no backup")
    major = connection.info.server_version // 10000
    # Counts need one core and the dump another: they are made side by side, of one snapshot.
    with _dump(way, major, str(snapshot[0])) as dump:
        adding = _Adding(archive, dump)
        adding.start()
        try:
            tables = counting.table_sums(connection)
        except BaseException:
            dump.kill()
            raise
        finally:
            adding.join()
        said = complaints(dump).read()
        if adding.failed is not None:
            raise adding.failed
        if dump.wait() != 0:
            raise ServerError("no backup was made: {said}", said=first_line(said))
    for name, (content, mode) in (_state_now(paths) | state).items():  # a key that is new besides
        archive.add(f"{STATE}{name}", BytesIO(content), mode)
    manifest: Manifest = {
        "format": FORMAT,
        "program": program_version(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": revision,
        "postgresql": major,
        "postgis": postgis,
        "database_bytes": counting.database_bytes(connection),
        "tables": tables,
        "files": archive.files,
    }
    archive.close(manifest)
    return manifest


class _Adding(Thread):
    """Takes the dump from its program and puts it into the archive."""

    def __init__(self, archive: Writing, dump: subprocess.Popen[bytes]) -> None:
        super().__init__(name="dump", daemon=True)
        self._archive, self._dump = archive, dump
        self.failed: OSError | None = None

    def run(self) -> None:
        assert self._dump.stdout is not None
        source: IO[bytes] = self._dump.stdout
        try:
            self._archive.add(DUMP, source)
        except OSError as error:  # the disk is full
            self.failed = error
            self._dump.kill()


def _dump(way: Login, major: int, snapshot: str) -> subprocess.Popen[bytes]:
    return way.start(
        find_client("pg_dump", major),
        "--format=custom", "--compress=6", f"--snapshot={snapshot}", f"--schema={SCHEMA}",
        *(f"--exclude-table-data={SCHEMA}.{table}" for table in counting.LEFT_BEHIND),
        "--no-owner", "--no-password", "--lock-wait-timeout=60000", f"--dbname={way.database}",
        stdin=None, stdout=subprocess.PIPE,
    )  # fmt: skip


def _state_now(paths: StatePaths | None) -> dict[str, tuple[bytes, int]]:
    """Return the state folder's own files, which are small: content and permissions by name."""
    if paths is None:
        return {}
    return {
        name: (path.read_bytes(), path.stat().st_mode & 0o777)
        for name, path in state_files(paths.root)
    }


def state_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a state folder that cannot be made again: keys, and what they sealed."""
    for pattern in KEPT_OF_STATE:
        for path in sorted(root.glob(pattern)):
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                yield path.relative_to(root).as_posix(), path


def program_version() -> str:
    """Return the program's release."""
    try:
        return version("getu")
    except PackageNotFoundError:  # a checkout that runs as it lies there
        return "0.1.0"
