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
        """Return bilinear heights (m) at points in ``srid``; NaN outside or beside unknown cells.

        Cell centres carry the values. Within half a cell of the outer edge the outermost centre
        is used, so that a raster covers all of its own extent.
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
        # A weight of exactly 0 must not spread the NaN of a cell that is not used.
        corners = (
            (v[r0, c0], (1 - dc) * (1 - dr)),
            (v[r0, c1], dc * (1 - dr)),
            (v[r1, c0], (1 - dc) * dr),
            (v[r1, c1], dc * dr),
        )
        total = np.zeros_like(column)
        for value, weight in corners:
            total += np.where(weight > 0, value * weight, 0.0)
        return np.where(inside, total, np.nan)
