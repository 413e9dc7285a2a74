"""What estates under construction will bring: by month, the grids that they fill over the limit.

1. An estate brings what is expected of it less the households that are counted there already;
   never less than nothing.
2. They are shared out over grids by the weights of the estate's parts, in whole households, the
   largest remainders first: nobody is lost and nobody is invented.
3. Months follow each other: what was delivered earlier is there when the next estate comes.
4. What should have been delivered by now, and is not, comes in the month of ``day``; it is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from layers.kit.load import is_over_limit


@dataclass(frozen=True, slots=True)
class Expectation:
    """An estate that is planned or being built.

    ``households``: expected in all; ``counted``: known of its buildings now. ``weights``: by grid
    id, any positive numbers; empty where no grid is known.
    """

    estate_id: int
    name: str
    community: str
    life: str
    households: int
    counted: int
    on: date
    weights: Mapping[int, float]

    @property
    def brings(self) -> int:
        """Return the households that are still to come (clause 1)."""
        return max(self.households - self.counted, 0)


@dataclass(frozen=True, slots=True)
class Load:
    """A grid's households now. ``plots``: of one plot, a grid is a building of its own."""

    grid_id: int
    name: str
    community: str
    households: int
    plots: int


@dataclass(frozen=True, slots=True)
class Filling:
    """A grid in a month that brings it households. ``over``: it newly exceeds the limit."""

    load: Load
    before: int
    after: int
    over: bool


@dataclass(frozen=True, slots=True)
class Month:
    """What comes in one month. ``first``: its first day. ``late``: estates that are overdue.

    ``nowhere``: households of estates that lie in no grid.
    """

    first: date
    estates: tuple[Expectation, ...]
    late: frozenset[int]
    fillings: tuple[Filling, ...]
    nowhere: int


def share_out(households: int, weights: Mapping[int, float]) -> dict[int, int]:
    """Return whole households by key, in proportion to the weights; their sum is kept (clause 2).

    Without a positive weight nothing is shared out.
    """
    whole = sum(w for w in weights.values() if w > 0)
    if whole <= 0:
        return {}
    exact = {k: households * w / whole for k, w in weights.items() if w > 0}
    shares = {k: int(v) for k, v in exact.items()}
    rest = households - sum(shares.values())
    for key in sorted(exact, key=lambda k: (shares[k] - exact[k], k))[:rest]:
        shares[key] += 1
    return shares


def forecast(
    expected: Sequence[Expectation], loads: Sequence[Load], limit: int, day: date
) -> list[Month]:
    """Return the months in which estates are delivered, the next first (clauses 1 to 4)."""
    now = {load.grid_id: load.households for load in loads}
    of = {load.grid_id: load for load in loads}
    this_month = day.replace(day=1)
    by_month: dict[date, list[Expectation]] = {}
    for e in expected:
        by_month.setdefault(max(e.on.replace(day=1), this_month), []).append(e)
    months = []
    for first in sorted(by_month):
        estates = sorted(by_month[first], key=lambda e: (e.on, e.estate_id))
        coming: dict[int, int] = {}
        nowhere = 0
        for e in estates:
            shares = share_out(e.brings, {g: w for g, w in e.weights.items() if g in of})
            nowhere += e.brings - sum(shares.values())
            for grid, households in shares.items():
                coming[grid] = coming.get(grid, 0) + households
        fillings = []
        for grid, households in coming.items():
            before = now[grid]
            now[grid] = before + households
            over = before <= limit and is_over_limit(now[grid], limit, of[grid].plots)
            fillings.append(Filling(of[grid], before, now[grid], over))
        fillings.sort(key=lambda f: (not f.over, f.load.grid_id))
        late = frozenset(e.estate_id for e in estates if e.on < day)
        months.append(Month(first, tuple(estates), late, tuple(fillings), nowhere))
    return months
