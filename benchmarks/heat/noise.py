"""How often each test of hot spots finds something in noise, and how often what was planted.

    python -m benchmarks.heat.noise [--towns 200]

Made towns on a lattice of six neighbours, households drawn (mean 230), demands by chance alone;
then five grids that lie together ask twice as much. Compared, all with the same false-discovery
control at 5%: Gi* of rates with its normal tail (the usual way), Poisson excess over households,
and ours (``layers/hot_spots/statistics``). "Differ": each grid's risk is drawn by itself (±30%),
its neighbours do not know. Towns of 20,736 grids are a fifth as many.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from layers.hot_spots.statistics.getis_ord import Neighbourhoods, gi_star, neighbourhoods
from layers.hot_spots.statistics.significance import (
    excess,
    excess_deviation,
    false_discovery,
    two_sided,
)

Floats = NDArray[np.float64]
Test = Callable[[Floats, Floats, Neighbourhoods], Floats]
SIDES, MEANS = (14, 45, 144), (0.3, 2.0, 8.0, 40.0)
Q_MAX, SHAPE = 0.05, 1 / 0.3**2


def lattice(side: int) -> Neighbourhoods:
    """Return cells in rows, of which each touches six others."""
    at = np.arange(side * side).reshape(side, side)
    pairs = [
        (at[: side - down, : side - right].ravel(), at[down:, right:].ravel())
        for down, right in ((0, 1), (1, 0), (1, 1))
    ]
    a, b = (np.concatenate(one) for one in zip(*pairs, strict=True))
    return neighbourhoods(side * side, a, b)


def usual(demands: Floats, households: Floats, around: Neighbourhoods) -> Floats:
    """Return p of Gi* of rates by its normal tail."""
    z = gi_star(demands / households, around)
    return two_sided(z, np.zeros_like(z))


def poisson(demands: Floats, households: Floats, around: Neighbourhoods) -> Floats:
    """Return p of the demands around against what households expect, if all asked alike."""
    observed, expected = excess(demands, households, around)
    part = around.sums(households) / households.sum()
    z = (observed - expected) / np.sqrt(expected * (1 - part))
    return two_sided(z, 1 / np.sqrt(expected))


def ours(demands: Floats, households: Floats, around: Neighbourhoods) -> Floats:
    """Return p as ``getu hotspots`` has it where households are given."""
    return two_sided(*excess_deviation(demands, households, around))


TESTS: dict[str, Test] = {"usual": usual, "poisson": poisson, "ours": ours}


def main() -> None:
    """Print the shares, in per cent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--towns", type=int, default=200)
    towns = parser.parse_args().towns
    print(f"{platform.platform()}, {os.cpu_count()} cores, numpy {np.__version__}; seed 1")
    print(f"{'grids':>7}{'demands':>9}{'towns':>7}", end="")
    for what in ("noise", "differ", "planted"):
        print("".join(f"{what[:5] + ' ' + name:>14}" for name in TESTS), end="")
    print()
    draw = np.random.default_rng(1)
    for side in SIDES:
        around, n = lattice(side), side * side
        many = towns if side < 100 else max(1, towns // 5)
        for mean in MEANS:
            found = {(what, name): 0 for what in ("noise", "differ", "planted") for name in TESTS}
            for _ in range(many):
                households = np.round(draw.gamma(6, 35, n)) + 20
                alone = mean * households / households.mean()
                beside = around.matrix[int(draw.integers(n))].indices[:5]
                more = alone.copy()
                more[beside] *= 2
                each = alone * draw.gamma(SHAPE, 1 / SHAPE, n)
                for what, risk in (("noise", alone), ("differ", each), ("planted", more)):
                    demands = draw.poisson(risk).astype(float)
                    for name, test in TESTS.items():
                        hit = false_discovery(test(demands, households, around)) <= Q_MAX
                        seen = hit[beside] if what == "planted" else hit
                        found[what, name] += bool(seen.any())
            shares = "".join(f"{100 * one / many:>14.0f}" for one in found.values())
            print(f"{n:>7,}{mean:>9g}{many:>7}{shares}", flush=True)


if __name__ == "__main__":
    main()
