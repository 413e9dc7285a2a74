"""The visit sheet of a grid (走访单): its buildings outside in an order that saves walking.

Pure. The order begins at the building nearest to the start, goes on to the nearest one left, and
is then bettered by turning pieces of it round (2-opt, Croes 1958) while that saves walking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from layers.service_circles.walking.network import Floats

ROUNDS_MAX = 40


def walking_order(seconds: Floats, first: int) -> list[int]:
    """Return an order of all places from ``first`` on; ``seconds[a, b]`` walks a → b.

    Ways there and back are averaged, so that turning a piece round costs what it saves.
    """
    count = len(seconds)
    if count == 0:
        return []
    both = (seconds + seconds.T) / 2.0
    left = set(range(count)) - {first}
    order = [first]
    while left:
        here = both[order[-1]]
        following = min(left, key=lambda place: (here[place], place))
        order.append(following)
        left.discard(following)
    return _without_crossings(both, np.array(order)).tolist()


def _without_crossings(both: Floats, order: NDArray[np.int64]) -> NDArray[np.int64]:
    for _ in range(ROUNDS_MAX):
        is_better = False
        for start in range(1, len(order) - 1):
            before = order[start - 1]
            for end in range(start + 1, len(order)):
                after = order[end + 1] if end + 1 < len(order) else None
                old = both[before, order[start]] + (
                    both[order[end], after] if after is not None else 0.0
                )
                new = both[before, order[end]] + (
                    both[order[start], after] if after is not None else 0.0
                )
                if new < old - 1e-9:
                    order[start : end + 1] = order[start : end + 1][::-1]
                    is_better = True
        if not is_better:
            break
    return order


def length_of(seconds: Floats, order: Sequence[int]) -> float:
    """Return the seconds of an order, there and back averaged."""
    both = (seconds + seconds.T) / 2.0
    return float(sum(both[a, b] for a, b in pairwise(order)))


@dataclass(frozen=True, slots=True)
class Visit:
    """One line of the sheet."""

    order: int
    building_id: int
    name: str
    address: str
    households: int
    elderly: int | None
    children: int | None
    station: str
    minutes: float | None
    why: str
