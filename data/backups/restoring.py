"""The way back: a backup becomes a database beside the present one, then takes its place.

1. The file is whole, and of a program, a server and a PostGIS that this one can follow.
2. The target is empty: no county, nobody who can sign in, nothing written down of what people did.
3. Everything is restored into a new database; the first error ends it.
4. Rows and checksums of every table are compared with the manifest.
5. Only then, in one transaction, the empty database goes aside and the new one gets its name.

Whatever fails before 5 leaves the target as it was, and removes what was begun.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from logging import getLogger
from pathlib import Path, PurePosixPath
from typing import Final

import psycopg
from psycopg import sql

from data import migrations
from data.backups import counting
from data.backups.archive import PIECE, Backup, opened
from data.backups.client import Login, complaints, find_client, first_line, login
from data.backups.manifest import DUMP, STATE, Manifest, differing
from data.embedded.paths import StatePaths
from data.engine import SCHEMA
from data.server import Server
from layers.kit.errors import ConflictError, InputError, ServerError

logger = getLogger(__name__)
MAINTENANCE: Final = "postgres"
EXTENSIONS: Final = ("postgis", "btree_gist")
FREE_FACTOR: Final = 1.3  # rows are written to the log of the server besides
SHOWN: Final = 5
LEAVE_S: Final = 3.0
FILLED_BY_PEOPLE: Final = ("county", "audit_entry")
"""Tables that are empty in a database where nothing was done yet."""


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
    server: Server, paths: StatePaths | None, file: Path, *, other_postgis: bool = False
) -> Restored:
    """Put a backup in the place of an empty database.

    ``other_postgis``: also where PostGIS is of another release than it was (rows are compared
    either way). A backup of an older program is migrated before it takes its place. Raises
    InputError, ConflictError, ServerError.
    """
    way = login(server)
    with opened(file) as backup, _administrator(way) as admin:
        with way.connect() as target:
            _refuse_weak(target)
            _refuse_other_server(target, backup.manifest, other_postgis=other_postgis)
            _refuse_filled(target)
        _refuse_full(backup.manifest, paths if server.embedded else None)
        _refuse_used(admin, way.database)
        base = f"{way.database}_restored"
        with _new_database(admin, way, server, base, like_target=True) as name:
            _fill(way, name, backup)
            is_older = backup.manifest["revision"] != migrations.head_revision()
            if is_older:
                migrations.migrate(_at(server, name))
            _put_state(backup, paths)
            _take_place(admin, way.database, name)
    logger.info("restored %s", file.name)
    return Restored(backup.manifest, is_older)


def drill(server: Server, file: Path) -> Restored:
    """Restore a backup into a database that is dropped again, and compare: does it hold?

    Nothing else of the server is touched. Raises InputError, ServerError as ``restore`` does.
    """
    way = login(server)
    with opened(file) as backup, _administrator(way) as admin:
        with way.connect() as target:
            _refuse_weak(target)
            _refuse_other_server(target, backup.manifest, other_postgis=False)
        base = f"{way.database}_drill"
        with _new_database(admin, way, server, base, like_target=False) as name:
            _fill(way, name, backup)
    return Restored(backup.manifest)


@contextmanager
def _administrator(way: Login) -> Iterator[psycopg.Connection]:
    with way.connect(MAINTENANCE, autocommit=True) as admin:
        yield admin


def _at(server: Server, database: str) -> Server:
    from sqlalchemy.engine import make_url

    def other(url: str) -> str:
        return make_url(url).set(database=database).render_as_string(hide_password=False)

    return replace(server, owner_url=other(server.owner_url), program_url=other(server.program_url))


def _refuse_weak(target: psycopg.Connection) -> None:
    """Refuse a login that cannot compare all rows, or make a database to compare them in."""
    found = target.execute(
        "SELECT rolsuper OR (rolbypassrls AND rolcreatedb) FROM pg_roles"
        " WHERE rolname = current_user"
    ).fetchone()
    if found is None or not found[0]:
        raise ServerError(
            "the login of the database must see every row and make databases, nothing was changed: "
            "let an administrator say ALTER ROLE {login} BYPASSRLS CREATEDB;",
            login=target.info.user,
        )


def _refuse_other_server(
    target: psycopg.Connection, manifest: Manifest, *, other_postgis: bool
) -> None:
    """Clause 1: what the backup was made of must be known here."""
    if not migrations.is_known(manifest["revision"]):
        raise InputError(
            "the backup is of a newer program (revision {revision}): update the program first",
            revision=manifest["revision"],
        )
    major = target.info.server_version // 10000
    if manifest["postgresql"] > major:
        raise InputError(
            "the backup is of PostgreSQL {theirs}, this server is {ours}: use one as new",
            theirs=manifest["postgresql"],
            ours=major,
        )
    here = counting.postgis_version(target) or "-"
    if not other_postgis and _minor(here) != _minor(manifest["postgis"]):
        raise InputError(
            "the backup is of PostGIS {theirs}, this server has {ours}: install the same release, "
            "or say --other-postgis",
            theirs=manifest["postgis"],
            ours=here,
        )


def _minor(release: str) -> str:
    return ".".join(release.split(".")[:2])


def _refuse_filled(target: psycopg.Connection) -> None:
    """Clause 2. A target that holds something is never written over."""
    if counting.revision(target) is None:
        return
    for table in FILLED_BY_PEOPLE:
        found = target.execute(
            sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(SCHEMA, table))
        ).fetchone()
        if found is not None and found[0]:
            raise ConflictError(
                "the database is not empty ({table} has rows), nothing was changed: restore into "
                "an empty server, for example with another GETU_HOME",
                table=table,
            )
    people = target.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE password_hash IS NOT NULL)").format(
            sql.Identifier(SCHEMA, "app_user")
        )
    ).fetchone()
    if people is not None and people[0]:
        raise ConflictError(
            "the database is not empty ({table} has rows), nothing was changed: restore into "
            "an empty server, for example with another GETU_HOME",
            table="app_user",
        )


def _refuse_full(manifest: Manifest, paths: StatePaths | None) -> None:
    if paths is None:
        return
    free, needed = shutil.disk_usage(paths.root).free, manifest["database_bytes"] * FREE_FACTOR
    if free < needed:
        raise ServerError(
            "the database of the backup needs {needed} MB, {root} has {free} MB free: free some, "
            "or set GETU_HOME to another disk",
            needed=round(needed / 2**20),
            root=paths.root,
            free=free // 2**20,
        )


def _refuse_used(admin: psycopg.Connection, database: str) -> None:
    until = time.monotonic() + LEAVE_S
    while True:
        found = admin.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = %s AND backend_type = 'client backend'",
            [database],
        ).fetchone()
        if found is None or not found[0]:
            return
        if time.monotonic() > until:
            break
        time.sleep(0.05)  # whoever has just left is counted for a moment
    raise ConflictError(
        "somebody uses the database, nothing was changed: end getu serve and whoever else is "
        "connected, then restore"
    )


@contextmanager
def _new_database(
    admin: psycopg.Connection, way: Login, server: Server, base: str, *, like_target: bool
) -> Iterator[str]:
    """Give a new database without tables of ours; it is dropped, unless it has another name then.

    ``like_target``: a copy of the empty target, which has the extensions that an administrator
    made there; else they are made by this login.
    """
    name = f"{base}_{os.getpid()}"
    template = sql.Identifier(way.database if like_target else "template0")
    try:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template)
        )
        if way.role:
            admin.execute(
                sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
                    sql.Identifier(name), sql.Identifier(way.role)
                )
            )
        with way.connect(name, autocommit=True) as inside:
            for extension in EXTENSIONS:
                inside.execute(
                    sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(
                        sql.Identifier(extension)
                    )
                )
            inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        # The migrations make the roles that the backup speaks of; their tables go again.
        migrations.migrate(_at(server, name))
        with way.connect(name, autocommit=True) as inside:
            inside.execute(
                sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(SCHEMA))
            )
        yield name
    except psycopg.errors.InsufficientPrivilege as error:
        raise ServerError(
            "the login of the database may not make databases, nothing was changed: let an "
            "administrator say ALTER ROLE {login} CREATEDB; ({said})",
            login=admin.info.user,
            said=first_line(error),
        ) from error
    except psycopg.Error as error:
        raise ServerError(
            "nothing was restored, the database is as it was: {said}", said=first_line(error)
        ) from error
    finally:
        with suppress(psycopg.Error):  # the server has gone: the next attempt drops it
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _fill(way: Login, name: str, backup: Backup) -> None:
    """Clauses 3 and 4: restore into the database ``name`` and compare."""
    with way.connect(name) as inside:
        major = inside.info.server_version // 10000
    role = [f"--role={way.role}"] if way.role else []
    program = way.start(
        find_client("pg_restore", max(major, backup.manifest["postgresql"])),
        "--exit-on-error", "--no-owner", "--no-password", *role, f"--dbname={name}",
        stdin=subprocess.PIPE, stdout=None,
    )  # fmt: skip
    with program, backup.member(DUMP) as dump:
        assert program.stdin is not None
        with suppress(BrokenPipeError):  # it has ended with a complaint, which is read below
            shutil.copyfileobj(dump, program.stdin, PIECE)
            program.stdin.close()
        said = complaints(program).read()
        if program.wait() != 0:
            raise ServerError(
                "nothing was restored, the database is as it was: {said}", said=first_line(said)
            )
    with way.connect(name) as inside:
        wrong = differing(backup.manifest["tables"], counting.table_sums(inside))
    if wrong:
        raise InputError(
            "what was restored is not what was kept, so nothing was changed: {tables}",
            tables=", ".join(wrong[:SHOWN]) + (" …" if len(wrong) > SHOWN else ""),
        )


def _take_place(admin: psycopg.Connection, database: str, name: str) -> None:
    """Clause 5. Both renamings or none; then the empty database goes."""
    aside = f"{database}_empty_{os.getpid()}"
    pair = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    try:
        with admin.transaction():
            admin.execute(pair.format(sql.Identifier(database), sql.Identifier(aside)))
            admin.execute(pair.format(sql.Identifier(name), sql.Identifier(database)))
    except psycopg.errors.ObjectInUse as error:
        raise ConflictError(
            "somebody uses the database, nothing was changed: end getu serve and whoever else is "
            "connected, then restore"
        ) from error
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(aside)))


def _put_state(backup: Backup, paths: StatePaths | None) -> None:
    """Put the state folder's own files in place; one that is there and differs is moved aside."""
    if paths is None:
        return
    for name, said in backup.manifest["files"].items():
        if not name.startswith(STATE):
            continue
        inside = PurePosixPath(name.removeprefix(STATE))
        if ".." in inside.parts or inside.is_absolute():
            continue  # no backup of ours
        target = paths.root / inside
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if target.exists():
            if hashlib.sha256(target.read_bytes()).hexdigest() == said["sha256"]:
                continue
            target.rename(
                target.with_name(f".{target.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S}")
            )
        new = target.with_name(f".{target.name}.unfinished")
        number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "wb") as file, backup.member(name) as source:
            shutil.copyfileobj(source, file, PIECE)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(said["mode"])
        new.rename(target)
