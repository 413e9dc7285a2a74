"""A loaded county, and a connection whose changes are rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from tests.demonstration import Loaded, liping, spare_liping

__all__ = ["c", "liping", "spare_liping"]


@pytest.fixture
def c(liping: Loaded) -> Iterator[Connection]:
    """Return a connection on the shared county; whatever a test does is taken back."""
    with liping.engine.connect() as connection, connection.begin() as work:
        yield connection
        work.rollback()
