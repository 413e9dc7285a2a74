"""Under which code a point falls: its grid in force, its community, its county."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from data.divisions.write import division_ids
from data.files.read_records import grids_in_force
from data.importers.judging.county_state import CountyState
from data.importers.reading.shapes.coordinates import Shapes


class PlaceCodes:
    """The codes of one county, read from the database when they are first asked for."""

    def __init__(self, connection: Connection, state: CountyState) -> None:
        self._connection, self._state = connection, state

    @cached_property
    def _divisions(self) -> dict[str, int]:
        return division_ids(self._connection, self._state.code)

    @cached_property
    def _grids(self) -> tuple[list[str], shapely.STRtree]:
        grids = grids_in_force(self._connection, self._state.code)
        return [g["code"] for g in grids], shapely.STRtree([g["geometry"] for g in grids])

    def holds(self, code: str) -> bool:
        """Tell whether a code is the county's or one of its divisions' or grids in force."""
        return code in self._divisions or code in self._grids[0]

    def communities(self, points: Sequence[Any] | Shapes) -> list[str | None]:
        """Return the community of each point; None where there is none."""
        return self._state.find(np.asarray(points, dtype=object))

    def grids(self, points: Sequence[Any] | Shapes) -> list[str | None]:
        """Return the grid in force that holds each point; None where there is none."""
        codes, tree = self._grids
        found: list[str | None] = [None] * len(points)
        known = [i for i, p in enumerate(points) if p is not None]
        if codes and known:
            of, grid = tree.query([points[i] for i in known], predicate="intersects")
            for position, g in zip(of, grid, strict=True):
                place = known[int(position)]
                found[place] = min(codes[int(g)], found[place] or codes[int(g)])
        return found

    def code_at(self, point: Any, tier: str | None = None) -> str:
        """Return the code of a station at a point: of its grid where it is one's, by tier."""
        if tier == "grid":
            grid = self.grids([point])[0]
            if grid is not None:
                return grid
        community = self.communities([point])[0]
        if tier == "county" or community is None:
            return self._state.code
        return community[:9] if tier == "subdistrict" else community
