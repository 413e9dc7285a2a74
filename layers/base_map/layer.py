"""The base map: vector tiles over shaded terrain."""

from __future__ import annotations

import io
from typing import Any

import dash_leaflet as dl
from PIL import Image
from sqlalchemy import Connection

from data.divisions.read_counties import county
from data.ground.read_terrain import read_elevation
from data.ground.read_tiles import tile
from layers.base_map import hillshade
from layers.kit.errors import InputError, NotFoundError
from layers.kit.ground.elevation import Elevation
from layers.kit.layer import Layer, Legend, Payload, Query, Swatch

MARGIN_DEG = 0.02
ZOOM_MAX = 18

Terrain = tuple[Elevation | None, tuple[float, float, float, float]]


def terrain_bounds(
    town: tuple[float, float, float, float],
) -> tuple[float, float, float, float]:
    """Return the town's bounds (degrees) with room for the slopes around it."""
    west, south, east, north = town
    return west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG


def load(c: Connection, query: Query) -> Terrain:
    """Read the terrain and the place that its picture covers."""
    bounds = county(c, query.county).bounds
    if bounds is None:
        raise NotFoundError("county {county} has no borders yet", county=query.county)
    return read_elevation(c, query.county), terrain_bounds(bounds)


def prepare(rows: Terrain, query: Query) -> Payload:
    """Return the shaded terrain; a transparent pixel where there is no elevation."""
    elevation, bounds = rows
    if elevation is None:
        buffer = io.BytesIO()
        Image.new("RGBA", (1, 1)).save(buffer, "WEBP")
        return Payload(buffer.getvalue(), "image/webp")
    return Payload(hillshade.picture(elevation, bounds), "image/webp")


def paint(url: str) -> list[Any]:
    """Return the terrain picture; the tiles are drawn by the map bridge in their own pane."""
    return [
        dl.ImageOverlay(
            id={"type": "picture", "layer": "base_map"},
            url=url,
            bounds=[[0, 0], [0, 0]],
            className="terrain",
        )
    ]


def legend(query: Query) -> Legend:
    """Return what the ground's colours mean."""
    return Legend(
        (
            Swatch("fill", "ground-water", "base_map.water"),
            Swatch("fill", "ground-building", "base_map.building"),
            Swatch("line", "ground-main-street", "base_map.main_street"),
            Swatch("line", "ground-street", "base_map.street"),
            Swatch("fill", "ground-green", "base_map.green"),
            Swatch("line", "ground-community", "base_map.community_border"),
        ),
        form="two-columns",
    )


def ground_tile(c: Connection, county_code: str, z: int, x: int, y: int) -> Payload:
    """Return one vector tile. Raises InputError for a tile that does not exist."""
    if not (0 <= z <= ZOOM_MAX and 0 <= x < 2**z and 0 <= y < 2**z):
        raise InputError(
            "there is no tile {z}/{x}/{y}: zoom 0 to {zoom_max}", z=z, x=x, y=y, zoom_max=ZOOM_MAX
        )
    return Payload(tile(c, county_code, z, x, y), "application/vnd.mapbox-vector-tile")


LAYER = Layer(
    key="base_map",
    title="base_map.title",
    version=1,
    load=load,
    prepare=prepare,
    paint=paint,
    legend=legend,
    bounds=terrain_bounds,
    panes=("ground",),
    is_ground=True,
    waits=True,
)
