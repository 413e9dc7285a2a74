"""The planner's strokes: every pointer event of a brush, and stroke ended → saved and answered.

    python benchmarks/planner_stroke.py [URL] [--plots 1000,6000] [--saves 60]

Drives Chromium with real mouse events against a running ``./run``. The sizes are made communities
(plots of about 30 vertices, 30 to a grid) that the real page gets instead of the county's; nothing
of them is sent. Saving is measured on the real county, in a draft that is deleted afterwards.

``handled``: from the start of the event's handler to its end: counts, limit, contiguity, repaint,
figures. ``painted``: until the frame that shows it is done. Targets: handled ≤ 16 ms at 1,000
plots, ≤ 33 ms at 6,000; saved p95 ≤ 150 ms on loopback. DistrictBuilder throttles at 300 ms and
saves in 100–2,500 ms (design/targets.md).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
READY = "() => window.getu?.planner?.plan && getu.planner.sync && getu.planner.canvas._map"
STEPS = 250  # a plot's side, about 25 m
BENDS = 6  # vertices along a side
GRID_SIDE = 6  # plots: 6 × 5 to a grid
# Times every handler of the gestures, and the frame after it.
WATCH = """() => {
    window.handled = []; window.painted = [];
    const tools = getu.planTools.Tools.prototype;
    for (const name of ['down', 'move', 'up']) {
        const run = tools[name];
        tools[name] = function (e) {
            const begun = performance.now();
            run.call(this, e);
            handled.push(performance.now() - begun);
            requestAnimationFrame(() => {
                const channel = new MessageChannel();
                channel.port1.onmessage = () => painted.push(performance.now() - begun);
                channel.port2.postMessage(0);
            });
        };
    }
}"""


def made_community(plots: int, real: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
    """Return a ground of about ``plots`` bent squares over a real one's place, and its grids."""
    dice = random.Random(5)
    across = max(GRID_SIDE, round(math.sqrt(plots) / GRID_SIDE) * GRID_SIDE)
    down = max(5, round(plots / across / 5) * 5)
    n = across * down

    def bent(seed: tuple[int, int, int]) -> list[tuple[int, int]]:
        shaken = random.Random(hash(seed))
        along = [round(STEPS * (i + 1) / (BENDS + 1)) for i in range(BENDS)]
        return [(step, shaken.randint(-12, 12)) for step in along]

    def side(x: int, y: int, along_x: int) -> list[tuple[int, int]]:
        """Corner and bends of a side, from its lower corner on; both neighbours get the same."""
        bends = [(x * STEPS + (u if along_x else v), y * STEPS + (v if along_x else u))
                 for u, v in bent((x, y, along_x))]  # fmt: skip
        return [(x * STEPS, y * STEPS), *bends]

    xy: list[int] = []
    ring, points = [0], []
    for p in range(n):
        x, y = p % across, p // across
        right, top = side(x + 1, y, 0), side(x, y + 1, 1)
        left, corner = side(x, y, 0), (x * STEPS + STEPS, y * STEPS + STEPS)
        shell = [*side(x, y, 1), *right, corner, *top[:0:-1], top[0], *left[:0:-1]]
        before = (0, 0)
        for vertex in shell:
            xy += [vertex[0] - before[0], vertex[1] - before[1]]
            before = vertex
        ring.append(ring[-1] + len(shell))
        points += [x * STEPS + STEPS // 2, y * STEPS + STEPS // 2]
    pairs = [(p, p + 1) for p in range(n) if (p + 1) % across]
    pairs += [(p, p + across) for p in range(n - across)]
    ground = real | {
        "n": n, "households": [dice.randint(6, 12) for _ in range(n)],
        "persons": [25] * n, "unknown": [], "buildings": [1] * n, "kind": "b" * n,
        "estate": [-1] * n, "estates": [], "area_m2": [625] * n,
        "point": points, "xy": xy, "ring": ring, "plot_ring": list(range(n + 1)),
        "neighbours": {"a": [a for a, _ in pairs], "b": [b for _, b in pairs],
                       "shared_m": [25.0] * len(pairs), "barrier": [0] * len(pairs)},
    }  # fmt: skip
    grids = [(p // across // 5) * (across // GRID_SIDE) + p % across // GRID_SIDE for p in range(n)]
    return ground, grids


def made_state(real: dict[str, Any], ground: dict[str, Any], grids: list[int]) -> dict[str, Any]:
    """Return the state of the made community, one dict a grid."""
    rows = []
    for grid in range(max(grids) + 1):
        mine = [p for p, g in enumerate(grids) if g == grid]
        about = {"code": None, "name": "", "type": "general", "is_new": False, "is_locked": False}
        load = {"persons": None, "buildings": len(mine), "plots": len(mine), "pieces": 1}
        households = sum(ground["households"][p] for p in mine)
        place = {"area_m2": 625 * len(mine), "label": [0, 0], "was": None}
        rows.append(
            {"id": grid + 1, "number": grid + 1, "households": households} | about | load | place
        )
    clean = {"locked_plots": [], "findings": [], "undo": 0, "redo": 0, "editable": True}
    return real | clean | {"assignment": [g + 1 for g in grids], "grids": rows}


def new_draft(page: Any) -> int:
    return page.evaluate(
        """async () => {
            const county = getu.config().county;
            const body = {name: 'planner_stroke', by: 'benchmark', source: {kind: 'in_force'}};
            const made = await getu.planSync.call(`/${county}/drafts`, {method: 'POST', body});
            await getu.planner.refresh();
            await getu.planner.open(made.id);
            return made.id;
        }"""
    )


def draw(page: Any, strokes: int) -> None:
    """Paint strokes across the map, from grids over their neighbours."""
    box = page.locator("#map").bounding_box()
    dice = random.Random(3)
    page.keyboard.press("b")
    page.keyboard.press("]")
    for _ in range(strokes):
        x = box["x"] + box["width"] * dice.uniform(0.25, 0.75)
        y = box["y"] + box["height"] * dice.uniform(0.25, 0.75)
        page.evaluate("getu.planner.select(-1)")
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + dice.uniform(-170, 170), y + dice.uniform(-170, 170), steps=40)
        page.mouse.up()
        page.wait_for_timeout(60)


def spread(values: list[float]) -> str:
    ordered = sorted(values)
    n = len(ordered)
    median, p95 = (ordered[min(n - 1, int(share * n))] for share in (0.5, 0.95))
    return f"median {median:6.1f}  p95 {p95:6.1f}  max {ordered[-1]:6.1f} ms ({n} events)"


def strokes_on(page: Any, url: str, plots: int, target: int) -> None:
    page.goto(url)
    page.wait_for_function(READY)
    draft = new_draft(page)
    ground = page.evaluate("getu.planner.shapes.ground")
    state = page.evaluate("getu.planner.state")
    made, grids = made_community(plots, ground)
    shown = made_state(state, made, grids)

    def saved(route: Any) -> None:
        # The server's part is measured apart: here it only says yes.
        nothing = {"moves": [], "created": {}, "grids": [], "removed": [], "findings": []}
        about = {"version": shown["version"], "undo": 1, "redo": 0, "disagreement": None}
        route.fulfill(json=about | nothing)

    page.route("**/api/planner/ground/*", lambda r: r.fulfill(json=made))
    page.route("**/api/planner/drafts/*/communities/*", lambda r: r.fulfill(json=shown))
    page.route("**/api/planner/drafts/*/operations*", saved)
    page.goto(f"{url}?draft={draft}")
    page.wait_for_function(READY)
    page.wait_for_timeout(1500)
    page.evaluate(WATCH)
    draw(page, 12)
    page.wait_for_timeout(300)
    handled, painted = page.evaluate("[handled, painted]")
    vertices = made["ring"][-1]
    late = sum(ms > target for ms in handled)
    size = f"{made['n']:,} plots, {vertices:,} vertices, {len(shown['grids'])} grids"
    print(f"{size}; target {target} ms: {late} of {len(handled)} events later")
    print(f"  handled {spread(handled)}")
    print(f"  painted {spread(painted)}")
    for pattern in ("**/api/planner/ground/*", "**/api/planner/drafts/*/communities/*",
                    "**/api/planner/drafts/*/operations*"):  # fmt: skip
        page.unroute(pattern)
    page.evaluate("(id) => getu.planSync.call(`/drafts/${id}`, {method: 'DELETE'})", draft)


def saves(page: Any, url: str, strokes: int) -> None:
    page.goto(url)
    page.wait_for_function(READY)
    draft = new_draft(page)
    page.evaluate("""() => {
        window.saved = [];
        const fetched = window.fetch;
        window.fetch = async (address, about) => {
            const begun = performance.now();
            const answer = await fetched(address, about);
            if (String(address).includes('/operations')) {
                await answer.clone().text();
                saved.push(performance.now() - begun);
            }
            return answer;
        };
    }""")  # fmt: skip
    draw(page, strokes)
    page.wait_for_function("() => !getu.planner.sync.items.length && !getu.planner.sync.sending")
    times = page.evaluate("saved")
    n = page.evaluate("getu.planner.plan.n")
    if times:
        print(f"stroke ended → saved and answered, community of {n:,} plots; target p95 150 ms")
        print(f"  saved   {spread(times)}")
    page.evaluate("(id) => getu.planSync.call(`/drafts/${id}`, {method: 'DELETE'})", draft)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8050/planner")
    parser.add_argument("--plots", default="1000,6000")
    parser.add_argument("--saves", type=int, default=60)
    args = parser.parse_args()
    cpu = platform.processor()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":")[1].strip()
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        print(f"machine: {os.cpu_count()} × {cpu}, load {os.getloadavg()[0]:.1f}")
        print(f"Chromium {browser.version}, software rendering, 1920 × 1080")
        for plots in json.loads(f"[{args.plots}]"):
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            strokes_on(page, args.url, plots, 16 if plots <= 1000 else 33)
            page.close()
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        saves(page, args.url, args.saves)
        browser.close()


if __name__ == "__main__":
    main()
