"""Case sets as they are read: heads with their report, cases with their claims, rulings, places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from layers.kit.ids import BuildingId, CaseId, CaseSetId, CommunityId, PlanId, RulingId
from layers.kit.json import Json

SetKind = Literal["grids", "borders"]


class ClaimValue(TypedDict):
    """What a claimant has of a case; see ``layers.grids.cases.claims.Claim``.

    ``border_m``: of land, its border with the claimant's settled land.
    """

    claimant: int
    share: float
    area_m2: float
    households: int | None
    distance_m: float
    border_m: NotRequired[float]


class CommunitySums(TypedDict):
    """What a set settles and leaves in doubt: settled + cases = the whole."""

    id: NotRequired[int]
    name: NotRequired[str]
    buildings: int
    households: int
    settled_buildings: int
    settled_households: int
    case_buildings: int
    case_households: int
    polygons: NotRequired[int]


class Apart(TypedDict):
    """A piece of a grid apart from its largest."""

    plots: int
    buildings: int
    households: int


class InPieces(TypedDict):
    """A grid (old code) that is not in one piece."""

    grid: str
    pieces: int
    apart: list[Apart]


class CommunityDraft(TypedDict):
    """What became of a community in the draft of a set."""

    id: int
    name: str
    grids: int
    households: int
    plots_cut: int
    area_moved_m2: int
    orphans: int
    shared: int
    pieces: list[InPieces]


# ``from`` is a word of the language, so these are written as calls.
Reassigned = TypedDict(
    "Reassigned",
    {
        "building": int,
        "kind": str,
        "to": str,
        "from": list[str],
        "households": int | None,
        "by": str | None,
    },
)
"""A building that was in doubt: to which grid (old code) it went, and who said so."""

BuildingMoved = TypedDict(
    "BuildingMoved",
    {
        "building": int,
        "label": str,
        "households": int | None,
        "from": str | None,
        "to": str,
    },
)
"""A building that changes its community."""


class DraftReport(TypedDict):
    """What making a draft of a set changed."""

    communities: list[CommunityDraft]
    grids: int
    households: int
    area_moved_m2: int
    by_proposal: int
    ruled: int
    buildings: list[Reassigned]


class CommunityMove(TypedDict):
    """A community whose border moves; ``came``, ``went``: buildings."""

    id: int
    name: str
    area_before_m2: int
    area_m2: int
    came: int
    came_households: int
    went: int
    went_households: int
    in_force: bool


class Problem(TypedDict):
    """A community that would lie in more pieces than before."""

    name: str
    pieces: int


class BorderReport(TypedDict):
    """What rulings about borders change; ``by``: who wrote it, once it is done."""

    communities: list[CommunityMove]
    buildings: list[BuildingMoved]
    problems: list[Problem]
    crumbs: int
    plan: bool
    drafts: list[str]
    by: NotRequired[str]


class SetReport(TypedDict, total=False):
    """What of a set needs no ruling, and what came of it. Empty until its cases are found.

    Of grids: ``polygons`` used, positions of those ``unused``, ``draft``. Of borders: a
    fingerprint of the ``ground``, ``areas`` in doubt, narrow ones (``silent``), ``change``.
    """

    communities: list[CommunitySums]
    polygons: int
    unused: list[int]
    untouched: list[str]
    draft: DraftReport
    ground: str
    areas: int
    silent: int
    silent_m2: int
    change: BorderReport


@dataclass(frozen=True, slots=True)
class CaseSet:
    """The head of a set; ``plan``: the name of the plan that came of it."""

    id: CaseSetId
    code: str
    kind: SetKind
    state: str
    name: str
    file_name: str
    sequence: int
    report: SetReport
    plan_id: PlanId | None
    made_by: str
    made_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    plan: str | None
    cases: int
    ruled: int
    deferred: int


@dataclass(frozen=True, slots=True)
class CaseItem:
    """A case with what is known of its building. ``label``: the building's name, else its estate
    and number; ``shape``: GeoJSON text; ``proposal``, ``ruled_to``: positions of claimants.
    """

    id: CaseId
    kind: str
    code: str
    community_id: CommunityId | None
    community: str | None
    building_id: BuildingId | None
    households: int | None
    area_m2: float
    claims: list[ClaimValue]
    proposal: int
    ruled_to: int | None
    is_deferred: bool
    ruled_by: str | None
    ruled_at: datetime | None
    sequence: int
    label: str | None
    address: str | None
    shape: str | None


@dataclass(frozen=True, slots=True)
class StandingCase:
    """How a case stands: what a ruling has to know, and nothing to draw."""

    id: CaseId
    kind: str
    community_id: CommunityId | None
    building_id: BuildingId | None
    households: int | None
    claims: list[ClaimValue]
    proposal: int
    ruled_to: int | None
    is_deferred: bool
    ruled_by: str | None
    sequence: int


@dataclass(frozen=True, slots=True)
class LastRuling:
    """Somebody's last step in a set; ``changes``: of its cases, or the numbers of a claimant."""

    id: RulingId
    sequence: int
    kind: str
    changes: Json
    made_by: str


@dataclass(frozen=True, slots=True)
class PlaceThere:
    """A station or a demand with its place in degrees; ``building_id``: that a demand names."""

    kind: Literal["station", "demand"]
    id: int
    code: str
    building_id: BuildingId | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class CommunityOutline:
    """A community as stored; ``geometry``: WKB in degrees."""

    id: CommunityId
    code: str
    name: str
    geometry: bytes
