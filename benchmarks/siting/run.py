"""Siting against spopt with CBC, on the same input in the same run.

    python -m venv /tmp/bench && /tmp/bench/bin/pip install -r benchmarks/siting/requirements.txt
    /tmp/bench/bin/python -m benchmarks.siting.run [--no-spopt] [--all-medians]

500 candidates × 20,000 clients of the synthetic county of ``benchmarks/walking``, reached within
15 minutes on foot; then the p-median instances of the OR-Library beside the checkout. Times are
from a shared machine: only the ratios within one run count.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import time
from pathlib import Path

import numpy as np
import pulp
import shapely
from scipy.sparse.csgraph import floyd_warshall
from spopt.locate import MCLP

from benchmarks.walking.county import beside, make_county
from layers.coverage_gaps.siting.cover import choose_sites, merge_clients
from layers.coverage_gaps.siting.medians import choose_medians
from layers.service_circles.walking.compute import reaches
from layers.service_circles.walking.ties import anchors_of, doors_of, tie

LIMIT_S = 900.0
SPOPT_S_MAX = 120
MEDIANS = Path(__file__).resolve().parents[3] / "shared" / "data" / "orlib_pmed"


def instance(dense_town: bool) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Return doors and seconds within the limit of each candidate, and households.

    Spread: the county's 18 towns, in which few candidates overlap. Dense: everything within
    3.5 km of one point, in which each household is within reach of many candidates.
    """
    county = make_county()
    draw = np.random.default_rng(6)
    network = county.network
    homes, sites = county.home_ties, county.home_ties
    if dense_town:
        middle = shapely.get_coordinates(shapely.centroid(county.streets.geometry.values))
        around = np.hypot(*(middle - middle.mean(axis=0)).T)
        lines = county.streets.geometry.values
        homes = tie(beside(lines, draw, 20_000, (around < 3500).astype(float)), network)
        sites = homes
    doors = doors_of(network, homes.take(draw.choice(len(homes), 20_000, replace=False)))
    places = anchors_of(network, sites.take(draw.choice(len(sites), 500, replace=False)))
    found = reaches(network, doors, places, LIMIT_S)
    households = np.minimum(draw.geometric(0.12, 20_000), 60).astype(float)
    return [r.doors for r in found], [r.walk_s for r in found], households


def cover_rows(dense_town: bool, spopt_too: bool) -> None:
    reached, seconds, households = instance(dense_town)
    began = time.perf_counter()
    clients = merge_clients(reached, households, np.zeros(len(households), bool))
    merged_ms = (time.perf_counter() - began) * 1000
    print(f"\nmost households, 500 candidates × 20,000 clients, "
          f"{'one dense town' if dense_town else '18 towns'}: {sum(map(len, reached)):,} pairs "
          f"within 900 s, merged to {len(clients.weight):,} clients "
          f"in {merged_ms:.0f} ms")  # fmt: skip
    choose_sites(clients, 3, time_limit_s=1.0)  # compiles
    matrix = np.full((len(households), len(reached)), LIMIT_S * 2)
    for site, (doors, walk_s) in enumerate(zip(reached, seconds, strict=True)):
        matrix[doors, site] = walk_s
    for new in (5, 10):
        own = choose_sites(clients, new)
        below = 1 - own.first_objective / own.objective
        print(f"  p = {new}: first answer {own.first_objective:,.0f} in "
              f"{own.first_seconds * 1000:.1f} ms (target ≤ 20 ms), "
              f"{below:.2%} below the last")  # fmt: skip
        print(f"    getu         {own.objective:10,.0f} in {own.seconds:7.2f} s (target ≤ 1 s); "
              f"bound {own.bound:,.0f}, gap {own.gap:.2%}, proved {own.proved}")  # fmt: skip
        if spopt_too:
            began = time.perf_counter()
            peer = MCLP.from_cost_matrix(matrix, households, LIMIT_S, p_facilities=new)
            peer = peer.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=SPOPT_S_MAX))
            spent = time.perf_counter() - began
            note = ", stopped" if spent > SPOPT_S_MAX else ""
            print(f"    spopt + CBC  {peer.problem.objective.value():10,.0f} in {spent:7.2f} s "
                  f"({spent / own.seconds:.0f} × getu{note})")  # fmt: skip


def median_rows(numbers: list[int]) -> None:
    if not MEDIANS.is_dir():
        print("\np-median: the OR-Library instances are not beside this checkout")
        return
    lines = (MEDIANS / "pmedopt.txt").read_text().splitlines()[1:]
    published = dict(line.split() for line in lines)
    print("\nleast walking: p-median instances of the OR-Library (target: the published optimum)")
    for number in numbers:
        values = np.array((MEDIANS / f"pmed{number}.txt").read_text().split(), int)
        size, _, new = values[:3]
        walk = np.full((size, size), np.inf)
        for a, b, length in values[3:].reshape(-1, 3):
            walk[a - 1, b - 1] = walk[b - 1, a - 1] = length
        np.fill_diagonal(walk, 0)
        own = choose_medians(floyd_warshall(walk), np.ones(size), None, int(new))
        optimum = float(published[f"pmed{number}"])
        above = own.first_objective / optimum - 1
        print(f"  pmed{number:<3} n {size} p {new:<3} published {optimum:6,.0f}, "
              f"getu {own.objective:6,.0f}, proved {own.proved!s:5} in {own.seconds:5.2f} s; "
              f"at once {above:.2%} above in {own.first_seconds * 1000:.0f} ms")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-spopt", action="store_true", help="without the slow peer")
    parser.add_argument("--all-medians", action="store_true", help="all 20 instances, not six")
    args = parser.parse_args()
    names = ("numpy", "numba", "highspy", "spopt", "pulp")
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
          + ", ".join(f"{n} {importlib.metadata.version(n)}" for n in names))  # fmt: skip
    for dense_town in (False, True):
        cover_rows(dense_town, not args.no_spopt)
    median_rows(list(range(1, 21)) if args.all_medians else [1, 5, 8, 10, 13, 19])


if __name__ == "__main__":
    main()
