"""The ground of a community between the database and the pure modules, kept while it stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.divisions import read_communities as read
from data.engine import reach
from data.plans import read as plans
from data.plans.drafts import read_log as draft_log
from layers.grids.division.frames import tessellation_problem
from layers.grids.plan.assignment import PlotGraph, make_plot_graph
from layers.kit.crs import to_storage
from layers.kit.kept import BoundedStore

STEP = 1e-7  # degrees, 1 cm
KIND_LETTERS = {"building": "b", "road": "r", "river": "w", "park": "p", "land": "l"}
METRES_PER_DEGREE = 111_319.490793  # of the equator of CGCS2000: π · 6 378 137 ÷ 180


class PlotEstate(TypedDict):
    """An estate on a community's plots."""

    id: int
    name: str
    households: int
    plots: int


class PlotCounts(TypedDict):
    """What stands on each of ``n`` plots. ``unknown``: plots whose households nobody knows;
    ``kind``: a letter each, named by ``kinds``; ``estate``: position in ``estates``, -1 for none.
    """

    n: int
    households: list[int]
    persons: list[int]
    unknown: list[int]
    buildings: list[int]
    kind: str
    kinds: dict[str, str]
    estate: list[int]
    estates: list[PlotEstate]
    area_m2: list[int]


class PlotRings(TypedDict):
    """The rings of plots: steps from vertex to vertex, where each ring and plot begins."""

    xy: list[int]
    ring: list[int]
    plot_ring: list[int]


class PlotBorders(TypedDict):
    """Common borders of plots (positions) with their metres and what runs along them."""

    a: list[int]
    b: list[int]
    shared_m: list[float]
    barrier: list[int]


class CommunityName(TypedDict):
    """Whose plots they are."""

    id: int
    code: str
    name: str


class PlotsValue(PlotCounts, PlotRings):
    """A community's plots as the browser gets them (docs/planner-api.md)."""

    tessellation: int
    community: CommunityName
    persons_known: bool
    origin: tuple[float, float]
    step: float
    metres: tuple[float, float]
    point: list[int]
    neighbours: PlotBorders


