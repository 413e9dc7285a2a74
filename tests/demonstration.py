"""Loaded counties for tests: loaded once a session, whoever asks first.

The fixtures are imported by the ``conftest.py`` of every folder that uses them; the stash of the
session holds what they made, so that two folders share one county.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import RowMapping

from dashboard import demonstration
from data.engine import program_engine, transaction
from data.read import counties
from data.sample.counties import COUNTIES
from data.server import Server
from layers.kit.layer import Query

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
    engine = program_engine(server, pool_size=4, statement_timeout_s=None)
    with transaction(engine) as c:
        demonstration.load(c, key, silent)
    return Loaded(server, engine, COUNTIES[key].code)


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
