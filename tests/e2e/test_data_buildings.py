"""The building desk with a real mouse: drawn, described, changed, taken back; pinned pictures."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from data.importers.import_run import run_import
from data.importers.kinds import ImportOptions
from data.server import Server
from tests.demonstration import Loaded, load
from tests.e2e.conftest import Log, Open, served, settle

pytestmark = [pytest.mark.browser, pytest.mark.database]
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


@pytest.fixture(scope="module")
def county(new_database: Callable[[], Server]) -> Iterator[Loaded]:
    """Return 栗坪 of this file's own; every test works on buildings of its own."""
    loaded = load(new_database(), "liping")
    yield loaded
    loaded.engine.dispose()


@pytest.fixture(scope="module")
def address(county: Loaded, log: Log) -> Iterator[str]:
    with served(county) as site:
        log.served.add(site.removeprefix("http://"))
        yield f"{site}/data?tab=buildings&county={county.code}"


@pytest.fixture
def square(county: Loaded) -> tuple[float, float]:
    """Return the middle of the park, where nothing stands."""
    (row,) = county.rows(
        "SELECT ST_X(p) AS lon, ST_Y(p) AS lat FROM (SELECT ST_PointOnSurface(geom) AS p FROM land"
        " WHERE kind IN ('square', 'park') AND code LIKE :code || '%'"
        " ORDER BY ST_Area(geom) DESC LIMIT 1) s"
    )
    return row["lon"], row["lat"]


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


HOUSEHOLDS = """
    SELECT bc.value, bc.source, s.effective_on FROM building_count bc
    JOIN count_snapshot s ON s.id = bc.snapshot_id WHERE bc.building_id = :id
    AND bc.measure = 'resident' ORDER BY s.effective_on DESC, s.id DESC LIMIT 1
"""
HOUSE = ((-60, -40), (60, -40), (60, 40), (-60, 40))


def test_a_building_is_drawn_named_changed_and_taken_back_to_the_same_rows(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float]
) -> None:
    rows, plots = county.rows(STANDING), county.rows(ON_PLOTS, tessellation=newest(county))
    desk = Desk(visit(open_page, address, square), "李楼栋")
    page = desk.page

    desk.draw(*HOUSE)
    (made,) = desk.selected
    assert "地块" in page.inner_text("#buildings-changed")
    assert page.evaluate("document.activeElement.name") == "name"
    page.keyboard.type("试画一号")
    page.fill("[name=aliases]", "一号楼\n老粮站")
    page.click("#buildings-save")
    desk.rest()
    (row,) = county.rows("SELECT name, life, source, version FROM building WHERE id = :id", id=made)
    assert (row["name"], row["life"]) == ("试画一号", "occupied")
    aliases = county.rows("SELECT alias FROM building_alias WHERE building_id = :id", id=made)
    assert {r["alias"] for r in aliases} == {"一号楼", "老粮站"}
    on = county.rows(ON_PLOTS, tessellation=newest(county))
    assert made in {r["building_id"] for r in on}
    assert len({r["plot"] for r in on if r["building_id"] == made}) == 1

    desk.key("m")
    x, y = desk.middle(made)
    before = county.value("SELECT ST_X(ST_Centroid(geom)) FROM building WHERE id = :id", id=made)
    desk.drag((x, y), (x + 40, y + 10))
    desk.rest()
    after = county.value("SELECT ST_X(ST_Centroid(geom)) FROM building WHERE id = :id", id=made)
    assert after > before

    desk.key("x")
    x, y = desk.middle(made)
    desk.click(x, y - 90)
    desk.click(x, y + 90)
    page.keyboard.press("Enter")
    desk.rest()
    halves = desk.selected
    assert len(halves) == 2
    assert made not in halves

    desk.key("j")
    desk.rest()
    (whole,) = desk.selected
    desk.key("Delete")
    desk.rest()
    assert "已拆除 1 栋" in desk.told()
    assert county.value("SELECT life FROM building WHERE id = :id", id=whole) == "demolished"
    assert county.rows(STANDING) == rows

    for _ in range(6):  # remove, join, cut, move, name, draw
        desk.undo()
    assert county.rows(STANDING) == rows
    assert county.rows(ON_PLOTS, tessellation=newest(county)) == plots
    assert page.is_disabled("#buildings-undo")
    for _ in range(2):
        desk.key("Control+y")
        desk.rest()
    names = county.rows("SELECT name FROM building WHERE id = :id AND valid_to IS NULL", id=made)
    assert [r["name"] for r in names] == ["试画一号"]
    for _ in range(2):
        desk.undo()


