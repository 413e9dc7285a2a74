"""What may lie along the border of two neighbouring plots."""

from __future__ import annotations

from enum import IntEnum


class Barrier(IntEnum):
    """What a walker has to cross between two plots: a cost, never a break of contiguity."""

    NONE = 0
    STREET = 1
    MAIN_STREET = 2
    RAIL = 3
    WATER = 4
    WALL = 5


def barrier_code(name: str | None) -> int:
    """Return the code of a barrier's name as frames carry it; unknown names and None are NONE."""
    if name is None:
        return int(Barrier.NONE)
    try:
        return int(Barrier[str(name).upper()])
    except KeyError:
        return int(Barrier.NONE)
