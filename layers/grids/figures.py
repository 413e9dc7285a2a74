"""Figures of a county's grids, and the rows behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import Connection

from data.divisions.read_communities import plot_findings
from data.grids.read import area_totals, estimated_households, plan_totals
from data.grids.read_rows import GridRow, area_rows, fault_rows, grid_rows
from data.grids.read_tiles import grids_without_organisation
from layers.grids.layer import live, planned_on
from layers.kit.figure import Figure, Row, Rows, Tone, where
from layers.kit.layer import Query
from layers.kit.load import ALONE, is_over_limit, load_class


def figures(c: Connection, query: Query) -> tuple[Figure, ...]:
    """Return what the plan shown on the day asked for holds; over the limit first."""
    day, limit = planned_on(c, query), query.households_max
    plan = plan_totals(c, query.county, day, limit, live(query))
    there = bool(plan.grids)
    estimated = estimated_households(c, query.county, query.household_measure)
    over = () if not there else (_over_limit(plan.over_limit, plan.grids, day),)
    return (
        *over,
        *_alone(plan.buildings_over_limit, plan.grids, day),
        Figure(
            "summary.communities", plan.communities, "unit.communities", day,
            rows=Rows("grid_communities", _on(day)),
        ),
        *_areas(c, query, day),
        Figure(
            "summary.grid_count", plan.grids, "unit.grids", day, rows=Rows("grids", _on(day)),
            note="summary.draft" if there and not plan.in_force else None,
        ),
        Figure(
            "summary.households", plan.households if there else None,
            f"measure.{query.household_measure}", day,
            rows=Rows("grids", _on(day), "sum", "households"),
            note="summary.households_estimated" if estimated else None,
            note_words={"estimated": estimated},
        ),
        Figure(
            "grids.persons", plan.persons, "unit.persons", day,
            rows=Rows("grids", _on(day), "sum", "persons"),
        ),
        Figure(
            "grids.buildings", plan.buildings if there else None, "unit.buildings", day,
            rows=Rows("grids", _on(day), "sum", "buildings"),
        ),
        Figure(
            "summary.largest", plan.largest, "unit.households", day,
            rows=Rows("grids", _on(day), "max", "households"),
            note="summary.limit", note_words={"limit": limit},
        ),
        *_unserved(c, query, day),
    )  # fmt: skip


def _on(day: date) -> tuple[tuple[str, str], ...]:
    return where(as_of=day.isoformat())


def _over_limit(over: int, grids: int, day: date) -> Figure:
    rows = Rows("grids", (*_on(day), *where(only="over_limit")))
    tone: Tone = "loud" if over else "good"
    return Figure("summary.over_limit", over, "unit.grids", day, of=grids, rows=rows, tone=tone)


def _alone(alone: int, grids: int, day: date) -> tuple[Figure, ...]:
    """Return the count of buildings that are over the limit alone, where there is one."""
    if not alone:
        return ()
    rows = Rows("grids", (*_on(day), *where(only="building_over_limit")))
    return (
        Figure(
            "summary.building_over_limit", alone, "unit.grids", day, of=grids, rows=rows,
            note="summary.building_over_limit_note",
        ),
    )  # fmt: skip


def _areas(c: Connection, query: Query, day: date) -> tuple[Figure, ...]:
    areas, limit = area_totals(c, query.county, day, live(query)), query.area_households_max
    if not areas.areas:
        return ()
    return (
        Figure("summary.areas", areas.areas, "unit.areas", day, rows=Rows("areas", _on(day))),
        Figure(
            "summary.largest_area", areas.largest, "unit.households", day,
            rows=Rows("areas", _on(day), "max", "households"),
            tone="loud" if limit and (areas.largest or 0) > limit else "plain",
            note="summary.limit" if limit else None, note_words={"limit": limit or 0},
        ),
    )  # fmt: skip


def _unserved(c: Connection, query: Query, day: date) -> tuple[Figure, ...]:
    unserved = grids_without_organisation(c, query.county, day)
    if not unserved:
        return ()
    rows = Rows("grids", (*_on(day), *where(only="without_organisation")))
    return (
        Figure(
            "summary.organisation_unknown", unserved, "unit.grids", day, rows=rows,
            note="summary.organisation_unknown_note",
        ),
    )  # fmt: skip


def fault_figures(c: Connection, query: Query) -> tuple[Figure, ...]:
    """Return what was wrong with footprints, most frequent first."""
    return tuple(
        Figure(
            f"finding.{row.code}", row.buildings, "unit.buildings", query.data_as_of,
            rows=Rows("plot_faults", where(fault=row.code)), tone="quiet",
        )
        for row in plot_findings(c, query.county)
    )  # fmt: skip


# ---- rows -------------------------------------------------------------------------------------


def grids(c: Connection, query: Query) -> Sequence[Row]:
    """Return the grids shown on ``as_of``; ``only``: over_limit, building_over_limit or
    without_organisation.
    """
    only = query.values.get("only")
    return [
        asdict(row)
        for row in grid_rows(c, query.county, planned_on(c, query), live(query))
        if only is None or _belongs(row, only, query.households_max)
    ]


def _belongs(row: GridRow, only: str, limit: int) -> bool:
    if only == "over_limit":  # a building that is alone over the limit is a grid of its own
        return is_over_limit(row.households, limit, row.plots)
    if only == "building_over_limit":
        return load_class(row.households, limit, row.plots) == ALONE
    return only == "without_organisation" and not row.has_organisation


def grid_communities(c: Connection, query: Query) -> Sequence[Row]:
    """Return the communities that have grids on ``as_of``, with what their grids hold."""
    held: dict[str, list[GridRow]] = {}
    for row in grid_rows(c, query.county, planned_on(c, query), live(query)):
        held.setdefault(row.community_code, []).append(row)
    return [
        {
            "code": code,
            "name": rows[0].community,
            "grids": len(rows),
            "households": sum(row.households for row in rows),
            "buildings": sum(row.buildings for row in rows),
        }
        for code, rows in held.items()
    ]


def areas(c: Connection, query: Query) -> Sequence[Row]:
    """Return the areas (片区) that stand on ``as_of``."""
    return [asdict(row) for row in area_rows(c, query.county, planned_on(c, query), live(query))]


def plot_faults(c: Connection, query: Query) -> Sequence[Row]:
    """Return the footprints with a ``fault``."""
    found = fault_rows(c, query.county, query.values.get("fault", ""))
    return [asdict(row) for row in found]
