"""What a restore looks at before it begins: the server, the target, and whether there is room."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import sql

from data import migrations
from data.backups import counting
from data.backups.client import first_line
from data.backups.manifest import Manifest
from data.embedded.paths import StatePaths
from data.engine import SCHEMA
from layers.kit.errors import ConflictError, InputError, ServerError

FREE_FACTOR: Final = 1.3  # rows are written to the log of the server besides
LEAVE_S: Final = 3.0
FILLED_BY_PEOPLE: Final = ("county", "audit_entry")
"""Tables that are empty in a database where nothing was done yet."""


@contextmanager
def looking() -> Iterator[None]:
    """Say in a sentence that the server failed before anything was begun. Raises ServerError."""
    try:
        yield
    except psycopg.Error as error:
        raise ServerError(
            "nothing was restored, the database is as it was: {said}", said=first_line(error)
        ) from error


def refuse_weak(target: psycopg.Connection) -> None:
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


def refuse_not_own(target: psycopg.Connection) -> None:
    """Refuse a login that may not give the database's name away."""
    found = target.execute(
        "SELECT rolsuper OR pg_has_role(datdba, 'MEMBER'), datname FROM pg_database, pg_roles"
        " WHERE datname = current_database() AND rolname = current_user"
    ).fetchone()
    if found is None or not found[0]:
        raise ServerError(
            "the database is not the login's own, nothing was changed: let an administrator say "
            "ALTER DATABASE {database} OWNER TO {login};",
            database=target.info.dbname,
            login=target.info.user,
        )


def refuse_other_server(
    target: psycopg.Connection, manifest: Manifest, *, other_postgis: bool
) -> None:
    """Refuse what cannot be followed here: what the backup was made of must be known."""
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
    here = counting.postgis_to_come(target) or "-"
    if not other_postgis and _minor(here) != _minor(manifest["postgis"]):
        raise InputError(
            "the backup is of PostGIS {theirs}, this server has {ours}: install the same release, "
            "or say --other-postgis",
            theirs=manifest["postgis"],
            ours=here,
        )


def _minor(release: str) -> str:
    return ".".join(release.split(".")[:2])


def refuse_filled(target: psycopg.Connection) -> None:
    """Refuse a target that holds something: it is never written over."""
    if counting.revision(target) is None:
        found = target.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s LIMIT 1",
            [SCHEMA],
        ).fetchone()
        if found is not None:  # of this name, and not of ours
            raise _filled(str(found[0]))
        return
    for table in FILLED_BY_PEOPLE:
        question = sql.SQL("SELECT EXISTS (SELECT FROM {})")
        if _is_true(target, question.format(sql.Identifier(SCHEMA, table))):
            raise _filled(table)
    question = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE password_hash IS NOT NULL)")
    if _is_true(target, question.format(sql.Identifier(SCHEMA, "app_user"))):
        raise _filled("app_user")


def _is_true(target: psycopg.Connection, question: sql.Composed) -> bool:
    found = target.execute(question).fetchone()
    return found is not None and bool(found[0])


def _filled(table: str) -> ConflictError:
    return ConflictError(
        "the database is not empty ({table} has rows), nothing was changed: restore into an "
        "empty server, for example with another GETU_HOME",
        table=table,
    )


def refuse_full(manifest: Manifest, paths: StatePaths | None) -> None:
    """Refuse a disk without room. ``paths``: of the embedded server; None: its disk is elsewhere,
    and PostgreSQL says itself when it is full.
    """
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


def refuse_used(admin: psycopg.Connection, database: str) -> None:
    """Refuse a target to which somebody is connected."""
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
    raise used()


def used() -> ConflictError:
    """Return the refusal of a target that somebody uses."""
    return ConflictError(
        "somebody uses the database, nothing was changed: end getu serve and whoever else is "
        "connected, then restore"
    )
