"""What a division gives, and what its job keeps: candidates side by side, and what they began from.

All of it is plain JSON. ``to`` and ``targets`` are ids of grids; negative numbers are new grids.
Paths are SVG in steps of the small map.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

from layers.grids.division.problem import Prefer
from layers.grids.judge.verdict import Certificate
from layers.kit.findings import Severity
from layers.kit.json import Json

What = Literal["divide", "repair", "split", "even"]


class MeasuresRow(TypedDict):
    """The figures that candidates are compared by; shares 0 to 1, lengths in metres."""

    grids: int
    lower_bound: int
    households: int
    largest: int
    smallest: int
    load_mean: float
    load_deviation: float
    compactness: float
    border_m: int
    street_share: float
    estates_small: int
    estates_split: int
    over_limit: int
    oversize_buildings: int
    in_pieces: int


class FindingRow(TypedDict):
    """What there is to say of a candidate in one community."""

    code: str
    severity: Severity
    values: Mapping[str, Json]


class GridRow(TypedDict):
    """A grid of a candidate; ``number``: None for a new one."""

    to: int
    number: int | None
    households: int
    plots: int
    changed: bool
    path: str


# ``from`` is a word of the language, so this one is written as a call.
MoveRow = TypedDict(
    "MoveRow",
    {
        "from": int | None,
        "to": int,
        "to_number": int | None,
        "households": int,
        "buildings": int,
        "reason": str | None,
    },
)
"""What moves from which grid (its number) to which, and why."""


class CandidateCommunityShown(TypedDict):
    """One community of a candidate, as it is shown. ``moved``, ``changed``: households."""

    id: int
    measures: MeasuresRow
    moved: int | None
    changed: int
    changed_buildings: int
    seconds: float
    grids: list[GridRow]
    moves: list[MoveRow]
    certificate: Certificate
    passed: bool


class CandidateCommunity(CandidateCommunityShown):
    """One community of a candidate, as it is kept. ``targets``: the grid of every plot."""

    targets: list[int]
    findings: list[FindingRow]


class CandidateHead(TypedDict):
    """One way to divide, in figures. ``also``: other wishes and seeds with the same answer."""

    prefer: Prefer | None
    seed: int
    also: list[tuple[Prefer | None, int]]
    measures: MeasuresRow
    moved: int | None
    changed: int
    changed_buildings: int
    passed: bool


class Candidate(CandidateHead):
    """One way to divide, as it is kept."""

    communities: list[CandidateCommunity]


class ShapeRow(TypedDict):
    """A shape of the small map."""

    households: int
    path: str


class CommunityShown(TypedDict):
    """A community as it was before, as it is shown. ``box``: its bounds on the small map."""

    id: int
    code: str
    name: str
    tessellation: int
    plan: int | None
    version: int
    plots: int
    households: int
    grids: int
    lower_bound: int
    kept: int
    box: list[int]
    map: list[ShapeRow]


class CommunityBefore(CommunityShown):
    """A community as it was before, as it is kept. ``before``: the grid of every plot, -1 none."""

    before: list[int]


class DivisionResult(TypedDict):
    """All candidates. ``before``: measures of what there is, None where a plot has no grid."""

    what: What
    draft: int | None
    keep_locked: bool
    limit: int
    minimum: int | None
    box: list[int]
    before: MeasuresRow | None
    communities: list[CommunityBefore]
    candidates: list[Candidate]
