"""The map of a town: assets/shared/map/bridge.js draws the ground under what pages add."""

from __future__ import annotations

from typing import Any

import dash_leaflet as dl
from dash import html

from dashboard import ids
from dashboard.view import View

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


def town_map(view: View, children: list[Any], map_id: str = ids.MAP) -> html.Div:
    """Return a map with the pages' layers; without a place in the address the bridge fits it."""
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
    )
