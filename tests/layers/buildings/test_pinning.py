"""A scan laid on the ground by pins: exact where it can be, least squares where it cannot."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.buildings.pinning import Model, pin
from layers.kit.errors import InputError

# A sheet of 1000 × 800 pixels at 0.5 m a pixel, upright, its corner at (36_400_000, 2_900_000).
SHEET = np.array([(0.0, 0.0), (1000.0, 0.0), (1000.0, 800.0), (0.0, 800.0)])
UPRIGHT = np.column_stack([36_400_000 + 0.5 * SHEET[:, 0], 2_900_000 - 0.5 * SHEET[:, 1]])

scales = st.floats(0.05, 20)
turns = st.floats(-math.pi, math.pi)
shifts = st.tuples(st.floats(-4e7, 4e7), st.floats(0, 6e6))


def laid(pixels: np.ndarray, scale: float, turn: float, shift: tuple[float, float]) -> np.ndarray:
    """Turn about the origin by ``turn`` and scale; rows of a picture run down."""
    x, y = pixels[:, 0], -pixels[:, 1]
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    return np.column_stack([c * x - s * y + shift[0], s * x + c * y + shift[1]])


def test_two_pins_lay_an_upright_sheet_at_half_a_metre_a_pixel() -> None:
    found = pin(SHEET[[0, 2]], UPRIGHT[[0, 2]], "similarity")
    assert found.pixel_m == pytest.approx(0.5, abs=1e-9)
    assert found.corners(1000, 800) == pytest.approx(UPRIGHT, abs=1e-6)
    assert found.rms_m is None  # two pins always fit: nothing can be said of their error
    assert found.worst is None
    assert not found.is_mirrored


@given(scales, turns, shifts)
def test_a_similarity_is_found_again_by_both_models(
    scale: float, turn: float, shift: tuple[float, float]
) -> None:
    ground = laid(SHEET, scale, turn, shift)
    for model in ("similarity", "affine"):
        found = pin(SHEET, ground, model)
        assert found.pixel_m == pytest.approx(scale, rel=1e-6)
        assert found.corners(1000, 800) == pytest.approx(ground, abs=1e-5)
        assert max(found.residuals_m) < 1e-5
        assert not found.is_mirrored


def test_one_wrong_pin_of_five_is_named() -> None:
    pixels = np.vstack([SHEET, [(500.0, 400.0)]])
    ground = laid(pixels, 0.5, 0.3, (1000.0, 2000.0))
    ground[1] += (12.0, 0.0)
    for model in ("similarity", "affine"):
        found = pin(pixels, ground, model)
        assert found.worst == 1
        assert found.rms_m == pytest.approx(
            math.sqrt(np.mean(np.square(found.residuals_m))), rel=1e-12
        )


def test_a_paper_that_shrank_one_way_needs_affine() -> None:
    # 2 % shorter down the sheet: 800 px · 0.5 m · 2 % = 8 m at the far edge.
    ground = UPRIGHT.copy()
    ground[:, 1] = 2_900_000 - 0.5 * 0.98 * SHEET[:, 1]
    assert max(pin(SHEET, ground, "affine").residuals_m) < 1e-6
    assert max(pin(SHEET, ground, "similarity").residuals_m) > 1.5


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=4, max_size=4))
def test_least_squares_is_no_worse_than_the_true_sheet(errors: list[tuple[float, float]]) -> None:
    """The sum of squares at the least-squares fit is at most that of any other similarity."""
    wrong = np.asarray(errors)
    ground = UPRIGHT + wrong
    for model in ("similarity", "affine"):
        found = pin(SHEET, ground, model)
        assert sum(r * r for r in found.residuals_m) <= float((wrong**2).sum()) + 1e-6


def test_affine_fits_at_least_as_well_as_similarity() -> None:
    ground = UPRIGHT + np.array([(1.0, 2.0), (-3.0, 0.5), (0.0, -1.0), (2.0, 2.0)])
    square = {m: sum(r * r for r in pin(SHEET, ground, m).residuals_m) for m in _MODELS}
    assert square["affine"] <= square["similarity"]


def test_a_sheet_that_lies_face_down_is_said() -> None:
    mirrored = UPRIGHT[[1, 0, 3, 2]]
    assert pin(SHEET, mirrored, "affine").is_mirrored


_MODELS: tuple[Model, ...] = ("similarity", "affine")


@pytest.mark.parametrize(
    ("pixels", "ground", "model", "said"),
    [
        (SHEET[:1], UPRIGHT[:1], "similarity", "at least 2 pins"),
        (SHEET[:2], UPRIGHT[:2], "affine", "at least 3 pins"),
        (SHEET[[0, 0]], UPRIGHT[[0, 2]], "similarity", "one place on the picture"),
        (SHEET[[0, 2]], UPRIGHT[[0, 0]], "similarity", "one place on the map"),
        ([(0, 0), (50, 50), (100, 100)], UPRIGHT[:3], "affine", "one line on the picture"),
        (SHEET[:3], [(0, 0), (5, 5), (9, 9)], "affine", "one line on the map"),
        ([(0, 0), (1, math.nan)], UPRIGHT[:2], "similarity", "no place"),
    ],
)
def test_pins_that_fix_nothing_are_refused(
    pixels: np.ndarray, ground: np.ndarray, model: Model, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        pin(pixels, ground, model)
