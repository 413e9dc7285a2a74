"""A draft plan from ruled cases: codes and names of the old grids stay with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
from sqlalchemy import Connection

from data.cases import read as read_cases
from data.cases import write as write_cases
from data.cases.rows import CommunityDraft, DraftReport, InPieces, Reassigned, StandingCase
from data.plans import read
from data.plans.drafts import write, write_log
from data.plans.rows import PlanGrid
from layers.grids.cases.claims import Attribution, assign_plots
from layers.grids.cases.store import Community, fill, grid_communities
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import grid_row
from layers.grids.plan.assignment import Plan, make_plan
from layers.grids.plan.numbering import HIGHEST_NUMBER, grid_centroids, grid_code, new_numbers
from layers.kit.errors import ConflictError, InputError


@dataclass(frozen=True)
class DraftOfCases:
    """A draft and what making it changed. ``report``: JSON for the page and the record."""

    plan: int
    report: DraftReport


def make_case_draft(
    c: Connection, plot_store: PlotStore, set_id: int, name: str, by: str, *, accept: bool = False
) -> DraftOfCases:
    """Make a draft of a set whose cases are ruled; ``accept``: proposals for those that are not.

    Buildings, counts and plots are looked at anew first. Raises ConflictError while a case waits
    for its ruling, or for a set that is closed.
    """
    head = fill(c, plot_store, set_id)
    if head.state != "open":
        raise ConflictError("these cases are closed: their draft is made")
    rows = read_cases.standing(c, set_id)
    waiting = [r for r in rows if r.ruled_to is None]
    if waiting and not accept:
        raise ConflictError("{count} cases wait for a ruling: nothing was made", count=len(waiting))
    given: dict[int, int] = {
        r.building_id: r.proposal if r.ruled_to is None else r.ruled_to
        for r in rows
        if r.building_id is not None
    }
    policy = read.policy(c, head.code)
    srid = policy.measuring_srid
    claimants = read_cases.claimants(c, set_id, srid)
    plan_id = write.create_draft(
        c, county=head.code, name=name[:120], stage=policy.stages[0], made_by=by
    )
    told = []
    for community in grid_communities(c, plot_store, head):
        assigned = _assign(community, given)
        plan, labels = _add(c, plan_id, community, assigned, claimants)
        told.append(_told(community, assigned, plan, labels))
    write_log.log_start(c, plan_id, by)
    write_cases.close_set(c, set_id, "done", by, plan_id)
    report: DraftReport = {
        "communities": told,
        "grids": sum(t["grids"] for t in told),
        "households": sum(t["households"] for t in told),
        "area_moved_m2": round(sum(t["area_moved_m2"] for t in told)),
        "by_proposal": len(waiting),
        "ruled": len(rows) - len(waiting),
        "buildings": _reassigned(rows, given, claimants),
    }
    write_cases.set_report(c, set_id, {**head.report, "draft": report})
    return DraftOfCases(plan_id, report)


def _assign(community: Community, given: Mapping[int, int]) -> Attribution:
    buildings = community.buildings
    to = community.settlement.settled.copy()
    for case in community.settlement.cases:
        to[case.building] = given[int(buildings["id"].iloc[case.building])]
    households = np.array([int(h or 0) for h in buildings["households"]], np.int64)
    return assign_plots(
        community.about.graph,
        community.about.shapes,
        community.polygons,
        buildings["plot"].to_numpy(np.int64),
        to,
        households,
    )


def _add(
    c: Connection,
    plan_id: int,
    community: Community,
    assigned: Attribution,
    claimants: gpd.GeoDataFrame,
) -> tuple[Plan, dict[int, str]]:
    """Add a community to the draft; return its plan by grid id, and each grid's old code."""
    about = community.about
    positions, group = np.unique(assigned.group, return_inverse=True)
    labels = [str(claimants["label"].iloc[p]) for p in positions]
    old = _in_force(c, community)
    numbers = _numbers(c, community, labels, group, old)
    fresh = [n for n in numbers if n not in old]
    made = dict(zip(fresh, write.new_grid_ids(c, about.code, len(fresh)), strict=True))
    grids = []
    for at, (p, n) in enumerate(zip(positions, numbers, strict=True)):
        stands = old.get(n)
        said = claimants["name"].iloc[p]
        named = str(said) if said else labels[at] if not labels[at].startswith("#") else ""
        if named.isdigit() or not named:  # a code is no name
            named = f"{about.name}第{n}网格" if stands is None else stands.name
        grids.append(
            write.DraftGrid(
                made[n] if stands is None else stands.grid_id,
                grid_code(about.code, n),
                n,
                named,
                "general" if stands is None else stands.type,
                stands is None,
                None if stands is None else stands.area_id,
            )
        )
    ids = np.array([g.id for g in grids], np.int64)
    plan = make_plan(about.graph, ids[group])
    by_id = {g.id: g for g in grids}
    write.add_community(
        c,
        plan_id,
        community_id=about.community_id,
        code=about.code,
        tessellation_id=about.tessellation,
        plot_ids=about.plot_ids.tolist(),
        grid=plan.grid,
        grids=grids,
        rows=[grid_row(about, plan, g, by_id[g]) for g in plan.loads],
        srid=about.srid,
    )
    upstream = [claimants["upstream_code"].iloc[p] for p in positions]
    codes = {
        g.id: str(code or label)
        for g, code, label in zip(grids, upstream, labels, strict=True)
        if code or not (label.startswith("#") or label == g.code)
    }
    write_cases.set_upstream_codes(c, codes)
    return plan, {g.id: label for g, label in zip(grids, labels, strict=True)}


