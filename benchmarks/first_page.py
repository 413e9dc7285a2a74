"""How soon a page is useful: the first page, the planner, the coverage page; cold cache.

    python -m benchmarks.first_page [URL] [--runs 5] [--only first,planner] [--largest 8]

Drives Chromium against a running ``./run`` at 1920×1080, each run in a profile of its own, under
three conditions: 20 Mbit/s and a processor slowed 4 times, 20 Mbit/s and this processor as it is,
750 kbit/s and this processor. Of each it prints the median of:

- words: the county's name and, on the first page, its figures are there to be read;
- shown: what the page is for is on the screen. First page: the grids are drawn (of a province:
  their tiles), the ground's tiles are painted, the inspector has its figures, on the first view or
  on the live page. The other pages: as live;
- live: the same on the page that answers to a hand. Planner: the draft's grids are drawn, or its
  list of drafts stands where none is open. Coverage: the figures are there and the buildings are
  painted by them;
- requests and bytes over the wire until 1.5 s after that, the bytes by kind, and the processor's
  seconds (not slowed) of the page's main thread until it was live: other work on the machine
  disturbs them less than the moments.

Each moment is the end of the first frame in which it is so.

It runs as it is against older checkouts of this program: serve one there, give its address here.
Targets: first page at 4× shown ≤ 2.0 s, ≤ 0.7 MB, ≤ 30 requests; planner and coverage ≤ 1.5 s on
this processor; at 750 kbit/s words within 3 s; a province ≤ 3 MB and ≤ 3 s on this processor.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Condition:
    """A line and a processor."""

    name: str
    bits_per_s: int
    slowed: int
    pages: tuple[str, ...]


CONDITIONS = (
    Condition("20 Mbit/s, 4× slowed", 20_000_000, 4, ("first",)),
    Condition("20 Mbit/s", 20_000_000, 1, ("first", "planner", "coverage")),
    Condition("750 kbit/s", 750_000, 1, ("first", "planner", "coverage")),
)
PATHS = {"first": "", "planner": "planner", "coverage": "coverage"}
NAMED = "(document.querySelector('.about h1')?.textContent || '').length > 1"
WORDS = {
    "first": f"() => {NAMED} && document.querySelectorAll('.inspector .fact').length > 5",
    "planner": f"() => {NAMED}",
    "coverage": f"() => {NAMED}",
}
LIVE = {
    "first": """() => (document.querySelectorAll('path.leaflet-interactive').length > 5
    || ((t) => t.length && t.every((one) => one.loaded))(
      Object.values(window.getu?.map?.()?.getuGridTiles?._tiles || {})))
  && [...document.querySelectorAll('.leaflet-ground-pane canvas')].some((t) => t.width > 0)
  && document.querySelectorAll('.inspector .fact').length > 5""",
    "planner": """() => {
    const d = window.getu?.planner;
    const drawn = [...document.querySelectorAll('.leaflet-container canvas')]
      .some((t) => t.width > 0);
    return !!d && !d.busy && drawn
      && (!!d.plan || !!document.querySelector('.planner-side, .planner-panel')?.innerText); }""",
    "coverage": """() => !!document.querySelector('#coverage-figures')?.innerText
  && !!window.getu?.coverage?.state?.answer
  && [...document.querySelectorAll('.leaflet-container canvas')].some((t) => t.width > 0)""",
}
SHOWN = {
    **LIVE,
    "first": f"""() => ({LIVE["first"]})()
  || document.querySelectorAll('.first-map[data-shown] path').length > 5
  && document.querySelectorAll('.first-map canvas').length > 0
  && document.querySelectorAll('.inspector .fact').length > 5""",
}
# Looks at every frame, and notes when the first one is drawn in which something stands.
WATCH = """(() => {{
  const wanted = {{ words: {words}, shown: {shown}, live: {live} }};
  const seen = (window.seen = {{}});
  const look = () => {{
    for (const [name, stands] of Object.entries(wanted)) {{
      if (seen[name] === undefined && stands()) {{
        seen[name] = null;
        setTimeout(() => {{ seen[name] = performance.now(); }});
      }}
    }}
    if (Object.keys(seen).length < 3) requestAnimationFrame(look);
  }};
  requestAnimationFrame(look);
}})();"""
KINDS = (
    ("page", lambda path: path in ("/", "/planner", "/coverage")),
    ("Dash's scripts", lambda path: path.startswith("/_dash-component-suites/")),
    ("fonts", lambda path: "/fonts/" in path),
    ("styles", lambda path: path.endswith(".css")),
    ("own scripts", lambda path: path.startswith("/assets/")),
    ("tiles", lambda path: path.startswith("/tiles/")),
    ("layers", lambda path: path.startswith(("/layers/", "/coverage/", "/api/"))),
    ("callbacks", lambda path: path.startswith("/_dash-")),
)


def kind_of(url: str) -> str:
    """Return what a request fetched."""
    path = urlsplit(url).path
    return next((name for name, fits in KINDS if fits(path)), "other")


@dataclass(frozen=True)
class Run:
    """One visit: seconds, and (bytes, address) of each request."""

    words_s: float
    shown_s: float
    live_s: float
    busy_s: float
    requests: tuple[tuple[int, str], ...]


def visit(browser: Any, url: str, key: str, condition: Condition) -> Run:
    """Open a page in a fresh profile."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": False})
    session.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 5, "downloadThroughput": condition.bits_per_s / 8,
        "uploadThroughput": condition.bits_per_s / 8})  # fmt: skip
    if condition.slowed > 1:
        session.send("Emulation.setCPUThrottlingRate", {"rate": condition.slowed})
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session.on(
        "Network.requestWillBeSent",
        lambda e: (
            None
            if e["request"]["url"].startswith("data:")
            else urls.update({e["requestId"]: e["request"]["url"]})
        ),
    )
    session.on(
        "Network.loadingFinished",
        lambda e: sizes.update({e["requestId"]: int(e["encodedDataLength"])}),
    )
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    watch = WATCH.format(words=WORDS[key], shown=SHOWN[key], live=LIVE[key])
    context.add_init_script(watch)
    page.goto(url, wait_until="commit")
    page.wait_for_function("() => window.seen?.live", polling=50, timeout=120_000)
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    seen = page.evaluate("window.seen")
    page.wait_for_timeout(1500)
    requests = tuple(sorted(((sizes.get(k, 0), u) for k, u in urls.items()), reverse=True))
    context.close()
    seconds = [seen[name] / 1000 for name in ("words", "shown", "live")]
    # Chromium slows a thread by keeping it busy for a share of the time.
    return Run(*seconds, metrics["TaskDuration"] / condition.slowed, requests)


