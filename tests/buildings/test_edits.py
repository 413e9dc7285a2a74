"""Edits of buildings over HTTP on a real county: rows, plots, undo."""

from __future__ import annotations

import shapely
from shapely.affinity import translate

from tests.buildings.conftest import Desk


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
    assert made["plots"]["plots_after"] >= made["plots"]["plots_before"]
    done = desk.undo()
    assert done["removed"] == [feature["id"]]
    assert desk.rows() == rows
    assert desk.plots() == plots
    again = desk.redo()
    assert [f["id"] for f in again["features"]] == [feature["id"]]
    desk.undo()
    assert desk.plots() == plots


def test_a_moved_building_keeps_its_id_and_goes_back(desk: Desk) -> None:
    rows, plots = desk.rows(), desk.plots()
    building = desk.ids()[0]
    there = translate(desk.shape(building), 0.5, 0.5)
    made = desk.edit(
        "move", [building], geometry=desk.geojson(there), confirm=["building_overlaps"]
    )
    assert [f["id"] for f in made["features"]] == [building]
    assert desk.shape(building).symmetric_difference(there).area < 1e-3
    desk.undo()
    assert desk.rows() == rows
    assert desk.plots() == plots