def test_a_building_is_found_by_what_people_call_it_and_stands_in_the_address(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float]
) -> None:
    (row,) = county.rows(
        "SELECT b.id, b.name, e.name AS estate, b.number FROM building b"
        " JOIN estate e ON e.id = b.estate_id WHERE b.code LIKE :code || '%'"
        " AND b.valid_to IS NULL ORDER BY b.id OFFSET 12 LIMIT 1"
    )
    desk = Desk(visit(open_page, address, square))
    page = desk.page
    page.fill("#buildings-find", f"{row['estate']} {row['number']}")
    page.wait_for_selector("#buildings-found button")
    page.click("#buildings-found li:first-child button")
    page.wait_for_function("(id) => getu.buildings.selected.has(id)", arg=row["id"])
    settle(page)
    assert f"building={row['id']}" in page.url
    page.reload()
    again = Desk(page)
    assert again.selected == [row["id"]]
    page.fill("#buildings-find", "没有这样的楼")
    page.wait_for_selector("#buildings-found li")
    assert "没有找到" in page.inner_text("#buildings-found")


def test_the_households_of_a_new_building_are_said_in_its_panel(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float]
) -> None:
    desk = Desk(visit(open_page, address, square), "孙入户")
    page = desk.page
    desk.draw(*((x - 250, y - 150) for x, y in HOUSE))
    (made,) = desk.selected
    assert "户数不详" in page.inner_text("#buildings-panel")
    page.click(".building-count summary")
    page.fill("[name=households]", "18")
    page.fill("[name=as_of]", "2026-11-15")
    page.click(".count-form [type=submit]")
    page.wait_for_function("(id) => getu.buildings.features.get(id).p.households === 18", arg=made)
    settle(page)
    assert "18 户" in page.inner_text("#buildings-panel")
    (row,) = county.rows(HOUSEHOLDS, id=made)
    assert (row["value"], row["source"]) == (18, "楼栋台 · 孙入户")
    assert row["effective_on"].isoformat() == "2026-11-15"
    desk.key("v")
    desk.undo()


def test_what_is_in_view_goes_out_as_a_file_that_the_import_finds_unchanged(
    open_page: Open, address: str, county: Loaded, tmp_path: Path
) -> None:
    (row,) = county.rows(
        "SELECT ST_X(ST_Centroid(geom)) AS lon, ST_Y(ST_Centroid(geom)) AS lat FROM building"
        " WHERE code LIKE :code || '%' AND valid_to IS NULL ORDER BY id OFFSET 30 LIMIT 1"
    )
    desk = Desk(visit(open_page, address, (row["lon"], row["lat"])))
    with desk.page.expect_download() as waiting:
        desk.page.click("#buildings-export")
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert features
    done = run_import(county.engine, "buildings", path, county.code, ImportOptions(dry_run=True))
    (compared,) = [n for n in done.notes if n.code == "note.changes"]
    assert dict(compared.values) == {"new": 0, "changed": 0, "unchanged": len(features)}


def test_an_overlap_is_shown_at_its_place_and_saved_when_confirmed(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float], log: Log
) -> None:
    (row,) = county.rows(
        "SELECT id, ST_X(ST_Centroid(geom)) AS lon, ST_Y(ST_Centroid(geom)) AS lat FROM building"
        " WHERE code LIKE :code || '%' AND valid_to IS NULL ORDER BY id LIMIT 1"
    )
    desk = Desk(visit(open_page, address, (row["lon"], row["lat"])), "王重叠")
    page = desk.page
    # Alt: not snapped to the corners around.
    desk.key("d")
    page.keyboard.down("Alt")
    for corner in ((-20, -20), (20, -20), (20, 20), (-20, 20)):
        desk.click(*desk.off(*corner))
    page.keyboard.up("Alt")
    page.keyboard.press("Enter")
    desk.rest()
    expected(log, 400)
    assert "重叠" in page.inner_text(".building-refused")
    assert desk.ask("return d.faults.length") == 2  # the overlap and what was drawn
    assert "没有保存" in page.inner_text("#buildings-status")
    page.click("[data-ruling=confirm]")
    desk.rest()
    (made,) = desk.selected
    assert county.value("SELECT valid_to IS NULL FROM building WHERE id = :id", id=made)
    desk.undo()
    assert not county.value("SELECT valid_to IS NULL FROM building WHERE id = :id", id=made)


