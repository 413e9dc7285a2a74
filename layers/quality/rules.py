"""What is looked at, what it weighs, and the score from 0 to 100 that it makes.

1. Each check has a base (what can be wrong) and a number of wrong ones; its share is what is right.
2. A check without a base (no station at all) is left out: nothing is known, good or bad.
3. The score is 100 × Σ weight · share ÷ Σ weight over the checks that have a base.
4. What a check costs is 100 × weight · (1 − share) ÷ Σ weight: mended wholly, it gives that back.
5. A score is cut, not rounded, to one digit: 100.0 is said only where nothing is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Unit = Literal["buildings", "households", "streets", "stations"]

STALE_MONTHS = 3
MONTHS_LEAST, MONTHS_MOST = 1, 60


@dataclass(frozen=True, slots=True)
class Check:
    """One question to the data. ``weight`` 0: shown, never scored. ``unit``: what is counted."""

    key: str
    weight: int
    unit: Unit


CHECKS: tuple[Check, ...] = (
    Check("uncounted", 25, "buildings"),
    Check("unplaced", 15, "households"),
    Check("estimated", 15, "buildings"),
    Check("stale", 15, "buildings"),
    Check("untied", 10, "buildings"),
    Check("unnamed", 5, "buildings"),
    Check("overlapping", 5, "buildings"),
    Check("crossing", 5, "streets"),
    Check("off_network", 5, "stations"),
    Check("levels", 0, "buildings"),
)
KEYS = tuple(check.key for check in CHECKS)


@dataclass(frozen=True, slots=True)
class Figure:
    """``wrong`` of ``base``, in the unit of the check."""

    wrong: int
    base: int

    @property
    def share(self) -> float | None:
        """Return what is right, 0 to 1; None without a base.

        More wrong than there is (a street that crosses many others) is nothing right.
        """
        return None if self.base == 0 else max(0.0, 1 - self.wrong / self.base)


@dataclass(frozen=True, slots=True)
class Part:
    """What one check adds to a score: ``costs`` are the points that it takes away."""

    key: str
    weight: int
    costs: float


@dataclass(frozen=True, slots=True)
class Score:
    """``points`` 0 to 100, None where nothing can be scored; ``parts`` in the order of CHECKS."""

    points: float | None
    parts: tuple[Part, ...]

    @property
    def next_steps(self) -> tuple[Part, ...]:
        """Return what would raise the score, the most first."""
        return tuple(sorted((p for p in self.parts if p.costs > 0), key=lambda p: -p.costs))


def score(figures: Mapping[str, Figure]) -> Score:
    """Return the score of a place from its figures by check (clauses 1 to 5)."""
    shares = [
        (check, share)
        for check in CHECKS
        if check.weight and check.key in figures
        and (share := figures[check.key].share) is not None
    ]  # fmt: skip
    whole = sum(check.weight for check, _ in shares)
    if not whole:
        return Score(None, ())
    parts = tuple(
        Part(check.key, check.weight, 100 * check.weight * (1 - share) / whole)
        for check, share in shares
    )
    points = 100 * math.fsum(check.weight * share for check, share in shares) / whole
    # 1e-9: a whole number must not be cut because of the last bit.
    return Score(math.floor(points * 10 + 1e-9) / 10, parts)


def together(several: Iterable[Mapping[str, Figure]]) -> dict[str, Figure]:
    """Return the figures of places taken together."""
    sums: dict[str, tuple[int, int]] = {}
    for figures in several:
        for key, figure in figures.items():
            wrong, base = sums.get(key, (0, 0))
            sums[key] = (wrong + figure.wrong, base + figure.base)
    return {key: Figure(*pair) for key, pair in sums.items()}


def months_old(counted_on: date, day: date) -> int:
    """Return the whole months from one day to another; 0 for a day that is still to come."""
    months = (day.year - counted_on.year) * 12 + day.month - counted_on.month
    # The last day of a month is a month before any later last day (31 January, 28 February).
    if day.day < counted_on.day and not _is_last(day):
        months -= 1
    return max(months, 0)


def _is_last(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1
