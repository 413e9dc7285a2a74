"""Density of demands as a picture, comparable between frames. Pure."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from layers.kit.crs import transformer

# About a block of the town: streets of demands merge, neighbouring blocks stay apart. A small site
# has small blocks, so the width follows the extent within these bounds.
BANDWIDTH_M = (35.0, 90.0)
BANDWIDTHS_PER_SIDE = 60.0
MARGIN = 0.12  # share of the side added all around, so that the heat fades out and is not cut
SIDE_PX = 720
# Perceptually even (luminance rises steadily), in a hue that no other layer has: grids are blue and
# green, what is over its limit is orange, circles are gold.
_RAMP = np.array(
    [
        (64, 10, 84),
        (96, 18, 120),
        (132, 30, 148),
        (170, 48, 168),
        (206, 80, 178),
        (232, 124, 190),
        (246, 174, 210),
        (255, 232, 244),
    ],
    np.float64,
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A raster over ``bounds`` (west, south, east, north, degrees) in web-Mercator rows.

    ``x0``, ``y1``: upper left corner; ``scale``: Mercator metres per pixel; ``ground_m``: metres
    on the ground per pixel; ``bandwidth_m``: standard deviation of the smoothing.
    """

    bounds: tuple[float, float, float, float]
    rows: int
    columns: int
    x0: float
    y1: float
    scale: float
    ground_m: float
    bandwidth_m: float


def frame(bounds: tuple[float, float, float, float], side_px: int = SIDE_PX) -> Frame:
    """Return the raster of at most ``side_px`` a side that covers a town (degrees) and a margin."""
    west, south, east, north = bounds
    x_margin, y_margin = (east - west) * MARGIN, (north - south) * MARGIN
    west, east = west - x_margin, east + x_margin
    south, north = south - y_margin, north + y_margin
    to_web = transformer(4326, 3857)
    (x0, x1), (y0, y1) = to_web.transform([west, east], [south, north])
    scale = max(x1 - x0, y1 - y0) / side_px
    ground_m = scale * float(np.cos(np.radians((south + north) / 2)))
    low, high = BANDWIDTH_M
    return Frame(
        (west, south, east, north),
        max(1, round((y1 - y0) / scale)),
        max(1, round((x1 - x0) / scale)),
        x0,
        y1,
        scale,
        ground_m,
        min(max(ground_m * side_px / BANDWIDTHS_PER_SIDE, low), high),
    )


def to_web(xy: NDArray[np.float64], srid: int) -> NDArray[np.float64]:
    """Return points of a measuring CRS in web-Mercator metres."""
    if len(xy) == 0:
        return xy.reshape(0, 2)
    x, y = transformer(srid, 3857).transform(xy[:, 0], xy[:, 1])
    return np.column_stack([x, y])


def round_up(value: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten: the end of a scale that a person reads."""
    if value <= 0:
        return 0.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9)))


def density(points: NDArray[np.float64], raster: Frame) -> NDArray[np.float64]:
    """Return points per hectare, smoothed by a Gaussian of the raster's bandwidth.

    ``points``: (n, 2) web-Mercator metres. Points outside the raster are left out.
    """
    # floor, not a cast: a cast would pull points just outside onto the edge
    column = np.floor((points[:, 0] - raster.x0) / raster.scale)
    row = np.floor((raster.y1 - points[:, 1]) / raster.scale)
    inside = (column >= 0) & (column < raster.columns) & (row >= 0) & (row < raster.rows)
    cell = (row[inside] * raster.columns + column[inside]).astype(np.int64)
    counts = np.bincount(cell, minlength=raster.rows * raster.columns)
    sigma = raster.bandwidth_m / raster.ground_m
    smooth = gaussian_filter(
        counts.reshape(raster.rows, raster.columns).astype(np.float32),
        sigma,
        mode="constant",
        truncate=3.0,
    )
    return np.asarray(smooth, np.float64) * (1e4 / raster.ground_m**2)


def colours(share: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return red, green, blue and alpha (0-255) for shares of the densest place (0-1)."""
    root = np.sqrt(share)  # so that half-bright areas are told apart, not only the peaks
    place = root * (len(_RAMP) - 1)
    low = np.minimum(place.astype(int), len(_RAMP) - 2)
    part = (place - low)[..., None]
    image = np.empty((*share.shape, 4), np.uint8)
    image[..., :3] = (_RAMP[low] * (1 - part) + _RAMP[low + 1] * part).astype(np.uint8)
    image[..., 3] = (np.clip((root - 0.17) / 0.45, 0, 1) * 250).astype(np.uint8)
    return image


def ramp() -> tuple[str, ...]:
    """Return the colours of a legend from nothing to the densest place, as css stops."""
    shares = np.linspace(0, 1, 21)
    return tuple(
        f"rgb({r} {g} {b} / {a / 255:.3f}) {share:.0%}"
        for (r, g, b, a), share in zip(colours(shares).tolist(), shares.tolist(), strict=True)
    )


def picture(values: NDArray[np.float64], vmax: float) -> bytes:
    """Return a WebP with alpha: ``vmax`` is the brightest colour, below 3% of it nothing shows."""
    share = np.clip(values / vmax, 0, 1) if vmax > 0 else np.zeros_like(values)
    buffer = io.BytesIO()
    Image.fromarray(colours(share)).save(buffer, "WEBP", quality=70, method=1)
    return buffer.getvalue()
