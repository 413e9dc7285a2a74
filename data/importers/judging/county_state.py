"""What is already known of the county that a file is imported into."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from data.buildings import tables as building_tables
from data.divisions import tables as division_tables
from data.divisions.read_communities import communities as read_communities
from data.plans import tables as plan_tables
from layers.kit.clock import BEIJING

STORAGE_SRID: Final = 4490


@dataclass(frozen=True, slots=True)
class CountyState:
    """``communities``: codes and outlines (EPSG:4490) that the county consists of; ``outline``:
    their union, or the county's own border; None without either. ``srid``: None = not loaded."""

    code: str
    srid: int | None = None
    outline: Any = None
    community_codes: tuple[str, ...] = ()
    community_names: tuple[str, ...] = ()
    communities: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))

    @property
    def exists(self) -> bool:
        """Tell whether the county is loaded."""
        return self.srid is not None

    @property
    def zone(self) -> tzinfo:
        """Return the zone of times that a file writes without one: Beijing's in China, or UTC."""
        return zone_of(self.srid)

    def find(self, geometry: NDArray[np.object_]) -> list[str | None]:
        """Return the community of each geometry: the one that holds the larger share of it.

        None where there is none. Points count by position, polygons by area.
        """
        best: list[tuple[float, str] | None] = [None] * len(geometry)
        known = np.flatnonzero([g is not None for g in geometry])
        if len(known) and len(self.communities):
            tree = shapely.STRtree(self.communities)
            pairs = tree.query(geometry[known], predicate="intersects")
            rows, area = known[pairs[0]], pairs[1]
            single = np.bincount(rows, minlength=len(geometry))[rows] == 1
            share = np.ones(len(rows))
            several = np.flatnonzero(~single)
            share[several] = shapely.area(
                shapely.intersection(geometry[rows[several]], self.communities[area[several]])
            )
            for row, a, s in zip(rows, area, share, strict=True):
                current = best[row]
                if current is None or s > current[0]:
                    best[row] = (float(s), self.community_codes[a])
        return [b[1] if b else None for b in best]


def zone_of(srid: int | None) -> tzinfo:
    """Return the zone of a county by its measuring CRS: Beijing's in China, UTC elsewhere."""
    return BEIJING if srid is not None and 4534 <= srid <= 4554 else UTC


def read_county_state(c: Connection, code: str) -> CountyState:
    """Read the county's borders; a code that is not loaded gives an empty state."""
    row = c.execute(
        select(
            division_tables.county.c.measuring_srid,
            division_tables.division.c.geom.ST_AsBinary().label("geom"),
        )
        .join(
            division_tables.division,
            division_tables.division.c.id == division_tables.county.c.division_id,
        )
        .where(division_tables.county.c.code == code)
    ).first()
    if row is None:
        return CountyState(code)
    frame = read_communities(c, code, STORAGE_SRID)
    areas = frame.geometry.to_numpy()
    if len(areas):
        outline = shapely.union_all(areas)
    else:
        outline = shapely.from_wkb(bytes(row.geom)) if row.geom is not None else None
    return CountyState(
        code,
        int(row.measuring_srid),
        outline,
        tuple(frame["code"]),
        tuple(frame["name"]),
        areas,
    )


def wants_plots(c: Connection, county: str) -> bool:
    """Tell whether the county has both communities and buildings, so that plots can be made."""
    community = select(division_tables.division.c.id).where(
        division_tables.division.c.kind == "community",
        division_tables.division.c.code.startswith(county, autoescape=True),
        division_tables.division.c.geom.isnot(None),
    )
    building = select(building_tables.building.c.id).where(
        building_tables.building.c.code.startswith(county, autoescape=True)
    )
    return all(c.execute(q.limit(1)).first() is not None for q in (community, building))


def has_plan(c: Connection, county: str) -> bool:
    """Tell whether the county has any plan, draft or in force."""
    plan = select(plan_tables.plan.c.id).where(
        plan_tables.plan.c.code.startswith(county, autoescape=True)
    )
    return c.execute(plan.limit(1)).first() is not None
