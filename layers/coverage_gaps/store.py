"""A county as the coverage page sees it, between the database and the pure modules.

A board rests on versions of the county's data; questions already answered on it are kept. Nothing
of a board changes once it is made, so that many people ask and try at once. A board that follows
another takes from it whatever rests on data that did not change: ways of travel where streets and
doors are the same, answers where the stations are, too; where some stations changed, those are
searched for and the others keep their reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.grids.read import estimated_households
from data.ground.read_travel import Versions
from data.households.read import unplaced_households
from data.stations.read_coverage import (
    DoorFacts,
    GridPlace,
    StandingStation,
    all_stations,
    door_facts,
    grid_places,
)
from layers.coverage_gaps.answers.gaps import (
    Gaps,
    Place,
    Question,
    Site,
    Walkers,
    draw_circle,
    is_asked,
    join_circles,
)
from layers.coverage_gaps.answers.sums import People
from layers.kit.crs import transform
from layers.kit.errors import NotFoundError
from layers.kit.kept import BoundedStore
from layers.kit.layer import Query
from layers.service_circles.areas import TownRaster, raster_for
from layers.service_circles.store import Town, Towns, versions_of
from layers.service_circles.travel.response import lay_roads
from layers.service_circles.travel.way import Travel, Way, by_vehicle, on_foot
from layers.service_circles.walking.network import ADULT, Floats, with_profile
from layers.service_circles.walking.ties import Ties, tie

ANSWERS_KEPT = 24
FACTS = ("buildings", "counts", "grids", "divisions")


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """A grouping of doors: ``of[d]`` is a position in ``names`` ((key, name) …), -1 for none."""

    of: NDArray[np.int32]
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Travels:
    """The ways of travel over one town's streets and doors, each made on first use."""

    town: Town
    door_codes: NDArray[np.object_]
    _walkers: dict[tuple[str, Way], Walkers] = field(default_factory=dict)
    _grounds: dict[tuple[str, Way], TownRaster] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def walkers(self, profile: str, way: Way) -> Walkers:
        """Return the doors as a profile travels. Raises InputError for an unknown profile."""
        key = (ADULT.key if way == "response" else profile, way)
        with self._lock:
            if key not in self._walkers:
                travel = self._travel(*key)
                doors = (
                    self.town.doors
                    if travel.network is self.town.network
                    else travel.doors(self.town.ties)
                )
                self._walkers[key] = Walkers(travel, doors, self.door_codes, self.town.untied)
            return self._walkers[key]

    def raster(self, profile: str, way: Way) -> TownRaster:
        """Return the raster as a profile travels over it."""
        travel = self.walkers(profile, way).travel
        key = (profile, way)
        with self._lock:
            if key not in self._grounds:
                self._grounds[key] = (
                    self.town.raster
                    if travel.network is self.town.network
                    else raster_for(travel, self.town.raster)
                )
            return self._grounds[key]

    def _travel(self, profile: str, way: Way) -> Travel:
        profiles, network = self.town.profiles, self.town.network
        if way == "response":
            return by_vehicle(lay_roads(network, profiles.vehicle))
        if profile != ADULT.key:
            network = with_profile(network, profiles.walker(profile))
        return on_foot(network, is_round_trip=way == "round_trip")


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Everything that answers need. Doors are in the order of ``town.building_ids``.

    ``facts[d]``: the building's row (``read_coverage.door_facts``). ``unplaced``: households that
    no building is known for, so that nobody can say how far they walk. ``estimated``: households
    whose number was estimated rather than counted or reported. ``scope``: the part of the county
    that it was read for.
    """

    county: str
    versions: Versions
    data_as_of: date
    measure: str
    srid: int
    tie_max_m: float
    town: Town
    facts: tuple[DoorFacts, ...]
    door_codes: NDArray[np.object_]
    door_x: Floats
    door_y: Floats
    people: People
    grids: Groups
    communities: Groups
    grid_rows: tuple[GridPlace, ...]
    sites: tuple[Site, ...]
    index: Mapping[int, int]
    travels: Travels
    unplaced: int
    estimated: int
    scope: str = ""
    is_demonstration: bool = False
    _answers: BoundedStore[Question, Gaps] = field(
        default_factory=lambda: BoundedStore(ANSWERS_KEPT)
    )
    _former: dict[Question, Gaps] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Return six characters that differ when any figure of this board may differ."""
        return self.versions.short()

    @property
    def doors_version(self) -> str:
        """Return six characters that differ when the drawn buildings may differ."""
        return self.versions.short("buildings", "counts")

    def walkers(self, question: Question) -> Walkers:
        """Return the doors as the question's walkers (or vehicles) travel."""
        return self.travels.walkers(question.profile, question.way)

    def on_foot(self, question: Question) -> Walkers:
        """Return the doors as the question's walkers go on foot, one way."""
        return self.travels.walkers(question.profile, "to_station")

    def located(self, sites: Sequence[Site]) -> tuple[Site, ...]:
        """Return sites with x and y in the measuring CRS."""
        x, y = transform(
            np.array([s.lon for s in sites]), np.array([s.lat for s in sites]), 4490, self.srid
        )
        return tuple(
            replace(s, x=float(a), y=float(b)) for s, a, b in zip(sites, x, y, strict=True)
        )

    def ties(self, sites: Sequence[Site], question: Question) -> Ties:
        """Tie stations to the streets of the question's way of travel."""
        placed = self.located(sites)
        return self.tie_points(np.array([[s.x, s.y] for s in placed]).reshape(-1, 2), question)

    def tie_points(self, xy: Floats, question: Question) -> Ties:
        """Tie points (n, 2) of the measuring CRS to the streets of the way of travel."""
        return tie(shapely.points(xy), self.walkers(question).travel.network, self.tie_max_m)

    def place(self, question: Question) -> Place:
        """Return a function that ties stations and says their seconds."""
        travel = self.walkers(question).travel
        return lambda sites: travel.stations(self.ties(sites, question))

    def answer(self, question: Question) -> Gaps:
        """Return the answer for the real stations, from memory when it was asked before."""
        return self._answers.get(
            question,
            lambda: self.answer_with(question, self.sites, self._former.get(question)),
        )

    def answer_with(
        self, question: Question, sites: Sequence[Site], former: Gaps | None = None
    ) -> Gaps:
        """Compute the answer for any stations.

        ``former``: the answer to the same question for other stations on the same streets and
        doors; whatever stands as it stood then is not searched for again.
        """
        walkers, place = self.walkers(question), self.place(question)
        before = former.circles if former else (None,) * len(question.circles)
        circles = []
        for services, old in zip(question.circles, before, strict=True):
            asked = self.located([s for s in sites if is_asked(s, services, question)])
            circles.append(draw_circle(walkers, asked, place, services, question.limit_s, old))
        return join_circles(question, circles, self.town.untied)

    def door(self, building_id: int) -> int:
        """Return the door of a building. Raises NotFoundError when nobody lives there."""
        if building_id not in self.index:
            raise NotFoundError(
                "building {building_id} has no households here", building_id=building_id
            )
        return self.index[building_id]

    def answers(self) -> dict[Question, Gaps]:
        """Return what was answered, here and on the board before."""
        kept = {**self._former, **self._answers.all()}
        return dict(list(kept.items())[-ANSWERS_KEPT:])


