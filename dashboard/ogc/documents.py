"""The documents of ``/ogc``: landing page, conformance, collections and pages of features. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal, NotRequired, TypedDict
from urllib.parse import urlencode

from dashboard.ogc.crs import CRS84, is_latitude_first, swapped
from data.grids.read_ogc import Box, Row
from layers.kit.json import Geometry

GEOJSON = "application/geo+json"
JSON = "application/json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}"
    for name in ("core", "oas30", "geojson")
)
Property = str | int | float | bool | date | None
NOT_PROPERTIES = ("id", "geometry", "plan_id")


class Link(TypedDict):
    """A link object (17-069r4, 7.3; RFC 8288)."""

    href: str
    rel: str
    type: str
    title: NotRequired[str]


class Landing(TypedDict):
    """The landing page (17-069r4, 7.2)."""

    title: str
    description: str
    links: list[Link]


class Conformance(TypedDict):
    """The conformance classes (17-069r4, 7.4)."""

    conformsTo: list[str]


class Spatial(TypedDict):
    """Bounding boxes: west, south, east, north."""

    bbox: list[list[float]]
    crs: str


class Extent(TypedDict):
    """Where a collection's features lie."""

    spatial: Spatial


class CollectionDocument(TypedDict):
    """The description of one collection (17-069r4, 7.14)."""

    id: str
    title: str
    description: str
    itemType: Literal["feature"]
    crs: list[str]
    extent: Extent
    links: list[Link]


class Collections(TypedDict):
    """The list of collections (17-069r4, 7.13)."""

    links: list[Link]
    collections: list[CollectionDocument]


class Feature(TypedDict):
    """A GeoJSON feature (RFC 7946); alone it has links (17-069r4, 7.16)."""

    type: Literal["Feature"]
    id: int
    geometry: Geometry
    properties: dict[str, str | int | float | bool | None]
    links: NotRequired[list[Link]]


class FeatureCollection(TypedDict):
    """A page of features (17-069r4, 7.15); ``timeStamp`` in UTC."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    numberMatched: int
    numberReturned: int
    timeStamp: str
    links: list[Link]


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection: its key in addresses, its title and what it holds, in both languages."""

    key: str
    title: str
    description: str


COLLECTIONS = (
    Collection("divisions", "行政区划 Divisions", "County, subdistricts, communities; code, name"),
    Collection("communities", "社区 Communities", "Communities alone"),
    Collection(
        "grids",
        "网格 Grids",
        "Grids of the plan in force on the day, else of the newest draft (in_force = false); "
        "households as judged when the plan was made, households_now by the newest counts; "
        "null = not known, or a plan of the past",
    ),
    Collection("plots", "基本单元 Plots", "Plots of the newest tessellation: grids' parts"),
    Collection(
        "buildings",
        "楼栋 Buildings",
        "Buildings with their newest counts: households by definition and persons; null = unknown, "
        "never zero",
    ),
    Collection("stations", "站点 Stations", "Stations with tier, categories and state"),
    Collection(
        "service_areas",
        "服务圈 Service areas",
        "Cumulative walking areas around all open stations of a category (party = the party's "
        "service stations). A drawing: coverage is counted by households' own walking time",
    ),
)


@dataclass(frozen=True, slots=True)
class ServiceArea:
    """Where a category's open stations are reached within ``minutes``; ``geometry`` is GeoJSON."""

    id: int
    geometry: str
    county: str
    code: str
    category: str
    minutes: int
    stations: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the documents live: the request's own root, and the division that it is narrowed to.

    ``root`` ends with a slash. ``code``: "" = everything that is loaded.
    """

    root: str
    code: str = ""

    def href(self, *path: str, **values: str) -> str:
        """Return an absolute address under ``/ogc``."""
        parts = ["ogc", *([self.code] if self.code else []), *path]
        query = f"?{urlencode(values, safe=',/:')}" if values else ""
        return f"{self.root}{'/'.join(parts)}{query}"


def link(href: str, rel: str, media_type: str, title: str | None = None) -> Link:
    """Return a link object."""
    made: Link = {"href": href, "rel": rel, "type": media_type}
    if title:
        made["title"] = title
    return made


def landing(place: Place, counties: Iterable[tuple[str, str]]) -> Landing:
    """Return the landing page; every loaded county (code, name) has one of its own, linked."""
    links = [
        link(place.href(), "self", JSON, "This document"),
        link(place.href("api"), "service-desc", OPENAPI, "The API definition"),
        link(place.href("conformance"), "conformance", JSON, "Conformance classes"),
        link(place.href("collections"), "data", JSON, "The collections"),
    ]
    if not place.code:
        links += [
            link(Place(place.root, code).href(), "item", JSON, f"{name} {code}")
            for code, name in counties
        ]
    return {
        "title": "格图 Getu" + (f" {place.code}" if place.code else ""),
        "description": "Grids, plots, buildings, stations and walking areas of county towns",
        "links": links,
    }


def collection(place: Place, one: Collection, bounds: Box | None) -> CollectionDocument:
    """Return the description of one collection. ``bounds``: west, south, east, north."""
    box = list(bounds) if bounds else [-180.0, -90.0, 180.0, 90.0]
    spatial: Spatial = {"bbox": [box], "crs": CRS84}
    return {
        "id": one.key,
        "title": one.title,
        "description": one.description,
        "itemType": "feature",
        "crs": [CRS84],
        "extent": {"spatial": spatial},
        "links": [
            link(place.href("collections", one.key), "self", JSON),
            link(place.href("collections", one.key, "items"), "items", GEOJSON, one.title),
        ],
    }


def collections(place: Place, bounds: Box | None) -> Collections:
    """Return the list of collections."""
    return {
        "links": [link(place.href("collections"), "self", JSON)],
        "collections": [collection(place, one, bounds) for one in COLLECTIONS],
    }


def feature(
    row: Row | ServiceArea, more: Mapping[str, Property] | None = None, crs: str = CRS84
) -> Feature:
    """Return a feature of a row: what is neither id nor geometry, and ``more``, are properties."""
    own = {f.name: getattr(row, f.name) for f in fields(row) if f.name not in NOT_PROPERTIES}
    properties = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in {**own, **(more or {})}.items()
    }
    geometry: Geometry = json.loads(row.geometry)
    if is_latitude_first(crs):
        geometry = swapped(geometry)
    return {
        "type": "Feature",
        "id": row.id,
        "geometry": geometry,
        "properties": properties,
    }


def page(
    place: Place,
    key: str,
    features: Sequence[Feature],
    matched: int,
    limit: int,
    offset: int,
    values: Mapping[str, str],
    stamp: str,
) -> FeatureCollection:
    """Return a page with its links. ``values``: the request's own parameters, kept by the links."""

    def at(start: int) -> str:
        own = {name: value for name, value in values.items() if name not in ("limit", "offset")}
        own["limit"] = str(limit)
        if start:
            own["offset"] = str(start)
        return place.href("collections", key, "items", **own)

    links = [
        link(place.href("collections", key, "items", **values), "self", GEOJSON),
        link(place.href("collections", key), "collection", JSON),
    ]
    if offset + len(features) < matched and features:
        links.append(link(at(offset + len(features)), "next", GEOJSON))
    if offset:
        links.append(link(at(max(0, offset - limit)), "prev", GEOJSON))
    return {
        "type": "FeatureCollection",
        "features": list(features),
        "numberMatched": matched,
        "numberReturned": len(features),
        "timeStamp": stamp,
        "links": links,
    }
