"""The way back: a backup becomes a database beside the present one, then takes its place.

1. The file is whole, and of a program, a server and a PostGIS that this one can follow.
2. The target is empty: no county, nobody who can sign in, nothing written down of what people did.
3. Everything is restored into a new database; the first error ends it.
4. Rows and checksums of every table are compared with the manifest.
5. Only then, in one transaction, the empty database goes aside and the new one gets its name.

Whatever fails before 5 leaves the target as it was, and removes what was begun; what a killed one
left the next removes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from logging import getLogger
from pathlib import Path
from typing import IO, Final

from psycopg import sql

from data import migrations
from data.backups import counting
from data.backups.archive import PIECE, Backup, opened
from data.backups.beside import administrator, at, new_database, take_place
from data.backups.client import Login, complaints, find_client, first_line, login
from data.backups.manifest import DUMP, Manifest, differing
from data.backups.state import put_state
from data.backups.target import (
    looking,
    refuse_filled,
    refuse_full,
    refuse_not_own,
    refuse_other_server,
    refuse_used,
    refuse_weak,
)
from data.embedded.paths import StatePaths
from data.engine import PROGRAM_ROLE, SCHEMA
from data.server import Server
from layers.kit.errors import InputError, ServerError

logger = getLogger(__name__)
SHOWN: Final = 5
RIGHTS_TO_COME: Final = tuple(
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT {rights} TO {PROGRAM_ROLE}"
    for rights in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE ON SEQUENCES")
)
"""What the migrations say of tables to come; of whom, is the server's own."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, or tried out. ``migrated``: the backup was of an older program."""

    manifest: Manifest
    migrated: bool = False

    @property
    def rows(self) -> int:
        """Return the rows of all tables."""
        return sum(table["rows"] for table in self.manifest["tables"].values())


def restore(
    server: Server,
    paths: StatePaths | None,
    file: Path,
    *,
    other_postgis: bool = False,
    finish: Callable[[Server, Restored], None] | None = None,
) -> Restored:
    """Put a backup in the place of an empty database.

    ``other_postgis``: also where PostGIS is of another release than it was (rows are compared
    either way). ``finish``: what is written into the restored database (compared, and migrated if
    it is of an older program) before it takes its place. Raises InputError, ConflictError,
    ServerError.
    """
    way = login(server)
    with opened(file) as backup, looking(), administrator(way) as admin:
        with way.connect() as target:
            refuse_weak(target)
            refuse_not_own(target)
            refuse_other_server(target, backup.manifest, other_postgis=other_postgis)
            refuse_filled(target)
        refuse_full(backup.manifest, paths if server.embedded else None)
        refuse_used(admin, way.database)
        with new_database(admin, way, server, like_target=True) as name:
            _fill(way, name, backup)
            is_older = backup.manifest["revision"] != migrations.head_revision()
            done = Restored(backup.manifest, is_older)
            if is_older:
                migrations.migrate(at(server, name))
            if finish is not None:
                finish(at(server, name), done)
            with put_state(backup, paths):
                take_place(admin, way.database, name)
    logger.info("restored %s", file.name)
    return done


def drill(server: Server, file: Path) -> Restored:
    """Restore a backup into a database that is dropped again, and compare: does it hold?

    Nothing else of the server is touched. Raises InputError, ServerError as ``restore`` does.
    """
    way = login(server)
    with opened(file) as backup, looking(), administrator(way) as admin:
        with way.connect() as target:
            refuse_weak(target)
            refuse_other_server(target, backup.manifest, other_postgis=False)
        with new_database(admin, way, server, like_target=False) as name:
            _fill(way, name, backup)
    return Restored(backup.manifest)


def _fill(way: Login, name: str, backup: Backup) -> None:
    """Clauses 3 and 4: restore into the database ``name`` and compare."""
    with way.connect(name) as inside:
        major = inside.info.server_version // 10000
    program = find_client("pg_restore", max(major, backup.manifest["postgresql"]))
    role = [f"--role={way.role}"] if way.role else []
    with _list_of(way, program, backup) as wanted:
        _run(
            way, program, backup,
            "--exit-on-error", "--no-owner", "--no-password", *role, f"--dbname={name}",
            f"--use-list=/dev/fd/{wanted.fileno()}", lent=[wanted.fileno()],
        )  # fmt: skip
    with way.connect(name) as inside:
        if way.role:
            inside.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(way.role)))
        for rights in RIGHTS_TO_COME:
            inside.execute(rights)
    with way.connect(name) as inside:
        wrong = differing(backup.manifest["tables"], counting.table_sums(inside))
    if wrong:
        raise InputError(
            "what was restored is not what was kept, so nothing was changed: {tables}",
            tables=", ".join(wrong[:SHOWN]) + (" …" if len(wrong) > SHOWN else ""),
        )


def _list_of(way: Login, program: Path, backup: Backup) -> IO[bytes]:
    """Return what of the dump is restored: all that can be on a server with other owners.

    Rights of things to come are said of their owner by name, whom the other server need not know.
    A file in memory: pg_restore may run as another user, who enters no folder of this one.
    """
    listed = _run(way, program, backup, "--list")
    lines = [
        line for line in listed.splitlines() if not re.match(rb"\d+; \d+ \d+ DEFAULT ACL ", line)
    ]
    wanted = os.fdopen(os.memfd_create("wanted"), "wb")
    wanted.write(b"\n".join(lines) + b"\n")
    wanted.flush()
    return wanted


def _run(
    way: Login, program: Path, backup: Backup, *arguments: str, lent: Sequence[int] = ()
) -> bytes:
    """Give the dump to pg_restore; return what it wrote. Raises ServerError."""
    running = way.start(
        program, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, lent=lent
    )
    with running, backup.member(DUMP) as dump, ThreadPoolExecutor(2) as reading:
        assert running.stdin is not None
        assert running.stdout is not None
        out, said = (reading.submit(pipe.read) for pipe in (running.stdout, complaints(running)))
        with suppress(BrokenPipeError):  # it has read enough, or ended with a complaint
            shutil.copyfileobj(dump, running.stdin, PIECE)
        with suppress(BrokenPipeError):
            running.stdin.close()
        if running.wait() != 0:
            raise ServerError(
                "nothing was restored, the database is as it was: {said}",
                said=first_line(said.result()),
            )
        return out.result()
