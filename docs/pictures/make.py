"""Make the pictures of the README from a running program: ``python docs/pictures/make.py [URL]``.

Needs ``./run`` with the demonstrations chishui and sansui loaded, and the real extract under code
990001 (README, "A real town"); a picture whose county is not loaded is left as it is.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PICTURES = {
    "town": ("/?county=520381", 1920, 1080),
    "before": ("/?county=520381&layers=grids,stations,base_map&as_of=2025-06-30", 1920, 1080),
    "near": ("/?county=520381&layers=grids,stations,base_map&theme=light&at=28.5975,105.7085,16.5",
             1920, 1080),
    "real": ("/?county=990001&lang=en&theme=light&at=49.9870,11.5080,15.5"
             "&layers=grids,stations,base_map", 1920, 1080),
    "planner": ("/planner?county=520381&at=28.5975,105.7000,16", 1920, 1080),
    "coverage": ("/coverage?county=522624&minutes=10", 1920, 1080),
    "quality": ("/data?tab=quality&county=520381", 1920, 1080),
    "phone": ("/?county=520381", 390, 844),
}  # fmt: skip


def main() -> None:
    base = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8050"
    with urllib.request.urlopen(f"{base}/health") as answer:
        print("counties loaded:", json.load(answer)["counties"])
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for name, (path, width, height) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(base + path)
            page.wait_for_selector("#map canvas", timeout=60_000)
            page.wait_for_timeout(6000)
            asked = path.split("county=")[1][:6]
            shown = json.loads(page.get_attribute("#desk-config", "data-config"))["county"]
            if shown == asked:
                target = Path(__file__).with_name(f"{name}.jpg")
                page.screenshot(path=target, type="jpeg", quality=82)
                print(target.name, target.stat().st_size // 1024, "kB")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
