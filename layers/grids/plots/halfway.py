"""Lines half-way between buildings: where the land of one ends and that of the next begins.

Pure geometry in the measuring CRS (metres): Voronoi ridges between points along the outlines.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi
from shapely.geometry.base import BaseGeometry

SHRINK_M = 0.4
"""Outlines are sampled this far inside the wall, so that party walls get a line between them."""

SAMPLE_M = 2.0
"""Distance of outline samples: at 2 m the half-way line wavers less than a wall is thick."""

WALL_M = 1e-7
"""Ridges this close to a wall are the wall: party walls drawn twice differ by rounding only."""

SMOOTH_M = 0.4
"""Half-way lines are straightened by at most this; footprints overrule them anyway."""


def outline_samples(shapes: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return points along the shrunk outlines, and whose they are."""
    if len(shapes) == 0:
        return np.empty((0, 2)), np.empty(0, np.int64)
    inner = shapely.buffer(shapes, -SHRINK_M, join_style="mitre")
    lost = shapely.is_empty(inner)
    inner[lost] = shapely.buffer(shapes[lost], -SHRINK_M / 8, join_style="mitre")
    lost = shapely.is_empty(inner)
    inner[lost] = shapes[lost]
    return shapely.get_coordinates(
        shapely.segmentize(shapely.boundary(inner), SAMPLE_M), return_index=True
    )


def lines_between(
    samples: NDArray[np.float64],
    owner: NDArray[np.int64],
    block: BaseGeometry,
    footprints: NDArray[Any],
) -> NDArray[Any]:
    """Return the lines half-way between buildings: Voronoi ridges between samples of two.

    ``samples`` (n, 2) of ``owner`` (n,), in or near ``block``. Ridges inside ``footprints`` or
    along their walls are left out: there the wall itself is the border.
    """
    west, south, east, north = shapely.bounds(block)
    centre = np.array([(west + east) / 2, (south + north) / 2])
    local = samples - centre
    reach = 8 * max(east - west, north - south, float(np.abs(local).max()))
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False) + 0.1
    far = reach * np.column_stack((np.cos(turn), np.sin(turn)))
    owners = np.concatenate((owner, np.full(len(far), -1)))
    diagram = Voronoi(np.concatenate((local, far)))
    pair = owners[diagram.ridge_points]
    ends = np.asarray(diagram.ridge_vertices)
    real = (pair[:, 0] != pair[:, 1]) & (pair >= 0).all(axis=1) & (ends >= 0).all(axis=1)
    segments = shapely.linestrings(diagram.vertices[ends[real]] + centre)
    if len(segments) == 0:
        return segments
    walls = shapely.buffer(footprints, WALL_M, join_style="mitre")
    hidden = shapely.STRtree(segments).query(walls, predicate="covers")[1]
    segments = np.delete(segments, hidden)
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(segments)))
    return shapely.simplify(merged, SMOOTH_M)


def cut_to(lines: NDArray[Any], area: BaseGeometry) -> list[BaseGeometry]:
    """Return the parts of lines that lie within an area."""
    shapely.prepare(area)
    lines = lines[shapely.intersects(area, lines)]
    leaves = ~shapely.covers(area, lines)
    lines[leaves] = shapely.intersection(lines[leaves], area)
    return list(lines)
