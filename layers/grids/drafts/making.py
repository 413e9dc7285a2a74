"""Making drafts: from a plan, from nothing, by the divider, or from foreign polygons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.plans import read
from data.plans.drafts import write, write_log
from data.plans.rows import PlanGrid, PlannedCommunity, Policy
from layers.grids.division.divide import Options, divide
from layers.grids.drafts.plot_store import CommunityPlots, PlotStore
from layers.grids.drafts.state import grid_row
from layers.grids.plan.assignment import make_plan
from layers.grids.plan.numbering import HIGHEST_NUMBER, grid_code, kept_numbers
from layers.grids.plan.overlay import Overlay, lay_over
from layers.kit.crs import to_measuring
from layers.kit.errors import InputError

SourceKind = Literal["in_force", "plan", "empty", "automatic"]


@dataclass(frozen=True, slots=True)
class DraftOrder:
    """A draft to make. ``communities``: ids, None for all. ``plan``: for the kind ``plan``."""

    name: str
    by: str
    kind: SourceKind
    communities: tuple[int, ...] | None = None
    plan: int | None = None


def make_draft(c: Connection, plot_store: PlotStore, county: str, wanted: DraftOrder) -> int:
    """Make a draft; return its id. Raises InputError, NotFoundError."""
    policy = read.policy(c, county)
    rows = chosen_communities(c, policy, wanted.communities)
    source: dict[int, tuple[int, int]] = {}  # community → plan, its tessellation
    parent: int | None = None
    if wanted.kind == "plan":
        if wanted.plan is None:
            raise InputError("say which plan the draft starts from")
        parent = read.plan_head(c, wanted.plan).id
        source = {r.id: (parent, r.tessellation) for r in read.plan_communities(c, parent)}
    elif wanted.kind == "in_force":
        source = {
            r.id: (r.in_force, r.in_force_tessellation)
            for r in rows
            if r.in_force is not None and r.in_force_tessellation is not None
        }
        plans = [plan for plan, _ in source.values()]
        parent = max(set(plans), key=plans.count) if plans else None
    if wanted.kind in ("plan", "in_force"):
        rows = [r for r in rows if r.id in source]
        if not rows:
            raise InputError("no plan to start from: choose an empty or automatic draft")
    plan_id = write.create_draft(
        c,
        county=county,
        name=wanted.name,
        stage=policy.stages[0],
        made_by=wanted.by,
        parent_id=parent,
    )
    same: dict[int, list[int]] = {}
    for row in rows:
        before = source.get(row.id)
        if before is not None and before[1] == row.tessellation:
            same.setdefault(before[0], []).append(row.id)
            continue
        about = plots_of(c, plot_store, policy, row.tessellation)
        if before is not None:
            group = carried(c, policy, before[0], about)
        elif wanted.kind == "automatic":
            options = Options(
                households_max=policy.households_max, households_min=policy.households_min
            )
            group = divide(about.graph.problem, options).assignment.astype(np.int64)
        else:
            group = np.zeros(about.graph.plots, np.int64)
        add_groups(c, plan_id, policy, row, about, group)
    for old, communities in same.items():
        write.copy_communities(c, old, plan_id, communities)
    write_log.log_start(c, plan_id, wanted.by)
    return plan_id


def chosen_communities(
    c: Connection, policy: Policy, communities: Sequence[int] | None
) -> list[PlannedCommunity]:
    """Return communities that have plots: all, or those named. Raises InputError."""
    rows = read.communities_planned(c, policy.code, policy.plans_on)
    if communities is None:
        return rows
    chosen = [r for r in rows if r.id in communities]
    if len(chosen) != len(set(communities)):
        raise InputError("a community named is not in this county, or has no plots yet")
    return chosen


def plots_of(
    c: Connection, plot_store: PlotStore, policy: Policy, tessellation: int
) -> CommunityPlots:
    """Return the ground of a tessellation with the county's counts."""
    return plot_store.get(
        c, tessellation, policy.code, policy.measuring_srid, policy.household_measure
    )


def carried(
    c: Connection, policy: Policy, plan_id: int, about: CommunityPlots
) -> NDArray[np.int64]:
    """Carry a plan over to the community's newer plots, by largest overlap."""
    rows = read.exportable(c, plan_id, policy.measuring_srid, about.community_id)
    polygons = shapely.from_wkb([bytes(r.geometry) for r in rows])
    laid = lay_over(about.graph, about.shapes, np.asarray(polygons, object))
    return np.zeros(about.graph.plots, np.int64) if laid is None else laid.group


@dataclass(frozen=True, slots=True)
class GridLabel:
    """What a file calls a grid: its code (or number, or name), and its name beside it."""

    code: str = ""
    name: str = ""

    def number(self, community_code: str) -> int | None:
        """Return the number that it says: the end of a code of the community, or plain digits."""
        for form in (
            re.escape(community_code) + r"(\d{3})",
            r"0*(\d{1,3})",
            r"(?:.*第)(\d{1,3})网格",
        ):
            match = re.fullmatch(form, self.code.strip())
            if match and 1 <= int(match[1]) <= HIGHEST_NUMBER:
                return int(match[1])
        return None

    @property
    def called(self) -> str:
        """What it is called: a code, a number, or the place of a row in the file is no name."""
        for said in (self.name.strip(), self.code.strip()):
            if said and not said.startswith("#") and not re.fullmatch(r"[\d\s.-]+", said):
                return said[:60]
        return ""


