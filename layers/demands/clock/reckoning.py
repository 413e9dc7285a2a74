"""Deadlines of many demands at once, from what their events mean for time. Pure, columns only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from layers.demands.clock.calendar import BusinessTime, Calendar, Moments
from layers.kit.demands.workflow import UNITS, Unit

BEGIN, STOP, PAUSE, RESUME, EXTEND, DUE = range(6)
"""What an event means for the clock. A ``DUE`` fixes a deadline, or takes it away."""
NEVER: Final = np.int64(2**62)
NO_LIMIT: Final = np.int64(-(2**62))


@dataclass(frozen=True, slots=True)
class Marks:
    """What means something for time, in order of demand and event.

    ``run``: 0…n-1, which clock it is of. ``amount``: seconds of ``unit`` (index into ``UNITS``) of
    a ``BEGIN`` (``NO_LIMIT`` for none) or an ``EXTEND``; the moment of a ``DUE``.
    """

    run: NDArray[np.int64]
    kind: NDArray[np.int64]
    at: Moments
    amount: NDArray[np.int64]
    unit: NDArray[np.int64]

    def only(self, chosen: NDArray[np.bool_]) -> Marks:
        """Return some of them."""
        return Marks(
            self.run[chosen], self.kind[chosen], self.at[chosen], self.amount[chosen],
            self.unit[chosen],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Of each clock: when it began and stopped (``NEVER``), when it is due (``NEVER``: no limit).

    ``ends``: (n, s) when each part of its time was over; ``pauses``: (n, p, 2). ``units``: (n, s).
    ``overdue_s``, ``left_s``: counted seconds in the unit of its last part.
    """

    begin: Moments
    stop: Moments
    due: Moments
    ends: Moments
    units: NDArray[np.int64]
    pauses: Moments
    is_paused: NDArray[np.bool_]
    overdue_s: NDArray[np.int64]
    left_s: NDArray[np.int64]
    is_provisional: NDArray[np.bool_]


def business_times(
    calendar: Calendar, hours: tuple[tuple[int, int], ...]
) -> dict[Unit, BusinessTime]:
    """Return what counts each unit."""
    return {unit: BusinessTime(unit, calendar, hours) for unit in UNITS}


def reckon(
    marks: Marks, count: int, times: Mapping[Unit, BusinessTime], calendar: Calendar, now: int
) -> Reckoning:
    """Return the clocks of ``count`` runs at a moment.

    1. A clock begins at its first mark and stops at its ``STOP``; until then it runs to ``now``.
    2. Its time is made of parts: the limit, then what it was extended by, each in its own unit. A
       ``DUE`` takes the place of all parts before it: so many minutes from there to that moment.
    3. Nothing is counted in a pause. One that is not over lasts until now: its deadline moves on.
    """
    begin, stop = _first(marks, BEGIN, count), _first(marks, STOP, count)
    until = np.minimum(stop, np.maximum(begin, np.int64(now)))
    pauses, is_paused = _pauses(marks, count, until)
    starts, units, amounts, has_limit = _parts(marks, count, begin)
    ends = np.empty((count, units.shape[1]), np.int64)
    at = starts
    for part in range(units.shape[1]):
        at = _over(at, units[:, part], amounts[:, part], pauses, times)
        ends[:, part] = at
    due = np.where(has_limit, ends[:, -1], NEVER)
    last = _last_unit(units, amounts)
    is_late = until > due
    counted = _counted(np.minimum(due, until), np.maximum(due, until), last, pauses, times, is_late)
    left = np.where(has_limit & ~is_late, counted, 0)
    provisional = calendar.is_provisional(begin, np.where(has_limit, due, begin))
    return Reckoning(
        begin, stop, due, ends, units, pauses, is_paused,
        np.where(has_limit & is_late, counted, 0), left,
        provisional & has_limit & np.any((units > 0) & (amounts != 0), axis=1),
    )  # fmt: skip


def _first(marks: Marks, kind: int, count: int) -> Moments:
    found = np.full(count, NEVER)
    mine = marks.only(marks.kind == kind)
    # Written from the last to the first, so that the first one stays.
    found[mine.run[::-1]] = mine.at[::-1]
    return found


