"""A scan laid on the map by pins: a place on the picture and the same place on the ground.

Two models, both by least squares over all pins:

1. Similarity (from 2 pins): moved, turned and scaled as a whole; what a flat scan of a map to
   scale needs. With z = x - iy of the picture (its rows run down) and w = X + iY of the ground,
   w = a z + b; a = sum(conj(z - mean z)(w - mean w)) / sum |z - mean z|^2 (Umeyama 1991, in the
   plane).
2. Affine (from 3 pins that lie on no line): stretched and slanted besides; what a photograph of
   a sheet or a paper that has shrunk one way needs.

Both are solved on coordinates about their means, so that seven-digit metres lose nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.kit.errors import InputError
from layers.kit.findings import Finding

Model = Literal["similarity", "affine"]
Floats = NDArray[np.float64]

LEAST: Final[dict[Model, int]] = {"similarity": 2, "affine": 3}
NEAR_PX: Final = 2.0
"""Pins nearer to each other, or to one line, fix no direction: a click is no better than this."""
NEAR_M: Final = 0.05


@dataclass(frozen=True, slots=True)
class Pinning:
    """How a picture lies: X = a x + b y + c, Y = d x + e y + f (pixels, y down; metres).

    ``residuals_m``: distance of each pin from where the model puts it. ``rms_m``: their root
    mean square; None when there are just as many pins as the model needs, which then fits them
    whatever they say. ``worst``: position of the worst pin, None likewise.
    """

    model: Model
    matrix: tuple[float, float, float, float, float, float]
    residuals_m: tuple[float, ...]
    rms_m: float | None
    worst: int | None

    def place(self, pixels: ArrayLike) -> Floats:
        """Return the ground of pixels, shape (n, 2)."""
        a, b, c, d, e, f = self.matrix
        x, y = np.asarray(pixels, np.float64).T
        return np.column_stack([a * x + b * y + c, d * x + e * y + f])

    def corners(self, width: int, height: int) -> Floats:
        """Return the ground of the picture's corners: top left, top right, bottom ones back."""
        return self.place([(0, 0), (width, 0), (width, height), (0, height)])

    @property
    def pixel_m(self) -> float:
        """Size of a pixel on the ground: the root of the area that it covers."""
        a, b, _, d, e, _ = self.matrix
        return float(np.sqrt(abs(a * e - b * d)))

    @property
    def is_mirrored(self) -> bool:
        """Tell whether the picture lies face down: pins were exchanged. Rows run down."""
        a, b, _, d, e, _ = self.matrix
        return a * e - b * d > 0


def pin(pixels: ArrayLike, ground: ArrayLike, model: Model) -> Pinning:
    """Lay a picture on the ground.

    ``pixels``: (n, 2), x right and y down. ``ground``: (n, 2), metres east and north. Raises
    InputError when there are too few pins, or they fix nothing.
    """
    seen, there = np.asarray(pixels, np.float64), np.asarray(ground, np.float64)
    if len(seen) < LEAST[model] or seen.shape != there.shape:
        raise _refusal(
            "pins_few",
            f"{model} needs at least {LEAST[model]} pins, there are {len(seen)}",
            least=LEAST[model],
            pins=len(seen),
        )
    if not (np.isfinite(seen).all() and np.isfinite(there).all()):
        raise _refusal("pins_nowhere", "a pin has no place")
    _check_spread(seen, NEAR_PX, model, "picture")
    _check_spread(there, NEAR_M, model, "map")
    from_mean, to_mean = seen.mean(axis=0), there.mean(axis=0)
    linear = _LINEAR[model](seen - from_mean, there - to_mean)
    shift = to_mean - linear @ from_mean
    (a, b), (d, e) = linear
    matrix = (float(a), float(b), float(shift[0]), float(d), float(e), float(shift[1]))
    # About the means again: the difference of two seven-digit numbers would keep few digits.
    off = (seen - from_mean) @ linear.T - (there - to_mean)
    residuals = np.hypot(off[:, 0], off[:, 1])
    if len(seen) == LEAST[model]:
        return Pinning(model, matrix, tuple(residuals.tolist()), None, None)
    rms = float(np.sqrt(np.mean(residuals**2)))
    return Pinning(model, matrix, tuple(residuals.tolist()), rms, int(residuals.argmax()))


def _similarity(seen: Floats, there: Floats) -> Floats:
    z, w = seen[:, 0] - 1j * seen[:, 1], there[:, 0] + 1j * there[:, 1]
    a = np.vdot(z, w) / np.vdot(z, z).real
    # w = a (x - iy): X = Re a · x + Im a · y, Y = Im a · x - Re a · y
    return np.array([[a.real, a.imag], [a.imag, -a.real]])


def _affine(seen: Floats, there: Floats) -> Floats:
    solved, *_ = np.linalg.lstsq(seen, there, rcond=None)
    return np.asarray(solved.T, np.float64)


_LINEAR: Final = {"similarity": _similarity, "affine": _affine}


def _check_spread(points: Floats, near: float, model: Model, where: str) -> None:
    """Raise InputError unless the pins lie apart; for affine: apart from one line too."""
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False) / np.sqrt(len(points))
    if spread[0] < near:
        raise _refusal("pins_one_place", f"the pins are one place on the {where}: spread them")
    if model == "affine" and spread[1] < near:
        raise _refusal("pins_one_line", f"the pins lie on one line on the {where}")


def _refusal(code: str, message: str, **values: int) -> InputError:
    return InputError(message, [Finding(code, values=values)])
