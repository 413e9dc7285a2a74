"""How rare a sum is under chance, and which of many are rare enough together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, ndtr

from layers.hot_spots.statistics.getis_ord import Floats, Neighbourhoods

LOOKED_AT = 1.5
"""Deviations below this are never rare: their tails need not be computed one by one."""


def two_sided(z: Floats, skewness: Floats) -> Floats:
    """Return how often chance brings so large a deviation, either way; NaN where z is.

    The tail of a Pearson type III curve (a shifted gamma), which has the mean, the variance and the
    skewness asked for, or the normal one where that is longer: on its short side the curve ends,
    and one place with very many demands would make all others rare.
    """
    z, skewness = np.broadcast_arrays(np.asarray(z, np.float64), skewness)
    p = np.where(np.isnan(z), np.nan, 2 * ndtr(-np.abs(z)))
    curved = np.isfinite(z) & (np.abs(skewness) > 1e-4)
    if curved.any():
        shape = 4.0 / skewness[curved] ** 2
        # A curve that leans to the left is one that leans to the right, seen in a mirror.
        turned = z[curved] * np.sign(skewness[curved])
        upper = gammaincc(shape, np.maximum(shape + turned * np.sqrt(shape), 0.0))
        p[curved] = np.maximum(p[curved], np.minimum(1.0, 2 * np.minimum(upper, 1 - upper)))
    return p


def excess(demands: Floats, households: Floats, around: Neighbourhoods) -> tuple[Floats, Floats]:
    """Return (observed, expected) of each neighbourhood if every household asked alike.

    ``demands`` (n,), ``households`` (n,) above nought.
    """
    expected = around.sums(households) / households.sum() * demands.sum()
    return around.sums(demands), expected


def excess_deviation(
    demands: Floats, households: Floats, around: Neighbourhoods
) -> tuple[Floats, Floats]:
    """Return how far each neighbourhood is from what its households expect, and the skewness.

    In standard deviations of a negative binomial count: the variance of an area that expects e is
    e + s e², where s, the share by which areas differ in more than chance, is what all of them
    scatter beyond Poisson (by moments). Gi* of rates does not know that the rate of a small grid
    scatters more than that of a large one; a Poisson count does not know that grids differ.
    Of 200 noise towns of 2,025 grids with 40 demands each, which differ by themselves, they flag
    something in 16% and in all, this in 2% (``benchmarks/heat/noise.py``).
    """
    share = households / households.sum()
    total = demands.sum(axis=0)
    # What an area expects is its share of the total: sums of its powers need no (n, t).
    one, two, three = (around.sums(share**power) for power in (1, 2, 3))
    if demands.ndim > 1:
        one, two, three = one[:, None], two[:, None], three[:, None]
    squares = float((share**2).sum()) * total**2
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = (demands**2).sum(axis=0) - 2 * total * (share @ demands) + squares - total
        differ = np.maximum(np.nan_to_num(beyond / squares), 0.0)
        expected, second = one * total, two * total**2
        variance = expected + differ * second
        third = expected + 3 * differ * second + 2 * differ**2 * (three * total**3)
        spread = np.sqrt(variance * np.maximum(1 - one, 0.0))
        known = (spread > 0) & (one < 1 - 1e-12)
        z: Floats = np.where(known, (around.sums(demands) - expected) / spread, np.nan)
        skewness: Floats = third / variance**1.5
    return z, skewness


def false_discovery(p: Floats) -> Floats:
    """Return q of Benjamini and Hochberg 1995 for p of any shape; NaN stays NaN and counts not."""
    flat = p.ravel()
    known = np.flatnonzero(~np.isnan(flat))
    q = np.full(flat.shape, np.nan)
    if len(known):
        order = known[np.argsort(flat[known], kind="stable")]
        ratio = flat[order] * len(order) / np.arange(1, len(order) + 1)
        q[order] = np.minimum(np.minimum.accumulate(ratio[::-1])[::-1], 1.0)
    return q.reshape(p.shape)


def rare(z: Floats, skewness: Floats, q_max: float) -> NDArray[np.bool_]:
    """Return which of many are rare together (q ≤ ``q_max``), without the tails of the others.

    The same as ``false_discovery(two_sided(z, skewness)) <= q_max``: what is not looked at is
    above any limit, and only how many there are counts.
    """
    p = np.where(np.isnan(z), np.nan, 1.0)
    skewness = np.broadcast_to(skewness, z.shape)
    far = np.abs(z) > LOOKED_AT
    p[far] = two_sided(z[far], skewness[far])
    found: NDArray[np.bool_] = np.nan_to_num(false_discovery(p), nan=1.0) <= q_max
    return found
