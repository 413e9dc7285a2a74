"""Service areas as features: cumulative walking areas of each category, made when asked for."""

from __future__ import annotations

import json
from typing import TypedDict

import numpy as np
import shapely

from dashboard.access.principal import present
from dashboard.ogc.documents import ServiceArea
from dashboard.services import Services
from data.divisions import read_counties as counties
from data.engine import session
from data.grids.read_ogc import GridQuery
from data.stations.read import categories
from layers.kit.crs import transform
from layers.kit.errors import NotFoundError
from layers.kit.json import parsed
from layers.kit.layer import Payload
from layers.service_circles.areas import all_stations_areas
from layers.service_circles.store import tied_stations
from layers.service_circles.walking.ties import anchors_of
from layers.stations.layer import PARTY_CATEGORIES

VERSION = 2  # of what is made here: a part of the cache key
PER_COUNTY = 1000  # an id is the county's place in the list · this + a running number


class Area(TypedDict):
    """An area as it is kept between requests: a ``ServiceArea`` without its id."""

    geometry: str
    county: str
    code: str
    category: str
    minutes: int
    stations: int


class Areas(TypedDict):
    """A county's areas as they are kept."""

    areas: list[Area]


def service_areas(services: Services, wanted: GridQuery) -> list[ServiceArea]:
    """Return the areas of every loaded county that fits, in order of id.

    A county without streets has none.
    """
    with session(services.engine, present()) as c:
        codes = sorted(row.code for row in counties.list_counties(c))
    boxes = shapely.union_all([shapely.box(*box) for box in wanted.boxes])
    found: list[ServiceArea] = []
    for place, code in enumerate(codes):
        if not code.startswith(wanted.within):
            continue
        for number, row in enumerate(_county_areas(services, code)):
            feature = (place + 1) * PER_COUNTY + number
            if wanted.feature not in (None, feature):
                continue
            if wanted.boxes and not shapely.intersects(
                shapely.from_geojson(row["geometry"]), boxes
            ):
                continue
            found.append(ServiceArea(feature, **row))
    return found


def _county_areas(services: Services, code: str) -> list[Area]:
    """Return a county's areas; kept until its revision changes."""
    revision, scope = services.revision_seen(code)

    def make() -> Payload:
        kept = Areas(areas=_make(services, code))
        body = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
        return Payload(body.encode(), "application/json")

    payload = services.cache.get(("ogc service areas", VERSION, code, scope, revision), make)
    return parsed(Areas, json.loads(payload.body), "service areas")["areas"]


def _make(services: Services, code: str) -> list[Area]:
    rows: list[Area] = []
    with session(services.engine, present()) as c:
        query = counties.query(c, code)
        try:
            town = services.towns.get(c, query)
        except NotFoundError:
            return []
        served = [row.category for row in categories(c, code)]
        party = ["party"] if PARTY_CATEGORIES.intersection(served) else []
        for category in party + sorted(set(served) - PARTY_CATEGORIES):
            chosen = None if category == "party" else category
            stations = tied_stations(c, query, town, category=chosen)
            places = anchors_of(town.network, stations.ties)
            limits_s = [m * 60.0 for m in query.minutes]
            areas = all_stations_areas(town.network, town.raster, places, limits_s)
            for minutes, area in zip(query.minutes, areas, strict=True):
                if area.is_empty:
                    continue
                xy = shapely.get_coordinates(area)
                lon, lat = transform(xy[:, 0], xy[:, 1], query.measuring_srid, 4326)
                moved = shapely.set_coordinates(area, np.column_stack([lon, lat]).round(7))
                rows.append(
                    {
                        "geometry": shapely.to_geojson(moved),
                        "county": code,
                        "code": code,
                        "category": category,
                        "minutes": minutes,
                        "stations": len(stations.ids),
                    }
                )
    return rows
