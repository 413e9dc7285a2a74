from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.demonstration import liping, spare_liping
from tests.elsewhere import PlainServer, plain_server

__all__ = ["liping", "spare_liping"]


@pytest.fixture(scope="session")
def plain() -> Iterator[PlainServer]:
    """Somebody else's server, one for the run."""
    with plain_server() as server:
        yield server
