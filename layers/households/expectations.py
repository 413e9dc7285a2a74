"""Deliveries of estates between the database and the forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from data.access.audit import record
from data.buildings.tables import LIVES
from data.divisions.read_counties import query
from data.divisions.write_county import touch
from data.households import read as counts
from data.households import read_estates as read
from data.households import write_estates as write
from data.households.rows import GridInForce
from layers.households.forecast import Expectation, Load, Month, forecast
from layers.kit.errors import ConflictError, InputError, NotFoundError

MOST = 100_000
UNDER_WAY = ("planned", "building", "delivered")


@dataclass(frozen=True, slots=True)
class EstateExpectation:
    """What people expect of an estate; ``households`` and ``on`` None: nothing."""

    households: int | None
    on: date | None
    life: str


def months(c: Connection, county: str, day: date) -> tuple[list[Month], int]:
    """Return what estates of a county will bring, and the limit of its policy."""
    asked = query(c, county)
    rows = [
        (e, e.expected_households, e.expected_on)
        for e in read.estates(c, county)
        if e.expected_on and e.expected_households and e.life in UNDER_WAY
    ]
    if not rows:
        return [], asked.households_max
    counted = read.counted_in_estates(c, county, asked.household_measure)
    weights: dict[int, dict[int, float]] = {}
    for r in read.estate_grids(c, county, asked.plans_on):
        weights.setdefault(r.estate_id, {})[r.grid_id] = r.weight
    expected = [
        Expectation(
            e.id, e.name, e.community or "", e.life,
            households, counted.get(e.id, 0), on, weights.get(e.id, {}),
        )
        for e, households, on in rows
    ]  # fmt: skip
    loads = _loads(c, county, asked.plans_on, asked.household_measure)
    return forecast(expected, loads, asked.households_max, day), asked.households_max


def _loads(c: Connection, county: str, as_of: date, measure: str) -> list[Load]:
    """Return every grid with the households that are counted in it now.

    A building across a border counts in its own community's grid.
    """
    now = counts.newest_counts(c, county, measure)
    own: dict[int, str | None] = {b.id: b.community for b in counts.known_buildings(c, county)}
    grids: dict[tuple[int, int], GridInForce] = {
        (g.plan_id, g.grid_id): g for g in counts.grids_in_force(c, county, as_of)
    }
    sums = dict.fromkeys(grids, 0)
    for plan, grid, building in counts.grid_buildings(c, sorted({plan for plan, _ in grids})):
        here = grids.get((plan, grid))
        if here is not None and building in now and own.get(building) == here.community_code:
            sums[plan, grid] += now[building].value
    return [
        Load(grid, g.name or g.code, g.community, sums[plan, grid], g.plots)
        for (plan, grid), g in grids.items()
    ]


def expect(
    c: Connection,
    county: str,
    estate_id: int,
    wanted: EstateExpectation,
    seen: EstateExpectation,
    by: str,
) -> None:
    """Say what is expected of an estate. ``seen``: what the person saw before.

    Raises InputError for figures that cannot be, ConflictError when a colleague was faster.
    """
    if wanted.life not in LIVES:
        raise InputError("an estate's life is one of {listed}", listed=", ".join(LIVES))
    if (wanted.households is None) != (wanted.on is None):
        raise InputError("say both the households and the month, or neither")
    if wanted.households is not None and not 0 < wanted.households <= MOST:
        raise InputError("households must be between 1 and {most}", most=MOST)
    row = read.estate(c, estate_id)
    if row.code[:6] != county:
        raise NotFoundError("there is no estate {estate_id} in this county", estate_id=estate_id)
    if EstateExpectation(row.expected_households, row.expected_on, row.life) != seen:
        raise ConflictError("a colleague changed this estate meanwhile: look at it again")
    write.set_expectation(c, estate_id, wanted.households, wanted.on, wanted.life)
    touch(c, county)
    on = wanted.on.isoformat() if wanted.on else None
    detail = {"households": wanted.households, "on": on, "life": wanted.life}
    record(c, "estate.expect", county, f"estate:{estate_id}", detail, by=by)
