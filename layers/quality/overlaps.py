"""Footprints that cannot both be right: the same building twice, or two that cut each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

LEAST_M2 = 1.0
"""Below this two footprints touch: party walls in real files overlap by centimetres."""
TWIN_SHARE = 0.9
"""Two footprints that share at least this much of their union are one building drawn twice."""
HOSTED_SHARE = 0.5
"""A footprint with at least this share inside another stands on it (a tower on its podium)."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Positions ``a`` < ``b``; ``kind``: twin (drawn twice) or cut (a part of both)."""

    a: int
    b: int
    area_m2: float
    kind: Literal["twin", "cut"]


def overlaps(footprints: NDArray[np.object_]) -> list[Overlap]:
    """Return the pairs of footprints (metres) that overlap by 1 m² or more, podiums left out.

    Footprints that are no valid polygon are repaired for the comparison; missing and empty ones
    overlap nothing.
    """
    shapes = footprints.copy()
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    shared = shapely.area(shapely.intersection(shapes[a], shapes[b]))
    a, b, shared = a[shared >= LEAST_M2], b[shared >= LEAST_M2], shared[shared >= LEAST_M2]
    area = shapely.area(shapes)
    twin = shared / (area[a] + area[b] - shared) >= TWIN_SHARE
    hosted = shared / np.minimum(area[a], area[b]) >= HOSTED_SHARE
    order = np.lexsort((b, a))
    return [
        Overlap(int(a[i]), int(b[i]), float(shared[i]), "twin" if twin[i] else "cut")
        for i in order
        if twin[i] or not hosted[i]
    ]
