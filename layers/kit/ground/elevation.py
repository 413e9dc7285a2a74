"""An elevation raster and how it is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Elevation:
    """Heights in metres on a regular north-up grid.

    ``values``: float32 (rows, columns), first row in the north, NaN where unknown.
    ``west``, ``north``: outer corner of the first cell; ``cell_x``, ``cell_y`` > 0: cell size;
    all in the units of ``srid`` (EPSG).
    """

    values: NDArray[np.float32]
    west: float
    north: float
    cell_x: float
    cell_y: float
    srid: int
    source: str = ""

    def sample(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return bilinear heights (m) at points in ``srid``; NaN outside and in unknown cells.

        Cell centres carry the values; beside an unknown cell the known ones around a point are
        weighed alone, so that a void is as large as its cell. Within half a cell of the outer
        edge the outermost centre is used, so that a raster covers all of its own extent.
        """
        rows, columns = self.values.shape
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        column = (x - self.west) / self.cell_x - 0.5
        row = (self.north - y) / self.cell_y - 0.5
        inside = (column >= -0.5) & (column <= columns - 0.5) & (row >= -0.5) & (row <= rows - 0.5)
        column = np.clip(np.where(inside, column, 0.0), 0, columns - 1)
        row = np.clip(np.where(inside, row, 0.0), 0, rows - 1)
        c0, r0 = np.floor(column).astype(int), np.floor(row).astype(int)
        c1, r1 = np.minimum(c0 + 1, columns - 1), np.minimum(r0 + 1, rows - 1)
        dc, dr = column - c0, row - r0
        v = self.values.astype(np.float64)
        corners = (
            (v[r0, c0], (1 - dc) * (1 - dr)),
            (v[r0, c1], dc * (1 - dr)),
            (v[r1, c0], (1 - dc) * dr),
            (v[r1, c1], dc * dr),
        )
        total, weights = np.zeros_like(column), np.zeros_like(column)
        for value, weight in corners:
            known = (weight > 0) & ~np.isnan(value)
            total += np.where(known, value * weight, 0.0)
            weights += np.where(known, weight, 0.0)
        own = v[np.where(dr < 0.5, r0, r1), np.where(dc < 0.5, c0, c1)]
        # Where all are known the weights are 1, and nothing is rounded once more.
        partly = (weights > 0) & (weights < 1 - 1e-12)
        total = np.where(partly, total / np.where(partly, weights, 1.0), total)
        inside &= ~np.isnan(own) & (weights > 0)
        return np.where(inside, total, np.nan)
