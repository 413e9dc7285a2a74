"""A planner's browser: the desk with a real mouse, on a county of the test's own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from tests.browser.conftest import Log, Open, served
from tests.demonstration import Loaded, NewDatabase, load

DRAWN = "() => window.getu?.planner?.plan && getu.planner.sync && getu.planner.canvas._map"
# A place in the window for degrees, a plot's point, a grid.
SCREEN = """
    const d = getu.planner, map = getu.map();
    const box = map.getContainer().getBoundingClientRect();
    const screen = (x, y) => {
        const [lon, lat] = d.shapes.toDegrees(x, y);
        const at = map.latLngToContainerPoint([lat, lon]);
        return [box.x + at.x, box.y + at.y];
    };
    const grid = (number) => d.plan.grids.findIndex(
        (g, i) => g.number === number && d.plan.sums[i].plots);
"""


DRAFTS = itertools.count(1)


class Desk:
    """One planner's browser."""

    def __init__(self, page: Any) -> None:
        self.page = page
        page.wait_for_function(DRAWN)
        self.rest()

    def ask(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate("(a) => {" + SCREEN + script + "}", argument)

    def rest(self) -> None:
        """Wait until nothing waits to be saved."""
        self.page.wait_for_function(
            "() => { const d = getu.planner;"
            " return !d.sync.items.length && !d.busy && !d.sync.sending; }"
        )
        self.page.wait_for_timeout(80)

    @property
    def loads(self) -> dict[int, int]:
        """Households by grid number, as the browser has them."""
        return {
            int(n): h
            for n, h in self.ask(
                "return d.plan.grids.map((g, i) => [g.number, d.plan.sums[i].households,"
                " d.plan.sums[i].plots]).filter((r) => r[2]).map((r) => [r[0], r[1]])"
            )
        }

    def label(self, number: int) -> list[float]:
        return list(self.ask("return screen(...d.canvas.label(grid(a)))", number))

    def homes(self, number: int) -> list[list[float]]:
        """Return x, y in the window and households of a grid's plots with homes."""
        return list(
            self.ask(
                "return d.plan.members(grid(a)).filter((p) => d.plan.households[p])"
                ".map((p) => [...screen(d.shapes.px[p], d.shapes.py[p]), d.plan.households[p]])",
                number,
            )
        )

    def choose(self, number: int) -> None:
        self.page.keyboard.press("v")
        self.page.mouse.click(*self.label(number))

    def drag(self, *places: Any, up: bool = True) -> None:
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=8)
        if up:
            self.page.mouse.up()

    def split(self, number: int) -> None:
        """Draw a line through the middle of a grid's households, across its longer side."""
        homes = np.array(self.homes(number))
        middle = homes[:, :2].mean(axis=0)
        _, _, axes = np.linalg.svd(homes[:, :2] - middle, full_matrices=False)
        along = (homes[:, :2] - middle) @ axes[0]
        order = np.argsort(along)
        half = np.searchsorted(np.cumsum(homes[order, 2]), homes[:, 2].sum() / 2)
        half = min(max(int(half), 1), len(order) - 1)
        at = middle + axes[0] * (along[order[half - 1]] + along[order[half]]) / 2
        self.choose(number)
        self.page.keyboard.press("x")
        self.drag(at - axes[1] * 260, at, at + axes[1] * 260)
        self.rest()

    def undo(self) -> None:
        self.page.keyboard.press("Control+z")
        self.rest()

    def redo(self) -> None:
        self.page.keyboard.press("Control+y")
        self.rest()

    def text(self, place: str) -> str:
        return str(self.page.inner_text(place))


def new_draft(desk: Desk, source: str, name: str) -> None:
    page = desk.page
    page.click("#planner-new")
    page.fill(".planner-dialog [name=name]", name)
    page.fill(".planner-dialog [name=by]", "王网格")
    page.select_option(".planner-dialog [name=source]", source)
    before = page.url
    page.click(".planner-dialog [type=submit]")
    page.wait_for_function("() => !document.querySelector('.planner-dialog')")
    page.wait_for_function(
        "(n) => getu.planner.draft?.name === n && getu.planner.plan && location.search", arg=name
    )
    page.wait_for_function("(u) => location.href !== u", arg=before)
    desk.rest()


@pytest.fixture(name="missing_icon", autouse=True)
def forgive_icon(open_page: Open, profile: Any, log: Log) -> Iterator[None]:
    """Forgive a page's icon or asset that met a socket which the test's server had just closed.

    The server is new for each test while the profile stays. What the desk itself asks for still
    counts, and so does anything else that fails.
    """
    lost: list[str] = []

    def failed(request: Any) -> None:
        if not urlsplit(request.url).path.startswith("/api/"):
            lost.append(str(request.failure))

    profile.on("requestfailed", failed)
    yield
    profile.remove_listener("requestfailed", failed)
    for why in lost:
        said = next((c for c in log.complaints if why in c and "ERR_SOCKET" in c), None)
        if said:
            log.complaints.remove(said)


@pytest.fixture(name="own_site")
def serve_own(spare_liping: Loaded, log: Log) -> Iterator[str]:
    """Return the address of a program over a 栗坪 of this test's own."""
    with served(spare_liping) as address:
        log.served.add(urlsplit(address).netloc)
        yield address


@pytest.fixture(name="county", scope="module")
def load_county(new_database: NewDatabase) -> Iterator[Loaded]:
    """Return a 栗坪 of this file's own, where every test draws in a draft of its own."""
    loaded = load(new_database, "liping")
    yield loaded
    loaded.engine.dispose()


@pytest.fixture(name="county_site", scope="module")
def serve_county(county: Loaded, log: Log) -> Iterator[str]:
    with served(county) as address:
        log.served.add(urlsplit(address).netloc)
        yield address


@pytest.fixture(name="desk")
def open_desk(open_page: Open, county_site: str) -> Desk:
    """Return a desk with a draft of its own, in the county that the file's tests share."""
    found = Desk(open_page(f"{county_site}/planner", ready=False))
    new_draft(found, "in_force", f"试调整 {next(DRAFTS)}")
    return found


@pytest.fixture(name="own_desk")
def open_own_desk(open_page: Open, own_site: str) -> Desk:
    """Return a desk with a draft in a county of this test's own."""
    found = Desk(open_page(f"{own_site}/planner", ready=False))
    new_draft(found, "in_force", "试调整")
    return found


def stored(loaded: Loaded, plan: int) -> dict[int, int]:
    rows = loaded.rows(
        "SELECT number, households FROM plan_grid WHERE plan_id = :plan AND plots > 0", plan=plan
    )
    return {r["number"]: r["households"] for r in rows}


def plan_id(desk: Desk) -> int:
    return int(desk.page.evaluate("getu.planner.draft.id"))
