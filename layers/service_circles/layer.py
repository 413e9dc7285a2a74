"""Walking areas of 5, 10 and 15 minutes around a chosen station or all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dash_leaflet as dl
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from data.stations.read import categories, station_detail
from layers.kit.crs import transform
from layers.kit.errors import InputError, NotFoundError
from layers.kit.json import Feature
from layers.kit.layer import (
    AddsTo,
    Control,
    Fact,
    Layer,
    Legend,
    Option,
    Payload,
    Query,
    SaysOf,
    Sections,
    Sentence,
    Share,
    Swatch,
    geojson,
)
from layers.service_circles.areas import all_stations_areas, station_areas
from layers.service_circles.store import Towns, coverage, station_reach, tied_stations
from layers.service_circles.walking.ties import anchors_of

# A contour of 20 m cells bends at every cell; a few metres straighten it and halve its vertices.
DRAWN_TO_M = 4.0


@dataclass(frozen=True, slots=True)
class DrawnAreas:
    """Cumulative areas by minutes in the measuring CRS, and what they are drawn around."""

    minutes: tuple[int, ...]
    areas: tuple[BaseGeometry, ...]
    stations: int
    tied: int


def loader(towns: Towns) -> Callable[[Connection, Query], DrawnAreas]:
    """Return the layer's load function over a store of towns."""

    def load(c: Connection, query: Query) -> DrawnAreas:
        """Draw the areas of one station (``station`` = its id) or of all open ones.

        Raises InputError for a station id that is not a number, NotFoundError for one that is
        not open.
        """
        try:
            town = towns.get(c, query)
        except NotFoundError:  # no streets yet: nothing to draw, and the page says so
            return DrawnAreas(query.minutes, (), 0, 0)
        limits_s = [m * 60.0 for m in query.minutes]
        category = query.values.get("category") or None
        wanted = query.values.get("station")
        if not wanted:
            stations = tied_stations(c, query, town, category=category)
            places = anchors_of(town.network, stations.ties)
            areas = all_stations_areas(town.network, town.raster, places, limits_s)
            return DrawnAreas(
                query.minutes,
                tuple(areas),
                len(stations.ids),
                int((~stations.ties.untied).sum()),
            )
        if not wanted.isdecimal():
            raise InputError("station={wanted} is not a station's id", wanted=wanted)
        # Whatever it serves: the chosen category is that of all stations together.
        own = station_detail(c, query.county, int(wanted)).head.categories
        stations = tied_stations(c, query, town, category=own[0])
        at = np.flatnonzero(stations.ids == int(wanted))
        if len(at) == 0:
            raise NotFoundError("station {wanted} is not open", wanted=wanted)
        ties = stations.ties.take(at)
        if ties.untied[0]:
            return DrawnAreas(query.minutes, (), 1, 0)
        areas = station_areas(town.network, town.raster, anchors_of(town.network, ties), limits_s)
        return DrawnAreas(query.minutes, tuple(areas), 1, 1)

    return load


def prepare(rows: DrawnAreas, query: Query) -> Payload:
    """Return rings (each area without the shorter one inside it) as GeoJSON, longest first."""
    features: list[Feature] = []
    inner: BaseGeometry | None = None
    for minutes, area in zip(rows.minutes, rows.areas, strict=False):
        area = shapely.simplify(area, DRAWN_TO_M)
        ring = area if inner is None else shapely.difference(area, inner)
        inner = area
        if ring.is_empty:
            continue
        xy = shapely.get_coordinates(ring)
        lon, lat = transform(xy[:, 0], xy[:, 1], query.measuring_srid, 4326)
        moved = shapely.set_coordinates(ring, np.column_stack([lon, lat]).round(6))
        features.append(
            {
                "type": "Feature",
                "geometry": json.loads(shapely.to_geojson(moved)),
                "properties": {
                    "id": minutes,
                    "minutes": minutes,
                    "single": rows.stations == 1,
                },
            }
        )
    return geojson(features[::-1], stations=rows.stations, tied=rows.tied)


def paint(url: str) -> list[Any]:
    """Return the areas' map component: it takes no clicks, what lies under it does."""
    return [
        dl.GeoJSON(
            id={"type": "features", "layer": "service_circles"},
            url=url,
            style={"variable": "getu.layers.circleStyle"},
            interactive=False,
            hideout={"layer": "service_circles"},
        )
    ]


