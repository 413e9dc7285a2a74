from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import box

from data.sample.counties import COUNTIES
from data.sample.town import Town, make_town


@pytest.fixture(scope="session")
def chishui() -> Town:
    return make_town(COUNTIES["chishui"])


@pytest.fixture(scope="session")
def sansui() -> Town:
    return make_town(COUNTIES["sansui"])


@pytest.fixture(scope="session")
def liping() -> Town:
    return make_town(COUNTIES["liping"])


@pytest.fixture(scope="session")
def towns(chishui: Town, sansui: Town, liping: Town) -> dict[str, Town]:
    return {"chishui": chishui, "sansui": sansui, "liping": liping}


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
