"""Which days are worked, as far as that is published, and time counted on those days. Pure.

Moments are whole seconds since 1970 in the county's own time, without summer time (China has
none). A day is its number since 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from layers.kit.demands.workflow import Unit

DayKind = Literal["working", "weekend", "holiday", "make_up"]
KINDS: Final[tuple[DayKind, ...]] = ("working", "weekend", "holiday", "make_up")
WORKED: Final = np.array([True, False, False, True])
CHINA: Final = timezone(timedelta(hours=8))
DAY_S: Final = 86_400
_EPOCH: Final = date(1970, 1, 1)
Moments = NDArray[np.int64]


def moment(at: datetime) -> int:
    """Return a time as seconds of the county's clock; parts of a second are dropped."""
    return int(at.timestamp() // 1) + 8 * 3600


def time_of(seconds: int) -> datetime:
    """Return what ``moment`` was made of."""
    return datetime.fromtimestamp(int(seconds) - 8 * 3600, CHINA)


def day_number(day: date) -> int:
    """Return the days since 1970."""
    return (day - _EPOCH).days


@dataclass(frozen=True)
class Calendar:
    """The kind of each day from ``first`` on (index into ``KINDS``), and whether it is published.

    What is not published is counted by weekends alone, which is provisional.
    """

    first: int
    kinds: NDArray[np.int8]
    is_known: NDArray[np.bool_]

    @cached_property
    def unknown_before(self) -> NDArray[np.int64]:
        """Return how many days before each day are not published."""
        return np.concatenate([[0], np.cumsum(~self.is_known)])

    def kind(self, day: int) -> DayKind:
        """Return the kind of a day."""
        return KINDS[int(self.kinds[self.index(day)])]

    def index(self, day: int) -> int:
        """Return where a day stands, the nearest one where it is outside."""
        return min(max(day - self.first, 0), len(self.kinds) - 1)

    def is_provisional(self, begin: Moments, end: Moments) -> NDArray[np.bool_]:
        """Tell whether a span touches a day that is not published."""
        low = np.clip(begin // DAY_S - self.first, 0, len(self.kinds))
        high = np.clip(end // DAY_S - self.first + 1, 0, len(self.kinds))
        outside = (begin // DAY_S < self.first) | (end // DAY_S >= self.first + len(self.kinds))
        return np.asarray((self.unknown_before[high] > self.unknown_before[low]) | outside)


def make_calendar(told: Mapping[date, DayKind], first: date, last: date) -> Calendar:
    """Return the calendar of ``first`` to ``last``; days that nobody told are provisional."""
    begin, count = day_number(first), (last - first).days + 1
    days = np.arange(begin, begin + count)
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
    kinds = np.where(weekday >= 5, 1, 0).astype(np.int8)
    known = np.zeros(count, bool)
    for day, kind in told.items():
        at = day_number(day) - begin
        if 0 <= at < count:
            kinds[at] = KINDS.index(kind)
            known[at] = True
    return Calendar(begin, kinds, known)


class BusinessTime:
    """Counts the seconds of a unit between moments, and finds when so many have passed.

    1. ``minutes`` run always.
    2. ``working_days`` run through the whole of worked days: three of them from Monday ten o'clock
       end on Thursday at ten.
    3. ``working_hours`` run within the office hours (minutes of the day) of worked days.

    Sums by day and by second of the day are made once: an answer is two look-ups, for one moment
    or for a million.
    """

    def __init__(self, unit: Unit, calendar: Calendar, hours: tuple[tuple[int, int], ...]) -> None:
        self._runs_always = unit == "minutes"
        windows = hours if unit == "working_hours" else ((0, 24 * 60),)
        open_ = np.zeros(DAY_S, bool)
        for begin, end in windows:
            open_[begin * 60 : end * 60] = True
        # Counted seconds before each second of the day, and the first second with so many.
        self._within = np.concatenate([[0], np.cumsum(open_)]).astype(np.int64)
        self._whole = int(self._within[-1])
        self._reached = np.searchsorted(self._within, np.arange(self._whole + 1)).astype(np.int64)
        self._first = calendar.first
        self._worked = WORKED[calendar.kinds]
        self._before = np.concatenate([[0], np.cumsum(self._worked)]).astype(np.int64) * self._whole
        self._worked_days = np.append(np.flatnonzero(self._worked), len(self._worked) - 1)

    def count(self, at: Moments) -> Moments:
        """Return the counted seconds from the calendar's beginning to each moment."""
        if self._runs_always:
            return at
        day = np.clip(at // DAY_S - self._first, 0, len(self._worked) - 1)
        second = at - (day + self._first) * DAY_S
        second = np.clip(second, 0, DAY_S)
        return np.asarray(self._before[day] + self._worked[day] * self._within[second])

    def after(self, at: Moments, amount: Moments) -> Moments:
        """Return the first moment from ``at`` on when ``amount`` seconds more are counted.

        Past the calendar's last day it is that day's end.
        """
        if self._runs_always:
            return np.asarray(at + amount)
        wanted = np.minimum(self.count(at) + amount, self._before[-1] + 1)
        # The second that is wanted is the last one of its day where it falls on the day's end.
        whole_days = np.maximum(wanted - 1, 0) // self._whole
        rest = np.minimum(wanted - whole_days * self._whole, self._whole)
        ends = whole_days >= len(self._worked_days) - 1
        found = (self._worked_days[np.minimum(whole_days, len(self._worked_days) - 1)]
                 + self._first) * DAY_S + self._reached[np.maximum(rest, 0)]  # fmt: skip
        if ends.any():
            found = np.where(ends, (self._first + len(self._worked)) * DAY_S, found)
        return np.asarray(np.where(amount <= 0, at, np.maximum(found, at)))
