"""What the legend shows is what the map shows: its pixels beside the map's, class by class."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import text as sql

from data.engine import owner_engine, transaction
from tests.browser.conftest import Log, Open, served, settle
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]
NEAR = 4  # of 255 a channel: rounding, and sRGB mixed once by css and once by the map
# The middles of grids of a class that lie in the window, in pixels of the window.
MIDDLES = """(load) => {
    const map = getu.map(), box = map.getContainer().getBoundingClientRect();
    return Object.values(getu.layers.drawn.grids).map((l) => l.feature.properties)
        .filter((p) => p.load === load)
        .map((p) => map.latLngToContainerPoint([p.label[1], p.label[0]]))
        .map((at) => [box.x + at.x, box.y + at.y]);
}"""


def shot(page: Any) -> NDArray[np.int64]:
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return np.asarray(picture, np.int64)


def common(
    picture: NDArray[np.int64], places: list[tuple[float, float]], most: int
) -> list[NDArray[np.int64]]:
    """Return the colours that stand most often about places; blends of edges are rare."""
    parts = [
        picture[int(y) - 3 : int(y) + 4, int(x) - 7 : int(x) + 8].reshape(-1, 3) for x, y in places
    ]
    found, times = np.unique(np.concatenate(parts), axis=0, return_counts=True)
    return list(found[np.argsort(-times)[:most]])


def mark(page: Any, load: str) -> tuple[float, float]:
    box = page.locator(f'[data-layer-panel="grids"] .mark.{load}').bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def is_near(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    return bool((np.abs(one - other) <= NEAR).all())


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_each_class_of_load_has_the_colours_of_its_legend(
    open_page: Open, spare_liping: Loaded, log: Log, theme: str
) -> None:
    # Five classes over twelve grids: limits that some break, some nearly fill; the fullest grid
    # is one plot now, a building that is over the limit alone.
    loads = sorted(r["households"] for r in spare_liping.rows("SELECT households FROM plan_grid"))
    owner = owner_engine(spare_liping.server)
    with transaction(owner) as c:
        c.execute(sql("UPDATE policy SET households_max = :most"), {"most": loads[-3]})
        # A published plan cannot be changed: only the owner can open this door.
        c.execute(sql("ALTER TABLE plan_grid DISABLE TRIGGER published_is_immutable"))
        c.execute(
            sql("UPDATE plan_grid SET plots = 1 WHERE households = :most"), {"most": loads[-1]}
        )
        c.execute(sql("UPDATE county SET revision = revision + 1"))
    owner.dispose()
    with served(spare_liping) as address:
        log.served.add(address.removeprefix("http://"))
        page = open_page(f"{address}/?theme={theme}&layers=grids", fresh=True)
        page.add_style_tag(content=".leaflet-names-pane, .hint { display: none !important }")
        seen = []
        for near in (False, True):
            page.evaluate(f"getu.map().setZoom({17 if near else 15}, {{animate: false}})")
            settle(page)
            far = "getu.map().getContainer().classList.contains('from-afar')"
            assert page.evaluate(far) != near
            picture = shot(page)
            box = page.locator("#map").bounding_box()
            for load in ("load-50", "load-80", "load-100", "load-over", "load-alone"):
                inside = [
                    (x, y)
                    for x, y in page.evaluate(MIDDLES, load)
                    if box["x"] + 20 < x < box["x"] + box["width"] - 20
                    and box["y"] + 20 < y < box["y"] + box["height"] - 20
                ]
                if not inside:
                    continue
                seen.append(load)
                most = 2 if load == "load-over" else 1  # the strong and the weak stripe
                legend = common(picture, [mark(page, load)], most)
                painted = common(picture, inside, most)
                said = (load, near, painted, legend)
                assert all(any(is_near(one, other) for other in legend) for one in painted), said
        assert {"load-80", "load-100", "load-over", "load-alone"} <= set(seen)
