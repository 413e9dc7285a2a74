"""What grids hold now: the newest counts of their buildings, beside what they were judged on.

A plan's own figures stay those that it was judged on; a county's screens show what is there now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from sqlalchemy import Connection, text

from data.grids.rows import GridNow
from data.rows.reading import rows_of


class Shown(TypedDict):
    """The parameters of ``LIVE_LOADS`` besides ``county``."""

    is_live: bool
    measure: str
    today: date | None


@dataclass(frozen=True, slots=True)
class LiveMeasure:
    """Which counts are shown instead of those judged on: newest ``measure``, of plans that are
    drafts or stand beyond ``day``, the county's own. A plan of the past keeps its own figures."""

    measure: str
    day: date

    @property
    def values(self) -> Shown:
        """Return the parameters that ``LIVE_LOADS`` needs besides ``county``."""
        return {"is_live": True, "measure": self.measure, "today": self.day}


AS_JUDGED: Shown = {"is_live": False, "measure": "", "today": None}

# Needs ``shown`` (plans_shown) before it. A plan in force keeps the plots of buildings that
# ended: they count no more. Grids without plots have no live load.
LIVE_LOADS = """
    held AS MATERIALIZED (
        SELECT pa.plan_id, pa.grid_id, pb.building_id
        FROM plan_assignment pa JOIN plot_building pb ON pb.plot_id = pa.plot_id
        WHERE :is_live AND pa.plan_id IN (
            SELECT plan_id FROM shown
            WHERE NOT has_ended(in_force_to, :today))
    ),
    newest AS MATERIALIZED (
        SELECT n.building_id, n.measure, n.value
        FROM newest_counts_by_measure(:county, ARRAY[:measure, 'persons']) n
        JOIN building b ON b.id = n.building_id AND b.valid_to IS NULL
        WHERE :is_live
    ),
    live AS MATERIALIZED (
        SELECT held.plan_id, held.grid_id,
               coalesce(sum(newest.value) FILTER (WHERE newest.measure = :measure), 0)::integer
                 AS households,
               (sum(newest.value) FILTER (WHERE newest.measure = 'persons'))::integer AS persons
        FROM held LEFT JOIN newest ON newest.building_id = held.building_id
        GROUP BY held.plan_id, held.grid_id
    )
"""
LIVE_JOIN = """LEFT JOIN live ON live.plan_id = pg.plan_id AND live.grid_id = pg.grid_id
             AND NOT has_ended(shown.in_force_to, :today)"""
HOUSEHOLDS = "coalesce(live.households, pg.households)"
PERSONS = "CASE WHEN live.grid_id IS NULL THEN pg.persons ELSE live.persons END"

# The counts that a plan names; one that came with the county's own data names none: the newest
# that were there when it was published.
JUDGED_ON = """(
    SELECT s.effective_on FROM count_snapshot s
    WHERE s.id = p.snapshot_id
       OR p.snapshot_id IS NULL AND s.code = left(p.code, 6) AND s.created_at <= p.published_at
    ORDER BY s.effective_on DESC, s.id DESC LIMIT 1)"""


def counts_day(c: Connection, county: str) -> date | None:
    """Return the day of the newest counts that stand, None without any."""
    found = c.execute(
        text(
            """
            SELECT max(effective_on) FROM standing_snapshot WHERE lies_in(code, :county)
            """
        ),
        {"county": f"{county}%"},
    ).scalar()
    return found if isinstance(found, date) else None


def grids_now(c: Connection, grids: Sequence[tuple[int, int]], measure: str) -> dict[int, GridNow]:
    """Return what grids, given as (plan, grid), hold now, by grid.

    Building by building: a page of grids has a few thousand, and their joins are guessed badly.
    Grids without plots are not named.
    """
    rows = rows_of(
        GridNow,
        c,
        """
        SELECT pa.grid_id,
               coalesce(sum((SELECT value FROM newest_count(b.id, :measure))), 0)::integer
                 AS households,
               sum((SELECT value FROM newest_count(b.id, 'persons')))::integer AS persons
        FROM unnest(CAST(:plans AS bigint[]), CAST(:grids AS bigint[])) w(plan_id, grid_id)
        JOIN plan_assignment pa ON pa.plan_id = w.plan_id AND pa.grid_id = w.grid_id
        JOIN plot_building pb ON pb.plot_id = pa.plot_id
        LEFT JOIN building b ON b.id = pb.building_id AND b.valid_to IS NULL
        GROUP BY pa.grid_id
        """,
        plans=[plan for plan, _ in grids],
        grids=[grid for _, grid in grids],
        measure=measure,
    )
    return {r.grid_id: r for r in rows}
