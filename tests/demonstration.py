"""Loaded counties for tests: loaded once a run, whoever asks first.

The fixtures are imported by the ``conftest.py`` of every folder that uses them; the stash of the
session holds what they made, so that two folders share one county.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.engine import RowMapping

from dashboard.intake import demonstration
from data.divisions import read_counties as counties
from data.embedded import cluster
from data.engine import program_engine, transaction
from data.sample.counties.declared import COUNTIES
from data.server import Server
from layers.kit.layer import Query
from tests.towns import new_town

__all__ = ["Loaded", "liping", "load_once", "spare_liping"]


@dataclass(frozen=True)
class Loaded:
    """A database that holds one county. Tests of a shared one must not change it."""

    server: Server
    engine: Engine
    code: str

    def rows(self, sql: str, **values: Any) -> list[RowMapping]:
        with transaction(self.engine) as c:
            return list(c.execute(text(sql), {"code": self.code, **values}).mappings())

    def value(self, sql: str, **values: Any) -> Any:
        (row,) = self.rows(sql, **values)
        (value,) = row.values()
        return value

    def query(self, **values: str) -> Query:
        with transaction(self.engine) as c:
            return counties.query(c, self.code, values)

    @property
    def as_of(self) -> date:
        day = self.value("SELECT data_as_of FROM county WHERE code = :code")
        assert isinstance(day, date)
        return day


_LOADED = pytest.StashKey[dict[str, Loaded]]()


def load_once(request: pytest.FixtureRequest, key: str) -> Loaded:
    """Return the demonstration county ``key``, loaded at the session's first call."""
    made = request.config.stash.setdefault(_LOADED, {})
    if key not in made:
        new_database: Callable[[], Server] = request.getfixturevalue("new_database")
        made[key] = load(new_database(), key)
    return made[key]


def silent(what: str, share: float) -> None:
    """Show no progress."""


def load(server: Server, key: str) -> Loaded:
    """Load a county into an empty database.

    What was loaded first is kept aside in the same server, for every worker of the run: the next
    one is a clone of it, which takes a tenth of a second where loading takes seconds.
    """
    admin, name = administrator(server), str(make_url(server.owner_url).database)
    base = cluster.DATABASE if server.embedded else name.rpartition("_")[0]
    kept = f"{base}_kept_{key}"
    with alone(admin, kept) as connection:
        if is_there(connection, kept):
            connection.execute(f'DROP DATABASE "{name}"')
            clone(server, connection, kept, name)
        else:
            engine = program_engine(server, pool_size=1, statement_timeout_s=None)
            with transaction(engine) as c, pytest.MonkeyPatch.context() as patch:
                patch.setattr(demonstration, "make_town", new_town)
                demonstration.load(c, key, silent)
            engine.dispose()
            clone(server, connection, name, kept)
    engine = program_engine(server, pool_size=4, statement_timeout_s=None)
    return Loaded(server, engine, COUNTIES[key].code)


@contextmanager
def alone(admin: str, what: str) -> Iterator[psycopg.Connection]:
    """Give an administrator's connection while no other worker is inside with the same name."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [what])
        yield connection


def is_there(connection: psycopg.Connection, name: str) -> bool:
    found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
    return found.fetchone() is not None


def clone(server: Server, connection: psycopg.Connection, template: str, name: str) -> None:
    owner = make_url(server.owner_url).username
    of_owner = f' OWNER "{owner}"' if owner else ""
    connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{of_owner}')
    # Tests look at everything, by whatever connection; who asks by a session sees his own.
    connection.execute(f"ALTER DATABASE \"{name}\" SET getu.scope = 'all'")


def psycopg_address(url: str) -> str:
    """Return an SQLAlchemy address as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def administrator(server: Server) -> str:
    """Return an address that may create databases, on none of the databases to be cloned."""
    url = make_url(server.owner_url).set(database="postgres")
    if server.embedded:
        url = url.set(username=cluster.SUPERUSER)
    return psycopg_address(url.render_as_string(hide_password=False))


@pytest.fixture(scope="session")
def liping(request: pytest.FixtureRequest) -> Loaded:
    """Return the smallest demonstration county (栗坪), shared: read it only."""
    return load_once(request, "liping")


@pytest.fixture
def spare_liping(new_database: Callable[[], Server]) -> Iterator[Loaded]:
    """Return 栗坪 in a database of this test's own, to be changed at will."""
    loaded = load(new_database(), "liping")
    yield loaded
    loaded.engine.dispose()
