"""The statistic Gi*: is the sum around an area larger than that of any as many areas?

Getis and Ord 1992; with the area itself and binary neighbours as in Ord and Getis 1995. All is
computed from exact moments of drawing areas without putting back; nothing is permuted: 999
permutations cannot say anything below 0.001, and 20,700 grids at once need smaller.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """Every area with those beside it: ``matrix`` (n, n) of ones, the diagonal included.

    ``size`` (n,): how many areas a neighbourhood holds, itself among them.
    """

    matrix: csr_matrix
    size: Floats

    def sums(self, values: Floats) -> Floats:
        """Return the sum of each neighbourhood; ``values`` (n,) or (n, t)."""
        found: Floats = self.matrix @ values
        return found


def neighbourhoods(n: int, a: Ints, b: Ints) -> Neighbourhoods:
    """Return the neighbourhoods of ``n`` areas, of which ``a[i]`` and ``b[i]`` lie side by side."""
    itself = np.arange(n)
    rows = np.concatenate((a, b, itself))
    columns = np.concatenate((b, a, itself))
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    matrix.data[:] = 1.0  # a pair that was given twice is one
    return Neighbourhoods(matrix, np.diff(matrix.indptr).astype(np.float64))


def gi_star(values: Floats, around: Neighbourhoods) -> Floats:
    """Return z of Gi* of ``values`` (n,) or (n, t), each column by itself.

    NaN where there is nothing to compare: all values alike, or a neighbourhood of everything.
    """
    deviation = values - values.mean(axis=0)
    variance = (deviation**2).mean(axis=0)
    n, k = len(values), _along(around.size, values)
    spread = np.sqrt(variance * k * (n - k) / max(n - 1, 1))
    # Of equal values the rounding of their mean is left: that is no variance.
    spread = np.where(variance > 1e-20 * (values**2).mean(axis=0), spread, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z: Floats = np.where(spread > 0, around.sums(deviation) / spread, np.nan)
    return z


def gi_star_skewness(values: Floats, around: Neighbourhoods) -> Floats:
    """Return the skewness of Gi* under chance, (n,) or (n, t): third moment of a sum of k of n.

    Counts are skewed, and so are their sums while few things are counted: a normal tail then finds
    hot spots in noise (``benchmarks/heat/noise.py``).
    """
    deviation = values - values.mean(axis=0)
    variance = (deviation**2).mean(axis=0)
    n, k = len(values), _along(around.size, values)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_one = (deviation**3).mean(axis=0) / variance**1.5
        of_sum: Floats = of_one * (n - 2 * k) / (n - 2) * np.sqrt((n - 1) / (k * (n - k)))
    return of_sum


def _along(size: Floats, values: Floats) -> Floats:
    return size if values.ndim == 1 else size[:, None]
