"""One county that each test may change: what a test writes is taken back after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from sqlalchemy import Connection

from data.cases import read
from data.engine import program_engine
from data.importers.judging.kind import ImportOptions
from data.importers.run import run_import
from layers.grids.cases.store import fill
from layers.grids.drafts.plot_store import PlotStore
from tests.demonstration import Loaded, NewDatabase, load, spare_liping
from tests.layers.grids.cases.messy import grids_in_force, messy, write

__all__ = ["spare_liping"]
Bring = Callable[..., Any]


@pytest.fixture(scope="session")
def town(new_database: NewDatabase) -> Iterator[Loaded]:
    """Return 栗坪 for this folder's tests; nothing is committed to it."""
    loaded = load(new_database, "liping")
    yield loaded
    loaded.engine.dispose()


@pytest.fixture(scope="session")
def own_grids(town: Loaded) -> gpd.GeoDataFrame:
    return grids_in_force(town)


@pytest.fixture
def c(town: Loaded) -> Iterator[Connection]:
    """Return a connection whose work is rolled back."""
    engine = program_engine(town.server, pool_size=1)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@pytest.fixture(scope="session")
def plot_store() -> PlotStore:
    return PlotStore()


@pytest.fixture
def bring(c: Connection, town: Loaded, plot_store: PlotStore, tmp_path: Path) -> Bring:
    """Return a function that imports a layer of old grids and finds its cases."""

    def make(frame: gpd.GeoDataFrame | Path, **options: Any) -> Any:
        path = frame
        if not isinstance(frame, Path):
            path = write(frame, tmp_path / "旧网格.gpkg", 4490, layer="grids")
        run_import(c, "grids", path, town.code, ImportOptions(**options))
        return fill(c, plot_store, int(read.case_sets(c, town.code)[0].id))

    return make


@pytest.fixture
def old(bring: Bring, own_grids: gpd.GeoDataFrame) -> Any:
    """Return the head of a set with cases: the demonstration's own grids, made messy."""
    return bring(messy(own_grids, 7))