@dataclass(frozen=True)
class CommunityPlots:
    """A community's plots as the planner's desk needs them.

    ``shapes``: plots in the measuring CRS ``srid``. ``origin``: degrees; ``metres``: metres per
    degree east and north in the local metric frame. ``body``: what the browser gets, JSON.
    """

    tessellation: int
    community_id: int
    code: str
    name: str
    srid: int
    plot_ids: NDArray[np.int64]
    kinds: tuple[str, ...]
    graph: PlotGraph
    shapes: NDArray[np.object_]
    estates: tuple[tuple[int, str], ...]
    persons_known: bool
    origin: tuple[float, float]
    metres: tuple[float, float]
    body: bytes

    def local(self, line: Any) -> tuple[tuple[float, float], ...]:
        """Return degrees (lon, lat) as metres in the local frame, as the browser does."""
        (lon0, lat0), (kx, ky) = self.origin, self.metres
        return tuple(((lon - lon0) * kx, (lat - lat0) * ky) for lon, lat in line)

    def position(self, plot_id: int) -> int:
        """Return a plot's position in the community."""
        return int(np.searchsorted(self.plot_ids, plot_id))

    def positions(self, plot_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions of plots in the community."""
        return np.searchsorted(self.plot_ids, plot_ids).astype(np.int64)


class PlotStore:
    """The last grounds used, by tessellation, counts and scope. Made once by the application."""

    def __init__(self, size: int = 80) -> None:
        self._kept: BoundedStore[tuple[int, str, str], CommunityPlots] = BoundedStore(size)
        self._starts: BoundedStore[tuple[int, int, str], NDArray[np.int64]] = BoundedStore(2 * size)

    def get(
        self, c: Connection, tessellation: int, county: str, srid: int, measure: str
    ) -> CommunityPlots:
        """Return a tessellation's ground with the counts that stand. Raises NotFoundError."""
        key = (tessellation, plans.ground_version(c, county), reach(c))
        return self._kept.get_once(key, lambda _: load_plots(c, tessellation, srid, measure))

    def start(self, c: Connection, plan_id: int, about: CommunityPlots) -> NDArray[np.int64]:
        """Return the grid ids (n,) that a draft started from; -1 where the log has none."""

        def read_start() -> NDArray[np.int64]:
            found = np.full(len(about.plot_ids), -1, np.int64)
            for grid_id, plot_ids in draft_log.start_plots(c, plan_id, about.community_id).items():
                found[about.positions(np.array(plot_ids, np.int64))] = grid_id
            return found

        return self._starts.get((plan_id, about.tessellation, reach(c)), read_start)


def load_plots(c: Connection, tessellation: int, srid: int, measure: str) -> CommunityPlots:
    """Read a tessellation with its counts. Raises NotFoundError."""
    row = plans.tessellation(c, tessellation)
    frame = read.tessellation_plots(c, tessellation, srid, measure)
    borders = read.tessellation_neighbours(c, tessellation)
    problem = tessellation_problem(frame, borders)
    shapes = frame.geometry.to_numpy()
    degrees = to_storage(shapes, srid)
    west, south, _, north = _bounds(degrees)
    middle = np.radians((south + north) / 2)
    metres = (
        round(METRES_PER_DEGREE * float(np.cos(middle)), 6),
        # Metres per degree of latitude on the ellipsoid (series to the first harmonic).
        round(111_132.954 - 559.822 * float(np.cos(2 * middle)), 6),
    )
    origin = (round(west, 7), round(south, 7))
    inside = shapely.get_coordinates(shapely.point_on_surface(degrees))
    point = np.round((inside - origin) / STEP).astype(np.int64)
    graph = make_plot_graph(problem, frame["buildings"].to_numpy(np.int64), point * STEP * metres)
    names = plans.estate_names(c, tessellation)
    # The categories of ``tessellation_problem`` are the sorted ids.
    ids = sorted({int(e) for e in pd.to_numeric(frame["estate_id"]).dropna()})
    estates = tuple((i, names.get(i, str(i))) for i in ids)
    known = bool(frame["persons"].notna().any())
    body: PlotsValue = {
        "tessellation": tessellation,
        "community": {"id": row.community_id, "code": row.code, "name": row.name},
        **_counts(frame, graph, estates),
        "persons_known": known,
        "origin": origin,
        "step": STEP,
        "metres": metres,
        "point": point.ravel().tolist(),
        **_rings(degrees, origin),
        "neighbours": {
            "a": problem.a.tolist(),
            "b": problem.b.tolist(),
            "shared_m": np.round(problem.shared_m, 1).tolist(),
            "barrier": problem.barrier.tolist(),
        },
    }
    return CommunityPlots(
        tessellation,
        row.community_id,
        row.code,
        row.name,
        srid,
        frame["id"].to_numpy(np.int64),
        tuple(frame["kind"]),
        graph,
        shapes,
        estates,
        known,
        origin,
        metres,
        json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
    )


def _bounds(shapes: NDArray[np.object_]) -> tuple[float, float, float, float]:
    if len(shapes) == 0:
        return (0.0, 0.0, 0.0, 0.0)
    west, south, east, north = shapely.total_bounds(shapes)
    return (float(west), float(south), float(east), float(north))


def _counts(
    frame: gpd.GeoDataFrame, graph: PlotGraph, estates: tuple[tuple[int, str], ...]
) -> PlotCounts:
    problem = graph.problem
    persons = problem.persons if problem.persons is not None else problem.households * 0
    unknown = (frame["buildings"] > 0) & frame["households"].isna()
    return {
        "n": graph.plots,
        "households": problem.households.tolist(),
        "persons": persons.tolist(),
        "unknown": np.flatnonzero(unknown).tolist(),
        "buildings": graph.buildings.tolist(),
        "kind": "".join(KIND_LETTERS[k] for k in frame["kind"]),
        "kinds": {letter: kind for kind, letter in KIND_LETTERS.items()},
        "estate": problem.estate.tolist(),
        "estates": [
            {
                "id": estate_id,
                "name": name,
                "households": int(problem.households[problem.estate == at].sum()),
                "plots": int((problem.estate == at).sum()),
            }
            for at, (estate_id, name) in enumerate(estates)
        ],
        "area_m2": np.round(problem.area_m2).astype(int).tolist(),
    }


def _rings(shapes: NDArray[np.object_], origin: tuple[float, float]) -> PlotRings:
    """Return the rings of plots as integers, each ring's vertices relative to the one before."""
    rings, owner = shapely.get_rings(shapes, return_index=True)
    xy: list[int] = []
    ring_starts, plot_rings = [], np.bincount(owner, minlength=len(shapes))
    count = 0
    for ring in rings:
        steps = np.round((shapely.get_coordinates(ring)[:-1] - origin) / STEP).astype(np.int64)
        ring_starts.append(count)
        count += len(steps)
        xy += np.diff(steps, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel().tolist()
    return {
        "xy": xy,
        "ring": [*ring_starts, count],
        "plot_ring": [0, *np.cumsum(plot_rings).tolist()],
    }
