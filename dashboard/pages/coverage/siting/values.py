"""What the panel of 布点建议 and the browser hand each other, each with its keys."""

from __future__ import annotations

from typing import TypedDict

from layers.coverage_gaps.sitings import ProposedSite, SitingAnswer


class AskedSiting(TypedDict):
    """What became of asking: the question's number, or why it was refused."""

    id: int | None
    says: str


class JobHeld(TypedDict):
    """What the browser keeps of a question that was asked."""

    id: int
    sites: list[ProposedSite]


class JobValue(TypedDict):
    """How far a question is: ``state`` of its proof, and the best answer so far.

    ``is_lost``: nobody works on it; with ``goes_on`` somebody will, by itself.
    """

    id: int
    state: str
    answer: SitingAnswer | None
    seconds: float
    is_lost: bool
    goes_on: bool
    is_stale: bool
    as_of: str
