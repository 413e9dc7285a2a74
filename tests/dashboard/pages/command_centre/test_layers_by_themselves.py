"""A layer is its folder and one line: the page renders whatever the layer declares."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dash_leaflet as dl
import pytest
from dash import dcc, html

from dashboard.pages.command_centre.layout import layout
from dashboard.services import make_services
from dashboard.text import text
from dashboard.view import View, make_view
from layers.kit.layer import (
    Control,
    Fact,
    Field,
    Layer,
    Legend,
    Option,
    Payload,
    Query,
    Sentence,
    Swatch,
    geojson,
)
from tests.demonstration import Loaded, liping

__all__ = ["liping"]
ROOT = Path(__file__).resolve().parents[4]


def toy() -> Layer:
    """A layer that the program has never heard of."""

    def load(c: Any, query: Query) -> list[Any]:
        return []

    def prepare(rows: list[Any], query: Query) -> Payload:
        return geojson(rows)

    def paint(url: str) -> list[Any]:
        return [dl.GeoJSON(id={"type": "features", "layer": "toys"}, url=url)]

    def controls(c: Any, query: Query) -> tuple[Control, ...]:
        options = (Option("red", "stations.title"), Option("blue", "grids.title", count=7))
        return (Control("choice", "colour", "stations.state", options, value="red"),)

    def says(c: Any, query: Query) -> tuple[Sentence, ...]:
        return (Sentence("desk.one_reach", {"minutes": 7, "covered": len(query.values["colour"])}),)

    def adds(c: Any, query: Query, layer: str, feature: str) -> Any:
        return (("summary.reach", (Fact("stations.rooms", 41, "unit.rooms"),)),)

    return Layer(
        key="toys", title="stations.hours", version=1, load=load, prepare=prepare, paint=paint,
        legend=lambda _: Legend((Swatch("fill", "toy-red", "grids.draft_line"),)),
        tooltip=(Field("name", "stations.category"),), parameters=("colour",),
        controls=controls, says=says, adds=adds,
    )  # fmt: skip


def seen(county: Loaded, search: str) -> View:
    services = make_services(county.engine)
    added = {**services.layers, "toys": toy()}
    return make_view(replace(services, layers=added), search)


def parts(page: html.Div, kind: type) -> Iterator[Any]:
    return (part for part in page._traverse() if isinstance(part, kind))


@pytest.mark.database
def test_a_layer_in_the_registry_is_on_the_page_with_its_control_and_its_legend(
    liping: Loaded,
) -> None:
    page = layout(seen(liping, "?colour=blue"))
    (block,) = [
        part
        for part in parts(page, html.Section)
        if part.to_plotly_json()["props"].get("data-layer-panel") == "toys"
    ]
    (switch,) = parts(block, dcc.Checklist)
    assert switch.options[0]["label"] == text("stations.hours", "zh")
    (choice,) = parts(block, dcc.Dropdown)
    assert choice.value == "blue"
    assert [o["label"] for o in choice.options] == [
        text("stations.title", "zh"), f"{text('grids.title', 'zh')} (7)",
    ]  # fmt: skip
    words = str(block)
    assert text("desk.one_reach", "zh", {"minutes": 7, "covered": len("blue")}) in words
    assert "mark mark-fill toy-red" in words
    assert text("grids.draft_line", "zh") in words
    (pane,) = [part for part in parts(page, dl.Pane) if part.name == "toys"]
    assert "/layers/toys?" in pane.children[0].url
    assert "colour=blue" in pane.children[0].url


@pytest.mark.database
def test_a_value_that_a_control_does_not_have_is_passed_over(liping: Loaded) -> None:
    page = layout(seen(liping, "?colour=green"))
    chosen = [d.value for d in parts(page, dcc.Dropdown) if d.value in ("red", "blue", "green")]
    assert chosen == ["red"]


@pytest.mark.database
def test_a_layer_adds_to_what_is_said_of_a_thing(liping: Loaded) -> None:
    station = liping.value("SELECT min(id) FROM station WHERE code LIKE :code || '%'")
    page = str(layout(seen(liping, f"?sel=stations:{station}")))
    assert "41" in page
    assert text("unit.rooms", "zh") in page


def test_the_page_knows_no_layer_by_name() -> None:
    keys = {"base_map", "grids", "service_circles", "demands", "hot_spots", "stations"}
    named = []
    for folder in ("pages/command_centre", "components"):
        for file in (ROOT / "dashboard" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and node.value in keys:
                    named.append(f"{file.name}:{node.lineno} {node.value}")
    assert named == []
