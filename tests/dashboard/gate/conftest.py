from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from tests.demonstration import Loaded, liping, spare_liping

__all__ = ["liping", "spare_liping"]


@pytest.fixture(scope="module")
def app(liping: Loaded) -> Iterator[Any]:
    """Return the application over 栗坪, to read only."""
    made = create_app(read_settings({}), liping.server)
    yield made
    close_app(made)
