"""One person at the building desk: a browser, a real mouse, and what the database then holds."""

from __future__ import annotations

from typing import Any

from tests.browser.conftest import Log, Open, settle
from tests.demonstration import Loaded

DRAWN = "() => window.getu?.buildings?.features?.size && getu.buildings.steps"
OPEN = "() => window.getu?.buildings?.steps"
RESTS = """() => { const d = getu.buildings;
    return !d.sync.items.length && !d.sync.sending && !d.stepping; }"""
STANDING = """
    SELECT id, coalesce(name, '') AS name, encode(ST_AsBinary(geom), 'hex') AS geom
    FROM building WHERE code LIKE :code || '%' AND valid_to IS NULL ORDER BY id
"""
# Which plot of the newest version each building stands on, by what the plot is.
ON_PLOTS = """
    SELECT pb.building_id, encode(ST_AsBinary(ST_Normalize(p.geom)), 'hex') AS plot
    FROM plots_of(:tessellation) p JOIN plot_building pb ON pb.plot_id = p.id ORDER BY 1
"""
HOUSE = ((-60, -40), (60, -40), (60, 40), (-60, 40))


class Desk:
    """One person's browser."""

    def __init__(self, page: Any, by: str = "", ready: str = DRAWN) -> None:
        self.page = page
        page.wait_for_function(ready)
        settle(page)
        if by:
            page.fill("#buildings-by", by)
            page.keyboard.press("Tab")
            settle(page)

    def rest(self) -> None:
        self.page.wait_for_function(RESTS)
        settle(self.page)

    def ask(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate("(a) => { const d = getu.buildings; " + script + "}", argument)

    @property
    def selected(self) -> list[int]:
        return list(self.ask("return [...d.selected]"))

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where degrees are in the window."""
        x, y = self.page.evaluate(
            """([lon, lat]) => { const at = getu.map().latLngToContainerPoint([lat, lon]);
            const box = getu.map().getContainer().getBoundingClientRect();
            return [box.x + at.x, box.y + at.y]; }""",
            [lon, lat],
        )
        return x, y

    def middle(self, building: int) -> tuple[float, float]:
        lon, lat = self.ask(
            "const f = d.features.get(a), frame = d.tools.frame();"
            "return frame.toDegrees(getu.footprints.centre(frame.shape(f.geometry)))",
            building,
        )
        return self.place(lon, lat)

    def key(self, key: str) -> None:
        self.page.locator("#map").focus()
        self.page.keyboard.press(key)

    def click(self, x: float, y: float) -> None:
        self.page.mouse.move(x, y, steps=2)
        self.page.mouse.click(x, y)
        # Two clicks within half a second at one place would be a double click.
        self.page.wait_for_timeout(30)

    def drag(self, a: tuple[float, float], b: tuple[float, float]) -> None:
        self.page.mouse.move(*a)
        self.page.mouse.down()
        self.page.mouse.move(*b, steps=6)
        self.page.mouse.up()

    def draw(self, *corners: tuple[float, float]) -> None:
        """Click corners (pixels from the middle of the map) and close the ring."""
        self.key("d")
        for corner in corners:
            self.click(*self.off(*corner))
        self.page.keyboard.press("Enter")
        self.rest()

    def off(self, dx: float, dy: float) -> tuple[float, float]:
        box = self.page.locator("#map").bounding_box()
        return box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy

    def choose(self, building: int, *, add: bool = False) -> None:
        if self.ask("return d.tools.tool") != "select":
            self.key("v")
        if add:
            self.page.keyboard.down("Shift")
        self.click(*self.middle(building))
        if add:
            self.page.keyboard.up("Shift")
        settle(self.page)

    def undo(self) -> None:
        self.key("Control+z")
        self.rest()

    def told(self) -> str:
        return str(self.page.inner_text("#buildings-told"))


def visit(open_page: Open, address: str, at: tuple[float, float], **more: Any) -> Any:
    place = f"{address}&at={at[1]:.6f},{at[0]:.6f},20"
    return open_page(place, ready=False, fresh=True, **more)


def expected(log: Log, *statuses: int) -> None:
    """Forgive refusals that a test asked for."""
    log.complaints = [
        c
        for c in log.complaints
        if not any(c.startswith(f"{s} ") or f"status of {s}" in c for s in statuses)
    ]


def newest(county: Loaded) -> int:
    return int(
        county.value(
            "SELECT id FROM tessellation WHERE code LIKE :code || '%'"
            " ORDER BY version DESC, id DESC LIMIT 1"
        )
    )
