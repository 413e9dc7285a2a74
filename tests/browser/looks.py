"""Whether pages look as before: pictures and computed styles, taken twice and compared.

    python -m tests.browser.looks take URL FOLDER [--styles assets/built]
    python -m tests.browser.looks compare FOLDER FOLDER

``take`` opens every page of a running program at 1920×1080 and 390×844, dark and light, and writes
a PNG and the computed styles of all its elements. ``--styles``: the pages get the stylesheets of
this folder instead of the program's own, so that one running program shows both looks.
``compare`` says which pictures differ and by how many pixels, and which element's style by which
property; it ends with 1 where anything differs. What the data decides must be the same: one
program, nothing edited between.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

PAGES = {
    "command_centre": "/",
    "planner": "/planner",
    "coverage": "/coverage",
    "coverage-what-if": "/coverage?mode=what_if",
    "coverage-siting": "/coverage?mode=siting",
    **{
        f"data-{tab}": f"/data?tab={tab}"
        for tab in ("households", "buildings", "cases", "files", "quality")
    },
}
SIZES = ((1920, 1080), (390, 844))
FLAGS = ["--no-sandbox", "--disable-gpu"]
STILL = "*, *::before, *::after { animation: none !important; transition: none !important; }"
# Every element by its place in the page, with all that differs from a bare element of its kind.
STYLES = """() => Object.fromEntries([...document.querySelectorAll('body *')].flatMap((e, i) => {
  const name = `${e.tagName}#${e.id}.${e.getAttribute('class') || ''}`;
  return [null, '::before', '::after'].map((part) => {
    const style = getComputedStyle(e, part);
    if (part && style.content === 'none') return null;
    return [`${i} ${name}${part || ''}`,
      Object.fromEntries([...style].map((p) => [p, style.getPropertyValue(p)]))];
  }).filter(Boolean);
}))"""


def take(url: str, folder: Path, styles: Path | None) -> None:
    """Write a picture and the styles of every page, size and theme."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for width, height in SIZES:
            for theme in ("dark", "light"):
                context = browser.new_context(viewport={"width": width, "height": height})
                for name, path in PAGES.items():
                    page = context.new_page()
                    if styles:
                        page.route("**/assets/built/**/*.css", _own(styles))
                    mark = "&" if "?" in path else "?"
                    page.goto(f"{url}{path}{mark}theme={theme}", wait_until="networkidle")
                    page.add_style_tag(content=STILL)
                    page.wait_for_timeout(1500)
                    stem = folder / f"{name}-{width}-{theme}"
                    page.screenshot(path=stem.with_suffix(".png"), animations="disabled")
                    stem.with_suffix(".json").write_text(json.dumps(page.evaluate(STYLES)))
                    page.close()
                context.close()
        browser.close()


def _own(styles: Path) -> Any:
    """Answer a page's stylesheet with the one of the same page in another folder."""

    def answer(route: Any) -> None:
        page = route.request.url.split("/assets/built/")[1].rpartition("/")[0]
        route.fulfill(path=next((styles / page).glob("styles-*.css")), content_type="text/css")

    return answer


def compare(one: Path, two: Path) -> int:
    """Print what differs; return the number of differences."""
    wrong = 0
    for first in sorted(one.glob("*.png")):
        a, b = (np.asarray(Image.open(f / first.name).convert("RGB")) for f in (one, two))
        pixels = int((a != b).any(axis=2).sum()) if a.shape == b.shape else a.size
        before, after = (
            json.loads((f / first.with_suffix(".json").name).read_text()) for f in (one, two)
        )
        styles = [
            f"  {element}: {prop} {value} → {after[element][prop]}"
            for element, known in before.items()
            if element in after
            for prop, value in known.items()
            if after[element].get(prop) != value
        ]
        lost = sorted(before.keys() ^ after.keys())
        if pixels or styles or lost:
            wrong += 1
            print(f"{first.stem}: {pixels} pixels, {len(styles)} styles, {len(lost)} elements")
            print("\n".join([*styles[:20], *(f"  not in both: {name}" for name in lost[:5])]))
    print(f"{wrong} of {len(list(one.glob('*.png')))} differ")
    return wrong


def main() -> int:
    """Run ``take`` or ``compare``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="what", required=True)
    taking = parts.add_parser("take")
    taking.add_argument("url")
    taking.add_argument("folder", type=Path)
    taking.add_argument("--styles", type=Path)
    comparing = parts.add_parser("compare")
    comparing.add_argument("folders", nargs=2, type=Path)
    asked = parser.parse_args()
    if asked.what == "take":
        take(asked.url, asked.folder, asked.styles)
        return 0
    return min(1, compare(*asked.folders))


if __name__ == "__main__":
    sys.exit(main())
