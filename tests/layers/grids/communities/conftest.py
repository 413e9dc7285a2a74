"""A county of nine communities (三穗), and a transaction on it that is never kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from data.plans import read
from layers.grids.communities.apply import ChangeResult, carry_out
from layers.grids.communities.change import ChangeOrder
from layers.grids.drafts.plot_store import PlotStore
from tests.demonstration import Loaded, load_once


@pytest.fixture(scope="session")
def sansui(request: pytest.FixtureRequest) -> Loaded:
    """Return the county of nine communities (三穗), shared: changes are rolled back."""
    return load_once(request, "sansui")


@dataclass
class Town:
    """The county inside a transaction."""

    c: Connection
    county: str
    plot_store: PlotStore

    def rows(self, sql: str, **values: Any) -> list[Any]:
        return list(self.c.execute(text(sql), {"county": f"{self.county}%", **values}).mappings())

    def value(self, sql: str, **values: Any) -> Any:
        (row,) = self.rows(sql, **values)
        (value,) = row.values()
        return value

    def community(self, name: str) -> Any:
        policy = read.policy(self.c, self.county)
        rows = read.communities_planned(self.c, self.county, policy.data_as_of)
        return next(r for r in rows if r.name == name)

    def shapes(self, sql: str, **values: Any) -> NDArray[np.object_]:
        found = [bytes(r["geometry"]) for r in self.rows(sql, **values)]
        return np.asarray(shapely.from_wkb(found), object)

    def plots(self, tessellation: int) -> NDArray[np.object_]:
        return self.shapes(
            "SELECT ST_AsBinary(geom) AS geometry FROM plots_of(:t) ORDER BY id", t=tessellation
        )

    def east(self, name: str, share: float = 0.5) -> tuple[int, ...]:
        """Return the plots of a community east of a share of them."""
        plots = self.plots(self.community(name).tessellation)
        x = shapely.get_coordinates(shapely.point_on_surface(plots))[:, 0]
        return tuple(np.flatnonzero(x > np.quantile(x, share)).tolist())

    def beside(self, name: str, other: str) -> tuple[int, ...]:
        """Return the plots of a community within about 30 m of another."""
        border = self.shapes(
            "SELECT ST_AsBinary(geom) AS geometry FROM division WHERE id = :id",
            id=self.community(other).id,
        )[0]
        plots = self.plots(self.community(name).tessellation)
        return tuple(np.flatnonzero(shapely.distance(plots, border) < 3e-4).tolist())

    def wanted(self, kind: Any, community: str, plots: tuple[int, ...], **more: Any) -> ChangeOrder:
        row = self.community(community)
        given = {"grids": (), "on": None, "by": "甲", **more}
        return ChangeOrder(kind, row.id, row.tessellation, plots, **given)

    def split(self, community: str, plots: tuple[int, ...], **more: Any) -> ChangeResult:
        more.setdefault("name", f"{community}东")
        wanted = self.wanted("split", community, plots, **more)
        return carry_out(self.c, self.plot_store, self.county, wanted)

    def move(self, name: str, other: str, plots: tuple[int, ...]) -> ChangeResult:
        wanted = self.wanted("border", name, plots, to=self.community(other).id)
        return carry_out(self.c, self.plot_store, self.county, wanted)


@pytest.fixture
def town(sansui: Loaded) -> Iterator[Town]:
    """Give the county in a transaction; whatever a test does is rolled back."""
    with sansui.engine.connect() as c:
        opened = c.begin()
        yield Town(c, sansui.code, PlotStore())
        opened.rollback()
