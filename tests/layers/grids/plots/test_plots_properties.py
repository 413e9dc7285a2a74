"""Plots of random towns and of a real one: what must hold whatever the input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, affinity, box

from layers.grids.plots.blocks import LAND_MAX_M2
from layers.grids.plots.tessellate import tessellate
from tests.layers.grids.bayreuth import bayreuth
from tests.layers.grids.plot_checks import assert_sound
from tests.properties import examples

ORIGINS = ((0.0, 0.0), (500_000.0, 3_000_000.0), (36_500_000.0, 3_100_000.0))
"""Local, Gauss–Krüger without and with the zone's number in the easting."""

Town = tuple[Any, gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]


def shape_of(kind: str, x: float, y: float, w: float, h: float, turn: float) -> Any:
    """One footprint as a real file might hold it."""
    match kind:
        case "house":
            return affinity.rotate(box(x, y, x + w, y + h), turn)
        case "point":
            return Point(x, y)
        case "bow_tie":
            return Polygon([(x, y), (x + w, y + h), (x + w, y), (x, y + h)])
        case "sliver":
            return box(x, y, x + 30, y + 0.01)
        case "parts":
            return MultiPolygon([box(x, y, x + 5, y + h), box(x + 12, y, x + 12 + w, y + 5)])
        case "court":
            ring = box(x, y, x + 30 + w, y + 30) - box(x + 8, y + 8, x + 22 + w, y + 22)
            return affinity.rotate(ring, turn)
        case _:
            return None


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """A community of 60, 150 or 400 m with up to 25 buildings, streets, a river and a park."""
    size = draw(st.sampled_from([60.0, 150.0, 400.0]))
    place = st.floats(-15, size + 10).map(lambda value: round(value, 2))
    length = st.floats(2, 25).map(lambda value: round(value, 2))
    kinds = st.sampled_from(
        ["house"] * 8 + ["touching", "again", "point", "bow_tie", "sliver", "parts", "court", "no"]
    )
    shapes: list[Any] = []
    for kind in draw(st.lists(kinds, max_size=25)):
        last = shapes[-1] if shapes else None
        if kind == "again" and last is not None:
            shapes.append(last)
        elif kind == "touching" and last is not None:
            _, south, east, north = last.bounds
            shapes.append(box(east, south, east + draw(length), north))
        else:
            turn = draw(st.sampled_from([0.0, 0.0, 90.0, 17.3, 44.9]))
            shapes.append(
                shape_of(kind, draw(place), draw(place), draw(length), draw(length), turn)
            )
    vertices = st.lists(st.tuples(place, place), min_size=2, max_size=4, unique=True)
    streets = [LineString(line) for line in draw(st.lists(vertices, max_size=6))]
    water = [
        LineString(line).buffer(draw(st.sampled_from([1.0, 6.0, 20.0])))
        for line in draw(st.lists(vertices, max_size=1))
    ]
    park = [
        box(x, y, x + size / 3, y + size / 3)
        for x, y in draw(st.lists(st.tuples(place, place), max_size=1))
    ]
    whole = box(0, 0, size, size)
    community = draw(
        st.sampled_from(
            [
                whole,
                affinity.rotate(whole, 31),
                Point(size / 2, size / 2).buffer(size / 2),
                whole - box(size * 0.4, size * 0.4, size * 0.6, size * 0.6),
                MultiPolygon([box(0, 0, size * 0.4, size), box(size * 0.5, 0, size, size)]),
            ]
        )
    )
    x, y = draw(st.sampled_from(ORIGINS))
    classes = ["main_street", "street", "lane", "track", "path", "street"]

    def moved(shapes: list[Any], **columns: list[Any]) -> gpd.GeoDataFrame:
        there = [None if shape is None else affinity.translate(shape, x, y) for shape in shapes]
        return gpd.GeoDataFrame(columns, geometry=there, crs=4545)

    return (
        affinity.translate(community, x, y),
        moved(shapes),
        moved(streets, **{"class": classes[: len(streets)]}),
        moved(water, kind=["river"] * len(water)),
        moved(park, kind=["park"] * len(park)),
    )


@settings(max_examples=examples(120), suppress_health_check=list(HealthCheck))
@given(towns())
def test_plots_of_any_town_tile_it_and_cut_no_building(town: Town) -> None:
    community, buildings, streets, water, lands = town
    result = tessellate(community, buildings, streets, water, lands=lands)
    assert_sound(result, buildings, community)


@settings(max_examples=examples(40), suppress_health_check=list(HealthCheck))
@given(towns(), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(town: Town, seed: int) -> None:
    community, buildings, streets, water, lands = town
    rng = np.random.default_rng(seed)
    one = tessellate(community, buildings, streets, water, lands=lands)
    other = tessellate(
        community,
        buildings.iloc[rng.permutation(len(buildings))],
        streets.iloc[rng.permutation(len(streets))],
        water,
        lands=lands,
    )
    assert shapely.equals_exact(one.plots.geometry.array, other.plots.geometry.array).all()
    assert one.plots["building"].tolist() == other.plots["building"].tolist()
    assert one.neighbours.equals(other.neighbours)
    assert one.plot_of.to_dict() == other.plot_of.to_dict()


@pytest.mark.real_data
def test_the_real_extract_of_bayreuth_goes_through_whole(shared_data: Path) -> None:
    community, buildings, streets, water = bayreuth()
    assert len(buildings) == 4267
    result = tessellate(community, buildings, streets, water)
    assert_sound(result, buildings, community)
    # All 4,267 have a plot; two houses overlap by 0.1–0.2 m².
    assert (result.plots["kind"] == "building").sum() == 4267
    assert [finding.code for finding in result.findings] == ["building_overlaps"]
    # Cutting at straight lines leaves no piece of open land much above the limit.
    assert result.plots.query("kind == 'land'").area.max() <= LAND_MAX_M2 * 1.05
