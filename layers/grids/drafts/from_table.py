"""A draft from a table that names the grid of every building."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sqlalchemy import Connection

from data.plans import read
from data.plans import read_exports as plan_exports
from data.plans.drafts import write, write_log
from layers.grids.drafts.making import (
    DraftOrder,
    GridLabel,
    OverlayOutcome,
    add_groups,
    chosen_communities,
    plots_of,
)
from layers.grids.drafts.plot_store import CommunityPlots, PlotStore
from layers.grids.plan.overlay import Overlay, join_neighbours
from layers.kit.errors import InputError


def import_table(
    c: Connection,
    plot_store: PlotStore,
    county: str,
    table: Mapping[tuple[str, str], str],
    wanted: DraftOrder,
) -> OverlayOutcome:
    """Make a draft in which every building is in the grid that the table says.

    Land between buildings joins the grid beside it. A plot whose buildings are said to be in
    several grids goes with the first and is counted as cut. Raises InputError.
    """
    policy = read.policy(c, county)
    plan_id = write.create_draft(
        c, county=county, name=wanted.name, stage=policy.stages[0], made_by=wanted.by
    )
    overlays: dict[int, tuple[CommunityPlots, Overlay]] = {}
    missing, grids, used = [], 0, 0
    for row in chosen_communities(c, policy, wanted.communities):
        about = plots_of(c, plot_store, policy, row.tessellation)
        laid, met, labels = _laid(c, about, table)
        used += met
        if laid is None:
            missing.append(str(row.name))
            continue
        add_groups(c, plan_id, policy, row, about, laid.group, labels)
        overlays[about.community_id] = (about, laid)
        grids += len(np.unique(laid.group))
    if not overlays:
        raise InputError("no building of the table stands in a community of this county")
    if used < len(table):
        raise InputError(
            "{count} of {count_2} buildings of the table are not in this county's plots:"
            " nothing was changed",
            count=len(table) - used,
            count_2=len(table),
        )
    write_log.log_start(c, plan_id, wanted.by)
    return OverlayOutcome(plan_id, overlays, grids, tuple(missing))


def _laid(
    c: Connection, about: CommunityPlots, table: Mapping[tuple[str, str], str]
) -> tuple[Overlay | None, int, dict[int, GridLabel]]:
    """Return a community's assignment by the table, how many of its rows it used, grids' labels."""
    group = np.full(about.graph.plots, -1, np.int64)
    numbers: dict[str, int] = {}
    cut, met = set(), set()
    for r in plan_exports.building_plots(c, about.tessellation):
        key = ("id", str(r.building))
        if key not in table:
            key = ("external", str(r.external_id))
        if key not in table:
            continue
        met.add(key)
        at = about.position(r.plot)
        number = numbers.setdefault(table[key], len(numbers))
        if group[at] not in (-1, number):
            cut.add(at)
        else:
            group[at] = number
    if not met:
        return None, 0, {}
    plots = np.array(sorted(cut), np.int64)
    bare = np.flatnonzero((group < 0) & (about.graph.buildings > 0))
    land = about.graph.problem.area_m2[bare].sum()
    joined = join_neighbours(about.graph, group)
    laid = Overlay(joined, plots, np.zeros(len(plots)), bare, float(land), 0.0)
    return laid, len(met), {at: GridLabel(label) for label, at in numbers.items()}