def shown(values: list[float]) -> str:
    """Return a median with its range."""
    return f"{statistics.median(values):.2f} s ({min(values):.2f}–{max(values):.2f})"


def report(name: str, key: str, runs: list[Run], largest: int) -> None:
    """Print what the runs of one page under one condition took."""
    middle = statistics.median(r.live_s for r in runs)
    last = min(runs, key=lambda run: abs(run.live_s - middle))
    total = sum(size for size, _ in last.requests)
    print(f"/{PATHS[key]}  {name}; load {os.getloadavg()[0]:.1f}")
    moments = {
        "words": [r.words_s for r in runs],
        "shown": [r.shown_s for r in runs],
        "live": [r.live_s for r in runs],
        "busy": [r.busy_s for r in runs],
    }
    print("  " + "; ".join(f"{name} {shown(values)}" for name, values in moments.items()))
    print(f"  {total / 1e6:.2f} MB in {len(last.requests)} requests")
    sizes, counts = Counter(), Counter()
    for size, url in last.requests:
        sizes[kind_of(url)] += size
        counts[kind_of(url)] += 1
    print("  " + "; ".join(f"{k} {v / 1e3:.0f} kB in {counts[k]}" for k, v in sizes.most_common()))
    for size, url in last.requests[:largest]:
        print(f"  {size / 1e3:8.1f} kB  {url[:110]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8050/")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="first,planner,coverage", help="pages, by comma")
    parser.add_argument("--largest", type=int, default=0, help="list the largest answers")
    args = parser.parse_args()
    models = [x for x in Path("/proc/cpuinfo").read_text().splitlines() if x.startswith("model n")]
    cpu = models[0].split(":")[1].strip() if models else platform.processor()
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        print(f"{os.cpu_count()} × {cpu}; Chromium {browser.version}; {args.runs} runs, cold cache")
        for condition in CONDITIONS:
            for key in (k for k in condition.pages if k in args.only.split(",")):
                address = urljoin(args.url, f"/{PATHS[key]}")
                runs = [visit(browser, address, key, condition) for _ in range(args.runs)]
                report(condition.name, key, runs, args.largest)
        browser.close()


if __name__ == "__main__":
    main()
