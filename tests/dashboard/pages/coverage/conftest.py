"""A loaded county, and a street on which every walk can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.engine import transaction
from layers.coverage_gaps.answers.gaps import Site, Walkers
from layers.coverage_gaps.answers.sums import People
from layers.coverage_gaps.store import Board, Boards
from layers.service_circles.store import Towns
from layers.service_circles.travel.way import on_foot
from layers.service_circles.walking.network import ADULT, build_network
from layers.service_circles.walking.ties import Anchors, anchors_of, doors_of, tie
from tests.demonstration import Loaded, liping, load_once, spare_liping

__all__ = ["liping", "spare_liping"]
SPEED = 1.0


@pytest.fixture(scope="session")
def chishui(request: pytest.FixtureRequest) -> Loaded:
    """Return the county of 47,846 households (赤水), shared: read it only."""
    return load_once(request, "chishui")


def board_of(loaded: Loaded) -> Board:
    with transaction(loaded.engine) as c:
        return Boards(Towns()).get(c, loaded.query())


class Street:
    """A street of 3 km along x = 0 … 3,000, y = 0, walked at 1 m/s; a door every 100 m on it.

    The last door (index 31) stands 5 km away from everything: no street reaches it. Grid codes:
    doors at x < 1,500 have ``…001``, the others ``…002``.
    """

    def __init__(self) -> None:
        lines = gpd.GeoDataFrame(
            {"class": ["street"] * 30},
            geometry=[shapely.LineString([(i * 100, 0), (i * 100 + 100, 0)]) for i in range(30)],
            crs=4545,
        )
        profile = replace(ADULT, flat_speed_m_s=SPEED, off_street_speed_m_s=SPEED)
        self.network = build_network(lines, None, profile)
        self.x = np.array([*(i * 100.0 for i in range(31)), 9000.0])
        points = shapely.points(np.column_stack([self.x, np.zeros(32)]))
        self.ties = tie(points, self.network)
        codes = ["522624001001001" if x < 1500 else "522624001001002" for x in self.x]
        self.walkers = Walkers(
            on_foot(self.network),
            doors_of(self.network, self.ties),
            np.array(codes, object),
            self.ties.untied,
        )
        self.people = People(
            np.full(32, 10, np.int64), np.full(32, 2.0), np.where(self.x < 1500, 1.0, np.nan)
        )

    def place(self, sites: Sequence[Site]) -> Anchors:
        points = shapely.points(np.array([[s.lon, 0.0] for s in sites]).reshape(-1, 2))
        return anchors_of(self.network, tie(points, self.network))


def station(key: str, x: float, **values: object) -> Site:
    """Return an open service station at ``x`` metres (lon holds x: the street knows no degrees)."""
    made = Site(
        key, f"站{key}", "522624001001001" if x < 1500 else "522624001001002", "grid",
        ("service_station",), "open", "nearest", (), x, 0.0, x, 0.0,
    )  # fmt: skip
    return replace(made, **values)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def street() -> Street:
    return Street()
