"""What the tests of the command centre click on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.demonstration import Loaded


@pytest.fixture(scope="module")
def grid(liping: Loaded) -> Any:
    return liping.rows(
        "SELECT grid_id, code, name, households, persons, buildings, area_m2,"
        " ST_X(label_point) AS lon, ST_Y(label_point) AS lat"
        " FROM plan_grid WHERE code LIKE :code || '%' ORDER BY households DESC LIMIT 1"
    )[0]


@pytest.fixture(scope="module")
def station(liping: Loaded) -> Any:
    return liping.rows(
        "SELECT id, name, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM station"
        " WHERE code LIKE :code || '%' AND state = 'open' AND tier IS NOT NULL ORDER BY id LIMIT 1"
    )[0]


@pytest.fixture(scope="module")
def school(liping: Loaded) -> Any:
    """A station that is none of the party's."""
    return liping.rows(
        "SELECT id, name, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM station"
        " WHERE code LIKE :code || '%' AND state = 'open' AND tier IS NULL ORDER BY id LIMIT 1"
    )[0]