class Boards:
    """The newest board of the last few counties and scopes. Made once by the application."""

    def __init__(self, towns: Towns, size: int = 3) -> None:
        self._towns = towns
        self._boards: BoundedStore[tuple[str, str], Board] = BoundedStore(size)

    def get(self, c: Connection, query: Query) -> Board:
        """Return the board as the county's data stand in this transaction.

        Raises NotFoundError for a county without streets.
        """
        now = versions_of(c, query)
        return self._boards.get_once(
            query.place,
            lambda before: build_board(c, query, self._towns.get(c, query), now, before),
            stands=lambda kept: kept.versions == now,
        )


def build_board(
    c: Connection, query: Query, town: Town, now: Versions, before: Board | None = None
) -> Board:
    """Read who lives behind the doors, the grids, and every station; take over what stands."""
    is_same_door = before is not None and town.doors is before.town.doors
    sites = (
        before.sites
        if before is not None and now.same(before.versions, "stations")
        else tuple(_site(row) for row in all_stations(c, query.county, query.measuring_srid))
    )
    if before is not None and is_same_door and now.same(before.versions, *FACTS):
        made = replace(
            before,
            versions=now,
            town=town,
            sites=sites,
            travels=Travels(town, before.door_codes),
            _answers=BoundedStore(ANSWERS_KEPT),
            _former={},
        )
    else:
        made = _read_board(c, query, town, now, sites)
    if before is None or not is_same_door:
        return made
    if not np.array_equal(made.door_codes, before.door_codes):
        return made  # stations of the own-division rule may serve others now
    answers = before.answers()
    return replace(
        made,
        travels=before.travels,
        _answers=BoundedStore(ANSWERS_KEPT, start=answers)
        if sites == before.sites
        else BoundedStore(ANSWERS_KEPT),
        _former={} if sites == before.sites else answers,
    )


