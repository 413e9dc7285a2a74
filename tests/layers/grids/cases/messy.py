"""A county's own grids made as messy as an old file is: a seeded program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity

from data.divisions import read_communities
from data.engine import transaction
from data.plans import read_exports as plan_exports
from layers.kit.crs import to_measuring
from tests.demonstration import Loaded


def grids_in_force(loaded: Loaded) -> gpd.GeoDataFrame:
    """Return the demonstration's grids in metres: ``code``, ``name``, geometry."""
    plan = loaded.value(
        "SELECT max(plan_id) FROM plan_community WHERE code LIKE :like"
        " AND in_force_from IS NOT NULL AND in_force_to IS NULL",
        like=f"{loaded.code}%",
    )
    srid = loaded.value("SELECT measuring_srid FROM county WHERE code = :code")
    with transaction(loaded.engine) as c:
        frame = plan_exports.grids(c, int(plan))
    shapes = to_measuring(frame.geometry.to_numpy(), srid)
    return gpd.GeoDataFrame(
        {"code": frame["code"].tolist(), "name": frame["name"].tolist()}, geometry=shapes, crs=srid
    )


def messy(
    grids: gpd.GeoDataFrame, seed: int, *, missing: int = 1, shift_m: float = 4.0
) -> gpd.GeoDataFrame:
    """Shift, simplify and swell every border by itself, so that neighbours overlap and part.

    ``missing``: grids left out whole. Further rows: a ring that crosses itself, a sliver, and a
    polygon of another town.
    """
    random = np.random.default_rng(seed)
    shapes, codes, names = [], [], []
    gone = set(random.choice(len(grids), missing, replace=False).tolist()) if missing else set()
    for at, row in enumerate(grids.itertuples()):
        if at in gone:
            continue
        dx, dy = random.normal(0, shift_m, 2)
        shape = affinity.translate(row.geometry, dx, dy)
        shape = shape.simplify(float(random.uniform(0.5, 3.0)))
        shape = shape.buffer(float(random.uniform(-1.5, 1.5)), join_style="mitre")
        shapes.append(shapely.make_valid(shape, method="structure"))
        codes.append(row.code)
        names.append(row.name)
    west, south, east, north = shapely.total_bounds(np.array(shapes, object))
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    sliver = shapely.box(middle.x, middle.y, middle.x + 60, middle.y + 0.05)
    far = shapely.box(east + 9000, north + 9000, east + 9100, north + 9100)
    return gpd.GeoDataFrame(
        {"code": [*codes, "sliver", "far"], "name": [*names, None, None]},
        geometry=[*shapes, sliver, far],
        crs=grids.crs,
    )


def write(frame: gpd.GeoDataFrame, path: Path, srid: int = 4490, **options: Any) -> Path:
    """Write a layer as GDAL does, in another CRS."""
    frame.to_crs(srid).to_file(path, **options)
    return path


def communities(loaded: Loaded) -> gpd.GeoDataFrame:
    """Return the county's communities in metres: ``id``, ``code``, ``name``, geometry."""
    srid = loaded.value("SELECT measuring_srid FROM county WHERE code = :code")
    with transaction(loaded.engine) as c:
        return read_communities.communities(c, loaded.code, srid)


def pushed(loaded: Loaded, metres: float) -> gpd.GeoDataFrame:
    """One community, a good deal larger than it stands."""
    every = communities(loaded)
    one = every.iloc[[0]].copy()
    one["geometry"] = one.geometry.buffer(metres, join_style="mitre")
    return gpd.GeoDataFrame(
        {"code": one["code"].tolist(), "name": one["name"].tolist()},
        geometry=one.geometry.tolist(),
        crs=every.crs,
    )
