from __future__ import annotations

from collections.abc import Iterator

import pytest

from layers.grids.drafts.plot_store import PlotStore
from tests.demonstration import Loaded, NewDatabase, load


@pytest.fixture(scope="module")
def town(new_database: NewDatabase) -> Iterator[Loaded]:
    """Return 栗坪 in a database of this file's own; its tests make drafts of their own."""
    loaded = load(new_database, "liping")
    yield loaded
    loaded.engine.dispose()


@pytest.fixture(scope="module")
def plot_store() -> PlotStore:
    return PlotStore()
