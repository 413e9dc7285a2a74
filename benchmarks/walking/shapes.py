"""Other ways to draw a 15-minute area, and how wrongly each places households."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from scipy.interpolate import LinearNDInterpolator

from layers.service_circles.walking.network import Network

Inside = Callable[[np.ndarray], np.ndarray]


def within(area: shapely.Geometry) -> Inside:
    shapely.prepare(area)
    return lambda xy: shapely.contains_xy(area, xy[:, 0], xy[:, 1])


def circle(point: shapely.Point, limit_s: float, speed_m_s: float) -> Inside:
    return within(point.buffer(limit_s * speed_m_s))


def convex_hull(network: Network, node_s: np.ndarray, limit_s: float) -> Inside:
    inside = node_s <= limit_s
    return within(shapely.multipoints(np.c_[network.x[inside], network.y[inside]]).convex_hull)


def street_buffer(network: Network, node_s: np.ndarray, limit_s: float, radius_m: float) -> Inside:
    """The streets with both ends within the limit, widened."""
    inside = node_s <= limit_s
    lines = network.geometry[inside[network.u] & inside[network.v]]
    return within(shapely.union_all(shapely.buffer(lines, radius_m)))


def triangles(network: Network, node_s: np.ndarray, limit_s: float) -> Inside:
    """Times interpolated linearly between the nodes (TIN)."""
    known = np.isfinite(node_s) & (node_s <= limit_s * 1.5)
    surface = LinearNDInterpolator(
        np.c_[network.x[known], network.y[known]], node_s[known], fill_value=np.inf
    )
    return lambda xy: surface(xy) <= limit_s
