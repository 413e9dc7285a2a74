"""The phases that another platform may tell of a demand; what people may do: ``next.py``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

# From a state to those that may follow at once. Closed, merged and withdrawn are ends.
STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "received": ("accepted", "merged", "withdrawn"),
    "accepted": ("dispatched", "handling", "merged", "withdrawn"),
    "dispatched": ("accepted", "handling", "merged", "withdrawn"),
    "handling": ("dispatched", "replied", "withdrawn"),
    "replied": ("handling", "closed"),
    "closed": (),
    "merged": (),
    "withdrawn": (),
}


@cache
def reachable(state: str) -> frozenset[str]:
    """Return the states that a demand can come to from one, in one step or several."""
    found: set[str] = set()
    waiting = list(STEPS[state])
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting += STEPS[step]
    return frozenset(found)


def may_become(before: str, after: str) -> bool:
    """Tell whether a demand that was in one state may be in another one now.

    Another platform tells the state of today, not every step on the way to it.
    """
    return before == after or after in reachable(before)
