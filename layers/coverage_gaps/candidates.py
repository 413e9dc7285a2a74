"""Where a new station may go: doors, public land, a drawn area, buildings that were picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from data.stations.read_coverage import DoorFacts
from layers.coverage_gaps.answers.gaps import Question, Site
from layers.coverage_gaps.store import Board
from layers.kit.crs import transform
from layers.kit.errors import InputError
from layers.service_circles.walking.network import Floats
from layers.service_circles.walking.ties import Anchors

Where = Literal["doors", "public", "drawn", "picked"]
LATTICE_M = 60.0


@dataclass(frozen=True, slots=True)
class CandidateFilter:
    """``area``: corners (longitude, latitude) of a drawn area; ``picked``: building ids."""

    kind: Where = "doors"
    area: tuple[tuple[float, float], ...] = ()
    picked: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a drawing or a choice that was not made. Raises InputError."""
        if self.kind == "drawn" and len(self.area) < 3:
            raise InputError("draw an area of at least three corners first")
        if self.kind == "picked" and not self.picked:
            raise InputError("choose at least one building on the map first")


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Places to choose from, tied to the streets. ``names``: what to call each."""

    places: Anchors
    x: Floats
    y: Floats
    names: tuple[str, ...]


def find_candidates(
    board: Board,
    question: Question,
    sought: CandidateFilter,
    lands: NDArray[np.object_],
    existing: Sequence[Site],
    most: int,
) -> Candidates:
    """Return at most ``most`` places to choose from, and the existing stations besides.

    ``lands``: public land in the measuring CRS. Raises InputError without any on a street.
    """
    tied = ~board.town.untied
    if sought.kind == "public":
        points = _on_lands(lands)
        x, y = points[:, 0], points[:, 1]
        names = [""] * len(x)
    else:
        doors = np.flatnonzero(tied)
        if sought.kind == "drawn":
            corners = np.array(sought.area, float)
            px, py = transform(corners[:, 0], corners[:, 1], 4490, board.srid)
            area = shapely.make_valid(Polygon(np.column_stack([px, py])))
            doors = doors[shapely.contains_xy(area, board.door_x[doors], board.door_y[doors])]
        elif sought.kind == "picked":
            wanted = [board.index[b] for b in sought.picked if b in board.index]
            doors = np.array([d for d in wanted if tied[d]], np.intp)
        if len(doors) > most and sought.kind != "picked":
            doors = _thinned(board, doors, most)
        x, y = board.door_x[doors], board.door_y[doors]
        names = [_called(board.facts[d]) for d in doors]
    if len(x) > most:
        kept = np.linspace(0, len(x) - 1, most).astype(int)
        x, y, names = x[kept], y[kept], [names[k] for k in kept]
    if existing:
        x = np.concatenate([x, [s.x for s in existing]])
        y = np.concatenate([y, [s.y for s in existing]])
        names += [s.name for s in existing]
    ties = board.tie_points(np.column_stack([x, y]), question)
    kept = np.flatnonzero(~ties.untied)
    if len(kept) == 0:
        raise InputError("there is no candidate place on a street: choose others")
    places = board.walkers(question).travel.stations(ties.take(kept))
    return Candidates(places, x[kept], y[kept], tuple(names[k] for k in kept))


def _thinned(board: Board, doors: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Keep the door with most households of each cell, in cells as small as ``most`` allows."""
    cell_m = 20.0
    order = doors[np.lexsort((doors, -board.people.households[doors]))]
    while True:
        cells = np.column_stack(
            [np.floor(board.door_x[order] / cell_m), np.floor(board.door_y[order] / cell_m)]
        )
        _, first = np.unique(cells, axis=0, return_index=True)
        if len(first) <= most:
            return np.sort(order[first])
        cell_m *= 1.25


def _on_lands(lands: NDArray[np.object_]) -> Floats:
    """Return points on public land: a lattice inside each piece, at least one point a piece."""
    points: list[Floats] = []
    for land in shapely.get_parts(lands) if len(lands) else []:
        west, south, east, north = land.bounds
        xs, ys = np.meshgrid(
            np.arange(west + LATTICE_M / 2, east, LATTICE_M),
            np.arange(south + LATTICE_M / 2, north, LATTICE_M),
        )
        inside = shapely.contains_xy(land, xs.ravel(), ys.ravel())
        found = np.column_stack([xs.ravel()[inside], ys.ravel()[inside]])
        points.append(
            found if len(found) else shapely.get_coordinates(shapely.point_on_surface(land))
        )
    return np.concatenate(points) if points else np.empty((0, 2))


def _called(facts: DoorFacts) -> str:
    """Return what a door is called and its community: a building's number stands in several."""
    own = facts.name or facts.address
    return " · ".join(str(v) for v in (own, facts.community) if v)
