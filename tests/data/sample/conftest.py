from __future__ import annotations

import os

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import box

from data.sample.counties.declared import COUNTIES
from data.sample.town import Town
from tests.towns import town_of

# A few towns by default, since each takes seconds; all of them with GETU_TEST_COUNTIES=all.
KEYS = (
    list(COUNTIES)
    if os.environ.get("GETU_TEST_COUNTIES") == "all"
    else ["chishui", "sansui", "liping", "jinping"]
)


class Towns(dict[str, Town]):
    """Towns by key, each made when it is first asked for."""

    def __missing__(self, key: str) -> Town:
        self[key] = town_of(key)
        return self[key]


@pytest.fixture(scope="session")
def towns() -> dict[str, Town]:
    return Towns()


@pytest.fixture(scope="session")
def chishui(towns: dict[str, Town]) -> Town:
    return towns["chishui"]


@pytest.fixture(scope="session")
def sansui(towns: dict[str, Town]) -> Town:
    return towns["sansui"]


@pytest.fixture(scope="session")
def liping(towns: dict[str, Town]) -> Town:
    return towns["liping"]


def stripes(town: Town, numbers: dict[str, int], suffix: str) -> gpd.GeoDataFrame:
    """Cut each community into vertical stripes: stand-ins for grids (or areas) made elsewhere."""
    rows = []
    community = town.divisions.set_index("code")
    for code, count in numbers.items():
        whole = community.geometry[code]
        west, south, east, north = whole.bounds
        step = (east - west) / count
        for k in range(count):
            part = whole.intersection(box(west + k * step, south, west + (k + 1) * step, north))
            if part.is_empty:
                part = shapely.buffer(shapely.point_on_surface(whole), 1)
            rows.append(
                {
                    "code": f"{code}{k + 1:03d}",
                    "community_code": code,
                    "name": f"{community['name'][code]}第{k + 1}{suffix}",
                    "households": 200,
                    "geometry": part,
                }
            )
    return gpd.GeoDataFrame(rows, crs=town.srid)
