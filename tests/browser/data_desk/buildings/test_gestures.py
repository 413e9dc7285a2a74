"""Without a mouse, with fingers, with every tool: what a hand does is what the rows say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Log, Open
from tests.browser.data_desk.buildings.hands import HOUSE, STANDING, Desk, visit
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_a_building_is_drawn_without_a_mouse(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float]
) -> None:
    desk = Desk(visit(open_page, address, square), "键盘")
    page = desk.page
    desk.key("d")
    for keys in (
        ["Shift+ArrowLeft"] * 3 + ["Shift+ArrowUp"] * 3,
        ["Shift+ArrowRight"] * 2,
        ["Shift+ArrowDown"] * 2,
        ["Shift+ArrowLeft"] * 2,
    ):
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    desk.rest()
    (made,) = desk.selected
    area = "SELECT ST_Area(geom::geography) FROM building WHERE id = :id"
    # 80 by 80 pixels at zoom 20: 0.149 m · cos 25.1° a pixel, so 10.8 m a side.
    assert float(county.value(area, id=made)) == pytest.approx(10.8**2, rel=0.03)
    desk.undo()


def test_corners_snap_to_a_neighbour_and_walls_stand_square(
    open_page: Open, address: str, county: Loaded
) -> None:
    # A house whose neighbour to the south is far: drawn from its southernmost corner downwards.
    (row,) = county.rows(
        """
        SELECT b.id, ST_X(v.geom) AS lon, ST_Y(v.geom) AS lat
        FROM building b, LATERAL (SELECT geom FROM ST_DumpPoints(b.geom)
                                  ORDER BY ST_Y(geom) LIMIT 1) v
        WHERE b.code LIKE :code || '%' AND b.valid_to IS NULL
          AND NOT EXISTS (SELECT FROM building o WHERE o.id <> b.id AND o.valid_to IS NULL
            AND ST_DWithin(o.geom::geography, v.geom::geography, 30))
        ORDER BY b.id LIMIT 1
        """
    )
    desk = Desk(visit(open_page, address, (row["lon"], row["lat"])), "对齐")
    page = desk.page
    page.check("#buildings-square")
    desk.key("d")
    x, y = desk.place(row["lon"], row["lat"])
    # Five pixels off the corner; every wall a few degrees off the right angle.
    for dx, dy in ((4, 3), (6, 90), (100, 96), (104, 8)):
        desk.click(x + dx, y + dy)
    page.keyboard.press("Enter")
    desk.rest()
    (made,) = desk.selected
    distance = county.value(
        "SELECT min(ST_Distance(p.geom::geography, ST_Point(:lon, :lat, 4490)::geography))"
        " FROM building b, ST_DumpPoints(b.geom) p WHERE b.id = :id",
        id=made, lon=row["lon"], lat=row["lat"],
    )  # fmt: skip
    assert distance < 0.001
    desk.key("v")
    angles = desk.ask(
        """
        const ring = d.tools.frame().shape(d.features.get(a).geometry)[0][0];
        return ring.map((p, i) => {
            const [q, r] = [ring[(i + 1) % ring.length], ring[(i + 2) % ring.length]];
            const way = (s, t) => Math.atan2(t[1] - s[1], t[0] - s[0]);
            const turn = way(q, r) - way(p, q);
            return Math.abs(Math.sin(turn));
        });
        """,
        made,
    )
    assert len(angles) == 4
    assert min(angles) > 0.9999
    desk.undo()


def test_the_rest_of_the_hand_lasso_turn_reshape_split(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float]
) -> None:
    rows = county.rows(STANDING)
    desk = Desk(visit(open_page, address, square), "赵改形")
    page = desk.page
    desk.draw(*HOUSE)
    (made,) = desk.selected

    desk.key("l")  # around it, a lasso
    corners = [desk.off(x, y) for x, y in ((-90, -70), (90, -70), (90, 70), (-90, 70), (-90, -70))]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    page.mouse.up()
    assert desk.selected == [made]

    # A quarter turn about its middle: 120 by 80 pixels become 80 by 120.
    box = """SELECT ST_XMax(g) - ST_XMin(g) AS wide, ST_YMax(g) - ST_YMin(g) AS high,
             ST_Area(g) AS area FROM (SELECT ST_Transform(geom, 3857) AS g FROM building
             WHERE id = :id) s"""
    (before,) = county.rows(box, id=made)
    desk.key("r")
    page.keyboard.down("Shift")  # steps of 15°
    desk.drag(desk.off(100, 3), desk.off(-2, 100))
    page.keyboard.up("Shift")
    desk.rest()
    (after,) = county.rows(box, id=made)
    assert after["wide"] == pytest.approx(before["high"], rel=0.01)
    assert after["high"] == pytest.approx(before["wide"], rel=0.01)
    assert after["area"] == pytest.approx(before["area"], rel=0.001)

    desk.key("e")  # one corner pulled out, a new one out of a wall, taken away again
    desk.drag(desk.off(40, -60), desk.off(70, -60))
    desk.drag(desk.off(-40, 30), desk.off(-80, 30))
    assert desk.ask("return d.tools.hand.shape[0][0].length") == 5
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    desk.rest()
    (pulled,) = county.rows(box, id=made)
    # A triangle of 30 by 120 pixels more: 1,800 of 9,600.
    assert pulled["area"] / after["area"] == pytest.approx(11_400 / 9_600, rel=0.02)

    desk.key("v")
    assert desk.selected == [made]
    page.click("#buildings-split")
    page.fill(".building-form input[type=number]", "3")
    page.keyboard.press("Tab")
    page.click(".building-form [type=submit]")
    desk.rest()
    assert len(desk.selected) == 3
    names = county.rows("SELECT name FROM building WHERE id = ANY(:ids)", ids=desk.selected)
    assert sorted(str(r["name"])[-3:] for r in names) == ["1单元", "2单元", "3单元"]
    for _ in range(4):  # split, reshape, turn, draw
        desk.undo()
    assert county.rows(STANDING) == rows


def test_fingers_draw_by_tapping(
    browser: Any, address: str, county: Loaded, square: tuple[float, float], log: Log
) -> None:
    context = browser.new_context(
        viewport={"width": 820, "height": 1180}, has_touch=True, locale="zh-CN"
    )
    log.watch(context)
    try:
        page = context.new_page()
        page.goto(f"{address}&at={square[1]:.6f},{square[0]:.6f},20")
        desk = Desk(page, "手指")
        page.tap("[data-tool=draw]")
        page.locator("#map").scroll_into_view_if_needed()
        for corner in HOUSE:
            page.touchscreen.tap(*desk.off(*corner))
            page.wait_for_timeout(60)
        page.tap("#buildings-done")
        desk.rest()
        (made,) = desk.selected
        assert county.value("SELECT made_by FROM building_edit ORDER BY id DESC LIMIT 1") == "手指"
        page.click("#buildings-undo")
        desk.rest()
        assert not county.value("SELECT valid_to IS NULL FROM building WHERE id = :id", id=made)
    finally:
        context.close()
