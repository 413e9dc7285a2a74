"""Edits of buildings over HTTP on a real county: rows, plots, plans, undo, conflicts."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from shapely.affinity import rotate, translate

from tests.layers.buildings.conftest import Desk


@pytest.fixture(autouse=True)
def _as_it_was(desk: Desk) -> Any:
    """Check that what a test did to the town was all taken back by it."""
    before = desk.rows(), desk.plots()
    yield
    while desk.get("/edits?by=甲")["undo"]:
        desk.undo()
    assert (desk.rows(), desk.plots()) == before


def codes(answer: Any) -> list[str]:
    return [f["code"] for f in answer["findings"]]


def test_a_drawn_building_stands_has_a_plot_and_is_taken_back(desk: Desk) -> None:
    rows, plots = desk.rows(), desk.plots()
    square = desk.free_place()
    made = desk.edit("draw", geometry=desk.geojson(square), values={"name": "新楼", "levels": 6})
    (feature,) = made["features"]
    assert feature["properties"]["name"] == "新楼"
    assert abs(desk.shape(feature["id"]).area - 144.0) < 0.01  # 12 m × 12 m
    (plot,) = [p for p in desk.plots() if feature["id"] in p["buildings"]]
    assert (
        shapely.from_wkb(plot["geometry"])
        .buffer(1e-9)
        .contains(shapely.from_wkb(desk.rows()[-1]["geometry"]))
    )
    done = desk.undo()
    assert done["removed"] == [feature["id"]]
    assert desk.rows() == rows
    assert desk.plots() == plots
    again = desk.redo()
    assert [f["id"] for f in again["features"]] == [feature["id"]]


def test_plots_away_from_an_edit_keep_their_geometry(desk: Desk) -> None:
    before = {p["geometry"]: p["buildings"] for p in desk.plots()}
    square = desk.free_place()
    desk.edit("draw", geometry=desk.geojson(square))
    after = {p["geometry"]: p["buildings"] for p in desk.plots()}
    changed = before.keys() ^ after.keys()
    place = shapely.geometry.shape(desk.geojson(square))
    # 1e-3 degrees are 100 m: the plot drawn on, its neighbours, and what touches those.
    assert changed
    near = [shapely.from_wkb(g).distance(place) < 3e-3 for g in changed]
    assert all(near)
    kept = before.keys() & after.keys()
    assert len(kept) > len(before) // 3
    assert all(before[g] == after[g] for g in kept)


def test_the_plan_in_force_counts_a_new_building_at_once(desk: Desk) -> None:
    made = desk.edit("draw", geometry=desk.geojson(desk.free_place()))
    (building,) = (f["id"] for f in made["features"])
    sql = """
        SELECT count(*) FROM plot_building pb
        JOIN plan_assignment a ON a.plot_id = pb.plot_id
        JOIN plan_community pc ON pc.plan_id = a.plan_id AND pc.in_force_to IS NULL
        JOIN plan p ON p.id = a.plan_id AND p.published_at IS NOT NULL
        WHERE pb.building_id = :id
    """
    assert desk.loaded.value(sql, id=building) == 1
    (plan,) = [p for p in made["plots"]["plans"] if p["moved"]]
    (moved,) = plan["moved"]
    assert moved["building"] == building
    assert moved["from"] is None
    assert "网格" in moved["to"]
    desk.undo()
    assert desk.loaded.value(sql, id=building) == 0


def test_a_moved_building_keeps_its_id_and_its_entrances_go_along(desk: Desk) -> None:
    building = desk.ids()[0]
    shape = desk.shape(building)
    door = shapely.Point(shape.exterior.coords[0])
    point = desk.geojson(door)["coordinates"]
    desk.edit("attributes", [building], values={"entrances": [{"name": "1单元", "point": point}]})
    there = translate(rotate(shape, 20, origin="centroid"), 4.0, 3.0)
    made = desk.edit(
        "move", [building], geometry=desk.geojson(there), confirm=["building_overlaps"]
    )
    (feature,) = made["features"]
    assert feature["id"] == building
    (entrance,) = feature["properties"]["entrances"]
    # The door stood on the first corner; that corner is where it stands now.
    corner = desk.geojson(shapely.Point(there.exterior.coords[0]))["coordinates"]
    assert entrance["point"] == pytest.approx(corner, abs=1e-8)


def test_a_cut_building_ends_and_its_households_are_shared_out(desk: Desk) -> None:
    (counted,) = _counted(desk, 1)
    shape, known = desk.shape(counted), _households(desk, counted)
    west, south, east, north = shape.bounds
    middle = (west + east) / 2
    line = desk.geojson(shapely.LineString([(middle, south - 5), (middle, north + 5)]))
    made = desk.edit("cut", [counted], line=line, values={"names": ["东楼", "西楼"]})
    assert made["removed"] == [counted]
    parts = [f["properties"] for f in made["features"]]
    assert [p["name"] for p in parts][:2] == ["东楼", "西楼"]
    assert sum(p["households"] for p in parts) == known
    assert {p["confidence"] for p in parts} == {"estimated"}
    united = shapely.union_all([desk.shape(p["id"]) for p in parts])
    assert united.symmetric_difference(shape).area < 1e-3


def test_joined_buildings_hold_the_sum_and_remember_their_names(desk: Desk) -> None:
    one, other = _counted(desk, 2)
    a, b = _households(desk, one), _households(desk, other)
    wide = desk.shape(one).union(desk.shape(other)).convex_hull
    desk.edit("reshape", [one], geometry=desk.geojson(wide), confirm=["building_overlaps"])
    desk.edit("attributes", [one], values={"name": "甲楼"})
    desk.edit("attributes", [other], values={"name": "乙楼"})
    made = desk.edit("join", [one, other])
    (whole,) = (f["properties"] for f in made["features"])
    assert sorted(made["removed"]) == sorted([one, other])
    assert whole["households"] == a + b
    assert {whole["name"], *whole["aliases"]} >= {"甲楼", "乙楼"}


def test_a_building_is_split_by_entrance_with_the_households_given(desk: Desk) -> None:
    (building,) = _counted(desk, 1)
    known = _households(desk, building)
    units = [{"name": "1单元", "households": known - 2}, {"name": "2单元", "households": 2}]
    wrong = desk.edit(
        "split_by_entrance",
        [building],
        400,
        values={"units": [{"households": known}, {"households": 1}]},
    )
    assert codes(wrong) == ["units_differ"]
    assert wrong["findings"][0]["values"] == {"given": known + 1, "known": known}
    made = desk.edit("split_by_entrance", [building], values={"units": units})
    parts = [f["properties"] for f in made["features"]]
    assert [p["households"] for p in parts] == [known - 2, 2]
    assert all(p["name"].endswith(u["name"]) for p, u in zip(parts, units, strict=True))
    areas = [desk.shape(p["id"]).area for p in parts]
    assert areas[0] == pytest.approx(areas[1], rel=0.01)


def test_a_removed_building_ends_and_no_longer_counts(desk: Desk) -> None:
    (building,) = _counted(desk, 1)
    households = sum(r["h"] for r in desk.loaded.rows(_NEWEST))
    made = desk.edit("remove", [building])
    assert made["removed"] == [building]
    known = desk.get(f"/{building}")["properties"]
    assert known["life"] == "demolished"
    assert known["valid_to"] is not None
    left = sum(r["h"] for r in desk.loaded.rows(_NEWEST))
    assert left == households - _households(desk, building)
    late = desk.edit("attributes", [building], 409, values={"name": "x"})
    assert "remove" in late["error"]


def test_faults_say_where_they_are_and_what_to_do(desk: Desk) -> None:
    square = desk.free_place()
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    bow = translate(bow, square.bounds[0], square.bounds[1])
    cases = {
        "shape_crosses_itself": bow,
        "shape_too_small": square.centroid.buffer(0.9),  # π · 0.9² = 2.5 m² < 4 m²
        "shape_too_large": square.centroid.buffer(200),  # π · 200² = 125,664 m²
        "building_outside": translate(square, 90_000, 0),
        "building_overlaps": desk.shape(desk.ids()[0]).buffer(0.5),
    }
    for code, shape in cases.items():
        answer = desk.edit("draw", status=400, geometry=desk.geojson(shape))
        assert code in codes(answer)
        finding = next(f for f in answer["findings"] if f["code"] == code)
        assert finding["where"] is not None
        assert finding["message"]
        assert finding["remedy"]
        assert finding["confirmable"] == (code == "building_overlaps")
    one, *others = desk.ids()
    far = max(others, key=lambda b: desk.shape(b).distance(desk.shape(one)))
    assert codes(desk.edit("join", [one, far], 400)) == ["join_apart"]
    west, south, *_ = desk.shape(one).bounds
    beside = shapely.LineString([(west - 9, south - 9), (west - 8, south - 2)])
    assert codes(desk.edit("cut", [one], 400, line=desk.geojson(beside))) == ["cut_misses"]
    assert "自己相交" in desk.edit("draw", status=400, geometry=desk.geojson(bow))["error"]


def test_an_overlap_is_kept_when_the_user_confirms_it(desk: Desk) -> None:
    tower = desk.shape(desk.ids()[0]).centroid.buffer(2.0)
    made = desk.edit(
        "draw", geometry=desk.geojson(tower), confirm=["building_overlaps"], values={"name": "塔"}
    )
    assert codes(made) == ["building_overlaps"]
    assert made["findings"][0]["values"]["overlap_m2"] == pytest.approx(12.5, abs=0.3)  # π · 2²


def test_buildings_moved_together_may_not_land_on_each_other(desk: Desk) -> None:
    one, other = desk.ids()[:2]
    place = desk.free_place(14.0)
    small = [place.centroid.buffer(3.0), place.centroid.buffer(4.0)]
    shapes = {str(b): desk.geojson(s) for b, s in zip((one, other), small, strict=True)}
    answer = desk.edit("move", [one, other], 400, geometries=shapes)
    assert codes(answer) == ["building_overlaps"]
    # π · 3² = 28.3 m², drawn with 64 corners a little less
    assert answer["findings"][0]["values"]["overlap_m2"] == pytest.approx(28.2, abs=0.2)
    assert answer["findings"][0]["values"]["other_id"] == other


def test_a_request_that_is_sent_twice_is_done_once(desk: Desk) -> None:
    count = len(desk.ids())
    values = {"geometry": desk.geojson(desk.free_place()), "token": "once"}
    first = desk.edit("draw", **values)
    again = desk.edit("draw", **values)
    assert again["edit"] == first["edit"]
    assert again["repeated"]
    assert again["features"] == first["features"]
    assert len(desk.ids()) == count + 1
    desk.undo(token="back")
    desk.undo(token="back")
    assert len(desk.ids()) == count


def test_who_comes_too_late_is_told_who_was_first_and_the_edit_is_kept(desk: Desk) -> None:
    building = desk.ids()[1]
    version = desk.get(f"/{building}")["properties"]["version"]
    shown = {str(building): version}
    desk.edit("attributes", [building], versions=shown, values={"name": "甲定的名"})
    late = desk.edit(
        "attributes", [building], 409, versions=shown, values={"name": "乙定的名"}, by="乙"
    )
    assert "甲" in late["error"]
    kept = desk.get("/edits")["edits"][0]
    assert kept["id"] == late["edit"]
    assert kept["refused"]
    assert kept["made_by"] == "乙"
    assert desk.get(f"/{building}")["properties"]["name"] == "甲定的名"


def test_undo_is_refused_when_somebody_changed_the_same_building_since(desk: Desk) -> None:
    building = desk.ids()[2]
    desk.edit("attributes", [building], values={"name": "甲名"})
    desk.edit("attributes", [building], values={"number": "9"}, by="乙")
    refused = desk.undo(409)
    assert "乙" in refused["error"]
    desk.undo(by="乙")
    desk.undo()
    assert desk.undo(400)["error"]


def test_only_what_is_named_changes(desk: Desk) -> None:
    building = desk.ids()[3]
    before = desk.get(f"/{building}")["properties"]
    values = {
        "levels": 7,
        "aliases": ["老楼", "老楼"],
        "addresses": ["人民路1号"],
        "life": "building",
        "life_on": "2026-09-01",
        "external_id": "A-1",
    }
    made = desk.edit("attributes", [building], values=values)
    assert made["plots"] is None
    after = desk.get(f"/{building}")
    assert after["properties"]["levels"] == 7
    assert after["properties"]["aliases"] == ["老楼"]
    assert after["properties"]["address"] == "人民路1号"
    assert {"on": "2026-09-01", "life": "building"} in after["history"]["life"]
    same = ("name", "number", "use", "households", "community", "estate")
    assert [after["properties"][k] for k in same] == [before[k] for k in same]
    taken = desk.edit("attributes", [desk.ids()[4]], 400, values={"external_id": "A-1"})
    assert codes(taken) == ["external_id_taken"]


def test_reading_is_by_box_and_writing_needs_the_header(desk: Desk) -> None:
    west, south, east, north = shapely.from_wkb(desk.rows()[0]["geometry"]).bounds
    found = desk.get(f"?bbox={west},{south},{east},{north}")
    assert desk.rows()[0]["id"] in [f["id"] for f in found["features"]]
    assert found["truncated"] is False
    desk.get("?bbox=1,2,3", 400)
    desk.get("?bbox=nan,0,1,1", 400)
    desk.get("/999999999999", 404)
    assert desk.get("/estates")["estates"]
    address = f"/api/buildings/{desk.county}/edits"
    assert desk.client.post(address, json={"kind": "draw"}).status_code == 403
    for broken in ({"kind": "paint"}, {"kind": "draw", "geometry": {"type": "Polygon"}},
                   {"kind": "draw", "geometry": {"type": "Point", "coordinates": [0, 0]}},
                   {"kind": "attributes", "buildings": [1], "values": {"levels": 0}},
                   {"kind": "attributes", "buildings": [1], "values": {"use": "palace"}},
                   {"kind": "move", "buildings": "all"}):  # fmt: skip
        desk.post("/edits", 400, **broken)
    desk.edit("remove", [10**9], 404)


_NEWEST = """
    SELECT DISTINCT ON (bc.building_id) bc.building_id AS b, bc.value AS h
    FROM building_count bc
    JOIN count_snapshot s ON s.id = bc.snapshot_id AND s.rolled_back_at IS NULL
    JOIN building x ON x.id = bc.building_id AND x.valid_to IS NULL
    WHERE bc.measure = 'resident' ORDER BY bc.building_id, s.effective_on DESC, s.id DESC
"""


def _counted(desk: Desk, how_many: int) -> list[int]:
    """Return buildings that hold more than four households, beside each other."""
    rows = [r["b"] for r in desk.loaded.rows(_NEWEST) if r["h"] > 4]
    first = desk.shape(rows[0])
    return sorted(rows, key=lambda b: desk.shape(b).distance(first))[:how_many]


def _households(desk: Desk, building: int) -> int:
    return int(desk.get(f"/{building}")["properties"]["households"])
