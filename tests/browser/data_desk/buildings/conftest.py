"""A county of these tests' own: every test works on buildings of its own and takes them back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import Log, served
from tests.demonstration import Loaded, NewDatabase, load


@pytest.fixture(scope="session")
def county(new_database: NewDatabase) -> Iterator[Loaded]:
    """Return 栗坪 of this file's own; every test works on buildings of its own."""
    loaded = load(new_database, "liping")
    yield loaded
    loaded.engine.dispose()


@pytest.fixture(scope="session")
def address(county: Loaded, log: Log) -> Iterator[str]:
    with served(county) as site:
        log.served.add(site.removeprefix("http://"))
        yield f"{site}/data?tab=buildings&county={county.code}"


@pytest.fixture
def square(county: Loaded) -> tuple[float, float]:
    """Return the middle of the park, where nothing stands."""
    (row,) = county.rows(
        "SELECT ST_X(p) AS lon, ST_Y(p) AS lat FROM (SELECT ST_PointOnSurface(geom) AS p FROM land"
        " WHERE kind IN ('square', 'park') AND code LIKE :code || '%'"
        " ORDER BY ST_Area(geom) DESC LIMIT 1) s"
    )
    return row["lon"], row["lat"]