def _in_force(c: Connection, community: Community) -> dict[int, PlanGrid]:
    """Return the grids in force of a community, by number."""
    plan = community.row.in_force
    rows = [] if plan is None else read.plan_grids(c, plan, community.about.community_id)
    return {r.number: r for r in rows}


def _numbers(
    c: Connection,
    community: Community,
    labels: Sequence[str],
    group: np.ndarray[Any, np.dtype[np.int64]],
    old: Mapping[int, PlanGrid],
) -> list[int]:
    """Return every grid's number: the one that its old code says, else the next free ones.

    A code says a number when it is the community's code and three digits; a grid in force keeps
    its id by its number. Numbers of grids that once stood are not given to others.
    """
    about = community.about
    said: dict[int, int] = {}
    for at, label in enumerate(labels):
        number = _number_of(label, about.code)
        if number is not None and number not in said.values():
            said[at] = number
    left = [at for at in range(len(labels)) if at not in said]
    numbers = [said.get(at, 0) for at in range(len(labels))]
    if left:
        problem = about.graph.problem
        east, north = grid_centroids(problem.x, problem.y, problem.area_m2, group.astype(np.int32))
        taken = {*said.values(), *old, *read.numbers_given(c, about.code)}
        fresh = new_numbers(east[left], north[left], len(left), taken)
        for at, number in zip(left, fresh.tolist(), strict=True):
            numbers[at] = number
    return numbers


def _number_of(label: str, community_code: str) -> int | None:
    match = re.fullmatch(re.escape(community_code) + r"(\d{3})", label)
    number = int(match[1]) if match else 0
    return number if 1 <= number <= HIGHEST_NUMBER else None


def _told(
    community: Community, assigned: Attribution, plan: Plan, labels: Mapping[int, str]
) -> CommunityDraft:
    """Return what became of a community, with every grid that is not in one piece."""
    about = community.about
    total = sum(load.households for load in plan.loads.values())
    if total != int(about.graph.problem.households.sum()):
        raise InputError("{name}: the households of the draft do not add up", name=about.name)
    households = about.graph.problem.households
    pieces: list[InPieces] = [
        {
            "grid": labels[grid_id],
            "pieces": len(found),
            "apart": [
                {
                    "plots": len(piece),
                    "buildings": int(about.graph.buildings[list(piece)].sum()),
                    "households": int(households[list(piece)].sum()),
                }
                for piece in found[1:]
            ],
        }
        for grid_id, found in sorted(plan.pieces.items())
        if len(found) > 1
    ]
    return {
        "id": about.community_id,
        "name": about.name,
        "grids": len(plan.loads),
        "households": total,
        "plots_cut": len(assigned.cut),
        "area_moved_m2": round(float(assigned.moved_m2.sum()) + assigned.buildings_m2),
        "orphans": len(assigned.orphans),
        "shared": len(assigned.shared),
        "pieces": pieces,
    }


def _reassigned(
    rows: Sequence[StandingCase], given: Mapping[int, int], claimants: gpd.GeoDataFrame
) -> list[Reassigned]:
    """Return the buildings that were in doubt, where each went, and who said so."""
    label = [str(one) for one in claimants["label"]]
    return [
        {
            "building": r.building_id,
            "kind": r.kind,
            "to": label[given[r.building_id]],
            "from": [label[claim["claimant"]] for claim in r.claims if claim["share"] > 0],
            "households": r.households,
            "by": r.ruled_by if r.ruled_to is not None else None,
        }
        for r in rows
        if r.building_id is not None
    ]
