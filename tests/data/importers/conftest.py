"""Databases that importers write to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from data.engine import program_engine
from data.server import Server


@pytest.fixture
def program(module_program: Engine) -> Iterator[Connection]:
    """Return a connection whose transaction is undone after the test: an empty database each."""
    with module_program.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


@pytest.fixture
def engine(database: Server) -> Iterator[Engine]:
    """Return an engine of its own, for tests of transactions."""
    made = program_engine(database, pool_size=3)
    yield made
    made.dispose()
