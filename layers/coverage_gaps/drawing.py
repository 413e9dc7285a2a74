"""What the browser draws: buildings once per version, and per question one letter a building."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal, TypedDict

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.coverage_gaps.answers.gaps import Gaps, Question, Site, band_letters, is_asked
from layers.coverage_gaps.answers.what_if import Effect, by_group
from layers.coverage_gaps.store import Board
from layers.kit import few
from layers.kit.crs import transform
from layers.kit.json import Geometry
from layers.kit.layer import Payload
from layers.service_circles.areas import travel_areas
from layers.service_circles.travel.streets import lines_of, reached_streets

Drawing = Literal["areas", "streets", "none"]
DRAWINGS: tuple[Drawing, ...] = ("areas", "streets", "none")
STREET_SCALE = 1e5
SCALE = 1e6  # a coordinate is a whole number of millionths of a degree from the origin


class StationMark(TypedDict):
    """What the map shows of a station."""

    key: str
    name: str
    lon: float
    lat: float
    tier: str | None
    state: str
    categories: list[str]
    hours: list[list[int | str]]


class AreaProperties(TypedDict):
    """A band's minutes, and whether it is the limit that was asked for."""

    minutes: float
    is_last: bool


class AreaFeature(TypedDict):
    """The drawn area of a band."""

    type: Literal["Feature"]
    geometry: Geometry
    properties: AreaProperties


class StreetsValue(TypedDict):
    """Streets within each band, in steps from a corner (see ``streets``)."""

    origin: list[float]
    bands: list[list[list[int]]]


class DrawnValue(TypedDict):
    """What is drawn around stations: areas, streets or neither."""

    areas: list[AreaFeature]
    streets: StreetsValue | None


class EffectValue(TypedDict):
    """What a change gains and loses; ``grids``: [name, gained, lost] of each that is touched."""

    version: str
    doors: str
    gained: list[int]
    lost: list[int]
    gained_households: int
    lost_households: int
    outside_after: int
    grids: list[tuple[str, int | str, int | str]]


