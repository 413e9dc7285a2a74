"""Loaded counties for tests: loaded once a run, whoever asks first.

The fixtures are imported by the ``conftest.py`` of every folder that uses them; the stash of the
session holds what they made, so that two folders share one county.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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

__all__ = ["Loaded", "NewDatabase", "liping", "load_once", "spare_liping"]


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


@dataclass(frozen=True)
class NewDatabase:
    """Makes databases on the run's server, each a clone of one that is there.

    ``own``: how the run's databases begin; ``prefix``: those of this worker.
    """

    server: Server
    connection: psycopg.Connection
    own: str
    template: str
    prefix: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        _OF_RUN.append(self)

    def __call__(self, template: str | None = None) -> Server:
        """Return a new database: migrated and empty, or a clone of ``template``."""
        name = f"{self.prefix}{next(self.numbers)}"
        clone(self.server, self.connection, template or self.template, name)
        return Server(
            with_database(self.server.owner_url, name),
            with_database(self.server.program_url, name),
            self.server.embedded,
            self.server.key,
        )


def load_once(request: pytest.FixtureRequest, key: str) -> Loaded:
    """Return the demonstration county ``key``, loaded at the session's first call."""
    made = request.config.stash.setdefault(_LOADED, {})
    if key not in made:
        made[key] = load(request.getfixturevalue("new_database"), key)
    return made[key]


def silent(what: str, share: float) -> None:
    """Show no progress."""


_OF_RUN: list[NewDatabase] = []


def load(new_database: NewDatabase | Server, key: str) -> Loaded:
    """Return a county in a database of its own.

    Who gives a new database instead of what makes them (``load(new_database(), key)``) has made
    one in vain.

    What was loaded first is kept aside in the same server, for every worker of the run: the next
    one is a clone of it, which takes a tenth of a second where loading takes seconds.
    """
    if isinstance(new_database, Server):
        new_database = _OF_RUN[-1]
    kept = f"{new_database.own}_kept_{key}"
    with alone(administrator(new_database.server), kept) as connection:
        if is_there(connection, kept):
            server = new_database(kept)
        else:
            server = new_database()
            engine = program_engine(server, pool_size=1, statement_timeout_s=None)
            with transaction(engine) as c, pytest.MonkeyPatch.context() as patch:
                patch.setattr(demonstration, "make_town", new_town)
                demonstration.load(c, key, silent)
            engine.dispose()
            clone(server, connection, str(make_url(server.owner_url).database), kept)
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
    connection.execute(f"ALTER DATABASE \"{name}\" SET getu.key = '{server.key}'")


def with_database(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


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
def spare_liping(new_database: NewDatabase) -> Iterator[Loaded]:
    """Return 栗坪 in a database of this test's own, to be changed at will."""
    loaded = load(new_database, "liping")
    yield loaded
    loaded.engine.dispose()