def _read_board(
    c: Connection, query: Query, town: Town, now: Versions, sites: tuple[Site, ...]
) -> Board:
    rows = door_facts(c, query.county, query.plans_on)
    ids = [int(i) for i in town.building_ids]
    facts = tuple(rows[i] for i in ids)
    lon = np.array([f.lon for f in facts], float)
    lat = np.array([f.lat for f in facts], float)
    x, y = transform(lon, lat, 4490, query.measuring_srid)
    grid_rows = tuple(grid_places(c, query.county, query.plans_on))
    door_codes = np.array(
        [(f.place.grid_code if f.place else None) or f.code for f in facts], object
    )
    return Board(
        county=query.county,
        versions=now,
        data_as_of=query.data_as_of,
        measure=query.household_measure,
        srid=query.measuring_srid,
        tie_max_m=query.tie_max_m,
        town=town,
        facts=facts,
        door_codes=door_codes,
        door_x=x,
        door_y=y,
        people=People(
            town.households, _counts(f.elderly for f in facts), _counts(f.children for f in facts)
        ),
        grids=_grids(facts, grid_rows),
        communities=_communities(facts),
        grid_rows=grid_rows,
        sites=sites,
        index={building: door for door, building in enumerate(ids)},
        travels=Travels(town, door_codes),
        unplaced=unplaced_households(c, query.county, None, query.household_measure),
        estimated=estimated_households(c, query.county, query.household_measure),
        scope=query.scope,
        is_demonstration=query.is_demonstration,
    )


def _counts(known: Iterable[int | None]) -> Floats:
    return np.array([np.nan if n is None else float(n) for n in known], float)


def _grids(facts: Sequence[DoorFacts], rows: Sequence[GridPlace]) -> Groups:
    place: dict[int, int] = {row.grid_id: number for number, row in enumerate(rows)}
    of = np.array([place.get(f.place.grid_id if f.place else -1, -1) for f in facts], np.int32)
    names = tuple((str(row.grid_id), str(row.name)) for row in rows)
    return Groups(of, names)


def _communities(facts: Sequence[DoorFacts]) -> Groups:
    names = sorted({(f.community_code, f.community) for f in facts if f.community_code})
    place: dict[str | None, int] = {code: number for number, (code, _) in enumerate(names)}
    of = np.array([place.get(f.community_code, -1) for f in facts], np.int32)
    return Groups(of, tuple((str(code), str(name)) for code, name in names))


def _site(row: StandingStation) -> Site:
    return Site(
        key=str(row.id),
        name=row.name,
        code=row.code,
        tier=row.tier,
        categories=tuple(row.categories),
        state=row.state,
        rule=row.service_rule,
        hours=tuple((int(d), str(a), str(b)) for d, a, b in row.hours),
        lon=row.lon,
        lat=row.lat,
        x=row.x,
        y=row.y,
    )
