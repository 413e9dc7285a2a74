"""A county's data as it is known, between the database and the rules, kept per revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.divisions.read_communities import communities
from data.households.read_quality import (
    buildings_known,
    stations_known,
    street_names,
    unplaced_rows,
)
from data.households.rows import SurveyedBuilding, SurveyedStation, UnplacedRow
from layers.kit.crs import transform
from layers.kit.errors import InputError, NotFoundError
from layers.kit.kept import BoundedStore
from layers.kit.layer import Query
from layers.quality.overlaps import Overlap, overlaps
from layers.quality.rules import (
    KEYS,
    MONTHS_LEAST,
    MONTHS_MOST,
    STALE_MONTHS,
    Figure,
    months_old,
)
from layers.service_circles.store import Town, Towns
from layers.service_circles.walking.faults import judge_streets
from layers.service_circles.walking.ties import tie

LIVED_IN = frozenset({"dwelling", "mixed", "dormitory"})
STANDING = frozenset({"delivered", "occupied"})
ELSEWHERE = ""
"""The place of what lies in no community."""


class Facts(TypedDict, total=False):
    """What is known of a thing that is wrong; each check has its own of these."""

    use: str
    row: int
    source: str
    on: str
    kind: str
    area_m2: float
    other: str | None
    other_id: int
    levels: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is wrong.

    ``id``: the building's, station's or row's; ``place``: longitude, latitude, None where it has
    none; ``bounds``: west, south, east, north; ``facts``: what is known of it, by name.
    ``households``: by the policy's measure, None unknown.
    """

    check: str
    id: int
    name: str | None
    community_code: str
    place: tuple[float, float] | None
    bounds: tuple[float, float, float, float] | None
    households: int | None
    facts: Facts


@dataclass(frozen=True, slots=True)
class CountOrigins:
    """Households by how they are known: counted, reported, estimated, and not placed."""

    counted: int
    reported: int
    estimated: int
    unplaced: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What a county's data looks like on one revision. ``has_streets``: False: ties unknown.

    ``names``: of the communities by code, in their order; ``boxes``: their bounds, degrees, west
    to north, where they have a border; ``bases``: by community, how many can be
    wrong; ``counts``: building id → day of its newest count, for the check of age.
    """

    county: str
    revision: int
    measure: str
    has_streets: bool
    names: Mapping[str, str]
    boxes: Mapping[str, tuple[float, float, float, float]]
    bases: Mapping[str, Mapping[str, int]]
    known: Mapping[str, CountOrigins]
    rows: Mapping[str, tuple[Row, ...]]
    dated: tuple[tuple[Row, date], ...]

    def rows_of(self, check: str, community: str | None, months: int, day: date) -> list[Row]:
        """Return what a check finds, everywhere (None) or in one community.

        ``stale``: counts that are ``months`` or more old on ``day``. Raises InputError.
        """
        if check not in KEYS:
            raise InputError("there is no check {check}", check=check)
        found = self.stale(months, day) if check == "stale" else self.rows.get(check, ())
        return [r for r in found if community is None or r.community_code == community]

    def stale(self, months: int, day: date) -> tuple[Row, ...]:
        """Return the buildings whose newest count is ``months`` or more old on ``day``."""
        if not MONTHS_LEAST <= months <= MONTHS_MOST:
            raise InputError(
                "months must be between {months_least} and {months_most}",
                months_least=MONTHS_LEAST,
                months_most=MONTHS_MOST,
            )
        return tuple(row for row, counted_on in self.dated if months_old(counted_on, day) >= months)

    def figures(self, months: int, day: date) -> dict[str, dict[str, Figure]]:
        """Return the figures by community code and check, ``ELSEWHERE`` only where it has any."""
        wrong: dict[tuple[str, str], int] = Counter()
        for check in KEYS:
            for row in self.rows_of(check, None, months, day):
                many = int(row.households or 0) if check == "unplaced" else 1
                wrong[row.community_code, check] += many
        answer = {}
        for code in self.names:
            bases = self.bases.get(code, {})
            answer[code] = {
                check: Figure(wrong[code, check], bases.get(check, 0))
                for check in KEYS
                if self.has_streets or check not in ("untied", "crossing", "off_network")
            }
        return answer


class Surveys:
    """The last few surveys, one per county, scope and revision. Made once by the application."""

    def __init__(self, towns: Towns, size: int = 4) -> None:
        self._towns = towns
        self._kept: BoundedStore[tuple[str, str, int], Survey] = BoundedStore(size)

    def get(self, c: Connection, query: Query) -> Survey:
        """Return the survey of the query's county and revision, made on first use."""
        key = (*query.place, query.revision)
        return self._kept.get_once(key, lambda _: survey(c, query, self._town(c, query)))

    def _town(self, c: Connection, query: Query) -> Town | None:
        try:
            return self._towns.get(c, query)
        except NotFoundError:
            return None


