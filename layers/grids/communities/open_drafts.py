"""Open drafts of communities that change: carried over to the communities that come of them.

1. The draft stays as it is, on the communities that were: taking the change back finds it there.
2. A copy of it, in the first stage, holds the new communities: every plot is in the grid that the
   draft had it in; a grid that the new border cuts is one on each side. Names, kinds and waivers go
   along, numbers are provisional again. The draft's other communities are copied as they are.
3. A copy that nobody has drawn in goes when the change is taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.divisions import read_changes
from data.divisions import write_changes as write_territories
from data.plans import read
from data.plans.drafts import write, write_log
from data.plans.rows import PlanHead, PlannedCommunity
from layers.grids.communities.change import ChangeScript
from layers.grids.drafts.making import GridLabel, add_groups, plots_of
from layers.grids.drafts.plot_store import PlotStore
from layers.kit.errors import NotFoundError


def carry_drafts(
    c: Connection,
    plot_store: PlotStore,
    change: ChangeScript,
    made: Sequence[int],
    tessellations: Sequence[int],
) -> list[int]:
    """Copy the open drafts of the old communities onto the new ones; return the copies' ids.

    ``made``, ``tessellations``: the new communities and their plots, in the order of parts.
    """
    ended = [d.id for d in change.divisions]
    held = {d.id: read.plan_head(c, d.id) for d in read_changes.open_drafts(c, ended)}
    return [
        _carried(c, plot_store, change, head, made, tessellations)
        for head in held.values()
        if _is_of(c, change, head)
    ]


def _is_of(c: Connection, change: ChangeScript, head: PlanHead) -> bool:
    """Tell whether a draft divides the very plots that change, in all communities that do."""
    held: dict[int, int] = {r.id: r.tessellation for r in read.plan_communities(c, head.id)}
    return all(held.get(a.community_id) == a.tessellation for a in change.abouts)


def _carried(
    c: Connection,
    plot_store: PlotStore,
    change: ChangeScript,
    head: PlanHead,
    made: Sequence[int],
    tessellations: Sequence[int],
) -> int:
    policy = change.policy
    ended = {d.id for d in change.divisions}
    copy = write.create_draft(
        c,
        county=policy.code,
        name=f"{head.name}（析置后）"[:200],
        stage=policy.stages[0],
        made_by=head.made_by,
        parent_id=head.id,
        is_branch=head.is_branch,
    )
    others = [r.id for r in read.plan_communities(c, head.id) if r.id not in ended]
    if others:
        write.copy_communities(c, head.id, copy, others)
    grids = {g: row for i in ended for g, row in read.draft_grids(c, head.id, i).items()}
    names = [d.name for d in change.divisions]
    labels = {
        g: GridLabel(name="" if _is_plain(row.name, names) else row.name)
        for g, row in grids.items()
    }
    of_plot = read.grids_of_plots(c, head.id, change.plot_ids.tolist())
    rows: dict[int, PlannedCommunity] = {
        r.id: r for r in read.communities_planned(c, policy.code, change.on)
    }
    for at, (community, tessellation) in enumerate(zip(made, tessellations, strict=True)):
        about = plots_of(c, plot_store, policy, tessellation)
        if community not in rows:
            raise NotFoundError("community {community} has no plots yet", community=community)
        own: NDArray[np.int64] = np.sort(change.plot_ids[change.after == at])
        group = np.array([of_plot[int(p)] for p in own], np.int64)
        ids = add_groups(c, copy, policy, rows[community], about, group, labels)
        for grid, new in ids.items():
            if grids[grid].type == "dedicated":
                write.rename_grid(c, copy, new, name=None, kind="dedicated")
    write_territories.copy_waivers(c, [head.id], copy)
    write_log.log_start(c, copy, head.made_by)
    return copy


def _is_plain(name: str, communities: Collection[str]) -> bool:
    """Tell whether a grid is called by its community and number alone."""
    return "第" in name and name.endswith("网格") and name.split("第")[0] in communities
