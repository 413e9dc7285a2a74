"""The county that the coverage page is about, as it stands."""

from __future__ import annotations

from dashboard.access.principal import present
from dashboard.services import Services
from data.divisions import read_counties as counties
from data.engine import session
from layers.coverage_gaps.store import Board


def board_of(services: Services, county: str) -> Board:
    """Return the county's board as it stands. Raises NotFoundError."""
    with session(services.engine, present(), is_snapshot=True) as c:
        return services.boards.get(c, counties.query(c, county))
