"""What stands in a plan's papers: a grid of the register, a building of the list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A grid as a 网格划分登记表 says it; ``east`` … ``north``: what it reaches to on each side."""

    community: str
    code: str
    name: str
    type: str
    households: int
    persons: int | None
    buildings: int
    area_m2: int
    east: str
    south: str
    west: str
    north: str
    answers: str


@dataclass(frozen=True, slots=True)
class BuildingLine:
    """A building with its grid (code and name) and the one before; None: no grid held it."""

    grid: str
    grid_name: str
    building: int
    external_id: str | None
    name: str | None
    number: str | None
    estate: str | None
    address: str | None
    households: int | None
    persons: int | None
    grid_before: str | None
    name_before: str | None

    @property
    def is_moved(self) -> bool:
        """Whether its grid is another than before."""
        return self.grid != self.grid_before

    @property
    def change(self) -> str:
        """The grid before and the one after, as the papers list them."""
        if not self.is_moved:
            return "不变"
        return f"{self.name_before or '（无）'} → {self.grid_name}"
