"""Terrain as light and shade."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from layers.base_map.hillshade import ALTITUDE_DEG, SIDE_MAX_PX, picture, shade
from layers.kit.ground.elevation import Elevation

FLAT = np.sin(np.radians(ALTITUDE_DEG))  # 0.7071: the light stands 45° high
ROW, COLUMN = np.mgrid[0:20, 0:20].astype(float)


def test_flat_ground_is_lit_by_the_height_of_the_light() -> None:
    assert shade(np.full((5, 5), 300.0), 10.0) == pytest.approx(FLAT)


@pytest.mark.parametrize(
    ("heights", "brighter"),
    [
        (COLUMN * 5, True),  # falls to the west, towards the light in the north-west
        (-COLUMN * 5, False),
        (ROW * 5, True),  # rows run south: falls to the north
        (-ROW * 5, False),
    ],
)
def test_slopes_that_face_the_north_west_are_lit_and_others_are_shaded(
    heights: np.ndarray, brighter: bool
) -> None:
    lit = shade(heights, 10.0)[10, 10]
    assert (lit > FLAT) == brighter


def test_a_slope_of_45_degrees_towards_the_light_is_fully_lit() -> None:
    # Normal = light: cos 0 = 1. Falling to the north-west by 1 m in each m along it.
    heights = (COLUMN + ROW) * 10.0 / np.sqrt(2)
    assert shade(heights, 10.0)[10, 10] == pytest.approx(1.0)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(1, 100))
def test_light_is_between_0_and_1_and_does_not_depend_on_the_height(
    east: float, south: float, cell_m: float
) -> None:
    heights = (COLUMN * east + ROW * south) * cell_m
    lit = shade(heights, cell_m)
    assert lit.min() >= 0
    assert lit.max() <= 1
    assert lit == pytest.approx(shade(heights + 1000, cell_m), abs=1e-6)


def rgba(webp: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(webp)).convert("RGBA"))


BOUNDS = (106.0, 28.0, 106.02, 28.01)


def terrain(values: np.ndarray) -> Elevation:
    rows, columns = values.shape
    return Elevation(
        values.astype(np.float32), 105.99, 28.02, 0.04 / columns, 0.03 / rows, 4326, "t"
    )


def test_flat_ground_leaves_the_colour_under_it_as_it_is() -> None:
    image = rgba(picture(terrain(np.full((40, 40), 500.0)), BOUNDS))
    assert image[..., 3].max() == 0
    assert max(image.shape[:2]) == SIDE_MAX_PX


def test_unknown_ground_is_transparent() -> None:
    image = rgba(picture(terrain(np.full((40, 40), np.nan)), BOUNDS))
    assert image[..., 3].max() == 0


def test_a_hill_has_a_light_side_in_the_north_west_and_a_dark_one_in_the_south_east() -> None:
    row, column = np.mgrid[0:120, 0:120]
    hill = 400 * np.exp(-((row - 60) ** 2 + (column - 60) ** 2) / 200)
    image = rgba(picture(terrain(hill), BOUNDS))
    height, width = image.shape[:2]
    # Alpha is lossy, so a quarter of the picture is compared and not a pixel.
    light = image[: height // 2, : width // 2]
    dark = image[height // 2 :, width // 2 :]
    assert light[..., :3][light[..., 3] > 20].mean() > 200
    assert dark[..., :3][dark[..., 3] > 20].mean() < 55