@dataclass(slots=True)
class _Notes:
    """What a survey writes down while it walks through the county."""

    bases: dict[str, Counter[str]]
    rows: dict[str, list[Row]]

    def base(self, code: str, check: str, of: int = 1) -> None:
        self.bases.setdefault(code, Counter())[check] += of

    def wrong(self, row: Row) -> None:
        self.rows.setdefault(row.check, []).append(row)


def survey(c: Connection, query: Query, town: Town | None) -> Survey:
    """Look at everything of a county once. ``town``: its streets, None where it has none."""
    srid = query.measuring_srid
    places = communities(c, query.county, srid)
    buildings = buildings_known(c, query.county, srid, query.household_measure)
    unplaced = unplaced_rows(c, query.county, query.household_measure)
    notes = _Notes({}, {})
    dated = _look_at_buildings(notes, buildings, town, query)
    for row in unplaced:
        code = row.community_code or ELSEWHERE
        notes.base(code, "unplaced", row.value)
        facts: Facts = {
            "row": row.row_number,
            "source": row.count_source,
            "on": row.effective_on.isoformat(),
        }
        notes.wrong(Row("unplaced", row.id, row.written, code, None, None, row.value, facts))
    if town is not None:
        _look_at_stations(notes, stations_known(c, query.county, srid), town, query)
        _look_at_streets(notes, street_names(c, query.county), town, query, places)
    names = {str(r.code): str(r.name) for r in places.itertuples()}
    if ELSEWHERE in notes.bases:
        names[ELSEWHERE] = ""
    for code in notes.bases:
        names.setdefault(code, code)  # a community without a border has things all the same
    return Survey(
        query.county, query.revision, query.household_measure, town is not None, names,
        _boxes(places), notes.bases, _known(buildings, unplaced),
        {check: tuple(rows) for check, rows in notes.rows.items()}, dated,
    )  # fmt: skip


def _boxes(places: Any) -> dict[str, tuple[float, float, float, float]]:
    if places.empty:
        return {}
    bounds = places.to_crs(4490).bounds.to_numpy().tolist()
    return {str(code): tuple(box) for code, box in zip(places["code"], bounds, strict=True)}


def _known(
    buildings: Sequence[SurveyedBuilding], unplaced: Sequence[UnplacedRow]
) -> dict[str, CountOrigins]:
    sums: dict[str, Counter[str]] = {}
    for b in buildings:
        if b.count is not None:
            code = b.community_code or ELSEWHERE
            sums.setdefault(code, Counter())[b.count.confidence] += b.count.value
    for row in unplaced:
        sums.setdefault(row.community_code or ELSEWHERE, Counter())["unplaced"] += row.value
    ways = ("counted", "reported", "estimated", "unplaced")
    return {code: CountOrigins(*(s[way] for way in ways)) for code, s in sums.items()}


def _building_row(check: str, row: SurveyedBuilding, facts: Facts | None = None) -> Row:
    name = " ".join(part for part in (row.estate, row.name or row.number) if part)
    if row.estate and row.name and row.name.startswith(row.estate):
        name = row.name
    return Row(
        check, row.id, name or row.address, row.community_code or ELSEWHERE,
        (row.lon, row.lat),
        (row.west, row.south, row.east, row.north), row.count.value if row.count else None,
        {"use": row.use, **(facts or {})},
    )  # fmt: skip


