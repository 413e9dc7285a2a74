"""Whom a station may serve, and when: opening hours and service rules.

1. A station is open at a weekday and time when one of its hours holds it; hours that close before
   they open run past midnight. A station without stated hours is not known to be open.
2. ``nearest`` serves every household; ``own_division`` only those of the station's own division;
   ``comes_to_the_house`` those of its own division at their door, without a walk.
3. A household that no street reaches is never covered, whatever the rule (docs: product.md, 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from layers.kit.errors import InputError
from layers.service_circles.walking.compute import Reach

ServiceRule = Literal["nearest", "own_division", "comes_to_the_house"]
Hours = tuple[tuple[int, str, str], ...]
"""(weekday 1 Monday … 7 Sunday, opens "HH:MM", closes "HH:MM")."""


def clock_minutes(written: str) -> int:
    """Return the minutes since midnight of "HH:MM". Raises InputError for another form."""
    hour, _, minute = written.partition(":")
    if not (hour.isdecimal() and minute[:2].isdecimal()):
        raise InputError("{written} is not a time of day: write it as 10:00", written=written)
    minutes = int(hour) * 60 + int(minute[:2])
    if not 0 <= minutes <= 24 * 60 or int(minute[:2]) > 59:
        raise InputError("{written} is not a time of day: write it as 10:00", written=written)
    return minutes


def is_open(hours: Iterable[tuple[int, str, str]], weekday: int, clock: str) -> bool:
    """Tell whether a station with these hours is open (clause 1); a closing minute is shut."""
    at = clock_minutes(clock)
    for day, opens, closes in hours:
        start, end = clock_minutes(opens), clock_minutes(closes)
        if end > start and day == weekday and start <= at < end:
            return True
        if end <= start:  # past midnight
            if day == weekday and at >= start:
                return True
            if day % 7 + 1 == weekday and at < end:
                return True
    return False


def own_doors(code: str, door_codes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which doors lie in the division with ``code`` (door codes of any level below it)."""
    return np.fromiter((c.startswith(code) for c in door_codes), bool, len(door_codes))


def may_serve(
    rule: ServiceRule, reached: Reach, own: NDArray[np.bool_], untied: NDArray[np.bool_]
) -> Reach:
    """Return the doors that a station serves, of those it reaches on foot (clauses 2 and 3).

    ``own``: doors of the station's division. Doors served at home take no walk: 0 s.
    """
    if rule == "nearest":
        return reached
    if rule == "own_division":
        kept = own[reached.doors]
        return Reach(reached.doors[kept], reached.walk_s[kept])
    doors = np.flatnonzero(own & ~untied).astype(np.int32)
    return Reach(doors, np.zeros(len(doors)))
