"""Where buildings and stations meet the streets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.service_circles.walking.grounds import Barriers
from layers.service_circles.walking.network import Floats, Ints, Network

TIE_MAX_M = 200.0


@dataclass(frozen=True, slots=True, eq=False)
class Ties:
    """The place on the network of each shape. Metres of the measuring CRS.

    ``edge`` is -1 where no walkable edge lies within the reach: the shape is untied, and the
    other columns are NaN. ``along_m``: from the edge's end u to the point on the street
    (``street_x``, ``street_y``); ``offset_m``: from there to the door (``door_x``, ``door_y``).
    """

    edge: Ints
    along_m: Floats
    offset_m: Floats
    door_x: Floats
    door_y: Floats
    street_x: Floats
    street_y: Floats

    def __len__(self) -> int:
        """Return the number of shapes."""
        return len(self.edge)

    @property
    def untied(self) -> NDArray[np.bool_]:
        """Tell which shapes could not be tied to a street."""
        return self.edge < 0

    def take(self, rows: Sequence[int] | NDArray[Any]) -> Ties:
        """Return the ties of some rows (positions or a mask)."""
        return Ties(*(getattr(self, field.name)[np.asarray(rows)] for field in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """Ties in seconds: u→place (``forward_s``), place→u (``backward_s``), and off the street.

    ``on_foot``: the same places for who sets out from them on foot, where others drive.
    """

    edge: Ints
    forward_s: Floats
    backward_s: Floats
    offset_s: Floats
    on_foot: Anchors | None = None

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.edge)

    def take(self, rows: Sequence[int] | NDArray[Any] | slice) -> Anchors:
        """Return some of the places (positions, a mask or a slice)."""
        return Anchors(
            self.edge[rows],
            self.forward_s[rows],
            self.backward_s[rows],
            self.offset_s[rows],
            None if self.on_foot is None else self.on_foot.take(rows),
        )

    def one(self, position: int) -> Anchors:
        """Return the place at ``position`` alone."""
        return self.take(slice(position, position + 1))


@dataclass(frozen=True, slots=True, eq=False)
class Doors:
    """Places listed by edge: those of edge ``e`` are ``order[start[e]:start[e+1]]``."""

    places: Anchors
    start: NDArray[np.int64]
    order: Ints

    def __len__(self) -> int:
        """Return the number of doors, untied ones included."""
        return len(self.places)


def tie(
    shapes: Sequence[Any] | NDArray[np.object_], network: Network, tie_max_m: float = TIE_MAX_M
) -> Ties:
    """Tie footprints or points to a street on the ground, at most ``tie_max_m`` metres away.

    1. The nearest edge of the best ground that has one in reach (``grounds``).
    2. The way from the door to it crosses no barrier; else the nearest edge of which that is true.
    3. Of equally near edges the one whose place is farthest south, then west: the order of rows
       decides nothing.

    The door is the shape's point nearest to the edge (a point is its own door; of several points,
    such as entrances, the nearest). Missing and empty geometry is untied.
    """
    flat: NDArray[np.object_] = shapely.force_2d(np.asarray(shapes, dtype=object))
    edge = np.full(len(flat), -1, np.int32)
    ends = np.full((len(flat), 2, 2), np.nan)
    usable = ~(shapely.is_missing(flat) | shapely.is_empty(flat))
    usable &= np.isfinite(shapely.bounds(flat)).all(axis=1)
    for ground in network.grounds:
        rows = np.flatnonzero(usable & (edge < 0))
        if len(rows) == 0:
            break
        shape, near = ground.tree.query_nearest(flat[rows], max_distance=tie_max_m)
        found, where, link = _first(flat[rows], shape, ground.edges[near], network)
        barriers = network.barriers
        if barriers is not None and len(found):
            barred = barriers.bar(link)
            again = found[barred]
            found, where, link = found[~barred], where[~barred], link[~barred]
            if len(again):
                shape, near = ground.tree.query(
                    flat[rows[again]], predicate="dwithin", distance=tie_max_m
                )
                more = _first(flat[rows[again]], shape, ground.edges[near], network, barriers)
                found = np.concatenate([found, again[more[0]]])
                where, link = np.concatenate([where, more[1]]), np.concatenate([link, more[2]])
        edge[rows[found]], ends[rows[found]] = where, link
    columns = np.full((6, len(flat)), np.nan)
    tied = np.flatnonzero(edge >= 0)
    if len(tied):
        lines, link = network.geometry[edge[tied]], ends[tied]
        on_street = shapely.points(link[:, 1])
        columns[0, tied] = np.clip(
            shapely.line_locate_point(lines, on_street), 0.0, network.length_m[edge[tied]]
        )
        columns[1, tied] = np.hypot(*(link[:, 0] - link[:, 1]).T)
        columns[2:, tied] = link.reshape(-1, 4).T
    return Ties(edge, *columns)


def _first(
    shapes: NDArray[np.object_],
    shape: NDArray[np.intp],
    edge: Ints,
    network: Network,
    barriers: Barriers | None = None,
) -> tuple[NDArray[np.intp], Ints, Floats]:
    """Return of pairs (shape, edge) the first of each shape: its position, the edge, and the ends
    (n, 2, 2) of the way from door to street, which crosses none of the ``barriers``.
    """
    link = shapely.shortest_line(shapes[shape], network.geometry[edge])
    ends = shapely.get_coordinates(link).reshape(-1, 2, 2)
    if barriers is not None:
        free = ~barriers.bar(ends)
        shape, edge, ends = shape[free], edge[free], ends[free]
    away = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
    place = np.round(ends[:, 1], 3)
    # At a junction the place is one, whichever of its edges is named.
    order = np.lexsort((edge, place[:, 0], place[:, 1], np.round(away, 6), shape))
    chosen, first = np.unique(shape[order], return_index=True)
    return chosen, edge[order][first], ends[order][first]


def anchors_of(network: Network, ties: Ties) -> Anchors:
    """Return the ties in seconds of the network's profile."""
    forward_s = np.full(len(ties), np.nan)
    backward_s = np.full(len(ties), np.nan)
    tied = ~ties.untied
    forward_s[tied], backward_s[tied] = network.seconds_at(ties.edge[tied], ties.along_m[tied])
    offset_s = ties.offset_m / network.profile.off_street_speed_m_s
    return Anchors(ties.edge, forward_s, backward_s, offset_s)


def doors_of(network: Network, ties: Ties) -> Doors:
    """Return the ties in seconds, listed by edge: what the search for households reads."""
    places = anchors_of(network, ties)
    start = np.zeros(len(network.u) + 1, np.int64)
    tied = places.edge[places.edge >= 0]
    np.cumsum(np.bincount(tied, minlength=len(network.u)), out=start[1:])
    order = np.argsort(places.edge, kind="stable").astype(np.int32)
    return Doors(places, start, order[len(places) - len(tied) :])
