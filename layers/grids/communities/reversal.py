"""What stood before a change of communities, and how the change is taken back."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from sqlalchemy import Connection

from data.divisions import read_changes as read
from data.divisions import write_change_rows as rows
from data.divisions import write_changes as write
from data.divisions.rows import ChangeLog
from data.divisions.write_county import touch
from data.plans.drafts import write as write_drafts
from layers.kit.errors import ConflictError, Message
from layers.kit.json import parsed

LEADERS = "leader_assignment"


class Before(TypedDict):
    """What takes a change back: rows as they were, each with its id first, and ids made or ended.

    Codes stand last in a row; before them communities, and tessellations of plots. ``holdings``:
    of posts, that were ended; ``plans_ended``: (plan, community), where a plan was in force.
    ``drafts``: copies of open drafts that were made.
    """

    ended: list[int]
    made: list[int]
    plots: list[tuple[int, int, int, str]]
    pairs: list[tuple[int, int]]
    grids: list[tuple[int, str]]
    grids_made: list[int]
    organisations: list[tuple[int, str]]
    posts: list[tuple[int, str]]
    buildings: list[tuple[int, int | None, str]]
    stations: list[tuple[int, int | None, str]]
    estates: list[tuple[int, str]]
    demands: list[tuple[int, str]]
    areas_ended: list[int]
    areas_made: list[int]
    posts_made: list[int]
    holdings: list[int]
    plans_ended: NotRequired[list[tuple[int, int]]]
    drafts: NotRequired[list[int]]


def nothing_before() -> Before:
    """Return a log of a change in which nothing was changed yet."""
    return {
        "ended": [],
        "made": [],
        "plots": [],
        "pairs": [],
        "grids": [],
        "grids_made": [],
        "organisations": [],
        "posts": [],
        "buildings": [],
        "stations": [],
        "estates": [],
        "demands": [],
        "areas_ended": [],
        "areas_made": [],
        "posts_made": [],
        "holdings": [],
    }


def take_back(c: Connection, change_id: int, by: str) -> str:
    """Undo a change on which nothing has been built; return the county.

    Raises NotFoundError, ConflictError naming what stands on it.
    """
    row = read.change(c, change_id)
    county = row.code
    write.hold_county(c, county)
    if row.taken_back_at is not None:
        raise ConflictError("this change was taken back already")
    if row.kind == "official_code":
        raise ConflictError("an official code stays: split or move the border instead")
    before = parsed(Before, row.before, "division_change.before")
    write_drafts.delete_untouched(c, before.get("drafts", []))
    _refuse_built_on(c, row, before)
    owners = sorted({p[1] for p in before["plots"]})
    plots = [p[0] for p in before["plots"]]
    if row.plan_id is not None:
        write.remove_plan(c, row.plan_id)
    write.resume_plans(c, before.get("plans_ended", []))
    write.drop_neighbours(c, before["pairs"])
    write.set_plots(c, before["plots"])
    write.drop_former(c, owners, plots)
    rows.set_buildings(c, before["buildings"])
    rows.set_stations(c, before["stations"])
    rows.take_posts_back(c, before["posts_made"], before["holdings"])
    for table, moved in (
        ("estate", before["estates"]),
        ("demand", before["demands"]),
        ("organisation", before["organisations"]),
        ("post", before["posts"]),
    ):
        rows.set_codes(c, table, moved)
    rows.restore_grids(c, before["grids"], before["grids_made"], row.on_date)
    rows.restore_areas(c, before["areas_ended"], before["areas_made"])
    write.remove_divisions(c, before["made"], before["ended"])
    write.set_taken_back(c, change_id, county, by)
    touch(c, county)
    return county


def _refuse_built_on(c: Connection, row: ChangeLog, before: Before) -> None:
    found = read.built_on(
        c,
        before["made"],
        row.plan_id,
        [b[0] for b in before["buildings"]],
        [s[0] for s in before["stations"]],
    )
    for count, what in (
        (found.changes, "communities that were changed again"),
        (found.plans, "plans and drafts"),
        (found.tessellations, "newer plots"),
        (found.buildings, "new buildings"),
        (found.stations, "new stations"),
    ):
        if count:
            raise ConflictError(
                "it cannot be taken back: {found} {what} stand on it; remove them first",
                found=count,
                what=Message(what),
            )
