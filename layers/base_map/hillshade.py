"""Terrain as a shaded picture under the map. Pure."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from layers.kit.crs import transformer
from layers.kit.ground.elevation import Elevation

AZIMUTH_DEG = 315.0
ALTITUDE_DEG = 45.0
SIDE_MAX_PX = 480  # soft light: drawn larger it only gets softer, and 800 took twice the bytes


def shade(heights: NDArray[np.float64], cell_m: float) -> NDArray[np.float64]:
    """Return illumination 0–1 of a height raster (m), light from the north-west.

    Horn (1981), Hill shading and the reflectance map: cosine of the angle between the surface
    normal and the light.
    """
    dy, dx = np.gradient(heights, cell_m)
    azimuth, altitude = np.radians(360 - AZIMUTH_DEG + 90), np.radians(ALTITUDE_DEG)
    light = (np.cos(altitude) * np.cos(azimuth), np.cos(altitude) * np.sin(azimuth))
    # Rows run south, so the northward slope is -dy.
    value = (np.sin(altitude) - dx * light[0] + dy * light[1]) / np.sqrt(1 + dx**2 + dy**2)
    return np.clip(value, 0, 1)


def picture(elevation: Elevation, bounds: tuple[float, float, float, float]) -> bytes:
    """Return a WebP with alpha of the terrain over ``bounds`` (degrees), in web-Mercator pixels.

    Lit slopes are white, shaded ones black, flat ground transparent: it tints any ground colour.
    Empty bytes' worth of terrain (all unknown) gives a fully transparent picture.
    """
    west, south, east, north = bounds
    to_web = transformer(4326, 3857)
    (x0, x1), (y0, y1) = to_web.transform([west, east], [south, north])
    scale = max((x1 - x0), (y1 - y0)) / SIDE_MAX_PX
    columns, rows = max(2, round((x1 - x0) / scale)), max(2, round((y1 - y0) / scale))
    x = x0 + (np.arange(columns) + 0.5) * scale
    y = y1 - (np.arange(rows) + 0.5) * scale
    grid_x, grid_y = np.meshgrid(x, y)
    to_raster = transformer(3857, elevation.srid)
    px, py = to_raster.transform(grid_x.ravel(), grid_y.ravel())
    heights = elevation.sample(np.asarray(px), np.asarray(py)).reshape(rows, columns)
    ground_m = scale * np.cos(np.radians((south + north) / 2))
    lit = shade(heights, ground_m)
    flat = np.sin(np.radians(ALTITUDE_DEG))
    tone = np.where(np.isnan(lit), 0.0, lit - flat)
    tone *= _fade(rows)[:, None] * _fade(columns)[None, :]
    image = np.zeros((rows, columns, 4), np.uint8)
    image[..., :3] = np.where(tone[..., None] > 0, 255, 0)
    strength = np.where(tone > 0, tone / (1 - flat) * 70, -tone / flat * 130)
    image[..., 3] = np.clip(strength, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", quality=30, alpha_quality=40, method=4)
    return buffer.getvalue()


def _fade(size: int) -> NDArray[np.float64]:
    """Return weights that fall to 0 at both ends, so that the picture has no visible edge."""
    place = (np.arange(size) + 0.5) / size
    weight: NDArray[np.float64] = np.clip(np.minimum(place, 1 - place) / 0.12, 0, 1)
    return weight
