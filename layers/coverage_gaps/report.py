"""The figures of an answer, once: the screen shows them, the exports write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from layers.coverage_gaps.answers.gaps import Gaps, Site, is_asked
from layers.coverage_gaps.answers.sums import Line, circle_on_paper, sum_up, total
from layers.coverage_gaps.store import Board

Grouping = Literal["grids", "communities"]
RADII_M = (300, 500, 1000)


@dataclass(frozen=True, slots=True)
class Paper:
    """A straight-line circle beside the walk: households inside it, and how many of those the
    walk does not reach within the limit.
    """

    radius_m: int
    households: int
    not_on_foot: int


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Everything that is shown of an answer. ``hours_unknown``: stations left out because they
    state no hours (only when opening hours are asked).
    """

    whole: Line
    lines: tuple[Line, ...]
    paper: tuple[Paper, ...]
    stations: int
    hours_unknown: int


def lay_report(board: Board, gaps: Gaps, grouping: Grouping) -> Report:
    """Return the figures of an answer by grid or community, worst first."""
    groups = board.grids if grouping == "grids" else board.communities
    question = gaps.question
    unknown = 0
    if question.weekday is not None:
        anytime = replace(question, weekday=None, clock=None)
        unknown = sum(
            not site.hours and is_asked(site, question.services, anytime) for site in board.sites
        )
    return Report(
        whole=total(gaps, board.people, board.county, ""),
        lines=tuple(sum_up(gaps, board.people, groups.of, groups.names)),
        paper=tuple(_paper(board, gaps, radius) for radius in RADII_M),
        stations=len({s.key for circle in gaps.circles for s in circle.sites}),
        hours_unknown=unknown,
    )


def _paper(board: Board, gaps: Gaps, radius_m: int) -> Paper:
    inside = np.ones(len(gaps.covered), bool)
    for circle in gaps.circles:
        inside &= circle_on_paper(circle.sites, board.door_x, board.door_y, float(radius_m))
    households = board.people.households
    return Paper(
        radius_m, int(households[inside].sum()), int(households[inside & ~gaps.covered].sum())
    )


def doors_outside(board: Board, gaps: Gaps, doors: NDArray[np.intp] | None = None) -> list[int]:
    """Return the doors outside, most households first (all of them, or of some doors)."""
    of = np.arange(len(gaps.covered)) if doors is None else doors
    outside = of[~gaps.covered[of]]
    order = np.lexsort((outside, -board.people.households[outside]))
    return [int(d) for d in outside[order]]


def nearest_names(gaps: Gaps, door: int) -> Sequence[tuple[tuple[str, ...], Site | None, float]]:
    """Return per circle its services, the nearest station that may serve the door, and seconds."""
    found = []
    for circle in gaps.circles:
        at = int(circle.station[door])
        site = circle.sites[at] if at >= 0 else None
        found.append((circle.services, site, float(circle.walk_s[door])))
    return found
