"""A plan rebuilt from its log alone: what a stored assignment is compared with."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection

from data.plans.drafts import read_log
from layers.grids.drafts.state import DraftState
from layers.grids.plan.assignment import Plan, make_plan


def replayed(c: Connection, plan_id: int, state: DraftState) -> Plan:
    """Return a plan rebuilt from its log alone."""
    grid = np.full(state.about.graph.plots, -1, np.int64)
    for row in read_log.operations(c, plan_id, state.about.community_id, after=-(2**31)):
        plots = state.about.positions(np.array([m[0] for m in row.moves], np.int64))
        grid[plots] = [m[2] for m in row.moves]
    return make_plan(state.about.graph, grid)
