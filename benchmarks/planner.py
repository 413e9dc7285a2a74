"""A stroke on the planner's desk: sent over loopback, checked, saved, answered.

    python benchmarks/planner.py [URL] [--county CODE] [--strokes 200]

Runs against a running ``./run`` and works in a draft of its own, deleted afterwards. Strokes move
1 to 12 plots along borders of the community with most plots. Prints the median and p95 of the time
from sending to the whole answer, of opening the community, of the polygons alone (moving plots
between two grids), and the machine. Targets: saved and answered p95 ≤ 150 ms; polygons and counts
≤ 10 ms.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import random
import statistics
import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import shapely


class Desk:
    """One kept connection, as a browser has."""

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self.connection = http.client.HTTPConnection(self.host)

    def ask(self, method: str, path: str, values: Any = None) -> tuple[int, Any, float]:
        body = None if values is None else json.dumps(values)
        headers = {"X-Getu": "planner", "Content-Type": "application/json"}
        started = time.perf_counter()
        self.connection.request(method, f"/api/planner{path}", body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        taken = time.perf_counter() - started
        return answer.status, json.loads(data) if data else None, taken


def shapes_of(ground: dict[str, Any]) -> np.ndarray:
    """Return plots as polygons in integer steps."""
    xy, rings, plots = np.array(ground["xy"]).reshape(-1, 2), ground["ring"], ground["plot_ring"]
    parts = [np.cumsum(xy[a:b], axis=0) for a, b in pairwise(rings)]
    return np.array([shapely.Polygon(parts[a], parts[a + 1 : b]) for a, b in pairwise(plots)])


def p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8050/")
    parser.add_argument("--county", required=True)
    parser.add_argument("--strokes", type=int, default=200)
    args = parser.parse_args()
    desk, chance = Desk(args.url), random.Random(0)
    _, county, _ = desk.ask("GET", f"/{args.county}")
    community = max(county["communities"], key=lambda c: c["plots"])
    made, draft, created = desk.ask(
        "POST", f"/{args.county}/drafts", {"name": "benchmark", "source": {"kind": "in_force"}}
    )
    if made != 201:
        raise SystemExit(draft["error"])
    base = f"/drafts/{draft['id']}"
    try:
        _, state, first = desk.ask("GET", f"{base}/communities/{community['id']}")
        _, ground, _ = desk.ask("GET", f"/ground/{state['tessellation']}?county={args.county}")
        _, _, again = desk.ask("GET", f"{base}/communities/{community['id']}")
        near: dict[int, list[int]] = {}
        for a, b in zip(ground["neighbours"]["a"], ground["neighbours"]["b"], strict=True):
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
        where, version = state["assignment"], state["version"]
        saved, steps, moved = [], [], []
        for _ in range(args.strokes):
            borders = [p for p in near if any(where[q] != where[p] for q in near[p])]
            plot = chance.choice(borders)
            to = where[next(q for q in near[plot] if where[q] != where[plot])]
            plots, queue = {plot}, [plot]
            wanted = chance.randint(1, 12)
            while queue and len(plots) < wanted:
                for q in near[queue.pop(0)]:
                    if where[q] == where[plot] and len(plots) < wanted and q not in plots:
                        plots.add(q)
                        queue.append(q)
            status, change, taken = desk.ask(
                "POST",
                f"{base}/operations",
                {
                    "community": community["id"],
                    "version": version,
                    "kind": "brush",
                    "plots": sorted(plots),
                    "to": to,
                    "token": f"{time.time_ns()}",
                },
            )
            if status != 200:
                raise SystemExit(change["error"])
            saved.append(taken)
            moved.append(len(change["moves"]))
            version = change["version"]
            for p, _, target in change["moves"]:
                where[p] = target
        for _ in range(min(50, args.strokes)):
            _, change, taken = desk.ask(
                "POST", f"{base}/undo", {"community": community["id"], "version": version}
            )
            version = change["version"]
            steps.append(taken)
        shapes, grid, unions = shapes_of(ground), np.array(where), []
        for _ in range(100):
            two = chance.sample(sorted(set(where)), 2)
            started = time.perf_counter()
            for g in two:
                shapely.coverage_union_all(shapes[grid == g])
            unions.append(time.perf_counter() - started)
    finally:
        desk.ask("DELETE", base)
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    print(
        f"machine: {os.cpu_count()} × {cpu}; shapely {shapely.__version__}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"draft of {county['name']}: {len(county['communities'])} communities "
        f"made in {created * 1e3:.0f} ms"
    )
    print(
        f"{community['name']}: {ground['n']} plots, {len(state['grids'])} grids; "
        f"opened in {first * 1e3:.0f} ms, again {again * 1e3:.0f} ms"
    )
    print(
        f"stroke saved and answered ({statistics.mean(moved):.1f} plots): median "
        f"{statistics.median(saved) * 1e3:.0f} ms, p95 {p95(saved) * 1e3:.0f} ms; target 150 ms"
    )
    print(f"undo: median {statistics.median(steps) * 1e3:.0f} ms, p95 {p95(steps) * 1e3:.0f} ms")
    print(
        f"polygons of two grids: median {statistics.median(unions) * 1e3:.1f} ms, "
        f"p95 {p95(unions) * 1e3:.1f} ms; target 10 ms"
    )


if __name__ == "__main__":
    main()
