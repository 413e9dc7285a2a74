"""What a place does in time: the classes of emerging hot spot analysis.

The classes are those that ArcGIS made usual ("How Emerging Hot Spot Analysis works").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from layers.hot_spots.statistics.getis_ord import Floats

Bools = NDArray[np.bool_]

MOSTLY = 0.9
"""Hot in this share of the periods: hot from the outset."""
ALPHA = 0.05
CLASSES = (
    "new", "consecutive", "intensifying", "persistent", "diminishing", "sporadic", "oscillating",
    "historical",
)  # fmt: skip


def mann_kendall(series: Floats) -> tuple[Floats, Floats]:
    """Return (S, p) of each row of (n, t): does it rise or fall? Mann 1945, Kendall 1975.

    Ties lessen the variance; p is two-sided and normal, 1 where all is alike. A row with NaN has
    none.
    """
    n, t = series.shape
    s = np.zeros(n)
    for step in range(1, t):
        s += np.sign(series[:, step:] - series[:, :-step]).sum(axis=1)
    ordered = np.sort(series, axis=1)
    ties = np.zeros(n)
    run = np.ones(n)
    for place in range(1, t + 1):
        alike = ordered[:, place] == ordered[:, place - 1] if place < t else np.zeros(n, bool)
        ties += np.where(alike, 0.0, run * (run - 1) * (2 * run + 5))
        run = np.where(alike, run + 1, 1.0)
    variance = (t * (t - 1) * (2 * t + 5) - ties) / 18
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, (s - np.sign(s)) / np.sqrt(variance), 0.0)
    p = np.where(np.isnan(s), np.nan, 2 * ndtr(-np.abs(z)))
    return s, p


def trend_classes(hot: Bools, cold: Bools, z: Floats) -> NDArray[np.object_]:
    """Return the class of each place: one of CLASSES with ``_hot`` or ``_cold``, or ``none``.

    ``hot``, ``cold``, ``z``: (n, t), periods in order. The last period decides what a place is;
    one that is neither then may have been hot for long (``historical``).
    """
    found = np.full(len(hot), "none", dtype=object)
    # Whether it rises or falls is asked only where it was so most of the time.
    asked = np.maximum(hot.mean(axis=1), cold.mean(axis=1)) >= MOSTLY
    s, p = np.zeros(len(z)), np.ones(len(z))
    s[asked], p[asked] = mann_kendall(z[asked])
    rises, falls = (p <= ALPHA) & (s > 0), (p <= ALPHA) & (s < 0)
    for one, other, word, more, less in (
        (hot, cold, "hot", rises, falls),
        (cold, hot, "cold", falls, rises),
    ):
        now, share = one[:, -1], one.mean(axis=1)
        run = run_length(one)
        once = one.sum(axis=1) == run  # never before the run that lasts until now
        mostly = share >= MOSTLY
        classes = (  # a later one is the more particular
            ("historical", ~now & mostly),
            ("sporadic", now & ~mostly),
            ("consecutive", now & ~mostly & once & (run >= 2)),
            ("new", now & once & (run == 1)),
            ("oscillating", now & ~mostly & other.any(axis=1)),
            ("persistent", now & mostly & (run > 1)),
            ("intensifying", now & mostly & more),
            ("diminishing", now & mostly & less),
        )
        for name, is_so in classes:
            found[is_so] = f"{name}_{word}"
    return found


def run_length(flags: Bools) -> NDArray[np.int64]:
    """Return for how many periods each row of (n, t) has been so until the last one."""
    backwards = flags[:, ::-1]
    length: NDArray[np.int64] = np.where(
        backwards.all(axis=1), flags.shape[1], (~backwards).argmax(axis=1)
    ).astype(np.int64)
    return length