def test_two_people_change_one_building_and_the_second_decides(
    open_page: Open, address: str, county: Loaded, log: Log
) -> None:
    (row,) = county.rows(
        "SELECT id, ST_X(ST_Centroid(geom)) AS lon, ST_Y(ST_Centroid(geom)) AS lat FROM building"
        " WHERE code LIKE :code || '%' AND valid_to IS NULL ORDER BY id DESC LIMIT 1"
    )
    at = (row["lon"], row["lat"])
    one = Desk(visit(open_page, address, at), "甲")
    two = Desk(visit(open_page, address, at), "乙")
    two.choose(row["id"])  # the form stands before the first saves
    one.choose(row["id"])
    one.page.fill("[name=name]", "甲的名字")
    one.page.click("#buildings-save")
    one.rest()
    two.page.fill("[name=name]", "乙的名字")
    two.page.click("#buildings-save")
    two.rest()
    expected(log, 409)
    said = two.page.inner_text(".building-refused")
    assert "甲" in said
    assert "改信息" in said
    name = "SELECT name FROM building WHERE id = :id"
    assert county.value(name, id=row["id"]) == "甲的名字"
    two.page.click("[data-ruling=mine]")
    two.rest()
    assert county.value(name, id=row["id"]) == "乙的名字"
    assert two.page.locator(".building-refused").count() == 0


def test_an_edit_without_a_connection_stays_here_and_is_sent_later(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float], log: Log
) -> None:
    desk = Desk(visit(open_page, address, square), "断线")
    page = desk.page
    count = "SELECT count(*) FROM building WHERE code LIKE :code || '%' AND valid_to IS NULL"
    before = county.value(count)
    page.context.set_offline(True)
    desk.key("b")
    for corner in ((100, 60), (170, 60), (170, 110)):
        desk.click(*desk.off(*corner))
    page.wait_for_function("() => getu.buildings.sync.away")
    assert "暂存在本机" in page.inner_text("#buildings-status")
    assert desk.ask("return d.waiting.size") == 1
    assert county.value(count) == before
    page.context.set_offline(False)
    desk.rest()
    log.complaints = [c for c in log.complaints if "ERR_INTERNET_DISCONNECTED" not in c]
    assert county.value(count) == before + 1
    desk.undo()
    assert county.value(count) == before


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


