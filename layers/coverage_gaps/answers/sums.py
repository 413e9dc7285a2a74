"""Sums of an answer: by grid, by community, of everything; and circles drawn on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.coverage_gaps.answers.gaps import Gaps, Site
from layers.service_circles.walking.network import Floats


@dataclass(frozen=True, slots=True)
class Line:
    """Sums of one group (grid, community, everything). Unknown counts of people are None."""

    key: str
    name: str
    households: int
    outside: int
    untied: int
    elderly_outside: int | None
    children_outside: int | None
    within: tuple[int, int, int]
    """Households with 0, 1, and 2 or more within reach."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Who lives behind each door; NaN where a count is unknown."""

    households: NDArray[np.int64]
    elderly: Floats
    children: Floats


def sum_up(
    gaps: Gaps, people: People, group: NDArray[np.integer], names: Sequence[tuple[str, str]]
) -> list[Line]:
    """Sum by group (``group[d]`` -1: none), the most households outside first."""
    lines = [
        _line(gaps, people, np.flatnonzero(group == number), key, name)
        for number, (key, name) in enumerate(names)
    ]
    return sorted(lines, key=lambda line: (-line.outside, line.key))


def total(gaps: Gaps, people: People, key: str, name: str) -> Line:
    """Sum everything."""
    return _line(gaps, people, np.arange(len(gaps.covered)), key, name)


def _line(gaps: Gaps, people: People, doors: NDArray[np.intp], key: str, name: str) -> Line:
    outside = doors[~gaps.covered[doors]]
    households = people.households
    reach = np.minimum(gaps.within[doors], 2)
    counts = np.bincount(reach, weights=households[doors], minlength=3).astype(int)
    return Line(
        key, name, int(households[doors].sum()), int(households[outside].sum()),
        int(households[doors[gaps.untied[doors]]].sum()),
        _known(people.elderly, outside), _known(people.children, outside),
        (int(counts[0]), int(counts[1]), int(counts[2])),
    )  # fmt: skip


def _known(values: Floats, doors: NDArray[np.intp]) -> int | None:
    """Return the sum of the known counts; None where doors are there and none is known."""
    known = values[doors][~np.isnan(values[doors])]
    return int(known.sum()) if len(known) or not len(doors) else None


def circle_on_paper(
    sites: Sequence[Site], door_x: Floats, door_y: Floats, radius_m: float
) -> NDArray[np.bool_]:
    """Tell which doors lie in a straight-line circle around any station (平面直径服务圈)."""
    inside = np.zeros(len(door_x), bool)
    for site in sites:
        inside |= np.hypot(door_x - site.x, door_y - site.y) <= radius_m
    return inside
