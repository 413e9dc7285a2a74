"""A county as the coverage page sees it, between the database and the pure modules.

A board belongs to one county and revision; questions already answered on it are kept. Nothing of
a board changes once it is made, so that many people ask and try at once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, RowMapping

from data.read.coverage import all_stations, door_facts, grid_places
from layers.coverage_gaps.gaps import (
    Gaps,
    People,
    Question,
    Site,
    Walkers,
    draw_circle,
    is_asked,
    join_circles,
)
from layers.kit.crs import transform
from layers.kit.errors import NotFoundError
from layers.kit.layer import Query
from layers.service_circles.network import ELDERLY, Floats, Network, with_profile
from layers.service_circles.store import Town, Towns
from layers.service_circles.ties import Places, Ties, doors_of, places_of, tie

ANSWERS_KEPT = 24


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """A grouping of doors: ``of[d]`` is a position in ``names`` ((key, name) …), -1 for none."""

    of: NDArray[np.int32]
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Everything that answers need. Doors are in the order of ``town.building_ids``.

    ``facts[d]``: the building's row (data.read.coverage.door_facts), {} where it is unknown.
    """

    county: str
    revision: int
    data_as_of: date
    measure: str
    srid: int
    tie_max_m: float
    town: Town
    facts: tuple[Any, ...]
    door_codes: NDArray[np.object_]
    door_x: Floats
    door_y: Floats
    people: People
    grids: Groups
    communities: Groups
    grid_rows: tuple[RowMapping, ...]
    sites: tuple[Site, ...]
    index: dict[int, int]
    _walkers: dict[str, Walkers] = field(default_factory=dict)
    _answers: OrderedDict[Question, Gaps] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def walkers(self, profile: str) -> Walkers:
        """Return the streets as a profile walks them, made on first use."""
        with self._lock:
            if profile not in self._walkers:
                network, doors = self.town.network, self.town.doors
                if profile == ELDERLY.key:
                    network = with_profile(network, ELDERLY)
                    doors = doors_of(network, self.town.ties)
                self._walkers[profile] = Walkers(network, doors, self.door_codes, self.town.untied)
            return self._walkers[profile]

    def located(self, sites: Sequence[Site]) -> tuple[Site, ...]:
        """Return sites with x and y in the measuring CRS."""
        x, y = transform(
            np.array([s.lon for s in sites]), np.array([s.lat for s in sites]), 4490, self.srid
        )
        return tuple(
            replace(s, x=float(a), y=float(b)) for s, a, b in zip(sites, x, y, strict=True)
        )

    def ties(self, sites: Sequence[Site]) -> Ties:
        """Tie stations to the streets."""
        placed = self.located(sites)
        points = shapely.points(np.array([[s.x, s.y] for s in placed]).reshape(-1, 2))
        return tie(points, self.town.network, self.tie_max_m)

    def placer(self, network: Network) -> Callable[[Sequence[Site]], Places]:
        """Return a function that ties stations and says their seconds on a network."""
        return lambda sites: places_of(network, self.ties(sites))

    def answer(self, question: Question) -> Gaps:
        """Return the answer for the real stations, from memory when it was asked before."""
        with self._lock:
            kept = self._answers.get(question)
            if kept is not None:
                self._answers.move_to_end(question)
                return kept
        gaps = self.answer_with(question, self.sites)
        with self._lock:
            self._answers[question] = gaps
            while len(self._answers) > ANSWERS_KEPT:
                self._answers.popitem(last=False)
        return gaps

    def answer_with(self, question: Question, sites: Sequence[Site]) -> Gaps:
        """Compute the answer in full for any stations."""
        walkers = self.walkers(question.profile)
        placed = self.placer(walkers.network)
        circles = []
        for service in question.services:
            asked = self.located([s for s in sites if is_asked(s, service, question)])
            circles.append(draw_circle(walkers, asked, placed(asked), service, question.limit_s))
        return join_circles(question, circles, self.town.untied)

    def door(self, building_id: int) -> int:
        """Return the door of a building. Raises NotFoundError when nobody lives there."""
        if building_id not in self.index:
            raise NotFoundError(f"building {building_id} has no households here")
        return self.index[building_id]


class Boards:
    """The last few boards, one per (county, revision). Made once by the application."""

    def __init__(self, towns: Towns, size: int = 3) -> None:
        self._towns = towns
        self._boards: OrderedDict[tuple[str, int], Board] = OrderedDict()
        self._lock = Lock()
        self._size = size

    def get(self, c: Connection, query: Query) -> Board:
        """Return the board of the query's county and revision.

        Raises NotFoundError for a county without streets.
        """
        key = (query.county, query.revision)
        with self._lock:
            if key not in self._boards:
                self._boards[key] = build_board(c, query, self._towns.get(c, query))
                while len(self._boards) > self._size:
                    self._boards.popitem(last=False)
            self._boards.move_to_end(key)
            return self._boards[key]


def build_board(c: Connection, query: Query, town: Town) -> Board:
    """Read who lives behind the doors, the grids, and every station."""
    rows = door_facts(c, query.county, query.data_as_of)
    ids = [int(i) for i in town.building_ids]
    facts = tuple(rows[i] for i in ids)
    lon = np.array([f["lon"] for f in facts], float)
    lat = np.array([f["lat"] for f in facts], float)
    x, y = transform(lon, lat, 4490, query.measuring_srid)
    grid_rows = tuple(grid_places(c, query.county, query.data_as_of))
    return Board(
        county=query.county,
        revision=query.revision,
        data_as_of=query.data_as_of,
        measure=query.household_measure,
        srid=query.measuring_srid,
        tie_max_m=query.tie_max_m,
        town=town,
        facts=facts,
        door_codes=np.array([f["grid_code"] or f["code"] for f in facts], object),
        door_x=x,
        door_y=y,
        people=People(town.households, _counts(facts, "elderly"), _counts(facts, "children")),
        grids=_grids(facts, grid_rows),
        communities=_communities(facts),
        grid_rows=grid_rows,
        sites=tuple(_site(row) for row in all_stations(c, query.county, query.measuring_srid)),
        index={building: door for door, building in enumerate(ids)},
    )


def _counts(facts: Sequence[Any], name: str) -> Floats:
    return np.array([np.nan if f[name] is None else float(f[name]) for f in facts], float)


def _grids(facts: Sequence[Any], rows: Sequence[RowMapping]) -> Groups:
    place = {row["grid_id"]: number for number, row in enumerate(rows)}
    of = np.array([place.get(f["grid_id"], -1) for f in facts], np.int32)
    names = tuple((str(row["grid_id"]), str(row["name"])) for row in rows)
    return Groups(of, names)


def _communities(facts: Sequence[Any]) -> Groups:
    names = sorted({(f["community_code"], f["community"]) for f in facts if f["community_code"]})
    place = {code: number for number, (code, _) in enumerate(names)}
    of = np.array([place.get(f["community_code"], -1) for f in facts], np.int32)
    return Groups(of, tuple((str(code), str(name)) for code, name in names))


def _site(row: RowMapping) -> Site:
    return Site(
        key=str(row["id"]),
        name=row["name"],
        code=row["code"],
        tier=row["tier"],
        categories=tuple(row["categories"]),
        state=row["state"],
        rule=row["service_rule"],
        hours=tuple((int(d), str(a), str(b)) for d, a, b in row["hours"]),
        lon=row["lon"],
        lat=row["lat"],
        x=row["x"],
        y=row["y"],
    )
