"""How far from the optimum: small towns, the number of grids proved by CP-SAT or the gap stated.

    python -m benchmarks.division.exact [--towns 60] [--seconds 30]

Where the plan has as many grids as the packing bound demands, it is optimal by that bound. Else
CP-SAT, in a process of its own, is asked for one grid less: contiguous, within the limit.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter

import numpy as np

from layers.grids.division.divide import Options, Problem, divide
from layers.grids.division.problem import packing_bound


def small_town(rng: np.random.Generator) -> Problem:
    """Return a lattice of 4 × 4 to 5 × 6 plots, loads between a house and a tower, tight."""
    height, width = int(rng.integers(4, 6)), int(rng.integers(4, 7))
    n = height * width
    number = np.arange(n).reshape(height, width)
    a = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    b = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    keep = rng.random(len(a)) > 0.12  # walls and gaps: some neighbours are none
    kind = rng.random(n)
    loads = np.where(
        kind < 0.15, 0, np.where(kind < 0.5, rng.integers(1, 30, n), rng.integers(30, 121, n))
    )
    return Problem(
        households=loads.astype(np.int64),
        area_m2=np.full(n, 400.0),
        perimeter_m=np.full(n, 80.0),
        x=(np.arange(n) % width) * 20.0,
        y=(np.arange(n) // width) * -20.0,
        a=a[keep].astype(np.int32),
        b=b[keep].astype(np.int32),
        shared_m=np.full(int(keep.sum()), 20.0),
    )


def ask(problem: Problem, limit: int, grids: int, seconds: float) -> str:
    """Return FEASIBLE, INFEASIBLE or UNKNOWN from a process of its own."""
    task = {
        "loads": problem.households.tolist(),
        "edges": np.c_[problem.a, problem.b].tolist(),
        "limit": limit,
        "grids": grids,
        "seconds": seconds,
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.division.exact", "--solve"],
        input=json.dumps(task), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip().splitlines()[-1]


def solve(task: dict) -> str:
    """Solve with CP-SAT: every grid is a tree from its lowest plot, depths rising along parents."""
    from ortools.sat.python import cp_model

    loads, limit, k = task["loads"], task["limit"], task["grids"]
    n = len(loads)
    arcs = [(a, b) for a, b in task["edges"]] + [(b, a) for a, b in task["edges"]]
    model = cp_model.CpModel()
    inside = [[model.new_bool_var("") for _ in range(k)] for _ in range(n)]
    root = [[model.new_bool_var("") for _ in range(k)] for _ in range(n)]
    depth = [model.new_int_var(0, n - 1, "") for _ in range(n)]
    parent = {arc: model.new_bool_var("") for arc in arcs}
    for i in range(n):
        model.add_exactly_one(inside[i])
        model.add(sum(parent[arc] for arc in arcs if arc[1] == i) + sum(root[i]) == 1)
        for g in range(k):
            model.add_implication(root[i][g], inside[i][g])
            for j in range(i):  # the root is the lowest plot of its grid
                model.add_implication(root[i][g], inside[j][g].negated())
    for g in range(k):
        model.add_exactly_one(root[i][g] for i in range(n))
        model.add(sum(loads[i] * inside[i][g] for i in range(n)) <= limit)
    for (a, b), chosen in parent.items():
        model.add(depth[b] >= depth[a] + 1).only_enforce_if(chosen)
        for g in range(k):
            model.add(inside[a][g] == inside[b][g]).only_enforce_if(chosen)
    for g in range(k - 1):  # grids in the order of their roots
        model.add(sum(i * root[i][g] for i in range(n)) < sum(i * root[i][g + 1] for i in range(n)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = task["seconds"]
    solver.parameters.num_workers = 2
    status = solver.status_name(solver.solve(model))
    return "FEASIBLE" if status == "OPTIMAL" else status


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--towns", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--limit", type=int, default=300)
    parser.add_argument("--solve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.solve:
        print(solve(json.load(sys.stdin)))
        return
    rng = np.random.default_rng(0)
    outcome: Counter[str] = Counter()
    began = time.perf_counter()
    for town in range(args.towns):
        problem = small_town(rng)
        answer = divide(problem, Options(args.limit, prefer="fewest"))
        if answer.grids == answer.reachable_bound:
            outcome["optimal by the packing bound"] += 1
            continue
        said = ask(problem, args.limit, answer.grids - 1, args.seconds)
        outcome[
            {"INFEASIBLE": "optimal, proved by CP-SAT", "FEASIBLE": "one grid too many"}.get(
                said, "open within the time"
            )
        ] += 1
        print(
            f"town {town}: {len(problem.households)} plots, {problem.households.sum()} households, "
            f"{answer.grids} grids, bound {answer.reachable_bound} "
            f"(packing {packing_bound(problem.households, args.limit)}): with one less {said}",
            flush=True,
        )
    print(
        f"{args.towns} towns, limit {args.limit}, {time.perf_counter() - began:.0f} s:",
        dict(outcome),
    )


if __name__ == "__main__":
    main()
