"""The way of tests to the database: as the program itself, which reaches everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from data.engine import session
from layers.kit.principal import system


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Give a transaction of the program's own: committed at the end, undone on any exception."""
    with session(engine, system()) as c:
        yield c
