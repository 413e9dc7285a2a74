"""What follows written buildings: plots, drafts and plans, community by community."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from data.buildings import read_edits as read
from data.buildings import write_edits as write
from data.buildings.rows import EditChange
from data.plans import read as plans
from data.plans.rows import Policy
from layers.buildings.rows import label_of
from layers.buildings.states import footprint_of, seen_by_plots
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.following import carry_over
from layers.grids.following.hanging import FootprintChange
from layers.grids.following.record import Record
from layers.kit import clock


def office_day() -> date:
    """Return the day that an edit is dated."""
    return clock.today()


def follow_plots(
    c: Connection,
    policy: Policy,
    log: Sequence[EditChange],
    today: str,
    back: Sequence[Record] = (),
) -> list[Record]:
    """Bring plots and plans after the rows that were written, community by community."""
    by_community: dict[int, list[FootprintChange]] = {}
    for row in log:
        sides = [seen_by_plots(row["before"]), seen_by_plots(row["after"])]
        homes = {home for home, _ in sides if home is not None}
        if sides[0] == sides[1]:
            continue
        stands = row["after"] or row["before"]
        label = f"#{row['id']}" if stands is None else label_of(stands, row["id"])
        for home in homes:
            shapes = [
                footprint_of(state) if state is not None and seen[0] == home else None
                for state, seen in zip((row["before"], row["after"]), sides, strict=True)
            ]
            by_community.setdefault(home, []).append(FootprintChange(row["id"], label, *shapes))
    known = {record["community"]: record for record in back}
    # Of this transaction alone: what is read here is not committed yet.
    plot_store = PlotStore(size=4)
    records = []
    for community in sorted(by_community):
        record = carry_over.follow(
            c, plot_store, policy, community, by_community[community], today, known.get(community)
        )
        if record is not None:
            records.append(record)
    return records


def follow_import(c: Connection, county: str, today: date | None = None) -> bool:
    """Bring plots and plans after the buildings of the import that was just written.

    False where there are no plots yet, or too much came at once to be logged: then the county's
    plots are to be made as a whole.
    """
    found = read.last_import(c, county)
    policy = plans.policy(c, county)
    planned: set[int | None] = {r.id for r in plans.communities_planned(c, county, policy.plans_on)}
    if found is None or not found.changes:
        return False
    homes = {
        seen_by_plots(state)[0] for row in found.changes for state in (row["before"], row["after"])
    }
    if not homes - {None} <= planned:
        return False
    day = (today or office_day()).isoformat()
    plots = follow_plots(c, policy, found.changes, day)
    write.set_done(c, found.id, undone=False, changes=found.changes, plots=plots)
    return True
