"""Case sets between the database and the pure modules: made, kept true, ruled on, made a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.cases import read as read_cases
from data.cases import write
from data.cases.rows import CaseSet, ClaimValue, CommunitySums, SetReport, StandingCase
from data.divisions import read_communities
from data.plans import read
from data.plans.rows import PlannedCommunity
from layers.grids.cases.claims import Settlement, find_cases, may_claim
from layers.grids.drafts.making import plots_of
from layers.grids.drafts.plot_store import CommunityPlots, PlotStore
from layers.kit.errors import ConflictError, InputError
from layers.kit.json import parsed

SURE_SHARE = 0.9
Bulk = Literal["sure", "nearest", "proposal"]
"""Cases ruled at once: those whose largest claim has over 90 % of the footprint and no other more
than 10 %; those without a claim, to the nearest; all that are still open, to the proposal."""


@dataclass(frozen=True)
class Community:
    """A community that old grids lie in, with its buildings and their settlement.

    ``polygons`` (m,): the set's claimants in metres, None where one may not claim here.
    ``buildings``: ``id``, ``plot`` (position), ``households``.
    """

    row: PlannedCommunity
    about: CommunityPlots
    polygons: NDArray[np.object_]
    buildings: gpd.GeoDataFrame
    settlement: Settlement


def grid_communities(c: Connection, plot_store: PlotStore, head: CaseSet) -> list[Community]:
    """Return the communities that a set's polygons may claim in, settled as far as they go."""
    policy = read.policy(c, head.code)
    srid, measure = policy.measuring_srid, policy.household_measure
    claimants = read_cases.claimants(c, head.id, srid)
    polygons = shapely.make_valid(claimants.geometry.to_numpy(), method="structure")
    borders = read_communities.communities(c, head.code, srid)
    labels = [str(label) for label in claimants["label"]]
    may = may_claim(polygons, labels, borders.geometry.to_numpy(), list(borders["code"]))
    column = {int(i): at for at, i in enumerate(borders["id"])}
    found = []
    for row in read.communities_planned(c, head.code, policy.plans_on):
        at = column.get(row.id)
        if at is None or not may[:, at].any():
            continue
        about = plots_of(c, plot_store, policy, row.tessellation)
        own = np.full(len(polygons), None, object)
        own[may[:, at]] = polygons[may[:, at]]
        buildings = read_cases.plot_buildings(c, row.tessellation, srid, measure)
        buildings["plot"] = about.positions(buildings["plot"].to_numpy(np.int64))
        doors = read_cases.entrances(c, row.tessellation, srid)
        position = {int(b): at for at, b in enumerate(buildings["id"])}
        settlement = find_cases(
            buildings.geometry.to_numpy(),
            [None if h is None else int(h) for h in buildings["households"]],
            own,
            {position[b]: np.array(p, object) for b, p in doors.items() if b in position},
        )
        found.append(Community(row, about, own, buildings, settlement))
    return found


def fill(c: Connection, plot_store: PlotStore, set_id: int) -> CaseSet:
    """Find a set's cases and write them, or write anew what changed since; return its head.

    A ruling stays with its building as long as that is a case. Raises InputError when no polygon
    lies in a community that has plots.
    """
    head = read_cases.case_set(c, set_id, hold=True)
    communities = grid_communities(c, plot_store, head)
    if not communities:
        raise InputError("no polygon of the file lies in a community that has plots")
    known: dict[int | None, StandingCase] = {
        r.building_id: r for r in read_cases.standing(c, set_id)
    }
    fresh: list[write.NewItem] = []
    seen: set[int | None] = set()
    for community in communities:
        for item in _items(community):
            assert item.building_id is not None
            seen.add(item.building_id)
            old = known.get(item.building_id)
            if old is None:
                fresh.append(item)
            elif list(item.claims) != old.claims or item.households != old.households:
                write.set_claims(c, old.id, item)
    write.remove_items(c, [r.id for b, r in known.items() if b not in seen])
    write.add_items(c, set_id, fresh, communities[0].about.srid)
    write.set_report(c, set_id, _report(c, head, communities))
    return read_cases.case_set(c, set_id)


