"""What publishing an open household table would change, from the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from data.divisions.read_counties import query
from data.households import read
from data.households.rows import GridInForce, KnownBuilding, NewestCount
from layers.households.changes import Change, GridChange, Member, compare, crossing, doubts
from layers.households.store import upload
from layers.households.uploads import Upload, measure_of, notes_of
from layers.kit.findings import Finding


@dataclass(frozen=True, slots=True)
class BuildingChange:
    """A building that changes, with what it is called."""

    building_id: int
    name: str
    community: str
    before: int | None
    after: int
    change: int
    kind: str


@dataclass(frozen=True, slots=True)
class CommunityTotal:
    """A community's households before and after; ``unplaced`` of this table come on top.

    ``code`` is the county's for rows whose community is not known (``name`` None).
    """

    code: str
    name: str | None
    before: int
    after: int
    unplaced: int
    unplaced_before: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change. ``seen``: hand it to ``publish``, which refuses when it is outdated.

    ``sums``: households of the file by state of its rows; their total is the file's.
    ``changes``: buildings that are new or differ. ``not_in_file``: keep their older counts.
    """

    upload: Upload
    measure: str
    seen: int
    sums: Mapping[str, int]
    changes: tuple[BuildingChange, ...]
    not_in_file: tuple[BuildingChange, ...]
    same: int
    communities: tuple[CommunityTotal, ...]
    before: int
    after: int
    unplaced: int
    limit: int
    newly_over: tuple[GridChange, ...]
    no_longer_over: tuple[GridChange, ...]
    warnings: tuple[Finding, ...]


def preview(c: Connection, upload_id: int) -> Preview:
    """Return what publishing an upload would change. Raises NotFoundError."""
    head = upload(c, upload_id)
    asked = query(c, head.county)
    measure = measure_of(head, asked.household_measure)
    counted = read.newest_counts(c, head.county, measure)
    before: dict[int, int] = {i: r.value for i, r in counted.items()}
    said: dict[int, int] = {
        r.building_id: r.value for r in read.placed_counts(c, upload_id) if r.measure == measure
    }
    changes = compare(before, _in_force(said, counted, head))
    sums: dict[str, int] = {}
    unplaced: dict[str, int] = {}
    for r in read.row_sums(c, upload_id, measure):
        sums[r.state] = sums.get(r.state, 0) + r.value
        if r.state in ("queued", "unplaced"):
            unplaced[r.code] = unplaced.get(r.code, 0) + r.value
    known: dict[int, KnownBuilding] = {b.id: b for b in read.known_buildings(c, head.county)}
    members = _members(c, head.county, asked.plans_on, known)
    newly, no_longer = crossing(members, changes, asked.households_max)
    seen, newest = read.newest_snapshot(c, head.county)
    notes = notes_of(read.upload(c, upload_id))
    warnings = doubts(
        changes,
        head.effective_on,
        newest=newest,
        said_titles=notes["titles"],
        rows=head.rows,
        elsewhere=notes["elsewhere"],
        unplaced=sum(unplaced.values()),
        same_file=_same_file(c, head),
        others_open=[u.made_by for u in read.uploads(c, head.county, "open") if u.id != head.id],
    )
    communities, shown, kept = _named(c, head, measure, changes, unplaced, known)
    return Preview(
        head, measure, seen, sums, shown, kept,
        sum(k.kind == "same" for k in changes), communities,
        sum(before.values()), sum(k.after for k in changes), sum(unplaced.values()),
        asked.households_max, tuple(newly), tuple(no_longer), tuple(warnings),
    )  # fmt: skip


def _members(
    c: Connection, county: str, as_of: date, known: Mapping[int, KnownBuilding]
) -> list[Member]:
    """Return the buildings of each grid; one across a border is its own community's."""
    grids: dict[tuple[int, int], GridInForce] = {
        (g.plan_id, g.grid_id): g for g in read.grids_in_force(c, county, as_of)
    }
    members = []
    for plan, grid, building in read.grid_buildings(c, sorted({plan for plan, _ in grids})):
        g, b = grids.get((plan, grid)), known.get(building)
        if g and b and b.community == g.community_code:
            members.append(
                Member(
                    grid, building, g.plots, g.code, g.number, g.name,
                    g.community,
                )
            )  # fmt: skip
    return members


def _in_force(
    said: Mapping[int, int], counted: Mapping[int, NewestCount], head: Upload
) -> dict[int, int]:
    """Return what would count: a newer count of a building stays in force over an older table."""
    return {
        building: counted[building].value
        if building in counted and counted[building].effective_on > head.effective_on
        else value
        for building, value in said.items()
    }


def _same_file(c: Connection, head: Upload) -> str | None:
    """Return the day of a published table with the very same bytes, if any."""
    for other in read.uploads(c, head.county, "published"):
        if other.sha256 == head.sha256 and other.id != head.id:
            return str(other.effective_on.isoformat())
    return None


def _named(
    c: Connection,
    head: Upload,
    measure: str,
    changes: list[Change],
    unplaced: Mapping[str, int],
    known: Mapping[int, KnownBuilding],
) -> tuple[tuple[CommunityTotal, ...], tuple[BuildingChange, ...], tuple[BuildingChange, ...]]:
    places = {p.code: p.name for p in read.place_names(c, head.county)}
    waiting = read.unplaced_by_community(c, head.county, head.effective_on, measure)
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    shown: list[BuildingChange] = []
    kept: list[BuildingChange] = []
    for k in changes:
        b = known.get(k.building_id)
        code = (b.community if b else None) or head.county
        before[code] = before.get(code, 0) + (k.before or 0)
        after[code] = after.get(code, 0) + k.after
        if k.kind == "same":
            continue
        name = _name(b) if b else str(k.building_id)
        place = places.get(code, "")
        change = BuildingChange(k.building_id, name, place, k.before, k.after, k.change, k.kind)
        (kept if k.kind == "not_in_file" else shown).append(change)
    codes = sorted(before.keys() | unplaced.keys() | waiting.keys())
    totals = tuple(
        CommunityTotal(
            code, places.get(code) if len(code) > 6 else None, before.get(code, 0),
            after.get(code, 0), unplaced.get(code, 0), waiting.get(code, 0),
        )
        for code in codes
    )  # fmt: skip
    shown.sort(key=lambda k: (-abs(k.change), k.building_id))
    return totals, tuple(shown), tuple(kept)


def _name(b: KnownBuilding) -> str:
    """Return what people call a building."""
    if b.name:
        return str(b.name)
    if b.estate and b.number:
        return f"{b.estate}{b.number}"
    return str(next(iter(b.addresses), None) or b.number or b.id)