def _rank(run: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of each mark within its run, from 0."""
    if not len(run):
        return run
    fresh = np.concatenate([[True], run[1:] != run[:-1]])
    begins = np.flatnonzero(fresh)
    return np.asarray(np.arange(len(run)) - np.repeat(begins, np.diff([*begins, len(run)])))


def _pauses(marks: Marks, count: int, until: Moments) -> tuple[Moments, NDArray[np.bool_]]:
    """Return (n, p, 2) pauses in order, empty ones at NEVER, and whether one is not over."""
    mine = marks.only((marks.kind == PAUSE) | (marks.kind == RESUME))
    # A pause within a pause, or an end of none, says nothing.
    before = np.concatenate([[-1], mine.run[:-1]]) == mine.run
    last = np.concatenate([[RESUME], mine.kind[:-1]])
    paused_before = before & (last == PAUSE)
    mine = mine.only(paused_before == (mine.kind == RESUME))
    begun, over = mine.only(mine.kind == PAUSE), mine.only(mine.kind == RESUME)
    rank = _rank(begun.run)
    pauses = np.full((count, int(rank.max(initial=-1)) + 1, 2), NEVER)
    pauses[begun.run, rank, 0] = begun.at
    pauses[over.run, _rank(over.run), 1] = over.at
    is_open = (pauses[..., 0] < NEVER) & (pauses[..., 1] == NEVER)
    pauses[..., 1] = np.where(is_open, np.maximum(until[:, None], pauses[..., 0]), pauses[..., 1])
    return pauses, np.any(is_open, axis=1)


def _parts(
    marks: Marks, count: int, begin: Moments
) -> tuple[Moments, NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return from when time counts, and (n, s) units and amounts of its parts (clause 2)."""
    mine = marks.only((marks.kind == BEGIN) | (marks.kind == EXTEND) | (marks.kind == DUE))
    fixing = np.flatnonzero(mine.kind == DUE)
    newest = np.full(count, -1, np.int64)
    newest[mine.run[fixing]] = fixing  # the last one written stays
    mine_order = np.arange(len(mine.run))
    from_here = mine.only(mine_order >= newest[mine.run])
    rank = _rank(from_here.run)
    shape = (count, int(rank.max(initial=0)) + 1)
    units, amounts = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    is_due = from_here.kind == DUE
    said = np.where(
        is_due & (from_here.amount != NO_LIMIT), from_here.amount - from_here.at, from_here.amount
    )
    units[from_here.run, rank] = np.where(is_due, 0, from_here.unit)
    amounts[from_here.run, rank] = np.where(said == NO_LIMIT, 0, said)
    starts = begin.copy()
    has_limit = np.zeros(count, bool)
    first = rank == 0
    starts[from_here.run[first]] = from_here.at[first]
    has_limit[from_here.run[first]] = said[first] != NO_LIMIT
    return starts, units, amounts, has_limit


def _over(
    at: Moments,
    unit: NDArray[np.int64],
    amount: NDArray[np.int64],
    pauses: Moments,
    times: Mapping[Unit, BusinessTime],
) -> Moments:
    """Return when ``amount`` seconds of each unit are over from ``at`` on, pauses left out."""
    found = at.copy()
    for number, name in enumerate(UNITS):
        rows = np.flatnonzero((unit == number) & (amount != 0))
        if not len(rows):
            continue
        time = times[name]  # type: ignore[index]
        since, rest = at[rows], amount[rows]
        for p in range(pauses.shape[1]):
            # Most demands are never paused: only those that are go this way.
            at_p = np.flatnonzero((pauses[rows, p, 0] < NEVER) & (pauses[rows, p, 1] > since))
            at_p = at_p[rest[at_p] != 0]
            begin, end = pauses[rows[at_p], p, 0], pauses[rows[at_p], p, 1]
            until = np.maximum(begin, since[at_p])
            have = time.count(until) - time.count(since[at_p])
            enough = rest[at_p] <= have
            over = time.after(since[at_p], rest[at_p])
            since[at_p] = np.where(enough, over, end)
            rest[at_p] = np.where(enough, 0, rest[at_p] - have)
        found[rows] = np.where(rest == 0, since, time.after(since, rest))
    return found


def _last_unit(units: NDArray[np.int64], amounts: NDArray[np.int64]) -> NDArray[np.int64]:
    found = units[:, 0].copy()
    for part in range(1, units.shape[1]):
        found = np.where(amounts[:, part] != 0, units[:, part], found)
    return found


def _counted(
    begin: Moments,
    end: Moments,
    unit: NDArray[np.int64],
    pauses: Moments,
    times: Mapping[Unit, BusinessTime],
    leaves_pauses: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return the seconds between two moments in each unit; without pauses where said so."""
    found = np.zeros(len(begin), np.int64)
    for number, name in enumerate(UNITS):
        rows = np.flatnonzero((unit == number) & (end < NEVER))
        if not len(rows):
            continue
        time = times[name]  # type: ignore[index]
        since, until = begin[rows], end[rows]
        counted = time.count(until) - time.count(since)
        for p in range(pauses.shape[1]):
            at_p = np.flatnonzero((pauses[rows, p, 0] < NEVER) & leaves_pauses[rows])
            low = np.clip(pauses[rows[at_p], p, 0], since[at_p], until[at_p])
            high = np.clip(pauses[rows[at_p], p, 1], since[at_p], until[at_p])
            counted[at_p] -= time.count(high) - time.count(low)
        found[rows] = counted
    return found
