"""Stations by tier and state."""

from __future__ import annotations

from typing import Any

import dash_leaflet as dl
from sqlalchemy import Connection

from data.stations.read import StationRow, station_detail, stations
from layers.kit.layer import (
    Fact,
    Field,
    Inspection,
    Layer,
    Legend,
    Payload,
    Query,
    Swatch,
    TextKey,
    geojson,
)

PARTY_CATEGORIES = frozenset({"service_centre", "service_station", "red_station"})


def load(c: Connection, query: Query) -> list[StationRow]:
    """Read the county's stations."""
    return stations(c, query.county)


def prepare(rows: list[StationRow], query: Query) -> Payload:
    """Return stations as points. ``shape`` is the tier's mark, "other" for other services."""
    return geojson(
        [
            {
                "type": "Feature",
                "geometry": {
                    "type": "Point",
                    "coordinates": [round(row.lon, 6), round(row.lat, 6)],
                },
                "properties": {
                    "id": row.id,
                    "name": row.name,
                    "community": row.community,
                    "shape": _shape(row),
                    "state": row.state,
                    "state_key": f"station_state.{row.state}",
                    "category_key": f"category.{row.categories[0]}",
                    "categories": list(row.categories),
                },
            }
            for row in rows
        ]
    )


def _shape(row: StationRow) -> str:
    if not PARTY_CATEGORIES.intersection(row.categories):
        return "other"
    return str(row.tier or "community")


def paint(url: str) -> list[Any]:
    """Return the stations' map component."""
    return [
        dl.GeoJSON(
            id={"type": "features", "layer": "stations"},
            url=url,
            pointToLayer={"variable": "getu.layers.stationMark"},
            onEachFeature={"variable": "getu.layers.eachFeature"},
            hideout={"layer": "stations"},
        )
    ]


def legend(query: Query) -> Legend:
    """Return the marks of tiers and states."""
    return Legend(
        (
            Swatch("dot", "station-county", "stations.tier_county"),
            Swatch("dot", "station-subdistrict", "stations.tier_subdistrict"),
            Swatch("dot", "station-community", "stations.tier_community"),
            Swatch("dot", "station-grid", "stations.tier_grid"),
            Swatch("ring", "station-planned", "stations.not_open"),
            Swatch("dot", "station-other", "stations.other"),
        ),
        note="stations.from_near",
        form="two-columns",
    )


def inspect(c: Connection, query: Query, feature: str) -> Inspection:
    """Return a station's services, state and hours. Raises NotFoundError."""
    found = station_detail(c, query.county, int(feature))
    row = found.head
    state = Fact(
        "stations.state",
        TextKey(f"station_state.{row.state}"),
        tone="plain" if row.state == "open" else "loud",
    )
    facts = (
        state,
        Fact("stations.category", tuple(TextKey(f"category.{name}") for name in row.categories)),
        Fact("stations.community", row.community),
        Fact("stations.rooms", row.rooms, "unit.rooms"),
        Fact("stations.services", "、".join(row.services) or None),
        Fact("stations.phone", row.phone),
    )
    hours = tuple(
        Fact(f"weekday.{h.weekday}", f"{h.opens:%H:%M}–{h.closes:%H:%M}") for h in found.hours
    )
    sections = [("stations.section_station", tuple(f for f in facts if f.value is not None))]
    sections.append(("stations.section_hours", hours or (Fact("stations.hours", None),)))
    d = 0.004
    return Inspection(
        title=row.name,
        subtitle=row.community or "",
        kind="stations.one",
        sections=tuple(sections),
        as_of=query.data_as_of,
        bounds=(row.lon - d, row.lat - d, row.lon + d, row.lat + d),
    )


LAYER = Layer(
    key="stations",
    title="stations.title",
    version=1,
    load=load,
    prepare=prepare,
    paint=paint,
    legend=legend,
    tooltip=(
        Field("category_key", "stations.category"),
        Field("state_key", "stations.state"),
        Field("community", "stations.community"),
    ),
    inspect=inspect,
)
