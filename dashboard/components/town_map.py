"""The map of a town: assets/shared/map/bridge.js draws the ground under what pages add."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypedDict

import dash_leaflet as dl
from dash import html

from dashboard import ids
from dashboard.view import View
from layers.base_map.layer import terrain_bounds

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
CHINA: Bounds = (73.5, 18.0, 135.1, 53.6)


def town_bounds(view: View) -> Bounds:
    """Return the bounds of the view's town; of the country where it has no borders yet."""
    return (view.county.bounds if view.county else None) or CHINA


def corners(bounds: Bounds) -> list[list[float]]:
    """Return bounds as Leaflet writes them: [[south, west], [north, east]]."""
    west, south, east, north = bounds
    return [[south, west], [north, east]]


def position(view: View) -> tuple[float, float, float] | None:
    """Return latitude, longitude and zoom of the address bar (``at``), None when there is none."""
    parts = view.params.get("at", "").split(",")
    try:
        lat, lon, zoom = (float(p) for p in parts)
    except ValueError:
        return None
    west, south, east, north = town_bounds(view)
    margin = max(east - west, north - south)
    inside = (
        west - margin <= lon <= east + margin and south - margin <= lat <= north + margin
    )  # a place of another county, or a slip: the town is shown whole
    if not (inside and 3 <= zoom <= 20):
        return None
    return lat, lon, zoom


class FirstLayer(TypedDict):
    """Areas that are painted before the live map is there: their address, how they look.

    ``style``: the function of the live map's component.
    """

    url: str
    style: str


class FirstMap(TypedDict):
    """What the first view's map is painted from (assets/shared/map/first_map.js)."""

    bounds: list[list[float]]
    at: tuple[float, float, float] | None
    ground: list[list[float]]
    tiles: str
    layers: list[FirstLayer]


def ground_tiles(view: View) -> str:
    """Return the address of the ground's tiles, which names the county's revision."""
    assert view.county is not None
    return f"/tiles/{view.county.code}/{view.county.revision}/{{z}}/{{x}}/{{y}}.mvt"


def first_map(view: View, layers: Sequence[FirstLayer]) -> FirstMap | None:
    """Return what the map of the first view is painted from; None where a town has no borders."""
    if view.county is None or view.county.bounds is None:
        return None
    return {
        "bounds": corners(view.county.bounds),
        "at": position(view),
        "ground": corners(terrain_bounds(view.county.bounds)),
        "tiles": ground_tiles(view),
        "layers": list(layers),
    }


def town_map(
    view: View, children: list[Any], map_id: str = ids.MAP, first: FirstMap | None = None
) -> html.Div:
    """Return a map with the pages' layers; without a place in the address the bridge fits it.

    ``first``: what is painted until it is there.
    """
    painted = {"data-first-map": json.dumps(first)} if first else {}
    west, south, east, north = town_bounds(view)
    lat, lon, zoom = position(view) or ((south + north) / 2, (west + east) / 2, 14.0)
    return html.Div(
        dl.Map(
            children,
            id=map_id,
            center=[lat, lon],
            zoom=zoom,
            zoomControl=True,
            attributionControl=False,
            maxZoom=20,
            minZoom=7,
            zoomSnap=0.5,
        ),
        className="map-holder",
        **painted,
    )
