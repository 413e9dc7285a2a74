"""What a plan hands over for approval: register of grids, before and after, buildings, bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from data.divisions import read_communities
from data.exporters.pages import Step, unheard
from data.exporters.plans.lines import BuildingLine, RegisterLine
from data.grids.read_live_loads import counts_day
from data.households.read import unplaced_by_community
from data.plans import read
from data.plans import read_exports as plan_exports
from data.plans.rows import BeforeAfter
from layers.grids.papers.four_bounds import SIDES, Bound, Side, four_bounds, landmarks
from layers.kit.crs import to_measuring

DEMONSTRATION = "演示数据：街道、楼栋、人员均为虚构"
PROVISIONAL = "草稿：网格编号为暂编，送出草稿时定稿"


@dataclass(frozen=True)
class HandOver:
    """One plan's papers; rows are plain values, texts as they are printed in Chinese.

    ``register``: a row a grid. ``balance``: a row a community, before and after. ``buildings``: a
    row a building in the order of grids, with the grid that it was in. ``before``: the plan that it
    is compared with. ``numbered``: codes and numbers are final.
    ``counts_on``: the day of the counts in the grids' figures, ``counted_now`` of those of the
    buildings. ``unplaced``: households of its communities, or of the county where their community
    is not known, that no building is known for; they are in no grid.
    """

    county: str
    plan: str
    stage: str
    document_number: str | None
    in_force_from: str | None
    limit: int
    before: str | None
    register: tuple[RegisterLine, ...]
    balance: tuple[BeforeAfter, ...]
    buildings: tuple[BuildingLine, ...]
    numbered: bool
    counts_on: str | None
    counted_now: str | None
    unplaced: int
    is_demonstration: bool = False


def bound_text(bounds: tuple[Bound, ...], lang: str = "zh") -> str:
    """Write a side's bounds as a register does."""
    border = "社区界" if lang == "zh" else "community border"
    joint = "、" if lang == "zh" else ", "
    return joint.join(b.name or border for b in bounds)


def grid_bounds(
    c: Connection, community_id: int, grids: gpd.GeoDataFrame, srid: int
) -> dict[str, dict[Side, tuple[Bound, ...]]]:
    """Return the four bounds of every grid (storage CRS) of a community, by code."""
    streets, water, _, _ = read_communities.community_ground(c, community_id, srid)
    marks = landmarks(
        list(zip(streets["name"], streets.geometry, strict=True)),
        list(zip(water["name"], water.geometry, strict=True)),
    )
    shapes = to_measuring(grids.geometry.to_numpy(), srid)
    named: dict[str, BaseGeometry] = dict(zip(grids["name"].tolist(), list(shapes), strict=True))
    found: dict[str, dict[Side, tuple[Bound, ...]]] = {}
    for code, name in zip(grids["code"], grids["name"], strict=True):
        others = {other: shape for other, shape in named.items() if other != name}
        found[code] = four_bounds(named[name], marks, others)
    return found


def hand_over(
    c: Connection, plan_id: int, community: int | None = None, step: Step = unheard
) -> HandOver:
    """Gather a plan's papers. Raises NotFoundError, and what ``step`` raises."""
    head = read.plan_head(c, plan_id)
    policy = read.policy(c, head.code)
    if community is not None:
        read.plan_community(c, plan_id, community)
    grids = plan_exports.grids(c, plan_id, community)
    buildings = plan_exports.buildings(c, plan_id, policy.household_measure, community)
    # Who answers on the data's day; on the plan's first or last day where it stands on another.
    as_of = policy.data_as_of
    as_of = max(as_of, head.in_force_from or as_of)
    if head.in_force_to is not None:
        as_of = min(as_of, head.in_force_to - timedelta(days=1))
    chiefs = plan_exports.chiefs(c, plan_id, as_of)
    drawn = read.drawn_from(c, plan_id)
    stood = plan_exports.followed(c, plan_id, drawn, policy.plans_on)
    before = stood[-1] if stood else None
    register: list[RegisterLine] = []
    places = plan_exports.communities(c, plan_id, community)
    for number, row in enumerate(places.itertuples()):
        step(number / len(places))
        own = grids[grids["community"] == row.code]
        bounds = grid_bounds(c, row.id, own, policy.measuring_srid)
        for g in own.itertuples():
            sides = bounds[g.code]
            register.append(
                RegisterLine(
                    community=row.name,
                    code=g.code,
                    name=g.name,
                    type="专属网格" if g.type == "dedicated" else "综合网格",
                    households=int(g.households),
                    persons=_int(g.persons),
                    buildings=int(g.buildings),
                    area_m2=round(float(g.area_m2)),
                    **{side: bound_text(sides[side]) for side in SIDES},
                    answers=chiefs.get(int(g.grid_id), ""),
                )
            )
    balance = (
        []
        if before is None
        else [
            r
            for r in plan_exports.before_after(c, before, plan_id, policy.households_max)
            if community is None or r.code in set(grids["community"])
        ]
    )
    names = dict(zip(grids["code"], grids["name"], strict=True))
    was = _grids_before(c, stood, policy.household_measure)
    listed = [
        BuildingLine(
            grid=b.grid,
            grid_name=names.get(b.grid, ""),
            building=int(b.building),
            external_id=b.external_id,
            name=b.name,
            number=b.number,
            estate=b.estate,
            address=b.address,
            households=_int(b.households),
            persons=_int(b.persons),
            grid_before=was.get(int(b.building), (None, None))[0],
            name_before=was.get(int(b.building), (None, None))[1],
        )
        for b in buildings.itertuples()
    ]
    return HandOver(
        policy.name,
        head.name,
        head.stage,
        head.document_number,
        None if head.in_force_from is None else head.in_force_from.isoformat(),
        policy.households_max,
        None if before is None else read.plan_head(c, before).name,
        tuple(register),
        tuple(balance),
        tuple(listed),
        head.numbered_at is not None,
        _iso(plan_exports.counts_on(c, plan_id)),
        _iso(counts_day(c, head.code)),
        _unplaced(c, head.code, policy.household_measure, set(grids["community"])),
        policy.is_demonstration,
    )


def _grids_before(c: Connection, stood: Sequence[int], measure: str) -> dict[int, tuple[str, str]]:
    """Return code and name of the grid that each building (id) was in, by the plans before."""
    before: dict[int, tuple[str, str]] = {}
    for plan in stood:
        names = {int(g.grid_id): g.name for g in plan_exports.grids(c, plan).itertuples()}
        for b in plan_exports.buildings(c, plan, measure).itertuples():
            before[int(b.building)] = (b.grid, names.get(int(b.grid_id), ""))
    return before


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _unplaced(c: Connection, county: str, measure: str, communities: set[str]) -> int:
    found = unplaced_by_community(c, county, None, measure)
    return sum(n for code, n in found.items() if code in communities or code == county)


def _int(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)
