"""Division against named peers on the same towns in the same run.

    python -m benchmarks.division.run [--seed 0] [--communities 17] [--peers METIS,gerrychain]

in an environment with benchmarks/division/requirements.txt. Prints the table of the targets, and
below every peer our plan with the peer's own number of grids in every community. Times are seconds
of processor per 1,000 buildings, since the machine is shared.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import time

import numpy as np

from benchmarks.division.peers import PEERS, solve
from benchmarks.division.town import Community, make_town
from layers.grids.division.divide import Options, divide
from layers.grids.division.measures import Measures, measure, total

HEAD = (
    f"{'method':34s} {'grids':>5s} {'/LB':>6s} {'PP':>5s} {'wcut':>6s} {'street':>6s} "
    f"{'estates split':>13s} {'over':>4s} {'pieces':>6s} {'>LB+1':>5s} {'cpu/1000':>8s}"
)


def line(name: str, parts: list[Measures], seconds: float, buildings: int) -> str:
    sums = total(parts)
    more = sum(part.grids > part.lower_bound + 1 for part in parts)
    return (
        f"{name:34s} {sums.grids:5d} {sums.grids / sums.lower_bound:6.3f} "
        f"{sums.polsby_popper_mean:5.3f} {sums.weighted_cut:6.3f} {sums.street_share:6.0%} "
        f"{sums.estates_split:6d} of {sums.estates_small:3d} {sums.over_limit:4d} "
        f"{sums.in_pieces:6d} {more:5d} {1000 * seconds / buildings:7.3f}"
    )


def ours(town: list[Community], limit: int, seed: int, **wishes) -> tuple[list[np.ndarray], float]:
    began = time.process_time()
    found = [divide(c.problem, Options(limit, seed=seed, **wishes)).assignment for c in town]
    return found, time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", type=int, default=1, help="so many times 17 communities")
    parser.add_argument("--communities", type=int, help="only the first so many")
    parser.add_argument("--limit", type=int, default=300)
    parser.add_argument("--peers", help="beginnings of names, comma separated; none: no peers")
    args = parser.parse_args()
    town = make_town(args.seed, args.scale)[: args.communities]
    buildings = sum(int(c.problem.building.sum()) for c in town)
    households = sum(int(c.problem.households.sum()) for c in town)
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("numba", "numpy", "pymetis", "gerrychain", "spopt", "k-means-constrained")
    )
    print(f"{len(town)} communities, {buildings} buildings, {households} households, "
          f"limit {args.limit}; {os.cpu_count()} cores, {platform.machine()}, "
          f"load {os.getloadavg()[0]:.1f}; {versions}")  # fmt: skip
    divide(town[0].problem, Options(args.limit, effort=0.01))  # compiled once, not measured
    print(HEAD)
    for prefer in ("fewest", None, "round", "balanced"):
        plans, seconds = ours(town, args.limit, args.seed, prefer=prefer)
        parts = [measure(c.problem, p, args.limit) for c, p in zip(town, plans, strict=True)]
        print(line(f"getu {prefer or 'default'}", parts, seconds, buildings), flush=True)
    wanted = tuple((args.peers or "").split(",")) if args.peers else tuple(PEERS)
    for name, method in PEERS.items():
        if not name.startswith(wanted) or args.peers == "none":
            continue
        began = time.process_time()
        plans = [solve(c.problem, args.limit, method, args.seed) for c in town]
        seconds = time.process_time() - began
        parts = [measure(c.problem, p, args.limit) for c, p in zip(town, plans, strict=True)]
        print(line(name, parts, seconds, buildings), flush=True)
        began = time.process_time()
        same = [
            divide(c.problem, Options(args.limit, grids=p.grids, seed=args.seed)).assignment
            for c, p in zip(town, parts, strict=True)
        ]
        seconds = time.process_time() - began
        parts = [measure(c.problem, p, args.limit) for c, p in zip(town, same, strict=True)]
        print(line("  getu, the same number of grids", parts, seconds, buildings), flush=True)


if __name__ == "__main__":
    main()