def plan_picture() -> bytes:
    image = Image.new("RGB", (800, 600), "white")
    ImageDraw.Draw(image).rectangle((100, 100, 700, 500), outline="black", width=4)
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def test_a_plan_is_pinned_by_pairs_and_kept_for_the_county(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float]
) -> None:
    desk = Desk(visit(open_page, address, square), "测绘员")
    page = desk.page
    file = {"name": "规划图.png", "mimeType": "image/png", "buffer": plan_picture()}
    page.set_input_files("#buildings-file", file)
    page.wait_for_function("() => getu.buildings.pinning?.scan")
    settle(page)

    def pair(x: float, y: float, wrong: float = 0.0) -> None:
        """Click a pixel of the plan and its place: half a pixel of the map for one of the plan."""
        at = page.evaluate(
            "([x, y]) => { const s = getu.buildings.pinning.scan;"
            " const p = s.latLngToContainerPoint([-y, x]);"
            " const b = s.getContainer().getBoundingClientRect(); return [b.x + p.x, b.y + p.y]; }",
            [x, y],
        )
        page.mouse.click(*at)
        page.mouse.click(*desk.off((x - 400) / 2 + wrong, (y - 300) / 2))
        settle(page)

    pair(100, 100)
    pair(700, 500)
    assert "两个图钉总能对上" in page.inner_text("#pin-said")
    pair(700, 100, wrong=12)  # 12 pixels of the map: 1.6 m
    pair(100, 500)
    assert "第 3 个图钉最差" in page.inner_text("#pin-said")
    assert page.locator(".pin-row-worst").count() == 1
    page.click("#pin-save")
    page.wait_for_function("() => !getu.buildings.pinning && getu.buildings.sheets[0]?.corners")
    settle(page)
    (row,) = county.rows(
        "SELECT name, placement, made_by, pinned_by, residual_m, ST_Area(geom::geography) AS area"
        " FROM pinned_sheet WHERE code = :code"
    )
    assert (row["name"], row["placement"]) == ("规划图", "similarity")
    assert (row["made_by"], row["pinned_by"]) == ("测绘员", "测绘员")
    assert 0.2 < row["residual_m"] < 1.5
    # 400 by 300 pixels of the map at 0.135 m: 54 m by 40.5 m.
    assert row["area"] == pytest.approx(54.0 * 40.5, rel=0.1)

    other = Desk(visit(open_page, address, square))  # another browser sees it too
    assert other.page.locator(".pinned-sheet").count() == 1
    other.page.click(".pin-sheet [data-do=rename]")
    other.page.fill("dialog input", "新规划图")
    other.page.click("dialog .main")
    settle(other.page)
    assert county.value("SELECT name FROM pinned_sheet") == "新规划图"
    other.page.click(".pin-sheet [type=checkbox]")
    assert other.page.locator(".pinned-sheet").count() == 0
    page.click(".pin-sheet [data-do=remove]")
    page.click("dialog .main")
    settle(page)
    assert county.rows("SELECT id FROM pinned_sheet") == []


def test_a_phone_lets_one_look_and_describe(open_page: Open, address: str, county: Loaded) -> None:
    (row,) = county.rows(
        "SELECT id, ST_X(ST_Centroid(geom)) AS lon, ST_Y(ST_Centroid(geom)) AS lat FROM building"
        " WHERE code LIKE :code || '%' AND valid_to IS NULL ORDER BY id OFFSET 5 LIMIT 1"
    )
    page = visit(open_page, address, (row["lon"], row["lat"]), size={"width": 390, "height": 844})
    desk = Desk(page)
    desk.choose(row["id"])
    page.fill("[name=number]", "手机5栋")
    page.click("#buildings-save")
    desk.rest()
    number = county.value("SELECT number FROM building WHERE id = :id", id=row["id"])
    assert number == "手机5栋"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


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


def test_what_was_refused_waits_over_a_reload_and_is_given_up(
    open_page: Open, address: str, county: Loaded, square: tuple[float, float], log: Log
) -> None:
    desk = Desk(visit(open_page, address, square), "重载")
    page = desk.page
    desk.draw((-300, 0), (-280, 0), (-290, 8))  # 80 square pixels: 1.5 m²
    expected(log, 400)
    assert "平方米" in page.inner_text(".building-refused")
    assert page.locator("[data-ruling=confirm]").count() == 0  # this cannot be confirmed
    page.reload()
    desk = Desk(page)
    assert page.locator(".building-refused").count() == 1
    page.click("[data-ruling=again]")
    assert desk.ask("return d.tools.draft.points.length") == 3
    page.keyboard.press("Escape")
    assert page.locator(".building-refused").count() == 0


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


def test_a_county_without_buildings_is_told_how_to_get_some(
    open_page: Open, new_database: Callable[[], Server], log: Log
) -> None:
    bare = load(new_database(), "liping")
    with bare.engine.begin() as c:
        c.exec_driver_sql("UPDATE building SET valid_to = valid_from")
    with served(bare) as site:
        log.served.add(site.removeprefix("http://"))
        page = open_page(f"{site}/data?tab=buildings", ready=False, fresh=True)
        desk = Desk(page, ready=OPEN)
        words = page.inner_text("#buildings-empty")
        assert "还没有楼栋" in words
        assert "导入" in words
        desk.draw(*HOUSE)
        assert len(desk.selected) == 1
        assert not page.is_visible("#buildings-empty")
    bare.engine.dispose()
