"""What is on the screen, and a real mouse on the map."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.browser.conftest import settle


def facts(page: Any, place: str = ".inspector") -> dict[str, str]:
    """Return the lines of a panel: label → value with its unit."""
    pairs = page.evaluate(
        """(place) => [...document.querySelectorAll(`${place} .fact`)].map((f) => [
            f.querySelector('dt').textContent,
            [...f.querySelectorAll('dd .value, dd .unit')]
                .map((s) => s.textContent).join(' ').trim(),
        ])""",
        place,
    )
    found: dict[str, str] = {}
    for label, value in pairs:
        found[label] = f"{found[label]}; {value}" if label in found else value
    return found


def tiles(page: Any) -> dict[str, str]:
    """Return the figures that stand above all others: label → text."""
    return dict(
        page.evaluate(
            """() => [...document.querySelectorAll('.tile')].map((t) => [
                t.querySelector('.tile-label').textContent,
                t.querySelector('.tile-value').textContent])"""
        )
    )


def first_number(shown: str) -> float:
    return float(re.findall(r"-?[\d,]*\.?\d+", shown)[0].replace(",", ""))


def title(page: Any) -> str:
    return str(page.inner_text(".inspector h2"))


def wait_for_title(page: Any, expected: str) -> None:
    page.wait_for_function(
        "(t) => document.querySelector('.inspector h2')?.textContent === t", arg=expected
    )
    settle(page)


def state(page: Any) -> dict[str, str]:
    """Return what the address bar holds."""
    return {k: v[0] for k, v in parse_qs(urlsplit(page.url).query).items()}


def point(page: Any, lon: float, lat: float) -> tuple[float, float]:
    """Return where a place is in the window, in pixels."""
    x, y = page.evaluate(
        """([lon, lat]) => {
            const map = getu.map();
            const at = map.latLngToContainerPoint([lat, lon]);
            const box = map.getContainer().getBoundingClientRect();
            return [box.x + at.x, box.y + at.y];
        }""",
        [lon, lat],
    )
    return x, y


def click(page: Any, lon: float, lat: float) -> None:
    page.mouse.move(*point(page, lon, lat), steps=3)
    page.mouse.click(*point(page, lon, lat))


def pane(page: Any, name: str) -> bool:
    """Tell whether a layer's pane is shown."""
    return bool(
        page.evaluate("(n) => getComputedStyle(getu.map().getPane(n)).display !== 'none'", name)
    )


def switch(page: Any, layer: str) -> None:
    page.click(f'[data-layer-panel="{layer}"] .switch label')
    settle(page)


def heat_url(page: Any) -> str:
    return str(page.get_attribute(".leaflet-demands-pane img", "src"))


def drag_slider(page: Any, thumb: int, share: float) -> None:
    """Drag the time slider's thumb (0 left, 1 right) to a share of its track."""
    handle = page.locator(".control-days [role=slider]").nth(thumb)
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    track = page.locator(".control-days .dash-slider-root").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] * share, y, steps=6)
    page.mouse.up()
    settle(page)