def _look_at_buildings(
    notes: _Notes, buildings: Sequence[SurveyedBuilding], town: Town | None, query: Query
) -> tuple[tuple[Row, date], ...]:
    """Note what is wrong with buildings; return those that are counted with the day."""
    shapes: NDArray[np.object_] = np.empty(len(buildings), object)
    shapes[:] = shapely.from_wkb([r.geometry for r in buildings])
    untied = (
        tie(shapes, town.network, query.tie_max_m).untied
        if town is not None
        else np.zeros(len(buildings), bool)
    )
    partners: dict[int, list[tuple[int, Overlap]]] = {}
    for found in overlaps(shapes):
        partners.setdefault(found.a, []).append((found.b, found))
        partners.setdefault(found.b, []).append((found.a, found))
    dated = []
    for i, row in enumerate(buildings):
        code = row.community_code or ELSEWHERE
        lived_in = row.use in LIVED_IN and row.life in STANDING
        counted = row.count if lived_in else None
        for check in ("untied", "overlapping", "levels"):
            notes.base(code, check)
        if lived_in:
            notes.base(code, "uncounted")
            notes.base(code, "unnamed")
        if counted:
            for check in ("estimated", "stale"):
                notes.base(code, check)
        if row.count:
            notes.base(code, "unplaced", row.count.value)
        if lived_in and not counted:
            notes.wrong(_building_row("uncounted", row))
        if lived_in and not (row.name or row.number or row.address):
            notes.wrong(_building_row("unnamed", row))
        if counted:
            fact: Facts = {
                "on": counted.effective_on.isoformat(),
                "source": counted.count_source,
            }
            if counted.confidence == "estimated":
                notes.wrong(_building_row("estimated", row, fact))
            dated.append((_building_row("stale", row, fact), counted.effective_on))
        if untied[i]:
            notes.wrong(_building_row("untied", row))
        if row.levels is None or row.levels_estimated:
            notes.wrong(_building_row("levels", row, {"levels": row.levels}))
        if i in partners:
            other, most = max(partners[i], key=lambda p: p[1].area_m2)
            beside = _building_row("overlapping", buildings[other])
            cut: Facts = {
                "kind": most.kind,
                "area_m2": round(most.area_m2, 1),
                "other": beside.name,
                "other_id": beside.id,
            }
            notes.wrong(_building_row("overlapping", row, cut))
    return tuple(dated)


def _look_at_stations(
    notes: _Notes, stations: Sequence[SurveyedStation], town: Town, query: Query
) -> None:
    points = shapely.points(np.array([[s.x, s.y] for s in stations]).reshape(-1, 2))
    untied = tie(points, town.network, query.tie_max_m).untied
    for station, off in zip(stations, untied, strict=True):
        code = station.community_code or ELSEWHERE
        notes.base(code, "off_network")
        if off:
            lon, lat = station.lon, station.lat
            notes.wrong(
                Row("off_network", station.id, station.name, code, (lon, lat),
                    (lon, lat, lon, lat), None, {"state": station.state})
            )  # fmt: skip


def _look_at_streets(
    notes: _Notes, names: list[str | None], town: Town, query: Query, places: Any
) -> None:
    """Note streets that cross or nearly meet without a shared vertex, and their base: edges."""
    network = town.network
    middles = shapely.line_interpolate_point(network.geometry, 0.5, normalized=True)
    for code in _codes_at(middles, places):
        notes.base(code, "crossing")
    found = [f for f in judge_streets(network) if f.code in ("street_crossing", "street_end_near")]
    points = np.array([f.geometry for f in found], object)
    if not len(points):
        return
    lon, lat = transform(shapely.get_x(points), shapely.get_y(points), query.measuring_srid, 4490)
    for finding, code, x, y in zip(found, _codes_at(points, places), lon, lat, strict=True):
        first, other = int(finding.row or 1) - 1, finding.whole("other_row") - 1
        facts: Facts = {"kind": finding.code, "other": names[other]}
        place = (float(x), float(y))
        notes.wrong(
            Row("crossing", first, names[first], code, place, (*place, *place), None, facts)
        )


def _codes_at(points: NDArray[np.object_], places: Any) -> list[str]:
    """Return the community of each point, ``ELSEWHERE`` outside of all."""
    codes = np.full(len(points), ELSEWHERE, object)
    point, place = shapely.STRtree(places.geometry.to_numpy()).query(points, predicate="intersects")
    codes[point[::-1]] = places["code"].to_numpy()[place[::-1]]
    return [str(code) for code in codes]


__all__ = ["ELSEWHERE", "STALE_MONTHS", "Row", "Survey", "Surveys", "survey"]
