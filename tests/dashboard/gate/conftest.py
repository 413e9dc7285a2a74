from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from tests.dashboard.gate.subjects import Subjects, make_subjects
from tests.demonstration import Loaded, NewDatabase, liping, load, spare_liping

__all__ = ["liping", "spare_liping"]


@pytest.fixture(scope="module")
def app(liping: Loaded) -> Iterator[Any]:
    """Return the application over 栗坪, to read only."""
    made = create_app(read_settings({}), liping.server)
    yield made
    close_app(made)


@pytest.fixture(scope="package")
def subjects(new_database: NewDatabase) -> Iterator[Subjects]:
    """Return an application over a county with a thing of every kind, to read only."""
    loaded = load(new_database, "liping")
    made = create_app(read_settings({}), loaded.server)
    yield make_subjects(made, loaded)
    close_app(made)
    loaded.engine.dispose()
