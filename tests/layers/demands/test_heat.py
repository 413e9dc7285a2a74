"""The heat of demands: nothing is lost, frames can be compared."""

from __future__ import annotations

import io
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from layers.demands import heat
from layers.demands.layer import DAYS_PER_MONTH, Ledger, Span, prepare
from layers.kit.layer import Query
from tests.properties import examples

BOUNDS = (106.60, 28.56, 106.64, 28.59)
RASTER = heat.frame(BOUNDS)
HECTARE_M2 = 1e4

QUERY = Query("520381", 4544, date(2026, 10, 31), 300, "resident", 1.1, 200.0, (5, 10, 15), 1)


def pixel(values: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(values)).convert("RGBA"))


def at(column: float, row: float) -> list[float]:
    """Web-Mercator metres of a place in the raster, in pixels from its upper left corner."""
    return [RASTER.x0 + column * RASTER.scale, RASTER.y1 - row * RASTER.scale]


def mass(points: list[list[float]]) -> float:
    values = heat.density(np.array(points, np.float64).reshape(-1, 2), RASTER)
    return float(values.sum() * RASTER.ground_m**2 / HECTARE_M2)


# Far enough from the rim that the smoothing (cut at 3 bandwidths) stays inside.
RIM = 3 * RASTER.bandwidth_m / RASTER.ground_m + 2
inside = st.tuples(st.floats(RIM, RASTER.columns - RIM), st.floats(RIM, RASTER.rows - RIM)).map(
    lambda p: at(*p)
)


@given(st.lists(inside, min_size=1, max_size=40))
@settings(max_examples=examples(20))
def test_every_demand_weighs_one(points: list[list[float]]) -> None:
    # density (per hectare) × area of a pixel (hectares), summed = number of demands
    assert mass(points) == pytest.approx(len(points), rel=1e-3)


@pytest.mark.parametrize(
    "place",
    [(-0.01, 50), (50, -0.01), (RASTER.columns + 0.01, 50), (50, RASTER.rows + 0.01), (-1e6, 50)],
)
def test_a_demand_outside_of_the_raster_is_left_out(place: tuple[float, float]) -> None:
    assert mass([at(*place)]) == 0
    assert mass([at(*place), at(200, 200)]) == pytest.approx(1, rel=1e-3)


def test_heat_is_additive() -> None:
    a, b = np.array([at(200, 200)]), np.array([at(210, 205), at(300, 250)])
    together = heat.density(np.concatenate([a, b]), RASTER)
    assert together == pytest.approx(heat.density(a, RASTER) + heat.density(b, RASTER), abs=1e-6)


def test_the_raster_covers_the_town_with_a_margin_and_square_pixels() -> None:
    west, south, east, north = RASTER.bounds
    assert west < BOUNDS[0] < BOUNDS[2] < east
    assert south < BOUNDS[1] < BOUNDS[3] < north
    assert max(RASTER.rows, RASTER.columns) == heat.SIDE_PX
    low, high = heat.BANDWIDTH_M
    assert low <= RASTER.bandwidth_m <= high


def test_no_demands_give_a_transparent_picture() -> None:
    none = heat.density(np.empty((0, 2)), RASTER)
    assert none.max() == 0
    assert pixel(heat.picture(none, 0.0))[..., 3].max() == 0
    assert pixel(heat.picture(none, 5.0))[..., 3].max() == 0


def test_the_same_density_has_the_same_colour_whatever_else_is_in_the_frame() -> None:
    # One scale (vmax) for all frames: a hotter place elsewhere does not dim this one.
    alone = np.zeros((64, 64))
    alone[8:24, 8:24] = 2.0
    beside = alone.copy()
    beside[40:60, 40:60] = 8.0
    one, two = pixel(heat.picture(alone, 8.0)), pixel(heat.picture(beside, 8.0))
    # WebP is lossy: equal to a few levels.
    assert np.abs(one[16, 16].astype(int) - two[16, 16].astype(int)).max() <= 6
    assert two[50, 50, 3] > two[16, 16, 3]


def ledger(days: int, each_day: int) -> Ledger:
    points = np.repeat(np.array([at(200, 200)]), days * each_day, axis=0)
    first = np.datetime64("2026-01-01")
    when = np.repeat(first + np.arange(days), each_day)
    peak = heat.density(points, RASTER).max()
    return Ledger(points, when, RASTER, float(peak) / days * DAYS_PER_MONTH)


def test_a_steady_flow_looks_the_same_over_a_week_and_over_a_quarter() -> None:
    # Demands per hectare and 30 days: twice the days with twice the demands is the same heat.
    steady = ledger(days=90, each_day=2)
    first = date(2026, 1, 1)
    week = prepare(Span(steady, first, first + timedelta(days=6)), QUERY)
    quarter = prepare(Span(steady, first, first + timedelta(days=89)), QUERY)
    assert week.headers["X-Getu-Scale"] == quarter.headers["X-Getu-Scale"]
    difference = pixel(week.body).astype(int) - pixel(quarter.body).astype(int)
    assert np.abs(difference[..., 3]).max() <= 6


def test_a_range_holds_both_of_its_days() -> None:
    # 3 days × 2 demands: the 1st and the 2nd hold 4, the 2nd alone 2, the day after none.
    steady = ledger(days=3, each_day=2)
    first = date(2026, 1, 1)
    assert len(steady.between(first, first + timedelta(days=1))) == 4
    assert len(steady.between(first + timedelta(days=1), first + timedelta(days=1))) == 2
    assert len(steady.between(date(2026, 1, 4), date(2027, 1, 1))) == 0


@pytest.mark.parametrize(
    ("value", "end"), [(0.0, 0.0), (0.7, 1.0), (1.0, 1.0), (1.2, 2.0), (9.998, 10.0), (24.2, 50.0)]
)
def test_a_scale_ends_at_a_number_that_is_read(value: float, end: float) -> None:
    assert heat.round_up(value) == pytest.approx(end)
