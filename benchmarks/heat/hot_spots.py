"""Hot spots of a province in time against esda, on the same counts in the same run.

    python -m venv /tmp/bench && /tmp/bench/bin/pip install -r benchmarks/heat/requirements.txt
    /tmp/bench/bin/python -m benchmarks.heat.hot_spots

20,736 grids × 104 weeks, 5 demands a grid and week, five grids with five times as many in the last
26 weeks. esda gives one week with 999 permutations (after compiling, which is told apart); its z
and ours must be the same, and so must Mann–Kendall of pymannkendall.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
import warnings

import esda
import numpy as np
import pymannkendall
from libpysal.weights import W

from layers.hot_spots.statistics.getis_ord import gi_star, neighbourhoods
from layers.hot_spots.statistics.spots import Areas, follow
from layers.hot_spots.statistics.trends import mann_kendall

SIDE, WEEKS, PER_WEEK = 144, 104, 5.0


def lattice(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of cells in rows, of which each touches six others."""
    at = np.arange(side * side).reshape(side, side)
    pairs = [
        (at[: side - down, : side - right].ravel(), at[down:, right:].ravel())
        for down, right in ((0, 1), (1, 0), (1, 1))
    ]
    a, b = (np.concatenate(one) for one in zip(*pairs, strict=True))
    return a, b


def main() -> None:
    """Print times, the peer's, and by how much the results differ."""
    warnings.simplefilter("ignore")
    versions = {name: importlib.metadata.version(name) for name in ("esda", "numpy", "scipy")}
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {versions}"
    )
    draw, n = np.random.default_rng(4), SIDE * SIDE
    a, b = lattice(SIDE)
    households = np.round(draw.gamma(6, 35, n)) + 20
    mean = np.outer(PER_WEEK * households / households.mean(), np.ones(WEEKS))
    middle = n // 2 + SIDE // 2
    planted = [middle, middle - 1, middle + 1, middle - SIDE, middle + SIDE]
    mean[planted, -26:] *= 5
    demands = draw.poisson(mean).astype(float)

    areas = Areas(n, a, b, households)
    began = time.perf_counter()
    course = follow(demands, areas)
    ours = time.perf_counter() - began
    began = time.perf_counter()
    counted = follow(demands, Areas(n, a, b))
    by_count = time.perf_counter() - began
    around = neighbourhoods(n, a, b)
    began = time.perf_counter()
    z = gi_star(demands, around)
    exact = time.perf_counter() - began

    near: dict[int, list[int]] = {at: [] for at in range(n)}
    for one, other in zip(a.tolist(), b.tolist(), strict=True):
        near[one].append(other)
        near[other].append(one)
    weights = W(near, silence_warnings=True)
    week = demands[:, 0]
    small = W({at: [x for x in near[at] if x < 400] for at in range(400)}, silence_warnings=True)
    began = time.perf_counter()
    esda.G_Local(week[:400], small, transform="B", star=True, permutations=999, n_jobs=1)
    compiling = time.perf_counter() - began
    began = time.perf_counter()
    peer = esda.G_Local(week, weights, transform="B", star=True, permutations=999, n_jobs=1)
    theirs = time.perf_counter() - began
    apart = float(np.abs(peer.Zs - z[:, 0]).max())
    some = draw.choice(n, 200, replace=False)
    s, p = mann_kendall(z[some])
    told = [pymannkendall.original_test(row) for row in z[some]]
    trend = max(
        float(np.abs(s - [one.s for one in told]).max()),
        float(np.abs(p - [one.p for one in told]).max()),
    )
    print(f"province, {n:,} grids x {WEEKS} weeks, rates, classes: {ours:.2f} s (target 1.0)")
    print(f"the same by counts: {by_count:.2f} s; z alone {exact:.3f} s")
    print(f"esda, one week, 999 permutations: {theirs:.2f} s (and {compiling:.1f} s to compile)")
    print(f"a week: ours {ours / WEEKS * 1000:.1f} ms, {theirs / (ours / WEEKS):,.0f} times faster")
    print(f"z differs by {apart:.1e} (target 1e-9); Mann-Kendall by {trend:.1e}")
    now = np.char.endswith(course.classes.astype(str), "_hot")
    found, classed = int(now[planted].sum()), int((counted.classes != "none").sum())
    print(f"planted and hot: {found} of 5; others {int(now.sum()) - found}")
    print(f"by counts alone, which grids of different size disturb: {classed}")


if __name__ == "__main__":
    main()