def _items(community: Community) -> Iterable[write.NewItem]:
    areas = shapely.area(community.buildings.geometry.to_numpy())
    ids = community.buildings["id"].tolist()
    households = community.buildings["households"].tolist()
    for case in community.settlement.cases:
        claims: list[ClaimValue] = [
            {
                "claimant": one.claimant,
                "share": round(one.share, 4),
                "area_m2": round(one.area_m2, 1),
                "households": one.households,
                "distance_m": one.distance_m,
            }
            for one in case.claims
        ]
        count = households[case.building]
        yield write.NewItem(
            code=community.about.code,
            community_id=community.about.community_id,
            building_id=int(ids[case.building]),
            kind=case.kind,
            households=None if count is None else int(count),
            area_m2=round(float(areas[case.building]), 1),
            claims=claims,
            proposal=case.proposal,
        )


def _report(c: Connection, head: CaseSet, communities: Sequence[Community]) -> SetReport:
    """Return the sums that need no ruling: settled + cases = the community, in each of them."""
    listed: list[CommunitySums] = []
    for one in communities:
        households = [int(h or 0) for h in one.buildings["households"]]
        in_doubt = [case.building for case in one.settlement.cases]
        listed.append(
            {
                "id": one.about.community_id,
                "name": one.about.name,
                "buildings": len(households),
                "households": sum(households),
                "settled_buildings": len(households) - len(in_doubt),
                "settled_households": sum(households) - sum(households[b] for b in in_doubt),
                "case_buildings": len(in_doubt),
                "case_households": sum(households[b] for b in in_doubt),
                "polygons": sum(p is not None for p in one.polygons),
            }
        )
    used = np.array([[p is not None for p in one.polygons] for one in communities]).any(axis=0)
    touched = {one.about.community_id for one in communities}
    policy = read.policy(c, head.code)
    others = read.communities_planned(c, head.code, policy.plans_on)
    return {
        "communities": listed,
        "polygons": int(used.sum()),
        "unused": np.flatnonzero(~used).tolist(),
        "untouched": [r.name for r in others if r.id not in touched],
    }


# ---- rulings ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ruling:
    """What somebody rules. ``to``: a claimant's position; None with ``defer`` puts it off, None
    without opens it again. ``seen``: the set's sequence that the page showed."""

    items: tuple[int, ...]
    to: int | None
    defer: bool
    by: str
    seen: int


def rule(c: Connection, set_id: int, ruling: Ruling) -> CaseSet:
    """Rule on cases by their ids; return the set's head.

    Raises ConflictError when somebody ruled on one of them since the page was shown, InputError
    for a case or claimant that the set does not have.
    """
    head = open_set(c, set_id)
    rows: dict[int, StandingCase] = {r.id: r for r in read_cases.standing(c, set_id)}
    missing = [i for i in ruling.items if i not in rows]
    if missing or not ruling.items:
        raise InputError("choose cases of this set")
    _check_claimant(c, head, ruling.to, [rows[i] for i in ruling.items])
    newer = [rows[i] for i in ruling.items if rows[i].sequence > ruling.seen]
    if newer:
        who = newer[0].ruled_by or "-"
        raise ConflictError(
            "{who} ruled on {count} of these cases first: look again", who=who, count=len(newer)
        )
    by = ruling.by if ruling.to is not None or ruling.defer else None
    state = (ruling.to, ruling.defer, by)
    kind = "rule" if ruling.to is not None else "defer" if ruling.defer else "reopen"
    return _write(c, head, kind, [(rows[i], state) for i in ruling.items], ruling.by)


class RulingLog(TypedDict):
    """A ruling as it is kept: every case with how it stood before and after."""

    changes: list[write.Ruled]


