"""Two stored plans side by side: differences and measures, community by community.

A draft is compared as it will be numbered (numbering.py): its grids are told by the codes that they
get when it leaves the first stage, and nothing is said to go from a grid to the grid of that code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.plans import read
from data.plans import read_exports as plan_exports
from data.plans.rows import PlanHead
from layers.grids.division.measures import Measures, measure, total
from layers.grids.drafts.making import carried
from layers.grids.drafts.numbering import final_names
from layers.grids.drafts.plot_store import CommunityPlots, PlotStore
from layers.grids.drafts.state import load_state
from layers.grids.plan.compare import Difference, difference, heirs, renamed
from layers.kit.errors import InputError


@dataclass(frozen=True)
class CommunityPair:
    """One community in both plans, on the plots of the second. ``codes``: grid codes by id."""

    about: CommunityPlots
    same_plots: bool
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    difference: Difference
    measures: tuple[Measures, Measures]
    heirs: Mapping[int, int]


@dataclass(frozen=True)
class PlanPair:
    """Two plans. ``codes``: of the grids of each, by id. ``measures``: over common communities.

    ``posts``: how many posts each grid of the first and of the second plan has, by id.
    """

    heads: tuple[PlanHead, PlanHead]
    communities: tuple[CommunityPair, ...]
    codes: tuple[Mapping[int, str], Mapping[int, str]]
    posts: tuple[Mapping[int, int], Mapping[int, int]]

    def workers_moved(self, pair: CommunityPair) -> dict[tuple[int, int], int]:
        """Return the posts whose grid is another afterwards, by (grid before, grid after)."""
        return {
            (old, new): self.posts[0][old]
            for old, new in pair.heirs.items()
            if new != old
            and self.codes[0].get(old) != self.codes[1].get(new)
            and self.posts[0].get(old)
        }

    def unstaffed(self, pair: CommunityPair) -> int:
        """Return how many grids afterwards have no post, and inherit none."""
        staffed = set(self.posts[1]) | {new for _, new in self.workers_moved(pair)}
        return sum(int(g) not in staffed for g in np.unique(pair.after))

    @property
    def measures(self) -> tuple[Measures, Measures]:
        """The measures of both plans, added up."""
        return (
            total([p.measures[0] for p in self.communities]),
            total([p.measures[1] for p in self.communities]),
        )


@dataclass(frozen=True)
class _Numbered:
    """A plan's grids as their numbers are, or will be. ``ids``: final id by stored id."""

    ids: Mapping[int, int]
    codes: Mapping[int, str]

    def final(self, assignment: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return an assignment with the final ids of grids; -1 stays."""
        stored, at = np.unique(assignment, return_inverse=True)
        ids = [self.ids.get(int(g), int(g)) for g in stored]
        return np.array(ids, np.int64)[at].reshape(assignment.shape)


def _numbered(c: Connection, plot_store: PlotStore, head: PlanHead) -> _Numbered:
    """Return a plan's grids by their final ids and codes.

    Those that a draft still has to make keep the negative of the id that they have in it: no other
    plan has them.
    """
    if head.published_at is not None or head.numbered_at is not None:
        rows = read.plan_grids(c, head.id)
        return _Numbered({}, {r.grid_id: r.code for r in rows})
    ids: dict[int, int] = {}
    codes: dict[int, str] = {}
    for row in read.plan_communities(c, head.id):
        for named in final_names(c, load_state(c, plot_store, head, row.id)):
            final = named.id if named.id >= 0 else -1 - named.draft_id
            ids[named.draft_id] = final
            codes[final] = named.code
    return _Numbered(ids, codes)


def pair_plans(
    c: Connection, plot_store: PlotStore, first: int, second: int, community: int | None = None
) -> PlanPair:
    """Compare two plans of one county. Raises NotFoundError, InputError without a common part."""
    heads = read.plan_head(c, first), read.plan_head(c, second)
    if heads[0].code != heads[1].code:
        raise InputError("the plans are of two counties: choose two of one")
    policy = read.policy(c, heads[1].code)
    plans = _numbered(c, plot_store, heads[0]), _numbered(c, plot_store, heads[1])
    old = {r.id: r for r in read.plan_communities(c, first)}
    pairs = []
    for row in read.plan_communities(c, second):
        if community is not None and row.id != community:
            continue
        about = plot_store.get(
            c, row.tessellation, policy.code, policy.measuring_srid, policy.household_measure
        )
        # A community that was split has other ids, and its plots kept theirs.
        is_new = row.id not in old
        same = is_new or old[row.id].tessellation == row.tessellation
        after = plans[1].final(read.assignment(c, second, about.tessellation))
        if same:
            before = plans[0].final(read.assignment(c, first, about.tessellation))
            if is_new and (before < 0).any():
                continue
        else:
            ids = [r.grid_id for r in read.plan_grids(c, first, about.community_id)]
            before = plans[0].final(np.array(ids, np.int64)[carried(c, policy, first, about)])
        limit = policy.households_max
        found = renamed(
            about.graph, before, after, difference(about.graph, before, after),
            plans[0].codes, plans[1].codes,
        )  # fmt: skip
        pairs.append(
            CommunityPair(
                about,
                same,
                before,
                after,
                found,
                (_measured(about, before, limit), _measured(about, after, limit)),
                heirs(about.graph, before, after, found),
            )
        )
    if not pairs:
        raise InputError("the plans have no community in common")
    codes = plans[0].codes, plans[1].codes
    posts = (
        plan_exports.posts_of_grids(c, sorted(codes[0])),
        plan_exports.posts_of_grids(c, sorted(codes[1])),
    )
    return PlanPair(heads, tuple(pairs), codes, posts)


def _measured(about: CommunityPlots, grid: NDArray[np.int64], limit: int) -> Measures:
    _, position = np.unique(grid, return_inverse=True)
    return measure(about.graph.problem, position.astype(np.int32), limit)