def compact(body: Any) -> bytes:
    """Return JSON without spaces."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def buildings_payload(
    board: Board, ids: NDArray[np.int64], outlines: NDArray[np.object_]
) -> Payload:
    """Return the outlines of the doors' buildings, in the order of the doors.

    ``rings[d]``: [x, y, dx, dy, …] in millionths of a degree from ``origin``; the largest ring of
    each building, which is what one sees and clicks.
    """
    place = {int(i): n for n, i in enumerate(ids)}
    shapes = outlines[[place[int(i)] for i in board.town.building_ids]] if len(ids) else outlines
    if not len(shapes):
        return Payload(
            compact({"doors": board.doors_version, "origin": [0, 0], "ids": [], "rings": []}),
            "application/json",
        )
    west, south = (np.floor(v * SCALE) / SCALE for v in shapely.total_bounds(shapes)[:2])
    rings = []
    for shape in shapes:
        part = max(shapely.get_parts(shape), key=lambda p: p.area)
        xy = np.rint((shapely.get_coordinates(part.exterior)[:-1] - (west, south)) * SCALE)
        steps = np.diff(xy, axis=0, prepend=np.zeros((1, 2)))
        rings.append(steps.astype(int).ravel().tolist())
    body = {
        "doors": board.doors_version,
        "origin": [float(west), float(south)],
        "ids": [int(i) for i in board.town.building_ids],
        "households": [int(h) for h in board.town.households],
        "rings": rings,
    }
    return Payload(compact(body), "application/json")


def answer_payload(board: Board, gaps: Gaps, drawing: Drawing) -> Payload:
    """Return the classes of an answer, the stations that were asked, and what is drawn of it."""
    body = {
        "version": board.version,
        "doors": board.doors_version,
        "letters": band_letters(gaps),
        "seconds": [-1 if np.isnan(s) else round(float(s)) for s in gaps.walk_s],
        "stations": [station_mark(s) for s in asked_stations(gaps)],
        "bands": list(gaps.question.bands),
        **drawn(board, gaps.question, board.sites, drawing),
    }
    return Payload(compact(body), "application/json")


def drawn(board: Board, question: Question, sites: Sequence[Site], drawing: Drawing) -> DrawnValue:
    """Return the areas or the streets within reach of stations: a picture, never a count."""
    return {
        "areas": areas(board, question, sites) if drawing == "areas" else [],
        "streets": streets(board, question, sites) if drawing == "streets" else None,
    }


def asked_stations(gaps: Gaps) -> list[Site]:
    """Return the stations of all services asked for, each once."""
    return list({s.key: s for circle in gaps.circles for s in circle.sites}.values())


def station_mark(site: Site) -> StationMark:
    """Return what the map shows of a station."""
    return {
        "key": site.key,
        "name": site.name,
        "lon": site.lon,
        "lat": site.lat,
        "tier": site.tier,
        "state": site.state,
        "categories": list(site.categories),
        "hours": [list(h) for h in site.hours],
    }


def areas(board: Board, question: Question, sites: Sequence[Site]) -> list[AreaFeature]:
    """Return the drawn area of each band as GeoJSON, the longest first: a picture, no count.

    Where several circles are asked, the part that all of them reach.
    """
    travel = board.walkers(question).travel
    raster = board.travels.raster(question.profile, question.way)
    limits_s = [m * 60.0 for m in question.bands]
    common: list[BaseGeometry] | None = None
    for services in question.circles:
        asked = [s for s in sites if is_asked(s, services, question)]
        found = travel_areas(travel, raster, board.place(question)(asked), limits_s)
        common = (
            found
            if common is None
            else [shapely.intersection(a, b) for a, b in zip(common, found, strict=True)]
        )
    features: list[AreaFeature] = []
    for minutes, area in zip(question.bands, common or [], strict=False):
        if area.is_empty:
            continue
        features.append(
            {
                "type": "Feature",
                "geometry": degrees(area, board.srid),
                "properties": {"minutes": minutes, "is_last": minutes == question.minutes},
            }
        )
    return features[::-1]


def streets(board: Board, question: Question, sites: Sequence[Site]) -> StreetsValue:
    """Return the streets within each band of a station, the longest first.

    ``origin`` and ``bands``: [[x, y, dx, dy, …], …] in hundred-thousandths of a degree from it
    (a metre). Where several circles are asked, those of all of them together.
    """
    travel = board.walkers(question).travel
    asked = [s for s in sites if any(is_asked(s, own, question) for own in question.circles)]
    limits_s = [m * 60.0 for m in question.bands]
    found = reached_streets(travel, board.place(question)(asked), limits_s)
    bands = []
    west, south = (np.floor(v * STREET_SCALE) / STREET_SCALE for v in _corner(board))
    for stretches in found[::-1]:
        lines = lines_of(travel.network, stretches)
        xy, of = shapely.get_coordinates(lines, return_index=True)
        lon, lat = transform(xy[:, 0], xy[:, 1], board.srid, 4490)
        at = np.rint((np.column_stack([lon, lat]) - (west, south)) * STREET_SCALE).astype(int)
        ends = np.flatnonzero(np.diff(of)) + 1
        bands.append(
            [
                np.diff(line, axis=0, prepend=np.zeros((1, 2), int)).ravel().tolist()
                for line in np.split(at, ends)
                if len(line)
            ]
        )
    return {"origin": [float(west), float(south)], "bands": bands}


def _corner(board: Board) -> tuple[float, float]:
    """Return the south-west corner of the streets in degrees."""
    west, south, *_ = shapely.total_bounds(board.town.network.geometry)
    lon, lat = transform(np.array([west]), np.array([south]), board.srid, 4490)
    return float(lon[0]), float(lat[0])


def degrees(shape: BaseGeometry, srid: int) -> Geometry:
    """Return a geometry of the measuring CRS as GeoJSON in degrees, six decimals."""
    xy = shapely.get_coordinates(shape)
    lon, lat = transform(xy[:, 0], xy[:, 1], srid, 4490)
    moved = shapely.set_coordinates(shapely.force_2d(shape), np.column_stack([lon, lat]).round(6))
    found: Geometry = json.loads(shapely.to_geojson(moved))
    return found


def effect_body(
    board: Board, gained: NDArray[np.int32], lost: NDArray[np.int32], outside_before: int
) -> EffectValue:
    """Return what a change gains and loses: doors, households in all and per grid."""
    households = board.people.households.astype(float)
    sums = by_group(Effect(gained, lost), households, board.grids.of, len(board.grids.names))
    touched = np.flatnonzero((sums.gained > 0) | (sums.lost > 0))
    order = touched[np.argsort(-(sums.gained + sums.lost)[touched], kind="stable")]
    gained_households = int(households[gained].sum())
    lost_households = int(households[lost].sum())
    return {
        "version": board.version,
        "doors": board.doors_version,
        "gained": gained.tolist(),
        "lost": lost.tolist(),
        "gained_households": gained_households,
        "lost_households": lost_households,
        "outside_after": outside_before - gained_households + lost_households,
        "grids": [
            (board.grids.names[g][1], *(few.told(int(n[g])) for n in (sums.gained, sums.lost)))
            for g in order
        ],
    }