def legend(query: Query) -> Legend:
    """Return the minutes on foot."""
    names = ("circle-near", "circle-middle", "circle-far")
    return Legend(
        tuple(
            Swatch("line", css, "service_circles.minutes", {"minutes": minutes})
            for css, minutes in zip(names, query.minutes, strict=False)
        ),
        unit="service_circles.legend_unit",
        note="service_circles.drawing",
        form="row",
    )


PARTY = ("service_centre", "service_station", "red_station")
SUBJECT = "stations"
"""The layer whose chosen thing has a circle of its own."""


def controls(c: Connection, query: Query) -> tuple[Control, ...]:
    """Return whose circles are drawn: all open stations of a category, or the chosen one."""
    rows = categories(c, query.county)
    served = [r for r in rows if r.category not in PARTY]
    options = (
        Option("", "desk.party_stations"),
        *(Option(r.category, f"category.{r.category}", count=r.stations) for r in served),
    )
    has_party = len(served) < len(rows) or len(options) == 1
    return (
        Control(
            "choice", "category", options=options,
            value="" if has_party else options[1].value, marks=SUBJECT,
        ),
        Control(
            "subject", "circles",
            options=(Option("all", "desk.circles_all"), Option("one", "desk.circles_one")),
            value="all", usual="all", of=SUBJECT, parameter="station", needs=(("state", "open"),),
        ),
    )  # fmt: skip


def sayer(towns: Towns) -> SaysOf:
    """Return who says whom the circles reach, over a store of towns."""

    def says(c: Connection, query: Query) -> tuple[Sentence, ...]:
        """Say whom all stations of a category reach, or the chosen one."""
        one = query.values.get("circles") == "one"
        return (_said_of_one(c, query, towns) if one else _said_of_all(c, query, towns),)

    return says


def _said_of_all(c: Connection, query: Query, towns: Towns) -> Sentence:
    try:
        town = towns.get(c, query)
    except NotFoundError:
        return Sentence("desk.no_streets", is_note=True)
    found = coverage(c, query, town, category=query.values.get("category") or None)
    if found.stations == 0:
        return Sentence("desk.no_stations", is_note=True)
    words = {
        "stations": found.stations,
        "minutes": found.minutes[-1],
        "covered": found.covered[-1],
        "households": found.households,
        "share": Share(found.covered[-1] / found.households if found.households else None),
    }
    return Sentence("desk.circle_reach", words)


def _said_of_one(c: Connection, query: Query, towns: Towns) -> Sentence:
    station = query.values.get("station", "")
    if not station.isdecimal():
        return Sentence("desk.choose_station", is_note=True)
    counts = _reach(c, query, towns, station)
    if counts is None:
        return Sentence("desk.station_shut", is_note=True)
    return Sentence("desk.one_reach", {"minutes": query.minutes[-1], "covered": counts[-1]})


def _reach(c: Connection, query: Query, towns: Towns, station: str) -> tuple[int, ...] | None:
    """Return the households that one station reaches on foot; None when it is not open."""
    try:
        return station_reach(c, query, towns.get(c, query), int(station))
    except NotFoundError:
        return None


def adder(towns: Towns) -> AddsTo:
    """Return who adds to a station's inspection how many households walk there."""

    def adds(c: Connection, query: Query, layer: str, feature: str) -> Sections:
        """Return the households that an open station reaches on foot, by minutes."""
        counts = _reach(c, query, towns, feature) if layer == SUBJECT else None
        if counts is None:
            return ()
        facts = tuple(
            Fact(f"summary.within_{minutes}", count, "unit.households")
            for minutes, count in zip(query.minutes, counts, strict=True)
        )
        return (("summary.reach", facts),)

    return adds


def make_layer(towns: Towns) -> Layer:
    """Return the layer over a store of towns."""
    return Layer(
        key="service_circles",
        title="service_circles.title",
        version=1,
        load=loader(towns),
        prepare=prepare,
        paint=paint,
        legend=legend,
        parameters=("station", "category"),
        controls=controls,
        says=sayer(towns),
        adds=adder(towns),
        waits=True,
        shown_at_first=False,
    )