def _given(community_code: str, said: Sequence[GridLabel]) -> dict[int, int]:
    """Return the numbers that labels say, by position; the first of several has it."""
    given: dict[int, int] = {}
    for at, label in enumerate(said):
        number = label.number(community_code)
        if number is not None and number not in given.values():
            given[at] = number
    return given


def add_groups(
    c: Connection,
    plan_id: int,
    policy: Policy,
    row: PlannedCommunity,
    about: CommunityPlots,
    group: NDArray[np.int64],
    labels: Mapping[int, GridLabel] | None = None,
) -> dict[int, int]:
    """Add a community with an assignment of plots to groups to a draft.

    ``labels``: what a file says of groups: a number that it says stands, and names the grid in
    force that has it. Of the others a group that keeps most households of a grid in force is that
    grid; the rest are new. Returns the grid (id) of every group.
    """
    values, group = np.unique(group, return_inverse=True)
    group = group.astype(np.int64)
    said = [(labels or {}).get(int(v), GridLabel()) for v in values]
    given = _given(about.code, said)
    problem = about.graph.problem
    known: dict[int, PlanGrid] = {}
    before = np.full(about.graph.plots, -1, np.int32)
    if row.in_force is not None:
        grids = read.plan_grids(c, row.in_force, about.community_id)
        known = {g.number: g for g in grids}
        if row.in_force_tessellation == about.tessellation:
            position: dict[int, int] = {g.grid_id: at for at, g in enumerate(grids)}
            stood = read.assignment(c, row.in_force, about.tessellation)
            before = np.array([position.get(int(g), -1) for g in stood], np.int32)
        else:
            before = carried(c, policy, row.in_force, about).astype(np.int32)
    if given:
        settled = np.isin(before, [at for at, n in enumerate(known) if n in given.values()])
        settled |= np.isin(group, list(given))
        before = np.where(settled, -1, before).astype(np.int32)
    numbers = kept_numbers(
        before,
        group.astype(np.int32),
        list(known),
        problem.households,
        problem.area_m2,
        problem.x,
        problem.y,
        read.numbers_given(c, about.code) | set(given.values()),
    )
    for at, number in given.items():
        numbers[at] = number
    fresh = [int(n) for n in numbers if int(n) not in known]
    made = dict(zip(fresh, write.new_grid_ids(c, about.code, len(fresh)), strict=True))
    draft_grids = []
    for label, n in zip(said, (int(v) for v in numbers), strict=True):
        old = known.get(n)
        named = f"{about.name}第{n}网格" if old is None else old.name
        draft_grids.append(
            write.DraftGrid(
                made[n] if old is None else old.grid_id,
                grid_code(about.code, n),
                n,
                label.called or named,
                "general" if old is None else old.type,
                old is None,
                None if old is None else old.area_id,
            )
        )
    ids = np.array([g.id for g in draft_grids], np.int64)
    plan = make_plan(about.graph, ids[group])
    by_id = {g.id: g for g in draft_grids}
    write.add_community(
        c,
        plan_id,
        community_id=about.community_id,
        code=about.code,
        tessellation_id=about.tessellation,
        plot_ids=about.plot_ids.tolist(),
        grid=plan.grid,
        grids=draft_grids,
        rows=[grid_row(about, plan, g, by_id[g]) for g in plan.loads],
        srid=about.srid,
    )
    return {int(v): g.id for v, g in zip(values, draft_grids, strict=True)}


@dataclass(frozen=True)
class OverlayOutcome:
    """What importing foreign polygons changed, per community (``overlays`` by community id)."""

    plan: int
    overlays: dict[int, tuple[CommunityPlots, Overlay]]
    grids: int
    missing: tuple[str, ...]


def import_polygons(
    c: Connection,
    plot_store: PlotStore,
    county: str,
    polygons: gpd.GeoDataFrame,
    wanted: DraftOrder,
) -> OverlayOutcome:
    """Make a draft of foreign grid polygons (storage CRS). Raises InputError.

    Communities that no polygon touches are left out of the draft and named in ``missing``.
    """
    policy = read.policy(c, county)
    srid = policy.measuring_srid
    shapes = np.asarray(to_measuring(np.asarray(polygons.geometry, object), srid), object)
    shapes = shapely.make_valid(shapes)
    named = polygons["name"] if "name" in polygons.columns else [""] * len(polygons)
    labels = {
        at: GridLabel(str(code), "" if name is None else str(name))
        for at, (code, name) in enumerate(zip(polygons["code"], named, strict=True))
    }
    plan_id = write.create_draft(
        c, county=county, name=wanted.name, stage=policy.stages[0], made_by=wanted.by
    )
    overlays, missing, grids = {}, [], 0
    for row in chosen_communities(c, policy, wanted.communities):
        about = plots_of(c, plot_store, policy, row.tessellation)
        laid = lay_over(about.graph, about.shapes, shapes)
        if laid is None:
            missing.append(row.name)
            continue
        add_groups(c, plan_id, policy, row, about, laid.group, labels)
        overlays[about.community_id] = (about, laid)
        grids += len(np.unique(laid.group))
    if not overlays:
        raise InputError("no polygon of the file touches a community of this county")
    write_log.log_start(c, plan_id, wanted.by)
    return OverlayOutcome(plan_id, overlays, grids, tuple(missing))
