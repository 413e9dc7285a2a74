"""Grids as they are read for the map and its panels: shown, in detail, summed up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from data.duty.read_answering import Answering
from layers.kit.ids import AreaId, CommunityId, DivisionId, GridId, PlanId


@dataclass(frozen=True, slots=True)
class DrawnGrid:
    """A grid as the map draws it; ``geometry``: GeoJSON text, EPSG:4326; label in degrees."""

    grid_id: GridId
    code: str
    number: int
    name: str
    households: int
    persons: int | None
    buildings: int
    plots: int
    in_force: bool
    community: str
    label_lon: float
    label_lat: float
    geometry: str


@dataclass(frozen=True, slots=True)
class ShownGrid:
    """A grid of the plan that is shown, with its area (片区) and that area's households."""

    grid_id: GridId
    code: str
    number: int
    name: str
    households: int
    persons: int | None
    buildings: int
    plots: int
    in_force: bool
    community: str
    type: str
    area: str | None
    area_households: int | None
    label_lon: float
    label_lat: float
    geometry: str


@dataclass(frozen=True, slots=True)
class GridHead:
    """A grid in its plan, as it was judged on ``judged_on``; ``west`` … ``north``: degrees."""

    plan_id: PlanId
    code: str
    number: int
    name: str
    households: int
    persons: int | None
    buildings: int
    plots: int
    judged_on: date | None
    in_force_to: date | None
    area_m2: float
    community: str
    subdistrict: str | None
    plan: str
    stage: str
    document_number: str | None
    in_force_from: date | None
    area: str | None
    area_id: AreaId | None
    area_households: int | None
    community_id: CommunityId
    subdistrict_id: DivisionId | None
    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class OrganisationOfGrid:
    """An organisation of a grid."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class GridDetail:
    """A grid with who answers for it."""

    head: GridHead
    posts: tuple[Answering, ...]
    organisations: tuple[OrganisationOfGrid, ...]


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """The figures of the plan that is shown; None where it has no grids or nobody knows.

    ``over_limit``: grids of two or more plots (decisions.md, Plans), and those whose plots are not
    known; ``buildings_over_limit``: buildings that are alone over it.
    """

    grids: int
    households: int
    persons: int | None
    buildings: int
    over_limit: int
    buildings_over_limit: int
    largest: int | None
    communities: int
    in_force: bool | None
    in_force_from: date | None


@dataclass(frozen=True, slots=True)
class DatedPlan:
    """A plan with the days that it is in force; a draft has none.

    ``grids``: of the communities in which it stands on the day that was asked for, else of all.
    """

    id: PlanId
    name: str
    in_force_from: date | None
    in_force_to: date | None
    grids: int

    def stands_on(self, day: date) -> bool:
        """Tell whether it is in force on a day, in one community at least."""
        since, until = self.in_force_from, self.in_force_to
        return since is not None and since <= day and (until is None or day < until)


@dataclass(frozen=True, slots=True)
class AreaTotals:
    """How many areas (片区) there are, and the households of the largest."""

    areas: int
    largest: int | None


@dataclass(frozen=True, slots=True)
class GridNow:
    """What a grid holds now, by the newest counts of its buildings."""

    grid_id: GridId
    households: int
    persons: int | None
