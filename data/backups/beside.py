"""A database beside the one in use: made, filled by somebody, given its place or dropped.

1. One restore or drill of a database at a time, on whatever machine: the maintenance database has
   an advisory lock, which goes with whoever held it.
2. Whoever holds it drops first what a killed one left: databases of this one's name, ``_getu_``,
   what for, and a process number.
3. A database takes the other's place with all that was said of it: owner, who may connect, its
   settings; in one transaction, so that it is the one or the other.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Final, Literal

import psycopg
from psycopg import sql

from data import migrations
from data.backups.client import Login, first_line
from data.backups.target import used
from data.engine import SCHEMA
from data.server import Server
from layers.kit.errors import ConflictError, ServerError

MAINTENANCE: Final = "postgres"
EXTENSIONS: Final = ("postgis", "btree_gist")
WAIT_S: Final = 20.0
MOST_NAME: Final = 63
Purpose = Literal["restored", "drill", "empty"]
_LISTS: Final = (
    *("search_path", "temp_tablespaces", "local_preload_libraries"),
    "session_preload_libraries",
)
"""Settings whose value is a list, which is kept as it is written: quoted already."""


@contextmanager
def administrator(way: Login) -> Iterator[psycopg.Connection]:
    """Give a connection beside the database, alone with it (clauses 1 and 2).

    Raises ServerError, ConflictError.
    """
    with way.connect(MAINTENANCE, autocommit=True) as admin:
        until = time.monotonic() + WAIT_S
        while not _is_alone(admin, way.database):
            if time.monotonic() > until:
                raise ConflictError(
                    "another restore or drill of this database is under way, nothing was changed: "
                    "wait for its end"
                )
            time.sleep(0.2)  # a killed one may still be ending
        _drop_leftovers(admin, way.database)
        yield admin


def _is_alone(admin: psycopg.Connection, database: str) -> bool:
    found = admin.execute(
        "SELECT pg_try_advisory_lock(hashtext('getu beside'), hashtext(%s))", [database]
    ).fetchone()
    return found is not None and bool(found[0])


def _name(database: str, purpose: Purpose) -> str:
    # PostgreSQL cuts longer names, in bytes; what is cut would be another database's.
    end = f"_getu_{purpose}_{os.getpid()}"
    return _stem(database) + end


def _stem(database: str) -> str:
    room = MOST_NAME - len("_getu_restored_") - len(str(2**22))
    return database.encode()[:room].decode("utf-8", "ignore")


def _drop_leftovers(admin: psycopg.Connection, database: str) -> None:
    ours = re.compile(re.escape(_stem(database)) + r"_getu_(restored|drill|empty)_\d+")
    for (name,) in admin.execute("SELECT datname FROM pg_database").fetchall():
        if ours.fullmatch(str(name)):
            with suppress(psycopg.Error):  # another owner's: it is only in the way of nobody
                _drop(admin, str(name))


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def new_database(
    admin: psycopg.Connection, way: Login, server: Server, *, like_target: bool
) -> Iterator[str]:
    """Give a new database without tables of ours; it is dropped, unless it has another name then.

    ``like_target``: a copy of the empty target, which has the extensions that an administrator
    made there; else they are made by this login, or are those of ``template1``.
    """
    name = _name(way.database, "restored" if like_target else "drill")
    try:
        if like_target:
            _create(admin, way, name, way.database)
            _ensure_extensions(way, name)
        else:
            _create(admin, way, name, "template0")
            try:
                _ensure_extensions(way, name)
            except ServerError:  # only an administrator may; maybe one did, for all to come
                _drop(admin, name)
                _create(admin, way, name, "template1")
                _ensure_extensions(way, name)
        # The migrations make the roles that the backup speaks of; their tables go again.
        migrations.migrate(at(server, name))
        with way.connect(name, autocommit=True) as inside:
            inside.execute(
                sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(SCHEMA))
            )
        yield name
    except psycopg.errors.ObjectInUse as error:
        raise used() from error
    except psycopg.Error as error:
        raise ServerError(
            "nothing was restored, the database is as it was: {said}", said=first_line(error)
        ) from error
    finally:
        with suppress(psycopg.Error):  # the server has gone: the next attempt drops it
            _drop(admin, name)


def at(server: Server, database: str) -> Server:
    """Return another database of the same server."""
    from sqlalchemy.engine import make_url

    def other(url: str) -> str:
        return make_url(url).set(database=database).render_as_string(hide_password=False)

    return replace(server, owner_url=other(server.owner_url), program_url=other(server.program_url))


def _create(admin: psycopg.Connection, way: Login, name: str, template: str) -> None:
    """Make a database, with the letters and the order of the one that it is beside."""
    found = admin.execute(
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database"
        " WHERE datname = %s",
        [way.database],
    ).fetchone()
    letters: sql.Composable = sql.SQL("")
    if template == "template0" and found is not None:
        letters = sql.SQL(" ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(
            *(sql.Literal(str(one)) for one in found)
        )
    try:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}{}").format(
                sql.Identifier(name), sql.Identifier(template), letters
            )
        )
    except psycopg.errors.InsufficientPrivilege as error:
        raise ServerError(
            "the login of the database may not make databases, nothing was changed: let an "
            "administrator say ALTER ROLE {login} CREATEDB; ({said})",
            login=admin.info.user,
            said=first_line(error),
        ) from error
    if way.role:
        admin.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
                sql.Identifier(name), sql.Identifier(way.role)
            )
        )


def _ensure_extensions(way: Login, name: str) -> None:
    with way.connect(name, autocommit=True) as inside:
        for extension in EXTENSIONS:
            try:
                inside.execute(
                    sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(
                        sql.Identifier(extension)
                    )
                )
            except psycopg.errors.InsufficientPrivilege as error:
                raise ServerError(
                    "the login of the database may not add the extension {name}, nothing was "
                    "changed: let an administrator say CREATE EXTENSION {name}; in the empty "
                    "database (for a drill: in template1)",
                    name=extension,
                ) from error
        with suppress(psycopg.errors.InsufficientPrivilege):  # somebody else's, who decides
            inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def take_place(admin: psycopg.Connection, database: str, name: str) -> None:
    """Give the database ``name`` the place of the empty one, which goes (clause 3)."""
    aside = _name(database, "empty")
    pair = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    try:
        with admin.transaction():
            _say_the_same(admin, database, name)
            admin.execute(pair.format(sql.Identifier(database), sql.Identifier(aside)))
            admin.execute(pair.format(sql.Identifier(name), sql.Identifier(database)))
    except psycopg.errors.ObjectInUse as error:
        raise used() from error
    except psycopg.OperationalError as error:
        if not admin.broken:
            raise
        raise ServerError(
            "the line to the database broke while the restored one took its place: the old one or "
            "the new one stands there, whole; restore again, which is refused if it is done"
        ) from error
    with suppress(psycopg.Error):  # it is in nobody's way: the next restore drops it
        _drop(admin, aside)


def _say_the_same(admin: psycopg.Connection, database: str, name: str) -> None:
    """Say of the new database what was said of the other: owner, who may connect, settings."""
    new = sql.Identifier(name)
    found = admin.execute(
        "SELECT pg_get_userbyid(datdba), datacl IS NULL, datconnlimit FROM pg_database"
        " WHERE datname = %s",
        [database],
    ).fetchone()
    assert found is not None
    owner, is_open, limit = found
    admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(new, sql.Identifier(owner)))
    if limit != -1:
        admin.execute(
            sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(new, sql.Literal(limit))
        )
    if not is_open:
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(new))
    for whom, right, may_give in admin.execute(
        "SELECT CASE WHEN a.grantee = 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END,"
        " a.privilege_type, a.is_grantable FROM pg_database, aclexplode(datacl) a"
        " WHERE datname = %s",
        [database],
    ).fetchall():
        admin.execute(
            sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(
                sql.SQL(right),
                new,
                sql.SQL("PUBLIC") if whom is None else sql.Identifier(whom),
                sql.SQL(" WITH GRANT OPTION") if may_give and whom != owner else sql.SQL(""),
            )
        )
    for role, setting in admin.execute(
        "SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END,"
        " unnest(s.setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
        " WHERE d.datname = %s",
        [database],
    ).fetchall():
        key, _, value = str(setting).partition("=")
        said = sql.SQL(value) if key in _LISTS else sql.Literal(value)
        whose = (
            sql.SQL("DATABASE {}").format(new)
            if role is None
            else sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(role), new)
        )
        # A name of two parts (getu.scope) is two identifiers.
        named = sql.SQL(".").join(sql.Identifier(part) for part in key.split("."))
        admin.execute(sql.SQL("ALTER {} SET {} TO {}").format(whose, named, said))