def rule_all(c: Connection, set_id: int, bulk: Bulk, by: str, kind: str | None = None) -> CaseSet:
    """Rule on every open case at once that ``bulk`` means; what is ruled or put off stays.

    ``kind``: only cases of this kind.
    """
    head = open_set(c, set_id)
    chosen: list[tuple[StandingCase, write.Stand]] = [
        (row, (row.proposal, False, by))
        for row in read_cases.standing(c, set_id)
        if row.ruled_to is None
        and not row.is_deferred
        and kind in (None, row.kind)
        and _falls_under(row, bulk)
    ]
    return _write(c, head, bulk, chosen, by) if chosen else head


def _falls_under(row: StandingCase, bulk: Bulk) -> bool:
    if bulk == "nearest":
        return row.kind == "none"
    if bulk == "sure":
        shares = [claim["share"] for claim in row.claims]
        rest = max(shares[1:], default=0.0)
        return shares[0] > SURE_SHARE and rest < 1 - SURE_SHARE
    return True


def undo(c: Connection, set_id: int, by: str) -> CaseSet:
    """Take back somebody's own last ruling. Raises InputError, ConflictError."""
    head = open_set(c, set_id)
    last = read_cases.last_ruling(c, set_id, by)
    if last is None:
        raise InputError("there is nothing of yours to undo")
    rows: dict[int, StandingCase] = {r.id: r for r in read_cases.standing(c, set_id)}
    changes = parsed(RulingLog, {"changes": last.changes}, "case_ruling")["changes"]
    chosen = [(rows[i], before) for i, before, _ in changes if i in rows]
    if any(row.sequence != last.sequence for row, _ in chosen):
        raise ConflictError("somebody ruled on these cases after you: nothing was undone")
    write.mark_undone(c, last.id)
    return _write(c, head, "undo", chosen, by) if chosen else head


def _write(
    c: Connection,
    head: CaseSet,
    kind: str,
    chosen: Sequence[tuple[StandingCase, write.Stand]],
    by: str,
) -> CaseSet:
    changes = [
        (row.id, (row.ruled_to, row.is_deferred, row.ruled_by), after) for row, after in chosen
    ]
    write.write_ruling(c, head.id, head.code, head.sequence + 1, kind, changes, by)
    return read_cases.case_set(c, head.id)


def open_set(c: Connection, set_id: int) -> CaseSet:
    """Return the head of a set that may be ruled on, held. Raises ConflictError."""
    head = read_cases.case_set(c, set_id, hold=True)
    if head.state != "open":
        raise ConflictError("these cases are closed: nothing was changed")
    return head


def _check_claimant(
    c: Connection, head: CaseSet, to: int | None, rows: Sequence[StandingCase]
) -> None:
    """A case of one community goes to a polygon that may claim there; land to any community."""
    if to is None:
        return
    if head.kind == "borders":
        if not 0 <= to < len(read_cases.claimants(c, head.id, 4490)):
            raise InputError("this polygon does not lie in the county")
        return
    allowed = claimants_by_community(c, head)
    for row in rows:
        if to not in allowed.get(row.community_id, set()):
            raise InputError("this polygon does not lie in the community of the building")


def claimants_by_community(c: Connection, head: CaseSet) -> Mapping[int | None, set[int]]:
    """Return which claimants may claim in which community (id)."""
    srid = read.policy(c, head.code).measuring_srid
    claimants = read_cases.claimants(c, head.id, srid)
    borders = read_communities.communities(c, head.code, srid)
    may = may_claim(
        shapely.make_valid(claimants.geometry.to_numpy(), method="structure"),
        [str(label) for label in claimants["label"]],
        borders.geometry.to_numpy(),
        list(borders["code"]),
    )
    return {
        int(i): {int(p) for p in np.flatnonzero(may[:, at])} for at, i in enumerate(borders["id"])
    }


def discard(c: Connection, set_id: int, by: str) -> None:
    """Put a set away; what was ruled stays on record."""
    open_set(c, set_id)
    write.close_set(c, set_id, "discarded", by)
