"""Whether other stylesheets leave the pages as they look: pictures and computed styles, compared.

    python -m tests.browser.looks URL BEFORE AFTER [--pages planner,coverage]

Opens every page of a running program at 1920×1080 (dark) and 390×844 (light). BEFORE and AFTER
are two folders of built assets (``assets/built`` of two checkouts): each page gets the stylesheet
of the one, then, as it stands, that of the other. Says how many pixels differ, and which element's
style by which property; ends with 1 where anything differs. Only what is on a page when it opens
is compared.
"""

from __future__ import annotations

import argparse
import io
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
SIZES = ((1920, 1080, "dark"), (390, 844, "light"))
FLAGS = ["--no-sandbox", "--disable-gpu"]
STILL = "*, *::before, *::after { animation: none !important; transition: none !important; }"
STANDS = "() => document.querySelector('.desk') && window.getu?.map"
# Every element and its parts: its style as text, property by property.
LOOK = """() => [...document.querySelectorAll('body, body *:not(svg *)')].flatMap((e) =>
  [null, '::before', '::after'].flatMap((part) => {
    const style = getComputedStyle(e, part);
    if (part && style.content === 'none') return [];
    return [[e, part, Object.fromEntries([...style].map((p) => [p, style.getPropertyValue(p)]))]];
  }))"""
REMEMBER = f"() => {{ window.looked = ({LOOK})(); return window.looked.length; }}"
EXCHANGE = """(css) => {
  const link = document.querySelector('link[href*="/assets/built/"][rel=stylesheet]');
  const style = Object.assign(document.createElement('style'), { textContent: css });
  link.replaceWith(style);
}"""
DIFFER = f"""() => {{
  const [before, after] = [window.looked, ({LOOK})()];
  const known = new Map();
  for (const [e, part, style] of after) known.set(e, (known.get(e) || new Map()).set(part, style));
  const name = (e) => `${{e.tagName}}#${{e.id}}.${{e.getAttribute('class')}}`;
  return before.filter(([e]) => e.isConnected).flatMap(([e, part, style]) => {{
    const now = known.get(e)?.get(part);
    if (!now) return [`${{name(e)}}${{part}} is gone`];
    return Object.entries(style).filter(([p, v]) => !p.startsWith('--') && now[p] !== v)
      .map(([p, v]) => `${{name(e)}}${{part || ''}}: ${{p}} ${{v}} → ${{now[p]}}`);
  }});
}}"""
# Nothing has come or gone for two seconds.
QUIET = """() => new Promise((done) => {
  let timer;
  const seen = new MutationObserver(() => wait());
  const end = () => done(seen.disconnect());
  const wait = () => { clearTimeout(timer); timer = setTimeout(end, 2000); };
  seen.observe(document.body, { childList: true, subtree: true });
  wait();
})"""


def compare(page: Any, address: str, before: Path, after: Path) -> tuple[int, list[str]]:
    """Return how many pixels differ, and the styles that do."""

    def first(route: Any) -> None:
        route.fulfill(path=_style(before, route.request.url), content_type="text/css")

    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if r.url.endswith(".css") else None)
    page.route("**/assets/built/**/*.css", first)
    page.goto(address)
    page.wait_for_function(STANDS)
    page.wait_for_load_state("networkidle")
    page.add_style_tag(content=STILL)
    page.evaluate(QUIET)
    page.evaluate(REMEMBER)
    pictures = [page.screenshot(animations="disabled")]
    own = next(url for url in asked if "/assets/built/" in url)
    page.evaluate(EXCHANGE, _style(after, own).read_text(encoding="utf-8"))
    pictures.append(page.screenshot(animations="disabled"))
    styles = page.evaluate(DIFFER)
    a, b = (np.asarray(Image.open(io.BytesIO(p)).convert("RGB")) for p in pictures)
    return int((a != b).any(axis=2).sum()), styles


def _style(built: Path, url: str) -> Path:
    """Return the stylesheet of a folder that stands for the one of this address."""
    page = url.split("/assets/built/")[1].rpartition("/")[0]
    return next((built / page).glob("styles-*.css"))


def main() -> int:
    """Compare all pages; 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--pages", default=",".join(PAGES))
    asked = parser.parse_args()
    wrong = 0
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for width, height, theme in SIZES:
            context = browser.new_context(viewport={"width": width, "height": height})
            for name in asked.pages.split(","):
                page = context.new_page()
                mark = "&" if "?" in PAGES[name] else "?"
                address = f"{asked.url}{PAGES[name]}{mark}theme={theme}"
                pixels, styles = compare(page, address, asked.before, asked.after)
                wrong += bool(pixels or styles)
                print(f"{name} {width}: {pixels} pixels, {len(styles)} styles", flush=True)
                print("".join(f"  {style}\n" for style in styles[:25]), end="", flush=True)
                page.close()
            context.close()
        browser.close()
    return min(1, wrong)


if __name__ == "__main__":
    sys.exit(main())
