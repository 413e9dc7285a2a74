"""A town of a file's own, and the program over it with accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from tests.demonstration import Loaded, NewDatabase, load


@pytest.fixture(scope="module")
def loaded(new_database: NewDatabase) -> Iterator[Loaded]:
    made = load(new_database, "liping")
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def app(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return the application with accounts."""
    home = str(tmp_path_factory.mktemp("home"))
    made = create_app(read_settings({"GETU_SIGN_IN": "on", "GETU_HOME": home}), loaded.server)
    yield made
    close_app(made)


@pytest.fixture(scope="module")
def logins() -> Iterator[str]:
    """Return logins that nobody has yet."""
    return iter(f"person{n}" for n in range(1000))
